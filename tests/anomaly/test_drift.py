"""Distances between distributions, against plain oracles."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idqp_cli.anomaly.drift import distance, moved, significance
from idqp_cli.anomaly.options import Method
from idqp_cli.anomaly.summaries import as_text, from_text, merged
from idqp_cli.anomaly.summary import Shape, Summary
from idqp_cli.core.statistics import chi2_tail, kolmogorov_tail

COUNTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=12).filter(
    lambda pairs: all(sum(side) for side in zip(*pairs, strict=True))
)


def numbers(counts: tuple[int, ...]) -> Summary:
    edges = tuple(float(edge) for edge in range(1, len(counts)))
    return Summary(Shape.NUMBER, counts, edges, low=0.0, high=float(len(counts)), deviation=2.0)


def oracle(method: Method, before: list[int], after: list[int]) -> float:
    """Compute the distance from its definition, exactly as far as it is rational."""
    n, m = sum(before), sum(after)
    p, q = [Fraction(one, n) for one in before], [Fraction(one, m) for one in after]
    if method is Method.PSI:
        p = [(one + Fraction(1, 2)) / (n + Fraction(len(before), 2)) for one in before]
        q = [(one + Fraction(1, 2)) / (m + Fraction(len(after), 2)) for one in after]
        return sum(float(b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    if method is Method.JS:
        middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
        parts = [float(a) * math.log2(a / c) for side in (p, q) for a, c in zip(side, middle, strict=True) if a]
        return math.sqrt(max(0.0, sum(parts) / 2))
    gaps = [sum(q[: place + 1]) - sum(p[: place + 1]) for place in range(len(p) - 1)]
    if method is Method.KS:
        return max((abs(float(gap)) for gap in gaps), default=0.0)
    if method is Method.CHI2:
        total, statistic = n + m, Fraction(0)
        for a, b in zip(before, after, strict=True):
            for seen, size in ((a, n), (b, m)):
                expected = Fraction((a + b) * size, total)
                statistic += (seen - expected) ** 2 / expected if expected else 0
        return math.sqrt(statistic / total)
    # The area between two lines, by many thin trapezia.
    steps, area, ends = 2_000, 0.0, [Fraction(0), *gaps, Fraction(0)]
    for left, right in pairwise(ends):
        points = [abs(float(left) + (float(right) - float(left)) * step / steps) for step in range(steps + 1)]
        area += (sum(points) - (points[0] + points[-1]) / 2) / steps
    return area / 2.0


@pytest.mark.parametrize("method", [one for one in Method if one is not Method.WASSERSTEIN])
@given(pairs=COUNTS)
def test_a_distance_is_what_its_definition_says(method: Method, pairs: list[tuple[int, int]]) -> None:
    before, after = (list(side) for side in zip(*pairs, strict=True))
    assert distance(method, numbers(tuple(before)), after) == pytest.approx(oracle(method, before, after), abs=1e-7)
    assert 0 <= significance(method, numbers(tuple(before)), after) <= 1


@pytest.mark.parametrize("seed", range(5))
def test_wasserstein_is_the_area_between_the_distributions(seed: int) -> None:
    dice = random.Random(seed)
    before, after = ([dice.randint(0, 50) for _ in range(8)] for _ in range(2))
    found = distance(Method.WASSERSTEIN, numbers(tuple(before)), after)
    assert found == pytest.approx(oracle(Method.WASSERSTEIN, before, after), rel=1e-3)


@pytest.mark.parametrize("method", list(Method))
def test_nothing_moved_is_no_distance(method: Method) -> None:
    assert distance(method, numbers((10, 20, 30)), [10, 20, 30]) == pytest.approx(0)
    assert significance(method, numbers((10, 20, 30)), [10, 20, 30]) == pytest.approx(1)


# Tables of the distributions, as printed in textbooks and by R.
@pytest.mark.parametrize(
    ("statistic", "freedom", "p"),
    [
        (3.841459, 1, 0.05),
        (18.30704, 10, 0.05),
        (2.705543, 1, 0.1),
        (1e-9, 5, 1.0),
        (1000.0, 3, 0.0),
        (55.75848, 40, 0.05),
        (0.0, 3, 1.0),
    ],
)
def test_chi2_tail(statistic: float, freedom: int, p: float) -> None:
    assert chi2_tail(statistic, freedom) == pytest.approx(p, abs=1e-6)


@pytest.mark.parametrize(
    ("value", "p"), [(1.3581, 0.05), (1.2238, 0.1), (1.6276, 0.01), (0.1, 1.0), (0.8276, 0.5), (1.18, 0.1235)]
)
def test_kolmogorov_tail(value: float, p: float) -> None:
    assert kolmogorov_tail(value) == pytest.approx(p, abs=2e-4)


def test_a_summary_survives_being_written() -> None:
    summaries = {"a": numbers((1, 2, 3)), 'b"': Summary(Shape.TEXT, (5, 1), texts=("x\n",))}
    assert from_text(as_text(summaries)) == summaries


def test_summaries_of_runs_become_one() -> None:
    first, second = Summary(Shape.TEXT, (5, 1), texts=("x",)), Summary(Shape.TEXT, (4, 0), texts=("y",))
    assert merged([first, second]) == Summary(Shape.TEXT, (5, 4, 1), texts=("x", "y"))
    one = merged([numbers((10, 10)), numbers((30, 10))])
    assert one is not None
    assert one.counts == (40, 20)
    assert merged([]) is None


def test_other_bins_are_spread_evenly() -> None:
    whole = Summary(Shape.NUMBER, (100,), low=0.0, high=10.0, deviation=3.0)
    halves = Summary(Shape.NUMBER, (10, 10), edges=(5.0,), low=0.0, high=10.0, deviation=3.0)
    found = merged([whole, halves])
    assert found is not None
    assert found.counts == (60, 60)


def test_the_bins_that_moved_come_first() -> None:
    assert moved(numbers((50, 30, 20)), [50, 0, 50]) == [(1, 0.3, 0.0), (2, 0.2, 0.5)]
