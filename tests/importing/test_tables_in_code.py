"""Code of other tools that checks several tables, or that builds the columns of a table line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import verdict

PYDEEQU = """\
orders = Check(spark, CheckLevel.Error, "of orders") \\
    .hasSize(lambda x: x >= 1) \\
    .isComplete("id")
check = Check(spark, CheckLevel.Warning, "of people")
one = VerificationSuite(spark).onData(orders_df).addCheck(orders).run()
two = (VerificationSuite(spark)
    .onData(people_df)
    .addCheck(check.isComplete("id").isComplete("name"))
    .run())
"""

SCALA = """\
val one = VerificationSuite()
  .onData(orders)
  .addCheck(Check(CheckLevel.Error, "a").isComplete("id"))
  .run()
val two = VerificationSuite().onData(people).addChecks(Seq(Check(CheckLevel.Error, "b").isComplete("id").isUnique("id"))).run()
"""

SUITES = """\
one = context.suites.get(name="orders_suite")
one.expectations.append(gxe.ExpectColumnValuesToNotBeNull(column="id"))
two = context.suites.add(gx.ExpectationSuite(name="people_suite"))
two.add_expectation(gx.expectations.ExpectColumnValuesToBeUnique(column="id"))
"""


@pytest.mark.parametrize(
    ("tool", "name", "code", "expected"),
    [
        ("deequ", "t.py", PYDEEQU, {"orders": [None, "id"], "people": ["id", "name"]}),
        ("deequ", "t.scala", SCALA, {"orders": ["id"], "people": ["id", "id"]}),
        ("deequ", "t.py", PYDEEQU.replace("people_df", "orders_df"), {"t": [None, "id", "name"]}),
        ("gx", "t.py", SUITES, {"orders": ["id"], "people": ["id"]}),
    ],
)
def test_checks_are_of_the_table_that_the_code_checks(
    tool: str, name: str, code: str, expected: dict[str, list[str | None]], shell: Shell
) -> None:
    shell.write(name, code)
    ran = shell.idqp("init", "--from", tool, name, "--output", "-")
    assert "not converted" not in ran.err, ran.err
    datasets: dict[str, Any] = yaml.safe_load(ran.out)["datasets"]
    assert {key: [rule.get("column") for rule in one["rules"]] for key, one in datasets.items()} == expected


BUILT = """\
import pandera as pa

OTHER = "c"


def t_schema(more):
    cols = {"a": pa.Column(int, pa.Check.ge(0))}
    cols["b"] = pa.Column(str, nullable=True)
    cols.update({"z": pa.Column(int, required=False, nullable=True)})
    return pa.DataFrameSchema(cols, strict=True)
"""


def test_columns_that_a_function_adds_are_there(tmp_path: Path) -> None:
    for table, expected in {
        "a,b\n1,x": "passes",
        "a,b,z\n1,x,2": "passes",
        "a\n1": "fails",
        "a,b\n-1,x": "fails",
    }.items():
        assert verdict(tmp_path, Tool.PANDERA, {"schema.py": BUILT}, table) == expected, table


@pytest.mark.parametrize(
    ("line", "rules", "told"),
    [
        (
            "if more:\n        cols[OTHER] = pa.Column(int)",
            "c: {type: BIGINT, required: false}",
            "c: required: it is added only if more; it is taken as a column that need not be there",
        ),
        (
            "if not more:\n        pass\n    elif more > 2:\n        cols.update({'c': pa.Column(int)})",
            "c: {type: BIGINT, required: false}",
            "c: required: it is added only if not not more and more > 2;",
        ),
        (
            "for one in more:\n        cols[one] = pa.Column(int)",
            "",
            "t: its columns are put together by code, which is not run",
        ),
        ("cols = dict(cols)", "", "t: its columns are put together by code, which is not run"),
        ("cols[more] = pa.Column(int)", "", "t: the name of a column is not a constant; code is not run"),
        ("cols.pop('a')", "", "t: its columns are put together by code, which is not run"),
        ("cols = made(more)", "", "t: its columns are put together by code, which is not run"),
    ],
)
def test_what_only_running_the_code_would_tell_has_a_line(line: str, rules: str, told: str, shell: Shell) -> None:
    shell.write("schema.py", BUILT.replace("    return", f"    {line}\n    return"))
    ran = shell.idqp("init", "--from", "pandera", "schema.py", "--output", "-")
    assert ran.code == 1, ran.err
    assert told in ran.err
    assert rules in ran.out
    assert ran.err.count("not converted: ") == 1


def test_columns_that_come_from_elsewhere_have_a_line(shell: Shell) -> None:
    shell.write(
        "schema.py",
        "import pandera as pa\n\nt = pa.DataFrameSchema(columns_of(frame))\nu = pa.DataFrameSchema({'a': pa.Column(int)})\n",
    )
    ran = shell.idqp("init", "--from", "pandera", "schema.py", "--output", "-")
    assert ran.code == 1
    assert "schema.py:3: t: its columns are not a mapping in the code" in ran.err
    assert "{type: completeness, column: a}" in ran.out
