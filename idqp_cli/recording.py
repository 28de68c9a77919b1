"""Remember a run: its metrics, its schema and what it does to incidents, in one transaction; then what others need.

A store that fails never takes the report with it: the run goes on without a
memory, and says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli import keeping
from idqp_cli.access.admission import credential, require
from idqp_cli.access.roles import Action
from idqp_cli.config import Project
from idqp_cli.dataset import Dataset
from idqp_cli.errors import IdqpError, StoreError, UsageError
from idqp_cli.keeping import Checked, Recorded, Run, recorded_rule, with_metrics
from idqp_cli.model import Report
from idqp_cli.rules.needs import Past
from idqp_cli.rules.rule import Rule
from idqp_cli.schemas.schema import SchemaVersion
from idqp_cli.store import Store, open_store
from idqp_cli.store.identity import Identity

if TYPE_CHECKING:
    from idqp_cli.alerts.routing import AlertSettings
    from idqp_cli.output.past import History


class Memory:
    """A store that may be absent, or fail, or be closed to whoever acts; after its first failure it is left alone.

    `failure` says what happened, None while all is well.
    """

    def __init__(self, address: str | None) -> None:
        """Open the store at `address`; None is a run that remembers nothing."""
        self.failure: str | None = None
        self._address, self._actor = address or "", ""
        self._store: Store | None = None
        if address is not None:
            try:
                self._store = open_store(address, credential(address))
                require(self._store, Action.READ)
            except Exception as error:  # noqa: BLE001 - no store takes the report with it
                self._fail(error)

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

    def past(
        self, dataset: Dataset, rules: Sequence[Rule], now: datetime, state: str | None, source: str | None
    ) -> Past:
        """Return what the rules need of the dataset's past; nothing, where nothing is remembered.

        `state` tells the data from that of other runs, and `source` is what is read.
        """
        by_the_past = any(rule.watches() or rule.baseline() or rule.learns_from() for rule in rules)
        if self._store is None or not by_the_past:
            return Past()
        from idqp_cli import past, references  # noqa: PLC0415 - only who judges by the past has to pay
        from idqp_cli.accepted import Today  # noqa: PLC0415

        try:
            known = past.past(self._store, dataset, rules, Today(now, source))
            compared = references.recalled(self._store, dataset.name, rules, now, state)
            return replace(compared, history=known.history, profiles=known.profiles)
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return Past()

    def histories(self, report: Report) -> Mapping[str, History]:
        """Return how the metrics of the failed rules went, by dataset; nothing, where nothing is remembered."""
        if self._store is None:
            return {}
        from idqp_cli import past  # noqa: PLC0415 - only who draws the past has to pay

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
        from idqp_cli import sweeping  # noqa: PLC0415 - only what is recorded has to pay

        follow = keeping.Follow(project, sweeping.origin(project, self._address))
        try:
            # Asked at the end: a long check may outlast a session or a role.
            acting = require(self._store, Action.RECORD)
            with self._store.writing() as ledger:
                known = run if acting.open else replace(run, actor=acting.actor)
                recorded = keeping.record(ledger, known, checked, follow)
            _keep_references(self._store, known, [one for one in checked if one.scope is not None])
            self._actor = known.actor
            return recorded
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self._fail(error)
            return unrecorded

    def deliver(self, settings: AlertSettings | None, told: Sequence[str]) -> tuple[str, ...]:
        """Deliver what waits in the outbox; return a line for each channel that did not take it."""
        if self._store is None or settings is None or not settings.channels:
            return ()
        from idqp_cli.delivery import deliver  # noqa: PLC0415 - only who is alerted has to pay

        try:
            return deliver(self._store, settings, told, self._actor)
        except Exception as error:  # noqa: BLE001 - no store takes the report with it
            self.close()
            return (f"not alerted: {_told(error)}",)

    def known_contents(self, dataset: str) -> Mapping[datetime, str | None]:
        """Return the times of the runs that are kept, and what tells the data of the last one at each from other data.

        Raises:
            StoreError: there is no store to ask.
            NotPermittedError: whoever acts may not record.

        """
        store, _ = self._recording()
        return {point.at: point.content for points in store.metrics(dataset).values() for point in points}

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
            ledger.record_run(known.id, known.at, known.actor, with_metrics(checked), rules)
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

    def _fail(self, error: Exception) -> None:
        self.failure = _told(error)
        self.close()


def _told(error: Exception) -> str:
    """Say in a line what kept a store from its work; what a damaged one leads to is no reason to lose the report."""
    if isinstance(error, IdqpError) and not isinstance(error, UsageError):
        return str(error)
    if isinstance(error, UsageError) or os.environ.get("IDQP_DEBUG"):
        raise error
    return f"the store does not answer as it should ({type(error).__name__}); it may be damaged"


def _keep_references(store: Store, run: Run, checked: Sequence[Checked]) -> None:
    for one in checked:
        if one.reference is not None:
            from idqp_cli import references  # noqa: PLC0415 - only who is compared with has to pay

            references.keep(store, one.report.dataset, one.reference, run.at, run.actor, one.rules)
