"""What the rules say of a dataset, as results: each verdict with the rows that show why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import DeadlineError, UnreadableError
from idqp_cli.core.model import Column, MetricPlace, Result, RuleKey, Sample, Status
from idqp_cli.core.relation import Relation
from idqp_cli.engine import plan
from idqp_cli.engine.failing_rows import Failed, Unparsed, samples
from idqp_cli.engine.judge import Judged, of_place, places
from idqp_cli.engine.measure import Measured, metrics_of
from idqp_cli.engine.query_errors import Unmeasured
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.relation import Ingested
from idqp_cli.rules import parse as integrity
from idqp_cli.rules.columns import NotEvaluableError, resolve
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import Marked, Need
from idqp_cli.rules.parse import Parse
from idqp_cli.rules.rule import Rule

# Of so many failed rules and segments the failing rows are shown: whole rules first, then the most severe.
MAX_SHOWN = 200


def find_named(dataset: Dataset, ingested: Ingested) -> None:
    """See that the columns that the dataset names are there; a misspelt `pii` would mask nothing.

    Raises:
        UnreadableError: one of them is not.

    """
    columns = ingested.relation.columns
    for option, names in (("key", dataset.key), ("pii", dataset.pii)):
        try:
            resolve(names if columns else (), columns)
        except NotEvaluableError as error:
            raise UnreadableError(f"{ingested.source.shown}: {option}: {error}") from None


def results(
    database: Database,
    dataset: Dataset,
    judged: Sequence[Judged],
    measured: Measured,
    others: Mapping[str, Relation],
) -> tuple[Result, ...]:
    """Return the verdicts as results, with the rows that show why rules failed."""
    by_place = _samples(database, dataset, judged, measured, others)
    return tuple(
        Result(
            rule=one.rule.name,
            type=one.rule.type,
            columns=one.rule.columns,
            severity=one.verdict.severity or one.rule.severity,
            verdict=one.verdict,
            samples=by_place.get(one.place, ()),
            segment=one.place[1],
            rules_line=one.rule.line or None,
            sql=one.rule.told_by,
            description=one.rule.description,
            by_past=one.rule.judges_by_past,
        )
        for one in judged
    )


def unmasked(
    database: Database,
    dataset: Dataset,
    judged: Sequence[Judged],
    measured: Measured,
    others: Mapping[str, Relation],
) -> Mapping[RuleKey, tuple[Sample, ...]]:
    """Return the rows that show why rules failed with the cells that are masked elsewhere; none, where none is."""
    return _samples(database, replace(dataset, pii=()), judged, measured, others) if dataset.pii else {}


def met(measured: Measured) -> Mapping[str, Need]:
    """Return the needs that could be met, by rule."""
    planned = measured.planned
    known = {place[0] for place, found in measured.metrics.items() if not isinstance(found, Unmeasured)}
    found = {rule: need for rule, need in planned.needs.items() if rule in known}
    for division, own in planned.divided.items():
        segments = {place[1] for place in measured.conditions if place[0] in own} - {plan.RARE}
        segment = plan.segment(division, sorted(map(str, segments)))
        found |= {rule: plan.by_segment(need, segment) for rule, need in own.items() if rule in known}
    return found


def to_keep(rules: Sequence[Rule], measured: Measured, given: Given) -> Mapping[MetricPlace, float | None]:
    """Return the metrics to keep beside the verdicts' own."""
    return {
        (key, place[1]): value
        for rule in rules
        for place in places(rule, measured, given)
        for key, value in rule.measured(of_place(rule, place, measured)).items()
    }


def _samples(
    database: Database,
    dataset: Dataset,
    judged: Sequence[Judged],
    measured: Measured,
    others: Mapping[str, Relation],
) -> dict[RuleKey, tuple[Sample, ...]]:
    """Fetch the rows that show why the failed rules failed, and what did not parse."""
    columns, planned = measured.ingested.relation.columns, measured.planned
    failures = []
    for one in judged:
        rule, place = one.rule, one.place
        if one.verdict.status is Status.FAILED and rule.needs_rows:
            need = planned.need(rule.name)
            if place in measured.conditions:
                need = plan.within(need, measured.conditions[place])
            own = need.shown if isinstance(need, Marked) else planned.columns[rule.name]
            failures.append(Failed(place, need, rule.concerns(own, columns)))
    unparsed = _unparsed(judged, measured, columns)
    severities = {one.place: (one.verdict.severity or one.rule.severity).rank for one in judged}
    failures.sort(key=lambda one: (one.place[1] is not None, -severities[one.place]))
    shown = failures[:MAX_SHOWN]
    try:
        by_place, of_parse = samples(database, dataset, measured.ingested, shown, unparsed, measured.rows, others)
        by_place[integrity.NAME, None] = of_parse
    except (QueryError, DeadlineError):
        # The verdicts stand without the rows that show them.
        return {}
    bounded: dict[RuleKey, Mapping[str, tuple[float, float]]] = {
        (rule, None): bounds for rule, bounds in measured.bounds.items() if bounds
    }
    if not bounded:
        return by_place
    from idqp_cli.engine import outliers  # noqa: PLC0415 - only a check with rules that need it has to pay

    explained = {
        place: outliers.with_causes(by_place[place], found) for place, found in bounded.items() if place in by_place
    }
    return {**by_place, **explained}


def _unparsed(judged: Sequence[Judged], measured: Measured, columns: Sequence[Column]) -> Unparsed:
    """Return what did not parse: the words for no value only where there is nothing else."""
    metrics = metrics_of(measured, integrity.NAME)
    bad, wrong = Parse.bad_cells(metrics), Parse.wrong_cells(metrics)
    if not (any(wrong.values()) or measured.rejects):
        return Unparsed(tuple(column for column in columns if bad.get(column.name)), measured.rejects)
    words = next((one.rule.absent for one in judged if isinstance(one.rule, Parse)), ())
    return Unparsed(tuple(column for column in columns if wrong.get(column.name)), measured.rejects, words)
