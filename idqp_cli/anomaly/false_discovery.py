"""Control of the false discovery rate: which scores are farther out than a reference and chance explain.

The rank of a row among the reference gives its conformal p-value, and so the
number of usual rows to expect beyond it (S. Bates et al., "Testing for outliers
with conformal p-values", Annals of Statistics 51, 2023). Rows are flagged from the
farthest inward, as long as enough of the added rows are anomalous, and the share
of usual rows among all flagged ones stays below a limit (Y. Benjamini,
Y. Hochberg, 1995). On its own this would flag rows in many clean files. So first a
test must show that more rows are far out than chance explains. A single row is
flagged without that test if it is far beyond the whole reference, and alone in its
own file.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly import exponential_tail, knn, pareto_tail
from idqp_cli.anomaly.knn import Nearest
from idqp_cli.core.frozen import frozen
from idqp_cli.core.statistics import exceedances_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# A flagged row is farther out than all but this share of the reference.
FARTHEST = 0.1
# The largest expected share of usual rows among the flagged ones.
FALSE_SHARE = 0.3
# The cost of flagging a usual row, relative to the gain of 1 for an anomalous row: a third of the added rows must be
# anomalous.
PRICE = 1.5
# The test counts rows beyond all but this share of the reference, and passes in this share of usual files.
WATCHED = 0.01
FALSE_ALARMS = 0.02
# A row is far beyond the reference at this multiple of its largest score. This share of usual files has a lone row.
FAR, FALSE_LONERS = 2.0, 0.01
# Fewer rows do not show what is usual among them: in such a file every row that is far out counts as alone.
FEW_ROWS = 25


def floor(ascending: Floats) -> float:
    """Return the score that a row must exceed to be flagged at all; `ascending` are the scores of the reference."""
    return float(ascending[-max(1, int(FARTHEST * (len(ascending) + 1)))])


def cut(ascending: Floats, scores: Floats, rows: int) -> float:
    """Return the score above which rows are flagged, or infinity if no row is.

    `ascending` are the scores of the reference. `scores` are the scores above the
    floor, in a file of `rows` rows.
    """
    watched = max(1, int(WATCHED * (len(ascending) + 1)))
    beyond = int((scores > ascending[-watched]).sum())
    if exceedances_tail(beyond, rows, watched, len(ascending)) >= FALSE_ALARMS:
        return math.inf
    return _discovered(ascending, scores, rows)


def _discovered(ascending: Floats, scores: Floats, rows: int) -> float:
    """Return the score above which most is gained; infinity if nothing is."""
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
    """The test for a row that is alone in its file and far beyond the reference.

    `nearest` holds rows of the file. A row is alone if its distance to them exceeds
    `bound`, and far out if its score exceeds `far`.
    """

    nearest: Nearest
    bound: float
    far: float

    def alone(self, coordinates: Floats, scores: Floats) -> NDArray[np.bool_]:
        """Return which rows are alone and far out, shape (rows,), for rows of the shape (rows, coordinates)."""
        found: NDArray[np.bool_] = scores > self.far
        if found.any():
            found[found] = self.nearest.scores(coordinates[found]) > self.bound
        return found


def company(ascending: Floats, coordinates: Floats, rows: int) -> Company:
    """Fit the test for lone rows on some rows of a file, shape (some rows, coordinates), which has `rows` rows."""
    nearest = knn.fit(coordinates, own=True)
    tail = exponential_tail.fit(nearest.reference_scores(), knn.GRAIN)
    chance = FALSE_LONERS / max(1, rows)
    few = len(coordinates) < FEW_ROWS
    bound = -math.inf if few else pareto_tail.searched(tail.scores, tail.fence(chance), chance)
    return Company(nearest, bound, FAR * float(ascending[-1]))
