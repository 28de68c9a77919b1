"""Evaluate the rules of one dataset: plan, fetch, judge, and show the rows that fail.

The verdicts are the rules' own, from metrics alone; a rule that cannot be
evaluated is one result `error`, and the others stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from idqp_cli import engine, ingest
from idqp_cli.database import Database, QueryError
from idqp_cli.engine import Place, Unmeasured, plan
from idqp_cli.errors import UnreadableError
from idqp_cli.ingest import Ingested
from idqp_cli.model import (
    Column,
    Dataset,
    Metrics,
    Rejected,
    Relation,
    Result,
    Sample,
    Status,
    Verdict,
)
from idqp_cli.rules import integrity
from idqp_cli.rules.conformity import Schema
from idqp_cli.rules.consistency import Expression
from idqp_cli.rules.integrity import LINES, Parse
from idqp_cli.rules.needs import Division, Given, Need, Values
from idqp_cli.rules.rule import NotEvaluableError, Rule, Takes, resolve
from idqp_cli.rules.timeliness import Freshness
from idqp_cli.rules.volume import RowCount
from idqp_cli.samples import Failed, Unparsed, samples
from idqp_cli.text import clean

# The number of rows is fetched with every scan, under a name that no rule has.
ALL_ROWS = ""
CORRECTIONS = 3
# Of so many failed rules and segments the failing rows are shown: whole rules first, then the most severe.
MAX_SHOWN = 200


@dataclass(frozen=True)
class Evaluation:
    """What the rules say of a dataset, the relation that they were evaluated on, and what they needed.

    `measured` are the metrics to keep beside the verdicts' own.
    """

    relation: Relation
    rows: int
    results: tuple[Result, ...]
    needs: Mapping[str, Need]
    measured: Mapping[str, float | None]


@dataclass(frozen=True)
class _Planned:
    """The rules that can be evaluated, what they need and their columns; and why the others cannot."""

    needs: Mapping[str, Need]
    divided: Mapping[Division, Mapping[str, Need]]
    columns: Mapping[str, tuple[Column, ...]]
    refused: Mapping[str, str]

    def need(self, rule: str) -> Need:
        """Return what a rule needs, divided or not."""
        return next(needs[rule] for needs in (self.needs, *self.divided.values()) if rule in needs)


@dataclass(frozen=True)
class _Measured:
    """A source with the types that the whole file confirms, and what was fetched of it."""

    ingested: Ingested
    planned: _Planned
    metrics: Mapping[Place, Metrics | Unmeasured]
    conditions: Mapping[Place, str]
    rejects: tuple[Rejected, ...]

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
    measured = _measure(database, rules, ingested, others, dataset.pii)
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
    return Evaluation(measured.ingested.relation, measured.rows, results, needs, kept)


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


def confirmed(database: Database, ingested: Ingested) -> Ingested:
    """Return the source with the types that the whole file confirms, for rules that refer to it.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    return _measure(database, (Parse(),), ingested, {}, ()).ingested


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
) -> _Measured:
    """Fetch what the rules need; again, where the whole file shows that a guessed type was wrong."""
    for attempt in range(CORRECTIONS):
        # A rule may refer to its own dataset.
        others = {**others, ingested.relation.dataset: ingested.relation}
        planned = _plan(rules, ingested.relation, others, hidden)
        metrics = engine.measure(database, ingested.relation, planned.needs, others)
        total = metrics[ALL_ROWS]
        if isinstance(total, Unmeasured):
            raise UnreadableError(f"{ingested.source.shown}: cannot be read to its end: {total.reason}")
        found = metrics.get(integrity.NAME)
        if found is None or isinstance(found, Unmeasured) or attempt + 1 == CORRECTIONS:
            break
        better = ingest.corrected(database, ingested, Parse.bad_cells(found), Parse.text_cells(found))
        if better is None:
            break
        ingested = better
    found_by_place: dict[Place, Metrics | Unmeasured] = {(name, None): found for name, found in metrics.items()}
    conditions: dict[Place, str] = {}
    for division, needs in planned.divided.items():
        divided, segments = engine.measure_by(database, ingested.relation, division, needs, others)
        found_by_place |= divided
        conditions |= {place: segments[place[1]] for place in divided if place[1] in segments}
    return _Measured(ingested, planned, found_by_place, conditions, ingest.rejected(database, ingested))


def _plan(rules: Iterable[Rule], relation: Relation, others: Mapping[str, Relation], hidden: Sequence[str]) -> _Planned:
    needs: dict[str, Need] = {ALL_ROWS: Values({"rows": "count(*)"})}
    columns: dict[str, tuple[Column, ...]] = {}
    divided: dict[Division, dict[str, Need]] = {}
    refused = {}
    for rule in rules:
        try:
            _refuse_unread(rule, others)
            _refuse_hidden(rule, hidden)
            own = relation.columns if rule.takes is Takes.ALL else resolve(rule.columns, relation.columns)
            division = _division(rule, relation)
            (needs if division is None else divided.setdefault(division, {}))[rule.name] = rule.needs(own)
            columns[rule.name] = own
        except NotEvaluableError as error:
            refused[rule.name] = str(error)
    return _Planned(needs, divided, columns, refused)


def _division(rule: Rule, relation: Relation) -> Division | None:
    """Return how the rule is divided, if it is."""
    if rule.segment_by is None:
        return None
    (column,) = resolve((rule.segment_by,), relation.columns)
    return Division(column, rule.min_rows)


def _refuse_hidden(rule: Rule, hidden: Sequence[str]) -> None:
    """Refuse to divide by personal values, a segment is named after its value; and to keep them as a baseline."""
    names = {name.casefold() for name in hidden}
    if rule.baseline() is not None and any(column.casefold() in names for column in rule.columns):
        raise NotEvaluableError(f"{clean(rule.columns[0], 60)} is pii, and a baseline would keep its values")
    if rule.segment_by is not None and rule.segment_by.casefold() in names:
        raise NotEvaluableError(f"segment_by: {clean(rule.segment_by, 60)} is pii, and a segment would show it")


def _refuse_unread(rule: Rule, others: Mapping[str, Relation]) -> None:
    for name in rule.others():
        if name not in others:
            raise NotEvaluableError(f"the dataset {clean(name)} cannot be read")


def _verdict(rule: Rule, place: Place, measured: _Measured, given: Given) -> Verdict:
    refused, relation = measured.planned.refused, measured.ingested.relation
    if measured.rows == 0 and _needs_rows(rule) and not (rule.name in refused and relation.columns):
        return Verdict(Status.SKIPPED, "there is no row to look at")
    if rule.name in refused:
        return Verdict(Status.ERROR, refused[rule.name])
    metrics = measured.metrics.get(place)
    if metrics is None:
        return Verdict(Status.SKIPPED, "there is no segment to look at")
    if isinstance(metrics, Unmeasured):
        return Verdict(Status.ERROR, metrics.reason)
    if isinstance(rule, Parse):
        rule = replace(rule, doubts=relation.doubts)
        metrics = {**metrics, LINES: len(measured.rejects)}
    return rule.on(relation.columns).judge(metrics, given)


def declared(rules: Iterable[Rule]) -> dict[str, str]:
    """Return the types that rules declare for columns of text files."""
    return {column: kind for rule in rules for column, kind in rule.types().items()}


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
            failures.append(Failed(place, need, _concerned(rule, planned.columns[rule.name], columns)))
    bad = Parse.bad_cells(_metrics(measured, integrity.NAME))
    unparsed = Unparsed(tuple(column for column in columns if bad.get(column.name)), measured.rejects)
    severities = {rule.name: rule.severity.rank for rule, _, _ in judged}
    failures.sort(key=lambda one: (one.place[1] is not None, -severities[one.place[0]]))
    shown = failures[:MAX_SHOWN]
    try:
        return samples(database, dataset, measured.ingested, shown, unparsed, measured.rows, others)
    except QueryError:
        # The verdicts stand without the rows that show them.
        return {}, ()


def _concerned(rule: Rule, own: tuple[Column, ...], columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns that show why a row fails: the rule's own, or those that its SQL names."""
    if not isinstance(rule, Expression):
        return own
    words = {word.casefold() for word in re.findall(r"\w+", rule.expression)}
    return tuple(column for column in columns if column.name.casefold() in words)


def _metrics(measured: _Measured, rule: str) -> Metrics:
    found = measured.metrics.get((rule, None), {})
    return {} if isinstance(found, Unmeasured) else found
