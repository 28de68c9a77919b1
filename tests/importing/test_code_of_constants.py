"""Checks that code puts together from constants are those that it makes when it runs; any others have a line."""

from __future__ import annotations

import pytest
import yaml

from conftest import Shell

PYDEEQU = "from pydeequ.checks import Check, CheckLevel\n"
# The tool, the code, the rules without their descriptions, and what has a line.
CASES = {
    "a loop over a mapping, and bounds of functions that name constants": (
        "deequ",
        PYDEEQU + """
LIMITS = {"a": (0, 10), "b": (1, 2)}
LEAST = 0.95
def build(spark):
    check = Check(spark, CheckLevel.Error, "orders")
    for name, (low, high) in LIMITS.items():
        check = check.hasMin(name, lambda x: x >= low).hasMax(name, lambda x, most=high: x <= most)
    return check.hasCompleteness("c", lambda x: x >= LEAST).hasSize(lambda n: n >= 1_000)
""",
        ["{type: statistic, column: a, statistic: min, min: 0}", "{type: statistic, column: a, statistic: max, max: 10}",
         "{type: statistic, column: b, statistic: min, min: 1}", "{type: statistic, column: b, statistic: max, max: 2}",
         "{type: completeness, column: c, threshold: 5%}", "{type: row_count, min: 1000}"],
        [],
    ),
    "rules in a mapping, of which some say less": (
        "deequ",
        PYDEEQU + """
RULES = {"a": {"required": True, "values": ["x"]}, "b": {"required": False, "min": 3}, "c": {"skip": True}}
check = Check(spark, CheckLevel.Warning, "orders")
for name, rule in RULES.items():
    if rule.get("skip"):
        continue
    if rule["required"]:
        check.isComplete(name)
    if "values" in rule:
        check.isContainedIn(name, rule["values"])
    low = rule.get("min")
    if low is not None:
        check.hasMin(name, lambda x: x >= low)
""",
        ["{type: completeness, column: a, severity: warning}",
         "{type: accepted_values, column: a, values: [x], severity: warning}",
         "{type: statistic, column: b, statistic: min, min: 3, severity: warning}"],
        [],
    ),
    "functions of the code, in a class with constants, and levels of checks that are made side by side": (
        "deequ",
        PYDEEQU + """
def at_least(share):
    return lambda x: x >= share
class Orders:
    LEAST = 0.9
    def __init__(self, spark, most=7):
        self.hard = Check(spark, CheckLevel.Error, "hard")
        self.soft = Check(spark, CheckLevel.Warning, "soft")
        self.most = most
    @staticmethod
    def keyed(check, *names, unique=True):
        for name in names:
            check = check.isComplete(name)
        if unique:
            check = check.isUnique(names[0])
        return check
    def checks(self):
        self.keyed(self.hard, "id", "no")
        self.soft.hasCompleteness("a", at_least(self.LEAST)).hasMax("b", lambda x: x <= self.most)
        self.hard.isPositive("c")
""",
        ["{type: completeness, column: id}", "{type: completeness, column: 'no'}", "{type: unique, column: id}",
         "{type: range, column: c, min: 0, exclusive: min}",
         "{type: completeness, column: a, threshold: 10%, severity: warning}",
         "{type: statistic, column: b, statistic: max, max: 7, severity: warning}"],
        ["the parameter most is taken as its default"],
    ),
    "what is not in the code": (
        "deequ",
        PYDEEQU + """
names = []
for column in frame.columns:
    names.append(column)
check = Check(spark, CheckLevel.Error, "orders")
for name in names:
    check.isComplete(name)
check.hasSize(lambda n: n > settings.least)
def keyed(check, name):
    return check.isUnique(name)
keyed(check, "id")
keyed(check, sys.argv[1])
""",
        ["{type: unique, column: id}"],
        ["isComplete(name): 'name' is not a constant", "n > settings.least' is not a constant",
         "isUnique(name): 'name' is not a constant"],
    ),
    "steps that a function adds, and columns that are selected": (
        "pointblank",
        """
import pointblank as pb
RANGES = {"a": (0, 1), "b": (2, None)}
def present(plan, *names, **more):
    return plan.col_vals_not_null(columns=list(names), **more)
def open_ones(df):
    return df.filter(pl.col("state") == "open")
plan = pb.Validate(data=orders, tbl_name="orders")
plan = present(plan, "x", "y", brief="there")
for name, (low, high) in RANGES.items():
    plan = plan.col_vals_ge(columns=name, value=low, na_pass=True)
    if high is not None:
        plan = plan.col_vals_le(columns=name, value=high, na_pass=True)
common = dict(na_pass=True, segments=("kind", ["k"]))
plan.col_vals_gt(columns="c", value=0, pre=open_ones, **common).col_vals_null(columns=pb.col(pb.starts_with("tmp"))).interrogate()
plan.col_vals_gt(columns="c", value=0, pre=lambda df: df.with_columns(d=1)).col_vals_gt(columns=pb.first_n(2), value=1)
""",
        ["{type: completeness, column: x}", "{type: completeness, column: 'y'}",
         "{type: range, column: a, min: 0}", "{type: range, column: a, max: 1}", "{type: range, column: b, min: 2}",
         """{type: range, column: c, min: 0, exclusive: min, segment_by: kind,
          where: "((coalesce(\\"state\\" = 'open', false))) AND (CAST(\\"kind\\" AS VARCHAR) IN ('k'))"}""",
         """{type: query, sql: "SELECT * FROM \\"orders\\" EXCEPT ALL SELECT * FROM (SELECT * FROM \\"orders\\")
          WHERE NOT coalesce(COLUMNS('(?i)^tmp') IS NOT NULL, false)"}"""],
        ["is code that does more than leave out rows", "'pb.first_n(2)' selects columns by code; name them"],
    ),
    "expectations that are derived, and conditions that are built of columns": (
        "gx",
        """
import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column
class Positive(gxe.ExpectColumnValuesToBeBetween):
    min_value: float = 0
    strict_min = True
    domain_keys = ("column",)
class Small(Positive):
    max_value: int = 9
class Computed(gxe.ExpectColumnValuesToBeBetween):
    def _validate(self, metrics):
        return {"success": metrics["x"] > 1}
suite = gx.ExpectationSuite(name="orders")
suite.add_expectation(Positive(column="a"))
suite.add_expectation(Small(column="b", strict_min=False))
suite.add_expectation(Computed(column="c"))
for name in ["d"]:
    suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(
        column=name, row_condition=(Column("a") > 1) & Column("b").is_not_in([2, 3]) | Column("c").is_null()))
suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column="e", row_condition=make()))
""",
        ["{type: range, column: a, min: 0, exclusive: min}", "{type: range, column: b, min: 0, max: 9}",
         """{type: completeness, column: d, where: "((\\"a\\" > 1) AND (NOT (coalesce(\\"b\\" IN (2, 3), false)))) OR (\\"c\\" IS NULL)"}"""],
        ["Computed", "'make()' is not a constant"],
    ),
    "expectations that are mappings": (
        "gx",
        """
suite.add_expectation({"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}})
suite.add_expectation_configuration(configuration={"type": "expect_column_values_to_be_unique", "kwargs": {"column": "b"}})
for one in [{"expectation_type": "expect_column_values_to_be_in_set", "kwargs": {"column": "c", "value_set": [1, 2]}}]:
    suite.add_expectation(one)
listed = [
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "d", "min_value": 0}},
    made(),
]
TEXT = '{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "e"}}'
BROKEN = '{"expectations": [{"expectation_type": "expect_column_to_exist",]}'
""",
        ["{type: completeness, column: e}", "{type: range, column: d, min: 0}", "{type: completeness, column: a}",
         "{type: unique, column: b}", "{type: accepted_values, column: c, values: [1, 2]}"],
        ["orders.py:11:", "orders.py:8:"],
    ),
    "columns and bounds of Spark": (
        "deequ",
        """
import pyspark.sql.functions as F
from databricks.labs.dqx.rule import DQRowRule, DQForEachColRule
from databricks.labs.dqx import check_funcs
def present(*names, **more):
    return [DQRowRule(check_func=check_funcs.is_not_null, column=name, **more) for name in names]
checks = [
    *present("a", "b", criticality="warn"),
    DQRowRule(check_func=check_funcs.is_not_null, column=F.col("c").getField("d")),
    DQRowRule(check_func=check_funcs.is_not_greater_than, column=F.length(F.trim("e")), check_func_kwargs={"limit": F.col("f") * 2}),
    DQRowRule(check_func=check_funcs.is_not_null, column=F.lower(make())),
]
""",
        ["{type: completeness, column: a, severity: warning}", "{type: completeness, column: b, severity: warning}",
         "{type: expression, expression: NOT ((c.d) IS NULL)}",
         """{type: expression, expression: "NOT (coalesce(NOT ((length(trim(CAST(e AS VARCHAR)))) <= ((f * 2))), false))"}"""],
        ["'F.lower(make())'"],
    ),
    "columns of functions and loops, with arguments in mappings": (
        "pandera",
        """
import pandera as pa
from functools import partial
common = dict(nullable=True, coerce=True)
Key = partial(pa.Column, str, unique=True)
def share(**more):
    return pa.Column(float, pa.Check.in_range(0, 1), **more)
columns = {"id": Key()}
for name in ["a", "b"]:
    columns[name] = share(**common)
columns["c"] = pa.Column(int, **settings)
orders = pa.DataFrameSchema(columns)
""",
        ["{type: schema, columns: {id: VARCHAR, a: DOUBLE, b: DOUBLE, c: BIGINT}, allow_extra: true}",
         "{type: completeness, column: id}", "{type: unique, column: id, nulls: compare}",
         "{type: range, column: a, min: 0, max: 1}", "{type: range, column: b, min: 0, max: 1}"],
        ["'**settings' is code"],
    ),
    "a schema that is made of another one": (
        "pandera",
        """
import pandera as pa
base = pa.DataFrameSchema({"a": pa.Column(int), "b": pa.Column(int), "c": pa.Column(int)}, strict=True)
orders = base.add_columns({"d": pa.Column(str, pa.Check.isin(["x"]))}).remove_columns(["b"]).rename_columns({"c": "e"}).update_column(
    "a", nullable=True, checks=pa.Check.gt(0))
other = base.add_columns(more())
""",
        ["{type: schema, columns: {a: BIGINT, e: BIGINT, d: VARCHAR}}", "{type: range, column: a, min: 0, exclusive: min}",
         "{type: completeness, column: e}", "{type: completeness, column: d}",
         "{type: accepted_values, column: d, values: [x]}"],
        ["other: its columns are not a mapping in the code"],
    ),
    "unique rows and cells, missing cells that fail, and types with arguments": (
        "pandera",
        """
import pandera as pa
import polars as pl
orders = pa.DataFrameSchema({
    "a": pa.Column(pl.Decimal(10, 2), pa.Check.ge(0, ignore_na=False), nullable=True),
    "b": pa.Column(pl.Datetime("us", "UTC"), pa.Check(lambda s: ~s.duplicated()), nullable=True),
    "c": pa.Column(pl.List(pl.Int64), nullable=True),
    "d": pa.Column(str, [pa.Check.notin(["x"], ignore_na=False), pa.Check(lambda s: s.str.len() > 1, ignore_na=False)], nullable=True),
}, checks=[pa.Check(lambda df: ~df.duplicated(subset=["a", "d"])), pa.Check(lambda df: not df.duplicated().any())])
""",
        ["{type: schema, columns: {a: 'DECIMAL(10,2)', b: TIMESTAMP WITH TIME ZONE, c: 'BIGINT[]', d: VARCHAR}, allow_extra: true}",
         "{type: range, column: a, min: 0, min_share: 100%, of: all}", "{type: unique, column: b, nulls: compare}",
         "{type: rejected_values, column: d, values: [x]}",
         """{type: expression, expression: "coalesce((length(CAST(\\"d\\" AS VARCHAR)) > 1), false)"}""",
         "{type: unique, columns: [a, d], nulls: compare}", "{type: duplicates}"],
        [],
    ),
    "steps in mappings, in a class, with values that are computed": (
        "pointblank",
        """
import pointblank as pb
from datetime import date, timedelta
STEPS = [{"fn": "col_vals_gt", "args": {"columns": "a", "value": 0}}]
class Orders:
    least = 5
    def build(self):
        plan = pb.Validate(data=self.df, tbl_name="orders")
        for step in STEPS:
            plan = getattr(plan, step["fn"])(**step["args"])
        plan = plan.row_count_match(count=self.least, tol=2)
        plan = plan.col_vals_le(columns="b", value=date.today(), na_pass=True)
        plan = plan.col_vals_between(columns="c", left="2020-01-01", right=date.today() - timedelta(days=1), na_pass=True)
        return plan.col_vals_gt(columns="d", value=pb.expr_col("e") * 2, na_pass=True).col_vals_lt(columns="f", value=limit)
""",
        ["{type: range, column: a, min: 0, exclusive: min, min_share: 100%, of: all}", "{type: row_count, min: 3, max: 7}",
         """{type: expression, expression: "\\"b\\" <= (current_date)"}""",
         """{type: expression, expression: "\\"c\\" >= '2020-01-01' AND \\"c\\" <= ((current_date - (INTERVAL 1 DAY)))"}""",
         """{type: expression, expression: "\\"d\\" > ((\\"e\\" * 2))"}"""],
        ["'limit' is not a constant"],
    ),
    "checks that a function puts together as a mapping says": (
        "pandera",
        """
import pandera as pa
SPEC = {"x": {"dtype": int, "min": 0, "max": 10}, "y": {"dtype": str, "values": ["p"]}}
common = [pa.Check.str_length(1, 5)]
def checks_for(spec):
    found = []
    if "min" in spec:
        found.append(pa.Check.in_range(spec["min"], spec["max"]))
    if spec.get("values"):
        found += [pa.Check.isin(spec["values"])]
    return found
columns = {name: pa.Column(spec["dtype"], checks_for(spec), nullable=True) for name, spec in SPEC.items()}
orders = pa.DataFrameSchema({**columns, "z": pa.Column(str, [*common, pa.Check.ne("q")], nullable=True)})
""",
        ["{type: schema, columns: {x: BIGINT, 'y': VARCHAR, z: VARCHAR}, allow_extra: true}",
         "{type: range, column: x, min: 0, max: 10}", "{type: accepted_values, column: 'y', values: [p]}",
         "{type: length, column: z, min: 1, max: 5}", "{type: rejected_values, column: z, values: [q]}"],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_code_of_constants(name: str, shell: Shell) -> None:
    tool, code, rules, lines = CASES[name]
    shell.write("orders.py", code)
    ran = shell.idqp("init", "--from", tool, "orders.py", "--output", "-")
    (dataset,) = (one for key, one in yaml.safe_load(ran.out)["datasets"].items() if key == "orders")
    made = [
        {key: value for key, value in rule.items() if key not in {"description", "name"}} for rule in dataset["rules"]
    ]
    assert made == [yaml.safe_load(rule) for rule in rules]
    told = [line for line in ran.err.splitlines() if "standard output:" not in line]
    assert len(told) == len(lines), told
    assert all(line in one for line, one in zip(lines, told, strict=True)), told
    assert ran.code == int(any("not converted" in one for one in told))


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        (
            "deequ",
            PYDEEQU
            + "check = Check(spark, CheckLevel.Error, 'c').isUnique('b')\nif strict():\n    check.isComplete('a')\n",
        ),
        (
            "gx",
            "v.expect_column_values_to_be_unique('b')\nif strict():\n    v.expect_column_values_to_not_be_null('a')\n",
        ),
        ("pointblank", "v = pb.Validate(df).rows_distinct('b')\nif strict():\n    v = v.col_vals_not_null('a')\n"),
    ],
)
def test_what_the_code_has_under_a_condition_says_so(tool: str, code: str, shell: Shell) -> None:
    shell.write("orders.py", code)
    ran = shell.idqp("init", "--from", tool, "orders.py", "--output", "-")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert sum("the code has it only if" in line for line in lines) == 1
    at = next(at for at, line in enumerate(lines) if "type: completeness, column: a" in line)
    assert "# the code has it only if strict()" in lines[at - 1]


def test_a_check_whose_name_is_not_in_the_code_has_a_line(shell: Shell) -> None:
    code = "checks = [('isComplete', ('a',)), ('hasCompleteness', ('b', lambda x: x >= 0.5))]\ncheck = Check(spark, 'Error', 'c')\n"
    code += "for name, given in checks:\n    check = getattr(check, name)(*given)\ngetattr(check, which)('c')\n"
    shell.write("orders.py", PYDEEQU + code)
    ran = shell.idqp("init", "--from", "deequ", "orders.py", "--output", "-")
    assert ran.code == 1
    assert "{type: completeness, column: a, description: Error}" in ran.out or "column: a" in ran.out
    assert "threshold: 50%" in ran.out
    assert "getattr(check, which)('c')" in ran.err


@pytest.mark.parametrize("line", ["x.extend(x)", "x = [x, x]", "x += x"])
def test_code_that_doubles_in_each_line_is_not_followed(line: str, shell: Shell) -> None:
    body = "".join(f"    {line}\n" for _ in range(40))
    code = f"import pandera as pa\ndef made(n):\n    x = [n, n]\n{body}    return x\n"
    loop = f"for n in [1, 2]:\n    x = [n]\n{body}    pa.DataFrameSchema({{'b': pa.Column(int, pa.Check.isin(x))}})\n"
    shell.write(
        "orders.py", f"{code}{loop}orders = pa.DataFrameSchema({{'a': pa.Column(int, pa.Check.isin(made(1)))}})\n"
    )
    ran = shell.idqp("init", "--from", "pandera", "orders.py", "--output", "-")
    assert ran.code == 1
    assert "not converted: orders.py:88: a: " in ran.err


SCALA = """
import com.amazon.deequ.checks.{Check, CheckLevel}
object Quality {
  val least = 0.95 // and no more
  val Kinds: Seq[String] = Seq("x",
    "y")
  val lows = Map("a" -> 0, "b" -> 2.5)
  var many = 3
  many = 4
  val check = Check(CheckLevel.Error, "hard")
    .hasCompleteness("least", _ >= least).isContainedIn("k", Quality.Kinds).hasSize(_ >= many)
  val present = Seq("c", "d").foldLeft(Check(CheckLevel.Warning, "soft")) { (before, name) =>
    before.isComplete(s"${name}_id")
  }
  val ranged = lows.foldLeft(check) { case (before, (name, low)) => before.hasMin(name, _ >= low) }
  for (name <- columns) { check.isUnique(name) }
}
"""


def test_constants_of_scala(shell: Shell) -> None:
    shell.write("orders.scala", SCALA)
    ran = shell.idqp("init", "--from", "deequ", "orders.scala", "--output", "-")
    rules = yaml.safe_load(ran.out)["datasets"]["orders"]["rules"]
    assert [{key: value for key, value in rule.items() if key != "description"} for rule in rules] == [
        {"type": "completeness", "column": "least", "threshold": "5%"},
        {"type": "accepted_values", "column": "k", "values": ["x", "y"]},
        {"type": "completeness", "column": "c_id", "severity": "warning"},
        {"type": "completeness", "column": "d_id", "severity": "warning"},
        {"type": "statistic", "column": "a", "statistic": "min", "min": 0},
        {"type": "statistic", "column": "b", "statistic": "min", "min": 2.5},
    ]
    told = [line.partition("orders.scala:")[2] for line in ran.err.splitlines() if "not converted: o" in line]
    assert [line.partition(": ")[0] for line in told] == ["11", "16"]
