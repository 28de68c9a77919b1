"""What more rules cost: 100 rules on 100 columns beside 15 rules on 15 of them, of the same Parquet file.

`python tests/benchmarks/wide.py [ROWS]` prints the median CPU seconds of each, and of the ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from run import cpu  # type: ignore[import-not-found] # found beside this script

RUNS = 7
RULES = ({"type": "completeness"}, {"type": "range", "min": 0}, {"type": "range", "max": 10_000_000}, {"type": "statistic", "statistic": "mean", "min": 0}, {"type": "statistic", "statistic": "max", "max": 10_000_000})  # fmt: skip


def main() -> None:
    """Make the data, run both in turn, print a line."""
    import duckdb  # noqa: PLC0415 - the parent process stays small

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    idqp = os.path.join(os.path.dirname(sys.executable), "idqp")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = ", ".join(f"(hash(i + {number}) % 1000000)::INTEGER AS c{number}" for number in range(100))
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{folder}/t.parquet'").fetchall()
        commands = []
        for many in (100, 15):
            rules = [{**RULES[number % 5], "column": f"c{number}"} for number in range(many)]
            text = {"version": 1, "datasets": {"t": {"path": "t.parquet", "rules": rules}}}
            (folder / f"{many}.yaml").write_text(json.dumps(text))
            commands.append([idqp, "check", "-r", f"{many}.yaml", "--no-store"])
            cpu(commands[-1], folder)
        runs = [(cpu(commands[0], folder), cpu(commands[1], folder)) for _ in range(RUNS)]
        many, few = (statistics.median(run[side] for run in runs) for side in (0, 1))
        ratio = statistics.median(many / few for many, few in runs)
        print(f"100 rules on 100 columns: {many:.2f} s, 15 on 15: {few:.2f} s, ratio {ratio:.2f} (goal 3)")  # noqa: T201


if __name__ == "__main__":
    main()
