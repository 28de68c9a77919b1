"""What moves on with the file as a whole, like a number that is given out, and what has shifted; pure.

A column of a file may lie beyond all that its baseline has because that is what
it is for: ids that are given out, times as numbers, weeks. Or its level has
shifted, which is what a rule is to find. The first is told by how the numbers
stand in the file, not by how far they are from the baseline's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly.encoding import ALL, FEW_ROWS, GROWING, SEVERAL, Encoding, first_features
from idqp_cli.anomaly.features import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Nearly every id is there once, and the ids leave out at most so many for each that is there.
ONCE, DENSE = 0.99, 4
# The largest whole numbers that are exact.
EXACT = float(1 << 53)
# The years 2000 to 2100 as seconds since 1970, and what other units are of a second.
EPOCH, UNITS = (946_684_800, 4_102_444_800), (1, 1e3, 1e6, 1e9)
# Times as numbers lie within so many seconds, and begin at most so many of their lengths after the baseline's end.
LONGEST, LENGTHS = 400 * 86_400, 20
YEARS = (1900, 2100)
# Years begin at most so many after the last of the baseline, and are at most so many.
NEXT_YEARS, MOST_YEARS = 2, 20


def beyond(encoding: Encoding, matrix: Floats) -> list[int]:
    """Return the positions of the numbers that nearly all lie beyond what was usual in the baseline."""
    found = []
    for field, position in zip(encoding.fields, first_features(encoding.fields), strict=True):
        known = _known(matrix, position)
        if field.kind is not Kind.NUMBER or len(known) < SEVERAL:
            continue
        low, high = encoding.usual_low[position], encoding.usual_high[position]
        if max((known < low).mean(), (known > high).mean()) >= ALL:
            found.append(position)
    return found


def moves_on(encoding: Encoding, matrix: Floats, position: int, cells: int, distinct: int) -> bool:
    """Tell whether a number that lies beyond the baseline's moves on with the file, and has not just shifted.

    `matrix` has rows of the file in its order; of the whole column so many
    `cells` have a value, and so many of those are `distinct`.
    """
    known = _known(matrix, position)
    low, high = float(encoding.usual_low[position]), float(encoding.usual_high[position])
    return (
        _rises(known)
        or (_whole(known) and distinct >= ONCE * cells and _is_dense(known, cells) and _were_once(encoding, position))
        or _are_times(known, low, high)
        or _are_dates(known, low)
        or _are_years(known, low, high)
    )


def _known(matrix: Floats, position: int) -> Floats:
    column = matrix[:, position]
    return column[np.isfinite(column)]


def _rises(known: Floats) -> bool:
    """Tell whether numbers rise, or fall, with the rows of the file; some may be alike, like weeks."""
    steps = np.diff(known)
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    return len(known) >= FEW_ROWS and max(up, down) > 0 and min(up, down) <= (1 - GROWING) * max(up, down)


def _whole(known: Floats) -> bool:
    return bool((np.abs(known) < EXACT).all() and (known == np.floor(known)).all())


def _is_dense(known: Floats, cells: int) -> bool:
    """Tell whether the middle numbers leave out few, as numbers that are given out one by one do."""
    low, high = np.percentile(known, (2, 98))
    return bool(high - low <= DENSE * max(cells, SEVERAL))


def _were_once(encoding: Encoding, position: int) -> bool:
    """Tell whether the baseline's numbers were distinct too, as far as they are known."""
    if encoding.ranked is None:
        return True
    kinds = {Kind.NUMBER, Kind.TIME}
    starts = zip(encoding.fields, first_features(encoding.fields), strict=True)
    ranked = [start for field, start in starts if field.kind in kinds]
    column = encoding.ranked[:, ranked.index(position)]
    column = column[~np.isnan(column)]
    return len(np.unique(column)) >= ONCE * len(column)


def _are_times(known: Floats, low: float, high: float) -> bool:
    """Tell whether numbers are times in seconds or parts of them, as the baseline's were, and soon after those."""
    first, last = np.percentile(known, (2, 98))
    for unit in UNITS:
        start, end = (bound * unit for bound in EPOCH)
        if low >= start and high < end and first >= start and last < end:
            length = last - first + high - low
            return bool(length <= LONGEST * unit and high <= first <= high + LENGTHS * max(length, 86_400 * unit))
    return False


def _are_dates(known: Floats, low: float) -> bool:
    """Tell whether numbers are dates or months, like 20240131 and 202401."""
    if not _whole(known):
        return False
    for parts in (1, 100):
        months = known // parts
        day, month, year = known % parts if parts > 1 else np.ones(len(known)), months % 100, months // 100
        fits = (day >= 1) & (day <= 31) & (month >= 1) & (month <= 12) & (year >= YEARS[0]) & (year <= YEARS[1])
        if fits.mean() >= GROWING and YEARS[0] * 100 * parts <= low:
            return True
    return False


def _are_years(known: Floats, low: float, high: float) -> bool:
    """Tell whether numbers are the years that follow those of the baseline."""
    first, last = float(known.min()), float(known.max())
    return (
        _whole(known)
        and YEARS[0] <= low <= high <= first <= min(high + NEXT_YEARS, YEARS[1])
        and last - low <= MOST_YEARS
    )
