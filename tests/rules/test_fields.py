"""A rule that names a field of a struct, or a key of JSON, as a column: the message says how to read it, and that works."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell, checked
from idqp_cli.core.model import Column, Status
from idqp_cli.rules.columns import NotEvaluableError, resolve

ROWS = [
    {
        "id": number,
        "address": {"city": ["Köln", None][number % 2], "geo": {"lat": 1.5, "x y": 1, 'q"': 1}, "end": 1},
        "order": {"Part": 2},
        "it's": {"a": 1},
        "a.b": {"c": 1},
        "text": json.dumps({"city": "Köln", "in": {"x y": 1}}),
        "list": [{"a": 1}],
        "dotted.name": 1,
    }
    for number in range(10)
]


@pytest.mark.parametrize(("column", "expected", "failed"), [
    ("address.city", "address.city IS NOT NULL", 5), ("ADDRESS.City", "address.City IS NOT NULL", 5),
    ("address.geo", "address.geo IS NOT NULL", 0), ("address.geo.lat", "address.geo.lat IS NOT NULL", 0),
    ("address.geo.x y", 'address.geo."x y" IS NOT NULL', 0), ('address.geo.q"', 'address.geo."q""" IS NOT NULL', 0),
    ("address.end", "address.end IS NOT NULL", 0), ("order.Part", '"order".Part IS NOT NULL', 0),
    ("it's.a", '"it\'s".a IS NOT NULL', 0), ("a.b.c", '"a.b".c IS NOT NULL', 0),
    ("text.city", "text->>'$.city' IS NOT NULL", 0), ("text.none", "text->>'$.none' IS NOT NULL", 10),
    ("text.in.x y", "text->>'$.in.\"x y\"' IS NOT NULL", 0),
])  # fmt: skip
@pytest.mark.parametrize("rule", [{"type": "completeness"}, {"type": "range", "min": 1}])
def test_what_is_said_to_read_a_field_reads_it(
    tmp_path: Path, column: str, expected: str, failed: int, rule: dict[str, object]
) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t.parquet")
    (wrong,) = (
        one
        for one in checked(tmp_path, [{**rule, "column": column}], path="t.parquet").datasets[0].results
        if one.type == rule["type"]
    )
    assert wrong.status is Status.ERROR
    assert str(wrong.verdict.message).startswith(f"column '{column}' is not in the data; ")
    assert str(wrong.verdict.message).endswith(
        f"a rule of type expression reads{' it' if 'text' in column else ''}: {expected}"
    )
    report = checked(tmp_path, [{"type": "expression", "expression": expected}], path="t.parquet").datasets[0]
    (right,) = (one for one in report.results if one.type == "expression")
    assert right.verdict.rows_failed == failed


@pytest.mark.parametrize(("name", "told"), [
    ("address.cty", "'address' has no field 'cty'; did you mean 'address.city'?"),
    ("address.geo.lot", "'address.geo' has no field 'lot'; did you mean 'address.geo.lat'?"),
    ("address.city.x", "'address.city' has no field 'x'"), ("address.zzz", "'address' has no field 'zzz'"),
    ("address.", "did you mean 'address'?"), ("address..city", "did you mean 'address'?"), (".city", "its columns are"),
    ("id.x", "did you mean 'id'?"), ("dotted.nam", "did you mean 'dotted.name'?"), ("none.x", "its columns are"),
    ("address.\x1b[31m", "'address' has no field '\\x1b[31m'"),
])  # fmt: skip
def test_a_field_that_is_not_there_is_told(name: str, told: str) -> None:
    columns = (
        Column("id", "BIGINT"), Column("address", "STRUCT(city VARCHAR, geo STRUCT(lat DOUBLE))"), Column("dotted.name", "BIGINT"),
    )  # fmt: skip
    with pytest.raises(NotEvaluableError) as error:
        resolve((name,), columns)
    assert told in str(error.value)
    assert "\x1b" not in str(error.value)


def test_a_column_of_that_very_name_is_the_column() -> None:
    columns = (Column("a", "STRUCT(b VARCHAR)"), Column("a.b", "BIGINT"))
    assert resolve(("a.b", "A.B"), columns) == (columns[1], columns[1])


@pytest.mark.parametrize("where", ["key", "pii"])
def test_key_and_pii_name_whole_columns(shell: Shell, where: str) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), shell.folder / "t.parquet")
    shell.rules({"type": "unique", "column": "id"}, path="t.parquet", **{where: ["address.city"]})
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, ran.err.count("\n")) == (3, 1)
    assert f"{where}: column 'address.city' is not in the data; it is a field of 'address'" in ran.err
    shell.rules({"type": "range", "column": "id", "max": 3}, path="t.parquet", **{where: ["address"]})
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, "Köln" in ran.out) == (1, where == "key")
