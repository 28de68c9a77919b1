"""Fetch what rules need by segment or by row group, in as few scans as for all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Metrics, RuleKey
from idqp_cli.core.relation import GROUP_COLUMN, Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import ability, plan, statements
from idqp_cli.engine.fetch import NOTHING, as_number, halves, own
from idqp_cli.engine.query_errors import Unmeasured, told
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.needs import EVALUATED, Division, Keys, Need, Order


def measure_by(
    database: Database,
    relation: Relation,
    division: Division,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
) -> tuple[dict[RuleKey, Metrics | Unmeasured], dict[str, str]]:
    """Fetch the metrics of rules that are divided alike, by rule and segment, and the SQL condition of each segment."""
    try:
        values = [str(value) for (value,) in database.fetch(plan.frequent(relation, division))]
    except QueryError as error:
        return {(name, None): Unmeasured(told(error)) for name in needs}, {}
    if len(values) > plan.MAX_SEGMENTS:
        reason = f"{clean(division.column.name, 60)} has more than {plan.MAX_SEGMENTS:,} values; say min_rows"
        return {(name, None): Unmeasured(reason) for name in needs}, {}
    segment = plan.segment(division, values)
    segments = [*values, plan.RARE] if _any_rare(database, relation, division, segment) else values
    conditions = {value: f"{segment} = {sql.literal(value)}" for value in segments}
    shared = {name: need for name, need in needs.items() if plan.shared(need)}
    found = _scanned_by(database, relation, segment, shared, others)
    for name, need in needs.items():
        if isinstance(need, statements.Apart):
            found |= _own_by(database, relation, segment, segments, (name, need))
        elif name not in shared:
            parts = {value: plan.within(need, condition) for value, condition in conditions.items()}
            found |= {(name, value): own(database, relation, part, others) for value, part in parts.items()}
    return found, conditions


def measure_groups(
    database: Database, relation: Relation, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> dict[str, list[Metrics]]:
    """Fetch the metrics of rules that one scan can serve by row group of a sample, by rule name."""
    found: dict[str, list[Metrics]] = {}
    for (name, _), metrics in _scanned_by(database, relation, sql.identifier(GROUP_COLUMN), needs, others).items():
        if not isinstance(metrics, Unmeasured):
            found.setdefault(name, []).append(metrics)
    return found


def _any_rare(database: Database, relation: Relation, division: Division, segment: str) -> bool:
    if division.min_rows <= 1:
        return False
    ((rare,),) = database.fetch(plan.rare_rows(relation, segment))
    return bool(rare)


def _own_by(
    database: Database, relation: Relation, segment: str, segments: Sequence[str], asked: tuple[str, statements.Apart]
) -> dict[RuleKey, Metrics | Unmeasured]:
    """Fetch the metrics of one need by segment, in one statement; a segment without a row to look at has zeros."""
    name, need = asked
    try:
        statement, names = statements.counts_by(relation, need, segment)
        rows = database.fetch(statement)
        every = (
            database.fetch(statements.every_row(relation, need, segment))
            if isinstance(need, (Keys, Order)) and need.every
            else ()
        )
    except QueryError as error:
        return {(name, None): Unmeasured(told(error))}
    found: dict[RuleKey, Metrics | Unmeasured] = {(name, value): dict.fromkeys(names, 0) for value in segments}
    for value, *numbers in rows:
        found[name, str(value)] = {metric: as_number(number) for metric, number in zip(names, numbers, strict=True)}
    for value, number in every:
        counted = found.get((name, str(value)), NOTHING)
        known = NOTHING if isinstance(counted, Unmeasured) else counted
        found[name, str(value)] = {**dict.fromkeys(names, 0), **known, EVALUATED: as_number(number)}
    return found


def _scanned_by(
    database: Database, relation: Relation, segment: str, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> dict[RuleKey, Metrics | Unmeasured]:
    if len(batches := ability.scans(database, relation, needs, others)) > 1:
        parts = [_scanned_by(database, relation, segment, batch, others) for batch in batches]
        return {place: metrics for found in parts for place, metrics in found.items()}
    try:
        scan = plan.scan_by(relation, segment, needs, others)
        rows = [] if scan is None else database.fetch(scan.statement)
    except (QueryError, NotEvaluableError) as error:
        if len(needs) == 1:
            reason = told(error) if isinstance(error, QueryError) else str(error)
            return {(name, None): Unmeasured(reason) for name in needs}
        apart = [_scanned_by(database, relation, segment, half, others) for half in halves(needs)]
        return {place: metrics for found in apart for place, metrics in found.items()}
    return {
        (name, str(row[0])): {metric: as_number(row[position]) for metric, position in metrics.items()}
        for row in rows
        for name, metrics in (scan.names.items() if scan is not None else ())
    }
