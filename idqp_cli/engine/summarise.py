"""Columns as summaries, which baselines are made of: bins of about equal counts, or the most frequent texts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from idqp_cli import sql
from idqp_cli.anomaly.summary import BINS, TEXTS, Shape, Summary
from idqp_cli.database import Database, QueryError
from idqp_cli.dataset import Relation
from idqp_cli.engine import plan
from idqp_cli.frozen import frozen
from idqp_cli.model import Column
from idqp_cli.rules.drift import counts_of, number, shape_of
from idqp_cli.rules.rule import NotEvaluableError, resolve


@frozen
class Part:
    """A column, in the rows that `where` holds for, if there is one."""

    column: str
    where: str | None = None


PLACES = [place / BINS for place in range(1, BINS)]


def columns(database: Database, relation: Relation, wanted: Mapping[str, Part]) -> Mapping[str, Summary]:
    """Return a summary of each part that there is, by its name; what cannot be summarised is left out."""
    found = {}
    for key, part in wanted.items():
        try:
            (column,) = resolve((part.column,), relation.columns)
            found[key] = _summary(database, relation, column, part.where)
        except (NotEvaluableError, QueryError):
            continue
    return found


def _summary(database: Database, relation: Relation, column: Column, where: str | None) -> Summary:
    table = plan.source(relation, relation.rescan)
    looked = sql.both(where, sql.present(column))
    shape = shape_of(column)
    if shape is Shape.TEXT:
        cell = sql.as_text(column)
        top = f"SELECT {cell}, count(*) FROM {table} WHERE {looked} GROUP BY 1 ORDER BY 2 DESC, 1"
        rows = [(str(text), int(str(number_))) for text, number_ in database.fetch(f"{top} LIMIT {TEXTS}")]
        ((total,),) = database.fetch(f"SELECT count(*) FROM {table} WHERE {looked}")
        counts = tuple(number_ for _, number_ in rows)
        return Summary(shape, (*counts, int(str(total)) - sum(counts)), texts=tuple(text for text, _ in rows))
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
    empty = Summary(shape, (), edges=tuple(distinct))
    (counts_found,) = database.fetch(f"SELECT {', '.join(counts_of(column, empty, where))} FROM {table}")
    return Summary(
        shape,
        tuple(int(str(one)) for one in counts_found),
        edges=tuple(distinct),
        low=_number(low),
        high=_number(high),
        deviation=_number(deviation),
    )


def _number(value: object) -> float:
    return value if isinstance(value, float) and math.isfinite(value) else 0.0
