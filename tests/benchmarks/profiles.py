"""What `idqp profile` and `idqp suggest` cost beside DuckDB's SUMMARIZE of the same Parquet file of 100 columns.

`python tests/benchmarks/profiles.py [ROWS] [PAIRS]` prints the median CPU seconds, the medians of the ratios of pairs
that ran in turn, and the largest memory. A fifth of the columns each are ids, amounts, words of a few, texts of many, and days.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

KINDS = (
    "(i * {n}1 + hash(i) % 3)::BIGINT AS id{n}",
    "round(exp((hash(i + {n}) % 10000) / 1500.0), 2) AS amount{n}",
    "['paid', 'open', 'new', 'sent', 'lost'][1 + (hash(i + {n}) % 5)::INT] AS status{n}",
    "'customer ' || (hash(i + {n}) % 40000) AS customer{n}",
    "DATE '2024-01-01' + (hash(i + {n}) % 900)::INT AS day{n}",
)
SUMMARIZE = "import duckdb; duckdb.sql(\"SUMMARIZE FROM 't.parquet'\").fetchall()"


def main() -> None:
    """Make the data, run the three in turn, print a line for each."""
    import duckdb  # noqa: PLC0415 - the parent process stays small

    rows, pairs = (int(word) for word in (*sys.argv[1:], *("1000000", "3")[len(sys.argv) - 1 :]))
    idqp = os.path.join(os.path.dirname(sys.executable), "idqp")
    commands = {
        "summarize": [sys.executable, "-c", SUMMARIZE],
        "profile": [idqp, "profile", "t.parquet"],
        "suggest": [idqp, "suggest", "t.parquet"],
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = ", ".join(KINDS[number % len(KINDS)].format(n=number) for number in range(100))
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{folder}/t.parquet'").fetchall()
        runs = [{what: _used(command, folder) for what, command in commands.items()} for _ in range(pairs)]
    for what in commands:
        seconds = statistics.median(run[what][0] for run in runs)
        ratio = statistics.median(run[what][0] / run["summarize"][0] for run in runs)
        most = max(run[what][1] for run in runs)
        print(f"{what}: {seconds:.1f} s CPU, ratio {ratio:.2f} (goal 3), {most:,} MB (goal 1,500)")  # noqa: T201


def _used(command: Sequence[str], folder: Path) -> tuple[float, int]:
    """Run a command to its end; return its CPU seconds, and its largest size in MB."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


if __name__ == "__main__":
    main()
