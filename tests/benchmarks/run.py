"""Paired whole-process benchmarks of `idqp check` against scripts written by hand.

`python tests/benchmarks/run.py` makes the data in a temporary folder, runs each
pair in turn (ours, theirs, ours, theirs …) and prints the median CPU seconds
(user + system) and the median of the ratios, pair by pair. Run it from an
environment into which idqp was installed, not linked: `pip install .`.

    --runs N       pairs of each comparison (default 7)
    --large        also the 20 million rows of Parquet and the 5 million of CSV (2 GB on disk)
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = """
    i AS order_id, (hash(i) % 200000)::BIGINT AS customer_id,
    'user' || (hash(i + 7) % 500000) || '@example' || (hash(i) % 50) || '.com' AS email,
    ['paid', 'shipped', 'new', 'cancelled', 'returned'][1 + (hash(i + 1) % 5)::INT] AS status,
    ['EUR', 'USD', 'GBP', 'CHF'][1 + (hash(i + 2) % 4)::INT] AS currency,
    round((hash(i + 3) % 100000) / 100.0, 2)::DOUBLE AS amount, (1 + hash(i + 4) % 20)::INT AS qty,
    'SKU-' || lpad((hash(i + 5) % 5000)::VARCHAR, 5, '0') AS sku,
    TIMESTAMP '2026-01-01' + INTERVAL 1 SECOND * (hash(i + 6) % 20000000)::INT AS created_at,
    TIMESTAMP '2026-01-01' + INTERVAL 1 SECOND * (20000000 + hash(i + 6) % 200000)::INT AS updated_at,
    DATE '2026-01-01' + (hash(i + 6) % 230)::INT AS day,
    CASE WHEN hash(i + 9) % 50 = 0 THEN NULL ELSE 'note ' || (hash(i + 8) % 1000) END AS note
"""


@dataclass(frozen=True)
class Pair:
    """Two commands that do the same work, run in a folder, and the ratio that ours may cost."""

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    goal: float


def cpu(command: Sequence[str], folder: Path) -> float:
    """Run a command to its end and return its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(f"{command} ended with {done.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write(folder: Path, name: str, rows: int) -> None:
    """Write `rows` orders to a CSV or Parquet file."""
    import duckdb  # noqa: PLC0415 - the benchmarks' parent process stays small

    form = "FORMAT parquet" if name.endswith("parquet") else "FORMAT csv, HEADER"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {COLUMNS} FROM range({rows}) t(i)) TO '{folder / name}' ({form})").fetchall()


def write_customers(folder: Path) -> None:
    """Write the 200,000 customers that orders refer to."""
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT i AS id FROM range(200000) t(i)) TO '{folder / 'customers.parquet'}'"
        ).fetchall()


def main() -> None:
    """Make the data, run the pairs, print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rules = (HERE / "rules.yaml").read_text()
        suite = (HERE / "suite.yaml").read_text()
        five = (HERE / "five.yaml").read_text()
        sizes = {"small.csv": 1_000, "million.parquet": 1_000_000, "million.csv": 1_000_000}
        if options.large:
            sizes |= {"large.parquet": 20_000_000, "large.csv": 5_000_000}
        for file, rows in sizes.items():
            write(folder, file, rows)
            (folder / f"{file}.yaml").write_text(rules.replace("FILE", file))
            (folder / f"{file}.suite.yaml").write_text(suite.replace("FILE", file))
            (folder / f"{file}.five.yaml").write_text(five.replace("FILE", file))
        write_customers(folder)
        idqp = os.path.join(os.path.dirname(sys.executable), "idqp")
        by_hand = [sys.executable, str(HERE / "by_hand.py")]
        pairs = [
            Pair("15 rules on 1,000 rows of CSV, with the store", [idqp, "check", "-r", "small.csv.yaml"],
                 [sys.executable, str(HERE / "floor.py"), "small.csv"], 1.6),
            Pair("15 rules on 1 million rows of Parquet", [idqp, "check", "-r", "million.parquet.yaml", "--no-store"],
                 [*by_hand, "million.parquet"], 1.4),
        ]  # fmt: skip
        if options.large:
            ours = [idqp, "check", "-r", "large.parquet.yaml", "--no-store"]
            pairs.append(Pair("15 rules on 20 million rows of Parquet", ours, [*by_hand, "large.parquet"], 1.15))
            ours = [idqp, "check", "-r", "large.csv.five.yaml", "--no-store"]
            theirs = [sys.executable, str(HERE / "five.py"), "large.csv"]
            pairs.append(Pair("5 rules on 5 million rows x 12 columns of CSV", ours, theirs, 1.5))
        plain = [sys.executable, str(HERE / "straightforward.py")]
        goals = {"million.csv": 1.1, "million.parquet": 1.0, "large.parquet": 0.65}
        for file in sizes.keys() & goals.keys():
            ours = [idqp, "check", "orders", "-r", f"{file}.suite.yaml", "--no-store"]
            pairs.append(Pair(f"the suite of 16 checks on {file}", ours, [*plain, file], goals[file]))
        print("| work | idqp, CPU s | by hand, CPU s | ratio | goal |\n|---|---|---|---|---|")  # noqa: T201
        for pair in pairs:
            for command in (pair.ours, pair.theirs):
                cpu(command, folder)
            runs = [(cpu(pair.ours, folder), cpu(pair.theirs, folder)) for _ in range(options.runs)]
            ours_median, theirs_median = (statistics.median(run[side] for run in runs) for side in (0, 1))
            ratio = statistics.median(ours / theirs for ours, theirs in runs)
            print(f"| {pair.name} | {ours_median:.2f} | {theirs_median:.2f} | {ratio:.2f} | {pair.goal} |")  # noqa: T201


if __name__ == "__main__":
    main()
