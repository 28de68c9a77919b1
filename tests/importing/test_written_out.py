"""What code of others computes from constants is read, and what it computes from anything else has a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import verdict

HEAD = "import pandera as pa\nimport pandas as pd\nfrom typing import Final\n"
SCHEMAS = {
    "a constant with a type": (
        'LEVELS: Final[list[str]] = ["x", "y"]\nt_schema = pa.DataFrameSchema({"a": pa.Column(str, pa.Check.isin(LEVELS), nullable=True), "b": pa.Column()})',
        ["a,b\nx,1\n,1\ny,1"], ["a,b\nz,1"],
    ),
    "a call of constants, and words that are none": (
        ('KINDS = frozenset({"x", "y"})\nLAST: Final = pd.Timestamp("2024-01-31")\n'
        't_schema = pa.DataFrameSchema({"a": pa.Column(str, pa.Check.isin(KINDS)), "d": pa.Column(pa.DateTime, pa.Check.le(LAST, error=f"after {LAST.date()}"))})'),
        ["a,d\nx,2024-01-31 00:00:00"], ["a,d\nz,2024-01-01 00:00:00", "a,d\nx,2024-02-01 00:00:00"],
    ),
    "columns from a mapping that is made in one line": (
        'LIMITS = {"a": 5, "b": 9}\nt_schema = pa.DataFrameSchema({name: pa.Column(int, pa.Check.le(most), nullable=True) for name, most in LIMITS.items()})',
        ["a,b\n5,9\n,"], ["a,b\n6,1", "a,b\n1,10"],
    ),
    "columns from two lists, beside others": (
        'NAMES = ["a", "b"]\nt_schema = pa.DataFrameSchema({"c": pa.Column(), **{f"{one}_id": pa.Column(int) for one, _ in zip(NAMES, [1, 2])}})',
        ["a_id,b_id,c\n1,2,3"], ["a_id,b_id,c\n1,,3", "a_id,c\n1,3"],
    ),
    "checks from a list that is made in one line": (
        't_schema = pa.DataFrameSchema({"a": pa.Column(int, [pa.Check.ne(one) for one in (3, 4)])})',
        ["a\n1\n5"], ["a\n3", "a\n4"],
    ),
    "the first, the last and other characters of a text": (
        ('t_schema = pa.DataFrameSchema({"a": pa.Column(str, [pa.Check(lambda s: s.str[:2].isin(["ab", "cd"])), pa.Check(lambda s: s.str[-1:] == "z"),'
        ' pa.Check(lambda s: s.str[2] == "-"), pa.Check(lambda s: s.str[3:5] == "45")])})'),
        ["a\nab-45z\ncd-45z"], ["a\nxx-45z", "a\nab-45y", "a\nab+45z", "a\nab-54z", "a\nab"],
    ),
    "a number that a text may be, or not": (
        ("def positive(x):\n    try:\n        return float(x) > 0\n    except (ValueError, TypeError):\n        return False\n"
        't_schema = pa.DataFrameSchema({"a": pa.Column(str, pa.Check(positive, element_wise=True), nullable=True), "b": pa.Column()})'),
        ["a,b\n1.5,1\n,1"], ["a,b\n0,1", "a,b\nnone,1"],
    ),
    "a whole number that a text may be, or not": (
        ("def positive(x):\n    try:\n        return int(x) > 0\n    except (ValueError, TypeError):\n        return False\n"
        't_schema = pa.DataFrameSchema({"a": pa.Column(object, pa.Check(positive, element_wise=True), nullable=True), "b": pa.Column()})'),
        ["a,b\n1,1\n,1", "a,b\n1.5,1"], ["a,b\n0,1", "a,b\n0.5,1", "a,b\nnone,1\n2,1", "a,b\nnone,1\n2.5,1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas(name: str, tmp_path: Path) -> None:
    code, good, bad = SCHEMAS[name]
    for expected, tables in (("passes", good), ("fails", bad)):
        for table in tables:
            assert verdict(tmp_path, Tool.PANDERA, {"schema.py": HEAD + code + "\n"}, table) == expected, table


SUITES = """\
import great_expectations.expectations as gxe

KINDS = {"a": "int", "b": "float"}


def of_orders():
    suite = gx.ExpectationSuite(name="orders_suite")
    suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column="id"))
    suite.expectations.extend(
        [gxe.ExpectColumnValuesToBeOfType(column=name, type_=kind) for name, kind in KINDS.items()]
    )


def of_customers():
    validator = context.get_validator(batch_request=request("customers"), expectation_suite_name="customers_suite")
    validator.expect_column_values_to_be_unique("id")
    for name in ("city", "zip"):
        validator.expect_column_values_to_not_be_null(name)
    for name in frame.columns:
        validator.expect_column_values_to_not_be_null(name)


gx.ExpectationSuite(name="items_suite", expectations=[gxe.ExpectTableRowCountToBeBetween(min_value=1)])
"""


def test_each_expectation_is_of_its_suite(shell: Shell) -> None:
    shell.write("suites.py", SUITES)
    ran = shell.idqp("init", "--from", "gx", "suites.py")
    assert ran.code == 1
    assert "suites.py:20: expect_column_values_to_not_be_null: line 20: 'name' is not a constant" in ran.err
    text = (shell.folder / "rules.yaml").read_text()
    datasets = {part.partition(":")[0]: part for part in text.split("\n  ") if part[:1].isalpha()}
    assert {"orders", "customers", "items"} <= set(datasets)
    orders, customers, items = (
        text[text.index(f"  {name}:\n") :].partition("\n    path:")[2].partition("\n    # Where")[0]
        for name in ("orders", "customers", "items")
    )
    assert "{type: completeness, column: id}" in orders
    assert "columns: {a: INTEGER}" in orders
    assert "columns: {b: DOUBLE}" in orders
    assert "{type: unique, column: id}" in customers
    assert "{type: completeness, column: zip}" in customers
    assert "{type: row_count, min: 1}" in items


SODA = """\
filter t [daily]:
  where: b > 0
checks for t:
  - avg(a) > 2:
      name: The mean
checks for t [daily]:
  - failed rows:
      fail query: SELECT a, count(*) FROM t WHERE b > 5 GROUP BY a HAVING count(*) > 1
"""


def test_a_query_has_its_own_conditions(tmp_path: Path) -> None:
    files = {"checks.yml": SODA}
    assert verdict(tmp_path, Tool.SODA, files, "a,b\n3,1\n3,2\n4,9") == "passes"
    assert verdict(tmp_path, Tool.SODA, files, "a,b\n3,6\n3,7") == "fails"
    assert verdict(tmp_path, Tool.SODA, files, "a,b\n2,1") == "fails"


DBT = """\
models:
  - name: t
    columns:
      - name: a
        tests:
          - not_null: {config: {enabled: "{{ var('first', true) and var('second', false) }}"}}
          - unique: {config: {enabled: "{{ var('kind', 'x') in ['x', 'y'] or false }}"}}
      - name: b
        tests:
          - not_null: {config: {enabled: "{{ target.name != 'demo' }}"}}
"""


def test_a_switch_of_two_variables_and_of_the_target(shell: Shell) -> None:
    shell.write("schema.yml", DBT)
    ran = shell.idqp("init", "--from", "dbt", "schema.yml", "--output", "-")
    assert ran.code == 0
    assert "whether it is enabled depends on the target of dbt, or on a variable; taken as enabled" in ran.out
    assert "{type: completeness, column: a, enabled: false}" in ran.out
    assert "{type: unique, column: a}" in ran.out
    assert "{type: completeness, column: b}" in ran.out
    ran = shell.idqp("init", "--from", "dbt", "schema.yml", "--set", "target.name=demo", "--output", "-")
    assert ran.code == 0
    assert "{type: completeness, column: b, enabled: false}" in ran.out


MACROS = """\
{# A comment with {% test no(model) %}. #}
{% test positive(model, column_name, least=0, strict=false) %}
{{ config(severity = 'warn') }}
with wrong as (select * from {{ model }} where {{ column_name }} < {{ least }})
select * from wrong
{% endtest %}
{% macro test_one_of(model, column_name, other, names) %}
SELECT * FROM {{ model }} WHERE {{ column_name }} NOT IN (SELECT id FROM {{ ref('u') }}) AND {{ other }} > 0
{% endmacro %}
{% test within(model, column_name, least=none, most=none, inclusive=true) %}
{%- if least is none and most is none -%}
  {{ exceptions.raise_compiler_error("Give a bound.") }}
{%- elif inclusive %}{% set sign = "=" %}{% else %}{% set sign = "" %}{%- endif -%}
select * from {{ model }}
where 1 = 2
  -- {{ exceptions }} may stand in a remark of SQL
  {% if least is not none %}
  or not {{ column_name }} >{{ sign }} {{ least }}
  {% endif %}
  {% if most is not none %} or not {{ column_name }} <{{ sign }} {{ most }} {% endif %}
{% endtest %}
{% test apart(model, columns) %}
select {{ columns | join(', ') }} from {{ model }} group by {{ columns | join(', ') }} having count(*) > 1
{% endtest %}
{% test loud(model, column_name) %}
select {{ column_name | upper }} from {{ model }} where {{ column_name }} < 0
{% endtest %}
{% test looping(model, column_name) %}
select * from {{ model }} {% for one in column_name %} where true {% endfor %}
{% endtest %}
{% test unended(model, column_name) %}
select * from {{ model }} {% if column_name %} where true
{% endtest %}
"""
USES = """\
models:
  - name: t
    columns:
      - name: a
        tests: [TEST]
"""


@pytest.mark.parametrize(("test", "good", "warns", "bad"), [
    ("positive", ["a,b\n0,1\n,1"], ["a,b\n-1,1"], []),
    ("{positive: {arguments: {least: 5}, config: {severity: error, where: b > 0}}}", ["a,b\n5,1\n4,0"], [], ["a,b\n4,1"]),
    ("{within: {least: 1, most: 5}}", ["a,b\n1,1\n5,1\n,1"], [], ["a,b\n6,1", "a,b\n0,1"]),
    ("{within: {most: 5, inclusive: false}}", ["a,b\n4,1\n-9,1"], [], ["a,b\n5,1"]),
    ("{apart: {columns: [a, b]}}", ["a,b\n1,1\n1,2"], [], ["a,b\n1,1\n1,1"]),
    ("{one_of: {other: b}}", ["a,b\n1,1\n9,0"], [], ["a,b\n9,1"]),
])  # fmt: skip
def test_a_generic_test_of_a_project(
    test: str, good: list[str], warns: list[str], bad: list[str], tmp_path: Path
) -> None:
    text = MACROS.replace("other, names)", "other)")
    for expected, tables in (("passes", good), ("warns", warns), ("fails", bad)):
        for table in tables:
            files = {"schema.yml": USES.replace("TEST", test), "macros.sql": text}
            assert verdict(tmp_path, Tool.DBT, files, table) == expected, table


def test_what_a_generic_test_lacks_is_told(shell: Shell) -> None:
    shell.write("macros.sql", MACROS)
    shell.write(
        "schema.yml",
        USES.replace("TEST", "looping, loud, unended, within, {one_of: {other: b}}, {positive: {most: 3}}"),
    )
    ran = shell.idqp("init", "--from", "dbt", "schema.yml", "macros.sql", "--output", "-")
    assert ran.code == 1
    assert "looping(a): its macro has statements other than if and set, which are not run" in ran.err
    assert "loud(a): the template {{ column_name | upper }} is not plain" in ran.err
    assert "unended(a): the branches of its macro do not match" in ran.err
    assert "within(a): the template {{ exceptions.raise_compiler_error" in ran.err
    assert "one_of(a): its macro needs the argument 'names'" in ran.err
    assert "positive(a): its macro has no argument 'most'" in ran.err


def test_a_published_schema_has_examples_as_resources(shell: Shell) -> None:
    shell.write(
        "schema.json",
        """{"name": "t", "path": "https://x.org/schema.json", "resources": [{"path": "https://x.org/a.csv"}],
      "fields": [{"name": "a", "type": "integer", "constraints": {"required": true, "minimum": 0}}]}""",
    )
    ran = shell.idqp("init", "--from", "frictionless", "schema.json", "--output", "-")
    assert ran.code == 0, ran.err
    assert "{type: completeness, column: a}" in ran.out
    assert "{type: range, column: a, min: 0}" in ran.out
    assert "x.org" not in ran.out


def test_an_age_is_no_bound_of_a_number(shell: Shell) -> None:
    shell.write("checks.yml", "checks for t:\n  - max(a):\n      warn: when < 30d ago\n  - min(a) > 2 days\n")
    ran = shell.idqp("init", "--from", "soda", "checks.yml", "--output", "-")
    assert ran.code == 1
    assert "max(a): a bound with 'd ago' is of freshness only" in ran.err
    assert "min(a) > 2 days: a bound with 'days' is of freshness only" in ran.err


HOUSE = """\
dataContractSpecification: 1.1.0
id: x
models: {t: {fields: {a: {type: integer}, b: {type: string}}}}
quality:
  type: bigquery
  specification: {table: t}
  tests:
    - {type: not_null, field: a}
    - {type: unique, field: a}
    - {type: accepted_values, column: b, values: [x, y]}
    - {type: range, column: a, min: 1, max: 9}
    - {type: pattern, column: b, pattern: "^x"}
    - {type: surprising, column: b}
"""


def test_checks_that_the_standard_has_not_are_taken_where_they_are_plain(shell: Shell) -> None:
    shell.write("contract.yaml", HOUSE)
    ran = shell.idqp("init", "--from", "odcs", "contract.yaml", "--output", "-")
    assert ran.code == 1
    assert "a quality check of the type 'surprising' is not known" in ran.err
    for rule in (
        "{type: completeness, column: a}", "{type: unique, column: a}", "{type: accepted_values, column: b, values: [x, 'y']}",
        "{type: range, column: a, min: 1, max: 9}", "{type: pattern, column: b, regex: '^x'}",
    ):  # fmt: skip
        assert rule in ran.out, ran.out
    quality = "quality:\n  type: Collibra\n  specification:\n    checks for t: [row_count >= 5]\n"
    shell.write("contract.yaml", HOUSE.partition("quality:")[0] + quality)
    ran = shell.idqp("init", "--from", "odcs", "contract.yaml", "--output", "-")
    assert ran.code == 0, ran.err
    assert "{type: row_count, min: 5}" in ran.out


PLAN = """\
import pointblank as pb

CODES = ["x", "y"]


def first(df):
    columns = ["a", "b"]
    return pb.Validate(data=df).col_exists(columns=columns).col_vals_in_set("b", set=CODES).interrogate()


def second(df, codes):
    columns = ["a"]
    schema = pb.Schema(columns=[("a", "int64"), ("b", ["str", "object"])])
    return pb.Validate(data=df).col_vals_gt(columns=columns, value=0).col_schema_match(schema=schema).rows_complete()
"""
OTHER_PLAN = """\
import pointblank as pb

columns = ["a", "b"]


def first(df, columns):
    kinds = [(one, "int64") for one in df.columns]
    schema = pb.Schema(columns=kinds)
    plan = pb.Validate(df).col_exists(columns=columns).col_schema_match(schema).rows_complete(thresholds=0.1)
    return plan.col_schema_match(pb.Schema(tbl=df)).col_schema_match(pb.Schema(columns=[()])).row_count_match(len(df))


def second(df):
    return pb.Validate(df).col_schema_match(pb.Schema(a="Int64", b="String"), in_order=False).col_exists(columns)
"""


def test_each_function_has_names_of_its_own(tmp_path: Path) -> None:
    for table, expected in {"a,b\n1,x\n2,y": "passes", "a,b\n0,x": "fails", "a,b\n1,z": "fails",
                            "a,b\n1,": "fails", "b,a\nx,1": "fails", "a,b\n1.5,x": "fails"}.items():  # fmt: skip
        assert verdict(tmp_path, Tool.POINTBLANK, {"t.py": PLAN}, table) == expected, table


def test_what_a_function_is_given_is_no_constant_of_the_module(shell: Shell) -> None:
    shell.write("t.py", OTHER_PLAN)
    ran = shell.idqp("init", "--from", "pointblank", "t.py", "--output", "-")
    assert ran.code == 1
    told = [line for line in ran.err.splitlines() if "not converted: t" in line]
    assert "§" not in ran.err
    for line, why in zip(told, (
        "col_exists: line 9: 'columns' is not a constant", "'[(one, 'int64') for one in df.columns]' is not a constant",
        "its schema is that of a table in code", "a column has no name", "'len(df)' is not a constant",
    ), strict=True):  # fmt: skip
        assert why in line, (line, why)
    assert "columns: {a: BIGINT, b: VARCHAR}}" in ran.out
    assert "{type: schema, columns: {a: any, b: any}, allow_extra: true}" in ran.out


UNTAKEN = """\
import pandera as pa

schema = pa.DataFrameSchema(
    {"a": pa.Column(int, pa.Check(lambda x, df: x != df["b"], element_wise=True))},
    index=pa.Index(int),
    checks=[
        pa.Check(lambda df: df.groupby("b")["a"].mean() > df["a"].mean()),
        pa.Check(lambda df: df.groupby(by)["a"].mean() > 1),
        pa.Check(lambda df: df.groupby("b", dropna=False)["a"].mean() > 1),
        pa.Check(lambda df: df[df["a"].isin(df["b"].dropna())]["a"].min() > 1),
        pa.Check(lambda df: len(df[df["a"] > 1]) > 1),
    ],
)
"""


def test_checks_that_need_more_than_one_condition_have_a_line(shell: Shell) -> None:
    shell.write("t.py", UNTAKEN)
    ran = shell.idqp("init", "--from", "pandera", "t.py", "--output", "-")
    assert ran.code == 1
    told = [line for line in ran.err.splitlines() if "not converted: t" in line]
    for line, why in zip(told, (
        "its code has 2 parameters, and a check gives it one value", "it compares groups with other rows",
        "is code; code is not run", "is code; code is not run", "code is not run", "is code; code is not run",
        "give it the column's name, as in Index",
    ), strict=True):  # fmt: skip
        assert why in line, (line, why)
