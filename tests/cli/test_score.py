"""The score of the same data is the same in the first run, in later ones, and without a store."""

from __future__ import annotations

import random

import pytest

from conftest import Shell

BY_PAST: dict[str, dict[str, object]] = {
    "drift(qty)": {"type": "drift", "column": "qty", "severity": "critical"},
    "drift(shop)": {"type": "drift", "column": "shop", "baseline": {"window": "7d"}, "severity": "info"},
    "anomaly(row_count)": {"type": "anomaly", "metric": "row_count", "min_history": 8},
    "row_count": {"type": "row_count", "change": "50%", "severity": "critical"},
    "row_count_2": {"type": "row_count", "min": 1, "change": "50%"},
}
OTHERS: dict[str, dict[str, object]] = {
    "range(qty)": {"type": "range", "column": "qty", "min": 50},
    "unique(id)": {"type": "unique", "column": "id"},
    "drift(id)": {"type": "drift", "column": "id", "baseline": {"file": "base.csv"}, "severity": "info"},
    "outliers": {"type": "outliers", "columns": ["qty"], "baseline": "previous", "threshold": "1%"},
}


def batch(seed: int, shift: float = 0.0) -> str:
    draw = random.Random(seed)
    rows = [f"{number},{draw.gauss(50, 9) + shift:.3f},{draw.choice('ab')}" for number in range(300)]
    return "\n".join(("id,qty,shop", *rows, ""))


@pytest.fixture
def told(shell: Shell) -> Shell:
    shell.write("base.csv", batch(99))
    shell.rules(*BY_PAST.values(), *OTHERS.values(), schema="backward")
    return shell


def run(shell: Shell, *words: str) -> tuple[float, float, dict[str, str]]:
    """Return the scores of a run and of its dataset, and the status of each rule."""
    report = shell.idqp("check", "--format", "json", *words).json
    (dataset,) = report["datasets"]
    return report["score"], dataset["score"], {one["rule"]: one["status"] for one in dataset["results"]}


def test_the_score_is_that_of_the_first_run(told: Shell) -> None:
    scores, statuses = [], []
    for seed in range(9):
        told.write("t.csv", batch(seed))
        for words in [(), *([("--no-store",)] if seed == 8 else [])]:
            score, own, status = run(told, *words)
            assert own == score
            scores.append(score)
            statuses.append(status)
    for name in BY_PAST:
        assert (statuses[0][name], statuses[-2][name], statuses[-1][name]) == ("skipped", "passed", "skipped")
    assert {status["range(qty)"] for status in statuses} == {"failed"}
    # Of severities: range failed (2), unique (2), drift from a file (1), outliers (2), parse (4).
    assert set(scores) == {round(100 * 9 / 11, 2)}


def test_data_that_is_unlike_that_of_earlier_runs_has_a_lower_score(told: Shell) -> None:
    for seed in range(2):
        told.write("t.csv", batch(seed))
        before, _, _ = run(told)
    told.write("t.csv", batch(9, shift=200) + "301,1,a\n" * 300)
    after, _, status = run(told)
    assert status["drift(qty)"] == status["row_count"] == status["row_count_2"] == "failed"
    assert after < before
