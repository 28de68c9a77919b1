"""The score of `anomaly` on labelled metric series, at the shipped default threshold.

`python tests/benchmarks/series.py DIR` reads the series that DIR/files.txt names
under DIR/nab/data, scores each value knowing only those before it, leaves out
repeated alarms, writes predictions in the format of DIR/eval.py and runs that.
`--files FILE` names other series. Needs pandas, which DIR/eval.py is written in.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from idqp_cli.anomaly.history import alarms, scores
from idqp_cli.anomaly.options import Sensitivity
from idqp_cli.anomaly.series import Series

THRESHOLD = Sensitivity.MEDIUM.threshold


def predict(source: Path, target: Path) -> None:
    """Write the scores of one series; a repeated alarm stays just below the threshold."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    times = [datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp() for row in rows]
    found = scores(Series(tuple(times), tuple(float(row["value"]) for row in rows)))
    alarming = set(alarms(found, THRESHOLD))
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["timestamp", "anomaly_score"])
        for place, row in enumerate(rows):
            score = float(found[place])
            writer.writerow([row["timestamp"], score if place in alarming else min(score, THRESHOLD - 1e-6)])


def main() -> None:
    """Score every series and let the evaluator speak."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=Path)
    options = parser.parse_args()
    files = options.files or options.folder / "files.txt"
    with tempfile.TemporaryDirectory() as name:
        for series in filter(None, map(str.strip, files.read_text(encoding="utf-8").splitlines())):
            predict(options.folder / "nab" / "data" / series, Path(name) / series)
        words = [sys.executable, str(options.folder / "eval.py"), name, "--files", str(files)]
        sys.exit(subprocess.run([*words, "--threshold", str(THRESHOLD)], check=False).returncode)


if __name__ == "__main__":
    main()
