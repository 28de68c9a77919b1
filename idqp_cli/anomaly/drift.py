"""How far a distribution lies from a baseline, over the baseline's bins; pure, and without numpy.

A baseline is a summary: the edges of bins and how many values lie in each, or
the most frequent texts with their counts. It holds no rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from idqp_cli.anomaly.options import Method
from idqp_cli.anomaly.summary import Summary
from idqp_cli.core.frozen import frozen
from idqp_cli.core.statistics import chi2_tail, kolmogorov_tail


@frozen
class Seen:
    """The values that are compared with a baseline, in its bins: as the fields of `Summary`."""

    counts: Sequence[int]
    missing: int | None = None
    means: Sequence[float | None] = ()


def distance(method: Method, baseline: Summary, counts: Sequence[int], seen: Seen | None = None) -> float:
    """Return the distance between a baseline and the counts of other values in its bins; finite, 0 or more.

    psi is the population stability index, Σ (q - p) ln(q / p), with half a value
    added to every bin; js the Jensen-Shannon distance (base 2, 0 to 1); ks the
    largest difference of the distribution functions at the edges; chi2 Cramér's
    V of the two-sample table (0 to 1); wasserstein the area between the
    distribution functions, from the means of the bins where they are known and else
    straight inside each bin, in standard deviations of the baseline.

    Cells without a value are a bin of their own, for ks one before all others; for
    wasserstein each that is new or gone lies one standard deviation away.
    """
    before, after = _tables(baseline, counts, seen)
    p, q = _shares(before), _shares(after)
    match method:
        case Method.PSI:
            # Without it an empty bin makes the index infinite.
            p, q = (_shares([count + 0.5 for count in side]) for side in (before, after))
            return math.fsum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))
        case Method.JS:
            middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
            divergence = (_divergence(p, middle) + _divergence(q, middle)) / 2
            return math.sqrt(max(0.0, min(1.0, divergence)))
        case Method.KS:
            return max(map(abs, _gaps(p, q)), default=0.0)
        case Method.CHI2:
            return math.sqrt(min(1.0, chi2_statistic(before, after) / (sum(before) + sum(after))))
        case Method.WASSERSTEIN:
            gone = 0.0 if len(before) == len(baseline.counts) else abs(q[0] - p[0])
            if not sum(counts) or not baseline.rows:
                return gone
            means = () if seen is None else seen.means
            area = _area(baseline, _shares(baseline.counts), _shares(counts), means)
            return min(area + gone, 1e300)


def _tables(baseline: Summary, counts: Sequence[int], seen: Seen | None) -> tuple[list[int], list[int]]:
    """Return the counts of both sides, those without a value first where both counted them."""
    if seen is None or seen.missing is None or baseline.missing is None or not seen.missing + baseline.missing:
        return list(baseline.counts), list(counts)
    return [baseline.missing, *baseline.counts], [seen.missing, *counts]


def significance(method: Method, baseline: Summary, counts: Sequence[int], seen: Seen | None = None) -> float:
    """Return the probability of at least such a difference if nothing changed.

    For ks that of Kolmogorov and Smirnov (asymptotic; binned values make it
    larger, never smaller), for the others that of Pearson's chi-squared test.
    """
    before, after = _tables(baseline, counts, seen)
    n, m = sum(before), sum(after)
    if method is Method.KS:
        return kolmogorov_tail(distance(method, baseline, counts, seen) * math.sqrt(n * m / (n + m)))
    used = sum(bool(a or b) for a, b in zip(before, after, strict=True))
    return chi2_tail(chi2_statistic(before, after), used - 1)


def chi2_statistic(before: Sequence[int], after: Sequence[int]) -> float:
    """Return Pearson's statistic of the two-row table of counts."""
    n, m = sum(before), sum(after)
    total = n + m
    return math.fsum(
        (a - (a + b) * (n / total)) ** 2 / ((a + b) * (n / total))
        + (b - (a + b) * (m / total)) ** 2 / ((a + b) * (m / total))
        for a, b in zip(before, after, strict=True)
        if a + b
    )


def moved(
    baseline: Summary, counts: Sequence[int], most: int = 3, seen: Seen | None = None
) -> list[tuple[int, float, float]]:
    """Return the bins whose share changed most: the bin, its share before and its share now; -1 is without a value."""
    before, after = _tables(baseline, counts, seen)
    first = len(baseline.counts) - len(before)
    found = [(place, *pair) for place, pair in enumerate(zip(_shares(before), _shares(after), strict=True), first)]
    found.sort(key=lambda one: (-abs(one[2] - one[1]), one[0]))
    return [one for one in found[:most] if one[1] != one[2]]


def _shares(counts: Sequence[float]) -> list[float]:
    total = math.fsum(counts)
    return [count / total for count in counts]


def _divergence(p: Sequence[float], q: Sequence[float]) -> float:
    return math.fsum(a * math.log2(a / b) for a, b in zip(p, q, strict=True) if a)


def _gaps(p: Sequence[float], q: Sequence[float]) -> list[float]:
    """Return the difference of the distribution functions at each edge."""
    return [b - a for a, b in zip(accumulate(p), accumulate(q), strict=True)][:-1]


def _area(baseline: Summary, p: Sequence[float], q: Sequence[float], means: Sequence[float | None] = ()) -> float:
    scale = baseline.deviation
    if not scale:
        # What never varied has no scale; then the share that moved is the distance.
        return max(map(abs, _gaps(p, q)), default=0.0)
    if not baseline.edges:
        return 0.0
    places = [min(baseline.low, *baseline.edges), *baseline.edges, max(baseline.high, *baseline.edges)]
    gaps = [0.0, *_gaps(p, q), 0.0]
    known = bool(means) and len(baseline.means) == len(means) == len(p)
    found = 0.0
    for bin_, ((left, right), (before, after)) in enumerate(zip(pairwise(places), pairwise(gaps), strict=True)):
        area = (right / scale - left / scale) * _mean_size(before, after)
        if known:
            outer = -1 if bin_ == 0 else 1 if bin_ == len(p) - 1 else 0
            exact = _between(
                (left, right), before, (p[bin_], q[bin_]), (baseline.means[bin_], means[bin_]), scale, outer
            )
            if outer or not math.isfinite(exact):
                area = abs(exact)
            else:
                # Where the functions cross inside a bin, its means alone do not say what lies between them.
                jumps = ((means[bin_], q[bin_]), (baseline.means[bin_], -p[bin_]))
                area = max(min(area, _stepped((left / scale, right / scale), before, jumps, scale)), abs(exact))
        found += area
    return 1e300 if math.isnan(found) else min(found, 1e300)


def _stepped(
    ends: tuple[float, float], before: float, jumps: Sequence[tuple[float | None, float]], scale: float
) -> float:
    """Return the area under the absolute value of a step function that begins at `before` and jumps at two means."""
    place, height, found = ends[0], before, 0.0
    for mean, jump in sorted((mean / scale, jump) for mean, jump in jumps if mean is not None):
        found += abs(height) * (mean - place)
        place, height = mean, height + jump
    return found + abs(height) * (ends[1] - place)


def _between(
    ends: tuple[float, float],
    before: float,
    shares: tuple[float, float],
    means: tuple[float | None, float | None],
    scale: float,
    outer: int,
) -> float:
    """Return the signed area between the distribution functions in a bin, from the means of its values.

    `outer` is -1 for the bin that has no left end, and 1 for the one that has no right end.
    """
    left, right = ends
    end = left if outer > 0 else right
    (p, q), (own, other) = shares, means
    area = 0.0 if outer else before * (right / scale - left / scale)
    for share, mean, sign in ((q, other, 1), (p, own, -1)):
        if share and mean is not None:
            area += sign * share * (end / scale - mean / scale)
        elif share:
            return math.inf
    return area


def _mean_size(before: float, after: float) -> float:
    """Return the mean of the absolute value along a straight line from `before` to `after`."""
    if before * after >= 0:
        return (abs(before) + abs(after)) / 2
    return (before * before + after * after) / (2 * (abs(before) + abs(after)))
