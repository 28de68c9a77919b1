"""What an answer to a shell costs, the start of Python included: python tests/benchmarks/completing.py.

Whole processes over 100 rules on 100 columns, with their incidents in the store; the median of 15.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LINES = ("check ", "check --select ", "ack ", "rule types ", "check --")
RUNS, GOAL = 15, 0.1


def cpu(folder: Path, line: str) -> float:
    """Return the CPU seconds that completing a line takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-m", "idqp_cli", "complete", "--", *line.split(" ")]
    done = subprocess.run(words, cwd=folder, capture_output=True, check=True, env={**os.environ, "IDQP_STORE": ""})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not done.stdout:
        sys.exit(f"nothing completes '{line}'")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Make the incidents and time each line; fail above 100 ms."""
    names = [f"c{number}" for number in range(100)]
    rules = [{"type": "range", "column": name, "min": 0} for name in names]
    slow = False
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "t.csv").write_text(",".join(names) + "\n" + ",".join(["-1"] * 100) + "\n")
        datasets = {"t": {"path": "t.csv", "rules": rules}}
        (folder / "rules.yaml").write_text(json.dumps({"version": 1, "datasets": datasets}))
        subprocess.run([sys.executable, "-m", "idqp_cli", "check", "-q"], cwd=folder, capture_output=True, check=False)
        for line in LINES:
            median = statistics.median(cpu(folder, line) for _ in range(RUNS))
            slow |= median > GOAL
            sys.stdout.write(f"idqp {line}⇥  {median * 1000:.0f} ms CPU\n")
    sys.exit(slow)


if __name__ == "__main__":
    main()
