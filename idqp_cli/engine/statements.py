"""Needs that no scan of aggregates can meet, each a statement of its own; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import groups, increment, plan
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.needs import (
    DISTINCT,
    EVALUATED,
    FAILED,
    LARGEST,
    OTHER,
    ROWS,
    VALUE,
    Agreement,
    Copies,
    Counts,
    Fences,
    Keys,
    Marked,
    Need,
    Order,
    Select,
)

COUNT = sql.identifier("idqp:count")
FAILS, RETURNED = sql.identifier("idqp:fails"), sql.identifier("idqp:returned")
SHOWN = "idqp:shown:"
# Needs of which each failing row stands for itself, but is known only beside others.
Apart = Keys | Order | Copies | Agreement


def counts(relation: Relation, need: Need, others: Mapping[str, Relation]) -> tuple[str, tuple[str, ...]]:
    """Return the SELECT of a need that no scan of aggregates can meet, and the metrics that it gives."""
    match need:
        case Keys(earlier=str()):
            return increment.counts(relation, need, others), (EVALUATED, FAILED, DISTINCT, LARGEST)
        case Keys():
            statement = (
                f"SELECT coalesce(sum({COUNT}), 0), coalesce(sum({COUNT}) FILTER (WHERE {COUNT} > 1), 0), count(*),"
                f" max({COUNT}) FROM (SELECT count(*) AS {COUNT} FROM {plan.source(relation, relation.rescan)}"
                f" WHERE {plan.looked(need)} GROUP BY {plan.key(need)})"
            )
            return statement, (EVALUATED, FAILED, DISTINCT, LARGEST)
        case Copies() | Agreement():
            return groups.counts(relation, need), groups.METRICS
        case Order():
            return f"SELECT count(*), {sql.count_where(FAILS)} FROM {_flagged(relation, need, ())}", (
                EVALUATED,
                FAILED,
            )
        case Counts(dataset, where):
            other = others[dataset]
            mine = f"SELECT count(*) FROM {plan.source(relation, relation.rescan)} WHERE {where or 'true'}"
            return f"SELECT ({mine}), (SELECT count(*) FROM {other.rescan})", (ROWS, OTHER)
        case Select(number=True):
            # Of more than one column DuckDB says that it expected one.
            once = f"WITH {RETURNED} AS MATERIALIZED (SELECT * FROM {_selected(relation, need, others)})"
            number = f"CAST((SELECT * FROM {RETURNED} LIMIT 1) AS DOUBLE)"
            return f"{once} SELECT (SELECT count(*) FROM {RETURNED}), {number}", (ROWS, VALUE)
        case Select():
            # The hash makes DuckDB compute every cell, so that what fails is seen to fail.
            selected = _selected(relation, need, others)
            return f"SELECT count(*), max(hash({RETURNED})) IS NULL FROM {selected}", (ROWS, "empty")
        case _:
            raise TypeError(need)


def counts_by(relation: Relation, need: Apart, segment: str) -> tuple[str, tuple[str, ...]]:
    """Return the SELECT of a need of its own by segment, and the metrics that come after the segment."""
    if isinstance(need, (Copies, Agreement)):
        return groups.counts(relation, need, segment), groups.METRICS
    if isinstance(need, Keys):
        keys = (
            f"SELECT {segment} AS {plan.AT}, count(*) AS {COUNT} FROM {plan.source(relation, relation.rescan)}"
            f" WHERE {plan.looked(need)} GROUP BY {plan.AT}, {plan.key(need)}"
        )
        totals = f"sum({COUNT}), coalesce(sum({COUNT}) FILTER (WHERE {COUNT} > 1), 0), count(*), max({COUNT})"
        return f"SELECT {plan.AT}, {totals} FROM ({keys}) GROUP BY {plan.AT}", (EVALUATED, FAILED, DISTINCT, LARGEST)
    name = plan.ordered(need.column)
    before = f"lag({name}) OVER (PARTITION BY {segment} ORDER BY {plan.PLACE})"
    condition = sql.both(need.where, sql.present(need.column))
    fails = f"coalesce({name} {need.breaks} {before}, false)"
    source = plan.source(relation, relation.numbered)
    flagged = f"SELECT {segment} AS {plan.AT}, {fails} AS {FAILS} FROM {source} WHERE {condition}"
    statement = f"SELECT {plan.AT}, count(*), {sql.count_where(FAILS)} FROM ({flagged}) GROUP BY {plan.AT}"
    return statement, (EVALUATED, FAILED)


def every_row(relation: Relation, need: Keys | Order, segment: str | None = None) -> str:
    """Return the SELECT of the number of rows that `where` holds for, also without a value; by segment, where given."""
    counted = f"count(*) FROM {plan.source(relation, relation.rescan)} WHERE {need.where or 'true'}"
    return f"SELECT {counted}" if segment is None else f"SELECT {segment} AS {plan.AT}, {counted} GROUP BY {plan.AT}"


def _flagged(relation: Relation, need: Order, shown: Sequence[Column]) -> str:
    """Return the rows that are looked at, with the shown columns and whether they fail."""
    cells = "".join(
        f", {plan.shown(column)} AS {sql.identifier(f'{SHOWN}{number}')}" for number, column in enumerate(shown)
    )
    name = plan.ordered(need.column)
    fails = f"coalesce({name} {need.breaks} lag({name}) OVER (ORDER BY {plan.PLACE}), false)"
    condition = sql.both(need.where, sql.present(need.column))
    source = plan.source(relation, relation.numbered)
    return f"(SELECT {plan.PLACE} AS {plan.AT}, {fails} AS {FAILS}{cells} FROM {source} WHERE {condition})"


def _selected(relation: Relation, need: Select, others: Mapping[str, Relation]) -> str:
    tables = ", ".join(map(_table, (relation, *(others[name] for name in need.others))))
    return f"(WITH {tables} SELECT * FROM {sql.isolated(need.sql)}) AS {RETURNED}"


def _table(relation: Relation) -> str:
    """Return a dataset as a table of its name, without the columns that are not of its file.

    Raises:
        NotEvaluableError: the dataset has no column.

    """
    if not relation.columns:
        raise NotEvaluableError(f"the dataset {clean(relation.dataset)} is empty, and has no columns")
    columns = ", ".join(sql.identifier(column.name) for column in relation.columns)
    return f"{sql.identifier(relation.dataset)} AS (SELECT {columns} FROM {relation.rescan})"


def returned_rows(relation: Relation, need: Select, others: Mapping[str, Relation], limit: int) -> str:
    """Return the SELECT of the first `limit` rows that the user's SELECT returns, as one list of structs of texts."""
    texts = f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {_selected(relation, need, others)} LIMIT {limit}"
    return f"SELECT list({RETURNED}) FROM ({texts}) AS {RETURNED}"


def fences(relation: Relation, need: Fences) -> str:
    """Return the SELECT of the bounds that each column sets itself, the lower and the upper one."""
    wanted = ", ".join(f"{low}, {high}" for _, low, high in need.bounds)
    return f"SELECT {wanted} FROM {plan.source(relation, relation.rescan)} WHERE {need.where or 'true'}"


def marked_rows(relation: Relation, need: Marked, shown: Sequence[Column], limit: int) -> str:
    """Return the SELECT of the first `limit` rows of which the causes are known, as one list of rows."""
    places = sorted(need.causes or need.places)[:limit]
    chosen = f"{plan.PLACE} IN ({sql.listing(places) or 'NULL'})"
    return f"SELECT {plan.first(shown, chosen, limit)} FROM {plan.source(relation, relation.numbered)}"


def rows(relation: Relation, need: Apart, shown: Sequence[Column], limit: int, others: Mapping[str, Relation]) -> str:
    """Return the SELECT of the first `limit` failing rows of a need of its own, as one list of rows."""
    if isinstance(need, (Copies, Agreement)):
        return groups.rows(relation, need, shown, limit)
    if isinstance(need, Keys) and need.earlier is not None:
        return increment.rows(relation, need, others, shown, limit)
    if isinstance(need, Keys):
        source, keys = plan.source(relation, relation.numbered), plan.key(need)
        if need.nulls:
            repeated = f"count(*) OVER (PARTITION BY {keys}) > 1 AS {FAILS}"
            flagged = f"SELECT *, {repeated} FROM {source} WHERE {plan.looked(need)}"
            return f"SELECT {plan.first(shown, FAILS, limit)} FROM ({flagged}) AS {sql.identifier(relation.dataset)}"
        return (
            f"SELECT {plan.first(shown, 'true', limit)} FROM {source} SEMI JOIN ("
            f"SELECT {keys} FROM {plan.source(relation, relation.rescan)} WHERE {plan.looked(need)}"
            f" GROUP BY {keys} HAVING count(*) > 1) USING ({keys}) WHERE {plan.looked(need)}"
        )
    flagged = _flagged(relation, need, shown)
    cells = ", ".join([f"{plan.AT}::VARCHAR", *(sql.identifier(f"{SHOWN}{number}") for number in range(len(shown)))])
    return f"SELECT arg_min([{cells}], {plan.AT}, {limit}) FILTER (WHERE {FAILS}) FROM {flagged}"
