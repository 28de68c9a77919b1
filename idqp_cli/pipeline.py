"""The order of a run. Nothing else knows it.

ingest → validate schema → evaluate rules → raise incidents → route alerts → report
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from idqp_cli import ingest, past, quarantine, score
from idqp_cli.anomaly.drift import Summary
from idqp_cli.config import Project, implied
from idqp_cli.database import AS_IT_LIKES, Database, Resources, connect
from idqp_cli.dataset import Dataset, Explained, Relation, Written
from idqp_cli.demand import demand, finest, wanted
from idqp_cli.engine import prices, summarise
from idqp_cli.engine.explain import steps
from idqp_cli.engine.summarise import Part
from idqp_cli.errors import DeadlineError, ExitCode, OutputError, UnreadableError
from idqp_cli.evaluate import Evaluation, confirmed, declaration, declared, evaluate, expected
from idqp_cli.ingest import Ingested
from idqp_cli.ingest.files import Source, described, find, pattern, unchanged
from idqp_cli.ingest.spool import STANDARD_INPUT, spooled
from idqp_cli.lint import faults
from idqp_cli.model import DatasetReport, Report, Result, RunStatus, SchemaReport, Severity, Status, Verdict
from idqp_cli.quarantine import NOWHERE, Folders
from idqp_cli.recording import Checked, Follow, Memory, Run
from idqp_cli.rules import drift
from idqp_cli.rules.needs import Given
from idqp_cli.rules.rule import Rule, baseline_name, filtered
from idqp_cli.schemas import files, observe, registry
from idqp_cli.schemas.modes import Mode
from idqp_cli.schemas.registry import Policy
from idqp_cli.schemas.schema import Schema, SchemaVersion
from idqp_cli.text import clean

if TYPE_CHECKING:
    from idqp_cli.ingest.draw import Draw


Opened = Mapping[str, Ingested | UnreadableError]
Versions = Mapping[str, Sequence[SchemaVersion]]


@dataclass(frozen=True)
class Target:
    """A dataset to check: the paths to read it from, its rules that are enabled, and those that the store disables."""

    dataset: Dataset
    paths: tuple[str, ...]
    rules: tuple[Rule, ...]
    disabled: tuple[Rule, ...] = ()


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
        for target in self.targets:
            for path in _baselines(target):
                if baseline_name(target.dataset.name, path) == name:
                    return Target(replace(target.dataset, name=name, path=path), (path,), target.rules)
        (dataset,) = (dataset for dataset in self.project.datasets if dataset.name == name)
        return Target(dataset, (dataset.path,), self.project.rules[name])


def _baselines(target: Target) -> list[str]:
    """Return the paths of the files that the target's rules compare with."""
    return list(dict.fromkeys(path for rule in target.rules for path in rule.baselines()))


@dataclass(frozen=True)
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
    with _opened(request, memory) as (database, opened, history):
        checked = []
        for target in request.targets:
            progress(f"checking {clean(target.dataset.name)}")
            checked.append(_check(database, target, opened, request, history[target.dataset.name], memory, at))
    project = request.project
    follow = Follow(project.defaults.resolve_after, project.alerts)
    recorded = memory.record(Run(run_id, at, request.actor), checked, follow)
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


def explain(request: Request) -> tuple[Explained, ...]:
    """Say how every target would be checked, from what is known before its rows are read.

    Raises:
        RulesError: a rule's pattern or SQL cannot be used.

    """
    with _opened(request, Memory(None)) as (database, opened, _):
        return tuple(_explained(database, target, opened, request) for target in request.targets)


def _explained(database: Database, target: Target, opened: Opened, request: Request) -> Explained:
    dataset, ingested = target.dataset, opened[target.dataset.name]
    if isinstance(ingested, UnreadableError):
        return Explained(dataset.name, clean(", ".join(target.paths)), (), {}, str(ingested))
    rules = implied(dataset, target.rules, request.project.defaults, text=ingested.parsed) + target.rules
    others = {name: one.relation for name, one in opened.items() if isinstance(one, Ingested)}
    asked = demand(rules, ingested.relation, others, dataset.pii, None)
    choice = prices.choose(database, ingested.relation, asked.needs)
    found = steps(ingested.relation, asked.needs, asked.divided, others, choice)
    return Explained(dataset.name, described(ingested.source), tuple(found), asked.refused)


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
        with _opened(one, memory) as (database, opened, history):
            checked = _check(database, one.targets[0], opened, one, history[target.dataset.name], memory, at)
        if checked.report.message is None:
            memory.backfill(Run(run_id, at, request.actor), checked)
        reports.append(checked.report)
    return tuple(reports)


@contextmanager
def _opened(request: Request, memory: Memory) -> Iterator[tuple[Database, Opened, Versions]]:
    """Find and open every dataset of a request, once, after a look at the rules; with its schema versions, by name."""
    with _found(request) as sources, connect(_paths(sources.values()), request.resources) as database:
        _examine_rules(database, request)
        history = {name: memory.schema_versions(name, _policy(request, name).versions) for name in sources}
        database.hurry()
        opened = {name: _open(database, name, source, request, history[name]) for name, source in sources.items()}
        database.lock()
        yield database, opened, history


def _open(
    database: Database,
    name: str,
    source: Source | UnreadableError,
    request: Request,
    history: Sequence[SchemaVersion],
) -> Ingested | UnreadableError:
    """Open a dataset once for the whole run, for its own rules and for those that refer to it."""
    if isinstance(source, UnreadableError):
        return source
    target = request.target(name)
    try:
        registered = history[-1].columns if history else ()
        types = {**observe.pinned(registered), **declared(target.rules)}
        readings = observe.readings(registered)
        opened = ingest.ingest(database, target.dataset, source, expected(target.rules), types, readings)
        referred = name not in {one.dataset.name for one in request.targets} or any(
            name in rule.others() for one in request.targets for rule in one.rules
        )
        return confirmed(database, opened) if referred and opened.text is not None else opened
    except UnreadableError as error:
        return error


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
    rules = implied(dataset, target.rules, request.project.defaults, text=ingested.parsed) + target.rules
    others = {name: one.relation for name, one in opened.items() if isinstance(one, Ingested)}
    now = request.as_of or at
    remembered = memory.past(dataset.name, rules, now)
    of_files, faults = _of_files(target, request)
    baselines = {**remembered.baselines, **of_files}
    given = Given(now, source.modified_at, remembered.history, remembered.profiles, baselines, faults)
    try:
        if request.sample is not None:
            ingested = ingest.sampled(database, ingested, _draw(dataset, rules, ingested, *request.sample))
        found = evaluate(database, dataset, rules, ingested, others, given)
        # A part of the rows is no baseline of all.
        kept = past.to_keep(rules, dataset.pii) if found.drawn is None else ()
        summaries = _summarised(database, found.relation, _parts(kept))
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
    )
    version = history[-1].version if history else None
    return Checked(report, rules, schema, version, found.measured, summaries, written, not_written)


def _summarised(database: Database, relation: Relation, parts: Mapping[str, Part]) -> Mapping[str, Summary]:
    """Summarise what later runs may be compared with; without time for it the verdicts stand."""
    try:
        return summarise.columns(database, relation, parts)
    except DeadlineError:
        return {}


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
        database.hurry()
        opened = ingest.ingest(database, target.dataset, source, {}, {})
        database.lock()
        relation = (confirmed(database, opened) if opened.text is not None else opened).relation
        chosen = parts or {one.name: Part(one.name) for one in relation.columns}
        found = summarise.columns(database, relation, chosen)
        unchanged(source)
        return found


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
    policy = _policy(request, target.dataset.name)
    report = registry.validate(history, schema, policy)
    severity = request.project.defaults.severity or Severity.CRITICAL
    accept = f'idqp schema register {shlex.quote(clean(target.dataset.name))} --accept -m "…"'
    return report, registry.result(report, policy, severity, accept)


def _policy(request: Request, name: str) -> Policy:
    dataset = request.target(name).dataset
    return Policy(Mode(dataset.schema), dataset.schema_last)


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
    names += [baseline_name(target.dataset.name, path) for target in request.targets for path in _baselines(target)]
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
