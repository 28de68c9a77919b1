"""A bound for the largest score, from a generalised Pareto tail that may be heavy.

Source: J. Pickands, "Statistical inference using extreme order statistics",
Annals of Statistics 3 (1975). The shape and the scale are estimated by
probability-weighted moments (J. R. M. Hosking, J. R. Wallis, Technometrics 29,
1987).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly.options import FEW, RARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# The tail is the upper tenth of the scores, and at least `LEAST` scores.
TAIL, LEAST = 0.1, 10
# The tail counts as heavy if its shape exceeds 0, that of an exponential tail, by this many standard errors.
EVIDENCE = 1.5
SMALLEST = 1e-9


def searched(ascending: Floats, begin: float, probability: float) -> float:
    """Return a bound for usual scores, among which there may be anomalies.

    The search starts with `begin`. Scores up to the bound count as usual. If their
    tail is heavy, the bound moves outward, until no score is added (a forward search:
    A. C. Atkinson, M. Riani, A. Cerioli, 2004). A few scores beyond a gap stay
    outside.

    Args:
        ascending: the scores, in ascending order.
        begin: the smallest possible result.
        probability: the probability with which a usual score exceeds the result.

    """
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
    """Return the start of the tail, its share of the scores, its shape, its scale, and the shape's standard error."""
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
    """Return the distance from the start of the tail that is exceeded with the probability 1 / `ratio`.

    A negative shape, which has an upper end, is treated as an exponential tail.
    """
    far = math.log(max(1.0, ratio))
    return scale * (far if shape < SMALLEST else math.expm1(min(shape * far, 700.0)) / shape)
