"""Train models of rows: a sample of a relation's rows as numbers, come down to what others can be judged by."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from idqp_cli.anomaly import counters, encoding, features, model_arrays, rows
from idqp_cli.anomaly.features import Field, Kind
from idqp_cli.anomaly.options import FEW, RARE
from idqp_cli.anomaly.rows import Model, UntrainableError
from idqp_cli.anomaly.saved_model import Learnt
from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.engine import arrays, plan
from idqp_cli.engine.query_errors import Unmeasured, told
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules.columns import NotEvaluableError, resolve
from idqp_cli.rules.literals import NUMBERS, TIMES
from idqp_cli.rules.needs import EVALUATED, Marked, Scores

TRAINING_ROWS = 100_000
RUN_ROWS = 512
# DuckDB takes the square of the number of columns in time to plan what makes numbers of them.
MOST_COLUMNS = 400


def one_thread() -> AbstractContextManager[object]:
    """Let matrix products take one thread, so that their sums do not depend on the machine."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits


def trained(
    database: Database, relation: Relation, need: Scores, *, own: bool, without: Sequence[int] = ()
) -> Model | Unmeasured:
    """Train on the relation's rows but those at some places, to judge its `own` rows or others.

    Unmeasured where they are too few or all alike.
    """
    if len(need.columns) > MOST_COLUMNS:
        reason = (
            f"learns from {MOST_COLUMNS:,} columns at most, and there are {len(need.columns):,}; name some in columns"
        )
        return Unmeasured(reason, skipped=True)
    order = order_of(relation, need)
    named = resolve(tuple(column.name for column in need.columns), relation.columns)
    # The rows stand in its order: what it says of a row is where the row stands.
    columns = tuple(column for column in named if column != order) or named
    fields, counting = _fields(database, relation, columns, need)
    with arrays.table(database, relation, expressions(fields, columns), need.where, order) as table:
        part = table.sample(TRAINING_ROWS, need.seed, 1 if order is None else RUN_ROWS)
    left_out = set(without)
    matrix = part.numbers[[place not in left_out for place in part.places.tolist()]] if left_out else part.numbers
    growing = [*(encoding.growing(fields, matrix) if len(matrix) else []), *counting]
    kept = [number for number in range(len(fields)) if number not in growing] or list(range(len(fields)))
    chosen = [fields[number] for number in kept]
    try:
        return rows.train(
            need.method,
            chosen,
            matrix[:, _positions(fields, kept)],
            seed=need.seed,
            own=own,
            ordered=order is not None,
        )
    except UntrainableError as error:
        return Unmeasured(str(error), skipped=True)


def learnt(database: Database, relation: Relation, need: Scores, judged: Marked | None) -> Learnt | Unmeasured:
    """Train what rows elsewhere can be judged by; a few rows that were judged to be outliers teach nothing.

    With `alpha` those are usual ones too, and teach.
    """
    without: Sequence[int] = ()
    few = 0.0 if judged is None else max(FEW, RARE * (judged.metrics[EVALUATED] or 0))
    if judged is not None and need.alpha is None and len(judged.places) <= few:
        without = judged.places
    try:
        with one_thread():
            model = trained(database, relation, need, own=False, without=without)
            return model if isinstance(model, Unmeasured) else model_arrays.saved(model)
    except QueryError as error:
        return Unmeasured(told(error))
    except (NotEvaluableError, DeadlineError) as error:
        return Unmeasured(str(error))


def order_of(relation: Relation, need: Scores) -> Column | None:
    """Return the column of time that puts the rows in order, if they are."""
    return None if need.order is None else resolve((need.order,), relation.columns)[0]


def expressions(fields: Sequence[Field], columns: Sequence[Column]) -> list[str]:
    """Return SQL for the features of a row."""
    return [
        expression
        for field, column in zip(fields, columns, strict=True)
        for expression in features.expressions(field, column)
    ]


def kind_of(column: Column) -> Kind:
    """Return what is asked of the cells of a column."""
    if NUMBERS.fullmatch(column.type):
        return Kind.NUMBER
    if TIMES.fullmatch(column.type):
        return Kind.TIME
    return Kind.FLAG if column.type == "BOOLEAN" else Kind.TEXT


def _positions(fields: Sequence[Field], kept: Sequence[int]) -> list[int]:
    """Return the positions of the features of the kept fields."""
    starts = encoding.first_features(fields)
    return [starts[number] + step for number in kept for step in range(len(fields[number].roles))]


def _fields(
    database: Database, relation: Relation, columns: Sequence[Column], need: Scores
) -> tuple[list[Field], list[int]]:
    """Describe the columns, those of text by a sample of their cells; and tell which of these count the rows."""
    kinds = [kind_of(column) for column in columns]
    asked = [column for column, kind in zip(columns, kinds, strict=True) if kind is Kind.TEXT]
    cells: dict[str, list[tuple[str | None, str | None]]] = {}
    if asked:
        wanted = [*(expression for column in asked for expression in features.texts(column)), plan.PLACE]
        limit = min(features.SAMPLED_TEXTS, max(rows.LEAST_ROWS, arrays.PART_CELLS // len(wanted)))
        found = arrays.sampled(database, relation, wanted, need.where, limit, need.seed)
        found.sort(key=lambda row: int(str(row[-1])))
        for number, column in enumerate(asked):
            pairs = [(row[2 * number], row[2 * number + 1]) for row in found]
            cells[column.name] = [(_text(text), _text(shape)) for text, shape in pairs]
    fields = [
        features.text_field(column.name, cells[column.name]) if kind is Kind.TEXT else Field(column.name, kind)
        for column, kind in zip(columns, kinds, strict=True)
    ]
    counting = [
        number
        for number, field in enumerate(fields)
        if field.kind is Kind.TEXT
        and counters.counts([text for text, _ in cells[field.name] if text is not None], whole=len(found) < limit)
    ]
    return fields, counting


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)
