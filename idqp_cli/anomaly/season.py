"""Seasons of a series, found in its data: hour of day, hour of week, day of week, day of month, days to its end.

A season is a way to group the times of a series. A value is compared with the
last values of its group that came before it, so nothing here looks ahead.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Groups = NDArray[np.int64]

DAY = 86_400
# 1 January 1970 was a Thursday; weeks begin on Monday.
MONDAY = 3 * DAY
# So many values of the group before a value say what is usual for it.
REMEMBERED = 7
LEAST = 2
# The first and the last days of a month, and how many other days say what is usual on such.
TURN, CALM_DAYS = 4, 40
# What is so many median deviations from the median, or nine standard deviations, is of another kind.
FAR = 13


def residuals(times: Floats, values: Floats, local: Floats) -> dict[str, Floats]:
    """Return, by season, each value less the median of those before it in its group; NaN where these are too few.

    `times` are seconds of UTC, in order, and `local` the same by the clock on the
    wall. A season is there if the series can have it: no hour of day where there is
    a value a day.
    """
    found = {}
    for name, (groups, remembered) in _groups(times, local).items():
        found[name] = _less_earlier(groups, values, remembered)
    return found


def _groups(times: Floats, local: Floats) -> dict[str, tuple[Groups, int]]:
    steps = np.diff(times)
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else float(DAY)
    slot = max(step, 60.0)
    found = {}
    if step <= DAY / 3:
        found["hour of day"] = ((local % DAY) // slot).astype(np.int64), REMEMBERED
        found["hour of week"] = (((local + MONDAY) % (7 * DAY)) // slot).astype(np.int64), REMEMBERED
    if step <= 3 * DAY:
        weekday = (((local + MONDAY) // DAY) % 7).astype(np.int64)
        found["day of week"] = weekday, max(REMEMBERED, min(1_000, round(7 * DAY / step)))
    if DAY / 2 <= step <= 10 * DAY:
        days = (local // DAY).astype("datetime64[D]")
        month = days.astype("datetime64[M]")
        found["day of month"] = (days - month).astype(np.int64), REMEMBERED
        left = (month + 1).astype("datetime64[D]") - days
        found["days to the end of the month"] = left.astype(np.int64), REMEMBERED
    return found


def _less_earlier(groups: Groups, values: Floats, remembered: int) -> Floats:
    found = np.full(len(values), np.nan)
    order = np.argsort(groups, kind="stable")
    sorted_groups = groups[order]
    edges = np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1], True])
    for begin, end in pairwise(edges):
        places = order[begin:end]
        own = values[places]
        for position in range(LEAST, min(remembered, len(own))):
            found[places[position]] = own[position] - np.median(own[:position])
        if len(own) > remembered:
            windows = np.lib.stride_tricks.sliding_window_view(own, remembered)[:-1]
            found[places[remembered:]] = own[remembered:] - np.median(windows, axis=1)
    return found


def calm(local: Floats, numbers: Floats, count: int) -> NDArray[np.bool_] | None:
    """Tell which of the first `count` numbers are of days in the middle of a month, without a load that came late.

    None where the day behind them is near the turn of a month, where the load of
    its month may still come or has just come, where there are too few, or where no
    number is of one day.
    """
    steps = np.diff(local[:count])
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    if not DAY / 2 <= step <= 3 * DAY:
        return None
    days = (local // DAY).astype("datetime64[D]") + TURN
    months = days.astype("datetime64[M]")
    since = (days - months).astype(np.int64)
    found: NDArray[np.bool_] = (since >= 2 * TURN)[:count]
    loads = _loads(months, numbers[:count])
    if loads is not None:
        came = bool((loads & (months[:count] == months[count])).any())
        if loads[-1] or (not came and since[count] <= since[:count][loads].max()):
            return None
        found &= ~loads
    return found if since[count] >= 2 * TURN and found.sum() >= CALM_DAYS else None


def _loads(months: NDArray[np.datetime64], numbers: Floats) -> NDArray[np.bool_] | None:
    """Tell which numbers are far from all others, if that is so on a few days in a row once a month, else None."""
    away = np.abs(numbers - np.median(numbers))
    far: NDArray[np.bool_] = away > FAR * float(np.median(away))
    begins = far & ~np.r_[False, far[:-1]]
    names, place = np.unique(months, return_inverse=True)
    times = np.bincount(place[: len(far)][begins], minlength=len(names))
    whole = times[1:-1]
    monthly = times.max() == 1 and times.sum() > 1 and (whole == 0).sum() <= len(whole) // 5
    return far if monthly and far.sum() <= 2 * TURN * times.sum() else None
