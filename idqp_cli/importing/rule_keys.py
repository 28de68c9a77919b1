"""The keys of a rule, as rules.yaml has them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import Keys, NoEquivalentError


def clean_keys(keys: Mapping[str, object]) -> Keys:
    """Return the keys that have a value."""
    return {key: value for key, value in keys.items() if value is not None and value not in ([], ())}


def rule(kind: str, columns: str | Sequence[str] = (), /, **keys: object) -> Keys:
    """Return the keys of a rule about columns."""
    names = [columns] if isinstance(columns, str) else list(columns)
    if not all(names):
        raise NoEquivalentError("a column has no name")
    to = keys.get("to")
    keys |= {"to": to[0]} if isinstance(to, list) and len(to) == 1 else {}
    about: dict[str, object] = {"column": names[0]} if len(names) == 1 else {"columns": names} if names else {}
    return clean_keys({"type": kind, **about, **keys})


def schema(columns: Mapping[str, object], /, **keys: object) -> Keys:
    """Return the rule that the columns are there, with their types."""
    return clean_keys({"type": "schema", "columns": columns or None, **keys})


def number(select: str, allowed: Allowed, /, **keys: object) -> Keys:
    """Return the rule that the number which a SELECT (without the word) returns is allowed."""
    return number_of(f"SELECT {select}", allowed, **keys)


def number_of(statement: str, allowed: Allowed, /, **keys: object) -> Keys:
    """Return the rule that the number which a whole SELECT returns is allowed."""
    if allowed.outside:
        text = f"SELECT value FROM ({statement}) AS metric(value) WHERE {allowed.broken_by('value')}"
        return rule("query", sql=text, **keys)
    return rule("query", sql=statement, **allowed.bounds(), **keys)


def from_table(value: str, dataset: str, where: str | None = None) -> str:
    """Return the end of a SELECT of a value from the rows of a dataset for which a condition holds."""
    return f"{value} FROM {sql.identifier(dataset)}" + ("" if where is None else f" WHERE {where}")


def statistic(column: str, name: str, allowed: Allowed, dataset: str, /, **keys: object) -> Keys:
    """Return the rule that a statistic of a column is allowed."""
    if not allowed.outside:
        return rule("statistic", column, statistic=name, **{**allowed.bounds(), **keys})
    inner = {"mean": "avg", "distinct_count": "count(DISTINCT", "stddev": "stddev_samp", "variance": "var_samp"}
    function = inner.get(name, name)
    value = f"{function} {sql.identifier(column)})" if "(" in function else f"{function}({sql.identifier(column)})"
    where = keys.pop("where", None)
    return number(from_table(value, dataset, None if where is None else str(where)), allowed, **keys)


def row_count(allowed: Allowed, dataset: str, where: str | None = None, /, **keys: object) -> Keys:
    """Return the rule that the number of rows is allowed."""
    if allowed.outside and allowed.low == allowed.high == 0:
        allowed = Allowed(low=Fraction(1))
    if allowed.outside:
        return number(from_table("count(*)", dataset, where), allowed, **keys)
    low = high = None
    if allowed.low is not None:
        low = math.floor(allowed.low) + 1 if allowed.low_open else math.ceil(allowed.low)
    if allowed.high is not None:
        high = math.ceil(allowed.high) - 1 if allowed.high_open else math.floor(allowed.high)
    if high is not None and high < 0:
        raise NoEquivalentError("a number of rows cannot be below 0")
    return rule("row_count", min=None if low is None else max(low, 0), max=high, where=where, **keys)
