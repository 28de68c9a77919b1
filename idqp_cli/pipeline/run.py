"""The order of a run. Nothing else knows it.

ingest → validate schema → evaluate rules → detect anomalies → raise incidents → route alerts → report

The scan that measures what rules need also confirms the types of text columns, so that
one scan serves the second, third and fourth stage.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idqp_cli.core.dataset import Written
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Report
from idqp_cli.core.progress import Telling
from idqp_cli.core.text import clean
from idqp_cli.core.urls import all_shown
from idqp_cli.engine import increment
from idqp_cli.engine.detect import detect
from idqp_cli.engine.judge import judge
from idqp_cli.engine.measure import measure
from idqp_cli.engine.quarantine import set_apart
from idqp_cli.engine.results import find_named, met, results, to_keep, unmasked
from idqp_cli.engine.settle import settle
from idqp_cli.ingest import relation
from idqp_cli.ingest.files import Source, described, unchanged
from idqp_cli.ingest.increment import NothingNewError
from idqp_cli.ingest.relation import Ingested
from idqp_cli.pipeline import (
    elsewhere,
    given,
    increments,
    process_memory,
    reports,
    score,
    sources,
    unnamed,
    veil,
    warden,
)
from idqp_cli.pipeline.memory import Memory, Remembered
from idqp_cli.pipeline.record import Checked, Run
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.sources import Found, Session
from idqp_cli.pipeline.validate import validate
from idqp_cli.pipeline.veil import Unmasked
from idqp_cli.rules.rule import Rule

if TYPE_CHECKING:
    from idqp_cli.suggest.suggest import Proposal

Before = Callable[[Run, Sequence[Checked]], None]


def nothing(run: Run, checked: Sequence[Checked]) -> None:
    """Do nothing before a run is remembered."""


@frozen
class Outcome:
    """A run's report, the channels that wait for a message, and a line for each thing that could not be done.

    `remarks` say what was not verified, a line each. `unmasked` are samples of datasets, by name, for one who may see
    their cells.
    """

    report: Report
    told: tuple[str, ...]
    notes: tuple[str, ...]
    written: tuple[Written, ...]
    remarks: tuple[str, ...] = ()
    unmasked: Unmasked = field(default_factory=dict)


def run(request: Request, memory: Memory, progress: Telling, before: Before = nothing) -> Outcome:
    """Check every target, remember what was found, and say what to tell whom; a run without a target leaves no trace.

    `before` is done with what was checked before it is remembered; if it raises, nothing is.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used; found before any data is read.

    """
    at, clock = request.happened or datetime.now(UTC), time.perf_counter()
    this = Run(new_id(at), at, request.actor)
    elsewhere.refuse(request)
    if not request.targets:
        return Outcome(reports.of_nothing(request, this, time.perf_counter() - clock), (), (), ())
    found, idle = each(request, memory, at, progress)
    remarks = (*idle, *(line for one in found for line in one.remarks))
    if not found:
        return Outcome(reports.of_nothing(request, this, time.perf_counter() - clock), (), (), (), remarks)
    checked = [_complete(request, one) for one in found]
    before(this, checked)
    # Raise incidents and route alerts, in one transaction.
    recorded = memory.record(this, checked, request.project)
    unwritten = tuple(one.not_written for one in checked if one.not_written is not None)
    written = tuple(file for one in checked for file in one.written)
    kept = memory.failure is None and not unwritten
    report = reports.of_run(request, this, recorded.reports, time.perf_counter() - clock, recorded.head, kept=kept)
    if memory.bug is not None:
        report = score.broken(report)
    notes = reports.notes(report, request.project.path, memory.failure, memory.bug)
    cells = {one.report.dataset: one.unmasked for one in checked if one.unmasked}
    return Outcome(report, recorded.told, (*notes, *unwritten), written, remarks, cells)


def _complete(request: Request, checked: Checked) -> Checked:
    """Return what was checked with how much of the dataset that is, and what of it is not to be read again."""
    batch = request.target(checked.report.dataset).batch
    positions = () if batch is None else batch.positions
    scoped = replace(checked, scope=reports.scope(request, checked), positions=positions)
    return scoped if scoped.part is None else replace(scoped, seen=increments.kept(scoped))


def each(request: Request, memory: Memory, at: datetime, progress: Telling) -> tuple[list[Checked], tuple[str, ...]]:
    """Check every target: here or, where limits are to hold, in a process that can be stopped.

    Return also a line for each target of which nothing is new, and nothing was read.
    """
    with sources.found(request, memory) as known:
        idle = {name: one for name, one in known.items() if isinstance(one, NothingNewError)}
        lines = tuple(f"{clean(name)}: {one}" for name, one in idle.items())
        request = replace(request, targets=tuple(one for one in request.targets if one.dataset.name not in idle))
        found = {name: one for name, one in known.items() if name not in idle}
        if not request.targets:
            return [], lines
        # A connection to another machine cannot be handed to another process.
        away = any(file.away is not None for one in found.values() if isinstance(one, Source) for file in one.files)
        if away or not request.engine.here or not request.resources.limited:
            if not request.engine.here:
                # A cluster takes its time to end what it was asked for.
                warden.keeps_time()
            room = process_memory.room(request.resources.memory_limit, warden.beside())
            here = replace(request, resources=process_memory.divided(request.resources, room))
            return list(_told(each_here(here, memory, at, found, progress), progress)), lines
        from idqp_cli.pipeline import within_limits  # noqa: PLC0415 - only a check with limits has to pay

        return within_limits.each(request, memory, at, found, progress), lines


def _told(checked: Iterable[Checked], progress: Telling) -> Iterator[Checked]:
    """Tell of each dataset when it is checked."""
    for one in checked:
        progress(reports.ended(one.report))
        yield one


def each_here(
    request: Request,
    memory: Remembered,
    at: datetime,
    found: Found,
    progress: Callable[[str], None],
    done: Collection[str] = (),
) -> Iterator[Checked]:
    """Check every target in this process, but those whose datasets are `done`."""
    with sources.opened(request, memory, found) as session:
        left = [target for target in request.targets if target.dataset.name not in done]
        for number, target in enumerate(left, 1):
            session.database.check(target.dataset.name, len(left) - number)
            progress(f"checking {clean(target.dataset.name)}")
            yield check(session, target, request, memory, at)


def check(session: Session, target: Target, request: Request, memory: Remembered, at: datetime) -> Checked:
    """Take one target through the stages that look at data; what cannot be read is a report that says so."""
    ingested = session.opened[target.dataset.name]
    if isinstance(ingested, UnreadableError):
        return reports.unread(target.dataset, all_shown(target.paths), ingested)
    try:
        session.database.turn_to(target.dataset.name)
        return _checked(session, target, ingested, request, memory, at)
    except UnreadableError as error:
        return reports.unread(target.dataset, described(ingested.source), error)


def _checked(
    session: Session, target: Target, ingested: Ingested, request: Request, memory: Remembered, at: datetime
) -> Checked:
    """Take a target that is open through the stages.

    Raises:
        UnreadableError: it cannot be read to its end, or changed meanwhile.

    """
    target = _veiled(session, target, ingested, request)
    database, dataset, others = session.database, target.dataset, session.relations
    history = session.history[dataset.name]
    find_named(dataset, ingested)
    remarks = ingested.relation.remarks
    remarks += relation.verify(database, ingested.source) if request.verify else ()
    proposal = unnamed.proposed(session, target, ingested, request)
    asked = _asked(target, ingested, request, proposal)
    state = given.state(ingested, asked)
    known = given.known(target, asked, request, memory, ingested, state, at)
    rules = [rule.knowing(known) for rule in asked]

    drawn = given.drawn(database, dataset, asked, ingested, request)
    measured = measure(database, rules, drawn, others, dataset.pii)
    validated = validate(target, request, measured, history)
    plain = [rule for rule in rules if not rule.detects]
    measured = settle(database, dataset, plain, measured, others)
    judged = judge(plain, measured, known)
    measured, judged = detect(database, dataset, rules, measured, others, known, judged)
    judged = unnamed.kept(proposal, judged)
    needs = unnamed.needed(proposal, met(measured), judged)

    part = ingested.source.part
    found = increment.told(results(database, dataset, judged, measured, others), met(measured), part)
    cells = unmasked(database, dataset, judged, measured, others) if request.unmasked else {}
    reference = given.reference(database, dataset, measured, needs, asked, state)
    written, not_written = set_apart(database, measured.ingested.relation, needs, others, request.folders)
    failing = given.failing(database, target, measured, needs, others)
    unchanged(ingested.source)
    report = reports.of_dataset(target, request, measured, validated, found, state)
    version = history[-1].version if history else None
    kept = to_keep(rules, measured, known)
    return Checked(
        veil.report(report) if request.veiled else report,
        asked,
        validated.schema,
        version,
        kept,
        reference,
        written,
        not_written,
        remarks=remarks,
        part=part,
        unmasked=cells,
        failing=failing,
    )


def _veiled(session: Session, target: Target, ingested: Ingested, request: Request) -> Target:
    """Return the target with its personal columns known; with every column as one, where nothing may be shown."""
    target = veil.personal(session.database, target, ingested.relation)
    return veil.target(target, ingested.relation.columns) if request.veiled else target


def _asked(target: Target, ingested: Ingested, request: Request, proposal: Proposal | None) -> tuple[Rule, ...]:
    """Return the rules of the target, and those that are proposed for it."""
    asked = given.asked(target, ingested, request)
    if proposal is not None:
        asked = (*unnamed.tolerant(asked, proposal), *proposal.rules)
    return veil.rules(asked) if request.veiled else asked


def new_id(at: datetime) -> str:
    """Return the id of a run that begins now: 32 hexadecimal digits, in the order of time."""
    return f"{int(at.timestamp() * 1000):012x}{os.urandom(10).hex()}"
