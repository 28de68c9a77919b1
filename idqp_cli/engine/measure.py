"""Fetch what the rules of one dataset need, from columns of the types that the whole file confirms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from idqp_cli.core.errors import DeadlineError, UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Metrics, RuleKey
from idqp_cli.core.relation import Rejected, Relation
from idqp_cli.core.statistics import design_effect, unseen
from idqp_cli.engine import ability, fetch, fetch_segments, in_shares
from idqp_cli.engine.bind import ALL_ROWS, Demand, demand
from idqp_cli.engine.query_errors import Unmeasured
from idqp_cli.ingest import doubtful
from idqp_cli.ingest import relation as ingest
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import StoppedError
from idqp_cli.ingest.relation import Ingested
from idqp_cli.rules import parse as integrity
from idqp_cli.rules.needs import EFFECTIVE, EVALUATED, FAILED, UNSEEN, Division, Need, References, Rows, Unsettled
from idqp_cli.rules.parse import Parse
from idqp_cli.rules.rule import Rule

# How often types may change that the whole file contradicts.
CORRECTIONS = 2


@frozen
class Columns:
    """The columns of a source; `unseen` names those of text without a cell, `unfit` those with one of another type."""

    columns: tuple[Column, ...]
    unseen: frozenset[str]
    unfit: frozenset[str]


@frozen
class Measured:
    """A source with the types that the whole file confirms, and what was fetched of it."""

    ingested: Ingested
    planned: Demand
    metrics: Mapping[RuleKey, Metrics | Unmeasured]
    conditions: Mapping[RuleKey, str]
    rejects: tuple[Rejected, ...]
    doubts: tuple[str, ...] = ()
    bounds: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of rows, without the lines that are none."""
        return int(metrics_of(self, ALL_ROWS)["rows"] or 0)

    def places(self, rule: Rule) -> list[RuleKey]:
        """Return what the rule is judged for: each of its segments, or all rows."""
        found = [place for place in self.metrics if place[0] == rule.name]
        return found or [(rule.name, None)]


def looked_at(database: Database, ingested: Ingested) -> Columns:
    """Return the columns of a source as its whole content has them, without a rule.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    if not ingested.parsed:
        return Columns(ingested.relation.columns, frozenset(), frozenset())
    measured = measure(database, (Parse(),), ingested, {}, ())
    bad = Parse.bad_cells(metrics_of(measured, integrity.NAME))
    unfit = frozenset(name for name, number in bad.items() if number)
    return Columns(measured.ingested.relation.columns, without_cells(measured), unfit)


def confirmed(database: Database, ingested: Ingested) -> Ingested:
    """Return the source with the types that the whole file confirms, for rules that refer to it.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    return measure(database, (Parse(),), ingested, {}, ()).ingested


def measure(
    database: Database,
    rules: Sequence[Rule],
    ingested: Ingested,
    others: Mapping[str, Relation],
    hidden: Sequence[str],
) -> Measured:
    """Fetch what the rules need; again, where the whole file shows that a guessed type was wrong."""
    corrections, part = 0, ingested.source.part
    last = in_shares.written(database, rules)
    while True:
        if ingested.drawn is None and (part is None or not part.seen):
            # A rule may refer to its own dataset.
            others = {**others, ingested.relation.dataset: ingested.relation}
        planned = demand(rules, ingested.relation, others, hidden, ingested.drawn, part)
        if database.partial:
            planned = ability.within(database, rules, planned, ingested.relation, others)
        # What others need is known once the rows have been read.
        ready = {
            name: need for name, need in planned.needs.items() if not isinstance(need, Unsettled) and name not in last
        }
        metrics = fetch.measure(database, ingested.relation, ready, others)
        total = metrics[ALL_ROWS]
        if isinstance(total, Unmeasured):
            again = None if total.unread is None else ingest.reread(database, ingested, total.unread)
            if again is not None:
                ingested = again
                continue
            raise UnreadableError(f"{ingested.source.shown}: cannot be read to its end: {total.reason}")
        found = metrics.get(integrity.NAME)
        if found is None or isinstance(found, Unmeasured) or corrections == CORRECTIONS:
            break
        better = ingest.corrected(database, ingested, Parse.bad_cells(found), Parse.text_cells(found))
        if better is None:
            break
        ingested, corrections = better, corrections + 1
    rejects, doubts = _not_read(database, ingested, planned, int(total["rows"] or 0))
    by_place, conditions = _by_segment(database, ingested, in_shares.first(planned, last), others)
    metrics |= in_shares.measure(database, ingested.relation, planned, others, last)
    metrics = _of_sample(database, ingested, planned, metrics, others)
    if isinstance(rejects, Unmeasured):
        metrics, rejects = {**metrics, integrity.NAME: rejects}, ()
    elif (of_parse := metrics.get(integrity.NAME)) is not None and not isinstance(of_parse, Unmeasured):
        metrics = {**metrics, integrity.NAME: {**of_parse, integrity.LINES: len(rejects)}}
    late, late_conditions = _by_segment(database, ingested, in_shares.divided(database, planned, last), others)
    all_rows: dict[RuleKey, Metrics | Unmeasured] = {(name, None): found for name, found in metrics.items()}
    conditions |= late_conditions
    return Measured(ingested, planned, {**all_rows, **by_place, **late}, conditions, rejects, doubts)


def _by_segment(
    database: Database,
    ingested: Ingested,
    groups: Iterable[tuple[Division, Mapping[str, Need]]],
    others: Mapping[str, Relation],
) -> tuple[dict[RuleKey, Metrics | Unmeasured], dict[RuleKey, str]]:
    """Fetch what is divided, and the conditions of its segments, by rule and segment."""
    by_place: dict[RuleKey, Metrics | Unmeasured] = {}
    conditions: dict[RuleKey, str] = {}
    for division, needs in groups:
        try:
            divided, segments = fetch_segments.measure_by(database, ingested.relation, division, needs, others)
        except DeadlineError as error:
            divided, segments = {(name, None): Unmeasured(str(error)) for name in needs}, {}
        by_place |= divided if ingested.drawn is None else _of_segments(divided)
        conditions |= {place: segments[place[1]] for place in divided if place[1] in segments}
    return by_place, conditions


def _not_read(
    database: Database, ingested: Ingested, planned: Demand, rows: int
) -> tuple[tuple[Rejected, ...] | Unmeasured, tuple[str, ...]]:
    """Return the lines that are no rows, and which cells seem to hold rows."""
    try:
        database.turn_to(ingested.relation.dataset, integrity.NAME)
        rejects = ingest.rejected(database, ingested)
        doubts = doubtful.doubts(database, ingested, rows, rejects) if integrity.NAME in planned.needs else ()
    except (DeadlineError, StoppedError) as error:
        # Lines that were not looked for are none that were not found.
        return Unmeasured(str(error)), ()
    database.turn_to(ingested.relation.dataset)
    return rejects, doubts


def _of_segments(divided: Mapping[RuleKey, Metrics | Unmeasured]) -> dict[RuleKey, Metrics | Unmeasured]:
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
    shares = {
        name: need
        for name, need in asked.needs.items()
        if isinstance(need, (Rows, References)) and not isinstance(metrics[name], Unmeasured)
    }
    groups = (
        fetch_segments.measure_groups(database, ingested.relation, shares, others)
        if drawn.groups < drawn.of_groups
        else {}
    )
    found = dict(metrics)
    for name in shares:
        own = metrics[name]
        if not isinstance(own, Unmeasured):
            counts = [(int(group[EVALUATED] or 0), int(group[FAILED] or 0)) for group in groups.get(name, ())]
            effective = (own[EVALUATED] or 0) / design_effect(counts, drawn.of_groups)
            found[name] = {**own, EFFECTIVE: effective, UNSEEN: unseen(drawn.groups, drawn.of_groups)}
    return found


def without_cells(measured: Measured) -> frozenset[str]:
    """Return the columns of text of which no cell is there, and whose type is therefore anyone's guess."""
    text = measured.ingested.text
    seen = Parse.text_cells(metrics_of(measured, integrity.NAME))
    empty = () if text is None or not seen else text.unseen
    return frozenset(name for name in empty if not seen.get(name))


def metrics_of(measured: Measured, rule: str) -> Metrics:
    """Return the metrics of a rule that is judged for all rows; none, where they could not be measured."""
    found = measured.metrics.get((rule, None), {})
    return {} if isinstance(found, Unmeasured) else found
