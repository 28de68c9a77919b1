"""Checks that wait to be done, in a PostgreSQL store."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from idqp_cli.store.postgres.connection import PostgresConnection
from idqp_cli.store.requested import CheckRequest, NewUpload, Outcome
from idqp_cli.store.rows import damage_told
from idqp_cli.store.run_reads import request_of


class PostgresQueue(PostgresConnection):
    """The `Queue` of a PostgreSQL store; its server knows who acts, and has its own clock."""

    def queue_check(self, name: str, dataset: str | None, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("queue_check", name, dataset)

    def queue_upload(self, check: NewUpload, lease: timedelta, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("queue_upload", check.name, check.dataset, json.dumps(check.files), lease)

    def keep_report(self, name: str, attempt: int, report: str) -> None:
        self._call("keep_report", name, attempt, report)

    def claim_check(self, lease: timedelta, at: datetime) -> CheckRequest | None:
        # Most often nothing waits, and nobody need wait for the lock to see that.
        waits = "ended_at IS NULL AND (claimed_until IS NULL OR claimed_until <= ?)"
        if not self._fetch(f"SELECT 1 FROM check_requests WHERE {waits} LIMIT 1", [at]):
            return None
        with damage_told():
            for row in self._call("claim_check", lease):
                number, name, dataset, by, queued, _, attempts, started, ended, *rest = row
                return request_of((number, name, dataset, by, queued, started, ended, attempts, *rest))
        return None

    def keep_check(self, name: str, attempt: int, lease: timedelta, at: datetime) -> bool:  # noqa: ARG002
        return bool(self._call("keep_check", name, attempt, lease)[0][0])

    def settle_check(self, name: str, attempt: int, outcome: Outcome, by: str, at: datetime) -> None:  # noqa: ARG002
        self._call("settle_check", name, attempt, outcome.exit_code, outcome.run, outcome.message)
