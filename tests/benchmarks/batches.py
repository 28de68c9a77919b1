"""The score of `anomaly` with `metric: profile` on batches, half of them corrupted, at the shipped default threshold.

`python tests/benchmarks/batches.py DIR` reads DIR/cases.csv, measures every batch
with the aggregates of the rule, judges it against the clean batches before it,
writes predictions in the format of DIR/eval.py and runs that; `--sources a,b`
judges some sources only. Needs pandas and scikit-learn, which DIR/eval.py is
written in.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.model import MetricKey
from idqp_cli.engine import fetch
from idqp_cli.engine.measure import confirmed
from idqp_cli.engine.query_errors import Unmeasured
from idqp_cli.ingest import relation as ingest
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.files import pattern
from idqp_cli.ingest.places.local import find
from idqp_cli.ingest.resources import AS_IT_LIKES
from idqp_cli.rules.anomaly import Anomaly
from idqp_cli.rules.given import Given

RULE = Anomaly(name="batch", line=0, metric="profile")


@cache
def measured(path: Path) -> dict[MetricKey, float | None]:
    """Return the metrics of a file by what they are kept under."""
    source = find((str(path),), path.parent)
    with connect([str(path), pattern(str(path))], AS_IT_LIKES) as database:
        relation = confirmed(database, ingest.ingest(database, Dataset("batch", str(path)), source, {}, {})).relation
        found = fetch.measure(database, relation, {RULE.name: RULE.needs(relation.columns)}, {})[RULE.name]
        if isinstance(found, Unmeasured):
            sys.exit(f"{path}: {found.reason}")
        return dict(RULE.measured(found))


def judged(history: list[Path], batch: Path) -> tuple[float, bool]:
    """Return the score of a batch and whether the rule fails."""
    before = [measured(path) for path in history]
    names = dict.fromkeys(name for run in before for name in run)
    profiles = {name: [run.get(name) for run in before] for name in names}
    given = Given(datetime.now(UTC), None, profiles=profiles)
    verdict = RULE.judge({str(key): value for key, value in measured(batch).items()}, given)
    return verdict.metric_value or 0.0, verdict.status == "failed"


def main() -> None:
    """Judge every case and let the evaluator speak."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=lambda name: Path(name).resolve())
    parser.add_argument("--sources")
    options = parser.parse_args()
    chosen = options.sources.split(",") if options.sources else None
    with tempfile.TemporaryDirectory() as name:
        predictions = Path(name) / "predictions.csv"
        with (options.folder / "cases.csv").open(newline="") as cases, predictions.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["case_id", "score", "flag"])
            for case in csv.DictReader(cases):
                if chosen is None or case["source"] in chosen:
                    clean = options.folder / "sources" / case["source"]
                    history = [clean / f"{place:03}.csv" for place in range(int(case["index"]))]
                    score, flag = judged(history, options.folder / case["path"])
                    writer.writerow([case["case_id"], score, int(flag)])
        words = [sys.executable, str(options.folder / "eval.py"), str(predictions)]
        words += ["--sources", options.sources] if options.sources else []
        sys.exit(subprocess.run(words, check=False).returncode)


if __name__ == "__main__":
    main()
