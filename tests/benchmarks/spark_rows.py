"""How a check grows with the rows, on DuckDB and on Spark: seconds of wall time, CPU time and memory; the same verdicts.

`python tests/spark_server.py .venv-spark 'local-cluster[2,1,1024]' .venv/bin/python tests/benchmarks/spark_rows.py
FOLDER ROWS…` writes six columns of Parquet into FOLDER (about 1.5 GB for 100 million rows), checks them by eight rules
on both engines, twice on Spark, and fails where a verdict differs. Spark's figures are those of all its processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

ROWS_OF_A_FILE = 5_000_000
# Each rule but those of a whole has failing rows: the same share of them at every size.
COLUMNS = """
    CASE WHEN i % 100000 = 99999 THEN i - 1 ELSE i END AS id,
    CASE WHEN i % 70000 = 69999 THEN -1.5 ELSE hash(i) % 1000000 / 100 END AS amount,
    CASE WHEN i % 90000 = 89999 THEN 'opne' ELSE ['paid', 'open', 'new', 'sent'][1 + (hash(i + 7) % 4)::INT] END AS status,
    CASE WHEN i % 80000 < 79999 THEN 'customer' || hash(i + 3) % 5000 || '@example.com' END AS email,
    CASE WHEN i % 60000 = 59999 THEN 'SKU-x' ELSE printf('SKU-%05d', hash(i + 5) % 100000) END AS sku,
    TIMESTAMP '2026-01-01' + to_seconds((i % 20000000)::BIGINT) AS created_at
"""
RULES: list[dict[str, Any]] = [
    {"type": "unique", "column": "id"},
    {"type": "completeness", "column": "email"},
    {"type": "range", "column": "amount", "min": 0},
    {"type": "accepted_values", "column": "status", "values": ["paid", "open", "new", "sent"]},
    {"type": "pattern", "column": "sku", "regex": "^SKU-[0-9]{5}$"},
    {"type": "freshness", "column": "created_at", "max_age": "520w"},
    {"type": "statistic", "statistic": "mean", "column": "amount", "min": 4900, "max": 5100},
    {"type": "row_count", "min": 1000},
]
HEADER = """| rows | size | engine | wall, s | CPU of idqp, s | CPU of Spark, s | peak of idqp, MB | peak of Spark, MB |
|---|---|---|---|---|---|---|---|"""
TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print a row of the table for each number of rows."""
    folder, *sizes = sys.argv[1:]
    server = os.environ["IDQP_SPARK"]
    print(HEADER)  # noqa: T201
    for rows in map(int, sizes):
        place = Path(folder) / str(rows)
        written(place, rows)
        size = sum(path.stat().st_size for path in (place / "orders").iterdir()) / 1e6
        told: list[list[tuple[object, ...]]] = []
        for engine, name in (("duckdb", "DuckDB"), (server, "Spark, first"), (server, "Spark, second")):
            load = os.getloadavg()[0]
            line, found = checked(place, engine)
            print(f"| {rows:,} | {size:,.0f} MB | {name} | {line} |", f"load before: {load:.1f}", flush=True)  # noqa: T201
            verdicts = [one[:4] for one in found]
            told.append(found)
            if verdicts != [one[:4] for one in told[0]]:
                raise SystemExit(f"the verdicts differ: {json.dumps(told, indent=1)}")
            alike = "the same" if found == told[0] else "other"
            print(f"verdicts as on DuckDB, {alike} samples: {json.dumps(verdicts)}", flush=True)  # noqa: T201


def written(place: Path, rows: int) -> None:
    """Write the rows, unless they are there, and the rules."""
    dataset = {"path": "orders/", "key": ["id"], "rules": RULES}
    (place / "orders").mkdir(parents=True, exist_ok=True)
    (place / "rules.yaml").write_text(json.dumps({"version": 1, "datasets": {"orders": dataset}}), encoding="utf-8")
    for start in range(0, rows, ROWS_OF_A_FILE):
        path, end = place / "orders" / f"part-{start:010}.parquet", min(start + ROWS_OF_A_FILE, rows)
        if path.exists():
            continue
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT {COLUMNS} FROM range({start}, {end}) t(i)) TO '{path}.new' (FORMAT parquet)"
            ).fetchall()
        os.rename(f"{path}.new", path)


def checked(place: Path, engine: str) -> tuple[str, list[tuple[object, ...]]]:
    """Check the rows, and return what it costs, in cells of the table, and each rule's verdict."""
    cluster, began = spent(), time.monotonic()
    command = [sys.executable, "-m", "idqp_cli", "check", "--no-store", "--format", "json", "--engine", engine]
    run = subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE)
    assert run.stdout is not None
    out = run.stdout.read()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    wall, after = time.monotonic() - began, spent()
    if run.returncode != 1:
        raise SystemExit(f"exit code {run.returncode}: {out.decode()[-2000:]}")
    there = "| | " if engine == "duckdb" else f"| {after[0] - cluster[0]:.0f} | "
    peak = "" if engine == "duckdb" else f"{after[1]:,.0f}"
    cells = f"{wall:.0f} | {usage.ru_utime + usage.ru_stime:.0f} {there}{usage.ru_maxrss / 1024:,.0f} | {peak}"
    (dataset,) = json.loads(out)["datasets"]
    return cells, [
        (
            one["rule"],
            one["status"],
            one["rows_failed"],
            # The metric of `freshness` is an age.
            None if one["metric_value"] is None or one["type"] == "freshness" else round(one["metric_value"], 6),
            [sample["key"] for sample in one["samples"]],
        )
        for one in dataset["results"]
        if one["type"] != "parse"
    ]


def spent() -> tuple[float, float]:
    """Return the CPU seconds of the server's processes until now, and the sum of their peaks of memory in MB."""
    seconds, peak = 0.0, 0.0
    for process in spark_processes():
        fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        seconds += sum(map(int, fields[11:15])) / TICK
        lines = (process / "status").read_text(encoding="utf-8").splitlines()
        peak += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return seconds, peak


def spark_processes() -> Iterator[Path]:
    """Find the processes of the server beside which this one was started."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int(
                (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
            )
        except OSError:
            continue
    for number in parents:
        first = number
        while parents.get(first, 0) not in {0, os.getppid()}:
            first = parents[first]
        if parents.get(first) == os.getppid() and first != os.getpid():
            yield Path("/proc") / str(number)


if __name__ == "__main__":
    main()
