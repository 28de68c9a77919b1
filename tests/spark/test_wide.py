"""Tables of many columns on a cluster: conditions on whole rows make no plan that doubles with each column."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from conftest import Shell
from sail_server import sail

__all__ = ["sail"]

COLUMNS = 40
# Typed by their texts: each cell stands in a plan several times.
KINDS = ["{n}", "{n}.5", "2024-01-{n:02}", "2024-01-{n:02} 12:00:0{n}", "text {n}"]
ROWS = [1, 2, 3, 3]
EVERY = " AND ".join(f"c{number} IS NOT NULL" for number in range(COLUMNS))
RULES = [
    {"type": "duplicates", "name": "copies"},
    {"type": "duplicates", "name": "copies by group", "segment_by": "g", "except": ["c0"]},
    {"type": "unique", "name": "keys", "columns": [f"c{number}" for number in range(20)], "nulls": "compare"},
    {"type": "expression", "name": "every cell", "expression": f"({EVERY}) AND c0 < 3"},
]
# Sail fails an assertion of its own in a window over so many columns.
APART = ["--quarantine"] if "IDQP_SPARK" in os.environ else []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_rules_over_all_columns(shell: Shell, tmp_path: Path, sail: str, form: str) -> None:
    cells = {f"c{number}": [KINDS[number % len(KINDS)].format(n=n) for n in ROWS] for number in range(COLUMNS)}
    table = pa.table({**cells, "g": ["a", "a", "b", "b"]})
    pyarrow.csv.write_csv(table, tmp_path / "wide.csv")
    if form == "parquet":
        pq.write_table(pyarrow.csv.read_csv(tmp_path / "wide.csv"), tmp_path / "wide.parquet")
    rules = {"version": 1, "datasets": {"wide": {"path": f"wide.{form}", "rules": RULES}}}
    (tmp_path / "rules.yaml").write_text(json.dumps(rules), encoding="utf-8")
    found = {}
    for engine in ("duckdb", sail):
        ran = shell.idqp(
            "check",
            "--format",
            "json",
            "--no-store",
            "--engine",
            engine,
            *(f"{word}=apart_{engine[:4]}" for word in APART),
        )
        assert ran.code == 1
        (dataset,) = ran.json["datasets"]
        found[engine] = [
            (one["rule"], one["segment"], one["status"], one["rows_failed"])
            for one in dataset["results"]
            if one["type"] != "parse"
        ]
    assert found[sail] == found["duckdb"]
    assert [one[2:] for one in found[sail] if one[0] == "copies"] == [("failed", 1)]
