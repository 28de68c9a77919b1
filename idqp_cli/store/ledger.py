"""What is written into a store, whatever keeps it, in one transaction: runs, incidents, and messages about them.

`actor` names who acts. A PostgreSQL store ignores it: its server knows who is
connected. Every method may raise StoreError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from idqp_cli.core.dataset import SeenFile
    from idqp_cli.core.incident import Alert, Heard, Incident, IncidentChange, Story
    from idqp_cli.core.model import DatasetReport, MetricPlace, RuleKey
    from idqp_cli.core.topics import Position
    from idqp_cli.schemas.schema import SchemaVersion
    from idqp_cli.store.values import IncidentUpdate, RecordedRule


class Ledger(Protocol):
    """One transaction on the store: all of it is kept, or nothing."""

    def latest_incidents(self, dataset: str, places: Collection[RuleKey]) -> Mapping[RuleKey, Incident]:
        """Return the incident of each of these rules and segments of the dataset that has one."""

    def incident(self, number: int) -> Incident | None:
        """Return one incident, as it is inside the transaction."""

    def record_run(
        self,
        run_id: str,
        at: datetime,
        actor: str,
        report: DatasetReport,
        rules: Sequence[RecordedRule],
        measured: Mapping[MetricPlace, float | None] = ...,
    ) -> None:
        """Keep a dataset's run: its results, its rules as they were, and what was measured besides.

        Raises StoreError if the dataset was removed.
        """

    def record_seen(self, run_id: str, at: datetime, dataset: str, files: Collection[SeenFile]) -> None:
        """Keep which files of a dataset a run has read; the audit row of the run covers both."""

    def begin_stream(
        self, at: datetime, actor: str, dataset: str, positions: Collection[Position], *, again: bool
    ) -> None:
        """Keep where the reading of partitions begins that no run has read; `again` also of those that one has."""

    def record_positions(self, run_id: str, at: datetime, dataset: str, positions: Collection[Position]) -> None:
        """Keep how far a run has read the partitions of a topic; the audit row of the run covers both.

        Raises MovedOnError: another run has read on from where this one began.
        """

    def record_schema(self, dataset: str, after: str | None, version: SchemaVersion, at: datetime, actor: str) -> None:
        """Keep a schema version, unless another run has moved on from the version `after`.

        Its comment says why a person registers it, which a run may not.
        """

    def record_changes(
        self, run_id: str, at: datetime, actor: str, changes: Sequence[IncidentChange]
    ) -> Mapping[RuleKey, int]:
        """Open, count, reopen and resolve incidents; return the number of each."""

    def recent(self, dataset: str, place: RuleKey, limit: int) -> tuple[float, ...]:
        """Return the last values of a rule's metric, oldest first."""

    def update_incident(self, update: IncidentUpdate, actor: str, at: datetime) -> None:
        """Write what a person did to an incident, with its event; an acknowledgement also into its own table."""

    def unresolved(self, dataset: str | None = None) -> tuple[Incident, ...]:
        """Return the incidents of a dataset, or of all, that are not resolved, oldest number first."""

    def heard(self, numbers: Collection[int]) -> Mapping[int, Mapping[str, Heard]]:
        """Return what each channel was last told of these incidents, by number and channel."""

    def stories(self, numbers: Collection[int]) -> Mapping[int, Story]:
        """Return what happened to these incidents since they were last opened."""

    def last_runs(self, datasets: Collection[str]) -> Mapping[str, datetime]:
        """Return when each of these datasets was last checked; one that never was is left out."""

    def removed(self) -> frozenset[str]:
        """Return the datasets that were removed; nothing can be recorded for them."""

    def datasets_of(self, rules_file: str) -> frozenset[str]:
        """Return the datasets that were last recorded by this rules file."""

    def belongs(self, dataset: str, rules_file: str) -> None:
        """Keep which rules file names a dataset whose run is recorded; the audit row of the run covers both."""

    def enqueue(self, alerts: Sequence[Alert], actor: str = ...) -> None:
        """Put messages into the outbox, except those whose dedup key their channel has already.

        The incidents of a message keep the time at which people were told.
        """

    def head(self) -> str:
        """Return the head of the audit chain, `SEQ:HASH`."""
