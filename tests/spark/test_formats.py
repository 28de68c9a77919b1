"""One table in each format that a cluster reads, alone, in folders and in partitions: the same verdicts."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from conftest import Ran, Shell
from sail_server import sail

__all__ = ["sail"]

only_spark = pytest.mark.skipif("IDQP_SPARK" not in os.environ, reason="Sail does not read it")
ROWS = pa.table(
    {
        "id": pa.array([1, 2, 2, 4, None], pa.int64()),
        "small": pa.array([1, -5, 300, None, 7], pa.int16()),
        "amount": pa.array([Decimal("10.00"), Decimal("-0.01"), Decimal("99999999.99"), None, Decimal("1.10")]),
        "x": pa.array([0.5, -1.5, 1e300, None, 2.25]),
        "ok": pa.array([True, False, None, True, True]),
        "day": pa.array([date(2026, 1, 1), date(1969, 12, 31), date(2024, 2, 29), None, date(2026, 3, 29)]),
        "seen": pa.array([datetime(2026, 3, 29, 2, 30), datetime(1969, 12, 31, 23, 59, 59), None, datetime(2026, 1, 1), datetime(2026, 10, 25, 2, 30)], pa.timestamp("us")),  # noqa: DTZ001
        "word": ["paid", "ünïcode ß", "", None, 'a "quoted", one'],
        "tags": pa.array([["a"], [], None, ["a", "b"], ["c"]], pa.list_(pa.string())),
    }
)  # fmt: skip
RULES: list[dict[str, Any]] = [
    {"type": "unique", "column": "id"},
    {"type": "completeness", "column": "id"},
    {"type": "range", "column": "small", "max": 100},
    {"type": "range", "column": "amount", "min": 0},
    {"type": "statistic", "statistic": "max", "column": "x", "max": 10},
    {"type": "accepted_values", "column": "word", "values": ["paid", ""]},
    {"type": "pattern", "column": "word", "regex": "^[a-zü ]*$"},
    {"type": "expression", "expression": "ok"},
    {"type": "expression", "expression": "small < 100 OR amount > 5"},
    {"type": "row_count", "min": 6},
]
# About types that a line of text does not tell.
TYPED: list[dict[str, Any]] = [
    {"type": "range", "column": "day", "min": "1970-01-01"},
    {"type": "expression", "expression": "seen >= TIMESTAMP '2026-01-01'"},
    {"type": "expression", "expression": "day <> DATE '2024-02-29'"},
]


def as_orc(table: pa.Table, path: Path) -> None:
    orc.write_table(table, path)


def as_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path)


def as_lines(table: pa.Table, path: Path) -> None:
    lines = "".join(f"{json.dumps(row, default=told)}\n" for row in table.to_pylist())
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())


def told(cell: object) -> object:
    return float(cell) if isinstance(cell, Decimal) else str(cell)


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {".parquet": as_parquet, ".orc": as_orc, ".jsonl": as_lines}


def put(folder: Path, *names: str, table: pa.Table = ROWS) -> None:
    """Write a table to each of the files, in the format of its name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[path.suffix](table, path)


def verdicts(ran: Ran) -> list[tuple[object, ...]]:
    (dataset,) = ran.json["datasets"]
    assert ran.code in {0, 1}, ran.err
    return [
        (one["rule"], one["status"], one["rows_failed"], one["metric_value"], [row["key"] for row in one["samples"]])
        for one in dataset["results"]
        if one["type"] != "parse"
    ]


def checked(shell: Shell, engine: str, path: str, rules: list[dict[str, Any]] = RULES) -> Ran:
    shell.rules(*rules, path=path, key=["id", "small"])
    return shell.idqp("check", "--no-store", "--format", "json", "--engine", engine)


@only_spark
@pytest.mark.parametrize("files", [["t.orc"], ["t/a.orc", "t/b.orc", "t/c.orc"]], ids=["file", "files"])
def test_orc_is_judged_as_parquet_on_duckdb(shell: Shell, sail: str, files: list[str]) -> None:
    put(shell.folder, *files, *(name.replace("orc", "parquet") for name in files))
    path = files[0] if len(files) == 1 else "t/*.orc"
    here = checked(shell, "duckdb", path.replace("orc", "parquet"), [*RULES, *TYPED])
    assert verdicts(checked(shell, sail, path, [*RULES, *TYPED])) == verdicts(here)


@pytest.mark.parametrize(
    ("files", "path"),
    [
        (["t.jsonl"], "t.jsonl"),
        (["t/a.jsonl", "t/b.jsonl"], "t/*.jsonl"),
        pytest.param(["t/part=1/a.jsonl", "t/part=2/b.jsonl"], "t/*/*.jsonl", marks=only_spark),
    ],
)
def test_lines_of_json_are_judged_as_on_duckdb(shell: Shell, sail: str, files: list[str], path: str) -> None:
    put(shell.folder, *files)
    here = checked(shell, "duckdb", path)
    assert verdicts(checked(shell, sail, path)) == verdicts(here)


@only_spark
def test_a_partition_is_a_column(shell: Shell, sail: str) -> None:
    put(shell.folder, "t/part=1/land=DE/a.parquet", "t/part=2/land=FR/b.parquet")
    rules: list[dict[str, Any]] = [
        {"type": "range", "column": "part", "max": 1},
        {"type": "accepted_values", "column": "land", "values": ["DE"]},
        {"type": "unique", "columns": ["id", "part"]},
    ]
    here = verdicts(checked(shell, "duckdb", "t", rules))
    assert [one[2] for one in here if one[1] == "failed"] == [5, 5, 4]
    assert verdicts(checked(shell, sail, "t", rules)) == here


@only_spark
@pytest.mark.parametrize(
    ("name", "text"), [("t.orc", b"no ORC, canary-cell"), ("t.orc", b""), ("t/a.orc", b""), ("t.parquet", b"")]
)
def test_what_is_not_of_its_format_is_one_line(shell: Shell, sail: str, name: str, text: bytes) -> None:
    shell.write(name, text)
    ran = checked(shell, sail, name.replace("/a", "/*"))
    assert (ran.code, ran.err.count("\n"), "canary" in ran.out + ran.err) == (3, 1, False), ran.err
    assert "Traceback" not in ran.err
