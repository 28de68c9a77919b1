"""Lines of notebooks that are not Python are passed over, by every reader of code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
