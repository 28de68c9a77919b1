"""The keys of two datasets as SQL that compares their values, whatever their types are."""

from __future__ import annotations

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.rules.literals import NANOSECONDS, NUMBERS, TIMES


def comparable(mine: Column, theirs: Column) -> tuple[str, str]:
    """Return two columns as SQL that compares them: in their type, if it is one, else as text."""
    if all(NUMBERS.fullmatch(one.type) for one in (mine, theirs)):
        if (mine.type in sql.FLOATS) != (theirs.type in sql.FLOATS):
            return _integral(mine), _integral(theirs)
        return sql.identifier(mine.name), sql.identifier(theirs.name)
    if mine.type == theirs.type:
        return sql.identifier(mine.name), sql.identifier(theirs.name)
    if all(TIMES.fullmatch(one.type) for one in (mine, theirs)):
        return _instants(mine, theirs)
    return sql.as_text(mine), sql.as_text(theirs)


def _instants(mine: Column, theirs: Column) -> tuple[str, str]:
    """Return two columns of times as instants; NULL for those that a column of nanoseconds cannot have."""
    if any(NANOSECONDS.fullmatch(one.type) for one in (mine, theirs)):
        exact = [f"TRY_CAST({sql.identifier(one.name)} AS TIMESTAMPTZ_NS)" for one in (mine, theirs)]
        return exact[0], exact[1]
    return f"{sql.identifier(mine.name)}::TIMESTAMPTZ", f"{sql.identifier(theirs.name)}::TIMESTAMPTZ"


def _integral(column: Column) -> str:
    """Return a number as an exact integer, NULL where it is none: a DOUBLE and a BIGINT compare as rounded ones."""
    name = sql.identifier(column.name)
    if column.type in sql.FLOATS:
        return f"CASE WHEN abs({name}) < 1e37 AND {name} = floor({name}) THEN {name}::HUGEINT END"
    if column.type.startswith("DECIMAL"):
        return f"CASE WHEN {name} = floor({name}) THEN {name}::HUGEINT END"
    return f"{name}::HUGEINT"
