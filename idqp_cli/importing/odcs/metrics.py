"""Metrics in quality checks that the standard does not have, and whose names are plain."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, row_checks, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.odcs.levels import UNITS
from idqp_cli.importing.values import Keys, NoEquivalentError

STATISTICS: Mapping[str, str] = {
    "min": "min", "minvalue": "min", "minimum": "min", "max": "max", "maxvalue": "max", "maximum": "max",
    "avg": "mean", "average": "mean", "mean": "mean", "sum": "sum", "median": "median", "stddev": "stddev",
    "standarddeviation": "stddev", "distinctcount": "distinct_count", "uniquecount": "distinct_count",
    "distinctvalues": "distinct_count",
}  # fmt: skip
SIGNS: Mapping[str, Allowed] = {
    "positive": Allowed(low=Fraction(0), low_open=True), "ispositive": Allowed(low=Fraction(0), low_open=True),
    "positivevalues": Allowed(low=Fraction(0), low_open=True), "nonnegative": Allowed(low=Fraction(0)),
    "isnonnegative": Allowed(low=Fraction(0)),
}  # fmt: skip
FRESH = frozenset({"freshness", "dataage", "maxage", "age"})
COMPLETE = frozenset({"completeness", "nonnullvalues", "completenesspercent"})
ALL = Allowed(Fraction(100), Fraction(100))
HUNDRED = Fraction(100)


def is_known(word: str) -> bool:
    """Tell whether a metric, in small letters, is one of these."""
    return word in {*STATISTICS, *SIGNS, *FRESH, *COMPLETE, "uniqueness", "range"}


def rule(
    word: str, column: str, allowed: Allowed | None, unit: str, dataset: str, keys: Mapping[str, object], /
) -> Keys:
    """Return the rule of a metric.

    Raises:
        NoEquivalentError: it has no bound, or one that has no equivalent.

    """
    if word in SIGNS:
        if allowed is not None and not (allowed.low == 0 and allowed.limit is False):
            raise NoEquivalentError("what its bound is of is not said")
        return row_checks.between(column, SIGNS[word], **keys).keys
    if word in COMPLETE or word == "uniqueness":
        return _share(word, column, allowed or ALL, unit, dataset, keys)
    if allowed is None:
        raise NoEquivalentError("it has no mustBe…")
    if word in FRESH:
        return _fresh(column, allowed, unit, keys)
    if word == "range":
        return row_checks.between(column, allowed, **keys).keys
    return rule_keys.statistic(column, STATISTICS[word], allowed, dataset, **keys)


def _share(word: str, column: str, allowed: Allowed, unit: str, dataset: str, keys: Mapping[str, object]) -> Keys:
    """Return the rule of a share of the rows in percent that have a value, or one of their own."""
    if unit not in {"", "percent", "%", "percentage"}:
        raise NoEquivalentError(f"the unit '{clean(unit, 20)}' of a share is not known")
    ends = [one for one in (allowed.low, allowed.high) if one is not None]
    if not unit and all(one <= 1 for one in ends):
        # A share of 0.95 without a unit is not 0.95 percent.
        low, high = (None if one is None else one * HUNDRED for one in (allowed.low, allowed.high))
        allowed = Allowed(low, high, allowed.low_open, allowed.high_open, allowed.outside)
    if word == "uniqueness":
        if allowed != ALL:
            raise NoEquivalentError("a share of unique values has no plain meaning; write distinct_share or unique")
        return rule_keys.rule("unique", column, **keys)
    if allowed.high is not None and allowed.high >= HUNDRED and not allowed.outside:
        allowed = Allowed(low=allowed.low, low_open=allowed.low_open)
    least, most = (None if bound is None else HUNDRED - bound for bound in (allowed.high, allowed.low))
    missing = Allowed(least, most, allowed.high_open, allowed.low_open, allowed.outside)
    return row_checks.missing(column, **keys).within(missing, dataset, percent=True)


def _fresh(column: str, allowed: Allowed, unit: str, keys: Mapping[str, object]) -> Keys:
    plain = unit.removesuffix("s") if len(unit) > 1 else unit
    if plain not in UNITS:
        raise NoEquivalentError(f"the unit '{clean(unit, 20)}' of an age is not known; it is like hours")
    if not allowed.limit or allowed.high is None:
        raise NoEquivalentError("it has no maximum age")
    return rule_keys.rule("freshness", column, max_age=f"{intervals.as_number(allowed.high)}{UNITS[plain]}", **keys)
