"""A batch against the batches before it: are its metrics, taken together, usual?

Many metrics judged one by one would raise an alarm for nearly every batch. So a
metric is only as strange as the mildest way to look at it (its level, its
distance to the last few, its change since the last), and the batch as strange
as its three strangest metrics on average. The batches before are judged in the
same way, each by all the others, and a batch is unusual only if it is stranger
than these are, at a given rate of false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly import conformal, left_out
from idqp_cli.anomaly.history import MOST_WIDER, WIDER
from idqp_cli.anomaly.options import MIN_HISTORY, STRANGEST
from idqp_cli.anomaly.series import Strange
from idqp_cli.anomaly.views import GROWS, MEDIAN_ERROR
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

RECENT = 8
FIRST_RECENT = 3
NEARLY_STRANGE = 0.5
# The score of a metric that was always known, or never, and now is the other.
CHANGED_KIND = 100.0
# One odd metric of an old batch must not hide a fault that three metrics show: no metric counts for more than this.
STRANGEST_COUNTS = 10.0
# However small a change may matter, a metric that hardly moves has a width of this share of its level.
NARROWEST = 0.01
# A share or a rate between 0 and 1 that changes by less is as it was.
LEAST_SHARE = 0.005
# Rounding moves what is computed of numbers by less than this share of the largest.
ROUNDING = 1e-9
# At medium sensitivity the strangest metrics may, on average, lie at the edge of the usual.
SHARE_OF_THRESHOLD = 1 / 1.4
# Batches further back say little of today.
REMEMBERED = 202


@frozen
class Limits:
    """When a batch is unusual: its score is above `threshold`, and rarer among the batches before than `rate`.

    `min_change` is the smallest change of a metric that matters as a share of its
    level, and `least` has that of some metrics in their own units. `alarms` is how
    many times batches were unusual that are not among those before, rows of them
    counted once, and nobody called it a fault; `false_positives` of them a person
    called false.
    """

    threshold: float
    rate: float
    min_change: float = NARROWEST
    least: Mapping[str, float] | None = None
    alarms: int = 0
    false_positives: int = 0


@frozen
class Judged:
    """The score of a batch, above which it is unusual, and its strange metrics, strangest first.

    A score is in half-widths of the usual, as in `history`.
    """

    score: float
    threshold: float
    strangest: tuple[Strange, ...]

    @property
    def unusual(self) -> bool:
        """Whether the score is above the threshold."""
        return self.score > self.threshold


def runs_needed(rate: float) -> int:
    """Return how many batches before it takes to say that one is as rare as `rate`."""
    return conformal.runs_needed(rate) + FIRST_RECENT


def judge(history: Mapping[str, Sequence[float | None]], today: Mapping[str, float | None], limits: Limits) -> Judged:
    """Judge a batch by MIN_HISTORY batches or more.

    `history` gives every metric's values in the batches before, oldest first, of
    equal length, None where it was not known.
    """
    names = sorted({**history, **today})
    runs = max(map(len, history.values()), default=0)
    values = np.full((runs + 1, len(names)), np.nan)
    for place, name in enumerate(names):
        own = history.get(name, ())
        values[runs - len(own) :, place] = [math.nan if one is None else one for one in (*own, today.get(name))]
    values = values[-REMEMBERED - 1 :]
    values[~np.isfinite(values)] = np.nan
    least = np.array([(limits.least or {}).get(name, 0.0) for name in names])
    scales = max(limits.min_change / limits.threshold, NARROWEST), least / limits.threshold
    metrics = _metrics(values, *scales, whole=False)
    score, threshold = float(_score(metrics)[-1]), limits.threshold
    if score > threshold:
        # The first batches are judged by fewer views than the others.
        before = _score(_metrics(values, *scales, whole=True))[FIRST_RECENT:-1]
        threshold = max(threshold, conformal.bound(before.tolist(), limits.rate, limits.alarms))
        threshold *= WIDER ** min(limits.false_positives, MOST_WIDER)
    return Judged(score, threshold, _strangest(names, values, metrics[-1]))


def _score(metrics: Floats) -> Floats:
    """Return the score of each batch."""
    strangest = np.sort(metrics, axis=1)[:, -STRANGEST:]
    found: Floats = np.minimum(strangest, STRANGEST_COUNTS).mean(axis=1)
    return found


def _metrics(values: Floats, share: float, least: Floats, *, whole: bool) -> Floats:
    """Return the score of each metric in each batch, or in the last alone, against all others, the last included."""
    known = ~np.isnan(values)
    others, there = len(values) - 1, known.sum(axis=0)
    # Known in all others and not here, or here and in no other.
    only = np.where(known, there == 1, there == others) & (others >= MIN_HISTORY)
    found = np.where(only, CHANGED_KIND, 0.0)
    patterns: dict[bytes, list[int]] = {}
    for place in np.flatnonzero((there > MIN_HISTORY) & (known[-1] | whole)):
        patterns.setdefault(known[:, place].tobytes(), []).append(int(place))
    for each in patterns.values():
        places = np.array(each)
        rows = np.flatnonzero(known[:, places[0]])
        mildest = _mildest(values[np.ix_(rows, places)], share, least[places], whole=whole)
        found[np.ix_(rows if whole else rows[-1:], places)] = np.minimum(mildest, CHANGED_KIND)
    return found


def _mildest(values: Floats, share: float, least: Floats, *, whole: bool) -> Floats:
    """Return the score of each metric, known in all batches, in the view that is mildest to it."""
    # Powers of two scale without rounding, so that nothing overflows.
    scale = np.exp2(np.frexp(np.abs(values).max(axis=0))[1] - 1.0)
    with np.errstate(over="ignore"):
        values, least = values / scale, least / scale
    views = [(0, values), (FIRST_RECENT, values[FIRST_RECENT:] - _recent(values)), (1, np.diff(values, axis=0))]
    if (grows := _grows(values)).any():
        # What grows by a share each time changes by ever more.
        ratios = np.log(np.where(grows, values, 1.0))
        views.append((1, np.where(grows, np.diff(ratios, axis=0), views[-1][1])))
    floors = np.maximum(least, share * np.median(np.abs(values[:-1]), axis=0))
    last: Floats = np.min([left_out.last(numbers, floors) for _, numbers in views], axis=0)
    if not whole:
        return last[None]
    floors = np.maximum(least, share * left_out.medians(np.abs(values)))
    found = np.full_like(floors, np.inf)
    for first, numbers in views:
        # The change behind a batch is its own too.
        own = left_out.each(numbers, floors[first:], following=first == 1)
        found[first:] = np.minimum(found[first:], own)
    return np.vstack([found, last])


def _grows(values: Floats) -> Flags:
    """Tell which columns are above 0 and grow, or fall, by a share that is no chance."""
    above = (values > 0).all(axis=0)
    rates = np.diff(np.log(np.where(above, values, 1.0)), axis=0)
    middle = np.median(rates, axis=0)
    error = MEDIAN_ERROR * np.median(np.abs(rates - middle), axis=0) / math.sqrt(len(rates))
    found: Flags = above & (np.abs(middle) > GROWS * error)
    return found


def _recent(values: Floats) -> Floats:
    """Return the median of the last few values before each, from the place FIRST_RECENT on."""
    first = [np.median(values[:place], axis=0) for place in range(FIRST_RECENT, RECENT)]
    windows = np.lib.stride_tricks.sliding_window_view(values, RECENT, axis=0)[:-1]
    found: Floats = np.vstack([first, np.median(windows, axis=-1)])
    return found


def _strangest(names: Sequence[str], values: Floats, scores: Floats) -> tuple[Strange, ...]:
    """Return the metrics that are strange or nearly so, and the strangest in any case."""
    found: list[Strange] = []
    for place in np.lexsort((np.arange(len(names)), -scores)).tolist():
        if found and scores[place] < NEARLY_STRANGE:
            break
        before = np.sort(values[:-1, place][~np.isnan(values[:-1, place])])
        middle = float(before[len(before) // 2]) if len(before) else None
        value = float(values[-1, place])
        found.append(Strange(names[place], float(scores[place]), None if math.isnan(value) else value, middle))
    return tuple(found)
