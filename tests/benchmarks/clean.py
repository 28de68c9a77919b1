"""How often rules alarm on batches in which nothing is wrong: the false alarms of `outliers`, `drift` and `anomaly`.

`python tests/benchmarks/clean.py DIR` takes the batches DIR/sources/NAME/000.csv and on, one after the other, for the
files of one dataset, checks each as it came, with a store, and prints in how many each rule failed. Run it where idqp
is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

RULES = {
    "outliers": {"type": "outliers"},
    "outliers, previous": {"type": "outliers", "baseline": "previous"},
    "anomaly, row_count": {"type": "anomaly", "metric": "row_count"},
    "anomaly, profile": {"type": "anomaly", "metric": "profile"},
}


def failures(batches: list[Path]) -> tuple[Counter[str], Counter[str]]:
    """Check the batches in turn; return in how many each rule gave a verdict, and in how many it failed."""
    judged: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rules = [{"name": name, **rule} for name, rule in RULES.items()]
        dataset = {"path": "batch.csv", "schema": "none", "rules": rules}
        (folder / "rules.yaml").write_text(json.dumps({"version": 1, "datasets": {"batch": dataset}}))
        for number, batch in enumerate(batches):
            shutil.copy(batch, folder / "batch.csv")
            os.utime(folder / "batch.csv", (number, number))
            words = [sys.executable, "-m", "idqp_cli", "check", "--format", "json", "--store", "state.db"]
            ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            for result in json.loads(ran.stdout)["datasets"][0]["results"]:
                if result["rule"] in RULES and result["status"] in {"passed", "failed"}:
                    judged[result["rule"]] += 1
                    failed[result["rule"]] += result["status"] == "failed"
    return judged, failed


def main() -> None:
    """Print a row for each source and rule."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    print("| batches | rule | judged | alarms | share |\n|---|---|---|---|---|")  # noqa: T201
    for source in sorted((options.folder / "sources").iterdir()):
        judged, failed = failures(sorted(source.glob("*.csv")))
        for rule in RULES:
            share = failed[rule] / judged[rule] if judged[rule] else 0.0
            print(f"| {source.name} | {rule} | {judged[rule]} | {failed[rule]} | {share:.1%} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
