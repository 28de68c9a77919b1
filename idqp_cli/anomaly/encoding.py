"""From a matrix of features to coordinates in which distances mean something.

A quantity is measured from its median in robust standard deviations, beyond
four of which only the square root counts: a value of 1e300 is far out, and hides
nothing else. A missing cell stands at the median and has a coordinate of its
own that says how rare it is that the column is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from idqp_cli.anomaly.features import Field, Kind, Role, rarity
from idqp_cli.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LARGEST = 1e150
LINEAR = 4.0
FARTHEST = 1e6
# The middle 99.6 % of a normal distribution, and how many standard deviations wide they are.
MIDDLE, WIDTH = (0.2, 50.0, 99.8), 5.756
# Of a file that is judged by itself the middle 99 %: anomalies that are fewer than one in 200 do not move them.
OWN_MIDDLE, OWN_WIDTH = (0.5, 50.0, 99.5), 5.152
# How a constant is measured: one twentieth of it counts as a standard deviation.
OF_CONSTANT = 0.05
RANKED_ROWS = 2_000
# In a rank large differences are lost where values are dense: it counts less than the value itself.
RANK_WEIGHT = 0.5
MOST_RANKED = 200
# A column that grows with the rows of the file: a counter, the time of writing.
GROWING = 0.99
FEW_ROWS = 20
GAP_ROWS = 10_000
# What is about all rows of a file is about so much of it, and shows in so many rows.
ALL, SEVERAL = 0.95, 5


@frozen
class Encoding:
    """How features become coordinates: shape (features,) each, fitted on training rows.

    `ranked` holds the sorted training values, shape (rows, quantities), of which
    a model with a baseline sees the rank too; None where it does not. `owner`
    gives the number of the field that a coordinate belongs to.
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
        """Return the number of the field that each coordinate belongs to."""
        import numpy as np  # noqa: PLC0415 - only where rows are scored

        features = [number for number, _ in self.roles]
        ranked = [] if self.ranked is None else [features[position] for position in _quantities(self.fields)]
        return np.array([*features, *range(len(self.fields)), *ranked], dtype=np.intp)

    def coordinates(self, matrix: Floats, shift: Floats | None = None) -> Floats:
        """Return the coordinates of rows, shape (rows, features + fields + ranked).

        `shift` is taken off the features first: by how much the times of this
        file lie behind those of the baseline.
        """
        import numpy as np  # noqa: PLC0415 - only where rows are scored

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
        """Return the normal scores of the quantities: half the normal quantile of the rank among the training rows."""
        import numpy as np  # noqa: PLC0415 - only where rows are scored
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

    def shift(self, matrix: Floats) -> Floats:
        """Return what of `matrix` is about all of its rows and nothing about one, by feature.

        That is by how much its times lie behind those that the encoding was fitted
        on, or its numbers if nearly all lie beyond what was usual there: numbers that
        are given out; and by how much a field that has one value differs that had one
        there: a year, the name of a batch.
        """
        import numpy as np  # noqa: PLC0415 - only where rows are scored

        shift = np.zeros(len(self.middle))
        for field, start in zip(self.fields, first_features(self.fields), strict=True):
            here = slice(start, start + len(field.roles))
            known = matrix[:, here][np.isfinite(matrix[:, here]).all(axis=1)]
            several = len(known) >= SEVERAL
            if not len(known):
                continue
            beyond = (known < self.usual_low[start]).mean(), (known > self.usual_high[start]).mean()
            if field.kind is Kind.TIME or (field.kind is Kind.NUMBER and several and max(beyond) >= ALL):
                shift[start] = np.median(known) - self.middle[start]
            elif several and (self.usual_low[here] == self.usual_high[here]).all() and (known == known[0]).all():
                shift[here] = known[0] - self.usual_low[here]
        return shift


def soften(linear: Floats) -> None:
    """Let only the square root count beyond four standard deviations, in place."""
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    size = np.abs(linear)
    far = size > LINEAR
    if far.any():
        beyond = np.minimum(size[far], FARTHEST) - LINEAR
        linear[far] = np.sign(linear[far]) * (LINEAR + 2 * (np.sqrt(1 + beyond) - 1))


def fit(fields: Sequence[Field], matrix: Floats, *, own: bool, ranked: bool) -> Encoding:
    """Fit an encoding on training rows, shape (rows, features); with `ranked`, ranks are coordinates too.

    `own` says that the rows are of the file that is to be judged.
    """
    import numpy as np  # noqa: PLC0415 - only where rows are scored

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
    """Return the middle and the spread of a feature, and between what it usually lies."""
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    known = column[~np.isnan(column)]
    if not len(known):
        return (0.0, 1.0, 0.0, 0.0)
    low, middle, high = (float(value) for value in np.percentile(known, OWN_MIDDLE if own else MIDDLE))
    if role is not Role.QUANTITY:
        return (middle if role is Role.RARITY else 0.0, 1.0, low, high)
    spread = (high - low) / (OWN_WIDTH if own else WIDTH)
    if spread == 0 or not ((known > low) & (known < high)).any():
        # Of two values, like those of a flag, each is usual: no six standard deviations lie between them.
        spread = float(known.std()) or abs(middle) * OF_CONSTANT
    return (middle, spread if np.isfinite(spread) and spread > 0 else 1.0, low, high)


def _together(absent: NDArray[np.bool_]) -> Floats:
    """Return how much of a missing cell is news, by field: cells that are always missing together are one fact.

    `absent` has the shape (rows, fields). Two fields are as much one as the rows
    in which both are missing are of those in which one is.
    """
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    gaps = absent[absent.any(axis=1)][:GAP_ROWS].astype(np.float32)
    both = gaps.T @ gaps
    own = np.diagonal(both)
    either = np.maximum(own[:, None] + own[None, :] - both, 1)
    alike = both / either
    np.fill_diagonal(alike, 1)
    return np.asarray(1 / np.sqrt(alike.sum(axis=1)), dtype=np.float64)


def growing(fields: Sequence[Field], matrix: Floats) -> list[int]:
    """Return the numbers of the fields whose values grow, or shrink, with the rows of the file.

    Such a column says where a row stands and nothing about what it is.
    `matrix` has its rows in the order of the file.
    """
    import numpy as np  # noqa: PLC0415 - only where rows are scored

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
    """Return the positions of the features that have a rank: numbers and times."""
    starts = first_features(fields)
    return [start for start, field in zip(starts, fields, strict=True) if field.kind in {Kind.NUMBER, Kind.TIME}]
