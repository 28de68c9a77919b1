"""Lines of notebooks that are not Python are passed over, by every reader of code."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conftest import Shell
from idqp_cli.importing import Tool, notebooks
from idqp_cli.pipeline import beginning
from importing.judged import verdict

NOTEBOOK = '''\
%pip install databricks-labs-dqx "x
%restart_python
!pip install \\
    more
dbutils.library.restartPython()
files = !ls
rest = (7
% 2)
%%sql
SELECT 'it
FROM t WHERE (

# COMMAND ----------
if True:
    %matplotlib inline
{code}
%md
Don't read this (

# COMMAND ----------
TEXT = """
%pip
"""
'''
PANDERA = """\
import pandera.pandas as pa

class t(pa.DataFrameModel):
    a: int = pa.Field(ge=1)
"""
LISTED = """\
from databricks.labs.dqx import engine

checks = [{"check": {"function": "is_not_less_than", "arguments": {"column": "a", "limit": 1}}}]
"""
CALLED = 'check = Check(spark, CheckLevel.Error, "t").hasMin("a", lambda x: x >= 1)'
EXPECTED = 'suite = gx.ExpectationSuite(name="t")\nsuite.add_expectation(gx.expectations.ExpectColumnMinToBeBetween(column="a", min_value=1))'
STEPS = (
    'import pointblank as pb\npb.Validate(data="t.csv", tbl_name="t").col_vals_ge(columns="a", value=1).interrogate()'
)


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        (Tool.DEEQU, LISTED),
        (Tool.DEEQU, CALLED),
        (Tool.PANDERA, PANDERA),
        (Tool.GX, EXPECTED),
        (Tool.POINTBLANK, STEPS),
    ],
)
def test_lines_of_a_notebook_are_passed_over(tool: Tool, code: str, tmp_path: Path) -> None:
    text = NOTEBOOK.replace("{code}", code)
    assert verdict(tmp_path, tool, {"t.py": text}, "a\n1\n2") == "passes"
    assert verdict(tmp_path, tool, {"t.py": text}, "a\n0\n2") == "fails"


@given(
    st.lists(st.sampled_from(["%pip x", "!ls (", "%%sql", "'", '"""', "(", ")", "#", "\\", "\n", "x = 1", " ", "df?"]))
)
def test_lines_of_a_notebook_keep_their_numbers(parts: list[str]) -> None:
    text = "".join(parts)
    assert notebooks.python(text).count("\n") == text.count("\n")


def test_the_lines_after_those_of_a_notebook_have_their_numbers(tmp_path: Path) -> None:
    place = tmp_path / "t.py"
    place.write_text(f"%pip install dqx\n\n%%sql\nSELECT 1\n\n{LISTED.replace('1}', 'one}')}", encoding="utf-8")
    (line,) = beginning.imported(Tool.DEEQU, [str(place)], {}, {}, "-").untaken
    assert ":8:" in str(line)


def test_what_is_not_python_is_told_of_checks_of_dqx(tmp_path: Path) -> None:
    place = tmp_path / "t.py"
    place.write_text("import dqx\n\nthis is no code\n", encoding="utf-8")
    (line,) = beginning.imported(Tool.DEEQU, [str(place)], {}, {}, "-").untaken
    assert "no check of DQX is read" in str(line)
    assert ":3:" in str(line)
    assert "not Python" in str(line)


APPLIED = """\
# Databricks notebook source
# MAGIC %md
# MAGIC check.isComplete("zz")
# COMMAND ----------
from databricks.labs.dqx.rule import DQRowRule
from databricks.labs.dqx.engine import DQEngine
def orders_rules():
    rules = [DQRowRule(check_func=is_not_null, column="order_id")]
    rules.append(DQRowRule(check_func=is_in_list, column="k", check_func_args=[["a", "b"]]))
    return rules
def run():
    checks = [DQRowRule(check_func=is_not_null, column="cid")]
    customers_df = spark.read.csv("x")
    dq.apply_checks(customers_df, checks)
    dq.apply_checks_and_split(spark.table("a.b.orders"), orders_rules())
checks = [DQRowRule(check_func=is_not_null, column="p")]
dq.apply_checks(products_df, checks)
checks = [DQRowRule(check_func=is_not_null, column="q")]
dq.apply_checks(df=raw_quotes_df, checks=checks)
"""


def test_checks_of_dqx_are_of_the_data_that_they_are_applied_to(shell: Shell) -> None:
    shell.write("quality.py", APPLIED)
    ran = shell.idqp("init", "--from", "deequ", "quality.py", "--output", "-")
    assert (ran.code, ran.err) == (0, "idqp: standard output: 4 datasets, 5 rules\n")
    datasets = yaml.safe_load(ran.out)["datasets"]
    found = {name: [rule["column"] for rule in one["rules"]] for name, one in datasets.items()}
    assert found == {"orders": ["order_id", "k"], "customers": ["cid"], "products": ["p"], "quotes": ["q"]}


def test_one_data_frame_has_the_name_of_the_file(shell: Shell) -> None:
    code = APPLIED.partition('checks = [DQRowRule(check_func=is_not_null, column="p")]')[0]
    shell.write("quality.py", code.replace("dq.apply_checks(customers_df, checks)", ""))
    ran = shell.idqp("init", "--from", "deequ", "quality.py", "--output", "-")
    assert list(yaml.safe_load(ran.out)["datasets"]) == ["quality"]


WORDS = """\
# Databricks notebook source
# COMMAND ----------
%md
Here `check.isUnique("y")` and Check(spark, CheckLevel.Error, "x").isComplete("zz")

# COMMAND ----------
check = Check(spark, CheckLevel.Warning, "t").isComplete("a")
"""


def test_code_in_a_cell_of_words_is_no_check(shell: Shell) -> None:
    shell.write("t.py", WORDS)
    ran = shell.idqp("init", "--from", "deequ", "t.py", "--output", "-")
    assert (ran.code, ran.err) == (0, "idqp: standard output: 1 dataset, 1 rule\n")
    assert "{type: completeness, column: a, severity: warning" in ran.out
