"""Rows of a cluster that come here: those set apart, and those of a sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell
from sail_server import sail

__all__ = ["sail"]

ROWS: dict[str, list[Any]] = {
    "id": [1, 2, 2, 4, 5, 6],
    "amount": [10.0, -5.0, 20.0, 5.5, None, 7.0],
    "email": ["a@example.com", None, "canary@example.com", "d@example.com", "e@example.com", "f@example.com"],
    "day": ["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-05", "2026-01-06", "31/01/2026"],
    "land": ["DE", "DE", "FR", "FR", "FR", "XX"],
}
THERE: list[dict[str, Any]] = [
    {"type": "unique", "column": "id"},
    {"type": "range", "column": "amount", "min": 0},
    {"type": "completeness", "column": "email"},
    {"type": "sequence", "column": "day"},
    {"type": "duplicates", "columns": ["id", "land"]},
    {"type": "dependency", "columns": ["id"], "column": "land"},
    {"type": "completeness", "column": "amount", "segment_by": "land"},
    {"type": "references", "column": "land", "dataset": "lands", "to": "land"},
]
# Has no equal there: evaluated here.
HERE = {"type": "format", "column": "day", "strptime": "%Y-%m-%d"}


def project(folder: Path, rules: list[dict[str, Any]], **top: object) -> None:
    datasets = {
        "orders": {"path": "orders.parquet", "key": ["id"], "pii": ["email"], "rules": rules},
        "lands": {"path": "lands.parquet", "rules": [{"type": "row_count", "min": 1}]},
    }
    (folder / "rules.yaml").write_text(json.dumps({"version": 1, **top, "datasets": datasets}), encoding="utf-8")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    pq.write_table(pa.table(ROWS), tmp_path / "orders.parquet")
    pq.write_table(pa.table({"land": ["DE", "FR"]}), tmp_path / "lands.parquet")
    return tmp_path


@pytest.mark.parametrize(("rules", "most"), [(THERE, 0), ([*THERE, HERE], 6)], ids=["there", "one here"])
def test_rows_are_set_apart_as_on_duckdb(
    shell: Shell, orders: Path, sail: str, rules: list[dict[str, Any]], most: int
) -> None:
    """With `fetch_rows: 0` no row is copied for a rule: the cluster itself says which rows fail."""
    project(orders, rules)
    words = ("check", "orders", "--no-store", "--format", "json")
    here = shell.idqp(*words, "--quarantine", "bad_here", "--good", "good_here")
    project(orders, rules, engine={"type": "spark", "remote": sail, "fetch_rows": most})
    there = shell.idqp(*words, "--quarantine", "bad", "--good", "good")
    assert (here.code, there.code) == (1, 1), there.err
    for name in ("bad", "good"):
        mine, theirs = (pq.read_table(orders / folder / "orders.parquet") for folder in (name, f"{name}_here"))
        assert mine.to_pylist() == theirs.to_pylist()
        assert mine.num_rows
        assert (orders / name / "orders.parquet").stat().st_mode & 0o077 == 0
    assert "canary" not in there.out + there.err
    statuses = [
        [one["status"] for one in ran.json["datasets"][0]["results"] if one["type"] != "parse"] for ran in (here, there)
    ]
    assert statuses[0] == statuses[1]


def test_a_file_that_idqp_did_not_write_stays(shell: Shell, orders: Path, sail: str) -> None:
    project(orders, THERE[:2])
    shell.write("bad/orders.parquet", b"mine")
    ran = shell.idqp("check", "orders", "--no-store", "--engine", sail, "--quarantine", "bad")
    assert (ran.code, "is there, and not as idqp wrote it" in ran.err) == (4, True), ran.err
    assert (orders / "bad" / "orders.parquet").read_bytes() == b"mine"


def test_a_sample_is_drawn_there_and_judged_here(shell: Shell, tmp_path: Path, sail: str) -> None:
    rows = {"id": range(5_000), "x": [number % 10 - 1 for number in range(5_000)], "email": ["canary"] * 5_000}
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    rules = [
        {"type": "range", "column": "x", "min": 0},
        {"type": "format", "column": "email", "format": "email"},
        {"type": "row_count", "min": 5_000},
    ]
    dataset = {"path": "t.parquet", "pii": ["email"], "rules": rules}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": {"t": dataset}}))
    words = ("check", "--no-store", "--format", "json", "--engine", sail, "--sample")
    first, again = (shell.idqp(*words, "1000", "--seed", "7") for _ in range(2))
    assert first.json["datasets"] == again.json["datasets"]
    (report,) = first.json["datasets"]
    assert (report["sample"]["rows"], report["sample"]["of"]) == (1_000, 5_000), report["sample"]
    in_range, emails, counted = report["results"][-3:]
    assert 50 < in_range["rows_failed"] < 150
    assert (in_range["status"], emails["status"], counted["status"]) == ("failed", "failed", "passed")
    assert "canary" not in first.out + first.err
    whole = shell.idqp(*words, "9000")
    assert whole.json["datasets"][0]["results"][-3]["rows_failed"] == 500


def test_no_more_rows_come_here_than_may(shell: Shell, orders: Path, sail: str) -> None:
    project(orders, [*THERE[:2], HERE], engine={"type": "spark", "remote": sail, "fetch_rows": 5})
    ran = shell.idqp("check", "orders", "--no-store", "--format", "json")
    assert ran.code == 3
    told = {one["type"]: (one["status"], one["message"]) for one in ran.json["datasets"][0]["results"]}
    assert (told["unique"][0], told["range"][0], told["format"][0]) == ("failed", "failed", "error")
    assert "6 rows are more than engine.fetch_rows allows (5)" in told["format"][1]
    much = shell.idqp("check", "orders", "--no-store", "--sample", "6")
    assert (much.code, "--sample: 6 rows are more than engine.fetch_rows allows (5)" in much.err) == (2, True), much.err
