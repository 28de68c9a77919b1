"""Remember a run: its metrics, its schema and what it does to incidents, in one transaction; then what others need.

A store that fails never takes the report with it: the run goes on without a
memory, and says so. Nor does a bug: it is raised when the report is out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from idqp_cli.access.admission import credential, require
from idqp_cli.access.roles import Action
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import IdqpError, MovedOnError, NotPermittedError, StoreError, UsageError
from idqp_cli.core.model import Report
from idqp_cli.core.text import clean
from idqp_cli.core.topics import Position
from idqp_cli.pipeline import record as keeping
from idqp_cli.pipeline.record import Checked, Recorded, Run, recorded_rule
from idqp_cli.project.project import Project
from idqp_cli.rules.given import Past
from idqp_cli.rules.rule import Rule
from idqp_cli.schemas.schema import SchemaVersion
from idqp_cli.store import Store, damaged_store, open_store
from idqp_cli.store.identity import Identity

if TYPE_CHECKING:
    from idqp_cli.alerts.routing import AlertSettings
    from idqp_cli.core.trend import History


class Remembered(Protocol):
    """What a check asks of the past."""

    def schema_versions(self, dataset: str, last: int | None) -> tuple[SchemaVersion, ...]:
        """Return the `last` schema versions of the dataset, or all, oldest first."""

    def seen_files(self, dataset: str) -> frozenset[str] | None:
        """Return the digests of the files that recorded runs have read; None where nothing is remembered."""

    def past(
        self, dataset: Dataset, rules: Sequence[Rule], now: datetime, state: str | None, source: str | None
    ) -> Past:
        """Return what the rules need of the dataset's past."""


class Memory:
    """A store that may be absent, or fail, or be closed to whoever acts; after its first failure it is left alone.

    `failure` says what kept the store from its work, and `bug` is an exception that
    no store leads to; both are None while all is well.
    """

    def __init__(self, address: str | None) -> None:
        """Open the store at `address`; None is a run that remembers nothing."""
        self.failure: str | None = None
        self.bug: Exception | None = None
        self._address, self._actor = address or "", ""
        self._store: Store | None = None
        if address is not None:
            try:
                self._store = open_store(address, credential(address))
                require(self._store, Action.READ)
            except UsageError:
                # Nothing has been checked yet.
                self.close()
                raise
            except Exception as error:  # noqa: BLE001 - no store takes the report with it
                self._fail(error)

    def permit(self, action: Action) -> None:
        """See that whoever acts may do this.

        Raises:
            NotPermittedError: they may not, or there is no store that says so.

        """
        if self._store is None:
            if self.bug is not None:
                raise self.bug
            raise NotPermittedError(
                f"to {action.value} takes a store that knows your role; {self.failure or 'none is used'}"
            )
        require(self._store, action)

    def disabled_rules(self) -> frozenset[tuple[str, str]]:
        """Return (dataset, rule) for each rule that is disabled in the store."""
        if self._store is None:
            return frozenset()
        try:
            return self._store.disabled_rules()
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return frozenset()

    def schema_versions(self, dataset: str, last: int | None) -> tuple[SchemaVersion, ...]:
        """Return the `last` schema versions of the dataset, or all, oldest first."""
        if self._store is None:
            return ()
        try:
            return self._store.schema_versions(dataset, last)
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return ()

    def seen_files(self, dataset: str) -> frozenset[str] | None:
        """Return the digests of the files that recorded runs have read; None where nothing is remembered."""
        if self._store is None:
            return None
        try:
            return self._store.seen_files(dataset)
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return None

    def past(
        self, dataset: Dataset, rules: Sequence[Rule], now: datetime, state: str | None, source: str | None
    ) -> Past:
        """Return what the rules need of the dataset's past; nothing, where nothing is remembered.

        `state` tells the data from that of other runs, and `source` is what is read.
        """
        if self._store is None or not any(rule.compares for rule in rules):
            return Past()
        from idqp_cli.baselines import metrics as past  # noqa: PLC0415 - only who judges by the past has to pay
        from idqp_cli.baselines import recall  # noqa: PLC0415 - only who judges by the past has to pay
        from idqp_cli.baselines.accepted import Today  # noqa: PLC0415

        try:
            known = past.past(self._store, dataset, rules, Today(now, source))
            compared = recall.recalled(self._store, dataset.name, rules, now, state)
            refused = {**compared.refused, **known.refused}
            return replace(compared, history=known.history, profiles=known.profiles, refused=refused)
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return Past()

    def histories(self, report: Report) -> Mapping[str, History]:
        """Return how the metrics of the failed rules went, by dataset; nothing, where nothing is remembered."""
        if self._store is None:
            return {}
        from idqp_cli.baselines import metrics as past  # noqa: PLC0415 - only who draws the past has to pay

        try:
            return {one.dataset: past.trends(self._store, one, report.started_at) for one in report.datasets}
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return {}

    def record(self, run: Run, checked: Sequence[Checked], project: Project) -> Recorded:
        """Write all that the run found and whom to tell of it into the store, or nothing of it.

        What the rules file does not name is not remembered. The run's actor is the
        operating system's user; a store that knows people names whoever it knows.
        """
        unrecorded = Recorded(tuple(one.report for one in checked), None)
        if self._store is None or all(one.scope is None for one in checked):
            return unrecorded
        from idqp_cli.pipeline import sweep  # noqa: PLC0415 - only what is recorded has to pay

        follow = keeping.Follow(project, sweep.origin(project, self._address))
        try:
            # Asked at the end: a long check may outlast a session or a role.
            acting = require(self._store, Action.RECORD)
            with self._store.writing() as ledger:
                known = run if acting.open else replace(run, actor=acting.actor)
                recorded = keeping.record(ledger, known, checked, follow)
            _keep_references(self._store, known, [one for one in checked if one.scope is not None])
            self._actor = known.actor
            return recorded
        except MovedOnError:
            # The store is well: what was read is to be read again from where the other run is.
            raise
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return unrecorded

    def deliver(self, settings: AlertSettings | None, told: Sequence[str]) -> tuple[str, ...]:
        """Deliver what waits in the outbox; return a line for each channel that did not take it."""
        if self._store is None or settings is None or not settings.channels:
            return ()
        from idqp_cli.alerts.outbox import deliver  # noqa: PLC0415 - only who is alerted has to pay

        try:
            return deliver(self._store, settings, told, self._actor)
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return () if self.bug is not None else (f"not alerted: {self.failure}",)

    def stream_positions(self, dataset: str, topic: str) -> Mapping[int, int]:
        """Return the next offset of each partition of a topic that a recorded run has read.

        Raises:
            StoreError: there is no store to ask.

        """
        store, _ = self._recording()
        return store.stream_positions(dataset, topic)

    def begin_stream(
        self, dataset: str, positions: Sequence[Position], at: datetime, actor: str, *, again: bool
    ) -> None:
        """Keep where the reading of partitions begins that no run has read; `again` also of those that one has.

        Raises:
            StoreError: it cannot be kept.
            NotPermittedError: whoever acts may not record.

        """
        store, acting = self._recording()
        with store.writing() as ledger:
            ledger.begin_stream(at, actor if acting.open else acting.actor, dataset, positions, again=again)

    def known_contents(self, dataset: str) -> Mapping[datetime, str | None]:
        """Return the times of the runs that are kept, and what tells the data of the last one at each from other data.

        Raises:
            StoreError: there is no store to ask.
            NotPermittedError: whoever acts may not record.

        """
        store, _ = self._recording()
        known = {point.at: point.content for points in store.metrics(dataset).values() for point in points}
        return known | {point.at: point.content for points in store.measured(dataset).values() for point in points}

    def backfill(self, run: Run, checked: Checked) -> None:
        """Keep the metrics of a run over older data, and nothing else of it.

        Raises:
            StoreError: it cannot be kept.
            NotPermittedError: whoever acts may not record.

        """
        store, acting = self._recording()
        known = run if acting.open else replace(run, actor=acting.actor)
        with store.writing() as ledger:
            rules = [recorded_rule(rule) for rule in checked.rules]
            ledger.record_run(known.id, known.at, known.actor, checked.report, rules, checked.measured)
        _keep_references(store, known, [checked])

    def _recording(self) -> tuple[Store, Identity]:
        if self._store is None:
            if self.bug is not None:
                raise self.bug
            raise StoreError(self.failure or "there is no store to keep a history in")
        return self._store, require(self._store, Action.RECORD)

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _fail(self, error: Exception) -> None:
        """Leave the store alone from now on, and keep what it was: trouble of the store, or a bug of ours."""
        if isinstance(error, IdqpError):
            self.failure = str(error)
        elif (path := damaged_store()) is not None:
            # Damage leads to what no code expects.
            self.failure = f"{clean(path)}: the store is damaged; restore a copy of it, or move it away"
        else:
            self.bug = error
        self.close()


def _keep_references(store: Store, run: Run, checked: Sequence[Checked]) -> None:
    for one in checked:
        if one.reference is not None:
            from idqp_cli.baselines import saved  # noqa: PLC0415 - only who is compared with has to pay

            saved.keep(store, one.report.dataset, one.reference, run.at, run.actor, one.rules)
