"""Needs that no scan of aggregates can meet, each a statement of its own; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli import sql
from idqp_cli.engine import plan
from idqp_cli.model import Column, Relation
from idqp_cli.rules.needs import (
    DISTINCT,
    EVALUATED,
    FAILED,
    LARGEST,
    OTHER,
    ROWS,
    Counts,
    Keys,
    Need,
    Order,
    References,
    Select,
)
from idqp_cli.rules.rule import resolve

FAILS, FOUND, RETURNED = (sql.identifier(f"idqp:{name}") for name in ("fails", "found", "returned"))
SHOWN = "idqp:shown:"


def counts(relation: Relation, need: Need, others: Mapping[str, Relation]) -> tuple[str, tuple[str, ...]]:
    """Return the SELECT of a need that no scan of aggregates can meet, and the metrics that it gives."""
    match need:
        case Keys():
            statement = (
                'SELECT coalesce(sum("n"), 0), coalesce(sum("n") FILTER (WHERE "n" > 1), 0), count(*), max("n") FROM ('
                f'SELECT count(*) AS "n" FROM {plan.source(relation, relation.rescan)} WHERE {plan.looked(need)}'
                f" GROUP BY {plan.key(need)})"
            )
            return statement, (EVALUATED, FAILED, DISTINCT, LARGEST)
        case Order() | References():
            flagged = _flagged(relation, need, others, (), relation.rescan)
            return f"SELECT count(*), count(*) FILTER (WHERE {FAILS}) FROM {flagged}", (EVALUATED, FAILED)
        case Counts(dataset, where):
            other = others[dataset]
            mine = f"SELECT count(*) FROM {plan.source(relation, relation.rescan)} WHERE {where or 'true'}"
            return f"SELECT ({mine}), (SELECT count(*) FROM {other.rescan})", (ROWS, OTHER)
        case Select():
            # The hash makes DuckDB compute every cell, so that what fails is seen to fail.
            return f"SELECT count(*), max(hash({RETURNED})) IS NULL FROM {_selected(relation, need)}", (ROWS, "empty")
        case _:
            raise TypeError(need)


def counts_by(relation: Relation, need: Keys | Order, segment: str) -> tuple[str, tuple[str, ...]]:
    """Return the SELECT of a need of its own by segment, and the metrics that come after the segment."""
    if isinstance(need, Keys):
        groups = (
            f'SELECT {segment} AS {plan.AT}, count(*) AS "n" FROM {plan.source(relation, relation.rescan)}'
            f" WHERE {plan.looked(need)} GROUP BY {plan.AT}, {plan.key(need)}"
        )
        totals = 'sum("n"), coalesce(sum("n") FILTER (WHERE "n" > 1), 0), count(*), max("n")'
        return f"SELECT {plan.AT}, {totals} FROM ({groups}) GROUP BY {plan.AT}", (EVALUATED, FAILED, DISTINCT, LARGEST)
    name = sql.identifier(need.column.name)
    before = f"lag({name}) OVER (PARTITION BY {segment} ORDER BY {plan.PLACE})"
    condition = sql.both(need.where, sql.present(need.column))
    fails = f"coalesce({name} {need.breaks} {before}, false)"
    source = plan.source(relation, relation.numbered)
    flagged = f"SELECT {segment} AS {plan.AT}, {fails} AS {FAILS} FROM {source} WHERE {condition}"
    statement = f"SELECT {plan.AT}, count(*), count(*) FILTER (WHERE {FAILS}) FROM ({flagged}) GROUP BY {plan.AT}"
    return statement, (EVALUATED, FAILED)


def _flagged(
    relation: Relation,
    need: Order | References,
    others: Mapping[str, Relation],
    shown: Sequence[Column],
    table: str,
) -> str:
    """Return the rows that are looked at, with the shown columns and whether they fail."""
    cells = "".join(
        f", {plan.shown(column)} AS {sql.identifier(f'{SHOWN}{number}')}" for number, column in enumerate(shown)
    )
    if isinstance(need, Order):
        name = sql.identifier(need.column.name)
        numbered = plan.source(relation, relation.numbered)
        before = f"lag({name}) OVER (ORDER BY {plan.PLACE})"
        fails = f"coalesce({name} {need.breaks} {before}, false)"
        condition = sql.both(need.where, sql.present(need.column))
        return f"(SELECT {plan.PLACE} AS {plan.AT}, {fails} AS {FAILS}{cells} FROM {numbered} WHERE {condition})"
    other = others[need.dataset]
    targets = resolve(need.to, other.columns)
    pairs = [plan.comparable(one, target) for one, target in zip(need.columns, targets, strict=True)]
    keys = ", ".join(f"{theirs} AS {sql.identifier(f'{SHOWN}key{number}')}" for number, (_, theirs) in enumerate(pairs))
    known = f"(SELECT DISTINCT {keys}, true AS {FOUND} FROM {other.rescan} AS {sql.identifier(other.dataset)})"
    joined = sql.both(*(f"{mine} = {sql.identifier(f'{SHOWN}key{number}')}" for number, (mine, _) in enumerate(pairs)))
    place = f"{plan.PLACE} AS {plan.AT}" if shown else f"0 AS {plan.AT}"
    condition = sql.both(need.where, *map(sql.present, need.columns))
    rows = f"(SELECT * FROM {plan.source(relation, table)} WHERE {condition}) AS {sql.identifier(relation.dataset)}"
    return f"(SELECT {place}, {FOUND} IS NULL AS {FAILS}{cells} FROM {rows} LEFT JOIN {known} ON {joined})"


def _selected(relation: Relation, need: Select) -> str:
    table = f"{sql.identifier(relation.dataset)} AS (SELECT {_columns(relation)} FROM {relation.rescan})"
    return f"(WITH {table} SELECT * FROM {sql.isolated(need.sql)}) AS {RETURNED}"


def _columns(relation: Relation) -> str:
    return ", ".join(sql.identifier(column.name) for column in relation.columns)


def returned_rows(relation: Relation, need: Select, limit: int) -> str:
    """Return the SELECT of the first `limit` rows that the user's SELECT returns, as one list of structs of texts."""
    texts = f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {_selected(relation, need)} LIMIT {limit}"
    return f"SELECT list({RETURNED}) FROM ({texts}) AS {RETURNED}"


def rows(
    relation: Relation,
    need: Keys | Order | References,
    others: Mapping[str, Relation],
    shown: Sequence[Column],
    limit: int,
) -> str:
    """Return the SELECT of the first `limit` failing rows of a need of its own, as one list of rows."""
    if isinstance(need, Keys):
        source, keys = plan.source(relation, relation.numbered), plan.key(need)
        return (
            f"SELECT {plan.first(shown, 'true', limit)} FROM {source} SEMI JOIN ("
            f"SELECT {keys} FROM {plan.source(relation, relation.rescan)} WHERE {plan.looked(need)}"
            f" GROUP BY {keys} HAVING count(*) > 1) USING ({keys}) WHERE {plan.looked(need)}"
        )
    flagged = _flagged(relation, need, others, shown, relation.numbered)
    cells = ", ".join([f"{plan.AT}::VARCHAR", *(sql.identifier(f"{SHOWN}{number}") for number in range(len(shown)))])
    return f"SELECT arg_min([{cells}], {plan.AT}, {limit}) FILTER (WHERE {FAILS}) FROM {flagged}"
