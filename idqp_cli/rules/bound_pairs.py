"""Two rules with bounds beside each other: what one leaves out, and whether one is inside or apart from the other."""

from __future__ import annotations

from idqp_cli.rules.bounds import Exclusive
from idqp_cli.rules.literals import ISO_DAY
from idqp_cli.rules.rule import Bound
from idqp_cli.rules.statistics import Statistic
from idqp_cli.rules.validity import Length, Range
from idqp_cli.rules.volume import RowCount

LOWER, UPPER = frozenset({Exclusive.MIN, Exclusive.BOTH}), frozenset({Exclusive.MAX, Exclusive.BOTH})

Bounded = Range | Length | RowCount | Statistic


def outside(value: object, bounds: Range) -> bool:
    """Tell whether a number is outside of a range of numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    low, high = bounds.min, bounds.max
    if isinstance(low, str) or isinstance(high, str):
        return False
    below = low is not None and (value < low or (value == low and bounds.exclusive in LOWER))
    return below or (high is not None and (value > high or (value == high and bounds.exclusive in UPPER)))


def apart(first: Bounded, second: Bounded, told: str) -> str | None:
    """Say that two ranges have nothing in common."""
    for one, other in ((first, second), (second, first)):
        if one.min is None or other.max is None or not _comparable(one.min, other.max):
            continue
        open_ = _exclusive(one) in LOWER or _exclusive(other) in UPPER
        if _above(one.min, other.max) or (one.min == other.max and open_):
            return told
    return None


def _exclusive(rule: Bounded) -> Exclusive | None:
    return None if isinstance(rule, Length) else rule.exclusive


def _comparable(low: Bound, high: Bound) -> bool:
    """Tell whether two bounds are two numbers, two dates or two texts."""
    if not isinstance(low, str) or not isinstance(high, str):
        return not isinstance(low, str) and not isinstance(high, str)
    return bool(ISO_DAY.match(low)) == bool(ISO_DAY.match(high))


def _above(low: Bound, high: Bound) -> bool:
    if isinstance(low, str) and isinstance(high, str):
        # Of times of one day the zones may differ.
        return low[:10] > high[:10] if ISO_DAY.match(low) else low > high
    return not isinstance(low, str) and not isinstance(high, str) and low > high


def inside(strict: Range | Length, mild: Range | Length) -> bool:
    """Tell whether every value of one range is in the other."""
    for low, bound, own in (("min", mild.min, strict.min), ("max", mild.max, strict.max)):
        if bound is None:
            continue
        if own is None or not _comparable(bound, own) or (isinstance(bound, str) and bound != own):
            return False
        ends = LOWER if low == "min" else UPPER
        beyond = _above(bound, own) if low == "min" else _above(own, bound)
        if beyond or (bound == own and _exclusive(mild) in ends and _exclusive(strict) not in ends):
            return False
    return True
