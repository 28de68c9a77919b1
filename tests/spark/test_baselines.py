"""What later runs are compared with is the same on both engines: summaries of columns, and models of rows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell
from sail_server import sail

__all__ = ["sail"]

DRIFT = [
    *({"type": "drift", "column": "x", "method": method} for method in ("psi", "js", "ks", "chi2", "wasserstein")),
    *({"type": "drift", "column": "word", "method": method} for method in ("psi", "js", "chi2")),
    {"type": "drift", "column": "x", "where": "word = 'a'"},
]
MODELS = [
    {"type": "outliers", "columns": ["x", "y", "word"], "method": method}
    for method in ("isolation_forest", "knn", "ensemble")
]


def write(path: Path, seed: int, shift: float, rows: int) -> None:
    chance = random.Random(seed)
    columns = {
        "id": range(rows),
        "x": [round(chance.gauss(shift, 1), 4) for _ in range(rows)],
        "y": [None if chance.random() < 0.1 else chance.randrange(100) for _ in range(rows)],
        "word": [chance.choice("aab" if shift else "abc") for _ in range(rows)],
    }
    pq.write_table(pa.table(columns), path)


def told(report: dict[str, Any]) -> list[tuple[object, ...]]:
    (dataset,) = report["datasets"]
    return [
        (
            result["rule"], result["status"], result["rows_failed"], result["message"],
            None if result["metric_value"] is None else round(result["metric_value"], 9),
            [(sample["key"], sample.get("causes")) for sample in result["samples"]],
        )
        for result in dataset["results"]
        if result["type"] != "parse"
    ]  # fmt: skip


def both(shell: Shell, rules: list[dict[str, Any]], sail: str, *words: str) -> list[list[tuple[object, ...]]]:
    """Check on both engines, each with a store of its own, and return what each says."""
    found = []
    for engine in ("duckdb", sail):
        dataset = {"path": "new.parquet", "key": ["id"], "rules": rules}
        store = f"{engine[:2]}.db"
        text = {"version": 1, "store": store, "datasets": {"t": dataset}}
        shell.write("rules.yaml", json.dumps(text))
        ran = shell.idqp("check", "--format", "json", "--engine", engine, *words)
        assert ran.out, ran.err
        found.append(told(ran.json))
    return found


def test_a_distribution_is_compared_with_a_file(shell: Shell, tmp_path: Path, sail: str) -> None:
    write(tmp_path / "old.parquet", 1, 0, 600)
    write(tmp_path / "new.parquet", 2, 0.5, 500)
    rules = [{**rule, "baseline": {"file": "old.parquet"}, "name": f"r{at}"} for at, rule in enumerate(DRIFT)]
    here, there = both(shell, rules, sail, "--no-store")
    assert there == here
    assert "failed" in {one[1] for one in here} <= {"failed", "passed"}


@pytest.mark.parametrize("rules", [DRIFT, MODELS], ids=["drift", "outliers"])
def test_what_a_run_leaves_is_compared_with_by_the_next(
    shell: Shell, tmp_path: Path, sail: str, rules: list[dict[str, Any]]
) -> None:
    named = [{**rule, "baseline": "previous", "name": f"r{at}"} for at, rule in enumerate(rules)]
    for seed, shift in ((1, 0.0), (2, 0.5)):
        write(tmp_path / "new.parquet", seed, shift, 500)
        here, there = both(shell, named, sail)
        assert there == here
    assert "skipped" not in {one[1] for one in here}


def test_a_baseline_of_more_rows_than_may_come_here_is_told(shell: Shell, tmp_path: Path, sail: str) -> None:
    write(tmp_path / "new.parquet", 1, 0, 200)
    rules = [{**DRIFT[0], "baseline": "previous"}, {**MODELS[0], "baseline": "previous"}]
    dataset = {"path": "new.parquet", "rules": rules}
    engine = {"type": "spark", "remote": sail, "fetch_rows": 199}
    shell.write("rules.yaml", json.dumps({"version": 1, "engine": engine, "datasets": {"t": dataset}}))
    ran = shell.idqp("check", "--format", "json")
    assert ran.code == 3, ran.err
    for result in ran.json["datasets"][0]["results"][-2:]:
        assert result["status"] == "error"
        assert "200 rows are more than engine.fetch_rows allows (199)" in result["message"]
