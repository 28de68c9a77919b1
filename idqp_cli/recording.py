"""Remember a run: its metrics, its schema and what it does to incidents, in one transaction; then what others need.

A store that fails never takes the report with it: the run goes on without a
memory, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli import incidents
from idqp_cli.access.admission import credential, require
from idqp_cli.access.roles import Action
from idqp_cli.dataset import Written
from idqp_cli.errors import IdqpError, NotPermittedError, StoreError
from idqp_cli.frozen import frozen
from idqp_cli.incidents import Place
from idqp_cli.model import DatasetReport, Report, Scalar
from idqp_cli.rules.needs import Past
from idqp_cli.rules.rule import Of, Rule, ShareRule
from idqp_cli.rules.shares import Count, limit_text
from idqp_cli.schemas.registry import BREAKING, UNCHANGED
from idqp_cli.schemas.schema import Schema, SchemaVersion
from idqp_cli.store import Ledger, Store, open_store
from idqp_cli.store.identity import Identity
from idqp_cli.tracking import ChangeKind, Incident, IncidentChange

if TYPE_CHECKING:
    from idqp_cli.alerts.routing import AlertSettings
    from idqp_cli.anomaly.learnt import Reference
    from idqp_cli.output.past import History
    from idqp_cli.store.values import RecordedRule


@frozen
class Checked:
    """A dataset's report with what is not yet remembered: its rules, its schema and the version before.

    `measured` are the metrics to keep beside the results' own, and `reference`
    what a later run compares itself with. `written` are the files of rows that
    were set apart, and `not_written` says why some were not.
    """

    report: DatasetReport
    rules: tuple[Rule, ...] = ()
    schema: Schema | None = None
    version_before: str | None = None
    measured: Mapping[str, float | None] = field(default_factory=dict)
    reference: Reference | None = None
    written: tuple[Written, ...] = ()
    not_written: str | None = None


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
    """What follows from the results: after how many passes an incident ends, and who is told of it."""

    resolve_after: int = 1
    alerts: AlertSettings | None = None


class Memory:
    """A store that may be absent, or fail, or be closed to whoever acts; after its first failure it is left alone.

    `failure` says what happened, None while all is well.
    """

    def __init__(self, address: str | None) -> None:
        """Open the store at `address`; None is a run that remembers nothing."""
        self.failure: str | None = None
        self._store: Store | None = None
        if address is not None:
            try:
                self._store = open_store(address, credential(address))
                require(self._store, Action.READ)
            except (StoreError, NotPermittedError) as error:
                self._fail(error)

    def disabled_rules(self) -> frozenset[tuple[str, str]]:
        """Return (dataset, rule) for each rule that is disabled in the store."""
        if self._store is None:
            return frozenset()
        try:
            return self._store.disabled_rules()
        except StoreError as error:
            self._fail(error)
            return frozenset()

    def schema_versions(self, dataset: str, last: int | None) -> tuple[SchemaVersion, ...]:
        """Return the `last` schema versions of the dataset, or all, oldest first."""
        if self._store is None:
            return ()
        try:
            return self._store.schema_versions(dataset, last)
        except StoreError as error:
            self._fail(error)
            return ()

    def past(self, dataset: str, rules: Sequence[Rule], now: datetime, state: str | None) -> Past:
        """Return what the rules need of the dataset's past; nothing, where nothing is remembered.

        `state` tells the data from that of other runs.
        """
        by_the_past = any(rule.watches() or rule.baseline() or rule.learns_from() for rule in rules)
        if self._store is None or not by_the_past:
            return Past()
        from idqp_cli import past, references  # noqa: PLC0415 - only who judges by the past has to pay

        try:
            known = past.past(self._store, dataset, rules, now)
            compared = references.recalled(self._store, dataset, rules, now, state)
            return replace(compared, history=known.history, profiles=known.profiles)
        except StoreError as error:
            self._fail(error)
            return Past()

    def histories(self, report: Report) -> Mapping[str, History]:
        """Return how the metrics of the failed rules went, by dataset; nothing, where nothing is remembered."""
        if self._store is None:
            return {}
        from idqp_cli import past  # noqa: PLC0415 - only who draws the past has to pay

        try:
            return {one.dataset: past.trends(self._store, one, report.started_at) for one in report.datasets}
        except StoreError as error:
            self._fail(error)
            return {}

    def record(self, run: Run, checked: Sequence[Checked], follow: Follow) -> Recorded:
        """Write all that the run found and whom to tell of it into the store, or nothing of it.

        The run's actor is the operating system's user; a store that knows people names whoever it knows.
        """
        unrecorded = Recorded(tuple(one.report for one in checked), None)
        if self._store is None:
            return unrecorded
        try:
            # Asked at the end: a long check may outlast a session or a role.
            acting = require(self._store, Action.RECORD)
            with self._store.writing() as ledger:
                known = run if acting.open else replace(run, actor=acting.actor)
                recorded = _record(ledger, known, checked, follow)
            _keep_references(self._store, known, checked)
            return recorded
        except (StoreError, NotPermittedError) as error:
            self._fail(error)
            return unrecorded

    def deliver(self, settings: AlertSettings | None, told: Sequence[str]) -> tuple[str, ...]:
        """Deliver what waits in the outbox; return a line for each channel that did not take it."""
        if self._store is None or settings is None or not settings.channels:
            return ()
        from idqp_cli.delivery import deliver  # noqa: PLC0415 - only who is alerted has to pay

        try:
            return deliver(self._store, settings, told)
        except (StoreError, NotPermittedError) as error:
            self.close()
            return (f"not alerted: {error}",)

    def unknown(self, dataset: str, dated: Sequence[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
        """Return the files, oldest first, whose dates have no run yet.

        Raises:
            StoreError: there is no store to ask.
            NotPermittedError: whoever acts may not record.

        """
        store, _ = self._recording()
        known = {point.at for points in store.metrics(dataset).values() for point in points}
        return sorted((at, path) for at, path in dated if at not in known)

    def backfill(self, run: Run, checked: Checked) -> None:
        """Keep the metrics of a run over older data, and nothing else of it.

        Raises:
            StoreError: it cannot be kept.
            NotPermittedError: whoever acts may not record.

        """
        store, acting = self._recording()
        known = run if acting.open else replace(run, actor=acting.actor)
        with store.writing() as ledger:
            rules = [_recorded(rule) for rule in checked.rules]
            ledger.record_run(known.id, known.at, known.actor, _with_metrics(checked), rules)
        _keep_references(store, known, [checked])

    def _recording(self) -> tuple[Store, Identity]:
        if self._store is None:
            raise StoreError(self.failure or "there is no store to keep a history in")
        return self._store, require(self._store, Action.RECORD)

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _fail(self, error: IdqpError) -> None:
        self.failure = str(error)
        self.close()


def _record(ledger: Ledger, run: Run, checked: Sequence[Checked], follow: Follow) -> Recorded:
    reports: list[DatasetReport] = []
    changes: list[IncidentChange] = []
    for one in checked:
        places = [(result.rule, result.segment) for result in one.report.results]
        known = ledger.latest_incidents(one.report.dataset, places)
        own = incidents.changes(one.report.dataset, one.report.results, known, run.at, follow.resolve_after)
        before = _history(ledger, own) if follow.alerts is not None else {}
        ledger.record_run(run.id, run.at, run.actor, _with_metrics(one), [_recorded(rule) for rule in one.rules])
        _record_schema(ledger, one, run.at, run.actor)
        numbers = ledger.record_changes(run.id, run.at, run.actor, own)
        since = {(change.result.rule, change.result.segment): _since(change, known, run.at) for change in own}
        numbered = tuple(
            replace(result, incident=numbers.get(place), since=since.get(place))
            for result in one.report.results
            for place in [(result.rule, result.segment)]
        )
        reports.append(replace(one.report, results=numbered))
        changes += (_numbered(change, numbers[change.result.rule, change.result.segment], before) for change in own)
    tags = {(one.report.dataset, rule.name): rule.tags for one in checked for rule in one.rules if rule.tags}
    told = () if follow.alerts is None else _tell(ledger, follow.alerts, changes, run, tags)
    return Recorded(tuple(reports), ledger.head(), told)


def _tell(
    ledger: Ledger,
    settings: AlertSettings,
    changes: Sequence[IncidentChange],
    run: Run,
    tags: Mapping[tuple[str, str], Sequence[str]],
) -> tuple[str, ...]:
    """Put the messages about what changed into the outbox; return the channels that they are for."""
    from idqp_cli.alerts import routing  # noqa: PLC0415 - only who is alerted has to pay
    from idqp_cli.delivery import queued  # noqa: PLC0415

    notices = routing.of_run(settings, changes, routing.Occasion(run.id, run.at, tags))
    ledger.enqueue([queued(notice) for notice in notices])
    return tuple(dict.fromkeys(notice.channel for notice in notices))


def _history(ledger: Ledger, changes: Sequence[IncidentChange]) -> Mapping[Place, Sequence[float]]:
    """Return what the metrics were before, of as many changes as a message shows."""
    from idqp_cli.alerts import routing  # noqa: PLC0415 - only who is alerted has to pay

    places = [(change.dataset, (change.result.rule, change.result.segment)) for change in changes]
    return {place: ledger.recent(dataset, place, routing.TREND) for dataset, place in places[: routing.DETAILED]}


def _numbered(change: IncidentChange, number: int, before: Mapping[Place, Sequence[float]]) -> IncidentChange:
    history = tuple(before.get((change.result.rule, change.result.segment), ()))
    return replace(change, number=number, after=replace(change.after, number=number), history=history)


def _since(change: IncidentChange, known: Mapping[Place, Incident], at: datetime) -> datetime:
    """Return when the incident was opened, or opened again."""
    if change.kind is ChangeKind.SEEN:
        return known[change.result.rule, change.result.segment].opened_at
    return at


def _keep_references(store: Store, run: Run, checked: Sequence[Checked]) -> None:
    for one in checked:
        if one.reference is not None:
            from idqp_cli import references  # noqa: PLC0415 - only who is compared with has to pay

            references.keep(store, one.report.dataset, one.reference, run.at, run.actor)


def _with_metrics(checked: Checked) -> DatasetReport:
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


def _recorded(rule: Rule) -> RecordedRule:
    from idqp_cli.store.values import RecordedRule  # noqa: PLC0415 - only what is recorded has to pay

    own = {"name", "line", "marks", "severity", "enabled", "known", "unknown"}
    # What a rule does not say is not among its parameters, where it was not always a key.
    unsaid = {"warn": None, "fail": None, "min_share": None, "of": Of.VALUES}
    params: Mapping[str, Scalar | Sequence[Scalar] | None] = {
        name: limit_text(value) if isinstance(value, Count) else value
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
