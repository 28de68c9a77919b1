"""Above which score is a run unusual, at a given rate of false alarms? As the scores of the runs before say.

Each run before is judged as today's is, by all others. If today's is a run like
these, its rank among them is any rank with the same probability, however many
metrics the score is of, however these are distributed and however they go
together. So a run with a score above the k-th smallest of n, k = ceil((n + 1)(1 - rate)),
is one in 1 / rate or rarer (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic
Learning in a Random World", 2005, proposition 2.3; to leave out one at a time:
R. F. Barber et al., "Predictive inference with the jackknife+", Annals of
Statistics 49, 2021).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

# No score of a run is smaller in the logarithms of an extrapolation.
LEAST_SCORE = 0.05
ROUNDING = 1e-9
# No logarithm of a bound is larger.
FARTHEST = 700.0
# At most this share of the runs is taken for false alarms: real faults come too.
MOST_BEYOND = 0.25


def runs_needed(rate: float) -> int:
    """Return how many scores of earlier runs it takes for a rank to be as rare as `rate`."""
    return math.ceil(1 / rate - ROUNDING) - 1


def bound(scores: Sequence[float], rate: float, beyond: int = 0) -> float:
    """Return the score that at most the share `rate` of usual runs goes beyond, as two or more scores before say.

    `beyond` runs are not among the scores, as they alarmed and nobody said that
    they were wrong: to leave false alarms out makes the next ones more frequent.
    With fewer than `runs_needed` scores no rank is so rare. Then it is the end of
    the prediction interval of their logarithms, taken for normal numbers: an
    extrapolation, and no guarantee. So is what lies beyond the largest score.
    """
    ascending = sorted(scores)
    count = len(ascending)
    if count < runs_needed(rate):
        found = _interval(ascending, rate)
        return max(found, _through_largest(ascending, rate, beyond)) if beyond else found
    rank = math.ceil((count + beyond + 1) * (1 - rate) - ROUNDING)
    return ascending[rank - 1] if rank <= count else _through_largest(ascending, rate, beyond)


def _interval(scores: Sequence[float], rate: float) -> float:
    """Return the end of the prediction interval of the next score, if their logarithms are normal."""
    logs = [math.log(max(one, LEAST_SCORE)) for one in scores]
    count = len(logs)
    mean = math.fsum(logs) / count
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in logs) / (count - 1))
    end = mean + _student(1 - rate, count - 1) * spread * math.sqrt(1 + 1 / count)
    return math.exp(min(end, FARTHEST))


def _through_largest(ascending: Sequence[float], rate: float, beyond: int) -> float:
    """Return a quantile of all scores, if their logarithms are normal and `beyond` of them above the known."""
    count = len(ascending)
    share = min(MOST_BEYOND, (beyond + 0.5) / (count + beyond))
    middle, largest = (math.log(max(one, LEAST_SCORE)) for one in (ascending[(count - 1) // 2], ascending[-1]))
    normal = NormalDist()
    times = max(1.0, normal.inv_cdf(1 - rate) / normal.inv_cdf(1 - share))
    return math.exp(min(middle + (largest - middle) * times, FARTHEST))


def _student(probability: float, freedom: int) -> float:
    """Return a quantile of Student's distribution, to the fourth order.

    Source: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = NormalDist().inv_cdf(probability)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4)
    )
