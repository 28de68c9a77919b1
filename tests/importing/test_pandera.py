"""The schemas of Pandera say here what they say there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conftest import Shell
from idqp_cli.importing import Tool
from importing.judged import VERDICTS, cases, verdict


@pytest.mark.parametrize("case", cases("pandera"), ids=lambda case: case["it"])
def test_code(case: dict[str, Any], tmp_path: Path) -> None:
    columns = re.sub(r"(\b[a-z]): (?=Column)", r'"\1": ', case["columns"])
    text = f"import pandera as pa\nt_schema = pa.DataFrameSchema({{{columns}}}, {case.get('table', '')})\n"
    for expected in VERDICTS:
        for table in case.get(expected, ()):
            assert verdict(tmp_path, Tool.PANDERA, {"schema.py": text}, table, parse=True) == expected, table


WRITTEN = """\
schema_type: dataframe
version: 0.20.0
columns:
  a:
    title: null
    description: Its number.
    dtype: int64
    nullable: false
    checks:
      greater_than_or_equal_to: 0
      in_range: {min_value: 0, max_value: 10}
    unique: true
    coerce: false
    required: true
    regex: false
  b:
    dtype: object
    nullable: true
    checks:
    - value: [x, y]
      options: {check_name: isin, raise_warning: true, ignore_na: true}
    - my_own: 5
checks: null
index: null
name: orders
strict: true
ordered: false
unique: null
"""

CODE = '''\
import pandera as pa
from pandera.typing import Series, Optional

LEAST = 0
KINDS = ["x", "y"]


class Orders(pa.DataFrameModel):
    """Orders of the shop.

    More.
    """

    number: Series[int] = pa.Field(ge=LEAST, unique=True, alias="order number")
    kind: Series[str] = pa.Field(isin=["x", "y"], nullable=True)
    note: Optional[Series[str]]

    class Config:
        strict = True

    @pa.check("number")
    def odd(cls, series):
        return is_odd(series)


lines = pa.DataFrameSchema({"kind": pa.Column(str, pa.Check.isin(KINDS)), "n": pa.Column(int, pa.Check(lambda n: n > 0))})
'''


def test_yaml(shell: Shell) -> None:
    shell.write("schema.yaml", WRITTEN)
    ran = shell.idqp("init", "--from", "pandera", "schema.yaml")
    assert ran.code == 1
    assert ran.err.count("not converted: ") == 1
    assert "b: my_own: the check 'my_own' is code, or one of your own" in ran.err
    text = (shell.folder / "rules.yaml").read_text()
    for line in (
        "- {type: schema, columns: {a: BIGINT, b: any}}", "{type: range, column: a, min: 0, max: 10}", "# left out: schema.yaml:", "{type: completeness, column: a}",
        "{type: unique, column: a, nulls: compare}", "values: [x, 'y'], severity: warning}", "# a: Its number.", "  orders:\n",
    ):  # fmt: skip
        assert line in text, (line, text)


def test_classes_and_names(shell: Shell) -> None:
    shell.write("schemas.py", CODE)
    ran = shell.idqp("init", "--from", "pandera", "schemas.py")
    assert ran.code == 1
    assert "@check odd" in ran.err
    assert "ge=LEAST" in ran.err or "min: 0" in (shell.folder / "rules.yaml").read_text()
    text = (shell.folder / "rules.yaml").read_text()
    for line in (
        "  Orders:\n", "  lines:\n", "description: Orders of the shop.", "column: order number", "required: false",
        "{type: accepted_values, column: kind, values: [x, 'y']}",
        "{type: expression, expression: '(\"n\" > 0)'}",
    ):  # fmt: skip
        assert line in text, (line, text)


FAMILY = """\
import pandera as pa
import pandera.polars as pl

COMMON = {"id": pa.Column(int)}
typed: pa.DataFrameSchema = pa.DataFrameSchema({**COMMON, "size": pa.Column(float, pa.Check.ge(0), nullable=True)})
first = second = pa.DataFrameSchema({"x": pa.Column(str, nullable=MAYBE)})
SCHEMAS = {"by_key": pa.DataFrameSchema({"k": pa.Column(str), "made": column_of("k")})}


def returned():
    return pa.DataFrameSchema({"r": pa.Column(int)}, index=pa.Index(int, pa.Check.ge(0)))


class Base(pa.DataFrameModel):
    low: int = pa.Field(ge=0)

    class Config:
        strict = True

    @pa.check("low")
    def odd(cls, series):
        return is_odd(series)


class Sum(Base):
    total: int = pa.Field(le=9)


class Other:
    pass
"""


def test_every_schema_of_a_file_is_found_with_what_it_inherits(shell: Shell) -> None:
    shell.write("schemas.py", FAMILY)
    ran = shell.idqp("init", "--from", "pandera", "schemas.py")
    assert ran.code == 1
    text = (shell.folder / "rules.yaml").read_text()
    for line in (
        "  typed:\n", "{id: BIGINT, size: DOUBLE}", "{type: range, column: size, min: 0}", "  first:\n", "  by_key:\n",
        "  returned:\n", "  Sum:\n", "{low: BIGINT, total: BIGINT}", "{type: range, column: total, max: 9}",
    ):  # fmt: skip
        assert line in text, (line, text)
    assert text.count("{type: range, column: low, min: 0}") == 2
    assert "  Other:\n" not in text
    told = [line.partition("schemas.py:")[2] for line in ran.err.splitlines() if "not converted: s" in line]
    assert [line.partition(": ")[2] for line in told] == [
        "x: code: 'nullable=MAYBE' is code; code is not run",
        "made: code: 'column_of('k')' is code; code is not run",
        "index: int: an index without a name is no column; give it the column's name, as in Index(…, name='at')",
        "index: ge: an index without a name is no column; give it the column's name, as in Index(…, name='at')",
        "@check odd: 'is_odd(series)' is code; code is not run",
        "@check odd: 'is_odd(series)' is code; code is not run",
    ]


FUNCTIONS = """\
import pandera as pa
from enum import Enum


class Kind(Enum):
    CARD = "card"
    CASH = "cash"


LIMIT = 10**2
strict = lambda s: s < LIMIT


def even(series):
    '''Of a number.'''
    rest = series % 2
    return rest == 0


class t(pa.DataFrameModel):
    a: float = pa.Field(alias="b", nullable=True)
    kind: str = pa.Field(isin=[one.value for one in Kind], nullable=True)

    @pa.check(a, name="small", raise_warning=True)
    def small(cls, series):
        return strict(series) if False else series.between(0, LIMIT, inclusive="left")

    @pa.dataframe_check
    def paid(cls, df):
        return (df["b"] > 1) | (df["kind"] == Kind.CASH.value)
"""


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("lambda s: s > 0", ["1", "2", ""], ["0"]),
        ("lambda x: 0 < x < LIMIT, element_wise=True", ["1", "99"], ["100"]),
        ("even", ["2", "4", ""], ["2", "3"]),
        ("strict", ["99"], ["100"]),
        ("lambda s: s.mean() > 2", ["1", "4"], ["1", "3"]),
        ("lambda s: len(s) > 1", ["1", "1"], ["1", ""]),
        ("lambda s: (s % 3) == 1", ["-2", "4"], ["-1"]),
        ("lambda s: s.nunique() >= 2", ["1", "2"], ["1", "1"]),
    ],
)
def test_functions_of_a_column(column: str, good: list[str], bad: list[str], tmp_path: Path) -> None:
    text = (
        FUNCTIONS.partition("class t")[0]
        + f't = pa.DataFrameSchema({{"a": pa.Column(float, pa.Check({column}), nullable=True)}})\n'
    )
    for expected, cells in (("passes", good), ("fails", bad)):
        table = "a,b\n" + "\n".join(f"{cell},1" for cell in cells)
        assert verdict(tmp_path, Tool.PANDERA, {"schema.py": text}, table) == expected, cells


def test_functions_of_a_model(tmp_path: Path) -> None:
    text = FUNCTIONS.replace("strict(series) if False else ", "")
    for expected, rows in {
        "passes": ["2,card", "0,cash", "0,cash"],
        "warns": ["100,card"],
        # Of a row a missing value is no reason to pass: a comparison with it is false, as in pandas.
        "fails": [",card", "1,", "0,card"],
    }.items():
        for row in rows:
            assert verdict(tmp_path, Tool.PANDERA, {"schema.py": text}, f"b,kind\n{row}") == expected, row


@pytest.mark.parametrize("now", ["datetime.now()", "value=pd.Timestamp.now()", "datetime.datetime.today()"])
def test_a_bound_is_the_clock(now: str, tmp_path: Path) -> None:
    check = f"pa.Check.less_than_or_equal_to({now}, error='Not yet')"
    text = f't = pa.DataFrameSchema({{"a": pa.Column("datetime64[ns]", {check}, nullable=True)}})\n'
    for expected, cell in (("passes", "2020-01-01 00:00:00"), ("passes", ""), ("fails", "2999-01-01 00:00:00")):
        files = {"schema.py": f"import datetime\nimport pandas as pd\nimport pandera as pa\n{text}"}
        assert verdict(tmp_path, Tool.PANDERA, files, f"a,b\n{cell},1") == expected, cell
