"""The thresholds of contracts of Soda 4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.soda.contract_keys import ENDS, RANGES
from idqp_cli.importing.values import NoEquivalentError

BOUNDS: Mapping[str, Callable[[Fraction], Allowed]] = {
    "must_be": lambda bound: Allowed(bound, bound),
    "must_not_be": lambda bound: Allowed(bound, bound, outside=True),
    "must_be_greater_than": lambda bound: Allowed(low=bound, low_open=True),
    "must_be_greater_than_or_equal": lambda bound: Allowed(low=bound),
    "must_be_less_than": lambda bound: Allowed(high=bound, high_open=True),
    "must_be_less_than_or_equal": lambda bound: Allowed(high=bound),
}


def allowed(places: Iterable[Mapping[str, Node]], default: Allowed | None) -> Allowed:
    """Return what a value may be, as the first of the places says that has a bound.

    Raises:
        NoEquivalentError: none has one, and there is no default.

    """
    for given in places:
        for key, make in BOUNDS.items():
            if key in given:
                return make(look.number(given[key], key))
        for key in RANGES:
            if key in given:
                return _range(given[key], key)
    if default is None:
        raise NoEquivalentError("it has no threshold")
    return default


def _range(node: Node, key: str) -> Allowed:
    outside = key == "must_be_not_between"
    if isinstance(node.value, tuple):
        low, high = (look.number(one, key) for one in node.value[:2]) if len(node.value) == 2 else (None, None)
        if low is None or high is None:
            raise NoEquivalentError(f"{key} needs two numbers")
        return Allowed(low, high, outside=outside)
    given = look.mapping(node, key)
    bounds = {one: look.number(given[one], one) for one in given if one in ENDS}
    low = bounds.get("greater_than", bounds.get("greater_than_or_equal"))
    high = bounds.get("less_than", bounds.get("less_than_or_equal"))
    if outside and low is not None and high is not None and low > high:
        # Outside is below the one and above the other.
        low, high = high, low
    if low is None and high is None:
        raise NoEquivalentError(f"{key} needs greater_than and less_than")
    return Allowed(low, high, "greater_than" in bounds, "less_than" in bounds, outside)
