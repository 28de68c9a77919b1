"""Seasons of a series, found in its data: hour of day, hour of week, day of week, day of month.

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


def residuals(times: Floats, values: Floats) -> dict[str, Floats]:
    """Return, by season, each value less the median of those before it in its group; NaN where these are too few.

    `times` are seconds of UTC, in order. A season is there if the series can
    have it: no hour of day where there is a value a day.
    """
    found = {}
    for name, (groups, remembered) in _groups(times).items():
        found[name] = _less_earlier(groups, values, remembered)
    return found


def _groups(times: Floats) -> dict[str, tuple[Groups, int]]:
    import numpy as np  # noqa: PLC0415 - only where a series is judged

    steps = np.diff(times)
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else float(DAY)
    slot = max(step, 60.0)
    found = {}
    if step <= DAY / 3:
        found["hour of day"] = ((times % DAY) // slot).astype(np.int64), REMEMBERED
        found["hour of week"] = (((times + MONDAY) % (7 * DAY)) // slot).astype(np.int64), REMEMBERED
    if step <= 3 * DAY:
        weekday = (((times + MONDAY) // DAY) % 7).astype(np.int64)
        found["day of week"] = weekday, max(REMEMBERED, min(1_000, round(7 * DAY / step)))
    if DAY / 2 <= step <= 10 * DAY:
        days = (times // DAY).astype("datetime64[D]")
        found["day of month"] = (days - days.astype("datetime64[M]")).astype(np.int64), REMEMBERED
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
