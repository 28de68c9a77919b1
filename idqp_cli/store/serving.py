"""What a server asks of a store: the runs that were recorded, and the checks that wait to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from idqp_cli.store.requested import CheckRequest, NewUpload, Outcome
    from idqp_cli.store.values import RecordedResult, RecordedRun, RunsWanted


class Runs(Protocol):
    """What was recorded of runs, as a server shows it."""

    def recorded_runs(self, wanted: RunsWanted) -> tuple[RecordedRun, ...]:
        """Return the runs that meet `wanted`, one for each dataset, newest number first."""

    def newest_runs(self) -> Mapping[str, RecordedRun]:
        """Return the newest run of each dataset."""

    def results_of(self, run: str) -> Mapping[str, tuple[RecordedResult, ...]]:
        """Return what the rules said in a run, by dataset."""

    def unresolved_counts(self) -> Mapping[str, Mapping[str, int]]:
        """Return how many incidents of each dataset are not resolved, by severity."""

    def latest_versions(self) -> Mapping[str, str]:
        """Return the latest schema version of each dataset."""


class Queue(Protocol):
    """Checks that somebody asked a server for, until one of its workers has done them."""

    def queue_check(self, name: str, dataset: str | None, by: str, at: datetime) -> None:
        """Ask for a check of a dataset, or of all, under a new name."""

    def queue_upload(self, check: NewUpload, lease: timedelta, by: str, at: datetime) -> None:
        """Ask for a check of files that this process has, and begin it."""

    def keep_report(self, name: str, attempt: int, report: str) -> None:
        """Keep the report of files that were sent, unless another worker has the check."""

    def check_report(self, name: str) -> str | None:
        """Return the report of files that were sent, if there is one and whoever asks may see it."""

    def claim_check(self, lease: timedelta, at: datetime) -> CheckRequest | None:
        """Begin the oldest check that nobody does, or whose worker has not kept it; others leave it for the `lease`."""

    def keep_check(self, name: str, attempt: int, lease: timedelta, at: datetime) -> bool:
        """Claim a check for longer; return False if another worker has it."""

    def settle_check(self, name: str, attempt: int, outcome: Outcome, by: str, at: datetime) -> None:
        """End a check, unless another worker has it."""

    def check_requests(self, limit: int, before: int | None = None) -> tuple[CheckRequest, ...]:
        """Return the checks that were asked for, newest first; `before` is a number."""

    def check_request(self, name: str) -> CheckRequest | None:
        """Return one of them."""
