"""The only place where a name or a value becomes SQL text.

Everything here is pure text. `missing`, `present` and `malformed` decide once
what it means that a cell is not there, so that every rule type agrees.
"""

import math
import re
from collections.abc import Iterable
from decimal import Decimal

from idqp_cli.core.model import Column, Scalar

QUOTED = re.compile(r"""\"(?:[^"]|\"\")*\"|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$""", re.DOTALL)
FLOATS = frozenset({"DOUBLE", "FLOAT"})


def identifier(name: str) -> str:
    """Quote `name` as an SQL identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Scalar | None) -> str:
    """Write `value` as an SQL literal.

    Text keeps its characters (SQL has no escapes inside quotes), integers are
    exact at any size, and a float keeps all the digits that Python shows.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return f"{value!r}::DOUBLE"
        case float():
            return f"'{value!r}'::DOUBLE"
        case str():
            return _text(value)


def decimal(value: Decimal) -> str:
    """Write a number with all its digits, which DuckDB takes for a DECIMAL and not for a rounded DOUBLE."""
    return f"{value:f}"


def _text(value: str) -> str:
    # DuckDB's parser ends a statement at a NUL, so a NUL is put in by chr(0).
    pieces = ["'" + piece.replace("'", "''") + "'" for piece in value.split("\0")]
    return pieces[0] if len(pieces) == 1 else "(" + " || chr(0) || ".join(pieces) + ")"


def listing(values: Iterable[Scalar | None]) -> str:
    """Write values as a comma-separated list of literals."""
    return ", ".join(literal(value) for value in values)


def both(*conditions: str | None) -> str:
    """Join conditions by AND, leaving out those that are None; `true` if none is left."""
    given = [condition for condition in conditions if condition is not None]
    return " AND ".join(f"({condition})" for condition in given) or "true"


def either(conditions: Iterable[str]) -> str:
    """Join conditions by OR; `false` if there is none."""
    return " OR ".join(f"({condition})" for condition in conditions) or "false"


def where(condition: str | None, value: str) -> str:
    """Return SQL for the value where `condition` holds, and NULL elsewhere; for an aggregate, which leaves that out."""
    return value if condition is None else f"CASE WHEN {condition} THEN {value} END"


def count_where(condition: str) -> str:
    """Return the aggregate that counts the rows for which `condition` holds.

    FILTER would copy every column of the scan for each aggregate that has one, which is the square of their number.
    """
    return f"coalesce(count_if({condition}), 0)"


def told_apart(name: str, expression: str) -> str:
    """Return SQL for the same value whose hash is another for each `name`.

    DuckDB's hash of an expression that says a column an even number of times is
    the same for all columns, and its binder compares all of one hash, pair by
    pair. A constant tells them apart, and the planner takes it away again.
    """
    return f"CASE WHEN {literal(name)} IS NOT NULL THEN {expression} END"


def isolated(condition: str) -> str:
    """Put a user's SQL in parentheses of its own; the line break ends a trailing comment."""
    return f"(\n{condition}\n)"


def without_texts(statement: str) -> str:
    """Return a user's SQL with `…` for what is between quotes, names aside; for a person to read, not to be run."""
    return QUOTED.sub(lambda quoted: quoted[0] if quoted[0].startswith('"') else "'…'", statement)


def missing(column: Column) -> str:
    """Condition: the cell is not there (NULL or NaN); a malformed cell is there."""
    absent = f"{identifier(column.text or column.name)} IS NULL"
    return f"{absent} OR {_is_nan(column)}" if column.type in FLOATS else absent


def present(column: Column) -> str:
    """Condition: the cell has a value to look at; not NULL, not NaN, not malformed."""
    return f"NOT {_is_nan(column)}" if column.type in FLOATS else f"{identifier(column.name)} IS NOT NULL"


def no_nan(columns: Iterable[Column]) -> str | None:
    """Condition: none of the cells is NaN, which no rule looks at; None where none can be."""
    floats = [f"NOT {_is_nan(column)}" for column in columns if column.type in FLOATS]
    return both(*floats) if floats else None


def _is_nan(column: Column) -> str:
    return f"isnan({identifier(column.name)})"


def malformed(column: Column) -> str:
    """Condition: the cell is there, but its text does not parse as the column's type."""
    if column.text is None:
        return "false"
    return f"{identifier(column.text)} IS NOT NULL AND {identifier(column.name)} IS NULL"


def moment(column: Column) -> str:
    """Return a cell of times as one that DuckDB has functions for; of times with a zone those are of UTC."""
    name = identifier(column.name)
    return f"{name}::TIMESTAMP_NS" if column.type == "TIMESTAMPTZ_NS" else name


def as_text(column: Column) -> str:
    """Return the cell as text: as it stands in the file where that is text, else as DuckDB writes it."""
    if column.text is not None:
        return identifier(column.text)
    name = identifier(column.name)
    return name if column.type == "VARCHAR" else f"CAST({name} AS VARCHAR)"
