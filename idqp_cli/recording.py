"""Remember a run: its metrics, its schema and what it does to incidents, in one transaction.

A store that fails never takes the report with it: the run goes on without a
memory, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from idqp_cli import incidents, past
from idqp_cli.anomaly.drift import Summary
from idqp_cli.errors import StoreError
from idqp_cli.model import DatasetReport, IncidentChange, Scalar, Written
from idqp_cli.past import Past
from idqp_cli.rules.rule import Rule
from idqp_cli.schemas.compare import BREAKING, UNCHANGED, Schema
from idqp_cli.store import Ledger, RecordedRule, Store, open_store


@dataclass(frozen=True)
class Checked:
    """A dataset's report with what is not yet remembered: its rules, its schema and the version before.

    `measured` are the metrics to keep beside the results' own, and `summaries`
    those of the columns that a later run compares itself with. `written` are the
    files of rows that were set apart, and `not_written` says why some were not.
    """

    report: DatasetReport
    rules: tuple[Rule, ...] = ()
    schema: Schema | None = None
    version_before: str | None = None
    measured: Mapping[str, float | None] = field(default_factory=dict)
    summaries: Mapping[str, Summary] = field(default_factory=dict)
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

    def past(self, dataset: str, rules: Sequence[Rule], now: datetime) -> Past:
        """Return what the rules need of the dataset's past; nothing, where nothing is remembered."""
        if self._store is None or not past.wanted(rules):
            return Past()
        try:
            return past.past(self._store, dataset, rules, now)
        except StoreError as error:
            self._fail(error)
            return Past()

    def record(self, run_id: str, at: datetime, actor: str, checked: Sequence[Checked]) -> Recorded:
        """Write all that the run found into the store, or nothing of it."""
        unrecorded = Recorded(tuple(one.report for one in checked), (), None)
        if self._store is None:
            return unrecorded
        try:
            with self._store.writing() as ledger:
                recorded = _record(ledger, run_id, at, actor, checked)
            for one in checked:
                past.keep(self._store, one.report.dataset, one.summaries, at, actor)
            return recorded
        except StoreError as error:
            self._fail(error)
            return unrecorded

    def unknown(self, dataset: str, dated: Sequence[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
        """Return the files, oldest first, whose dates have no run yet."""
        if self._store is None:
            return sorted(dated)
        known = {point.at for points in self._store.metrics(dataset).values() for point in points}
        return sorted((at, path) for at, path in dated if at not in known)

    def backfill(self, run_id: str, at: datetime, actor: str, checked: Checked) -> None:
        """Keep the metrics of a run over older data, and nothing else of it.

        Raises:
            StoreError: it cannot be kept.

        """
        if self._store is None:
            raise StoreError(self.failure or "there is no store to keep a history in")
        with self._store.writing() as ledger:
            ledger.record_run(run_id, at, actor, _with_metrics(checked), [_recorded(rule) for rule in checked.rules])
        past.keep(self._store, checked.report.dataset, checked.summaries, at, actor)

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
        places = [(result.rule, result.segment) for result in one.report.results]
        known = ledger.latest_incidents(one.report.dataset, places)
        own = incidents.changes(one.report.dataset, one.report.results, known, at)
        ledger.record_run(run_id, at, actor, _with_metrics(one), [_recorded(rule) for rule in one.rules])
        _record_schema(ledger, one, at, actor)
        numbers = ledger.record_changes(run_id, at, actor, own)
        numbered = tuple(
            replace(result, incident=numbers.get((result.rule, result.segment))) for result in one.report.results
        )
        reports.append(replace(one.report, results=numbered))
        changes += (replace(change, number=numbers[change.result.rule, change.result.segment]) for change in own)
    return Recorded(tuple(reports), tuple(changes), ledger.head())


def _with_metrics(checked: Checked) -> DatasetReport:
    """Return the report with the metrics to be kept beside its results."""
    return replace(checked.report, results=(*checked.report.results, *past.as_results(checked.measured)))


def _record_schema(ledger: Ledger, checked: Checked, at: datetime, actor: str) -> None:
    found = checked.report.schema
    if found is None or checked.schema is None or found.version is None or found.status in {UNCHANGED, BREAKING}:
        return
    ledger.record_schema(checked.report.dataset, checked.version_before, found.version, checked.schema, at, actor)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a rule's key is of any type
    """Return a key's value as JSON can hold it."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _recorded(rule: Rule) -> RecordedRule:
    own = {"name", "line", "severity", "enabled", "known", "unknown"}
    params: Mapping[str, Scalar | Sequence[Scalar] | None] = {
        field.name: _plain(getattr(rule, field.name)) for field in fields(rule) if field.name not in own
    }
    return RecordedRule(
        name=rule.name,
        type=rule.type,
        params=params,
        threshold=getattr(rule, "threshold", None),
        severity=rule.severity,
        enabled=rule.enabled,
    )
