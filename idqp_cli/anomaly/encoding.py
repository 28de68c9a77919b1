"""Encoding: turns a matrix of features into coordinates with meaningful distances.

A number or a time becomes its distance from the median in robust standard
deviations. Beyond four, only the square root counts, so a value of 1e300 is far
out without hiding everything else. A missing cell is at the median. A coordinate
of its own says how rare missing cells are in the column.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly.features import Field, Kind, Role, rarity
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LARGEST = 1e150
LINEAR = 4.0
FARTHEST = 1e6
# Percentiles around the middle 99.6 % of a normal distribution, and the width of this range in standard deviations.
MIDDLE, WIDTH = (0.2, 50.0, 99.8), 5.756
# For a file judged by itself, the middle 99 %: anomalies in fewer than one in 200 rows do not move these percentiles.
OWN_MIDDLE, OWN_WIDTH = (0.5, 50.0, 99.5), 5.152
# The standard deviation of a constant column, relative to the constant.
OF_CONSTANT = 0.05
RANKED_ROWS = 2_000
# A rank loses large differences where values are dense, so it has less weight than the value itself.
RANK_WEIGHT = 0.5
MOST_RANKED = 200
# The share of steps in one direction from which a column counts as growing with the file, like a counter.
GROWING = 0.99
FEW_ROWS = 20
GAP_ROWS = 10_000
# A shift of the whole file affects at least this share of its rows, and at least this number of rows.
ALL, SEVERAL = 0.95, 5
# Times that follow the baseline's do so within so many seconds.
FOLLOWS = 366 * 86_400


@frozen
class Encoding:
    """The parameters that turn features into coordinates, fitted on training rows.

    `middle`, `spread`, `usual_low` and `usual_high` have the shape (features,), in
    the units of the features. `missing` is the coordinate of a missing cell, shape
    (fields,). `ranked` holds the sorted training values of numbers and times, shape
    (rows, quantities), for a model with a baseline, which uses ranks too; otherwise
    it is None.
    """

    fields: tuple[Field, ...]
    middle: Floats
    spread: Floats
    usual_low: Floats
    usual_high: Floats
    missing: Floats
    ranked: Floats | None

    @property
    def roles(self) -> tuple[tuple[int, Role], ...]:
        """The field and the role of each feature."""
        return tuple((number, role) for number, field in enumerate(self.fields) for role in field.roles)

    def owners(self) -> NDArray[np.intp]:
        """Return the number of the field of each coordinate, shape (coordinates,)."""
        features = [number for number, _ in self.roles]
        ranked = [] if self.ranked is None else [features[position] for position in _quantities(self.fields)]
        return np.array([*features, *range(len(self.fields)), *ranked], dtype=np.intp)

    def coordinates(self, matrix: Floats, shift: Floats | None = None) -> Floats:
        """Return the coordinates of rows, shape (rows, features + fields + ranked).

        `matrix` has the shape (rows, features). `shift`, shape (features,), is
        subtracted first; see the method `shift`.
        """
        values = np.clip(matrix if shift is None else matrix - shift, -LARGEST, LARGEST)
        absent = np.isnan(values)
        with np.errstate(over="ignore"):
            linear = (values - self.middle) / self.spread
        np.nan_to_num(linear, copy=False, nan=0.0, posinf=FARTHEST, neginf=-FARTHEST)
        soften(linear)
        gaps = absent[:, first_features(self.fields)] * self.missing
        parts = [linear, gaps]
        if self.ranked is not None:
            parts.append(self._ranks(values, absent))
        return np.hstack(parts)

    def _ranks(self, values: Floats, absent: NDArray[np.bool_]) -> Floats:
        """Return the ranks as coordinates, shape (rows, quantities): normal quantiles of ranks in the training rows."""
        from scipy.special import ndtri  # noqa: PLC0415 - comes with scikit-learn

        ranked = np.empty((0, 0)) if self.ranked is None else self.ranked
        found = np.zeros((len(values), ranked.shape[1]))
        for at, position in enumerate(_quantities(self.fields)):
            known = ranked[:, at]
            known = known[~np.isnan(known)]
            if len(known):
                column = values[:, position]
                rank = (np.searchsorted(known, column, "left") + np.searchsorted(known, column, "right")) / 2
                found[:, at] = np.where(absent[:, position], 0.0, RANK_WEIGHT * ndtri((rank + 0.5) / (len(known) + 1)))
        return found

    def shift(self, matrix: Floats, moving: Collection[int]) -> Floats:
        """Return by how much a whole file differs from the training rows, shape (features,).

        Such a shift says nothing about a single row. It is computed for times, for the
        numbers at the positions `moving`, and for a field with one value there that
        has another single value here, like a year or the name of a batch.
        """
        shift = np.zeros(len(self.middle))
        for field, start in zip(self.fields, first_features(self.fields), strict=True):
            here = slice(start, start + len(field.roles))
            known = matrix[:, here][np.isfinite(matrix[:, here]).all(axis=1)]
            if not len(known):
                continue
            if field.kind is Kind.TIME or start in moving:
                shift[start] = np.median(known) - self.middle[start]
            elif len(known) >= SEVERAL and self._was_one(here) and (known == known[0]).all():
                shift[here] = known[0] - self.usual_low[here]
        return shift

    def unjudged(self, shift: Floats) -> list[str]:
        """Return the names of the fields whose level nobody judges: of one value, or times that do not follow.

        `shift` is what is taken off them.
        """
        found = []
        for field, start in zip(self.fields, first_features(self.fields), strict=True):
            here = slice(start, start + len(field.roles))
            if field.kind is Kind.TIME:
                back = self.middle[start] + shift[start] < self.usual_low[start]
                if back or shift[start] > FOLLOWS:
                    found.append(field.name)
            elif self._was_one(here) and shift[here].any():
                found.append(field.name)
        return found

    def _was_one(self, here: slice) -> bool:
        """Tell whether features had one value in the baseline."""
        return bool((self.usual_low[here] == self.usual_high[here]).all())


def soften(linear: Floats) -> None:
    """Compress values beyond four standard deviations to their square root, in place."""
    size = np.abs(linear)
    far = size > LINEAR
    if far.any():
        beyond = np.minimum(size[far], FARTHEST) - LINEAR
        linear[far] = np.sign(linear[far]) * (LINEAR + 2 * (np.sqrt(1 + beyond) - 1))


def fit(fields: Sequence[Field], matrix: Floats, *, own: bool, ranked: bool) -> Encoding:
    """Fit an encoding on training rows, shape (rows, features), with NaN for missing cells.

    `own` is true if the rows belong to the file that is judged. `ranked` adds ranks
    as coordinates.
    """
    roles = [role for field in fields for role in field.roles]
    values = np.clip(matrix, -LARGEST, LARGEST)
    stated = [_stated(values[:, position], role, own=own) for position, role in enumerate(roles)]
    middle, spread, low, high = (np.array(part, dtype=np.float64) for part in zip(*stated, strict=True))
    rows = len(values)
    share = np.isnan(values[:, first_features(fields)]).sum(axis=0)
    missing = np.array([rarity((number + 0.5) / (rows + 1), (rows - number + 0.5) / (rows + 1)) for number in share])
    soften(missing)
    missing *= _together(np.isnan(values[:, first_features(fields)]))
    quantities = _quantities(fields)
    keep = ranked and 0 < len(quantities) <= MOST_RANKED
    known = np.sort(values[:: max(1, -(-rows // RANKED_ROWS))][:, quantities], axis=0) if keep else None
    return Encoding(tuple(fields), middle, spread, low, high, missing, known)


def _stated(column: Floats, role: Role, *, own: bool) -> tuple[float, float, float, float]:
    """Return the median and the spread of a feature, and the ends of its usual range."""
    known = column[~np.isnan(column)]
    if not len(known):
        return (0.0, 1.0, 0.0, 0.0)
    low, middle, high = (float(value) for value in np.percentile(known, OWN_MIDDLE if own else MIDDLE))
    if role is not Role.QUANTITY:
        return (middle if role is Role.RARITY else 0.0, 1.0, low, high)
    spread = (high - low) / (OWN_WIDTH if own else WIDTH)
    if spread == 0 or not ((known > low) & (known < high)).any():
        # Both values of a flag are usual, so they must not lie six standard deviations apart.
        spread = float(known.std()) or abs(middle) * OF_CONSTANT
    return (middle, spread if np.isfinite(spread) and spread > 0 else 1.0, low, high)


def _together(absent: NDArray[np.bool_]) -> Floats:
    """Return the weight of a missing cell by field, shape (fields,): columns missing together count once.

    `absent` has the shape (rows, fields). The similarity of two fields is the number
    of rows in which both are missing, divided by the number in which at least one is
    (the Jaccard index).
    """
    gaps = absent[absent.any(axis=1)][:GAP_ROWS].astype(np.float32)
    both = gaps.T @ gaps
    own = np.diagonal(both)
    either = np.maximum(own[:, None] + own[None, :] - both, 1)
    alike = both / either
    np.fill_diagonal(alike, 1)
    return np.asarray(1 / np.sqrt(alike.sum(axis=1)), dtype=np.float64)


def growing(fields: Sequence[Field], matrix: Floats) -> list[int]:
    """Return the numbers of the fields whose values grow or shrink along the file.

    Such a column gives the position of a row, and nothing about its content.
    `matrix` has the shape (rows, features), with its rows in the order of the file.
    """
    found = []
    for number, position in enumerate(first_features(fields)):
        known = matrix[:, position][~np.isnan(matrix[:, position])]
        if fields[number].kind in {Kind.NUMBER, Kind.TIME} and len(known) >= FEW_ROWS:
            steps = np.diff(np.clip(known, -LARGEST, LARGEST))
            up, down = int((steps > 0).sum()), int((steps < 0).sum())
            if max(up, down) >= len(steps) / 2 and min(up, down) <= (1 - GROWING) * len(steps):
                found.append(number)
    return found


def first_features(fields: Sequence[Field]) -> list[int]:
    """Return the position of the first feature of each field."""
    found, position = [], 0
    for field in fields:
        found.append(position)
        position += len(field.roles)
    return found


def _quantities(fields: Sequence[Field]) -> list[int]:
    """Return the positions of the features with ranks: numbers and times."""
    starts = first_features(fields)
    return [start for start, field in zip(starts, fields, strict=True) if field.kind in {Kind.NUMBER, Kind.TIME}]
