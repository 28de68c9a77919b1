"""Which scores are farther out than those of a reference, and than chance explains.

A row's rank among the reference is its conformal p-value, which says how many
usual rows to expect beyond it (S. Bates et al., "Testing for outliers with
conformal p-values", Annals of Statistics 51, 2023). Rows are named from the
farthest on as long as enough of those that are added are odd, and at most a given
share of all is expected to be usual (Y. Benjamini, Y. Hochberg, 1995).
As that would name rows of many files in which nothing is wrong, more rows than
chance explains must be far out first. A row needs no company that is far beyond
all of the reference and stands alone in its own file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from idqp_cli.anomaly import extremes, knn, tails
from idqp_cli.anomaly.knn import Nearest
from idqp_cli.frozen import frozen
from idqp_cli.statistics import exceedances_tail

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# No row is named that is less far out than this share of the reference.
FARTHEST = 0.1
# Of the rows that are named, as many may be usual ones.
FALSE_SHARE = 0.3
# What a usual row costs that is named, if an odd one gains 1: of those that are added a third must be odd.
PRICE = 1.5
# More rows than chance explains are beyond all but this share of the reference, in one usual file of so many.
WATCHED = 0.01
FALSE_ALARMS = 0.02
# Far beyond the reference is so many times as far out as its farthest, and alone what one usual file in so many has.
FAR, FALSE_LONERS = 2.0, 0.01
# So few rows do not say what is usual among them: in such a file whatever is far out stands alone.
FEW_ROWS = 25


def floor(ascending: Floats) -> float:
    """Return the score that a row must go beyond to be named at all; `ascending` are the reference's scores."""
    return float(ascending[-max(1, int(FARTHEST * (len(ascending) + 1)))])


def cut(ascending: Floats, scores: Floats, rows: int) -> float:
    """Return the score beyond which rows are named, infinity for none.

    `scores` are those of `rows` rows that are above the floor.
    """
    watched = max(1, int(WATCHED * (len(ascending) + 1)))
    beyond = int((scores > ascending[-watched]).sum())
    if exceedances_tail(beyond, rows, watched, len(ascending)) >= FALSE_ALARMS:
        return math.inf
    return _discovered(ascending, scores, rows)


def _discovered(ascending: Floats, scores: Floats, rows: int) -> float:
    """Return the score above which most is gained; infinity if nothing is."""
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    size, found = len(ascending), np.arange(1, len(scores) + 1)
    above = size - np.searchsorted(ascending, np.sort(scores)[::-1], "left")
    usual = (above + 0.5) / (size + 1) * rows
    gained = np.where(usual <= FALSE_SHARE * found, found - PRICE * usual, 0.0)
    best = int(np.argmax(gained)) if len(gained) else 0
    if not len(gained) or gained[best] <= 0:
        return math.inf
    return max(float(ascending[size - 1 - int(above[best])]), floor(ascending))


@frozen
class Company:
    """What the rows of a file are to each other, and what is far beyond a reference."""

    nearest: Nearest
    bound: float
    far: float

    def alone(self, coordinates: Floats, scores: Floats) -> NDArray[np.bool_]:
        """Tell which rows stand alone in their file, and are far beyond the reference by their scores."""
        found: NDArray[np.bool_] = scores > self.far
        if found.any():
            found[found] = self.nearest.scores(coordinates[found]) > self.bound
        return found


def company(ascending: Floats, coordinates: Floats, rows: int) -> Company:
    """Learn from some rows of a file, shape (rows, coordinates), what its `rows` rows are to each other."""
    nearest = knn.fit(coordinates, own=True)
    tail = tails.fit(nearest.reference_scores(), knn.GRAIN)
    chance = FALSE_LONERS / max(1, rows)
    few = len(coordinates) < FEW_ROWS
    bound = -math.inf if few else extremes.searched(tail.scores, tail.fence(chance), chance)
    return Company(nearest, bound, FAR * float(ascending[-1]))
