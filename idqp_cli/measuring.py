"""Fetch what the rules of one dataset need, from columns of the types that the whole file confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli import engine, ingest
from idqp_cli.database import Database
from idqp_cli.dataset import Rejected, Relation
from idqp_cli.demand import ALL_ROWS, Demand, demand
from idqp_cli.engine import Place, Unmeasured
from idqp_cli.errors import DeadlineError, UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest import Ingested
from idqp_cli.model import Column, Metrics
from idqp_cli.rules import integrity
from idqp_cli.rules.integrity import Parse
from idqp_cli.rules.needs import (
    EFFECTIVE,
    EVALUATED,
    FAILED,
    UNSEEN,
    Fences,
    Marked,
    References,
    Rows,
    Scores,
)
from idqp_cli.rules.rule import Rule
from idqp_cli.statistics import design_effect, unseen

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
    metrics: Mapping[Place, Metrics | Unmeasured]
    conditions: Mapping[Place, str]
    rejects: tuple[Rejected, ...]
    bounds: Mapping[str, Mapping[str, tuple[float, float]]]
    doubts: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows, without the lines that are none."""
        return int(metrics_of(self, ALL_ROWS)["rows"] or 0)

    def places(self, rule: Rule) -> list[Place]:
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
    measured = measure(database, (Parse(),), ingested, {}, (), 0)
    bad = Parse.bad_cells(metrics_of(measured, integrity.NAME))
    unfit = frozenset(name for name, number in bad.items() if number)
    return Columns(measured.ingested.relation.columns, without_cells(measured), unfit)


def confirmed(database: Database, ingested: Ingested) -> Ingested:
    """Return the source with the types that the whole file confirms, for rules that refer to it.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    return measure(database, (Parse(),), ingested, {}, (), 0).ingested


def measure(
    database: Database,
    rules: Sequence[Rule],
    ingested: Ingested,
    others: Mapping[str, Relation],
    hidden: Sequence[str],
    shown: int,
) -> Measured:
    """Fetch what the rules need; again, where the whole file shows that a guessed type was wrong."""
    corrections = 0
    while True:
        if ingested.drawn is None:
            # A rule may refer to its own dataset.
            others = {**others, ingested.relation.dataset: ingested.relation}
        planned = demand(rules, ingested.relation, others, hidden, ingested.drawn)
        unsettled = {name: need for name, need in planned.needs.items() if isinstance(need, (Fences, Scores))}
        ready = {name: need for name, need in planned.needs.items() if name not in unsettled}
        metrics = engine.measure(database, ingested.relation, ready, others)
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
        measured = Measured(ingested, planned, found_by_place, conditions, rejects, bounds)
        if integrity.NAME in planned.needs:
            measured = replace(measured, doubts=ingest.doubts(database, ingested, measured.rows, rejects))
    except DeadlineError as error:
        # Lines that were not looked for are none that were not found.
        found_by_place[integrity.NAME, None] = Unmeasured(str(error))
        measured = Measured(ingested, planned, found_by_place, conditions, (), bounds)
    return measured


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
