"""What a store remembers, whatever keeps it: runs, incidents, and who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from idqp_cli.incidents import Place
from idqp_cli.model import (
    DatasetReport,
    Event,
    Incident,
    IncidentChange,
    IncidentStatus,
    Scalar,
)
from idqp_cli.schemas.compare import Schema


@dataclass(frozen=True)
class RecordedRule:
    """A rule as it was when a run checked it; `params` are its keys by name."""

    name: str
    type: str
    params: Mapping[str, Scalar | Sequence[Scalar] | None]
    threshold: float | None
    severity: str
    enabled: bool


class Ledger(Protocol):
    """One transaction on the store: all of it is kept, or nothing."""

    def latest_incidents(self, dataset: str) -> Mapping[Place, Incident]:
        """Return the last incident of each rule and segment of the dataset."""

    def record_run(
        self, run_id: str, at: datetime, actor: str, report: DatasetReport, rules: Sequence[RecordedRule]
    ) -> None:
        """Keep a dataset's run: its metrics, and its rules as they were."""

    def record_schema(
        self, dataset: str, after: str | None, version: str, schema: Schema, at: datetime, actor: str
    ) -> None:
        """Keep a schema as `version`, unless another run has moved on from the version `after`."""

    def record_changes(
        self, run_id: str, at: datetime, actor: str, changes: Sequence[IncidentChange]
    ) -> Mapping[Place, int]:
        """Open, count, reopen and resolve incidents; return the number of each."""

    def head(self) -> str:
        """Return the head of the audit chain, `SEQ:HASH`."""


class Store(Protocol):
    """Where runs and incidents are remembered."""

    def latest_schema(self, dataset: str) -> tuple[str, Schema] | None:
        """Return the last schema version of the dataset and its columns, or None."""

    def writing(self) -> AbstractContextManager[Ledger]:
        """Begin a transaction that no other writer can interleave."""

    def incidents(self, *, resolved: bool) -> tuple[Incident, ...]:
        """Return the incidents that are not resolved, or all of them, newest number first."""

    def incident(self, number: int) -> Incident | None:
        """Return one incident."""

    def timeline(self, number: int) -> tuple[Event, ...]:
        """Return what happened to an incident, oldest first."""

    def acknowledge(
        self, numbers: Sequence[int], comment: str, actor: str, at: datetime
    ) -> Mapping[int, IncidentStatus]:
        """Acknowledge all of the incidents or, if one is unknown or resolved, none.

        Returns the status that each had. Raises UsageError.
        """

    def close(self) -> None:
        """Let go of the store."""
