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
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly import season
from idqp_cli.anomaly.options import MIN_HISTORY, Direction
from idqp_cli.anomaly.series import Series
from idqp_cli.anomaly.views import MANY, REMEMBERED, View, all_views, seasons_of, views_of
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXTREME = 0.995
# The normal quantile beyond which, on both sides, half a percent lies.
EXTREME_Z = 2.807033768343804
# The median absolute deviation of a normal distribution times this is its standard deviation.
MAD_TO_SIGMA = 1.482602218505602
MEAN_TO_SIGMA = 1.2533141373155001
LARGEST_SCORE = 1_000.0
# A value that repeats an alarm within this share of the history so far is part of the same.
REPEAT_SHARE = 0.03
REPEAT_LEAST = 8
# A false positive widens the band by a quarter, and no more than four do.
WIDER, MOST_WIDER = 1.25, 4
# So many of the last values say what the level is that a smallest change is a share of.
LEVEL_OF = 30
# After a gap of more than two steps means and movement are of another time.
LONG_GAP = 1.5
# While the history is short a band is never narrower than this share of the level, or of the rows.
NARROWEST, NARROWEST_SHARE = 0.01, 0.005
# Rounding moves a value by less than this share of the largest, and by less than this.
SMALLEST_SHARE, SMALLEST = 1e-9, 1e-12


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


def judge(history: Series, at: float, value: float, threshold: float) -> Judgement:
    """Judge `value`, measured at the time `at`, against the finite values of a history of MIN_HISTORY or more."""
    times, values = _finite(history)
    times, values = times[-REMEMBERED:], values[-REMEMBERED:]
    times, values, holiday = _without_holidays(history, times, values, at)
    # Powers of two scale without rounding, so that nothing overflows.
    largest = float(np.max(np.abs(values), initial=abs(value) if math.isfinite(value) else 0.0))
    scale = 2.0 ** (math.frexp(largest)[1] - 1) if largest else 1.0
    today = value / scale if math.isfinite(value) else math.copysign(LARGEST_SCORE, value)
    times = np.r_[times, max(at, times[-1])]
    scaled = np.r_[values / scale, today]
    count = len(values)
    local = local_times(times, history.zone)
    chosen, found = views_of(times, scaled, count, all_views(scaled), seasons_of(times, scaled, local))
    minimal = _minimal(history, scaled[:count], scale)
    floor = max(_narrowest(scaled[:count], scale, share=history.share), minimal / threshold)
    wider = WIDER ** min(history.false_positives, MOST_WIDER)
    chosen = _fitting(history, chosen, scaled, threshold, floor, minimal, holiday=holiday)
    score, name, low, high = 0.0, "level", -math.inf, math.inf
    for view in chosen:
        centre, half = _usual(view, count, local, 0.0 if view.name == "movement" else floor)
        away = float(view.numbers[count]) - centre
        if (history.direction == Direction.DOWN and away > 0) or (history.direction == Direction.UP and away < 0):
            away = 0.0
        distance = abs(away) / (half * wider)
        if distance > score:
            score, name = distance, view.name
        if view.moved is not None:
            low = max(low, view.moved + (centre - threshold * half * wider) * view.stretch)
            high = min(high, view.moved + (centre + threshold * half * wider) * view.stretch)
    if low > high:
        low = high = (low + high) / 2
    low = -math.inf if history.direction == Direction.UP else low
    high = math.inf if history.direction == Direction.DOWN else high
    if history.expected and score > threshold:
        near, half = _called_expected(history, times, scaled, chosen[0], floor)
        away = abs(today - near) / (half * wider)
        if away <= threshold:
            score, name = away, "level"
            low, high = near - threshold * half * wider, near + threshold * half * wider
    if history.share:
        low, high = max(low, 0.0), min(high, 1 / scale)
    return Judgement(min(score, LARGEST_SCORE), name, _times(low, scale), _times(high, scale), found)


def _usual(view: View, count: int, local: Floats, floor: float) -> tuple[float, float]:
    """Return the centre and the half-width of a view; of a calm day by calm days, if the others are much wilder."""
    known = view.numbers[:count]
    centre, half = usual(known, floor)
    calm = None if view.moved is None else season.calm(local, view.numbers, count)
    if calm is None:
        return centre, half
    own, narrower = usual(known[calm], floor)
    return (own, narrower) if narrower < half / 2 else (centre, half)


def _called_expected(history: Series, times: Floats, values: Floats, level: View, floor: float) -> tuple[float, float]:
    """Return the nearest value since a person called an alarm expected, and the half-width of what was usual before."""
    since = times[:-1] >= min(history.expected)
    before = level.numbers[:-1][~since]
    half = usual(before if len(before) >= MIN_HISTORY else level.numbers[:-1], floor)[1]
    known = values[:-1][since]
    if not len(known):
        return math.inf, half
    return float(known[np.argmin(np.abs(known - values[-1]))]), half


def _fitting(
    history: Series,
    views: Sequence[View],
    values: Floats,
    threshold: float,
    floor: float,
    minimal: float,
    *,
    holiday: bool,
) -> list[View]:
    """Return the views that say something of today."""
    count = len(values) - 1
    left_out: set[str] = set()
    if holiday:
        left_out = {view.name for view in views} - {"level"}
    if history.direction != Direction.BOTH or abs(float(values[count] - values[count - 1])) <= minimal:
        left_out.add("movement")
    for view in views:
        centre, half = usual(view.numbers[:count], floor if view.moved is not None else 0.0)
        if view.name == "level" and abs(float(view.numbers[count - 1]) - centre) > threshold * half:
            # The way back from an anomaly is none.
            left_out |= {"change", "mean", "season mean", "movement"}
        if view.name == "change" and view.stretch > LONG_GAP:
            left_out |= {"mean", "season mean", "movement"}
    return [view for view in views if view.name not in left_out]


def _minimal(history: Series, known: Floats, scale: float) -> float:
    """Return the smallest change that matters, in the unit of the scaled values."""
    if history.min_change >= 1 and not history.share:
        return history.min_change / scale
    relative = min(history.min_change, 1.0) * float(np.median(np.abs(known[-LEVEL_OF:])))
    return max(relative, NARROWEST_SHARE / scale) if history.share and history.min_change else relative


def local_times(times: Floats, zone: str | None) -> Floats:
    """Return times as seconds of a clock on the wall of a time zone."""
    if zone is None:
        return times
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a series of another time zone has to pay

    own = ZoneInfo(zone)
    offsets = [(datetime.fromtimestamp(at, own).utcoffset() or timedelta()).total_seconds() for at in times.tolist()]
    shown: Floats = times + np.array(offsets)
    return shown


def _without_holidays(history: Series, times: Floats, values: Floats, at: float) -> tuple[Floats, Floats, bool]:
    """Return a history without holidays, if today is none; and whether it is one."""
    if not history.holidays:
        return times, values, False
    days = (local_times(np.r_[times, at], history.zone) // season.DAY).astype(np.int64)
    off = np.isin(days, sorted(history.holidays))
    if off[-1]:
        return times, values, True
    left = ~off[:-1]
    return (times[left], values[left], False) if left.sum() >= MIN_HISTORY else (times, values, False)


def scores(series: Series) -> Floats:
    """Return the score of each value against those before it; 0 where these are too few.

    What is usual is learnt anew whenever the history has grown by a hundredth.
    Values must be finite.
    """
    times, values = _finite(series)
    largest = float(np.max(np.abs(values), initial=0.0))
    values = values / (2.0 ** (math.frexp(largest)[1] - 1) if largest else 1.0)
    found = np.zeros(len(values))
    views, seasons = all_views(values), seasons_of(times, values, times)
    begin = MIN_HISTORY
    while begin < len(values):
        end = min(len(values), begin + max(1, begin // 100))
        first = max(0, begin - REMEMBERED)
        narrowest = _narrowest(values[first:begin], 1.0, share=False)
        for view in views_of(times, values, begin, views, seasons)[0]:
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
    times, values = np.array(series.times, np.float64), np.array(series.values, np.float64)
    kept = np.isfinite(values)
    return times[kept], values[kept]


def usual(known: Floats, narrowest: float) -> tuple[float, float]:
    """Return the centre and the half-width of what is usual; the half-width is above 0."""
    centre = float(np.median(known))
    away = np.abs(known - centre)
    if len(known) >= MANY:
        half = float(np.quantile(away, EXTREME))
    else:
        # One anomaly in a short history must not hide the next.
        half = float(np.quantile(away, max(0.5, min(EXTREME, 1 - 1.5 / len(known)))))
        sigma = float(np.median(away)) * MAD_TO_SIGMA or float(np.mean(away)) * MEAN_TO_SIGMA
        # The median deviation knows about half as much as the standard deviation would.
        half = max(half, student((len(known) - 1) / 2) * sigma)
    # A series that never moved has no width of its own; rounding must not be an anomaly.
    return centre, max(half, narrowest, SMALLEST_SHARE * float(np.max(np.abs(known))), SMALLEST)


def _narrowest(known: Floats, scale: float, *, share: bool) -> float:
    if len(known) >= MANY:
        return 0.0
    return NARROWEST_SHARE / scale if share else NARROWEST * float(np.median(np.abs(known)))


def student(freedom: float) -> float:
    """Return the quantile of Student's distribution at 1 - (1 - EXTREME) / 2, to the second order.

    Source: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = EXTREME_Z
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _times(value: float, scale: float) -> float:
    """Multiply, and stay finite."""
    return max(-1.7e308, min(1.7e308, value * scale)) if math.isfinite(value) else math.copysign(1.7e308, value)
