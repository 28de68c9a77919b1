"""What a quality check of a data contract allows: `mustBe…`, of rows or in percent of them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import intervals, look
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import NoEquivalentError

Given = Mapping[str, Node]
ZERO = Allowed(Fraction(0), Fraction(0))
SIGNS: Mapping[str, str] = {
    "mustBe": "=", "expected": "=", "mustNotBe": "!=", "mustBeGreaterThan": ">", "mustBeGreaterOrEqualTo": ">=",
    "mustBeGreaterThanOrEqualTo": ">=", "mustBeLessThan": "<", "mustBeLessOrEqualTo": "<=",
    "mustBeLessThanOrEqualTo": "<=", "must_be": "=", "must_not_be": "!=", "must_be_greater_than": ">",
    "must_be_greater_than_or_equal_to": ">=", "must_be_greater_than_or_equal": ">=", "must_be_less_than": "<",
    "must_be_less_than_or_equal_to": "<=", "must_be_less_than_or_equal": "<=",
}  # fmt: skip
RANGES = {"mustBeBetween": False, "must_be_between": False, "mustNotBeBetween": True, "must_be_not_between": True}
PERCENT, ROWS = frozenset({"percent", "%", "percentage"}), frozenset({"rows", "row", "count", "number"})


def allowed(given: Given, default: Allowed | None = ZERO) -> Allowed:
    """Return what a check allows, or the default.

    Raises:
        NoEquivalentError: it says nothing, and there is no default.

    """
    told = [intervals.compared(sign, look.number(given[key], key)) for key, sign in SIGNS.items() if key in given]
    for key, outside in RANGES.items():
        if key in given:
            bounds = look.items(given[key], key)
            if len(bounds) != 2:
                raise NoEquivalentError(f"{key} needs two numbers")
            low, high = (look.number(bound, key) for bound in bounds)
            told.append(Allowed(low, high, outside=outside))
    if told:
        return _together(list(dict.fromkeys(told)))
    if default is None:
        raise NoEquivalentError("it has no mustBe…")
    return default


def other_value(given: Given) -> str | None:
    """Return the condition that a `value` is not the text or the boolean that it must be; None without one."""
    for key, sign in (("mustBe", "IS DISTINCT FROM"), ("mustNotBe", "IS NOT DISTINCT FROM")):
        node = given.get(key)
        if (
            node is None
            or not isinstance(node.value, (bool, str))
            or sum(one in given for one in (*SIGNS, *RANGES)) > 1
        ):
            continue
        if isinstance(node.value, bool):
            return f"CAST(value AS BOOLEAN) {sign} {sql.literal(node.value)}"
        if not look.NUMBER.fullmatch(node.value.strip()):
            return f"CAST(value AS VARCHAR) {sign} {sql.literal(node.value)}"
    return None


def _together(told: list[Allowed]) -> Allowed:
    """Return the numbers that all of several bounds allow."""
    if len(told) == 1:
        return told[0]
    if any(one.outside for one in told):
        raise NoEquivalentError("it has several mustBe… of which one leaves out numbers; write a check for each")
    lows = [(one.low, one.low_open) for one in told if one.low is not None]
    highs = [(-one.high, one.high_open) for one in told if one.high is not None]
    low, low_open = max(lows, default=(None, False))
    high, high_open = max(highs, default=(None, False))
    return Allowed(low, None if high is None else -high, low_open, high_open)


def is_told(given: Given) -> bool:
    """Tell whether a check says what it allows."""
    return any(key in given for key in (*SIGNS, *RANGES))


def percent(given: Given) -> bool:
    """Tell whether a check is of a percentage of the rows."""
    unit = look.text(given["unit"], "unit").lower() if "unit" in given else "rows"
    if unit not in PERCENT | ROWS:
        raise NoEquivalentError(f"the unit '{clean(unit, 20)}' is not known; it is rows or percent")
    return unit in PERCENT
