"""The SQL that a profile is fetched by; pure.

One scan counts what must be exact in all columns at once. What else is looked
at is a table of rows drawn by the hash of their place, all of them where there
are few.
"""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.engine.plan import PLACE
from idqp_cli.suggest.profile import Kind, kind_of

# Aggregates of a column, in their order.
PRESENT, MALFORMED, DISTINCT, LOW, HIGH = range(5)
EACH = 5
# A statement has so many columns at most: what it costs to plan is a square.
AT_ONCE, COUNTED_AT_ONCE = 200, 2_500
TABLE = "idqp:profile"


def totals(relation: Relation, columns: Sequence[Column]) -> str:
    """Return the SELECT of the number of rows, and of `EACH` aggregates of each column, in one scan."""
    found = [one for column in columns for one in _aggregates(column)]
    return f"SELECT {', '.join(['count(*)', *found])} FROM {relation.rescan} AS {sql.identifier(relation.dataset)}"


def counts(relation: Relation, columns: Sequence[Column]) -> str:
    """Return the SELECT of the number of rows and of the cells of each column, of many columns in one scan."""
    each = ", ".join(f"count({sql.identifier(column.text or column.name)})" for column in columns)
    return f"SELECT count(*), {each} FROM {relation.rescan} AS {sql.identifier(relation.dataset)}"


def _aggregates(column: Column) -> tuple[str, ...]:
    name, kind = sql.identifier(column.name), kind_of(column)
    value = name
    if column.type in sql.FLOATS:
        value = f"CASE WHEN NOT isnan({name}) THEN {name} END"
    malformed = "0" if column.text is None else sql.count_where(sql.malformed(column))
    if kind is Kind.OTHER:
        return f"count({name})", malformed, "0", "NULL", "NULL"
    ends = [f"min({value})", f"max({value})"]
    if kind is Kind.TIME:
        ends = [f"CAST({end} AS VARCHAR)" for end in ends]
    if kind is Kind.TEXT:
        # The least and the most characters of a text; its own ends say little.
        length = f"length({sql.as_text(column)})"
        ends = [f"min({length})", f"max({length})"]
    if kind is Kind.BOOLEAN:
        ends = ["NULL", "NULL"]
    return f"count({value})", malformed, f"approx_count_distinct({value})", *ends


def drawn(relation: Relation, columns: Sequence[Column], step: int) -> str:
    """Return the statement that keeps about every `step`-th row as a table: of each column its text and its number."""
    cells = [one for number, column in enumerate(columns) for one in _cells(number, column)]
    some = "" if step <= 1 else f" WHERE hash({PLACE}) % {step} = 0"
    return (
        f"CREATE OR REPLACE TEMP TABLE {sql.identifier(TABLE)} AS SELECT {', '.join([*cells, f'{PLACE} AS place'])}"
        f" FROM {relation.numbered} AS {sql.identifier(relation.dataset)}{some}"
    )


def _cells(number: int, column: Column) -> list[str]:
    kind = kind_of(column)
    if kind is Kind.OTHER and column.text is None:
        return [f"CAST({sql.identifier(column.name)} AS VARCHAR) AS c{number}"]
    cells = [f"CASE WHEN {sql.present(column)} THEN {sql.as_text(column)} END AS c{number}"]
    name = sql.identifier(column.name)
    if kind is Kind.NUMBER:
        cells.append(f"TRY_CAST({name} AS DOUBLE) AS n{number}")
    if kind is Kind.TIME:
        cells.append(f"CASE WHEN isfinite({name}) THEN epoch({sql.moment(column)}) END AS n{number}")
    return cells


def drop() -> str:
    """Return the statement that drops the table of drawn rows."""
    return f"DROP TABLE IF EXISTS {sql.identifier(TABLE)}"


def sizes(columns: int) -> str:
    """Return the SELECT of the drawn rows and, for each column, of its cells, its values and its spaced texts."""
    each = [
        one
        for number in range(columns)
        for one in (
            f"count(c{number})",
            f"count(DISTINCT c{number})",
            f"count_if(c{number} <> trim(c{number}, ' ' || chr(9) || chr(160)))",
        )
    ]
    return f"SELECT {', '.join(['count(*)', *each])} FROM {sql.identifier(TABLE)}"


def frequent(number: int, limit: int) -> str:
    """Return the SELECT of a column's most frequent drawn values, with their numbers of cells."""
    return (
        f"SELECT c{number}, count(*) FROM {sql.identifier(TABLE)} WHERE c{number} IS NOT NULL"
        f" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}"
    )


def numbers(number: int) -> str:
    """Return the SELECT of a column's drawn numbers or times, in the order of the rows."""
    return (
        f"SELECT n{number} AS n FROM {sql.identifier(TABLE)}"
        f" WHERE c{number} IS NOT NULL AND isfinite(n{number}) ORDER BY place"
    )


def together(first: int, second: int) -> str:
    """Return the SELECT of the drawn rows in which two columns have a number or a time, as pairs of arrays."""
    there = " AND ".join(f"c{number} IS NOT NULL AND isfinite(n{number})" for number in (first, second))
    return f"SELECT n{first} AS one, n{second} AS other FROM {sql.identifier(TABLE)} WHERE {there}"


def beyond(number: int, low: float | None, high: float | None, things: Sequence[int]) -> str:
    """Return the SELECT of the drawn rows whose number lies outside, and how many values other columns have there."""
    ends = [f"n{number} {sign} {sql.literal(end)}" for sign, end in (("<", low), (">", high)) if end is not None]
    each = "".join(f", count(DISTINCT c{thing})" for thing in things)
    return f"SELECT count(*){each} FROM {sql.identifier(TABLE)} WHERE c{number} IS NOT NULL AND ({' OR '.join(ends)})"


def hashes(columns: Sequence[int], rows: int) -> str:
    """Return the SELECT of the hashes of the first drawn cells, 0 of one that is missing, in the order of the rows."""
    each = ", ".join(
        f"CASE WHEN c{number} IS NULL THEN 0::UBIGINT ELSE hash(c{number}) END AS h{number}" for number in columns
    )
    return f"SELECT {each} FROM {sql.identifier(TABLE)} ORDER BY place LIMIT {rows}"


def every_value(relation: Relation, column: Column, limit: int) -> str:
    """Return the SELECT of a column's values in all rows, with their numbers of cells, and of one more than `limit`."""
    return (
        f"SELECT {sql.as_text(column)}, count(*) FROM {relation.rescan} AS {sql.identifier(relation.dataset)}"
        f" WHERE {sql.present(column)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit + 1}"
    )


def strange(relation: Relation, column: Column, limit: int) -> str:
    """Return the SELECT of the most frequent texts of a column that do not parse, with their numbers of cells."""
    return (
        f"SELECT {sql.as_text(column)}, count(*) FROM {relation.rescan} AS {sql.identifier(relation.dataset)}"
        f" WHERE {sql.malformed(column)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}"
    )


def every_value_of(relation: Relation, columns: Sequence[Column]) -> str:
    """Return the SELECT of the values of several columns in all rows, each with its cells, in one scan."""
    each = ", ".join(f"histogram(CASE WHEN {sql.present(column)} THEN {sql.as_text(column)} END)" for column in columns)
    return f"SELECT {each} FROM {relation.rescan} AS {sql.identifier(relation.dataset)}"
