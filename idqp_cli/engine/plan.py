"""From what rules need to SQL text; pure.

All aggregates of all rules of a dataset go into one SELECT, each distinct
expression once, so that they cost one scan. What cannot be an aggregate of rows
is a statement of its own, in `own.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, MetricName
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation
from idqp_cli.engine.comparing import comparable
from idqp_cli.rules.columns import resolve
from idqp_cli.rules.needs import (
    EVALUATED,
    FAILED,
    Agreement,
    Copies,
    Division,
    Keys,
    Need,
    Order,
    References,
    Rows,
    Values,
)

# Sorts rows by file, then by row; no file has 2^40 rows.
FILE_STEP = 1 << 40
MAX_SEGMENTS = 1_000
MAX_AGGREGATES = 1_000
# Lists in one SELECT; DuckDB 1.5.6 divides by zero at 10,000.
MAX_LISTS = 1_000
MISSING, RARE = "(missing)", "(rare)"
OWN_WORDS = sql.literal(r'"*\((missing|rare)\)"*')
AT = sql.identifier("idqp:at")
PLACE = f"{sql.identifier(FILE_COLUMN)} * {FILE_STEP} + {sql.identifier(ROW_COLUMN)}"


@frozen
class Scan:
    """One SELECT of many aggregates; `names` says which output is which metric of which rule."""

    statement: str
    names: Mapping[str, Mapping[MetricName, int]]


def shared(need: Need) -> bool:
    """Tell whether a need comes down to aggregates that one scan fetches together with others."""
    return isinstance(need, (Rows, Values, References))


def aggregates(need: Need, others: Mapping[str, Relation]) -> Mapping[MetricName, str]:
    """Return the SQL aggregates that a shared need comes down to."""
    match need:
        case Rows():
            return {EVALUATED: _evaluated(need), FAILED: sql.count_where(failing(need))}
        case Values(named):
            return named
        case References(columns=columns, where=where):
            evaluated = _evaluated(Rows(columns if need.without is None else (), "false", where))
            return {EVALUATED: evaluated, FAILED: sql.count_where(absent(need, others))}
        case _:
            raise TypeError(need)


def absent(need: References, others: Mapping[str, Relation]) -> str:
    """Condition: the row is looked at, and its key is none of the other dataset's.

    Raises:
        NotEvaluableError: the other dataset has no such column.

    """
    other = others[need.dataset]
    targets = resolve(need.to, other.columns)
    pairs = [comparable(one, target) for one, target in zip(need.columns, targets, strict=True)]
    mine, theirs = (", ".join(side) for side in zip(*pairs, strict=True))
    if len(pairs) > 1:
        mine, theirs = f"row({mine})", f"row({theirs})"
    keys = f"SELECT {theirs} FROM {other.rescan} AS {sql.identifier(other.dataset)}"
    # A NULL among the keys of the other side makes "not in" NULL, and not true.
    unknown = sql.both(*map(sql.present, need.columns), f"NOT coalesce({mine} IN ({keys}), false)")
    if need.without:
        unknown = sql.either([*(f"NOT coalesce({sql.present(column)}, false)" for column in need.columns), unknown])
    return sql.both(need.where, unknown)


def batches(needs: Mapping[str, Need]) -> list[dict[str, Need]]:
    """Divide shared needs into those that one scan each is to fetch: what a scan costs to plan is a square.

    Nearly always that is one; they stay in their order.
    """
    divided: list[dict[str, Need]] = [{}]
    size = 0
    for name, need in needs.items():
        own = _size(need)
        if divided[-1] and size + own > MAX_AGGREGATES:
            divided.append({})
            size = 0
        divided[-1][name] = need
        size += own
    return divided


def _size(need: Need) -> int:
    return len(need.aggregates) if isinstance(need, Values) else len((EVALUATED, FAILED))


def scan(table: str, dataset: str, needs: Mapping[str, Need], others: Mapping[str, Relation]) -> Scan | None:
    """Return the one SELECT for the aggregates of all rules, by rule name, from a table; None if there are none."""
    positions: dict[str, int] = {}
    names = {
        rule: {metric: positions.setdefault(expression, len(positions)) for metric, expression in found.items()}
        for rule, need in needs.items()
        if (found := aggregates(need, others))
    }
    if not positions:
        return None
    return Scan(f"SELECT {', '.join(positions)} FROM {table} AS {sql.identifier(dataset)}", names)


def looked(need: Rows | Keys) -> str:
    """Condition: the row is looked at."""
    if isinstance(need, Keys) and need.nulls:
        return sql.both(need.where, *(f"NOT ({sql.malformed(column)})" for column in need.columns if column.text))
    return sql.both(need.where, *map(sql.present, need.columns))


def failing(need: Rows) -> str:
    """Condition: the row is looked at and fails.

    Where a column is NULL `failing` does not hold, so it is not tested for, unless
    the cell's text may be looked at, which is there also where the cell does not
    parse. CASE, unlike AND, keeps `failing` away from rows that `where` leaves out.
    """
    parsed = [sql.present(column) for column in need.columns if column.text is not None]
    fails = sql.both(*parsed, need.failing, sql.no_nan(need.columns))
    return fails if need.where is None else f"CASE WHEN {need.where} THEN {fails} END"


def label(division: Division) -> str:
    """Return SQL for the value that a row is divided by, as text.

    A cell that says `(missing)` or `(rare)` itself, in quotes or without, is put in quotes, so that it is no other's.
    """
    cell = sql.as_text(division.column)
    alike = f"(starts_with({cell}, '(') OR starts_with({cell}, '\"')) AND regexp_full_match({cell}, {OWN_WORDS})"
    return f"CASE WHEN {alike} THEN '\"' || {cell} || '\"' ELSE coalesce({cell}, {sql.literal(MISSING)}) END"


def frequent(relation: Relation, division: Division) -> str:
    """Return the SELECT of the values that have enough rows, one more than there may be, and all rows."""
    values = f"SELECT {label(division)} AS {AT} FROM {source(relation, relation.rescan)}"
    return (
        f"SELECT {AT} FROM ({values}) GROUP BY {AT} HAVING count(*) >= {division.min_rows}"
        f" ORDER BY {AT} LIMIT {MAX_SEGMENTS + 1}"
    )


def segment(division: Division, values: Sequence[str]) -> str:
    """Return SQL for the segment of a row: its value, or the one for all that are rare."""
    if division.min_rows <= 1:
        return label(division)
    known = sql.listing(values) or "NULL"
    return f"CASE WHEN {label(division)} IN ({known}) THEN {label(division)} ELSE {sql.literal(RARE)} END"


def scan_by(relation: Relation, segment: str, needs: Mapping[str, Need], others: Mapping[str, Relation]) -> Scan | None:
    """Return the SELECT for the aggregates of all rules by segment: the segment, then the metrics."""
    scan_of_all = scan(relation.rescan, relation.dataset, needs, others)
    if scan_of_all is None:
        return None
    aggregates_of_all = scan_of_all.statement.removeprefix("SELECT ")
    names = {rule: {name: at + 1 for name, at in metrics.items()} for rule, metrics in scan_of_all.names.items()}
    return Scan(f"SELECT {segment}, {aggregates_of_all} GROUP BY 1 ORDER BY 1", names)


def rare_rows(relation: Relation, segment: str) -> str:
    """Return the SELECT of the number of rows whose value is rare."""
    return f"SELECT count(*) FROM {source(relation, relation.rescan)} WHERE {segment} = {sql.literal(RARE)}"


def by_segment(need: Need, segment: str) -> Need:
    """Return the need for setting rows apart that are held against those of their segment alone."""
    return replace(need, by=segment) if isinstance(need, (Keys, Copies, Agreement, Order)) else need


def within(need: Need, condition: str) -> Need:
    """Return the need for the rows only that `condition` holds for."""
    if isinstance(need, (Rows, Keys, Copies, Agreement, Order, References)):
        return replace(need, where=sql.both(need.where, condition))
    return need


def failing_rows(
    relation: Relation,
    failed: Sequence[tuple[Rows | References, Sequence[Column]]],
    others: Mapping[str, Relation],
    limit: int,
) -> str:
    """Return the SELECT of the first `limit` failing rows of each need, with its shown columns, as a list of rows."""
    conditions = [failing(need) if isinstance(need, Rows) else absent(need, others) for need, _ in failed]
    shown_columns = [columns for _, columns in failed]
    lists = ", ".join(first(*one, limit) for one in zip(shown_columns, conditions, strict=True))
    return f"SELECT {lists} FROM {source(relation, relation.numbered)}"


def malformed_cells(relation: Relation, columns: Sequence[Column], limit: int, besides: Sequence[str] = ()) -> str:
    """Return the SELECT of the first `limit` cells of each column that did not parse, as text, but for some texts."""

    def bad(column: Column) -> str:
        text = sql.identifier(column.text or "")
        return sql.malformed(column) + (f" AND {text} NOT IN ({sql.listing(besides)})" if besides else "")

    lists = ", ".join(
        f"arg_min([({PLACE})::VARCHAR, {sql.identifier(column.text or '')}],"
        f" CASE WHEN {bad(column)} THEN {PLACE} END, {limit})"
        for column in columns
    )
    return f"SELECT {lists} FROM {source(relation, relation.numbered)}"


def _evaluated(need: Rows) -> str:
    """Count the rows looked at, where it can be by the column alone, which a file's statistics may answer."""
    if need.where is None and not need.columns:
        return "count(*)"
    if need.where is None and len(need.columns) == 1 and sql.no_nan(need.columns) is None:
        return f"count({sql.identifier(need.columns[0].name)})"
    return sql.count_where(looked(need))


def key(need: Keys) -> str:
    """Return the columns of a key as SQL."""
    return ", ".join(key_parts(need))


def key_parts(need: Keys) -> list[str]:
    """Return each column of a key as SQL; a NaN is NULL, where NULL is compared."""
    parts = []
    for column, compared in zip(need.columns, need.spelled or need.columns, strict=True):
        name = sql.identifier(compared.name)
        nan = need.nulls and column.type in sql.FLOATS
        parts.append(f"CASE WHEN NOT isnan({sql.identifier(column.name)}) THEN {name} END" if nan else name)
    return parts


def ordered(column: Column) -> str:
    """Return SQL for the value of a column by which rows are put in order; no two decimals are equal by rounding."""
    name = sql.identifier(column.name)
    if column.type != "DOUBLE" or column.text is None or column.declared or not column.plain:
        return name
    return f"row({name}, coalesce(TRY_CAST({sql.identifier(column.text)} AS DECIMAL(38,18)), 0))"


def first(columns: Sequence[Column], condition: str, limit: int) -> str:
    """Return the aggregate of the first `limit` rows that `condition` holds for: their place, and cells as text."""
    cells = ", ".join([f"({PLACE})::VARCHAR", *map(shown, columns)])
    return f"arg_min([{cells}], CASE WHEN {condition} THEN {PLACE} END, {limit})"


def shown(column: Column) -> str:
    """Return a cell as the text that a person is shown."""
    name = sql.identifier(column.name)
    return f"coalesce({sql.as_text(column)}, {name}::VARCHAR)" if column.text else sql.as_text(column)


def source(relation: Relation, table: str) -> str:
    """Return one of the relation's tables under the dataset's name, which the user's SQL may say."""
    return f"{table} AS {sql.identifier(relation.dataset)}"
