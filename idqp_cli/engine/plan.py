"""From what rules need to SQL text; pure.

All aggregates of all rules of a dataset go into one SELECT, each distinct
expression once, so that they cost one scan. What cannot be an aggregate of rows
(`Keys`) is a statement of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idqp_cli import sql
from idqp_cli.model import FILE_COLUMN, ROW_COLUMN, Column, Relation
from idqp_cli.rules.needs import EVALUATED, FAILED, Keys, Need, Rows, Values

# Sorts rows by file, then by row; no file has 2^40 rows.
FILE_STEP = 1 << 40
PLACE = f"{sql.identifier(FILE_COLUMN)} * {FILE_STEP} + {sql.identifier(ROW_COLUMN)}"


@dataclass(frozen=True)
class Scan:
    """One SELECT of many aggregates; `names` says which output is which metric of which rule."""

    statement: str
    names: Mapping[str, Mapping[str, int]]


def aggregates(need: Need) -> Mapping[str, str]:
    """Return the SQL aggregates that a need comes down to; none, where it wants its own statement."""
    match need:
        case Rows():
            return {EVALUATED: _evaluated(need), FAILED: f"count(*) FILTER (WHERE {failing(need)})"}
        case Values(named):
            return named
        case Keys():
            return {}


def scan(relation: Relation, needs: Mapping[str, Need]) -> Scan | None:
    """Return the one SELECT for the aggregates of all rules, by rule name; None if there are none."""
    positions: dict[str, int] = {}
    names = {
        rule: {metric: positions.setdefault(expression, len(positions)) for metric, expression in found.items()}
        for rule, need in needs.items()
        if (found := aggregates(need))
    }
    if not positions:
        return None
    return Scan(f"SELECT {', '.join(positions)} FROM {_source(relation, relation.scan)}", names)


def looked(need: Rows | Keys) -> str:
    """Condition: the row is looked at."""
    return sql.both(need.where, *map(sql.present, need.columns))


def failing(need: Rows) -> str:
    """Condition: the row is looked at and fails.

    Where a column is NULL `failing` does not hold, so it is not tested for. CASE,
    unlike AND, keeps `failing` away from rows that `where` leaves out.
    """
    fails = sql.both(need.failing, sql.no_nan(need.columns))
    return fails if need.where is None else f"CASE WHEN {need.where} THEN {fails} END"


def repeated_keys(relation: Relation, need: Keys) -> str:
    """Return the SELECT of the rows looked at, and of those whose key occurs more than once."""
    return (
        'SELECT coalesce(sum("n"), 0), coalesce(sum("n") FILTER (WHERE "n" > 1), 0) FROM ('
        f'SELECT count(*) AS "n" FROM {_source(relation, relation.rescan)} WHERE {looked(need)}'
        f" GROUP BY {_key(need)})"
    )


def failing_rows(
    relation: Relation, needs: Mapping[str, Rows], shown: Mapping[str, Sequence[Column]], limit: int
) -> str:
    """Return the SELECT of the first `limit` failing rows of each rule, as one list of rows per rule."""
    lists = ", ".join(_first(shown[rule], failing(need), limit) for rule, need in needs.items())
    return f"SELECT {lists} FROM {_source(relation, relation.numbered)}"


def repeated_rows(relation: Relation, need: Keys, shown: Sequence[Column], limit: int) -> str:
    """Return the SELECT of the first `limit` rows whose key occurs more than once, as a list of rows."""
    source = _source(relation, relation.numbered)
    keys = _key(need)
    return (
        f"SELECT {_first(shown, 'true', limit)} FROM {source} SEMI JOIN ("
        f"SELECT {keys} FROM {_source(relation, relation.rescan)} WHERE {looked(need)}"
        f" GROUP BY {keys} HAVING count(*) > 1) USING ({keys}) WHERE {looked(need)}"
    )


def malformed_cells(relation: Relation, columns: Sequence[Column], limit: int) -> str:
    """Return the SELECT of the first `limit` cells of each column that did not parse, as text."""
    lists = ", ".join(
        f"arg_min([({PLACE})::VARCHAR, {sql.identifier(column.text or '')}], {PLACE}, {limit})"
        f" FILTER (WHERE {sql.malformed(column)})"
        for column in columns
    )
    return f"SELECT {lists} FROM {_source(relation, relation.numbered)}"


def _evaluated(need: Rows) -> str:
    """Count the rows looked at, where it can be by the column alone, which a file's statistics may answer."""
    if need.where is None and not need.columns:
        return "count(*)"
    if need.where is None and len(need.columns) == 1 and sql.no_nan(need.columns) is None:
        return f"count({sql.identifier(need.columns[0].name)})"
    return f"count(*) FILTER (WHERE {looked(need)})"


def _key(need: Keys) -> str:
    return ", ".join(sql.identifier(column.name) for column in need.columns)


def _first(shown: Sequence[Column], condition: str, limit: int) -> str:
    cells = ", ".join([f"({PLACE})::VARCHAR", *(_shown(column) for column in shown)])
    return f"arg_min([{cells}], {PLACE}, {limit}) FILTER (WHERE {condition})"


def _shown(column: Column) -> str:
    name = sql.identifier(column.name)
    return f"coalesce({sql.as_text(column)}, {name}::VARCHAR)" if column.text else sql.as_text(column)


def _source(relation: Relation, table: str) -> str:
    return f"{table} AS {sql.identifier(relation.dataset)}"
