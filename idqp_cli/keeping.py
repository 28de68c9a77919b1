"""Write a run into the store, in one transaction: its metrics, its schema, what it does to incidents, whom to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli import incidents, lapsed
from idqp_cli.config import Project
from idqp_cli.dataset import Written
from idqp_cli.frozen import frozen
from idqp_cli.incidents import Place
from idqp_cli.lapsed import Scope
from idqp_cli.model import DatasetReport, Result, Scalar, Severity
from idqp_cli.rules.rule import Of, Rule, ShareRule
from idqp_cli.rules.shares import Count, limit_text
from idqp_cli.schemas.registry import BREAKING, UNCHANGED
from idqp_cli.schemas.schema import Schema, SchemaVersion
from idqp_cli.store import Ledger
from idqp_cli.tracking import Act, ChangeKind, IncidentChange, Story

if TYPE_CHECKING:
    from idqp_cli.anomaly.learnt import Reference
    from idqp_cli.store.values import RecordedRule

# The keys of rules whose values are SQL, and those whose values are cells, or may be.
SQL_KEYS, VALUE_KEYS = frozenset({"where", "expression", "sql"}), frozenset({"values", "min", "max", "regex", "like"})
HIDDEN = "(hidden)"


@frozen
class Checked:
    """A dataset's report with what is not yet remembered: its rules, its schema and the version before.

    `measured` are the metrics to keep beside the results' own, and `reference`
    what a later run compares itself with. `written` are the files of rows that
    were set apart, and `not_written` says why some were not. `scope` is how much
    of the dataset was judged, None where the rules file does not name it: of that
    nothing is remembered.
    """

    report: DatasetReport
    rules: tuple[Rule, ...] = ()
    schema: Schema | None = None
    version_before: str | None = None
    measured: Mapping[Place, float | None] = field(default_factory=dict)
    reference: Reference | None = None
    written: tuple[Written, ...] = ()
    not_written: str | None = None
    scope: Scope | None = Scope()


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
    from idqp_cli import sweeping  # noqa: PLC0415 - only what is recorded has to pay

    project, act = follow.project, Act(run.id, run.at, run.actor)
    reports: list[DatasetReport] = []
    changes: list[IncidentChange] = []
    for one in checked:
        if one.scope is None:
            reports.append(one.report)
            continue
        own = _changes(ledger, one, one.scope, project, run.at)
        before = _history(ledger, own) if project.alerts is not None else {}
        ledger.record_run(run.id, run.at, run.actor, with_metrics(one), [recorded_rule(rule) for rule in one.rules])
        if follow.rules_file is not None:
            ledger.belongs(one.report.dataset, follow.rules_file)
        _record_schema(ledger, one, run.at, run.actor)
        done = sweeping.record(ledger, act, own)
        reports.append(replace(one.report, results=_numbered(ledger, one.report.results, done, run.at)))
        changes += (replace(change, history=tuple(before.get(_place(change), ()))) for change in done)
    changes += sweeping.sweep(ledger, project, follow.rules_file, act)
    told: tuple[str, ...] = ()
    if project.alerts is not None:
        from idqp_cli import telling  # noqa: PLC0415 - only who is alerted has to pay

        told = telling.tell_of_run(ledger, project, project.alerts, changes, act)
    return Recorded(tuple(reports), ledger.head(), told)


def _changes(ledger: Ledger, one: Checked, scope: Scope, project: Project, at: datetime) -> tuple[IncidentChange, ...]:
    """Say what a dataset's run does to its incidents, also to those of what it no longer judges."""
    report = one.report
    severity = project.defaults.severity or Severity.CRITICAL
    check = lapsed.checked(report.results, report.message, scope, severity)
    results = report.results if check is None else (*report.results, check)
    known = ledger.latest_incidents(report.dataset, [(result.rule, result.segment) for result in results])
    own = incidents.changes(report.dataset, results, known, at, project.defaults.resolve_after)
    left = ledger.unresolved(report.dataset)
    return (*own, *lapsed.lapsed(left, report.results, report.message, scope, at))


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
        )
        if (change := done.get((result.rule, result.segment))) is not None
        else result
        for result in results
    )


def _since(change: IncidentChange, stories: Mapping[int, Story], at: datetime) -> datetime:
    """Return when the incident was opened, or last opened again."""
    if change.kind is not ChangeKind.SEEN:
        return at
    story = stories.get(change.after.number)
    return change.after.opened_at if story is None else story.begun_at


def _place(change: IncidentChange) -> Place:
    return change.result.rule, change.result.segment


def _history(ledger: Ledger, changes: Sequence[IncidentChange]) -> Mapping[Place, Sequence[float]]:
    """Return what the metrics were before, of as many changes as a message shows."""
    from idqp_cli.alerts import routing  # noqa: PLC0415 - only who is alerted has to pay

    places = [(change.dataset, _place(change)) for change in changes]
    return {place: ledger.recent(dataset, place, routing.TREND) for dataset, place in places[: routing.DETAILED]}


def with_metrics(checked: Checked) -> DatasetReport:
    """Return the report with the metrics to be kept beside its results."""
    if not checked.measured:
        return checked.report
    from idqp_cli import past  # noqa: PLC0415 - only who is judged by the past has to pay

    return replace(checked.report, results=(*checked.report.results, *past.as_results(checked.measured)))


def _record_schema(ledger: Ledger, checked: Checked, at: datetime, actor: str) -> None:
    found = checked.report.schema
    if found is None or checked.schema is None or found.version is None or found.status in {UNCHANGED, BREAKING}:
        return
    version = SchemaVersion(found.version, checked.schema)
    ledger.record_schema(checked.report.dataset, checked.version_before, version, at, actor)


def recorded_rule(rule: Rule) -> RecordedRule:
    """Return a rule as the store keeps it."""
    from idqp_cli.store.values import RecordedRule  # noqa: PLC0415 - only what is recorded has to pay

    own = {"name", "line", "marks", "hidden", "severity", "enabled", "known", "unknown"}
    # What a rule does not say is not among its parameters, where it was not always a key.
    unsaid = {"warn": None, "fail": None, "min_share": None, "of": Of.VALUES}
    params: Mapping[str, Scalar | Sequence[Scalar] | None] = {
        name: limit_text(value) if isinstance(value, Count) else _storable(rule, name, value)
        for name, value in asdict(rule).items()
        if name not in own and not (name in unsaid and value == unsaid[name])
    }
    limits = rule.levels() if isinstance(rule, ShareRule) else ()
    plain = len(limits) <= 1 and not any(isinstance(one.limit, Count) for one in limits)
    threshold = limits[0].limit if limits else getattr(rule, "threshold", None)
    return RecordedRule(
        name=rule.name,
        type=rule.type,
        params=params,
        threshold=None if threshold is None or not plain else float(threshold),
        severity=rule.severity,
        enabled=rule.enabled,
    )


def _storable(rule: Rule, key: str, value: Scalar | Sequence[Scalar] | None) -> Scalar | Sequence[Scalar] | None:
    """Return the value of a rule's key as a store may keep it: what stands for personal values is hidden."""
    if key in SQL_KEYS and isinstance(value, str):
        return rule.without_values(value)
    if not rule.private or key not in VALUE_KEYS or value is None:
        return value
    return HIDDEN if isinstance(value, (str, int, float)) else [HIDDEN for _ in value]
