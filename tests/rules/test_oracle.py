"""Counts and failing rows of random tables, against plain Python; CSV and Parquet say the same."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import checked, csv_text
from idqp_cli.core.model import Result
from idqp_cli.engine import cost

# In each test: so many random tables, or half as many where a rule is drawn for each.
EXAMPLES = int(os.environ.get("IDQP_EXAMPLES", "30"))

Row = tuple[int | None, str | None, float | None]
KINDS = {"id": "BIGINT", "n": "BIGINT", "t": "VARCHAR", "x": "DOUBLE"}

numbers = st.none() | st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53, 2**53 + 1])
texts = (
    st.none()
    | st.sampled_from(
        ["", "a", "A", "ab", "é", "e\u0301", "it's", '"', "a,b", "a\nb", " a ", "NA", "1", "01", "\u200b"]
    )
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=4)
)
floats = st.none() | st.sampled_from([0.0, -0.0, 0.1, 0.3, 1.5, math.nan, math.inf, -math.inf]) | st.floats(width=64)
tables = st.lists(st.tuples(numbers, texts, floats), min_size=1, max_size=12)


def there(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def failing(rows: list[Row], column: int, fails: Callable[[Any], bool]) -> tuple[int, list[int]]:
    looked = [(index, row[column]) for index, row in enumerate(rows) if there(row[column])]
    return len(looked), [index for index, value in looked if fails(value)]


def missing(rows: list[Row], columns: list[int]) -> tuple[int, list[int]]:
    return len(rows), [index for index, row in enumerate(rows) if not all(there(row[column]) for column in columns)]


def repeated(rows: list[Row], columns: list[int]) -> tuple[int, list[int]]:
    keys = [(index, tuple(row[column] for column in columns)) for index, row in enumerate(rows)]
    whole = [(index, key) for index, key in keys if all(map(there, key))]
    times = Counter(key for _, key in whole)
    return len(whole), [index for index, key in whole if times[key] > 1]


def compared(rows: list[Row]) -> tuple[int, list[int]]:
    """`n > x` is false where both are there and it is not so; DuckDB compares as DOUBLE, and NaN is above all."""
    found = []
    for index, (number, _, value) in enumerate(rows):
        if number is not None and value is not None and (math.isnan(value) or not float(number) > value):
            found.append(index)
    return len(rows), found


RULES: list[tuple[dict[str, Any], Callable[[list[Row]], tuple[int, list[int]]]]] = [
    ({"type": "completeness", "column": "t"}, lambda rows: missing(rows, [1])),
    ({"type": "completeness", "columns": ["n", "x"]}, lambda rows: missing(rows, [0, 2])),
    ({"type": "unique", "column": "n"}, lambda rows: repeated(rows, [0])),
    ({"type": "unique", "column": "t"}, lambda rows: repeated(rows, [1])),
    ({"type": "unique", "column": "x"}, lambda rows: repeated(rows, [2])),
    ({"type": "unique", "columns": ["n", "t"]}, lambda rows: repeated(rows, [0, 1])),
    ({"type": "accepted_values", "column": "n", "values": [0, 1, 2**53]}, lambda rows: failing(rows, 0, lambda value: value not in {0, 1, 2**53})),
    ({"type": "accepted_values", "column": "t", "values": ["a", "", "it's", 1]}, lambda rows: failing(rows, 1, lambda value: value not in {"a", "", "it's", "1"})),
    ({"type": "range", "column": "n", "min": -1.5, "max": 2**53}, lambda rows: failing(rows, 0, lambda value: not -1.5 <= value <= 2**53)),
    ({"type": "range", "column": "x", "min": 0, "max": 1.5, "exclusive": "max"}, lambda rows: failing(rows, 2, lambda value: not 0 <= value < 1.5)),
    ({"type": "range", "column": "t", "min": "a", "max": "b"}, lambda rows: failing(rows, 1, lambda value: not b"a" <= value.encode() <= b"b")),
    ({"type": "pattern", "column": "t", "regex": "^[a-z]"}, lambda rows: failing(rows, 1, lambda value: not re.search(r"\A[a-z]", value))),
    ({"type": "pattern", "column": "t", "regex": ["a", "'"], "negate": True}, lambda rows: failing(rows, 1, lambda value: bool(re.search("a|'", value)))),
    ({"type": "expression", "expression": "n > x"}, compared),
]  # fmt: skip


def evaluated(folder: Path, form: str, rows: list[Row], rules: list[dict[str, Any]]) -> list[Result]:
    body = [(index, *row) for index, row in enumerate(rows)]
    if form == "csv":
        (folder / "t.csv").write_text(csv_text(list(KINDS), body), encoding="utf-8", newline="")
    else:
        arrays = [
            pa.array(column, kind)
            for column, kind in zip(
                zip(*body, strict=True), (pa.int64(), pa.int64(), pa.string(), pa.float64()), strict=True
            )
        ]
        pq.write_table(pa.table(arrays, names=list(KINDS)), folder / "t.parquet")
    read = {"read": {"types": KINDS}} if form == "csv" else {}
    report = checked(folder, rules, path=f"t.{form}", key=["id"], **read).datasets[0]
    assert report.message is None
    if form == "csv":
        assert report.results[0].status == "passed", report.results[0].verdict.message
    return list(report.results[-len(rules) :])


@pytest.mark.parametrize("form", ["csv", "parquet"])
@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=tables)
def test_every_rule_says_what_plain_python_says(form: str, rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as name:
        results = evaluated(Path(name), form, rows, [rule for rule, _ in RULES])
    for (rule, oracle), result in zip(RULES, results, strict=True):
        looked, wrong = oracle(rows)
        verdict = result.verdict
        said = (verdict.rows_evaluated, verdict.rows_failed, [sample.key["id"] for sample in result.samples])
        assert (rule, said) == (rule, (looked, len(wrong), wrong[:5]))


@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=tables)
def test_keys_of_a_large_text_file_are_grouped_to_the_same_numbers(rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "MAX_PROVEN_BYTES", 0)
        results = evaluated(Path(name), "csv", rows, [rule for rule, _ in RULES if rule["type"] == "unique"])
    oracles = [oracle for rule, oracle in RULES if rule["type"] == "unique"]
    for oracle, result in zip(oracles, results, strict=True):
        looked, wrong = oracle(rows)
        assert (result.verdict.rows_evaluated, result.verdict.rows_failed) == (looked, len(wrong))


@settings(max_examples=EXAMPLES, deadline=None)
@given(rows=tables)
def test_the_cheaper_ways_of_large_files_give_the_same_numbers(rows: list[Row]) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "MANY_ROWS", 0)
        results = evaluated(Path(name), "parquet", rows, [rule for rule, _ in RULES])
    for (rule, oracle), result in zip(RULES, results, strict=True):
        looked, wrong = oracle(rows)
        assert (rule, result.verdict.rows_evaluated, result.verdict.rows_failed) == (rule, looked, len(wrong))


@pytest.mark.parametrize(
    "keys", [[5], [1, 2, 3], [1, 2, 2], [-4, None, 3], [None, None], [0, 2**62], [-(2**63), 2**63 - 1], []]
)
def test_a_bitmap_proves_only_what_is_so(
    tmp_path: Path, keys: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "MANY_ROWS", 0)
    pq.write_table(pa.table({"k": pa.array(keys, pa.int64())}), tmp_path / "t.parquet")
    report = checked(tmp_path, [{"type": "unique", "column": "k"}], path="t.parquet", allow_empty=True).datasets[0]
    there_are = [key for key in keys if key is not None]
    repeated_keys = [key for key in there_are if there_are.count(key) > 1]
    assert report.results[-1].verdict.rows_failed == (len(repeated_keys) if keys else None)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(rows=tables, where=st.sampled_from(["n > 0", "t = 'a' or x > 0", "n is null"]))
def test_where_leaves_rows_out(rows: list[Row], where: str) -> None:
    keeps: dict[str, Callable[[Row], bool]] = {
        "n > 0": lambda row: row[0] is not None and row[0] > 0,
        "t = 'a' or x > 0": lambda row: row[1] == "a" or (row[2] is not None and (math.isnan(row[2]) or row[2] > 0)),
        "n is null": lambda row: row[0] is None,
    }
    with tempfile.TemporaryDirectory() as name:
        rules = [{"type": kind, "column": "t", "where": where} for kind in ("completeness", "unique")]
        complete, unique = evaluated(Path(name), "csv", rows, rules)
    kept = [row for row in rows if keeps[where](row)]
    assert (complete.verdict.rows_evaluated, complete.verdict.rows_failed) == (len(kept), len(missing(kept, [1])[1]))
    assert (unique.verdict.rows_evaluated, unique.verdict.rows_failed) == (
        repeated(kept, [1])[0],
        len(repeated(kept, [1])[1]),
    )


def out_of_order(rows: list[Row]) -> tuple[int, list[int]]:
    looked = [(index, row[0]) for index, row in enumerate(rows) if row[0] is not None]
    return len(looked), [at for (_, before), (at, value) in pairwise(looked) if value < before]


def repeated_nulls(rows: list[Row], columns: list[int]) -> tuple[int, list[int]]:
    keys = [tuple(row[column] if there(row[column]) else None for column in columns) for row in rows]
    return len(rows), [index for index, key in enumerate(keys) if Counter(keys)[key] > 1]


def absent(rows: list[Row], column: int, keys: int) -> tuple[int, list[int]]:
    known = {row[keys] for row in rows if there(row[keys])}
    return failing(rows, column, lambda value: value not in known)


# A rule, the column that it looks at where a row without a value may be looked at too, and what fails it.
LIMITED: list[tuple[dict[str, Any], int | None, Callable[[list[Row]], tuple[int, list[int]]]]] = [
    ({"type": "range", "column": "n", "min": 0}, 0, lambda rows: failing(rows, 0, lambda value: value < 0)),
    ({"type": "rejected_values", "column": "t", "values": ["a", "A", ""]}, 1, lambda rows: failing(rows, 1, lambda value: value in {"a", "A", ""})),
    ({"type": "length", "column": "t", "max": 1}, 1, lambda rows: failing(rows, 1, lambda value: len(value) > 1)),
    ({"type": "references", "column": "n", "dataset": "t", "to": "id"}, 0, lambda rows: failing(rows, 0, lambda value: not 0 <= value < len(rows))),
    ({"type": "completeness", "column": "t"}, None, lambda rows: missing(rows, [1])),
    ({"type": "unique", "column": "t"}, 1, lambda rows: repeated(rows, [1])),
    ({"type": "unique", "columns": ["n", "t"], "nulls": "compare"}, None, lambda rows: repeated_nulls(rows, [0, 1])),
    ({"type": "unique", "column": "x", "nulls": "compare"}, None, lambda rows: repeated_nulls(rows, [2])),
    ({"type": "sequence", "column": "n"}, 0, out_of_order),
]  # fmt: skip
ALONE = {"range", "rejected_values", "length", "references"}

shares = st.integers(0, 1000).map(lambda tenths: (f"{tenths / 10}%", Fraction(tenths, 1000)))
counts = st.integers(0, 12).map(lambda number: (f"{number} rows", number))
limits = shares | counts
levels = st.one_of(
    limits.map(lambda one: {"threshold": one}),
    limits.map(lambda one: {"warn": one}),
    limits.map(lambda one: {"fail": one}),
    st.tuples(limits, limits).map(lambda two: {"warn": two[0], "fail": two[1]}),
    shares.map(lambda one: {"min_share": one}),
)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(
    rows=tables,
    drawn=st.lists(st.tuples(st.sampled_from(LIMITED), levels, st.booleans()), min_size=8, max_size=8),
    form=st.sampled_from(["csv", "parquet"]),
)
def test_limits_are_what_fractions_say(
    rows: list[Row], drawn: list[tuple[Any, dict[str, tuple[str, Fraction | int]], bool]], form: str
) -> None:
    rules, expected = [], []
    for (rule, column, oracle), written, of_all in drawn:
        wide = of_all and column is not None and ("min_share" not in written or rule["type"] in ALONE)
        bounds = {key: value for key, (_, value) in written.items()}
        if len(bounds) == 2 and type(bounds["warn"]) is type(bounds["fail"]) and bounds["warn"] >= bounds["fail"]:
            continue
        evaluated_rows, wrong = oracle(rows)
        if wide and column is not None:
            empty = [index for index, row in enumerate(rows) if not there(row[column])] if "min_share" in bounds else []
            evaluated_rows, wrong = len(rows), sorted({*wrong, *empty})
        rules.append({**rule, **{key: text for key, (text, _) in written.items()}, **({"of": "all"} if wide else {})})
        expected.append((evaluated_rows, len(wrong), *judged(bounds, evaluated_rows, len(wrong))))
    if not rules:
        return
    with tempfile.TemporaryDirectory() as name:
        results = evaluated(Path(name), form, rows, rules)
    for rule, said, result in zip(rules, expected, results, strict=True):
        verdict = result.verdict
        told = (verdict.rows_evaluated, verdict.rows_failed, result.status, result.severity)
        assert (rule, told) == (rule, said if said[2] != "skipped" else (None, None, *said[2:]))


def judged(bounds: dict[str, Fraction | int], of: int, wrong: int) -> tuple[str, str]:
    """Return the status and the severity of so many wrong rows."""

    def beyond(bound: Fraction | int) -> bool:
        return wrong > bound if isinstance(bound, int) else wrong > bound * of

    worst = "critical" if "fail" in bounds else "warning"
    if "min_share" in bounds:
        if not of:
            return "skipped", worst
        return ("failed" if Fraction(of - wrong, of) < bounds["min_share"] else "passed"), worst
    for key, severity in (("fail", "critical"), ("warn", "warning"), ("threshold", "warning")):
        if key in bounds and beyond(bounds[key]):
            return "failed", severity
    return "passed", worst
