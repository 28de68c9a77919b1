"""The order of a run. Nothing else knows it.

ingest → validate schema → evaluate rules → raise incidents → route alerts → report
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from idqp_cli import alerts, ingest, quarantine, score
from idqp_cli.alerts import Message
from idqp_cli.config import Project, implied
from idqp_cli.database import AS_IT_LIKES, Database, Resources, connect
from idqp_cli.demand import finest, wanted
from idqp_cli.errors import ExitCode, OutputError, UnreadableError
from idqp_cli.evaluate import Evaluation, confirmed, declared, evaluate, expected
from idqp_cli.ingest import Ingested
from idqp_cli.ingest.draw import Draw
from idqp_cli.ingest.files import Source, described, find, pattern, unchanged
from idqp_cli.ingest.spool import STANDARD_INPUT, spooled
from idqp_cli.lint import faults
from idqp_cli.model import Dataset, DatasetReport, Relation, Report, RunStatus, Severity, Status, Written
from idqp_cli.quarantine import NOWHERE, Folders
from idqp_cli.recording import Checked, Memory
from idqp_cli.rules.needs import Given
from idqp_cli.rules.rule import Rule
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
    """What to check, by whom, as of when (or now), and from which severity on a failure fails the run.

    `sample` is how many rows of each dataset to read, and the seed that draws them; None reads all.
    """

    project: Project
    targets: tuple[Target, ...]
    fail_on: Severity
    actor: str
    as_of: datetime | None = None
    folders: Folders = NOWHERE
    sample: tuple[int, int] | None = None
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
    with _found(request) as sources, connect(_paths(sources.values()), request.resources) as database:
        _examine_rules(database, request)
        database.hurry()
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
        rules_file=request.project.path or None,
        fail_on=request.fail_on,
    )
    return Outcome(report, messages, (*_notes(report, request, memory, messages), *not_written), written)


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
    try:
        if request.sample is not None:
            ingested = ingest.sampled(database, ingested, _draw(dataset, rules, ingested, *request.sample))
        found = evaluate(database, dataset, rules, ingested, others, Given(request.as_of or at, source.modified_at))
        written, not_written = _set_apart(database, found, others, request.folders)
        unchanged(source)
    except UnreadableError as error:
        return _unread(dataset, described(source), error)
    before = memory.latest_schema(dataset.name)
    schema = compare.observed(found.relation.columns)
    # A sample of text cells confirms no type.
    seen = found.drawn is None or ingested.text is None
    against = compare.validate(before, schema, dataset.schema) if seen else None
    severity = request.project.defaults.severity or Severity.CRITICAL
    of_schema = None if against is None else compare.result(against, dataset.schema, severity)
    results = found.results if of_schema is None else (of_schema, *found.results)
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
    )
    return Checked(report, rules, schema, before[0] if before else None, written, not_written)


def _draw(dataset: Dataset, rules: Sequence[Rule], ingested: Ingested, rows: int, seed: int) -> Draw:
    return Draw(rows, seed, finest(rules), wanted(rules, dataset, ingested.relation.columns))


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
        for fault in faults(database, request.project.path, target.dataset.name, target.rules):
            raise fault


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
                    sources[name] = stack.enter_context(spooled(request.resources.deadline))
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
