"""How well `outliers` tells anomalous rows from the others, on tables whose anomalies are known.

`python tests/benchmarks/rows.py DIR [--names a,b] [--seed N]` reads a folder with `data/NAME/data.csv` and
`labels/NAME.csv` (a table alone), and `data_ref/NAME/reference.csv`, `check.csv` and `labels_ref/NAME.csv` (a table
with a baseline of usual rows). Labels are `row_id,label`; the tables have a `row_id` too, which no rule looks at. It
prints for each method the mean area under the ROC curve, and for the rule's own decision the mean F1 and the share of
usual rows that are flagged. Run it where idqp and its test dependencies are installed.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from idqp_cli.anomaly.rows import Model
from idqp_cli.core.dataset import Dataset
from idqp_cli.engine import models, outliers
from idqp_cli.engine.measure import confirmed
from idqp_cli.ingest import relation
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.files import Source, pattern
from idqp_cli.ingest.places.local import find
from idqp_cli.rules.needs import Scores

METHODS = ("knn", "isolation_forest", "ensemble")
LABEL, ROW = "label", "row_id"


@dataclass(frozen=True)
class Figures:
    """Of one table: the area under the ROC curve, F1 of the decision, and the share of usual rows that are flagged."""

    auc: float
    f1: float
    flagged: float


def measured(table: Path, baseline: Path | None, labels: Path, method: str, seed: int) -> Figures:
    """Score every row of a table as the rule does, and compare with the labels."""
    scores, flags = scored(table, baseline, method, seed)
    truth = {row[ROW]: int(row[LABEL]) for row in rows(labels)}
    wanted = np.array([truth[row[ROW]] for row in rows(table)])
    hits = int((flags & (wanted == 1)).sum())
    f1 = 2 * hits / max(1, int(flags.sum() + wanted.sum()))
    return Figures(float(roc_auc_score(wanted, scores)), f1, float(flags[wanted == 0].mean()))


def scored(table: Path, baseline: Path | None, method: str, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the score of each row, in the order of the file, and whether it is an outlier."""
    found = [find((str(path),), Path()) for path in (table, baseline) if path is not None]
    with connect(paths(found)) as database:
        opened = [
            confirmed(database, relation.ingest(database, Dataset(name, ""), source, {}, {})).relation
            for name, source in zip(("table", "baseline"), found, strict=False)
        ]
        columns = tuple(column for column in opened[0].columns if column.name != ROW)
        need = Scores(columns, method, seed, None, None if baseline is None else "baseline")
        with models.one_thread():
            model = models.trained(database, opened[-1], need, own=baseline is None)
            if not isinstance(model, Model):
                raise SystemExit(f"{table}: {model.reason}")
            with outliers.scoring(database, opened[0], need, model) as (number, _, parts):
                whole = [(part.scores[part.early :], part.alone[part.early :]) for part in parts]
                scores, alone = (np.concatenate(side) for side in zip(*whole, strict=True))
                cut = model.cut(None, scores[scores > model.floor(None, number)], number)
                return scores, alone | (scores > cut)


def paths(sources: Iterable[Source]) -> list[str]:
    """Return what DuckDB may read."""
    return [path for source in sources for file in source.files for path in (file.path, pattern(file.path))]


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Score all tables by all methods and print the means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", default="")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    folder: Path = options.folder
    names = options.names.split(",") if options.names else sorted(path.name for path in (folder / "data").iterdir())
    print("| method | rows | AUC-ROC | decision F1 | usual rows flagged |\n|---|---|---|---|---|")  # noqa: T201
    for method in options.methods.split(","):
        for kind in ("alone", "with a baseline"):
            found = []
            for name in names:
                alone = kind == "alone"
                here = folder / ("data" if alone else "data_ref") / name
                table = here / ("data.csv" if alone else "check.csv")
                baseline = None if alone else here / "reference.csv"
                labels = folder / ("labels" if alone else "labels_ref") / f"{name}.csv"
                found.append(measured(table, baseline, labels, method, options.seed))
                if options.verbose:
                    print(f"{name}: {found[-1]}")  # noqa: T201
            auc, f1, flagged = (sum(part) / len(found) for part in zip(*map(parts_of, found), strict=True))
            print(f"| {method} | {kind} | {auc:.3f} | {f1:.3f} | {flagged:.2%} |", flush=True)  # noqa: T201


def parts_of(figures: Figures) -> tuple[float, float, float]:
    """Return the figures in the order in which they are printed."""
    return figures.auc, figures.f1, figures.flagged


if __name__ == "__main__":
    main()
