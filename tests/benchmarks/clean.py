"""How often rules alarm on batches in which nothing is wrong: the false alarms of `outliers`, `drift` and `anomaly`.

`python tests/benchmarks/clean.py DIR` takes the batches DIR/sources/NAME/000.csv and on, one after the other, for the
files of one dataset, checks each as it came, with a store, and prints in how many each rule failed. Run it where idqp
is installed.

Without DIR it prints in how many simulated files `outliers` finds a row by the file itself, and beside a baseline of
the same kind; the columns of a kind are independent, 300 files of each.
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
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idqp_cli.anomaly import rows
from idqp_cli.anomaly.features import Field, Kind

RULES = {
    "outliers": {"type": "outliers"},
    "outliers, previous": {"type": "outliers", "baseline": "previous"},
    "anomaly, row_count": {"type": "anomaly", "metric": "row_count"},
    "anomaly, profile": {"type": "anomaly", "metric": "profile"},
}


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]] = {
    "normal": lambda random, shape: random.normal(size=shape),
    "uniform": lambda random, shape: random.random(shape),
    "whole numbers to 9": lambda random, shape: random.integers(0, 10, shape).astype(np.float64),
    "exponential": lambda random, shape: random.exponential(size=shape),
    "lognormal": lambda random, shape: random.lognormal(size=shape),
    "Student's t, 3 degrees": lambda random, shape: random.standard_t(3, size=shape),
    "Pareto, index 2, no variance": lambda random, shape: random.pareto(2, size=shape),
}
SHAPES = ((100, 1), (100, 4), (1000, 1), (1000, 6), (5000, 3))
FILES = 60


def simulated() -> None:
    """Print a row for each kind of column."""
    print("| columns | by itself | beside a baseline |\n|---|---|---|")  # noqa: T201
    for kind, draw in KINDS.items():
        found = [alarms(draw, shape, seed) for shape in SHAPES for seed in range(FILES)]
        own, beside = (sum(side) / len(found) for side in zip(*found, strict=True))
        print(f"| {kind} | {own:.1%} | {beside:.1%} |", flush=True)  # noqa: T201


def alarms(
    draw: Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]], shape: tuple[int, int], seed: int
) -> tuple[bool, bool]:
    """Tell whether a row of a file fails by itself, and beside another file of the same kind."""
    random = np.random.default_rng([seed, *shape])
    file, other = draw(random, shape), draw(random, shape)
    fields = [Field(f"c{number}", Kind.NUMBER) for number in range(shape[1])]
    found = []
    for reference, own in ((file, True), (other, False)):
        model = rows.train("knn", fields, reference, seed=0, own=own, ordered=False)
        coordinates = model.encoding.coordinates(file)
        scores = model.scores(coordinates)
        above = scores[scores > model.floor(None, len(file))]
        company = model.company(None, coordinates, len(file))
        alone = company is not None and bool(company.alone(coordinates, scores).any())
        found.append(alone or bool((above > model.cut(None, above, len(file))).any()))
    return found[0], found[1]


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
    parser.add_argument("folder", type=Path, nargs="?")
    options = parser.parse_args()
    if options.folder is None:
        simulated()
        return
    print("| batches | rule | judged | alarms | share |\n|---|---|---|---|---|")  # noqa: T201
    for source in sorted((options.folder / "sources").iterdir()):
        judged, failed = failures(sorted(source.glob("*.csv")))
        for rule in RULES:
            share = failed[rule] / judged[rule] if judged[rule] else 0.0
            print(f"| {source.name} | {rule} | {judged[rule]} | {failed[rule]} | {share:.1%} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
