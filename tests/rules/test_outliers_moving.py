"""Outliers beside a baseline: what moves on with the file does not fail, and a column that has shifted does."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Cell, Shell, csv_text

ROWS = 400
# A column of a file: the dice, and the number of the file, 0 for the baseline.
Column = Callable[[random.Random, int], list[Cell]]
EPOCH = 1_700_000_000


def level(middle: float, spread: float, step: float, digits: int | None = 1) -> Column:
    """Return a column of a level that is `step` farther on in the next file."""
    return lambda dice, file: [round(dice.gauss(middle + file * step, spread), digits) for _ in range(ROWS)]


def shuffled(numbers: Callable[[int], list[Cell]]) -> Column:
    """Return a column of the numbers of a file in any order."""
    return lambda dice, file: dice.sample(numbers(file), ROWS)


def dates(dice: random.Random, file: int) -> list[Cell]:
    """Return the days of a month as whole numbers."""
    first = datetime(2024, 1 + file, 1, tzinfo=UTC)
    return [int((first + timedelta(days=dice.randrange(28))).strftime("%Y%m%d")) for _ in range(ROWS)]


SHIFTED: dict[str, Column] = {
    "level": level(50, 4, 40),
    "far": level(50, 4, 4_000),
    "down": level(90, 4, -40),
    "whole numbers": level(50, 4, 40, None),
    "wide whole numbers": level(50_000, 90, 40_000, None),
    "cents": level(5_000, 700, 9_000, None),
    "below 0": level(-5, 0.5, -40),
    "small": level(0.002, 0.0002, 0.04, 6),
    "billions": level(1.2e9, 9e7, 7e8, None),
    "like years": level(1950, 4, 90, None),
    "lognormal": lambda dice, file: [round(dice.lognormvariate(1 + 6 * file, 0.4), 3) for _ in range(ROWS)],
    "few values": lambda dice, file: [dice.randint(1, 5) + 20 * file for _ in range(ROWS)],
    "two values": lambda dice, file: [dice.randint(0, 1) + 20 * file for _ in range(ROWS)],
    "with gaps": lambda dice, file: [
        None if dice.random() < 0.3 else round(dice.gauss(50 + 40 * file, 4), 1) for _ in range(ROWS)
    ],
}
MOVING: dict[str, Column] = {
    "ids": lambda _, file: [file * ROWS + number for number in range(ROWS)],
    "ids in any order": shuffled(lambda file: list(range(file * ROWS, file * ROWS + ROWS))),
    "ids with gaps": shuffled(lambda file: list(range(file * 9_000, file * 9_000 + 3 * ROWS, 3))),
    "large ids": shuffled(lambda file: list(range(10**12 + file * 10**6, 10**12 + file * 10**6 + ROWS))),
    "ids of an older file": shuffled(lambda file: list(range(10_000 - file * ROWS, 10_000 - file * ROWS + ROWS))),
    "seconds": shuffled(lambda file: [EPOCH + file * 86_400 + 200 * number for number in range(ROWS)]),
    "milliseconds": shuffled(lambda file: [1000 * (EPOCH + file * 86_400 + 200 * number) for number in range(ROWS)]),
    "seconds as fractions": lambda dice, file: [
        round(EPOCH + file * 86_400 + dice.uniform(0, 86_400), 3) for _ in range(ROWS)
    ],
    "days": dates,
    "months": lambda _, file: [202_411 + file for _ in range(ROWS)],
    "years": lambda dice, file: [2015 + 3 * file + dice.randrange(3) for _ in range(ROWS)],
    "weeks in order": lambda _, file: [4 * file + 1 + number // 100 for number in range(ROWS)],
    "text ids": lambda _, file: [f"INV-{file * ROWS + number}" for number in range(ROWS)],
    "text ids in any order": shuffled(lambda file: [f"INV-{file * ROWS + number:06}" for number in range(ROWS)]),
    "times": lambda _, file: [
        (datetime(2024, 1, 1 + file, tzinfo=UTC) + timedelta(minutes=3 * number)).isoformat() for number in range(ROWS)
    ],
}


def judged(shell: Shell, column: Column, seed: int, **more: object) -> Any:  # noqa: ANN401 - JSON
    """Return how the second file of a source fares beside the first."""
    dice = random.Random(seed)
    for file, name in enumerate(("usual.csv", "t.csv")):
        own = column(dice, file)
        rest: list[list[Cell]] = [[round(dice.gauss(100, 10), 2), dice.choice("abc")] for _ in range(ROWS)]
        rows: list[list[Cell]] = [[cell, *others] for cell, others in zip(own, rest, strict=True)]
        shell.write(name, csv_text(["x", "amount", "kind"], rows))
    shell.rules({"type": "outliers", "baseline": {"file": "usual.csv"}, **more})
    return shell.idqp("check", "--format", "json", "--no-store").json["datasets"][0]["results"][-1]


@pytest.mark.parametrize("source", SHIFTED)
def test_a_column_that_has_shifted_fails(shell: Shell, source: str) -> None:
    found = judged(shell, SHIFTED[source], 1)
    assert (found["status"], found["rows_failed"] >= 0.6 * ROWS) == ("failed", True), found["message"]
    assert found["samples"][0]["causes"][0]["column"] == "x"
    assert "nearly all of x lies beyond the baseline's" in found["message"]


@pytest.mark.parametrize("method", ["isolation_forest", "ensemble"])
@pytest.mark.parametrize("source", ["level", "few values", "cents"])
def test_a_column_that_has_shifted_is_named_by_any_method(shell: Shell, source: str, method: str) -> None:
    found = judged(shell, SHIFTED[source], 1, method=method)
    # A forest sees nothing beyond its outermost cut: of few values it knows no others.
    assert found["status"] == "failed" or (source, method) == ("few values", "isolation_forest")
    assert "nearly all of x lies beyond the baseline's" in found["message"]


@pytest.mark.parametrize("source", MOVING)
def test_a_column_that_moves_on_does_not_fail(shell: Shell, source: str) -> None:
    found = judged(shell, MOVING[source], 1)
    assert (found["status"], found["rows_failed"]) == ("passed", 0), found["message"]


@pytest.mark.parametrize(
    ("before", "now"), [(50, 90), ("B-1", "B-2"), ("1980-01-01", "1880-01-01"), ("1980-01-01", "2080-01-01")]
)
def test_what_no_row_is_judged_by_is_named(shell: Shell, before: Cell, now: Cell) -> None:
    found = judged(shell, lambda _, file: [now if file else before for _ in range(ROWS)], 1)
    assert (found["status"], found["rows_failed"]) == ("passed", 0)
    assert "no row is judged by the level of x: all have moved" in found["message"]
