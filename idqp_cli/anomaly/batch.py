"""A batch against the batches before it: are its metrics, taken together, usual?

Many metrics judged one by one would raise an alarm for nearly every batch. So a
metric is only as strange as the mildest way to look at it (its level, its
distance to the last few, its change since the last), and the batch as strange
as its three strangest metrics on average.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from idqp_cli.anomaly.choices import MIN_HISTORY
from idqp_cli.anomaly.history import LARGEST_SCORE, usual
from idqp_cli.anomaly.views import REMEMBERED
from idqp_cli.frozen import frozen

RECENT = 8
FIRST_RECENT = 3
STRANGEST = 3
# The score of a metric that was always known, or never, and now is the other.
CHANGED_KIND = 100.0
# At medium sensitivity the strangest metrics may, on average, lie at the edge of the usual.
SHARE_OF_THRESHOLD = 1 / 1.4
NARROWEST, NARROWEST_SHARE = 0.01, 0.005


@frozen
class Strange:
    """A metric's score in a batch, its value, and the median of those before."""

    metric: str
    score: float
    value: float | None
    before: float | None


def judge(
    history: Mapping[str, Sequence[float | None]], today: Mapping[str, float | None], shares: frozenset[str]
) -> tuple[float, tuple[Strange, ...]]:
    """Return the score of a batch and its strangest metrics, strangest first.

    `history` gives every metric's values in the batches before, oldest first, of
    equal length, None where it was not known; `shares` names the metrics that
    lie between 0 and 1. A score is in half-widths of the usual, as in `history`.
    """
    found = [_metric(name, list(history.get(name, ())), today.get(name), shares) for name in {**history, **today}]
    found.sort(key=lambda one: (-one.score, one.metric))
    top = found[:STRANGEST]
    mean = sum(one.score for one in top) / len(top) if top else 0.0
    return min(mean, LARGEST_SCORE), tuple(top)


def _metric(name: str, values: list[float | None], value: float | None, shares: frozenset[str]) -> Strange:
    known = [one for one in values if one is not None and math.isfinite(one)][-REMEMBERED:]
    before = sorted(known)[len(known) // 2] if known else None
    if value is None or not math.isfinite(value):
        gone = len(values) >= MIN_HISTORY and len(known) == len(values)
        return Strange(name, CHANGED_KIND if gone else 0.0, None, before)
    if len(known) < MIN_HISTORY:
        return Strange(name, CHANGED_KIND if not known and len(values) >= MIN_HISTORY else 0.0, value, before)
    return Strange(name, min(_mildest(known, value, share=name in shares), CHANGED_KIND), value, before)


def _mildest(known: list[float], value: float, *, share: bool) -> float:
    import numpy as np  # noqa: PLC0415 - only where a batch is judged

    largest = max(abs(value), *map(abs, known))
    scale = 2.0 ** (math.frexp(largest)[1] - 1) if largest else 1.0
    series, today = np.array(known) / scale, value / scale
    narrowest = NARROWEST_SHARE / scale if share else NARROWEST * float(np.median(np.abs(series)))
    away = [
        series[place] - np.median(series[max(0, place - RECENT) : place]) for place in range(FIRST_RECENT, len(series))
    ]
    views = (
        (series, today),
        (np.array(away), today - float(np.median(series[-RECENT:]))),
        (np.diff(series), today - float(series[-1])),
    )
    found = []
    for numbers, own in views:
        centre, half = usual(numbers, narrowest)
        found.append(abs(own - centre) / half)
    return min(found)
