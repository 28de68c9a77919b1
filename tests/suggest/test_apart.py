"""Numbers that lie apart from all others are found, also one in five; those of heavy tails and of other places are not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from conftest import Cell
from idqp_cli.rules.validity import Range
from idqp_cli.suggest.apart import Bulk, bulk
from suggest_of import of_column, of_rows

Draw = Callable[[np.random.Generator, int], np.ndarray]
CLEAN: dict[str, Draw] = {
    "normal": lambda chance, size: chance.normal(size=size),
    "even": lambda chance, size: chance.random(size),
    "lognormal": lambda chance, size: chance.lognormal(0, 1, size),
    "lognormal over many orders": lambda chance, size: chance.lognormal(5, 4, size),
    "Pareto of index 1": lambda chance, size: chance.pareto(1, size),
    "Pareto of index 0.5": lambda chance, size: chance.pareto(0.5, size),
    "Cauchy": lambda chance, size: chance.standard_cauchy(size),
    "Student of 3": lambda chance, size: chance.standard_t(3, size),
    "Laplace": lambda chance, size: chance.laplace(size=size),
    "Weibull of 0.3": lambda chance, size: chance.weibull(0.3, size),
    "logarithms that are even": lambda chance, size: np.exp(8 * chance.random(size)),
    "the same on both sides": lambda chance, size: np.exp(5 * chance.random(size)) * chance.choice([-1, 1], size),
    "counts": lambda chance, size: chance.zipf(2, size).astype(float),
    "counts, many of them 0": lambda chance, size: chance.negative_binomial(0.3, 0.02, size).astype(float),
    "amounts": lambda chance, size: chance.lognormal(3, 1.5, size).round(2),
    "amounts, most of them 0": lambda chance, size: np.where(chance.random(size) < 0.7, 0, chance.lognormal(3, 1.5, size)),
    "changes, most of them 0": lambda chance, size: np.where(chance.random(size) < 0.7, 0, chance.normal(0, 90, size)),
    "numbers that are rounded": lambda chance, size: chance.choice([10, 20, 50, 100, 500, 1000.0], size),
    "ids": lambda _, size: np.arange(size, dtype=float),
    "ids of two systems": lambda _, size: np.arange(size) + np.where(np.arange(size) < 0.9 * size, 0, 50.0 * size),
    "two places": lambda chance, size: chance.normal(np.where(chance.random(size) < 0.9, 0, 60), 1),
    "three places, one on each side": lambda chance, size: chance.normal(chance.choice([-80, 0, 0, 0, 0, 0, 0, 60], size), 1),
    "a sentinel": lambda chance, size: np.where(chance.random(size) < 0.05, 9999, chance.normal(50, 5, size)),
}  # fmt: skip


@pytest.mark.parametrize("kind", CLEAN)
def test_nothing_lies_apart_in_clean_numbers(kind: str) -> None:
    chance = np.random.default_rng(17)
    for size, times in ((40, 60), (300, 60), (3_000, 8)):
        assert [one for _ in range(times) if (one := bulk(np.sort(CLEAN[kind](chance, size)))) is not None] == []


@pytest.mark.parametrize(("size", "share"), [(200, 0.1), (500, 0.01), (500, 0.05), (500, 0.2), (5_000, 0.001)])
@pytest.mark.parametrize("kind", ["normal", "even"])
def test_numbers_that_lie_apart_are_found(kind: str, size: int, share: float) -> None:
    chance = np.random.default_rng(5)
    own = CLEAN[kind](chance, size)
    wrong = int(size * share)
    own[:wrong] = 400 * (chance.random(wrong) + 0.1) * chance.choice([-1, 1], wrong)
    found = bulk(np.sort(own))
    assert found is not None
    assert abs(found.apart - wrong) <= 0.02 * size
    assert -30 < found.low < found.high < 30


def test_a_constant_has_others_on_both_sides() -> None:
    years = [2020.0] * 80 + [2020.0 + 7 * n for n in range(-20, 20) if n % 2]
    assert bulk(np.sort(np.array(years))) == Bulk(2020.0, 2020.0, 20, (2013.0, 2027.0))
    assert bulk(np.sort(np.array([one for one in years if one >= 2020]))) is None


def of_shops(rows: int, wrong: int) -> list[Cell]:
    chance = random.Random(3)
    values: list[Cell] = [round(-87.65 + chance.uniform(-0.15, 0.15), 6) for _ in range(rows)]
    for n in range(wrong):
        values[n * 5] = round(-87.65 + chance.choice((-1, 1)) * chance.uniform(2, 40), 6)
    return values


@pytest.mark.parametrize(("wrong", "failed"), [(0, 0), (6, 6), (90, 90)])
def test_wrong_longitudes_are_a_finding(tmp_path: Path, wrong: int, failed: int) -> None:
    assert of_column(tmp_path, of_shops(500, wrong), "longitude")["range(longitude)"] == failed


def test_bounds_do_not_reach_farther_than_nature(tmp_path: Path) -> None:
    chance = random.Random(3)
    values: list[Cell] = [round(chance.uniform(-170, -70), 4) for _ in range(800)]
    for place, wrong in ((7, 112.4), (90, 142.9), (300, 117.8), (500, 174.1)):
        values[place] = wrong
    rows: Sequence[tuple[Cell, ...]] = [("x", one, abs(float(str(one)) + 170)) for one in values]
    found = of_rows(tmp_path, ("x", "lon", "weight"), rows)
    bounds = {one.rule.columns[0]: one.rule for one in found.suggestions if isinstance(one.rule, Range)}
    assert bounds["lon"].min == -180
    assert bounds["weight"].min == 0


def test_the_evidence_is_in_words(tmp_path: Path) -> None:
    rows: Sequence[tuple[Cell, ...]] = [(f"shop {n % 50}", one) for n, one in enumerate(of_shops(500, 9))]
    (found,) = [one for one in of_rows(tmp_path, ("shop", "longitude"), rows).suggestions if one.rule.type == "range"]
    assert found.why == "9 of 500 values lie outside -87.7995 to -87.5004, where all others are"
