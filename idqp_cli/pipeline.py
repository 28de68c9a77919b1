"""The order of a run. Nothing else knows it.

ingest → validate schema → evaluate rules → raise incidents → route alerts → report
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idqp_cli import ingest, opening, quarantine, score
from idqp_cli.config import implied
from idqp_cli.database import Database
from idqp_cli.dataset import Dataset, Relation, Written
from idqp_cli.demand import finest, wanted
from idqp_cli.errors import ExitCode, OutputError, UnreadableError
from idqp_cli.evaluate import Evaluation, evaluate
from idqp_cli.frozen import frozen
from idqp_cli.ingest import Ingested
from idqp_cli.ingest.files import described, find, unchanged
from idqp_cli.ingest.files import state as state_of
from idqp_cli.keeping import Checked, Run
from idqp_cli.lapsed import Scope
from idqp_cli.model import DatasetReport, Report, Result, RunStatus, SchemaReport, Severity, Status, Verdict
from idqp_cli.opening import Opened
from idqp_cli.quarantine import Folders
from idqp_cli.recording import Memory
from idqp_cli.request import Request, Target
from idqp_cli.rules.declared import declaration
from idqp_cli.rules.needs import Given
from idqp_cli.rules.rule import Rule
from idqp_cli.schemas import files, observe, registry
from idqp_cli.schemas.schema import Schema, SchemaVersion
from idqp_cli.text import clean

if TYPE_CHECKING:
    from idqp_cli.anomaly.learnt import Reference
    from idqp_cli.anomaly.summary import Summary
    from idqp_cli.ingest.draw import Draw


@frozen
class Outcome:
    """A run's report, the channels that wait for a message, and a line for each thing that could not be done."""

    report: Report
    told: tuple[str, ...]
    notes: tuple[str, ...]
    written: tuple[Written, ...]


def run(request: Request, memory: Memory, progress: Callable[[str], None]) -> Outcome:
    """Check every target, remember what was found, and say what to tell whom; a run without a target leaves no trace.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used; found before any data is read.

    """
    at, clock = datetime.now(UTC), time.perf_counter()
    run_id = f"{int(at.timestamp() * 1000):012x}{os.urandom(10).hex()}"
    if not request.targets:
        status, code = RunStatus.PASSED, ExitCode.PASSED
        nothing = Report(run_id, at, time.perf_counter() - clock, status, code, None, None, (), fail_on=request.fail_on)
        return Outcome(nothing, (), (), ())
    with opening.everything(request, memory) as (database, opened, history):
        checked = []
        for target in request.targets:
            progress(f"checking {clean(target.dataset.name)}")
            checked.append(_check(database, target, opened, request, history[target.dataset.name], memory, at))
    checked = [replace(one, scope=_scope(request, one)) for one in checked]
    recorded = memory.record(Run(run_id, at, request.actor), checked, request.project)
    datasets = recorded.reports
    written = tuple(file for one in checked for file in one.written)
    not_written = tuple(one.not_written for one in checked if one.not_written is not None)
    report = Report(
        run_id=run_id,
        started_at=at,
        duration_seconds=time.perf_counter() - clock,
        status=score.run_status(datasets),
        exit_code=score.exit_code(datasets, request.fail_on, recorded=memory.failure is None and not not_written),
        score=score.score(result for dataset in datasets for result in dataset.results),
        audit_head=recorded.head,
        datasets=datasets,
        rules_file=request.project.path or None,
        fail_on=request.fail_on,
    )
    return Outcome(report, recorded.told, (*_notes(report, request, memory), *not_written), written)


def backfill(
    request: Request, dated: Sequence[tuple[datetime, str]], memory: Memory, progress: Callable[[str], None]
) -> tuple[DatasetReport, ...]:
    """Run the metrics of the one target over older files, each as of its date, and keep them as history.

    No incident, schema or alert comes of it. A date that has been kept already is
    left out, unless its file holds something else now.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used; found before any data is read.

    """
    reports = []
    (target,) = request.targets
    known = memory.known_contents(target.dataset.name)
    for at, path in sorted(one for one in dated if not _kept(request, known, *one)):
        progress(f"checking {clean(path)}")
        one = replace(request, targets=(replace(target, paths=(path,)),), as_of=at)
        run_id = f"{int(at.timestamp() * 1000):012x}{os.urandom(10).hex()}"
        with opening.everything(one, memory) as (database, opened, history):
            checked = _check(database, one.targets[0], opened, one, history[target.dataset.name], memory, at)
        if checked.report.message is None:
            memory.backfill(Run(run_id, at, request.actor), checked)
        reports.append(checked.report)
    return tuple(reports)


def _kept(request: Request, known: Mapping[datetime, str | None], at: datetime, path: str) -> bool:
    """Tell whether the metrics of a file are kept under its date."""
    if at not in known or known[at] is None:
        return at in known
    try:
        return state_of(find((path,), request.project.folder)) == known[at]
    except UnreadableError:
        return False


def _check(
    database: Database,
    target: Target,
    opened: Opened,
    request: Request,
    history: Sequence[SchemaVersion],
    memory: Memory,
    at: datetime,
) -> Checked:
    """Take one target through schema and rules; what cannot be read is a report that says so."""
    dataset, ingested = target.dataset, opened[target.dataset.name]
    if isinstance(ingested, UnreadableError):
        return _unread(dataset, ", ".join(target.paths), ingested)
    source = ingested.source
    rules = implied(dataset, target.rules, request.project.defaults, text=ingested.doubtful) + target.rules
    others = {name: one.relation for name, one in opened.items() if isinstance(one, Ingested)}
    now = request.as_of or at
    compared = any(
        rule.baseline() is not None or rule.learns_from() is not None or rule.watches() is not None for rule in rules
    )
    state = state_of(source) if compared else None
    remembered = memory.past(dataset, rules, now, state, described(source))
    of_files, faults = _of_files(target, request)
    baselines = {**remembered.baselines, **of_files}
    faults = {**remembered.faults, **faults}
    given = Given(
        now,
        source.modified_at,
        remembered.history,
        remembered.profiles,
        baselines,
        remembered.models,
        faults,
        zone=dataset.timezone,
    )
    try:
        if request.sample is not None:
            ingested = ingest.sampled(database, ingested, _draw(dataset, rules, ingested, *request.sample))
        found = evaluate(database, dataset, rules, ingested, others, given)
        # A part of the rows is no baseline of all.
        reference = None if found.drawn is not None else _reference(database, dataset, found, rules, state)
        written, not_written = _set_apart(database, found, others, request.folders)
        unchanged(source)
    except UnreadableError as error:
        return _unread(dataset, described(source), error)
    # A sample of text cells confirms no type.
    seen = found.drawn is None or not ingested.parsed
    schema = _observed(target, ingested, found, history) if seen else None
    against, of_schema = _validated(target, request, schema, history)
    severity = request.project.defaults.severity or Severity.CRITICAL
    of_schema = files.result(found.relation.strays, of_schema, severity)
    results = found.results if of_schema is None else (of_schema, *found.results)
    results += tuple(_disabled(rule) for rule in target.disabled)
    report = DatasetReport(
        dataset=dataset.name,
        source=described(source),
        rows=found.rows,
        status=score.dataset_status(results, request.fail_on),
        score=score.score(results),
        schema=against,
        results=results,
        drawn=found.drawn,
        files=() if source.stream else tuple(file.shown for file in source.files),
        content=state if found.drawn is None else None,
    )
    version = history[-1].version if history else None
    return Checked(report, rules, schema, version, found.measured, reference, written, not_written)


def _scope(request: Request, checked: Checked) -> Scope | None:
    """Say how much of a dataset was judged; None where the rules file does not name it."""
    name = checked.report.dataset
    dataset = next((one for one in request.project.datasets if one.name == name), None)
    if dataset is None:
        return None
    target = request.target(name)
    disabled = frozenset(rule.name for rule in target.disabled)
    asked = disabled | {rule.name for rule in target.rules}
    enabled = {rule.name for rule in request.project.rules[name] if rule.enabled}
    whole = target.paths == (dataset.path,) and checked.report.drawn is None
    return Scope(frozenset(enabled - asked), disabled, whole)


def _of_files(target: Target, request: Request) -> tuple[dict[str, Mapping[str, Summary]], dict[str, str]]:
    """Summarise the files that are baselines of rules, where there are such."""
    if all(rule.baseline() is None for rule in target.rules):
        return {}, {}
    from idqp_cli import summarising  # noqa: PLC0415 - only who compares with a baseline has to pay

    return summarising.of_files(target, request)


def _reference(
    database: Database, dataset: Dataset, found: Evaluation, rules: Sequence[Rule], state: str | None
) -> Reference | None:
    """Return what later runs are compared with, where they are."""
    if all(rule.baseline() is None and rule.learns_from() is None for rule in rules):
        return None
    from idqp_cli import summarising  # noqa: PLC0415 - only who is compared with has to pay

    return summarising.reference(database, dataset, found, rules, state)


def _observed(target: Target, ingested: Ingested, found: Evaluation, history: Sequence[SchemaVersion]) -> Schema | None:
    """Return the schema of what was read; None of an empty file, which has lost its columns with its rows."""
    if not found.relation.columns:
        return None
    return observe.observed(
        found.relation.columns,
        text=ingested.parsed,
        unseen=found.unseen,
        declared=declaration(target.rules),
        registered=history[-1].columns if history else (),
    )


def _validated(
    target: Target, request: Request, schema: Schema | None, history: Sequence[SchemaVersion]
) -> tuple[SchemaReport | None, Result | None]:
    """Hold a schema against the registered versions."""
    if schema is None:
        return None, None
    policy = opening.policy(request, target.dataset.name)
    report = registry.validate(history, schema, policy)
    severity = request.project.defaults.severity or Severity.CRITICAL
    accept = f'idqp schema register {shlex.quote(clean(target.dataset.name))} --accept -m "…"'
    return report, registry.result(report, policy, severity, accept)


def _draw(dataset: Dataset, rules: Sequence[Rule], ingested: Ingested, rows: int, seed: int) -> Draw:
    from idqp_cli.ingest.draw import Draw  # noqa: PLC0415 - only a sample has to pay

    return Draw(rows, seed, finest(rules), wanted(rules, dataset, ingested.relation.columns))


def _disabled(rule: Rule) -> Result:
    verdict = Verdict(Status.SKIPPED, "disabled in the store; `idqp rule enable` checks it again")
    return Result(rule.name, rule.type, rule.columns, rule.severity, verdict, rules_line=rule.line)


def _set_apart(
    database: Database, found: Evaluation, others: Mapping[str, Relation], folders: Folders
) -> tuple[tuple[Written, ...], str | None]:
    """Write the failing and the good rows where they are asked for; that they cannot be written changes no verdict."""
    try:
        return quarantine.write(database, found.relation, found.needs, others, folders), None
    except OutputError as error:
        return (), str(error)


def _unread(dataset: Dataset, shown: str, error: UnreadableError) -> Checked:
    return Checked(DatasetReport(dataset.name, clean(shown), None, RunStatus.ERROR, None, None, (), str(error)))


def _notes(report: Report, request: Request, memory: Memory) -> tuple[str, ...]:
    """Say, a line each, what could not be read, evaluated or recorded."""
    notes = []
    for dataset in report.datasets:
        name = clean(dataset.dataset)
        if dataset.message is not None:
            notes.append(f"{name}: {dataset.message}")
        for result in dataset.results:
            if result.status is Status.ERROR:
                place = f"{request.project.path}:{result.rules_line}: " if result.rules_line else ""
                notes.append(f"{place}{name}: {clean(result.rule)}: {result.verdict.message}")
    if memory.failure is not None:
        notes.append(f"not recorded: {memory.failure}")
    return tuple(notes)
