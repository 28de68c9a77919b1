"""What scoring rows costs, in CPU seconds (user + system), beside scikit-learn's `decision_function` alone.

`python tests/benchmarks/rows_speed.py` writes a million rows × 6 columns of Parquet to a temporary folder, trains each
method and scores all rows from the file, in turn with `decision_function` on an array that is already in memory; then
it loads a stored ensemble and scores 10,000 rows × 10 columns, 200 times.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
from sklearn.ensemble import IsolationForest

from idqp_cli.anomaly import model_arrays, rows
from idqp_cli.anomaly.features import Field, Kind
from idqp_cli.anomaly.rows import Model
from idqp_cli.core.dataset import Dataset
from idqp_cli.engine import models, outliers
from idqp_cli.ingest import relation as ingest
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.files import pattern
from idqp_cli.ingest.places.local import find
from idqp_cli.rules.needs import Scores

ROWS, RUNS = 1_000_000, 5
METHODS = ("isolation_forest", "knn", "zscore", "ensemble")


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.parquet"
        columns = ", ".join(f"hash(i + {number * 10**7}) / 1.8e19 AS c{number}" for number in range(6))
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT {columns} FROM range({ROWS}) t(i)) TO '{path}' (FORMAT parquet)"
            ).fetchall()
        print("| method | scoring, CPU s | decision_function alone | ratio | training |\n|---|---|---|---|---|")  # noqa: T201
        for method in METHODS:
            print(compared(path, method), flush=True)  # noqa: T201
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB")  # noqa: T201
    print(stored())  # noqa: T201


def compared(path: Path, method: str) -> str:
    """Return a row of the first table."""
    random = np.random.default_rng(0)
    forest = IsolationForest(n_estimators=100, random_state=0).fit(random.random((100_000, 6)))
    array = random.random((ROWS, 6))
    source = find((str(path),), Path())
    with connect([path for file in source.files for path in (file.path, pattern(file.path))]) as database:
        relation = ingest.ingest(database, Dataset("t", ""), source, {}, {}).relation
        need = Scores(relation.columns, method, 0)
        with models.one_thread():
            before = time.process_time()
            model = models.trained(database, relation, need, own=True)
            taught = time.process_time() - before
            if not isinstance(model, Model):
                raise SystemExit(model.reason)
            ours, theirs = [], []
            for _ in range(RUNS):
                before = time.process_time()
                with outliers.scoring(database, relation, need, model) as (_, _, parts):
                    for _ in parts:
                        pass
                ours.append(time.process_time() - before)
                before = time.process_time()
                forest.decision_function(array)
                theirs.append(time.process_time() - before)
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    return (
        f"| {method} | {statistics.median(ours):.2f} | {statistics.median(theirs):.2f} | {ratio:.2f} | {taught:.2f} |"
    )


def stored() -> str:
    """Return how long a stored ensemble takes from its bytes to the anomalous rows of 10,000 × 10."""
    random = np.random.default_rng(0)
    fields = [Field(f"c{number}", Kind.NUMBER) for number in range(10)]
    kept = model_arrays.saved(
        rows.train("ensemble", fields, random.normal(size=(20_000, 10)), seed=0, own=False, ordered=True)
    )
    batch = random.normal(size=(10_000, 10))
    wall, cpu = [], []
    with models.one_thread():
        for _ in range(200):
            at, spent = time.perf_counter(), time.process_time()
            model = model_arrays.restored(kept)
            scores = model.scores(model.encoding.coordinates(batch))
            np.flatnonzero(scores > model.cut(None, scores[scores > model.floor(None, len(batch))], len(batch)))
            wall.append(time.perf_counter() - at)
            cpu.append(time.process_time() - spent)
    found = [sorted(times)[189] * 1000 for times in (wall, cpu)]
    return f"a stored ensemble on 10,000 × 10: {found[0]:.0f} ms at the 95th percentile ({found[1]:.0f} ms CPU)"


if __name__ == "__main__":
    main()
