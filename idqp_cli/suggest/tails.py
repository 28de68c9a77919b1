"""How far numbers may go: bounds from the tails of those that were seen; arrays in, values out.

The tail of each side is a generalised Pareto distribution (J. Pickands, Annals
of Statistics 3, 1975), with shape and scale by probability-weighted moments
(J. R. M. Hosking, J. R. Wallis, Technometrics 29, 1987). A tail that ends, like
that of even numbers, gives a bound near the data; a heavy one a bound far out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of fewer numbers the tails are not known; and of fewer different ones there are none.
LEAST, FEWEST = 20, 6
# A bound is passed by one in so many files of the size of this one.
FILES = 200
# The tail is the outer tenth, and at least so many numbers.
TAIL, LEAST_TAIL = 0.1, 10
# The shape is taken to lie this many standard errors above its estimate.
MARGIN = 1.0
SHRUNK = 30
# More numbers than this, and than this part of the root of all, are of a kind of their own and no errors.
FEW, RARE = 3, 0.125
# No tail is heavier than this, which nearly has no mean, and none lighter, so that a tail that ends has a margin.
HEAVIEST, LIGHTEST = 0.9, -0.2


@frozen
class Bounds:
    """The least and the greatest number that may be expected, None where that is not known."""

    low: float | None
    high: float | None


def bounds(numbers: Floats) -> Bounds | None:
    """Return how far ascending numbers may go; None where there are too few, or too few different ones."""
    if len(numbers) < LEAST or len(np.unique(numbers[:: max(1, len(numbers) // 1000)])) < FEWEST:
        return None
    below, above = _end(-numbers[::-1]), _end(numbers)
    return Bounds(None if below is None else -below, above)


def _end(ascending: Floats) -> float | None:
    """Return how far the upper side may reach.

    What lies beyond may be errors: at first the few greatest numbers are left out, and
    those that lie within the bound of the others are taken back, until none is.
    """
    size = len(ascending)
    few = max(FEW, int(RARE * math.sqrt(size)))
    usual = size - few
    while True:
        # What is judged is a file of this size, also where less of it is known.
        found = _reach(ascending[:usual], size)
        if found is None or usual == size:
            return found
        within = max(usual, int(np.searchsorted(ascending, found, "right")))
        if within == usual:
            return None if _recur(ascending[usual:]) else found
        usual = within


def _recur(beyond: Floats) -> bool:
    """Tell whether numbers beyond a bound are the same few again and again, which no errors are."""
    import numpy as np  # noqa: PLC0415 - only where rules are suggested

    return len(beyond) > FEW and 2 * len(np.unique(beyond)) <= len(beyond)


def _reach(ascending: Floats, size: int) -> float | None:
    known = len(ascending)
    count = min(max(LEAST_TAIL, int(TAIL * known)), known // 2)
    if count < LEAST_TAIL // 2:
        return None
    start = float(ascending[-count - 1])
    beyond = ascending[-count:] - start
    mean = float(beyond.mean())
    if mean <= 0:
        # The greatest numbers are one, and say nothing of others.
        return None
    # Of a short tail little is known of its shape: it is taken for one that is nearly exponential.
    shape = _shape(beyond, mean) * count / (count + SHRUNK)
    upper = min(HEAVIEST, shape + MARGIN * (1 + max(0.0, shape)) / math.sqrt(count))
    scale = mean * (1 - upper)
    ratio = count / known * FILES * size
    far = math.log(ratio)
    reach = scale * (far if abs(upper) < 1e-6 else math.expm1(upper * far) / upper)
    return max(start + reach, float(ascending[-1]))


def _shape(beyond: Floats, mean: float) -> float:
    """Return the shape of a tail from its ascending excesses; below 0 it ends, at 0 it is exponential."""
    count = len(beyond)
    above = 1 - (np.arange(1, count + 1) - 0.35) / count
    skew = mean - 2 * float((beyond * above).mean())
    return HEAVIEST if skew <= 0 else max(LIGHTEST, min(HEAVIEST, 2 - mean / skew))


def outward(value: float, step: float, *, up: bool) -> float:
    """Round a bound to a multiple of `step`, away from the data."""
    scaled = value / step
    rounded = (math.ceil(scaled) if up else math.floor(scaled)) * step
    return round(rounded, max(0, -math.floor(math.log10(step))))


def step_of(low: float, high: float) -> float:
    """Return the step to which the bounds of numbers from `low` to `high` are rounded: two digits of their span."""
    span = high - low
    return float(10.0 ** (math.floor(math.log10(span)) - 1)) if span > 0 else 1.0
