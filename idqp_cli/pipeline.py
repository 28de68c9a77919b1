"""The order of a run. Nothing else knows it.

ingest → validate schema → evaluate rules → raise incidents → route alerts → report
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from idqp_cli import alerts, engine, ingest, past, quarantine, score
from idqp_cli.alerts import Message
from idqp_cli.anomaly.drift import Summary
from idqp_cli.config import Project, implied
from idqp_cli.database import AS_IT_LIKES, Database, Resources, connect
from idqp_cli.engine import summarise
from idqp_cli.engine.summarise import Part
from idqp_cli.errors import OutputError, RulesError, UnreadableError
from idqp_cli.evaluate import Evaluation, confirmed, declared, evaluate, expected
from idqp_cli.ingest import Ingested
from idqp_cli.ingest.files import Source, described, find, pattern, unchanged
from idqp_cli.ingest.spool import STANDARD_INPUT, spooled
from idqp_cli.model import Dataset, DatasetReport, Relation, Report, RunStatus, Severity, Status, Written
from idqp_cli.quarantine import NOWHERE, Folders
from idqp_cli.recording import Checked, Memory
from idqp_cli.rules import drift
from idqp_cli.rules.needs import Given
from idqp_cli.rules.rule import Rule, filtered
from idqp_cli.schemas import compare
from idqp_cli.text import clean


@dataclass(frozen=True)
class Target:
    """A dataset to check: the paths to read it from, and its rules that are enabled."""

    dataset: Dataset
    paths: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Request:
    """What to check, by whom, as of when (or now), and from which severity on a failure fails the run."""

    project: Project
    targets: tuple[Target, ...]
    fail_on: Severity
    actor: str
    as_of: datetime | None = None
    folders: Folders = NOWHERE
    resources: Resources = AS_IT_LIKES

    def target(self, name: str) -> Target:
        """Return the target of this name, or the dataset of this name that a rule refers to."""
        for target in self.targets:
            if target.dataset.name == name:
                return target
        (dataset,) = (dataset for dataset in self.project.datasets if dataset.name == name)
        return Target(dataset, (dataset.path,), self.project.rules[name])


@dataclass(frozen=True)
class Outcome:
    """A run's report, and a line for each thing in it that could not be done."""

    report: Report
    messages: tuple[Message, ...]
    notes: tuple[str, ...]
    written: tuple[Written, ...]


def run(request: Request, memory: Memory, progress: Callable[[str], None]) -> Outcome:
    """Check every target, remember what was found, and say what to tell whom.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used; found before any data is read.

    """
    at, clock = datetime.now(UTC), time.perf_counter()
    run_id = f"{int(at.timestamp() * 1000):012x}{os.urandom(10).hex()}"
    with _found(request) as sources, connect(_paths(sources.values()), request.resources) as database:
        _examine_rules(database, request)
        opened = {name: _open(database, name, source, request) for name, source in sources.items()}
        checked = []
        for target in request.targets:
            progress(f"checking {clean(target.dataset.name)}")
            checked.append(_check(database, target, opened, request, memory, at))
    recorded = memory.record(run_id, at, request.actor, checked)
    messages = alerts.route(recorded.changes, request.project.channels)
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
    )
    return Outcome(report, messages, (*_notes(report, request, memory, messages), *not_written), written)


def backfill(
    request: Request, dated: Sequence[tuple[datetime, str]], memory: Memory, progress: Callable[[str], None]
) -> tuple[DatasetReport, ...]:
    """Run the metrics of the one target over older files, each as of its date, and keep them as history.

    No incident, schema or alert comes of it. A date that has been kept already is
    left out.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used; found before any data is read.

    """
    reports = []
    (target,) = request.targets
    for at, path in memory.unknown(target.dataset.name, dated):
        progress(f"checking {clean(path)}")
        one = replace(request, targets=(replace(target, paths=(path,)),), as_of=at)
        run_id = f"{int(at.timestamp() * 1000):012x}{os.urandom(10).hex()}"
        with _found(one) as sources, connect(_paths(sources.values()), request.resources) as database:
            _examine_rules(database, one)
            opened = {name: _open(database, name, source, one) for name, source in sources.items()}
            checked = _check(database, one.targets[0], opened, one, memory, at)
        if checked.report.message is None:
            memory.backfill(run_id, at, request.actor, checked)
        reports.append(checked.report)
    return tuple(reports)


def _open(
    database: Database, name: str, source: Source | UnreadableError, request: Request
) -> Ingested | UnreadableError:
    """Open a dataset once for the whole run, for its own rules and for those that refer to it."""
    if isinstance(source, UnreadableError):
        return source
    target = request.target(name)
    try:
        opened = ingest.ingest(database, target.dataset, source, expected(target.rules), declared(target.rules))
        referred = any(name in rule.others() for one in request.targets for rule in one.rules)
        return confirmed(database, opened) if referred and opened.text is not None else opened
    except UnreadableError as error:
        return error


def _check(
    database: Database,
    target: Target,
    opened: Mapping[str, Ingested | UnreadableError],
    request: Request,
    memory: Memory,
    at: datetime,
) -> Checked:
    """Take one target through schema and rules; what cannot be read is a report that says so."""
    dataset, ingested = target.dataset, opened[target.dataset.name]
    if isinstance(ingested, UnreadableError):
        return _unread(dataset, ", ".join(target.paths), ingested)
    source = ingested.source
    rules = implied(dataset, target.rules, request.project.defaults, text=ingested.text is not None) + target.rules
    others = {name: one.relation for name, one in opened.items() if isinstance(one, Ingested)}
    now = request.as_of or at
    remembered = memory.past(dataset.name, rules, now)
    files, faults = _of_files(target, request)
    baselines = {**remembered.baselines, **files}
    given = Given(now, source.modified_at, remembered.history, remembered.profiles, baselines, faults)
    try:
        found = evaluate(database, dataset, rules, ingested, others, given)
        summaries = summarise.columns(database, found.relation, _parts(past.to_keep(rules, dataset.pii)))
        written, not_written = _set_apart(database, found, others, request.folders)
        unchanged(source)
    except UnreadableError as error:
        return _unread(dataset, described(source), error)
    before = memory.latest_schema(dataset.name)
    schema = compare.observed(found.relation.columns)
    against = compare.validate(before, schema, dataset.schema)
    severity = request.project.defaults.severity or Severity.CRITICAL
    of_schema = compare.result(against, dataset.schema, severity)
    results = found.results if of_schema is None else (of_schema, *found.results)
    report = DatasetReport(
        dataset=dataset.name,
        source=described(source),
        rows=found.rows,
        status=score.dataset_status(results, request.fail_on),
        score=score.score(results),
        schema=against,
        results=results,
    )
    version = before[0] if before else None
    return Checked(report, rules, schema, version, found.measured, summaries, written, not_written)


def _of_files(target: Target, request: Request) -> tuple[dict[str, Mapping[str, Summary]], dict[str, str]]:
    """Summarise the files that are baselines of rules, by rule; and say which cannot be read, and why."""
    found, faults = {}, {}
    for rule in target.rules:
        baseline = rule.baseline()
        if baseline is not None and baseline.file is not None:
            try:
                found[rule.name] = summary(request, Target(target.dataset, (baseline.file,), ()), _parts([rule]))
            except UnreadableError as error:
                faults[rule.name] = f"the baseline cannot be read: {error}"
    return found, faults


def _parts(rules: Iterable[Rule]) -> dict[str, Part]:
    return {drift.kept_as(rule): Part(rule.columns[0], filtered(rule)) for rule in rules}


def summary(request: Request, target: Target, parts: Mapping[str, Part] | None = None) -> Mapping[str, Summary]:
    """Summarise parts of a target's files, or all of their columns.

    Raises:
        UnreadableError: they cannot be read.

    """
    source = find(target.paths, request.project.folder)
    with connect(_paths([source]), request.resources) as database:
        opened = ingest.ingest(database, target.dataset, source, {}, {})
        relation = (confirmed(database, opened) if opened.text is not None else opened).relation
        chosen = parts or {one.name: Part(one.name) for one in relation.columns}
        found = summarise.columns(database, relation, chosen)
        unchanged(source)
        return found


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


def _examine_rules(database: Database, request: Request) -> None:
    for target in request.targets:
        for rule in target.rules:
            found = engine.objection(database, rule, target.dataset.name)
            if found is not None:
                raise RulesError(request.project.path, rule.line, f"{target.dataset.name}: {clean(rule.name)}: {found}")


@contextmanager
def _found(request: Request) -> Iterator[dict[str, Source | UnreadableError]]:
    """Find the files of every target and of every dataset that a rule refers to, by dataset.

    Standard input is kept for as long as the run lasts.
    """
    names = [target.dataset.name for target in request.targets]
    names += [other for target in request.targets for rule in target.rules for other in rule.others()]
    with ExitStack() as stack:
        sources: dict[str, Source | UnreadableError] = {}
        for name in dict.fromkeys(names):
            paths = request.target(name).paths
            try:
                if STANDARD_INPUT in paths:
                    sources[name] = stack.enter_context(spooled())
                else:
                    sources[name] = find(paths, request.project.folder)
            except UnreadableError as error:
                sources[name] = error
        yield sources


def _paths(sources: Iterable[Source | UnreadableError]) -> list[str]:
    files = [file for source in sources if isinstance(source, Source) for file in source.files]
    # DuckDB holds the pattern that means the file against the list, and then the file.
    return [path for file in files for path in {file.path, pattern(file.path)}]


def _notes(report: Report, request: Request, memory: Memory, messages: tuple[Message, ...]) -> tuple[str, ...]:
    """Say, a line each, what could not be read, evaluated, recorded or delivered."""
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
    if messages:
        channels = ", ".join(clean(message.channel) for message in messages)
        notes.append(f"not alerted: this version delivers to no channel ({channels})")
    return tuple(notes)
