"""Columns as summaries, which baselines are made of: bins of about equal counts, or the most frequent texts."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from idqp_cli.anomaly.summary import BINS, TEXTS, Shape, Summary
from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.engine import plan
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules.columns import NotEvaluableError, resolve
from idqp_cli.rules.drift import counts_of, means_of, number, shape_of


@frozen
class Part:
    """A column, in the rows that `where` holds for, if there is one."""

    column: str
    where: str | None = None


TABLE = "idqp:summarised"
PLACES = [place / BINS for place in range(1, BINS)]


def columns(database: Database, relation: Relation, wanted: Mapping[str, Part]) -> Mapping[str, Summary]:
    """Return a summary of each part that there is, by its name; what cannot be summarised is left out."""
    found = {}
    with _kept(database, relation, wanted.values()) as kept:
        for key, part in wanted.items():
            try:
                (column,) = resolve((part.column,), kept.columns)
                found[key] = _summary(database, kept, column, part.where)
            except (NotEvaluableError, QueryError):
                continue
    return found


@contextmanager
def _kept(database: Database, relation: Relation, parts: Collection[Part]) -> Iterator[Relation]:
    """Give a relation whose file is parsed once, whatever is asked of it; a columnar file is read by column anyway."""
    if relation.columnar or not parts:
        yield relation
        return
    named = {part.column.casefold() for part in parts}
    # A condition may name any column.
    whole = any(part.where is not None for part in parts)
    columns = [one for one in relation.columns if whole or one.name.casefold() in named]
    cells = [name for one in columns for name in (one.name, one.text) if name is not None]
    if not cells:
        yield relation
        return
    table = sql.identifier(f"{TABLE}:{relation.dataset}")
    wanted = ", ".join(map(sql.identifier, cells))
    try:
        database.fetch(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {wanted} FROM {relation.rescan}")
    except QueryError:
        # Each column by itself may still be read.
        yield relation
        return
    try:
        yield replace(relation, scan=table, rescan=table, numbered=table)
    finally:
        database.fetch(f"DROP TABLE {table}")


def _summary(database: Database, relation: Relation, column: Column, where: str | None) -> Summary:
    table = plan.source(relation, relation.rescan)
    looked = sql.both(where, sql.present(column))
    gone = sql.count_where(sql.both(where, f"NOT ({sql.present(column)})"))
    shape = shape_of(column)
    if shape is Shape.TEXT:
        cell = sql.as_text(column)
        # The empty text is always told by name.
        top = f"SELECT {cell}, count(*) FROM {table} WHERE {looked} GROUP BY 1 ORDER BY {cell} = '' DESC, 2 DESC, 1"
        rows = [(str(text), int(str(number_))) for text, number_ in database.fetch(f"{top} LIMIT {TEXTS}")]
        ((total, missing),) = database.fetch(f"SELECT {sql.count_where(looked)}, {gone} FROM {table}")
        rest = int(str(total)) - sum(number_ for _, number_ in rows)
        if rest and rows[0][0]:
            rows = [("", 0), *rows[:-1]]
            rest = int(str(total)) - sum(number_ for _, number_ in rows)
        texts = tuple(text for text, _ in rows)
        return Summary(shape, (*(number_ for _, number_ in rows), rest), texts=texts, missing=int(str(missing)))
    value = number(column)
    finite = f"CASE WHEN isfinite({value}) THEN {value} END"
    ((edges, low, high, deviation),) = database.fetch(
        f"SELECT quantile_disc({value}, {PLACES}), min({finite}), max({finite}),"
        # Scaled by the largest value, squares stay finite.
        f" stddev_pop({finite} / (SELECT greatest(max(abs({finite})), 1e-300) FROM {table} WHERE {looked}))"
        f" * (SELECT greatest(max(abs({finite})), 1e-300) FROM {table} WHERE {looked}) FROM {table} WHERE {looked}"
    )
    listed = edges if isinstance(edges, list) else []
    distinct = sorted({float(edge) for edge in listed if math.isfinite(edge)})
    if isinstance(low, float) and isinstance(high, float):
        distinct = sorted({math.nextafter(low, -math.inf), *distinct, high})
    empty = Summary(shape, (), edges=tuple(distinct))
    counted, averages = counts_of(column, empty, where), means_of(column, empty, where)
    ((*found,),) = database.fetch(f"SELECT {', '.join([*counted, *averages, gone])} FROM {table}")
    return Summary(
        shape,
        tuple(int(str(one)) for one in found[: len(counted)]),
        edges=tuple(distinct),
        low=_number(low),
        high=_number(high),
        deviation=_number(deviation),
        means=tuple(one if isinstance(one, float) and math.isfinite(one) else None for one in found[len(counted) : -1]),
        missing=int(str(found[-1])),
    )


def _number(value: object) -> float:
    return value if isinstance(value, float) and math.isfinite(value) else 0.0
