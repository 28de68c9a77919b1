"""Evaluate the rules of one dataset: plan, fetch, judge, and show the rows that fail.

The verdicts are the rules' own, from metrics alone; a rule that cannot be
evaluated is one result `error`, and the others stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from idqp_cli import engine, ingest
from idqp_cli.database import Database, QueryError
from idqp_cli.dataset import Dataset, Rejected, Relation
from idqp_cli.demand import ALL_ROWS, Demand, demand
from idqp_cli.engine import Place, Unmeasured, plan
from idqp_cli.errors import DeadlineError, UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest import Ingested
from idqp_cli.model import Column, Drawn, Metrics, Result, Sample, Status, Verdict
from idqp_cli.rules import integrity
from idqp_cli.rules.conformity import Schema
from idqp_cli.rules.consistency import Expression
from idqp_cli.rules.integrity import LINES, Parse
from idqp_cli.rules.needs import (
    EFFECTIVE,
    EVALUATED,
    FAILED,
    ROWS,
    UNSEEN,
    Fences,
    Given,
    Marked,
    Need,
    References,
    Rows,
    Scores,
)
from idqp_cli.rules.rule import NotEvaluableError, Rule, resolve
from idqp_cli.rules.timeliness import Freshness
from idqp_cli.rules.volume import RowCount
from idqp_cli.samples import Failed, Unparsed, samples
from idqp_cli.schemas.schema import SchemaColumn
from idqp_cli.statistics import design_effect, unseen

CORRECTIONS = 3
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
    measured: Mapping[str, float | None]
    unseen: frozenset[str] = frozenset()


@frozen
class Columns:
    """The columns of a source; `unseen` names those of text without a cell, `unfit` those with one of another type."""

    columns: tuple[Column, ...]
    unseen: frozenset[str]
    unfit: frozenset[str]


@frozen
class _Measured:
    """A source with the types that the whole file confirms, and what was fetched of it."""

    ingested: Ingested
    planned: Demand
    metrics: Mapping[Place, Metrics | Unmeasured]
    conditions: Mapping[Place, str]
    rejects: tuple[Rejected, ...]
    bounds: Mapping[str, Mapping[str, tuple[float, float]]]

    @property
    def rows(self) -> int:
        """The number of rows, without the lines that are none."""
        return int(_metrics(self, ALL_ROWS)["rows"] or 0)

    def places(self, rule: Rule) -> list[Place]:
        """Return what the rule is judged for: each of its segments, or all rows."""
        found = [place for place in self.metrics if place[0] == rule.name]
        return found or [(rule.name, None)]


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
    measured = _measure(database, rules, ingested, others, dataset.pii, dataset.samples)
    judged = _judge(rules, measured, given)
    by_place, of_parse = _samples(database, dataset, judged, measured, others)
    results = tuple(
        Result(
            rule=rule.name,
            type=rule.type,
            columns=rule.columns,
            severity=rule.severity,
            verdict=verdict,
            samples=of_parse if isinstance(rule, Parse) else by_place.get(place, ()),
            segment=place[1],
            rules_line=rule.line or None,
        )
        for rule, place, verdict in judged
    )
    planned = measured.planned
    known = {place[0] for place, found in measured.metrics.items() if not isinstance(found, Unmeasured)}
    needs = {
        rule: need for own in (planned.needs, *planned.divided.values()) for rule, need in own.items() if rule in known
    }
    kept = {key: value for rule in rules for key, value in rule.measured(_metrics(measured, rule.name)).items()}
    drawn = measured.ingested.drawn
    return Evaluation(measured.ingested.relation, measured.rows, results, needs, drawn, kept, _unseen(measured))


def _judge(rules: Sequence[Rule], measured: _Measured, given: Given) -> list[tuple[Rule, Place, Verdict]]:
    """Judge every rule for each of its places; those that follow others know the metrics of these."""
    first = {
        (rule.name, place): _verdict(rule, place, measured, given)
        for rule in rules
        if not rule.follows()
        for place in measured.places(rule)
    }
    observed = {rule: verdict.metric_value for (rule, place), verdict in first.items() if place[1] is None}
    given = replace(given, observed=observed)
    return [
        (rule, place, first.get((rule.name, place)) or _verdict(rule, place, measured, given))
        for rule in rules
        for place in measured.places(rule)
    ]


def _unseen(measured: _Measured) -> frozenset[str]:
    """Return the columns of text of which no cell is there, and whose type is therefore anyone's guess."""
    text = measured.ingested.text
    seen = Parse.text_cells(_metrics(measured, integrity.NAME))
    empty = () if text is None or not seen else text.unseen
    return frozenset(name for name in empty if not seen.get(name))


def looked_at(database: Database, ingested: Ingested) -> Columns:
    """Return the columns of a source as its whole content has them, without a rule.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    if not ingested.parsed:
        return Columns(ingested.relation.columns, frozenset(), frozenset())
    measured = _measure(database, (Parse(),), ingested, {}, (), 0)
    bad = Parse.bad_cells(_metrics(measured, integrity.NAME))
    unfit = frozenset(name for name, number in bad.items() if number)
    return Columns(measured.ingested.relation.columns, _unseen(measured), unfit)


def confirmed(database: Database, ingested: Ingested) -> Ingested:
    """Return the source with the types that the whole file confirms, for rules that refer to it.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    return _measure(database, (Parse(),), ingested, {}, (), 0).ingested


def _find_named(dataset: Dataset, ingested: Ingested) -> None:
    """See that the columns that the dataset names are there; a misspelt `pii` would mask nothing."""
    columns = ingested.relation.columns
    for option, names in (("key", dataset.key), ("pii", dataset.pii)):
        try:
            resolve(names if columns else (), columns)
        except NotEvaluableError as error:
            raise UnreadableError(f"{ingested.source.shown}: {option}: {error}") from None


def expected(rules: Iterable[Rule]) -> dict[str, str]:
    """Return, for the columns that rules know the meaning of, in lower case, the family of their cells."""
    return {column.casefold(): kind.value for rule in rules for column, kind in rule.kinds().items()}


def _measure(
    database: Database,
    rules: Sequence[Rule],
    ingested: Ingested,
    others: Mapping[str, Relation],
    hidden: Sequence[str],
    shown: int,
) -> _Measured:
    """Fetch what the rules need; again, where the whole file shows that a guessed type was wrong."""
    for attempt in range(CORRECTIONS):
        if ingested.drawn is None:
            # A rule may refer to its own dataset.
            others = {**others, ingested.relation.dataset: ingested.relation}
        planned = demand(rules, ingested.relation, others, hidden, ingested.drawn)
        unsettled = {name: need for name, need in planned.needs.items() if isinstance(need, (Fences, Scores))}
        ready = {name: need for name, need in planned.needs.items() if name not in unsettled}
        metrics = engine.measure(database, ingested.relation, ready, others)
        total = metrics[ALL_ROWS]
        if isinstance(total, Unmeasured):
            if total.mixed_line_ends and attempt == 0:
                ingested = ingest.evened(database, ingested)
                continue
            raise UnreadableError(f"{ingested.source.shown}: cannot be read to its end: {total.reason}")
        found = metrics.get(integrity.NAME)
        if found is None or isinstance(found, Unmeasured) or attempt + 1 == CORRECTIONS:
            break
        better = ingest.corrected(database, ingested, Parse.bad_cells(found), Parse.text_cells(found))
        if better is None:
            break
        ingested = better
    planned, settled, bounds = _settled(database, ingested.relation, planned, unsettled, others, shown)
    metrics = {**_of_sample(database, ingested, planned, metrics, others), **settled}
    found_by_place: dict[Place, Metrics | Unmeasured] = {(name, None): found for name, found in metrics.items()}
    conditions: dict[Place, str] = {}
    for division, needs in planned.divided.items():
        try:
            divided, segments = engine.measure_by(database, ingested.relation, division, needs, others)
        except DeadlineError as error:
            divided, segments = {(name, None): Unmeasured(str(error)) for name in needs}, {}
        found_by_place |= divided if ingested.drawn is None else _of_segments(divided)
        conditions |= {place: segments[place[1]] for place in divided if place[1] in segments}
    try:
        rejects = ingest.rejected(database, ingested)
    except DeadlineError as error:
        # Lines that were not looked for are none that were not found.
        rejects, found_by_place[integrity.NAME, None] = (), Unmeasured(str(error))
    return _Measured(ingested, planned, found_by_place, conditions, rejects, bounds)


def _settled(
    database: Database,
    relation: Relation,
    planned: Demand,
    unsettled: Mapping[str, Fences | Scores],
    others: Mapping[str, Relation],
    shown: int,
) -> tuple[Demand, dict[str, Metrics | Unmeasured], dict[str, Mapping[str, tuple[float, float]]]]:
    """Settle the needs that depend on the data itself; return the plan with what they come down to, and the metrics."""
    found: dict[str, Metrics | Unmeasured] = {}
    needs: dict[str, Rows | Marked] = {}
    bounds = {}
    for name, need in unsettled.items():
        from idqp_cli import detection  # noqa: PLC0415 - only a check with rules that need it has to pay

        settled = detection.settle(database, relation, need, others, shown)
        if isinstance(settled, Unmeasured):
            found[name] = settled
        else:
            needs[name], bounds[name] = settled.need, settled.bounds
    found |= engine.measure_settled(database, relation, needs)
    return replace(planned, needs={**planned.needs, **needs}), found, bounds


def _of_segments(divided: Mapping[Place, Metrics | Unmeasured]) -> dict[Place, Metrics | Unmeasured]:
    """Put beside the counts of a sample's segments that each row is worth one: they come from all row groups."""
    return {
        place: found if isinstance(found, Unmeasured) else {**found, EFFECTIVE: found[EVALUATED]}
        for place, found in divided.items()
    }


def _of_sample(
    database: Database,
    ingested: Ingested,
    asked: Demand,
    metrics: Mapping[str, Metrics | Unmeasured],
    others: Mapping[str, Relation],
) -> dict[str, Metrics | Unmeasured]:
    """Put beside the counts of a sample how much they are worth, and what is known of the whole."""
    drawn = ingested.drawn
    if drawn is None:
        return dict(metrics)
    shares = {name: need for name, need in asked.needs.items() if isinstance(need, (Rows, References))}
    groups = (
        engine.measure_groups(database, ingested.relation, shares, others) if drawn.groups < drawn.of_groups else {}
    )
    found = dict(metrics)
    for name in shares:
        own = metrics[name]
        if not isinstance(own, Unmeasured):
            counts = [(int(group[EVALUATED] or 0), int(group[FAILED] or 0)) for group in groups.get(name, ())]
            effective = (own[EVALUATED] or 0) / design_effect(counts, drawn.of_groups)
            found[name] = {**own, EFFECTIVE: effective, UNSEEN: unseen(drawn.groups, drawn.of_groups)}
    return found


def _verdict(rule: Rule, place: Place, measured: _Measured, given: Given) -> Verdict:
    refused, relation = measured.planned.refused, measured.ingested.relation
    if measured.rows == 0 and _needs_rows(rule) and not (rule.name in refused and relation.columns):
        return Verdict(Status.SKIPPED, "there is no row to look at")
    if rule.name in refused:
        return Verdict(Status.ERROR, refused[rule.name])
    if rule.name in measured.planned.unsampled:
        return Verdict(Status.SKIPPED, measured.planned.unsampled[rule.name])
    metrics = measured.metrics.get(place)
    if metrics is None:
        return Verdict(Status.SKIPPED, "there is no segment to look at")
    if isinstance(metrics, Unmeasured):
        return Verdict(Status.SKIPPED if metrics.skipped else Status.ERROR, metrics.reason)
    drawn = measured.ingested.drawn
    if isinstance(rule, RowCount) and drawn is not None:
        metrics = {ROWS: drawn.of}
    if isinstance(rule, Parse):
        rule = replace(rule, doubts=relation.doubts)
        metrics = {**metrics, LINES: len(measured.rejects)}
    return rule.on(relation.columns).judge(metrics, given)


def declared(rules: Iterable[Rule]) -> dict[str, str]:
    """Return the types that rules declare for columns of text files."""
    return {column: kind for rule in rules for column, kind in rule.types().items()}


def declaration(rules: Iterable[Rule]) -> tuple[SchemaColumn, ...]:
    """Return what `schema` rules declare of columns beside their types."""
    return tuple(column for rule in rules if isinstance(rule, Schema) for column in rule.declaration())


def _needs_rows(rule: Rule) -> bool:
    return not isinstance(rule, (Parse, RowCount, Schema)) and not (isinstance(rule, Freshness) and not rule.columns)


def _samples(
    database: Database,
    dataset: Dataset,
    judged: Sequence[tuple[Rule, Place, Verdict]],
    measured: _Measured,
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
    bad = Parse.bad_cells(_metrics(measured, integrity.NAME))
    unparsed = Unparsed(tuple(column for column in columns if bad.get(column.name)), measured.rejects)
    severities = {rule.name: rule.severity.rank for rule, _, _ in judged}
    failures.sort(key=lambda one: (one.place[1] is not None, -severities[one.place[0]]))
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


def _metrics(measured: _Measured, rule: str) -> Metrics:
    found = measured.metrics.get((rule, None), {})
    return {} if isinstance(found, Unmeasured) else found
