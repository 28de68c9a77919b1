"""What a rule may choose of the detectors, without what it takes to run them."""

from __future__ import annotations

from enum import StrEnum

MIN_HISTORY = 8
# More scores than this share, and this number, are of a kind of row of its own and of no anomaly.
RARE, FEW = 0.005, 3
# So many of the strangest metrics of a batch make its score.
STRANGEST = 3


class Sensitivity(StrEnum):
    """How far a value may lie from what is usual."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def threshold(self) -> float:
        """The largest score that passes."""
        return {Sensitivity.LOW: 2.0, Sensitivity.MEDIUM: 1.4, Sensitivity.HIGH: 1.1}[self]

    @property
    def false_alarms(self) -> float:
        """The share of usual runs whose profile may fail."""
        return {Sensitivity.LOW: 0.01, Sensitivity.MEDIUM: 0.03, Sensitivity.HIGH: 0.1}[self]


class Direction(StrEnum):
    """On which side of what is usual a value may be an anomaly."""

    DOWN = "down"
    UP = "up"
    BOTH = "both"


class Method(StrEnum):
    """How the distance between two distributions is measured."""

    PSI = "psi"
    JS = "js"
    KS = "ks"
    CHI2 = "chi2"
    WASSERSTEIN = "wasserstein"

    @property
    def threshold(self) -> float:
        """The distance that is usually taken for a change worth knowing."""
        return 0.2 if self is Method.PSI else 0.1

    @property
    def ordered(self) -> bool:
        """Whether the bins must have an order."""
        return self in {Method.KS, Method.WASSERSTEIN}
