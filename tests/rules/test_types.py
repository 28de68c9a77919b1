"""Every type that a Parquet file can have, in every rule type: judged, or an error that names the type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import checked
from idqp_cli.core.model import Result
from idqp_cli.rules import RULE_TYPES

NUMBER, TRUTH, TEXT, MOMENT, CLOCK, BYTES = "number", "truth", "text", "moment", "clock", "bytes"
NESTED, NOTHING, OTHER, ROUNDED = "nested", "nothing", "other", "rounded"
TWICE = (1, 2, 2, None)


@dataclass(frozen=True)
class Typed:
    """A column of three values, the last one twice, and one that is missing; `sql` where pyarrow has no such type."""

    kind: str
    values: pa.Array | None = None
    sql: str | None = None
    int96: bool = False


def moments(unit: str, zone: str | None) -> pa.Array:
    ticks = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    return pa.array([1577836800 * ticks, 1577836801 * ticks, 1577836801 * ticks, None], pa.timestamp(unit, zone))


def decimals(kind: pa.DataType) -> pa.Array:
    return pa.array([Decimal("1.5"), Decimal("2.5"), Decimal("2.5"), None], kind)


TYPES: Mapping[str, Typed] = {
    "null": Typed(NOTHING, pa.nulls(4)),
    "bool": Typed(TRUTH, pa.array([False, True, True, None])),
    **{str(kind): Typed(NUMBER, pa.array(TWICE, kind)) for kind in (
        pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
        pa.float32(), pa.float64(),
    )},
    "float16": Typed(NUMBER, pa.array(TWICE, pa.float32()).cast(pa.float16())),
    "uint64 at its end": Typed(NUMBER, pa.array([2**64 - 2, 2**64 - 1, 2**64 - 1, None], pa.uint64())),
    "decimal(5,2)": Typed(NUMBER, decimals(pa.decimal128(5, 2))),
    "decimal(38,10)": Typed(NUMBER, decimals(pa.decimal128(38, 10))),
    "decimal(76,10)": Typed(ROUNDED, decimals(pa.decimal256(76, 10))),
    "hugeint": Typed(NUMBER, sql="x::HUGEINT"),
    "string": Typed(TEXT, pa.array(["a", "b", "b", None])),
    "large string": Typed(TEXT, pa.array(["a", "b", "b", None], pa.large_string())),
    "string view": Typed(TEXT, pa.array(["a", "b", "b", None], pa.string_view())),
    "dictionary": Typed(TEXT, pa.array(["a", "b", "b", None]).dictionary_encode()),
    "dictionary of integers": Typed(NUMBER, pa.array(TWICE).dictionary_encode()),
    "enum": Typed(TEXT, sql="('v' || x)::ENUM('v1', 'v2')"),
    "json": Typed(TEXT, pa.array(['"a"', '"b"', '"b"', None], pa.json_())),
    "binary": Typed(BYTES, pa.array([b"a", b"\xff", b"\xff", None])),
    "fixed binary": Typed(BYTES, pa.array([b"aaaa", b"bbbb", b"bbbb", None], pa.binary(4))),
    "date32": Typed(MOMENT, pa.array([date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 2), None], pa.date32())),
    "date64": Typed(MOMENT, pa.array([date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 2), None], pa.date64())),
    **{f"timestamp {unit} {zone}": Typed(MOMENT, moments(unit, zone))
       for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC", "Europe/Berlin")},
    "int96": Typed(ROUNDED, moments("ns", None), int96=True),
    "time32 s": Typed(CLOCK, pa.array(TWICE, pa.time32("s"))),
    "time32 ms": Typed(CLOCK, pa.array(TWICE, pa.time32("ms"))),
    "time64 us": Typed(CLOCK, pa.array(TWICE, pa.time64("us"))),
    "time64 ns": Typed(CLOCK, pa.array(TWICE, pa.time64("ns"))),
    "time with a zone": Typed(CLOCK, sql="('0' || x || ':00:00+00')::TIMETZ"),
    # A number in the file: Parquet has no type for it.
    "duration": Typed(NUMBER, pa.array(TWICE, pa.duration("ns"))),
    "interval": Typed(OTHER, sql="to_days(x::INTEGER)"),
    "uuid": Typed(OTHER, pa.array([*(UUID(int=number).bytes for number in TWICE[:3]), None], pa.uuid())),
    "list": Typed(NESTED, pa.array([[1], [2], [2], None])),
    "fixed list": Typed(NESTED, pa.array([[1, 2], [2, 3], [2, 3], None], pa.list_(pa.int64(), 2))),
    "struct": Typed(NESTED, pa.array([{"a": 1}, {"a": 2}, {"a": 2}, None])),
    "map": Typed(NESTED, pa.array([[("a", 1)], [("b", 2)], [("b", 2)], None], pa.map_(pa.string(), pa.int64()))),
}  # fmt: skip

# A rule, and what is to become of it: for all kinds, with exceptions. A failed row rule says of how many rows.
Answer = str | tuple[str, int]
RULES: Mapping[str, tuple[dict[str, Any], Answer, Mapping[str, Answer]]] = {
    "completeness": ({}, ("failed", 1), {NOTHING: ("failed", 4)}),
    "unique": ({}, ("failed", 2), {NOTHING: "passed", ROUNDED: "error"}),
    "duplicates": ({}, "passed", {ROUNDED: "error"}),
    "duplicates, all but the key": ({"except": ["id"]}, ("failed", 1), {NOTHING: ("failed", 3), ROUNDED: "error"}),
    "dependency": ({"columns": ["x"], "column": "id"}, ("failed", 2), {NOTHING: "passed", ROUNDED: "error"}),
    "variants": ({}, "error", {TEXT: "passed", NOTHING: "passed"}),
    "sequence": ({}, "passed", {NESTED: "error", ROUNDED: "error"}),
    "sequence, falling": ({"order": "decreasing"}, ("failed", 1), {NESTED: "error", ROUNDED: "error", NOTHING: "passed"}),
    "references": ({"dataset": "t"}, "passed", {ROUNDED: "error"}),
    "accepted_values": ({"values": ["no such"]}, "error", {TEXT: ("failed", 3), BYTES: ("failed", 3), NOTHING: "passed"}),
    "rejected_values": ({"values": ["no such"]}, "error", {TEXT: "passed", BYTES: "passed", NOTHING: "passed"}),
    "required_values": ({"values": ["no such"]}, "error", {TEXT: "failed", BYTES: "failed", NOTHING: "failed"}),
    "range": ({"min": 0}, "error", {NUMBER: "passed", NOTHING: "passed"}),
    "range of dates": ({"min": "2020-01-01", "max": "9999-12-31"}, "error", {
        MOMENT: "passed", NOTHING: "passed", BYTES: ("failed", 3),
    }),
    "length": ({"max": 40}, "passed", {NESTED: "error", ROUNDED: "error"}),
    "pattern": ({"regex": "^no such$"}, ("failed", 3), {
        NESTED: "error", BYTES: "error", ROUNDED: "error", NOTHING: "passed",
    }),
    "format": ({"format": "email"}, ("failed", 3), {
        NESTED: "error", BYTES: "error", ROUNDED: "error", NOTHING: "passed",
    }),
    "statistic": ({"statistic": "mean", "min": 0}, "error", {NUMBER: "passed", TRUTH: "passed", NOTHING: "skipped"}),
    "statistic, spread": ({"statistic": "stddev", "min": 0}, "error", {NUMBER: "passed", NOTHING: "skipped"}),
    "statistic, sum": ({"statistic": "sum", "min": 0}, "error", {NUMBER: "passed", TRUTH: "passed", NOTHING: "skipped"}),
    "statistic, median": ({"statistic": "median", "min": 0}, "error", {NUMBER: "passed", NOTHING: "skipped"}),
    "statistic of dates": ({"statistic": "max", "max": "2020-01-01"}, "error", {MOMENT: "failed", NOTHING: "skipped"}),
    "statistic, distinct": ({"statistic": "distinct_count", "min": 1}, "passed", {ROUNDED: "error", NOTHING: "failed"}),
    "freshness": ({"max_age": "1d"}, "error", {MOMENT: "failed", NOTHING: "failed", "int96": "failed"}),
    "drift": ({"min_rows": 1}, "passed", {}),
    "drift, ordered": ({"min_rows": 1, "method": "ks"}, "error", {
        NUMBER: "passed", MOMENT: "passed", ROUNDED: "passed", NOTHING: "passed",
    }),
    "outliers": ({"method": "iqr"}, "error", {NUMBER: "passed", MOMENT: "passed", ROUNDED: "passed", NOTHING: "skipped"}),
    "outliers, knn": ({"method": "knn"}, "skipped", {}),
    "anomaly": ({"metric": "mean(x)"}, "error", {
        NUMBER: "skipped", TRUTH: "skipped", TEXT: "skipped", NOTHING: "skipped", "decimal(76,10)": "skipped",
    }),
    "anomaly, profile": ({"metric": "profile"}, "skipped", {}),
    "expression": ({"expression": "x IS NOT NULL"}, ("failed", 1), {NOTHING: ("failed", 4), ROUNDED: "error"}),
    "query": ({"sql": "SELECT * FROM t WHERE x IS NULL"}, "failed", {ROUNDED: "error"}),
    "row_count": ({"min": 4, "segment_by": "x"}, "failed", {NOTHING: "passed", ROUNDED: "error"}),
    "schema": ({"columns": {"x": "any", "id": "any"}}, "passed", {}),
}  # fmt: skip
WITHOUT_COLUMN = frozenset({"anomaly", "duplicates", "expression", "query", "row_count", "schema"})


def save(path: Path, typed: Typed) -> None:
    if typed.sql is not None:
        rows = f"SELECT {typed.sql} AS x, id FROM (VALUES (1, 0), (2, 1), (2, 2), (NULL, 3)) t(x, id)"
        duckdb.connect().execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
        return
    pq.write_table(pa.table({"x": typed.values, "id": range(4)}), path, use_deprecated_int96_timestamps=typed.int96)


def rules() -> list[dict[str, Any]]:
    found = []
    for name, (keys, _, _) in RULES.items():
        kind = name.partition(",")[0].partition(" ")[0]
        column = {} if kind in WITHOUT_COLUMN else {"column": "x"}
        baseline = {"baseline": {"file": "t.parquet"}} if kind == "drift" else {}
        found.append({"type": kind, "name": f"r: {name}", **column, **baseline, **keys})
    return found


def worst(results: list[Result]) -> Result:
    return max(results, key=lambda one: ["passed", "skipped", "failed", "error"].index(one.status))


def test_every_rule_type_is_in_the_table() -> None:
    assert {rule["type"] for rule in rules()} == set(RULE_TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_every_type_has_its_answer_in_every_rule_type(name: str, tmp_path: Path) -> None:
    typed = TYPES[name]
    save(tmp_path / "t.parquet", typed)
    report = checked(tmp_path, rules(), path="t.parquet").datasets[0]
    assert report.message is None
    wrong = []
    for rule, (_, usual, special) in RULES.items():
        expected = special.get(name, special.get(typed.kind, usual))
        found = worst([result for result in report.results if result.rule == f"r: {rule}"])
        status, failed = expected if isinstance(expected, tuple) else (expected, None)
        if found.status != status or (failed is not None and found.verdict.rows_failed != failed):
            wrong.append((rule, expected, found.status.value, found.verdict.message))
    assert not wrong


@pytest.mark.parametrize("bits", [64, 128])
def test_sums_of_huge_integers_are_exact(tmp_path: Path, bits: int) -> None:
    top = 10**38 - 1 if bits == 128 else 2**64 - 1
    kind = pa.decimal128(38, 0) if bits == 128 else pa.uint64()
    values = [Decimal(top - number) if bits == 128 else top - number for number in range(3)]
    pq.write_table(pa.table({"x": pa.array(values, kind)}), tmp_path / "t.parquet")
    found = statistics(tmp_path, "sum", "mean", "variance", "stddev", "max", "min")
    assert found == {"sum": float(3 * top - 3), "mean": float(top - 1), "variance": 1, "stddev": 1.0, "max": float(top), "min": float(top - 2)}  # fmt: skip


def test_sums_of_wide_decimals_are_exact(tmp_path: Path) -> None:
    values = [Decimal("1234567890123456789012345678.0000000001"), Decimal(-1234567890123456789012345678), None]
    pq.write_table(pa.table({"x": pa.array(values, pa.decimal128(38, 10))}), tmp_path / "t.parquet")
    found = statistics(tmp_path, "sum", "mean")
    assert found == {"sum": 1e-10, "mean": 5e-11}


def test_the_bound_of_a_decimal_is_the_number_that_is_written(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": pa.array([Decimal("0.1")], pa.decimal128(38, 10))}), tmp_path / "t.parquet")
    rules = [{"type": "statistic", "column": "x", "statistic": "max", "min": 0.1, "max": 0.1}]
    assert checked(tmp_path, rules, path="t.parquet").datasets[0].results[-1].status == "passed"


def statistics(folder: Path, *names: str) -> dict[str, float | None]:
    rules = [{"type": "statistic", "column": "x", "statistic": name, "name": name, "min": -1e60} for name in names]
    report = checked(folder, rules, path="t.parquet").datasets[0]
    return {result.rule: result.verdict.metric_value for result in report.results if result.rule in names}


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_of_nine_digits_are_told_apart(tmp_path: Path, zone: str | None) -> None:
    first = 1_577_836_800_123_456_781
    values = pa.array([first, first + 1, first + 2], pa.timestamp("ns", zone))
    pq.write_table(pa.table({"x": values}), tmp_path / "t.parquet")
    text = ["2020-01-01 00:00:00.123456781", "2020-01-01 00:00:00.123456782", "2020-01-01 00:00:00.123456783"]
    rules: list[dict[str, Any]] = [
        {"type": "unique", "column": "x", "name": "unique"},
        {"type": "sequence", "column": "x", "strict": True, "name": "sequence"},
        {"type": "accepted_values", "column": "x", "values": text[:2], "name": "accepted"},
        {"type": "range", "column": "x", "max": text[1], "name": "range"},
        {"type": "statistic", "column": "x", "statistic": "max", "max": text[1], "name": "high"},
        {"type": "statistic", "column": "x", "statistic": "max", "max": text[2], "name": "exact"},
        {"type": "references", "column": "x", "dataset": "t", "name": "references"},
    ]
    report = checked(tmp_path, rules, path="t.parquet").datasets[0]
    found = {result.rule: (result.status.value, result.verdict.rows_failed) for result in report.results}
    assert found == {
        "row_count": ("passed", None), "unique": ("passed", 0), "sequence": ("passed", 0), "accepted": ("failed", 1),
        "range": ("failed", 1), "high": ("failed", None), "exact": ("passed", None), "references": ("passed", 0),
    }  # fmt: skip


def test_a_bound_finer_than_its_column_lies_between_two_values(tmp_path: Path) -> None:
    moments = [
        datetime.fromisoformat("2020-01-01 00:00:00.000001"),
        datetime.fromisoformat("2020-01-01 00:00:00.000002"),
    ]
    pq.write_table(pa.table({"x": pa.array(moments, pa.timestamp("us"))}), tmp_path / "t.parquet")
    between = "2020-01-01 00:00:00.0000015"
    rules: list[dict[str, Any]] = [
        {"type": "range", "column": "x", "min": between, "name": "min"},
        {"type": "range", "column": "x", "max": between, "name": "max"},
        {"type": "accepted_values", "column": "x", "values": [between], "name": "accepted"},
    ]
    report = checked(tmp_path, rules, path="t.parquet").datasets[0]
    assert [result.verdict.rows_failed for result in report.results[1:]] == [1, 1, 2]


def test_a_baseline_without_the_column_is_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "t.parquet")
    pq.write_table(pa.table({"y": [1, 2]}), tmp_path / "b.parquet")
    rules = [{"type": "drift", "column": "x", "min_rows": 1, "baseline": {"file": "b.parquet"}}]
    result = checked(tmp_path, rules, path="t.parquet").datasets[0].results[-1]
    assert (result.status, result.verdict.message) == ("error", "the baseline has no column x to compare with")
