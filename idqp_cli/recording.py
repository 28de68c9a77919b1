"""Remember a run: its metrics, its schema and what it does to incidents, in one transaction.

A store that fails never takes the report with it: the run goes on without a
memory, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from idqp_cli import incidents
from idqp_cli.errors import StoreError
from idqp_cli.incidents import Place
from idqp_cli.model import ChangeKind, DatasetReport, Incident, IncidentChange, Scalar, Written
from idqp_cli.rules.rule import Rule
from idqp_cli.schemas.compare import BREAKING, UNCHANGED, Schema
from idqp_cli.store import Ledger, RecordedRule, Store, open_store


@dataclass(frozen=True)
class Checked:
    """A dataset's report with what is not yet remembered: its rules, its schema and the version before.

    `written` are the files of rows that were set apart, and `not_written` says why some were not.
    """

    report: DatasetReport
    rules: tuple[Rule, ...] = ()
    schema: Schema | None = None
    version_before: str | None = None
    written: tuple[Written, ...] = ()
    not_written: str | None = None


@dataclass(frozen=True)
class Recorded:
    """The reports with the numbers of their incidents, what changed, and the head of the audit chain."""

    reports: tuple[DatasetReport, ...]
    changes: tuple[IncidentChange, ...]
    head: str | None


class Memory:
    """A store that may be absent, or fail; after its first failure it is left alone.

    `failure` says what happened, None while all is well.
    """

    def __init__(self, address: str | None) -> None:
        """Open the store at `address`; None is a run that remembers nothing."""
        self.failure: str | None = None
        self._store: Store | None = None
        if address is not None:
            try:
                self._store = open_store(address)
            except StoreError as error:
                self.failure = str(error)

    def latest_schema(self, dataset: str) -> tuple[str, Schema] | None:
        """Return the last schema version of the dataset and its columns, or None."""
        if self._store is None:
            return None
        try:
            return self._store.latest_schema(dataset)
        except StoreError as error:
            self._fail(error)
            return None

    def record(self, run_id: str, at: datetime, actor: str, checked: Sequence[Checked]) -> Recorded:
        """Write all that the run found into the store, or nothing of it."""
        unrecorded = Recorded(tuple(one.report for one in checked), (), None)
        if self._store is None:
            return unrecorded
        try:
            with self._store.writing() as ledger:
                return _record(ledger, run_id, at, actor, checked)
        except StoreError as error:
            self._fail(error)
            return unrecorded

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _fail(self, error: StoreError) -> None:
        self.failure = str(error)
        self.close()


def _record(ledger: Ledger, run_id: str, at: datetime, actor: str, checked: Sequence[Checked]) -> Recorded:
    reports: list[DatasetReport] = []
    changes: list[IncidentChange] = []
    for one in checked:
        known = ledger.latest_incidents(one.report.dataset)
        own = incidents.changes(one.report.dataset, one.report.results, known)
        ledger.record_run(run_id, at, actor, one.report, [_recorded(rule) for rule in one.rules])
        _record_schema(ledger, one, at, actor)
        numbers = ledger.record_changes(run_id, at, actor, own)
        since = {(change.result.rule, change.result.segment): _since(change, known, at) for change in own}
        numbered = tuple(
            replace(result, incident=numbers.get(place), since=since.get(place))
            for result in one.report.results
            for place in [(result.rule, result.segment)]
        )
        reports.append(replace(one.report, results=numbered))
        changes += (replace(change, number=numbers[change.result.rule, change.result.segment]) for change in own)
    return Recorded(tuple(reports), tuple(changes), ledger.head())


def _since(change: IncidentChange, known: Mapping[Place, Incident], at: datetime) -> datetime:
    """Return when the incident was opened, or opened again."""
    if change.kind is ChangeKind.SEEN:
        return known[change.result.rule, change.result.segment].opened_at
    return at


def _record_schema(ledger: Ledger, checked: Checked, at: datetime, actor: str) -> None:
    found = checked.report.schema
    if found is None or checked.schema is None or found.version is None or found.status in {UNCHANGED, BREAKING}:
        return
    ledger.record_schema(checked.report.dataset, checked.version_before, found.version, checked.schema, at, actor)


def _recorded(rule: Rule) -> RecordedRule:
    own = {"name", "line", "severity", "enabled"}
    params: Mapping[str, Scalar | Sequence[Scalar] | None] = {
        field.name: getattr(rule, field.name) for field in fields(rule) if field.name not in own
    }
    return RecordedRule(
        name=rule.name,
        type=rule.type,
        params=params,
        threshold=getattr(rule, "threshold", None),
        severity=rule.severity,
        enabled=rule.enabled,
    )
