"""Bounds that belong to a range, or do not; pure."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

Number = float | Fraction


class Exclusive(StrEnum):
    """Which bounds of a range do not belong to it."""

    MIN = "min"
    MAX = "max"
    BOTH = "both"


def above(value: Number, low: Number, exclusive: Exclusive | None) -> bool:
    """Tell whether a value is above the lower bound, or is the bound, where that belongs to the range."""
    return value > low if exclusive in {Exclusive.MIN, Exclusive.BOTH} else value >= low


def below(value: Number, high: Number, exclusive: Exclusive | None) -> bool:
    """Tell whether a value is below the upper bound, or is the bound, where that belongs to the range."""
    return value < high if exclusive in {Exclusive.MAX, Exclusive.BOTH} else value <= high


def least(exclusive: Exclusive | None) -> str:
    """Say what a lower bound asks for: `at least` or `more than`."""
    return "more than" if exclusive in {Exclusive.MIN, Exclusive.BOTH} else "at least"


def most(exclusive: Exclusive | None) -> str:
    """Say what an upper bound asks for: `at most` or `less than`."""
    return "less than" if exclusive in {Exclusive.MAX, Exclusive.BOTH} else "at most"


def refuse_exclusive(low: Number | str | None, high: Number | str | None, exclusive: Exclusive | None) -> None:
    """Refuse an exclusive bound that is not there.

    Raises:
        ValueError: with what is wrong.

    """
    if (exclusive in {Exclusive.MIN, Exclusive.BOTH} and low is None) or (
        exclusive in {Exclusive.MAX, Exclusive.BOTH} and high is None
    ):
        raise ValueError(f"exclusive: {exclusive} is a bound that the rule does not have")
    if exclusive is not None and low is not None and low == high:
        raise ValueError("exclusive: leaves nothing between min and max")
