"""What a number may be, as an interval: with bounds that are open or closed, or all outside it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from idqp_cli.core.frozen import frozen
from idqp_cli.importing.values import NoEquivalentError


@frozen
class Allowed:
    """What a number may be: at least `low` and at most `high`, without the bounds that are open.

    With `outside` it is the other way round: the number may be whatever does not lie there.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False
    outside: bool = False

    @property
    def limit(self) -> bool:
        """Whether it is no more than an upper limit on a number that is never below 0."""
        return not self.outside and self.high is not None and not above_zero(self)

    def negated(self) -> Allowed:
        """Return all numbers that are not allowed."""
        if self.outside:
            return Allowed(self.low, self.high, self.low_open, self.high_open)
        if self.low is None and self.high is not None:
            return Allowed(low=self.high, low_open=not self.high_open)
        if self.high is None and self.low is not None:
            return Allowed(high=self.low, high_open=not self.low_open)
        return Allowed(self.low, self.high, self.low_open, self.high_open, outside=True)

    def bounds(self) -> dict[str, object]:
        """Return the keys `min`, `max` and `exclusive`."""
        keys: dict[str, object] = {}
        if self.low is not None:
            keys["min"] = as_number(self.low)
        if self.high is not None:
            keys["max"] = as_number(self.high)
        openness = (self.low is not None and self.low_open, self.high is not None and self.high_open)
        word = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(openness)
        return keys if word is None else {**keys, "exclusive": word}

    def broken_by(self, value: str) -> str:
        """Return the condition that a value, as SQL, is not allowed."""
        parts = []
        if self.low is not None:
            parts.append(f"{value} {'>' if self.low_open else '>='} {as_sql(self.low)}")
        if self.high is not None:
            parts.append(f"{value} {'<' if self.high_open else '<='} {as_sql(self.high)}")
        inside = " AND ".join(parts) or "true"
        return inside if self.outside else f"NOT ({inside})"


COMPARISONS: Mapping[str, str] = {
    "=": "=",
    "==": "=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "!=": "!=",
    "<>": "!=",
}


def compared(sign: str, value: Fraction) -> Allowed:
    """Return what a comparison with a number allows."""
    match COMPARISONS.get(sign):
        case "=":
            return Allowed(value, value)
        case "!=":
            return Allowed(value, value, outside=True)
        case "<":
            return Allowed(high=value, high_open=True)
        case "<=":
            return Allowed(high=value)
        case ">":
            return Allowed(low=value, low_open=True)
        case ">=":
            return Allowed(low=value)
    raise NoEquivalentError(f"the comparison '{sign}' is not known")


def as_number(value: Fraction) -> int | Decimal:
    """Return a number as rules.yaml can have it."""
    if value.denominator == 1:
        return int(value)
    return _decimal(value)


def as_sql(value: Fraction) -> str:
    """Return a number as SQL, with all its digits."""
    return str(int(value)) if value.denominator == 1 else f"{_decimal(value):f}"


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def percentage(value: Fraction) -> str:
    """Return a share in percent as it is written in rules.yaml."""
    return f"{_decimal(value):f}%" if value.denominator != 1 else f"{int(value)}%"


def above_zero(allowed: Allowed) -> bool:
    """Tell whether the lower bound excludes 0."""
    return allowed.low is not None and (allowed.low > 0 or (allowed.low == 0 and allowed.low_open))


def tighter(first: Allowed, second: Allowed) -> bool:
    """Tell whether the first has an upper bound below that of the second; False if either has none."""
    if first.high is None or second.high is None:
        return False
    return first.high < second.high or (first.high == second.high and first.high_open and not second.high_open)


def text_bounds(
    low: Fraction | str | None, high: Fraction | str | None, openness: tuple[bool, bool]
) -> dict[str, object]:
    """Return the keys `min`, `max` and `exclusive` of bounds that are texts."""
    keys: dict[str, object] = {}
    for key, bound in (("min", low), ("max", high)):
        if bound is not None:
            keys[key] = bound if isinstance(bound, str) else as_number(bound)
    word = {(True, True): "both", (True, False): "min", (False, True): "max"}
    exclusive = word.get((openness[0] and low is not None, openness[1] and high is not None))
    return keys if exclusive is None else {**keys, "exclusive": exclusive}
