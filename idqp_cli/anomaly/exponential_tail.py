"""How far out a score is: the scale that members of an ensemble share, and the bound beyond which a row is anomalous.

The scores of the training rows are the reference. Their upper twentieth is taken
as an exponential tail, so that a score beyond all of them has a place too
(J. Pickands, "Statistical inference using extreme order statistics", 1975, for
shape 0). Its scale follows from quantiles, of 95 % and 99 % or of 90 % and 95 %,
whichever is less: anomalies among the training rows, if they are few, do not move it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TAIL = 0.05
KEPT = 2_000
# A tail is at least this part of the way from the median to where it begins wide.
LEAST = 0.1
# Standard errors of the scale of a tail of few rows that are added to it.
DOUBT = 1.5


@frozen
class Tail:
    """The reference scores, ascending (at most 2,000 of them), and where their tail begins and how wide it is."""

    scores: Floats
    start: float
    scale: float

    def surprise(self, scores: Floats) -> Floats:
        """Return -log10 of the share of the reference that is at least as far out."""
        size = len(self.scores)
        above = (size - np.searchsorted(self.scores, scores, "left") + 0.5) / (size + 1)
        beyond = np.maximum(scores - self.start, 0.0) / self.scale
        far = (math.log(1 / TAIL) + beyond) / math.log(10)
        return np.where(scores > self.start, far, -np.log10(np.maximum(above, TAIL)))

    def fence(self, probability: float) -> float:
        """Return the score that the tail goes beyond with this probability."""
        return self.start + self.scale * math.log(TAIL / min(TAIL, probability))

    def quantile(self, share: float) -> float:
        """Return the score that this share of the reference is at most."""
        return float(np.quantile(self.scores, share))


def fit(scores: Floats, grain: float) -> Tail:
    """Return the tail of reference scores; `grain` is a difference of scores that means nothing."""
    middle, inner, start, outer = (float(value) for value in np.quantile(scores, (0.5, 0.9, 0.95, 0.99)))
    scale = min((start - inner) / math.log(2), (outer - start) / math.log(5))
    scale = max(scale, (start - middle) * LEAST, grain) * (1 + DOUBT / math.sqrt(TAIL * len(scores)))
    ascending = np.sort(scores)
    if len(ascending) > KEPT:
        # Quantiles, not every n-th: the largest score stays.
        ascending = np.quantile(ascending, np.linspace(0, 1, KEPT))
    return Tail(ascending, start, scale)
