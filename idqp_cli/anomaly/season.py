"""Seasons of a series, found in its data: hour of day, hour of week, day of week, day of month, days to its end.

A season is a way to group the times of a series. A value is compared with the
last values of its group that came before it, so nothing here looks ahead.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
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
    import numpy as np  # noqa: PLC0415 - only where a series is judged

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
    import numpy as np  # noqa: PLC0415

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


def calm(local: Floats, count: int) -> NDArray[np.bool_] | None:
    """Tell which of the first `count` times are days in the middle of a month.

    None where the time behind them is near the turn of a month, or where there are
    too few, or where no value is of one day.
    """
    import numpy as np  # noqa: PLC0415 - only where a series is judged

    steps = np.diff(local[:count])
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    if not DAY / 2 <= step <= 3 * DAY:
        return None
    days = (local // DAY).astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    since, left = (days - month).astype(np.int64), ((month + 1).astype("datetime64[D]") - days).astype(np.int64)
    found: NDArray[np.bool_] = (since >= TURN) & (left > TURN)
    return found[:count] if found[count] and found[:count].sum() >= CALM_DAYS else None
