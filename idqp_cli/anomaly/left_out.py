"""Each of some values against all the others: the median and the half-width of what is left without it, by sorting.

To leave a value out of a sorted column moves each place behind it by one, so the
median of the others is one of a few numbers. The distances from each of these are
sorted once, and every value finds its own half-width in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly.history import EXTREME, MAD_TO_SIGMA, MEAN_TO_SIGMA, SMALLEST, SMALLEST_SHARE, student
from idqp_cli.anomaly.views import MANY
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]


def last(values: Floats, floors: Floats) -> Floats:
    """Return how far the last value of each column lies from the median of the others, in their half-widths.

    `values` has shape (runs, metrics), four runs or more. No half-width is below
    `floors`, shape (metrics,). What a half-width is says `history.usual`.
    """
    known = values[:-1]
    centre = np.median(known, axis=0)
    away = np.abs(known - centre)
    half = _half(
        len(known), lambda share: np.quantile(away, share, axis=0), away.mean(axis=0), np.abs(known).max(axis=0), floors
    )
    found: Floats = np.abs(values[-1] - centre) / half
    return found


def each(values: Floats, floors: Floats, *, following: bool = False) -> Floats:
    """Return the same of each value but the last, shape (runs - 1, metrics), like `floors`.

    `following` says that the value behind it is none of the others, as the change
    behind a run is that of the run too.
    """
    kept = _Kept.of(values, following=following)
    largest = _Kept.of(np.abs(values), following=following).at(kept.others - 1)
    found = np.zeros_like(floors)
    for own, centre in _medians(kept):
        away = np.abs(values - centre)
        left = _Kept.of(away, following=following)
        half = _half(kept.others, left.quantile, left.mean(away), largest, floors)
        found = np.where(own, away[:-1] / half, found)
    return found


def medians(values: Floats) -> Floats:
    """Return the median of the other values of the column, for each value but the last."""
    found = np.zeros_like(values[:-1])
    for own, centre in _medians(_Kept.of(values, following=False)):
        found = np.where(own, centre, found)
    return found


def _half(others: int, quantile: Callable[[float], Floats], mean: Floats, largest: Floats, floors: Floats) -> Floats:
    """Return a half-width from quantiles and the mean of the distances from a median."""
    floors = np.maximum(floors, np.maximum(SMALLEST_SHARE * largest, SMALLEST))
    if others >= MANY:
        return np.maximum(quantile(EXTREME), floors)
    middle = quantile(0.5)
    sigma = np.where(middle > 0, middle * MAD_TO_SIGMA, mean * MEAN_TO_SIGMA)
    edge = quantile(max(0.5, min(EXTREME, 1 - 1.5 / others)))
    return np.maximum(np.maximum(edge, student((others - 1) / 2) * sigma), floors)


@frozen
class _Kept:
    """What is left of columns without a value, for each value but the last: `others` values.

    `first` and `second` are the places of those that are left out among the
    `ascending`; `second` is behind the end where only one is.
    """

    ascending: Floats
    first: Places
    second: Places
    others: int
    following: bool

    @classmethod
    def of(cls, values: Floats, *, following: bool) -> _Kept:
        order = np.argsort(values, axis=0, kind="stable")
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(len(values))[:, None], axis=0)
        own = places[:-1]
        other = places[1:] if following else np.full_like(own, len(values))
        ascending = np.take_along_axis(values, order, axis=0)
        left = len(values) - (2 if following else 1)
        return cls(ascending, np.minimum(own, other), np.maximum(own, other), left, following)

    def places(self, place: int) -> Places:
        """Return where among the ascending stands what is at a place of those that are left."""
        moved = place + (self.first <= place)
        found: Places = moved + (self.second <= moved)
        return found

    def at(self, place: int) -> Floats:
        """Return what is at a place of those that are left, in ascending order."""
        return np.take_along_axis(self.ascending, self.places(place), axis=0)

    def quantile(self, share: float) -> Floats:
        """Return a quantile of those that are left, linear between two."""
        end = self.others - 1
        low = int(share * end)
        lower = self.at(low)
        return lower + (share * end - low) * (self.at(min(low + 1, end)) - lower)

    def mean(self, values: Floats) -> Floats:
        """Return the mean of those that are left of the values."""
        whole: Floats = values.sum(axis=0) - values[:-1]
        return (whole - values[1:] if self.following else whole) / self.others


def _medians(kept: _Kept) -> Iterator[tuple[NDArray[np.bool_], Floats]]:
    """Give the medians that there are, shape (metrics,), and for which values each is that of the others."""
    low, high = (kept.others - 1) // 2, kept.others // 2
    lower, upper = kept.places(low), kept.places(high)
    most = 2 if kept.following else 1
    for one in range(low, low + most + 1):
        for other in range(max(one, high), high + most + 1):
            own = (lower == one) & (upper == other)
            if own.any():
                yield own, (kept.ascending[one] + kept.ascending[other]) / 2
