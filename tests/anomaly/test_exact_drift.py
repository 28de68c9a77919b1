"""Distances of drift between random samples, against scipy's exact ones and a plain index.

`IDQP_DRIFT_PAIRS=2000` compares that many pairs.
"""

from __future__ import annotations

import math
import os
import random
from itertools import pairwise

import pytest
from scipy.stats import ks_2samp, wasserstein_distance

from idqp_cli.anomaly.drift import Seen, distance, significance
from idqp_cli.anomaly.options import Method
from idqp_cli.anomaly.summaries import bounded
from idqp_cli.anomaly.summary import BINS, Shape, Summary

PAIRS = int(os.environ.get("IDQP_DRIFT_PAIRS", "60"))


def summarised(values: list[float]) -> Summary:
    """Summarise as the engine does: bins of about equal counts, with their means."""
    ascending = sorted(values)
    quantiles = {ascending[max(0, math.ceil(len(ascending) * place / BINS) - 1)] for place in range(1, BINS)}
    low, high = ascending[0], ascending[-1]
    edges = tuple(sorted({math.nextafter(low, -math.inf), *quantiles, high}))
    counts, means = binned(values, edges)
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / len(values))
    return Summary(Shape.NUMBER, counts, edges, (), low, high, deviation, means, 0)


def binned(values: list[float], edges: tuple[float, ...]) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    bins = [[one for one in values if low < one <= high] for low, high in pairwise((-math.inf, *edges, math.inf))]
    return tuple(map(len, bins)), tuple(math.fsum(own) / len(own) if own else None for own in bins)


def sample(dice: random.Random, size: int) -> list[float]:
    kind = dice.choice(("normal", "whole", "few", "constant", "skewed", "far"))
    shift, spread = dice.choice((0, 0, 0, 0.3, 2, -50)), dice.choice((1, 1, 3))
    return {
        "normal": lambda: [dice.gauss(shift, spread) for _ in range(size)],
        "whole": lambda: [float(round(dice.gauss(10 + shift, 3 * spread))) for _ in range(size)],
        "few": lambda: [float(dice.choice((0, 0, 1, 5))) + round(shift) for _ in range(size)],
        "constant": lambda: [float(shift)] * size,
        "skewed": lambda: [dice.lognormvariate(0, 1) + shift for _ in range(size)],
        "far": lambda: [-999.0 if dice.random() < 0.05 else dice.gauss(shift, spread) for _ in range(size)],
    }[kind]()


@pytest.mark.parametrize("seed", range(PAIRS))
def test_distances_are_near_the_exact_ones(seed: int) -> None:
    dice = random.Random(seed)
    before, after = sample(dice, dice.randint(100, 800)), sample(dice, dice.randint(100, 800))
    known = summarised(before)
    counts, means = binned(after, known.edges)
    seen = Seen(counts, 0, means)
    exact = float(ks_2samp(before, after).statistic)
    # Inside a bin of the baseline lies a twentieth of it, besides what is one value.
    assert (
        exact - 1 / BINS - 1e-9 <= distance(Method.KS, known, counts, seen) <= exact + 1e-9
        or max(abs(one / len(after) - other / len(before)) for one, other in zip(counts, known.counts, strict=True))
        > 1 / BINS
    )
    if known.deviation:
        area = wasserstein_distance(before, after) / known.deviation
        widest = max((b - a for a, b in pairwise(known.edges)), default=0.0) / known.deviation
        assert distance(Method.WASSERSTEIN, known, counts, seen) == pytest.approx(area, rel=0.02, abs=widest / 5)
    p = [(one + 0.5) / (len(before) + len(counts) / 2) for one in known.counts]
    q = [(one + 0.5) / (len(after) + len(counts) / 2) for one in counts]
    plain = sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
    assert distance(Method.PSI, known, counts, seen) == pytest.approx(plain)


@pytest.mark.parametrize("method", list(Method))
def test_what_lies_below_above_and_nowhere_is_seen(method: Method) -> None:
    zeros = summarised([0.0] * 200 + [float(1 + one % 50) for one in range(800)])
    for place in (-999.0, 999.0):
        values = [place] * 200 + [float(1 + one % 50) for one in range(800)]
        counts, means = binned(values, zeros.edges)
        assert distance(method, zeros, counts, Seen(counts, 0, means)) > method.threshold
        assert significance(method, zeros, counts, Seen(counts, 0, means)) < 0.01
    whole = summarised([5.0] * 500)
    counts, means = binned([3.0] * 500, whole.edges)
    assert distance(method, whole, counts, Seen(counts, 0, means)) > 0.9
    counts, means = binned([0.0] * 200 + [float(1 + one % 50) for one in range(300)], zeros.edges)
    assert distance(method, zeros, counts, Seen(counts, 500, means)) > method.threshold
    nothing = Seen((0,) * len(zeros.counts), 1_000)
    assert distance(method, zeros, nothing.counts, nothing) > 0.9


def test_a_summary_of_an_older_idqp_has_no_bins_beyond_its_values_and_gets_them() -> None:
    old = Summary(Shape.NUMBER, (50, 25, 25), (0.0, 5.0), low=0.0, high=9.0, deviation=3.0)
    new = bounded(old)
    assert new.counts == (0, 50, 25, 25, 0)
    assert new.edges == (math.nextafter(0.0, -math.inf), 0.0, 5.0, 9.0)
    assert bounded(new) == new
