"""Evaluate the rules of one dataset: plan, fetch, judge, and show the rows that fail.

The verdicts are the rules' own, from metrics alone; a rule that cannot be
evaluated is one result `error`, and the others stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli.database import Database, QueryError
from idqp_cli.dataset import Dataset, Relation
from idqp_cli.engine import Place, Unmeasured, plan
from idqp_cli.errors import DeadlineError, UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest import Ingested
from idqp_cli.measuring import Measured, measure, metrics_of, without_cells
from idqp_cli.model import Column, Drawn, Metrics, Result, Sample, Status, Verdict
from idqp_cli.rules import integrity
from idqp_cli.rules.conformity import Schema
from idqp_cli.rules.consistency import Expression
from idqp_cli.rules.integrity import LINES, Parse
from idqp_cli.rules.needs import (
    ROWS,
    Given,
    Marked,
    Need,
)
from idqp_cli.rules.rule import NotEvaluableError, Rule, resolve
from idqp_cli.rules.timeliness import Freshness
from idqp_cli.rules.volume import RowCount
from idqp_cli.samples import Failed, Unparsed, samples

# Of so many failed rules and segments the failing rows are shown: whole rules first, then the most severe.
MAX_SHOWN = 200


@frozen
class Evaluation:
    """What the rules say of a dataset, the relation that they were evaluated on, and what they needed.

    `unseen` names the columns of text of which no cell is there; `measured` are
    the metrics to keep beside the verdicts' own.
    """

    relation: Relation
    rows: int
    results: tuple[Result, ...]
    needs: Mapping[str, Need]
    drawn: Drawn | None
    measured: Mapping[Place, float | None]
    unseen: frozenset[str] = frozenset()


def evaluate(
    database: Database,
    dataset: Dataset,
    rules: Sequence[Rule],
    ingested: Ingested,
    others: Mapping[str, Relation],
    given: Given,
) -> Evaluation:
    """Evaluate `rules` on an ingested dataset; `others` are the datasets that they refer to, where they could be read.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    _find_named(dataset, ingested)
    rules = [rule.knowing(given) for rule in rules]
    measured = measure(database, rules, ingested, others, dataset.pii, dataset.samples)
    judged = _judge(rules, measured, given)
    by_place, of_parse = _samples(database, dataset, judged, measured, others)
    results = tuple(
        Result(
            rule=rule.name,
            type=rule.type,
            columns=rule.columns,
            severity=verdict.severity or rule.severity,
            verdict=verdict,
            samples=of_parse if isinstance(rule, Parse) else by_place.get(place, ()),
            segment=place[1],
            rules_line=rule.line or None,
            sql=rule.told_by,
        )
        for rule, place, verdict in judged
    )
    planned = measured.planned
    known = {place[0] for place, found in measured.metrics.items() if not isinstance(found, Unmeasured)}
    needs = {
        rule: need for own in (planned.needs, *planned.divided.values()) for rule, need in own.items() if rule in known
    }
    kept = {
        (key, place[1]): value
        for rule in rules
        for place in _places(rule, measured, given)
        for key, value in rule.measured(_of_place(rule, place, measured)).items()
    }
    drawn = measured.ingested.drawn
    return Evaluation(measured.ingested.relation, measured.rows, results, needs, drawn, kept, without_cells(measured))


def _judge(rules: Sequence[Rule], measured: Measured, given: Given) -> list[tuple[Rule, Place, Verdict]]:
    """Judge every rule for each of its places; those that follow others know the metrics of these."""
    first = {
        (rule.name, place): _verdict(rule, place, measured, given)
        for rule in rules
        if not rule.follows()
        for place in _places(rule, measured, given)
    }
    observed = {rule: verdict.metric_value for (rule, place), verdict in first.items() if place[1] is None}
    given = replace(given, observed=observed)
    return [
        (rule, place, first.get((rule.name, place)) or _verdict(rule, place, measured, given))
        for rule in rules
        for place in _places(rule, measured, given)
    ]


def _places(rule: Rule, measured: Measured, given: Given) -> list[Place]:
    """Return what the rule is judged for; segments that it has a history of are, also where they have no row left."""
    found = measured.places(rule)
    if rule.segment_by is None or rule.watches() is None or rule.name in measured.planned.refused:
        return found
    gone = [place for place in given.history if place[0] == rule.name and place[1] is not None and place not in found]
    if any(isinstance(measured.metrics.get(place), Unmeasured) for place in found):
        return found
    return [*(place for place in found if place in measured.metrics or not gone), *gone]


def _of_place(rule: Rule, place: Place, measured: Measured) -> Metrics:
    """Return what was measured at a place; of a segment without a row what is known of no row."""
    found = measured.metrics.get(place)
    if found is None:
        return {} if place[1] is None else rule.of_nothing()
    return {} if isinstance(found, Unmeasured) else found


def _find_named(dataset: Dataset, ingested: Ingested) -> None:
    """See that the columns that the dataset names are there; a misspelt `pii` would mask nothing."""
    columns = ingested.relation.columns
    for option, names in (("key", dataset.key), ("pii", dataset.pii)):
        try:
            resolve(names if columns else (), columns)
        except NotEvaluableError as error:
            raise UnreadableError(f"{ingested.source.shown}: {option}: {error}") from None


def _verdict(rule: Rule, place: Place, measured: Measured, given: Given) -> Verdict:
    refused, relation = measured.planned.refused, measured.ingested.relation
    if (
        measured.rows == 0
        and _needs_rows(rule)
        and place[1] is None
        and not (rule.name in refused and relation.columns)
    ):
        return Verdict(Status.SKIPPED, "there is no row to look at")
    if rule.name in refused:
        return Verdict(Status.ERROR, refused[rule.name])
    if rule.name in measured.planned.unsampled:
        return Verdict(Status.SKIPPED, measured.planned.unsampled[rule.name])
    metrics = measured.metrics.get(place)
    if metrics is None and place[1] is not None:
        metrics = rule.of_nothing()
    if metrics is None:
        return Verdict(Status.SKIPPED, "there is no segment to look at")
    if isinstance(metrics, Unmeasured):
        return Verdict(Status.SKIPPED if metrics.skipped else Status.ERROR, metrics.reason)
    drawn = measured.ingested.drawn
    if isinstance(rule, RowCount) and drawn is not None:
        metrics = {ROWS: drawn.of}
    if isinstance(rule, Parse):
        rule = replace(rule, doubts=(*relation.doubts, *measured.doubts), notes=relation.notes)
        metrics = {**metrics, LINES: len(measured.rejects)}
    return rule.on(relation.columns).judge(metrics, replace(given, segment=place[1]))


def _needs_rows(rule: Rule) -> bool:
    return not isinstance(rule, (Parse, RowCount, Schema)) and not (isinstance(rule, Freshness) and not rule.columns)


def _samples(
    database: Database,
    dataset: Dataset,
    judged: Sequence[tuple[Rule, Place, Verdict]],
    measured: Measured,
    others: Mapping[str, Relation],
) -> tuple[dict[Place, tuple[Sample, ...]], tuple[Sample, ...]]:
    """Fetch the rows that show why the failed rules failed, and what did not parse."""
    columns, planned = measured.ingested.relation.columns, measured.planned
    failures = []
    for rule, place, verdict in judged:
        if verdict.status is Status.FAILED and not isinstance(rule, Parse):
            need = planned.need(rule.name)
            if place in measured.conditions:
                need = plan.within(need, measured.conditions[place])
            own = need.shown if isinstance(need, Marked) else planned.columns[rule.name]
            failures.append(Failed(place, need, _concerned(rule, own, columns)))
    bad = Parse.bad_cells(metrics_of(measured, integrity.NAME))
    unparsed = Unparsed(tuple(column for column in columns if bad.get(column.name)), measured.rejects)
    severities = {place: (verdict.severity or rule.severity).rank for rule, place, verdict in judged}
    failures.sort(key=lambda one: (one.place[1] is not None, -severities[one.place]))
    shown = failures[:MAX_SHOWN]
    try:
        by_place, of_parse = samples(database, dataset, measured.ingested, shown, unparsed, measured.rows, others)
    except (QueryError, DeadlineError):
        # The verdicts stand without the rows that show them.
        return {}, ()
    bounded: dict[Place, Mapping[str, tuple[float, float]]] = {
        (rule, None): bounds for rule, bounds in measured.bounds.items() if bounds
    }
    if not bounded:
        return by_place, of_parse
    from idqp_cli import detection  # noqa: PLC0415 - only a check with rules that need it has to pay

    explained = {
        place: detection.with_causes(by_place[place], found) for place, found in bounded.items() if place in by_place
    }
    return {**by_place, **explained}, of_parse


def _concerned(rule: Rule, own: tuple[Column, ...], columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns that show why a row fails: the rule's own, or those that its SQL names."""
    if not isinstance(rule, Expression):
        return own
    words = {word.casefold() for word in re.findall(r"\w+", rule.expression)}
    return tuple(column for column in columns if column.name.casefold() in words)
