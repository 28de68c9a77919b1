"""Whether rows that disagree with their group are errors, or the group has a second value; arrays in, values out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

# Of so many rows that would be alike by chance none is: then it is no chance (e^-6 is 0.2 %).
EXPECTED = 6.0


def shared(leaders: Codes, values: Codes, cells: Codes, conflicting: NDArray[np.bool_]) -> bool:
    """Tell whether rows that disagree with their group are no errors: groups of one value have the same other one.

    An error takes any value of the column, as often as this is there. Where many groups have
    the same two, as planes of one carrier that fly for another, it is how things are.
    """
    width = int(values.max()) + 1
    shares = np.bincount(values, weights=cells.astype(np.float64)) / cells.sum()
    pairs, where = np.unique(leaders[conflicting] * width + values[conflicting], return_inverse=True)
    # A group says the same thing once, in however many rows.
    groups = np.bincount(where).astype(np.float64)
    own = np.bincount(pairs // width, weights=groups, minlength=width)
    alike = np.minimum(1.0, ((shares**2).sum() - shares**2) / np.maximum(1 - shares, 1e-12) ** 2)
    found, chance = float((groups * (groups - 1) / 2).sum()), float((own * (own - 1) / 2 * alike).sum())
    return _many(found, chance)


def repeated(values: Codes, cells: Codes, totals: Codes, conflicting: NDArray[np.bool_]) -> bool:
    """Tell whether rows that disagree with their group are no errors: several of one group say the same.

    `cells` are the rows of a group with a value, and `totals` those of its group. Errors meet any row, and
    take any value. Where 14 planes of one model have 100 seats, and all others of it 179, the model has both.
    """
    errors = float(cells[conflicting].sum())
    rows = float(cells.sum())
    shares = np.bincount(values, weights=cells.astype(np.float64)) / rows
    # Two rows are of one group: each row is as often as its group has rows.
    same_group = float((cells * totals).sum()) / rows**2
    chance = errors * (errors - 1) / 2 * same_group * float((shares**2).sum())
    return _many(float((cells[conflicting] - 1).sum()), chance)


def _many(found: float, chance: float) -> bool:
    """Tell whether so many are found that chance does not explain it (Chernoff's bound of a Poisson number)."""
    if found <= chance:
        return False
    return chance <= 0 or found * math.log(found / chance) - found + chance > EXPECTED
