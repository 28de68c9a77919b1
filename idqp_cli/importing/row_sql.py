"""Conditions on a row, in SQL; none is NULL."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Scalar
from idqp_cli.importing import lookarounds
from idqp_cli.importing.regexes import Flavour


def is_missing(columns: Sequence[str], words: Sequence[Scalar] = (), regex: str | None = None) -> str:
    """Condition: one of the columns is NULL, or one of the words that stand for that."""
    conditions = []
    for column in columns:
        name = sql.identifier(column)
        conditions.append(f"{name} IS NULL")
        if words:
            conditions.append(f"coalesce({listed(column, words)}, false)")
        if regex is not None:
            conditions.append(f"coalesce({matches(column, [regex])}, false)")
    return " OR ".join(conditions)


def as_text(column: str) -> str:
    """Return a column as text."""
    return f"CAST({sql.identifier(column)} AS VARCHAR)"


def texts(values: Sequence[Scalar]) -> str:
    """Return values as a list of SQL texts."""
    return ", ".join(sql.literal(str(value).lower() if isinstance(value, bool) else str(value)) for value in values)


def listed(column: str, values: Sequence[Scalar]) -> str:
    """Condition: the column is one of the values; NULL where it is NULL."""
    if any(isinstance(value, str) for value in values):
        return f"{as_text(column)} IN ({texts(values)})"
    if any(isinstance(value, bool) for value in values):
        return f"{sql.identifier(column)} IN ({sql.listing(values)})"
    return f"TRY_CAST({sql.identifier(column)} AS DOUBLE) IN ({sql.listing(values)})"


def matches(column: str, regexes: Sequence[str], flavour: Flavour = Flavour.PLAIN) -> str:
    """Condition: one of the patterns is found in the column."""
    found = [lookarounds.condition(as_text(column), regex, flavour) for regex in regexes]
    return found[0] if len(found) == 1 else " OR ".join(f"({one})" if " AND " in one else one for one in found)


def breaks(condition: str) -> str:
    """Condition: another one is false; not where it is NULL."""
    return f"coalesce(NOT ({condition}), false)"
