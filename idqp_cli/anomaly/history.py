"""A metric against its own history: is today's value usual?

A series is looked at from several sides (views): its level, its change since the
run before, its distance to what is usual in its season, and, where there is
enough of it, its mean over the last values and how much it moves about. Each
view has a centre, the median, and a half-width, beyond which only its most
extreme half percent lies; while that cannot be seen in so few values, the
half-width is at least a Student interval around a robust deviation. The score of
a value is its largest distance from a centre in half-widths. No view of a value
knows a later one, and no centre or half-width knows the value itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from idqp_cli.anomaly import season
from idqp_cli.anomaly.choices import MIN_HISTORY
from idqp_cli.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of so many values the most extreme half percent can be seen.
MANY = 200
EXTREME = 0.995
# The normal quantile beyond which, on both sides, half a percent lies.
EXTREME_Z = 2.807033768343804
# What lies further back than this many values says little of today.
REMEMBERED = 5_000
# The median absolute deviation of a normal distribution times this is its standard deviation.
MAD_TO_SIGMA = 1.482602218505602
MEAN_TO_SIGMA = 1.2533141373155001
LARGEST_SCORE = 1_000.0
# A season or a trend is there if it explains this share of the spread.
EXPLAINED = 0.3
MEAN_OF, SEASON_MEAN_OF, MOVES_OF = 8, 12, 30
# A view over several values needs this many times as many of history.
VIEW_NEEDS = 10
# A value that repeats an alarm within this share of the history so far is part of the same.
REPEAT_SHARE = 0.03
REPEAT_LEAST = 8
# A false positive widens the band by a quarter, and no more than four do.
WIDER, MOST_WIDER = 1.25, 4
# While the history is short a band is never narrower than this share of the level, or of the rows.
NARROWEST, NARROWEST_SHARE = 0.01, 0.005


@frozen
class Series:
    """A metric's values in the order of their times (seconds of UTC).

    `share` says that the values are shares of rows, from 0 to 1;
    `false_positives` counts the alarms on it that a person called false.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]
    share: bool = False
    false_positives: int = 0


@frozen
class Judgement:
    """How far a value lies from what is usual, in half-widths, in which view, and the band where it would pass.

    `season` names the season that was found in the data, None without one.
    """

    score: float
    view: str
    low: float
    high: float
    season: str | None


@frozen
class _View:
    """A side of a series, one number for each value; plus `moved`, it is the value again, None where it cannot be."""

    name: str
    numbers: Floats
    moved: float | None


def judge(history: Series, at: float, value: float, threshold: float) -> Judgement:
    """Judge `value`, measured at the time `at`, against the finite values of a history of MIN_HISTORY or more."""
    import numpy as np  # noqa: PLC0415 - only where a series is judged

    times, values = _finite(history)
    times, values = times[-REMEMBERED:], values[-REMEMBERED:]
    # Powers of two scale without rounding, so that nothing overflows.
    largest = float(np.max(np.abs(values), initial=abs(value) if math.isfinite(value) else 0.0))
    scale = 2.0 ** (math.frexp(largest)[1] - 1) if largest else 1.0
    today = value / scale if math.isfinite(value) else math.copysign(LARGEST_SCORE, value)
    times = np.r_[times, max(at, times[-1])]
    scaled = np.r_[values / scale, today]
    count = len(values)
    chosen, found = _views(times, scaled, count, _all_views(scaled), _seasons(times, scaled))
    narrowest = _narrowest(scaled[:count], scale, share=history.share)
    wider = WIDER ** min(history.false_positives, MOST_WIDER)
    score, name, low, high = 0.0, "level", -math.inf, math.inf
    for view in chosen:
        centre, half = usual(view.numbers[:count], narrowest if view.moved is not None else 0.0)
        if view.name == "level" and abs(float(view.numbers[count - 1]) - centre) > threshold * half:
            # The way back from an anomaly is none.
            chosen = [other for other in chosen if other.name not in {"change", "mean", "season mean", "movement"}]
            break
    for view in chosen:
        centre, half = usual(view.numbers[:count], narrowest if view.moved is not None else 0.0)
        distance = abs(float(view.numbers[count]) - centre) / (half * wider)
        if distance > score:
            score, name = distance, view.name
        if view.moved is not None:
            low = max(low, view.moved + centre - threshold * half * wider)
            high = min(high, view.moved + centre + threshold * half * wider)
    if low > high:
        low = high = (low + high) / 2
    if history.share:
        low, high = max(low, 0.0), min(high, 1 / scale)
    return Judgement(min(score, LARGEST_SCORE), name, _times(low, scale), _times(high, scale), found)


def scores(series: Series) -> Floats:
    """Return the score of each value against those before it; 0 where these are too few.

    What is usual is learnt anew whenever the history has grown by a hundredth.
    Values must be finite.
    """
    import numpy as np  # noqa: PLC0415

    times, values = _finite(series)
    largest = float(np.max(np.abs(values), initial=0.0))
    values = values / (2.0 ** (math.frexp(largest)[1] - 1) if largest else 1.0)
    found = np.zeros(len(values))
    views, seasons = _all_views(values), _seasons(times, values)
    begin = MIN_HISTORY
    while begin < len(values):
        end = min(len(values), begin + max(1, begin // 100))
        first = max(0, begin - REMEMBERED)
        narrowest = _narrowest(values[first:begin], 1.0, share=False)
        for view in _views(times, values, begin, views, seasons)[0]:
            centre, half = usual(view.numbers[first:begin], narrowest if view.moved is not None else 0.0)
            found[begin:end] = np.maximum(found[begin:end], np.abs(view.numbers[begin:end] - centre) / half)
        begin = end
    return np.minimum(found, LARGEST_SCORE)


def alarms(found: Sequence[float] | Floats, threshold: float) -> tuple[int, ...]:
    """Return the places of the scores above the threshold, without those that repeat an alarm shortly before."""
    kept: list[int] = []
    for place, score in enumerate(found):
        if score > threshold and (not kept or place - kept[-1] >= max(REPEAT_LEAST, REPEAT_SHARE * place)):
            kept.append(place)
    return tuple(kept)


def _finite(series: Series) -> tuple[Floats, Floats]:
    import numpy as np  # noqa: PLC0415

    times, values = np.array(series.times, np.float64), np.array(series.values, np.float64)
    kept = np.isfinite(values)
    return times[kept], values[kept]


def _all_views(values: Floats) -> dict[str, Floats]:
    import numpy as np  # noqa: PLC0415

    change = np.r_[0.0, np.diff(values)]
    ordinal = np.arange(1, len(values) + 1)
    off = values - values[0]
    spread = np.sqrt(np.maximum(np.cumsum(off * off) / ordinal - (np.cumsum(off) / ordinal) ** 2, 0))
    # The thousandth part of the spread keeps a series that stood still from moving infinitely much.
    moves = np.log(_mean_of_last(np.abs(change), MOVES_OF) + spread / 1_000 + 1e-300)
    return {"change": change, "mean": _mean_of_last(values, MEAN_OF), "movement": moves}


def _seasons(times: Floats, values: Floats) -> dict[str, tuple[Floats, Floats]]:
    """Return the residuals of each season the series can have, and their means over the last few."""
    import numpy as np  # noqa: PLC0415

    found = season.residuals(times, values)
    return {name: (own, _mean_of_last(np.nan_to_num(own), SEASON_MEAN_OF)) for name, own in found.items()}


def _views(
    times: Floats, values: Floats, count: int, views: dict[str, Floats], seasons: dict[str, tuple[Floats, Floats]]
) -> tuple[list[_View], str | None]:
    """Return the views to judge by what comes behind the first `count` values, and the season found in these."""
    import numpy as np  # noqa: PLC0415

    first = max(0, count - REMEMBERED)
    known = values[first:count]
    today = float(values[count])
    level = values - _trend(times, values, first, count)
    found = [
        _View("level", level, today - float(level[count])),
        _View("change", views["change"], today - float(views["change"][count])),
    ]
    if count >= VIEW_NEEDS * MEAN_OF:
        found.append(_View("mean", views["mean"], None))
    if count >= VIEW_NEEDS * MOVES_OF:
        found.append(_View("movement", views["movement"], None))
    name = _season(known, {name: own[0][first:count] for name, own in seasons.items()})
    if name is not None:
        own, means = seasons[name]
        if not math.isnan(own[count]):
            found.append(_View("season", np.nan_to_num(own), today - float(own[count])))
        if count >= VIEW_NEEDS * SEASON_MEAN_OF:
            found.append(_View("season mean", means, None))
    return found, name


def _season(known: Floats, residuals: dict[str, Floats]) -> str | None:
    """Return the season that explains most of the spread, if any explains enough."""
    import numpy as np  # noqa: PLC0415

    best, least = None, 1 - EXPLAINED
    for name, own in residuals.items():
        there = ~np.isnan(own)
        if there.sum() < max(2 * MIN_HISTORY, len(known) / 3):
            continue
        spread = float(np.mean(np.abs(known[there] - np.median(known[there]))))
        if spread and float(np.mean(np.abs(own[there]))) < least * spread:
            best, least = name, float(np.mean(np.abs(own[there]))) / spread
    return best


def _trend(times: Floats, values: Floats, first: int, count: int) -> Floats:
    """Return a straight line through the series: the median slope over half of it, or none if that explains little."""
    import numpy as np  # noqa: PLC0415

    line = np.zeros(len(values))
    first = max(first, count - MANY)
    own, at = values[first:count], times[first:count]
    half = len(own) // 2
    passed = at[half:] - at[: len(at) - half]
    if half < MIN_HISTORY or not (passed > 0).all():
        return line
    slope = float(np.median((own[half:] - own[: len(own) - half]) / passed))
    straight = own - slope * (at - at[-1])
    spread, left = (float(np.mean(np.abs(one - np.median(one)))) for one in (own, straight))
    return line if left > (1 - EXPLAINED) * spread else slope * (times - at[-1])


def usual(known: Floats, narrowest: float) -> tuple[float, float]:
    """Return the centre and the half-width of what is usual; the half-width is above 0."""
    import numpy as np  # noqa: PLC0415

    centre = float(np.median(known))
    away = np.abs(known - centre)
    if len(known) >= MANY:
        half = float(np.quantile(away, EXTREME))
    else:
        # One anomaly in a short history must not hide the next.
        half = float(np.quantile(away, max(0.5, min(EXTREME, 1 - 1.5 / len(known)))))
        sigma = float(np.median(away)) * MAD_TO_SIGMA or float(np.mean(away)) * MEAN_TO_SIGMA
        # The median deviation knows about half as much as the standard deviation would.
        half = max(half, _student((len(known) - 1) / 2) * sigma)
    # A series that never moved has no width of its own; rounding must not be an anomaly.
    return centre, max(half, narrowest, 1e-9 * float(np.max(np.abs(known))), 1e-12)


def _narrowest(known: Floats, scale: float, *, share: bool) -> float:
    import numpy as np  # noqa: PLC0415

    if len(known) >= MANY:
        return 0.0
    return NARROWEST_SHARE / scale if share else NARROWEST * float(np.median(np.abs(known)))


def _student(freedom: float) -> float:
    """Return the quantile of Student's distribution at 1 - (1 - EXTREME) / 2, to the second order.

    Source: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = EXTREME_Z
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _mean_of_last(values: Floats, count: int) -> Floats:
    """Return the mean of each value and those before it, `count` at most."""
    import numpy as np  # noqa: PLC0415

    sums = np.cumsum(np.r_[0.0, values])
    ends = np.arange(1, len(values) + 1)
    begins = np.maximum(ends - count, 0)
    found: Floats = (sums[ends] - sums[begins]) / (ends - begins)
    return found


def _times(value: float, scale: float) -> float:
    """Multiply, and stay finite."""
    return max(-1.7e308, min(1.7e308, value * scale)) if math.isfinite(value) else math.copysign(1.7e308, value)
