"""How far the largest of scores may go: a bound from a generalised Pareto tail, which may be heavy.

J. Pickands, "Statistical inference using extreme order statistics", Annals of
Statistics 3 (1975); its shape and scale by probability-weighted moments, of
J. R. M. Hosking and J. R. Wallis, Technometrics 29 (1987).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# The tail is the upper tenth, and at least so many scores.
TAIL, LEAST = 0.1, 10
# Standard errors by which the shape of scores that may hold some must lie above that of an exponential tail.
EVIDENCE = 1.5
# More scores than this share, and this number, are of a kind of row of its own and of no anomaly.
RARE, FEW = 0.005, 3
SMALLEST = 1e-9


def searched(ascending: Floats, begin: float, probability: float) -> float:
    """Return the bound of scores among which there may be anomalies; at least `begin`.

    What lies up to the bound is taken for usual, and the bound is moved out by the
    tail of that, if it is heavy, until no score is added (a forward search:
    A. C. Atkinson, M. Riani, A. Cerioli, 2004). A score beyond a gap stays out, if
    few are there.
    """
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    few = max(FEW, int(RARE * len(ascending)))
    found = max(begin, float(ascending[-few - 1])) if len(ascending) > few else begin
    usual = int(np.searchsorted(ascending, found, "right"))
    while LEAST < usual < len(ascending):
        start, share, shape, scale, error = _tail(ascending[:usual])
        if shape <= EVIDENCE * error:
            break
        found = max(found, start + _quantile(shape, scale, share / probability))
        more = int(np.searchsorted(ascending, found, "right"))
        if more == usual:
            break
        usual = more
    return found


def _tail(ascending: Floats) -> tuple[float, float, float, float, float]:
    """Return where the tail begins, its share of the scores, its shape, scale, and the shape's standard error."""
    import numpy as np  # noqa: PLC0415 - only where rows are scored

    size = len(ascending)
    count = min(max(LEAST, int(TAIL * size)), size - 1)
    start = float(ascending[-count - 1])
    beyond = ascending[-count:] - start
    mean = float(beyond.mean())
    above = 1 - (np.arange(1, count + 1) - 0.35) / count
    skew = mean - 2 * float((beyond * above).mean())
    if skew > SMALLEST * mean and mean > 0:
        shape = 2 - mean / skew
        scale = mean * (1 - shape)
    else:
        shape, scale = 0.0, mean
    return start, count / size, shape, max(scale, SMALLEST), (1 + max(0.0, shape)) / math.sqrt(count)


def _quantile(shape: float, scale: float, ratio: float) -> float:
    """Return how far beyond its start the tail reaches with the probability 1 / `ratio`; a tail never ends."""
    far = math.log(max(1.0, ratio))
    return scale * (far if shape < SMALLEST else math.expm1(min(shape * far, 700.0)) / shape)
