"""Checks that stand in code, in results, or inside of cells say here what they say there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import verdict

R = """
al <- action_levels(warn_at = 0.1, stop_at = 0.5)
agent <- create_agent(tbl = ~ t, tbl_name = "t", actions = {actions}) %>%
  col_vals_gte(vars(a), 1) |>   # a comment with col_vals_null(x)
  col_vals_regex(columns = c(b), regex = "^\\\\w$", na_pass = TRUE) %>%
  col_vals_expr(~ is.na(b) | !str_detect(b, "[0-9]") & a %in% c(1, 2, 3)) %>%
  interrogate()
"""
R_YAML = """
type: agent
tbl: ~ t
tbl_name: t
steps:
- col_vals_gte:
    columns: vars(a)
    value: 1.0
- col_vals_lte:
    columns: a
    value: vars(b)
- rows_distinct:
    columns: c(a)
"""
PYTHON = """
import pointblank as pb
import polars as pl
plan = (
    pb.Validate(data=df, tbl_name="t"{levels})
    .col_vals_expr(expr=(pl.col("a") > 0) & pl.col("b").is_in(["x", "y"]))
    .conjointly(lambda df: pb.expr_col("a") < 5, lambda df: df["a"] != 3)
)
"""


@pytest.mark.parametrize(
    ("tool", "name", "text", "passes", "warns", "fails"),
    [
        (Tool.POINTBLANK, "t.R", R.replace("{actions}", "NULL"), ["a,b\n1,x\n2,"], [], ["a,b\n0,x", "a,b\n,x", "a,b\n1,xx", "a,b\n4,x", "a,b\n1,1"]),
        (Tool.POINTBLANK, "t.R", R.replace("{actions}", "al"), ["a,b\n1,x"], ["a,b\n0,\n1,\n1,\n1,"], ["a,b\n0,"]),
        (Tool.POINTBLANK, "t.yaml", R_YAML, ["a,b\n1,1\n2,3"], [], ["a,b\n0,1", "a,b\n2,1", "a,b\n1,1\n1,2"]),
        (Tool.POINTBLANK, "t.py", PYTHON.replace("{levels}", ""), ["a,b\n1,x"], [], ["a,b\n1,z", "a,b\n3,x", "a,b\n5,x", "a,b\n1,x\n,x"]),
        (Tool.POINTBLANK, "t.py", PYTHON.replace("{levels}", ", thresholds=(0.1, 0.6)"), ["a,b\n1,x"], ["a,b\n1,z\n1,x"], ["a,b\n1,z"]),
        (Tool.POINTBLANK, "t.py", PYTHON.replace("{levels}", ", thresholds=pb.Thresholds(warning=1, error=0.6)"), ["a,b\n1,x"], ["a,b\n1,z\n1,x\n1,x"], ["a,b\n1,z"]),
        (Tool.GX, "t.py", 'def suite():\n    return {"expectations": [{"expectation_type": "expect_column_max_to_be_between", "kwargs": {"column": "a", "max_value": 3}}]}\n', ["a,b\n3,1"], [], ["a,b\n4,1"]),
        (Tool.GX, "t.py", 'LEAST = 1\nRULES = [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}, {"type": "expect_column_values_to_be_between", "kwargs": {"column": "b", "min_value": LEAST}}]\n', ["a,b\n3,1"], [], ["a,b\n,1", "a,b\n3,0"]),
        (Tool.GX, "t.py", 'NAMES: tuple[str, ...] = ("a", "b")\ndef suite():\n    made = [*(gxe.ExpectColumnValuesToNotBeNull(column=one) for one in NAMES)]\n    return ExpectationSuite(name="t", expectations=made)\n', ["a,b\n3,1"], [], ["a,b\n,1", "a,b\n1,\n2,2"]),
        (Tool.GX, "t.json", json.dumps({"expectations": [{"expectation_type": "expect_column_values_to_be_unique", "column": "a"}]}), ["a,b\n1,1\n2,1"], [], ["a,b\n1,1\n1,1"]),
        (Tool.GX, "t.json", json.dumps({"results": [{"success": True, "expectation_config": {"expectation_type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}}]}), ["a,b\n1,1"], [], ["a,b\n,1"]),
        (Tool.GX, "t.py", 'data = """\n{"expectations": [{"expectation_type": "expect_column_max_to_be_between", "kwargs": {"column": "a", "max_value": 3}}]}\n"""\n', ["a,b\n3,1"], [], ["a,b\n4,1"]),
        (Tool.GX, "t.py", 'KINDS = ["x", "y"]\ndef suite(s):\n    both = ("a", "b")\n    for name in both:\n        s.add(gxe.ExpectColumnValuesToNotBeNull(column=name))\n    for name, low in [("a", 1)]:\n        s.add(gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low))\n    s.add(gxe.ExpectColumnValuesToBeInSet(column="b", value_set=KINDS))\n', ["a,b\n1,x"], [], ["a,b\n1,", "a,b\n,x\n1,x", "a,b\n0,x", "a,b\n1,z"]),
        (Tool.DEEQU, "t.py", 'Check(CheckLevel.Error, "t").hasMin("a", gte(1)).hasMean("a", between(1, 3)).hasCompleteness("b", p.gt(0.4))', ["a,b\n1,x\n3,"], [], ["a,b\n0,x", "a,b\n4,x", "a,b\n1,\n1,\n1,x"]),
        (Tool.SODA, "t.yml", "checks for t:\n- group by:\n    query: SELECT b, avg(a) AS mean FROM t GROUP BY b\n    fields: [b]\n    checks:\n    - mean:\n        fail: when > 4\n        name: the mean\n", ["a,b\n4,x\n5,y\n1,y"], [], ["a,b\n1,x\n5,y"]),
    ],
)  # fmt: skip
def test_verdicts(
    tool: Tool, name: str, text: str, passes: list[str], warns: list[str], fails: list[str], tmp_path: Path
) -> None:
    for expected, tables in (("passes", passes), ("warns", warns), ("fails", fails)):
        for table in tables:
            assert verdict(tmp_path, tool, {name: text}, table) == expected, table


CONTRACT = """
apiVersion: v3.0.2
kind: DataContract
id: c
version: 1.0.0
status: active
schema:
- name: t
  properties:
  - name: who
    logicalType: object
    properties:
    - {name: id, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1}}
    - {name: mail, logicalType: string, logicalTypeOptions: {format: email}}
  - name: tags
    logicalType: array
    logicalTypeOptions: {minItems: 1}
    items: {logicalType: string, logicalTypeOptions: {maxLength: 3}}
"""


def test_a_contract_says_what_is_inside_cells(tmp_path: Path) -> None:
    rows = {
        'who,tags\n"{""id"": 1, ""mail"": ""a@b.de""}","[""a""]"': "passes",
        'who,tags\n"{""id"": 0}","[""a""]"': "fails",
        'who,tags\n"{""mail"": ""a@b.de""}","[""a""]"': "fails",
        'who,tags\n"{""id"": 1, ""mail"": ""x""}","[""a""]"': "fails",
        'who,tags\n"{""id"": 1}",[]': "fails",
        'who,tags\n"{""id"": 1}","[""abcd""]"': "fails",
    }
    for table, expected in rows.items():
        assert verdict(tmp_path, Tool.ODCS, {"c.yaml": CONTRACT}, table) == expected, table


def test_steps_that_are_more_than_constants_have_a_line(shell: Shell) -> None:
    shell.write(
        "t.R",
        "t |> col_vals_gt(starts_with('a'), 1) |> col_vals_gt(a, x + 1) |> rows_distinct(preconditions = ~ . %>% f())"
        " |> col_vals_in_set(b, c('x', 'y')) |> col_vals_expr(~ my_own(a)) |> serially(~ f(.))",
    )
    ran = shell.idqp("init", "--from", "pointblank", "t.R", "--output", "-")
    assert ran.code == 1
    assert ran.err.count("not converted: ") == 5, ran.err
    assert "accepted_values, column: b, values: [x, 'y']" in ran.out


TWO_AGENTS = """
al <- action_levels(warn_at = 0.5)
a <- create_agent(tbl = ~ dplyr::storms, actions = al) %>% col_vals_gt(pointblank::vars(wind), 0)
b <- create_agent(tbl = small, actions = pointblank::action_levels(stop_at = 1)) |> col_vals_not_null(columns = vars(a))
create_informant(tbl = other, tbl_name = "other")
create_agent(tbl = read.csv("x.csv"), tbl_name = "third") |> rows_distinct()
"""


def test_agents_of_one_file_have_their_own_tables_and_levels(shell: Shell) -> None:
    shell.write("plan.R", TWO_AGENTS)
    ran = shell.idqp("init", "--from", "pointblank", "plan.R", "--output", "-")
    assert ran.code == 0, ran.err
    made = yaml.safe_load(ran.out)["datasets"]
    assert list(made) == ["storms", "small", "third"]
    assert [one["rules"][0].get("severity") for one in made.values()] == ["warning", None, None]


def test_levels_of_an_agent_may_stand_in_its_call(shell: Shell) -> None:
    levels = "action_levels(warn_at = 1, stop_at = 2)"
    shell.write("plan.R", f"create_agent(tbl = x, actions = {levels}) |> col_vals_gte(vars(a), 1)")
    ran = shell.idqp("init", "--from", "pointblank", "plan.R", "--output", "-")
    ((rule,),) = [one["rules"] for one in yaml.safe_load(ran.out)["datasets"].values()]
    assert (rule["warn"], rule["fail"]) == ("0 rows", "1 row")
