"""Write a run into the store, in one transaction: its metrics, its schema, what it does to incidents, whom to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli.core.dataset import Part, SeenFile, Written
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import Act, ChangeKind, IncidentChange, Story
from idqp_cli.core.model import DatasetReport, MetricPlace, Result, RuleKey, Sample, Scalar, Severity, Status
from idqp_cli.core.topics import Position
from idqp_cli.incidents import lapsed, lifecycle
from idqp_cli.incidents.lapsed import Scope
from idqp_cli.project.project import Project
from idqp_cli.rules.personal import shareable
from idqp_cli.rules.query import Query
from idqp_cli.rules.rule import Rule, key_fields
from idqp_cli.rules.share_rule import Of
from idqp_cli.rules.shares import Count, Limit, limit_text
from idqp_cli.schemas.registry import BREAKING, UNCHANGED
from idqp_cli.schemas.schema import Schema, SchemaVersion
from idqp_cli.store import Ledger

if TYPE_CHECKING:
    from idqp_cli.anomaly.saved_model import Reference
    from idqp_cli.store.values import RecordedRule


@frozen
class Checked:
    """A dataset's report with what is not yet remembered: its rules, its schema and the version before.

    `measured` are the metrics to keep beside the results' own, and `reference`
    what a later run compares itself with. `written` are the files of rows that
    were set apart, and `not_written` says why some were not. `scope` is how much
    of the dataset was judged, None where the rules file does not name it: of that
    nothing is remembered. `remarks` say what could not be verified, a line each.
    `part` says which files were read of an incremental dataset, and `seen` are those
    that no later run is to read again. `positions` say how far a topic was read,
    and `failing` by the lines of a batch which messages fail which rules, where that is asked for.
    `unmasked` are samples with cells of columns under `pii`, by rule and segment, for one who may
    see them: they are not recorded.
    """

    report: DatasetReport
    rules: tuple[Rule, ...] = ()
    schema: Schema | None = None
    version_before: str | None = None
    measured: Mapping[MetricPlace, float | None] = field(default_factory=dict)
    reference: Reference | None = None
    written: tuple[Written, ...] = ()
    not_written: str | None = None
    scope: Scope | None = Scope()
    remarks: tuple[str, ...] = ()
    part: Part | None = None
    seen: Sequence[SeenFile] = ()
    positions: Sequence[Position] = ()
    unmasked: Mapping[RuleKey, tuple[Sample, ...]] = field(default_factory=dict)
    failing: Mapping[int, str] = field(default_factory=dict)


@frozen
class Run:
    """Which run it is, when it began, and who made it."""

    id: str
    at: datetime
    actor: str


@frozen
class Recorded:
    """The reports with the numbers of their incidents, the channels that wait for a message, and the audit head."""

    reports: tuple[DatasetReport, ...]
    head: str | None
    told: tuple[str, ...] = ()


@frozen
class Follow:
    """What follows from the results: by which rules file, and what tells it from others, None where there is none."""

    project: Project
    rules_file: str | None = None


def record(ledger: Ledger, run: Run, checked: Sequence[Checked], follow: Follow) -> Recorded:
    """Write all that a run found; return the reports of the datasets, with the numbers of their incidents."""
    from idqp_cli.pipeline import sweep  # noqa: PLC0415 - only what is recorded has to pay

    project, act = follow.project, Act(run.id, run.at, run.actor)
    reports: list[DatasetReport] = []
    changes: list[IncidentChange] = []
    for one in checked:
        if one.scope is None:
            reports.append(one.report)
            continue
        check = lapsed.checked(
            one.report.results, one.report.message, one.scope, project.defaults.severity or Severity.CRITICAL
        )
        own = _changes(ledger, one, one.scope, check, project, run.at)
        before = _history(ledger, own) if project.alerts is not None else {}
        rules = [recorded_rule(rule) for rule in one.rules]
        ledger.record_run(run.id, run.at, run.actor, one.report, rules, one.measured)
        if one.seen:
            ledger.record_seen(run.id, run.at, one.report.dataset, one.seen)
        if one.positions:
            ledger.record_positions(run.id, run.at, one.report.dataset, one.positions)
        if follow.rules_file is not None:
            ledger.belongs(one.report.dataset, follow.rules_file)
        _record_schema(ledger, one, run.at, run.actor)
        done = sweep.record(ledger, act, own)
        numbered = _numbered(ledger, one.report.results, done, run.at)
        failing = [check] if check is not None and check.status is Status.FAILED else []
        not_checked = next(iter(_numbered(ledger, failing, done, run.at)), None)
        reports.append(replace(one.report, results=_with_errors(numbered, not_checked), check=not_checked))
        changes += (replace(change, history=tuple(before.get(_place(change), ()))) for change in done)
    changes += sweep.sweep(ledger, project, follow.rules_file, act)
    told: tuple[str, ...] = ()
    if project.alerts is not None:
        from idqp_cli.pipeline import notify  # noqa: PLC0415 - only who is alerted has to pay

        told = notify.tell_of_run(ledger, project, project.alerts, changes, act)
    return Recorded(tuple(reports), ledger.head(), told)


def _changes(
    ledger: Ledger, one: Checked, scope: Scope, check: Result | None, project: Project, at: datetime
) -> tuple[IncidentChange, ...]:
    """Say what a dataset's run does to its incidents, also to those of what it no longer judges."""
    report = one.report
    results = report.results if check is None else (*report.results, check)
    known = ledger.latest_incidents(report.dataset, [(result.rule, result.segment) for result in results])
    telling = [result for result in results if not _of_other_rows(result, one.part)]
    own = lifecycle.changes(report.dataset, telling, known, at, project.defaults.resolve_after)
    left = ledger.unresolved(report.dataset)
    return (*own, *lapsed.lapsed(left, report.results, report.message, scope, at))


def _of_other_rows(result: Result, part: Part | None) -> bool:
    """Tell whether a pass says nothing of the rows that failed before: they are in files that were not read again."""
    about_rows = result.status is Status.PASSED and result.verdict.rows_failed is not None
    return part is not None and part.seen > 0 and about_rows


def _numbered(
    ledger: Ledger, results: Sequence[Result], changes: Sequence[IncidentChange], at: datetime
) -> tuple[Result, ...]:
    """Return the results with the numbers of their incidents, and since when these are open."""
    done = {_place(change): change for change in changes}
    seen = [change.after.number for change in changes if change.kind is ChangeKind.SEEN]
    stories = ledger.stories(seen)
    return tuple(
        replace(
            result,
            incident=change.number,
            since=_since(change, stories, at),
            reopened=change.kind is ChangeKind.REOPENED,
            state=str(change.after.status),
            assignee=change.after.assignee,
        )
        if (change := done.get((result.rule, result.segment))) is not None
        else result
        for result in results
    )


def _with_errors(results: Sequence[Result], check: Result | None) -> tuple[Result, ...]:
    """Return the results; those that could not be evaluated have the incident that says so of their dataset."""
    if check is None:
        return tuple(results)
    return tuple(
        replace(one, incident=check.incident, since=check.since, reopened=check.reopened)
        if one.status is Status.ERROR and one.incident is None
        else one
        for one in results
    )


def _since(change: IncidentChange, stories: Mapping[int, Story], at: datetime) -> datetime:
    """Return when the incident was opened, or last opened again."""
    if change.kind is not ChangeKind.SEEN:
        return at
    story = stories.get(change.after.number)
    return change.after.opened_at if story is None else story.begun_at


def _place(change: IncidentChange) -> RuleKey:
    return change.result.rule, change.result.segment


def _history(ledger: Ledger, changes: Sequence[IncidentChange]) -> Mapping[RuleKey, Sequence[float]]:
    """Return what the metrics were before, of as many changes as a message shows."""
    from idqp_cli.alerts import routing  # noqa: PLC0415 - only who is alerted has to pay

    places = [(change.dataset, _place(change)) for change in changes]
    return {place: ledger.recent(dataset, place, routing.TREND) for dataset, place in places[: routing.DETAILED]}


def _record_schema(ledger: Ledger, checked: Checked, at: datetime, actor: str) -> None:
    found = checked.report.schema
    if found is None or checked.schema is None or found.version is None or found.status in {UNCHANGED, BREAKING}:
        return
    version = SchemaVersion(found.version, checked.schema)
    ledger.record_schema(checked.report.dataset, checked.version_before, version, at, actor)


def recorded_rule(rule: Rule) -> RecordedRule:
    """Return a rule as the store keeps it."""
    from idqp_cli.store.values import RecordedRule  # noqa: PLC0415 - only what is recorded has to pay

    asked = {"columns", *(key.name for key in key_fields(type(rule)))} - {"name", "severity", "enabled"}
    # What a rule does not say is not among its parameters, where it was not always a key.
    unsaid = {"warn": None, "fail": None, "min_share": None, "of": Of.VALUES, "missing_values": (), "disguised": False}
    # A query's limits are nothing but numbers of rows, and kept as such.
    shares = not isinstance(rule, Query)
    params: Mapping[str, Scalar | Sequence[Scalar] | None] = {
        name: limit_text(value) if isinstance(value, Count) and shares else shareable(rule, name, value)
        for name, value in asdict(rule).items()
        if name in asked and not (name in unsaid and value == unsaid[name])
    }
    leveled = [one.limit for one in rule.levels()]
    limits: list[Limit | None] = [*leveled] or [getattr(rule, "threshold", None)]
    plain = len(limits) == 1 and not (shares and isinstance(limits[0], Count))
    threshold = limits[0] if plain else None
    return RecordedRule(
        name=rule.name,
        type=rule.type,
        params=params,
        threshold=None if threshold is None else float(threshold),
        severity=rule.severity,
        enabled=rule.enabled,
    )
