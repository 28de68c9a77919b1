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


def together(owners: Codes, cells: Codes, unlike: NDArray[np.bool_]) -> bool:
    """Tell whether rows that disagree with their group are no errors: too many of one group say the same.

    `owners` and `cells` are the group and the rows of each value of a group. Errors meet any row. Where
    14 planes of one model have 100 seats and all others of it 179, and no other model has two numbers, it has both.
    """
    groups, of = np.unique(owners, return_inverse=True)
    shares = np.bincount(of, weights=cells.astype(np.float64)) / float(cells.sum())
    alike, of_group = cells[unlike].astype(np.float64), shares[of[unlike]]
    errors = float(alike.sum())
    # As if all errors of a group were alike: those that are made of the right value, like `Boston MA`, often are.
    if _many(float((alike - 1).sum()), errors * (errors - 1) / 2 * float((shares**2).sum())):
        return True
    # One group alone, of as many as there are: it has so many of all errors at least this seldom.
    many = alike > np.maximum(1.0, errors * of_group)
    return any(
        _ways(errors, k) + k * math.log(share) + math.log(len(groups)) < -EXPECTED
        for k, share in zip(alike[many], of_group[many], strict=True)
    )


def _ways(of: float, some: float) -> float:
    """Return the logarithm of the number of ways to choose some of so many."""
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)


def _many(found: float, chance: float) -> bool:
    """Tell whether so many are found that chance does not explain it (Chernoff's bound of a Poisson number)."""
    if found <= chance:
        return False
    return chance <= 0 or found * math.log(found / chance) - found + chance > EXPECTED
