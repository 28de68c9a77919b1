"""Detect anomalous rows: what a rule needs of a model or of the data's own bounds, come down to rows that fail.

The engine fetches arrays, `anomaly` computes; this is the order in which they do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly import explain, lstm, model_arrays, moving, rows
from idqp_cli.anomaly.features import Kind
from idqp_cli.anomaly.rows import Model, UntrainableError
from idqp_cli.anomaly.saved_model import Learnt
from idqp_cli.core import sql
from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Cause, Column, MetricName, Sample
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import apart, clean
from idqp_cli.engine import arrays, statements
from idqp_cli.engine.arrays import Table
from idqp_cli.engine.models import expressions, kind_of, one_thread, order_of, trained
from idqp_cli.engine.query_errors import Unmeasured, told
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules.column_facts import Fact, OfColumn
from idqp_cli.rules.columns import NotEvaluableError, resolve
from idqp_cli.rules.needs import EVALUATED, FAILED, OWN, TRAINED, Fences, Marked, Rows, Scores
from idqp_cli.rules.rule import baseline_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    # Places, scores, and whether the rows are anomalous whatever the others are.
    Candidates = tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]

SHIFT_ROWS = 2_000
# A part of a file begins so many rows early, in which a forecaster warms up; its stretches begin at its multiples.
STRETCH = 64
MOST_EXPLAINED = 1_000


@frozen
class Settled:
    """What a need comes down to, and the bounds that were found on the way, by column."""

    need: Rows | Marked
    bounds: Mapping[str, tuple[float, float]]


def settle(
    database: Database, relation: Relation, need: Fences | Scores, others: Mapping[str, Relation], shown: int
) -> Settled | Unmeasured:
    """Fetch what the need is about, and return what it comes down to; `shown` rows at most are given causes."""
    try:
        if isinstance(need, Fences):
            return _fenced(database, relation, need)
        return _marked(database, relation, need, others, shown)
    except QueryError as error:
        return Unmeasured(told(error))
    except (NotEvaluableError, DeadlineError) as error:
        return Unmeasured(str(error))


def _fenced(database: Database, relation: Relation, need: Fences) -> Settled | Unmeasured:
    """Return the rows in which a column lies outside of the bounds that it sets itself."""
    ((*found,),) = database.fetch(statements.fences(relation, need))
    outside: list[str] = []
    bounds: dict[str, tuple[float, float]] = {}
    for number, (column, (value, _, _)) in enumerate(zip(need.columns, need.bounds, strict=True)):
        low, high = found[2 * number : 2 * number + 2]
        if isinstance(low, float) and isinstance(high, float) and math.isfinite(low) and math.isfinite(high):
            bounds[column.name] = (low, high)
            beyond = f"{value} < {sql.literal(low)} OR {value} > {sql.literal(high)}"
            outside.append(sql.both(sql.present(column), beyond))
    if not bounds:
        return Unmeasured("there are too few values to know what is usual", skipped=True)
    alone = need.columns if len(need.columns) == 1 else ()
    return Settled(Rows(alone, sql.either(outside), need.where), bounds)


def _marked(
    database: Database, relation: Relation, need: Scores, others: Mapping[str, Relation], shown: int
) -> Settled | Unmeasured:
    """Find or train a model, score the rows and mark those that are anomalous."""
    source = relation
    if need.baseline is not None:
        name = baseline_name(relation.dataset, need.baseline)
        if name not in others:
            raise NotEvaluableError(f"its baseline {clean(need.baseline)} cannot be read")
        source = others[name]
    with one_thread():
        known = None if need.known is None else _fitting(relation, need, need.known)
        model = known or trained(database, source, need, own=need.baseline is None)
        if isinstance(model, Unmeasured):
            return model
        marked = _scored(database, relation, need, model, shown)
        if model.method == rows.LSTM and not marked.metrics[EVALUATED]:
            return Unmeasured("there are too few rows to forecast one by those before it", skipped=True)
        return Settled(marked, {})


def _fitting(relation: Relation, need: Scores, known: Learnt) -> Model | None:
    """Return a model that was kept; None if it does not fit the columns that the rule may look at and need not."""
    try:
        model = model_arrays.restored(known)
        _columns(relation, model)
        _refuse_others(model, need)
    except (UntrainableError, NotEvaluableError) as error:
        if need.lenient:
            return None
        raise NotEvaluableError(str(error)) from None
    return model


def _refuse_others(model: Model, need: Scores) -> None:
    """See that a model knows no column that the rule may not look at."""
    allowed = {column.name.casefold() for column in need.columns}
    for field in model.encoding.fields:
        if field.name.casefold() not in allowed:
            name = clean(field.name, 60)
            raise NotEvaluableError(f"its model knows {name}, which it may not look at; save it anew")


@frozen
class _Found:
    """A row that may be anomalous; its coordinates and its forecast's errors are arrays of one row."""

    place: int
    score: float
    alone: bool
    coordinates: Floats
    errors: Floats | None


def _scored(database: Database, relation: Relation, need: Scores, model: Model, shown: int) -> Marked:
    """Score the relation's rows and mark those above the model's cut."""
    candidates: list[Candidates] = []
    worst: list[_Found] = []
    columns = _columns(relation, model)
    with scoring(database, relation, need, model) as (evaluated, moved, parts):
        floor = model.floor(need.alpha, evaluated)
        for scored in parts:
            own, found = _candidates(model, scored, floor)
            candidates.append(own)
            worst = sorted([*worst, *found], key=lambda one: (-one.score, one.place))[: min(shown, MOST_EXPLAINED)]
    places, worst = _anomalous(model, need, candidates, worst, evaluated)
    judged = max(0, evaluated - lstm.WARM_UP) if model.method == rows.LSTM else evaluated
    metrics: dict[MetricName, int] = {EVALUATED: judged, FAILED: len(places), TRAINED: model.rows, OWN: int(model.own)}
    if moved is not None:
        metrics |= {OfColumn(Fact.MOVED, name): 1 for name in model.encoding.unjudged(moved.shift)}
        metrics |= {OfColumn(Fact.SHIFTED, model.encoding.fields[number].name): 1 for number in moved.fields}
    causes, named = _explained(model, worst)
    named_columns = tuple(column for column in columns if column.name in named)
    return Marked(metrics, tuple(sorted(places)), causes, named_columns)


@frozen
class Scored:
    """Rows next to each other with their places, coordinates and scores; the first `early` are of the part before.

    `alone` are those that are anomalous whatever the others are.
    """

    places: NDArray[np.int64]
    coordinates: Floats
    scores: Floats
    alone: NDArray[np.bool_]
    early: int


@contextmanager
def scoring(
    database: Database, relation: Relation, need: Scores, model: Model
) -> Iterator[tuple[int, _Moved | None, Iterator[Scored]]]:
    """Give the number of rows that are to be scored, what they have all moved by, and the rows, scored part by part."""
    columns = _columns(relation, model)
    wanted = expressions(model.encoding.fields, columns)
    with arrays.table(database, relation, wanted, need.where, order_of(relation, need)) as table:
        moved = None if model.own else _moved(table, model, need)
        yield table.rows, moved, _parts(table, model, need, None if moved is None else moved.shift)


@frozen
class _Moved:
    """By how much all rows have moved, which no row is judged by; and the numbers of the fields that have shifted."""

    shift: Floats
    fields: tuple[int, ...]


def _moved(table: Table, model: Model, need: Scores) -> _Moved:
    """Tell what moves on with the file from what has shifted."""
    some = table.sample(SHIFT_ROWS, need.seed).numbers
    beyond = moving.beyond(model.encoding, some)
    going = {one for one in beyond if moving.moves_on(model.encoding, some, one, *table.distinct(one))}
    shift = model.encoding.shift(some, going)
    owners = [number for number, _ in model.encoding.roles]
    return _Moved(shift, tuple(owners[one] for one in beyond if one not in going and not shift[one]))


def _columns(relation: Relation, model: Model) -> tuple[Column, ...]:
    """Return the relation's columns that the model looks at."""
    fields = model.encoding.fields
    columns = resolve(tuple(field.name for field in fields), relation.columns)
    for field, column in zip(fields, columns, strict=True):
        if kind_of(column) is not (Kind.TEXT if field.kind is Kind.WORD else field.kind):
            name = clean(column.name, 60)
            raise NotEvaluableError(f"{name} is {clean(column.type, 60)}, and something else in the baseline")
    return columns


def _parts(table: Table, model: Model, need: Scores, shift: Floats | None) -> Iterator[Scored]:
    """Score a table part by part."""
    company = None
    if shift is not None:
        some = table.sample(SHIFT_ROWS, need.seed).numbers
        company = model.company(need.alpha, model.encoding.coordinates(some, shift), table.rows)
    for early, part in table.parts(STRETCH, STRETCH):
        coordinates = model.encoding.coordinates(part.numbers, shift)
        scores = model.scores(coordinates)
        alone = np.zeros(len(scores), dtype=np.bool_) if company is None else company.alone(coordinates, scores)
        yield Scored(part.places, coordinates, scores, alone, early)


def _candidates(model: Model, scored: Scored, floor: float) -> tuple[Candidates, list[_Found]]:
    """Return the rows of a part above the floor, and the worst with what explains them."""
    scores, coordinates = scored.scores, scored.coordinates
    above = scored.early + np.flatnonzero(scores[scored.early :] > floor)
    worst = above[np.argsort(-scores[above], kind="stable")[:MOST_EXPLAINED]]
    errors = rows.errors(model, coordinates) if len(worst) else None
    found = [
        _Found(
            int(scored.places[at]),
            float(scores[at]),
            bool(scored.alone[at]),
            coordinates[at : at + 1].copy(),
            None if errors is None else errors[at : at + 1].copy(),
        )
        for at in worst
    ]
    return (scored.places[above], scores[above], scored.alone[above]), found


def _anomalous(
    model: Model,
    need: Scores,
    candidates: Sequence[Candidates],
    worst: Sequence[_Found],
    evaluated: int,
) -> tuple[list[int], list[_Found]]:
    """Return the places of the anomalous rows, and the worst of them."""
    if not candidates:
        return [], []
    places, scores, alone = (np.concatenate(parts) for parts in zip(*candidates, strict=True))
    cut = model.cut(need.alpha, scores, evaluated)
    return places[alone | (scores > cut)].tolist(), [one for one in worst if one.alone or one.score > cut]


def _explained(model: Model, worst: Sequence[_Found]) -> tuple[dict[int, tuple[Cause, ...]], set[str]]:
    causes, named = {}, set()
    for one in worst:
        (numbers,) = explain.causes(model, one.coordinates, one.errors)
        names = [model.encoding.fields[number].name for number in numbers]
        usual = [explain.usual(model, number) for number in numbers]
        causes[one.place] = tuple(Cause(name, said) for name, said in zip(names, usual, strict=True))
        named |= set(names)
    return causes, named


def with_causes(samples: Sequence[Sample], bounds: Mapping[str, tuple[float, float]]) -> tuple[Sample, ...]:
    """Return samples with the columns that lie outside of their bounds, and the bounds."""
    found = []
    for sample in samples:
        cells = {**sample.key, **sample.values}
        causes = tuple(
            Cause(name, " to ".join(apart(value, low, high)[1:]))
            for name, (low, high) in bounds.items()
            if isinstance(value := cells.get(name), (int, float)) and not low <= value <= high
        )
        found.append(replace(sample, causes=causes))
    return tuple(found)
