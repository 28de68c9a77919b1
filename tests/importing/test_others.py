"""Provero, Pointblank, Deequ and DQX say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import VERDICTS, cases, verdict


def judge(case: dict[str, Any], folder: Path, tool: Tool, name: str, text: str) -> None:
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            assert verdict(folder, tool, {name: text}, table) == expected, table


@pytest.mark.parametrize("case", cases("provero"), ids=lambda case: case["it"])
def test_provero(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps({"source": {"type": "duckdb", "table": "t"}, "checks": case["checks"]})
    judge(case, tmp_path, Tool.PROVERO, "provero.yaml", text)


@pytest.mark.parametrize("case", cases("pointblank"), ids=lambda case: case["it"])
def test_pointblank(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps({"tbl": "t", "thresholds": case.get("thresholds"), "steps": case["steps"]})
    judge(case, tmp_path, Tool.POINTBLANK, "plan.yaml", text)


@pytest.mark.parametrize("case", cases("deequ"), ids=lambda case: case["it"])
def test_deequ(case: dict[str, Any], tmp_path: Path) -> None:
    level = case.get("level", "Error")
    text = f'VerificationSuite().addCheck(Check(CheckLevel.{level}, "checks"){case["code"]}) // .isComplete("z")\n'
    judge(case, tmp_path, Tool.DEEQU, "t.scala", text)


@pytest.mark.parametrize("case", cases("dqx"), ids=lambda case: case["it"])
def test_dqx(case: dict[str, Any], tmp_path: Path) -> None:
    judge(case, tmp_path, Tool.DEEQU, "t.yml", json.dumps(case["checks"]))


def test_suggestions_of_deequ(shell: Shell) -> None:
    suggestions = [
        {"constraint_name": "CompletenessConstraint", "column_name": "b", "code_for_constraint": '.isComplete("b")'},
        {"code_for_constraint": '.isContainedIn("c", ["x", "it\'s"], lambda x: x >= 0.9, "It should be above 0.9!")'},
        {"code_for_constraint": '.hasMin("c", lambda x: x == least)'},
    ]
    shell.write("orders.json", json.dumps({"constraint_suggestions": suggestions}))
    ran = shell.idqp("init", "--from", "deequ", "orders.json")
    assert ran.code == 1
    assert "is not a constant; code is not run" in ran.err
    text = (shell.folder / "rules.yaml").read_text()
    assert "- {type: completeness, column: b}\n" in text
    assert "threshold: 10%, of: all}" in text


def test_code_of_pointblank_and_a_contract_of_provero(shell: Shell) -> None:
    shell.write(
        "plan.py",
        'import pointblank as pb\n(pb.Validate(data=df, tbl_name="orders").col_vals_gt(columns="d", value=100)\n  .col_vals_in_set("f", ["x"], na_pass=True).col_vals_gt(columns="d", value=limit).interrogate())\n',
    )
    ran = shell.idqp("init", "--from", "pointblank", "plan.py", "--output", "-")
    assert ran.code == 1
    assert "{type: range, column: d, min: 100, exclusive: min, min_share: 100%, of: all}" in ran.out
    assert "'limit' is not a constant" in ran.err
    contract = {"contracts": [{
        "name": "c", "owner": "team", "table": "orders", "on_violation": "block", "sla": {"freshness": "24h", "availability": "99.9%"},
        "schema": {"columns": [{"name": "id", "type": "integer", "checks": ["not_null", "unique", {"range": {"min": 1}}]}]},
    }]}  # fmt: skip
    shell.write("provero.yaml", json.dumps(contract))
    ran = shell.idqp("init", "--from", "provero", "provero.yaml", "--output", "-")
    assert ran.code == 0
    for line in (
        "owner: team",
        "{type: freshness, max_age: 24h}",
        "{type: completeness, column: id}",
        "{type: range, column: id, min: 1}",
        "availability 99.9%",
    ):
        assert line in ran.out, (line, ran.out)


DEEQU = """\
from pydeequ.checks import Check, CheckLevel

check = Check(spark, CheckLevel.Error, "orders")
check.isComplete("id").where("kind = 'x'") \\
    .customSql("SELECT 1") \\
    .isUnique("id").where(CONDITION)
check.hasNoSuchThing("id")
check.isUnique("id")
late = df.where("day > 3").filter(col("id").isNull() | df.isEmpty())
"""


def test_a_filter_is_of_the_check_before_it_and_other_calls_are_no_checks(shell: Shell) -> None:
    shell.write("orders.py", DEEQU)
    ran = shell.idqp("init", "--from", "deequ", "orders.py", "--output", "-")
    assert ran.code == 1
    assert "column: id, description: orders, where: 'kind = ''x'''}" in ran.out
    assert "{type: unique, column: id, description: orders}" in ran.out
    assert "day > 3" not in ran.out
    told = [line.partition("orders.py:")[2] for line in ran.err.splitlines() if "not converted: o" in line]
    assert [line.partition(": ")[0] for line in told] == ["5", "6", "7"]
    assert "its filter is not a constant" in told[1]


COMMENTED = """\
check = Check(spark, CheckLevel.Error, 'of # signs').isContainedIn(  # one of "these,
    "a",  # .isUnique("b")
    ["x#y", 'z'],  # and 'that
).hasMin("b", lambda x: x >= 7 // 2)
"""


def test_comments_of_python_stand_anywhere(shell: Shell) -> None:
    shell.write("t.py", COMMENTED)
    ran = shell.idqp("init", "--from", "deequ", "t.py", "--output", "-")
    assert ran.code == 1
    assert "{type: accepted_values, column: a, values: ['x#y', z], description: 'of # signs'}" in ran.out, ran.out
    assert "unique" not in ran.out
    assert "7 // 2' is not a constant" in ran.err


DQX = '''\
import yaml
from databricks.labs.dqx import check_funcs
from databricks.labs.dqx.rule import DQForEachColRule, DQRowRule

limit = read_limit()
TEXT = """
- {name: there, check: {function: is_not_null, arguments: {column: id}}}
"""
checks = yaml.safe_load(TEXT)
more = yaml.safe_load(f"""
- criticality: warn
  check: {{function: is_in_range, arguments: {{column: n, min_limit: {limit}, max_limit: 9}}}}
- check: {{function: is_in_list, arguments: {{column: kind, allowed: [x, y]}}}}
""")
listed = [
    {"criticality": "warn", "check": {"function": "is_unique", "arguments": {"columns": ["id"]}}},
    {"check": {"function": "is_not_less_than", "arguments": {"column": "n", "limit": limit}}},
]
objects = [
    DQRowRule(name="low", criticality="warn", check_func=check_funcs.is_not_less_than, column="n", check_func_kwargs={"limit": 0}),
    DQForEachColRule(columns=["a", "b"], check_func=check_funcs.is_not_null),
    DQRowRule(check_func=check_funcs.is_in_list, column="kind", check_func_kwargs={"allowed": ["x"], "case_sensitive": False}),
    DQRowRule(check_func=check_funcs.is_not_in_future, column="at", check_func_kwargs={"curr_timestamp": now()}),
]
'''


def test_checks_of_dqx_in_code(shell: Shell) -> None:
    shell.write("orders.py", DQX)
    ran = shell.idqp("init", "--from", "deequ", "orders.py", "--output", "-")
    assert ran.code == 1
    for line in (
        "{type: completeness, column: id, name: there}", "values: [x, 'y']}",
        "{type: unique, column: id, severity: warning}", "min: 0, name: low, severity: warning}",
        "{type: completeness, column: a}", "{type: completeness, column: b}",
    ):  # fmt: skip
        assert line in ran.out, (line, ran.out)
    told = [line.partition("orders.py:")[2] for line in ran.err.splitlines() if "not converted: o" in line]
    assert [line.partition(": ")[0] for line in told] == ["11", "17", "23"]
    assert "curr_timestamp must be text, not 'now()', whose value is not in the file" in told[2]


NAMED = """\
from databricks.labs.dqx.rule import DQDatasetRule, DQRowRule

MAIL = r"^.+@.+$"


class Names:
    ID = "id"
    LEAST: int = 3


class Kind(str, Enum):
    ONE = "one"


def rules():
    columns = ["a", "b"]
    made = [DQRowRule(check_func=is_not_null, column=name) for name in columns]
    made.append(DQDatasetRule(check_func=is_unique, columns=[Names.ID]))
    made.append(DQDatasetRule(check_func=is_unique, columns=[Elsewhere.ID, "x"]))
    made.append(DQRowRule(check_func=regex_match, column="mail", check_func_kwargs={"regex": MAIL}))
    made.append(DQRowRule(check_func=is_in_list, column="k", check_func_kwargs={"allowed": [Kind.ONE.value, "two"]}))
    listed = [{"check": {"function": "is_not_less_than", "arguments": {"column": "n", "limit": Names.LEAST}}}]
    each = [{"check": {"function": "is_not_null", "arguments": {"column": name}}} for name in frame.columns]
    return made + listed + each
"""


def test_names_in_code_of_dqx_are_what_they_stand_for(shell: Shell) -> None:
    shell.write("t.py", NAMED)
    ran = shell.idqp("init", "--from", "deequ", "t.py", "--output", "-")
    assert ran.code == 1
    rules = [line.strip() for line in ran.out.splitlines() if line.strip().startswith("- {")]
    assert rules == [
        "- {type: completeness, column: a}",
        "- {type: completeness, column: b}",
        "- {type: unique, column: id}",
        "- {type: pattern, column: mail, regex: '^.+@.+$'}",
        "- {type: accepted_values, column: k, values: [one, two]}",
        "- {type: range, column: 'n', min: 3}",
    ]
    told = [line for line in ran.err.splitlines() if "not converted: t" in line]
    assert len(told) == 2, told
    assert "columns must be text, not 'Elsewhere.ID', whose value is not in the file; code is not run" in told[0]
    assert "column must be text, not 'name', whose value is not in the file" in told[1]


PLANS = """\
import pointblank as pb
import polars as pl

first = pb.Validate(data=orders_df, thresholds=pb.Thresholds(warning=1)).col_vals_not_null("a")
first.col_vals_gt("a", pb.col("b"), actions=pb.Actions(warning="look"), na_pass=True).interrogate()
(
    pb.Validate(pl.read_csv("data/customers.csv"), thresholds=(None, 2))
    .col_vals_not_null(columns=["x", "y"])
    .interrogate()
)
pb.Validate(data=df, tbl_name="items").col_exists("z").interrogate()
"""


def test_each_plan_in_code_has_its_own_data_and_levels(shell: Shell) -> None:
    shell.write("plan.py", PLANS)
    ran = shell.idqp("init", "--from", "pointblank", "plan.py", "--output", "-")
    assert (ran.code, ran.err) == (0, "idqp: standard output: 3 datasets, 5 rules\n")
    datasets = yaml.safe_load(ran.out)["datasets"]
    assert {name: one["rules"] for name, one in datasets.items()} == {
        "orders": [
            {"type": "completeness", "column": "a", "severity": "warning"},
            {"type": "expression", "expression": '"a" > "b"', "severity": "warning"},
        ],
        "customers": [
            {"type": "completeness", "column": "x", "threshold": "1 row"},
            {"type": "completeness", "column": "y", "threshold": "1 row"},
        ],
        "items": [{"type": "schema", "columns": {"z": "any"}, "allow_extra": True}],
    }


FRAMES = """\
from pydeequ.checks import *
from pydeequ.verification import *
check = Check(spark, CheckLevel.Error, "orders")
r1 = (VerificationSuite(spark).onData(orders_df).addCheck(
   check.isComplete("id").isUnique("id").hasSize(lambda x: x >= 3)).run())
check2 = Check(spark, CheckLevel.Warning, "cust").isComplete("cid")
r2 = VerificationSuite(spark).onData(customers_df).addCheck(check2).run()
check = Check(spark, CheckLevel.Error, "p")
check.isComplete("p1")
check.hasMin("p2", lambda x: x > 0).isUnique("p3")
r3 = VerificationSuite(spark).onData(products).addCheck(check).run()
"""


def test_checks_of_deequ_are_of_the_data_that_they_are_added_for(shell: Shell) -> None:
    shell.write("quality.py", FRAMES)
    ran = shell.idqp("init", "--from", "deequ", "quality.py", "--output", "-")
    assert (ran.code, ran.err) == (0, "idqp: standard output: 3 datasets, 7 rules\n")
    datasets = yaml.safe_load(ran.out)["datasets"]
    assert {name: [rule.get("column") for rule in one["rules"]] for name, one in datasets.items()} == {
        "orders": ["id", "id", None],
        "customers": ["cid"],
        "products": ["p1", "p2", "p3"],
    }
    shell.write("quality.py", FRAMES.replace("customers_df", "orders_df").replace("products", "orders_df"))
    ran = shell.idqp("init", "--from", "deequ", "quality.py", "--output", "-")
    assert list(yaml.safe_load(ran.out)["datasets"]) == ["quality"]
