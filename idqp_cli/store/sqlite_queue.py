"""Checks that wait to be done, in an SQLite store."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from idqp_cli.store.requested import CheckRequest, NewUpload, Outcome
from idqp_cli.store.rows import damage_told, stamp
from idqp_cli.store.run_reads import REQUESTS, request_of
from idqp_cli.store.sqlite_connection import SqliteConnection, audit


class SqliteQueue(SqliteConnection):
    """The `Queue` of an SQLite store."""

    def queue_check(self, name: str, dataset: str | None, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            connection.execute(
                "INSERT INTO check_requests (name, dataset, asked_by, queued_at) VALUES (?, ?, ?, ?)",
                [name, dataset, by, stamp(at)],
            )
            audit(connection, at, by, "check.queue", name, {"dataset": dataset})

    def queue_upload(self, check: NewUpload, lease: timedelta, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            connection.execute(
                "INSERT INTO check_requests (name, dataset, asked_by, queued_at, claimed_until, attempts, started_at,"
                " uploaded) VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
                [check.name, check.dataset, by, stamp(at), stamp(at + lease), stamp(at), json.dumps(check.files)],
            )
            told = {"dataset": check.dataset, "files": list(check.files)}
            audit(connection, at, by, "check.upload", check.name, told)

    def keep_report(self, name: str, attempt: int, report: str) -> None:
        with self._immediate() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO check_reports (name, asked_by, report) SELECT name, asked_by, ?"
                " FROM check_requests WHERE name = ? AND attempts = ? AND ended_at IS NULL AND uploaded IS NOT NULL",
                [report, name, attempt],
            )

    def claim_check(self, lease: timedelta, at: datetime) -> CheckRequest | None:
        waits = "ended_at IS NULL AND (claimed_until IS NULL OR claimed_until <= ?)"
        if not self._fetch(f"SELECT 1 FROM check_requests WHERE {waits} LIMIT 1", [stamp(at)]):
            return None
        with self._immediate() as connection:
            row = connection.execute(f"{REQUESTS} WHERE {waits} ORDER BY id LIMIT 1", [stamp(at)]).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE check_requests SET claimed_until = ?, attempts = attempts + 1,"
                " started_at = coalesce(started_at, ?) WHERE id = ?",
                [stamp(at + lease), stamp(at), row[0]],
            )
            claimed = connection.execute(f"{REQUESTS} WHERE id = ?", [row[0]]).fetchone()
        with damage_told():
            return request_of(claimed)

    def keep_check(self, name: str, attempt: int, lease: timedelta, at: datetime) -> bool:
        with self._immediate() as connection:
            done = connection.execute(
                "UPDATE check_requests SET claimed_until = ? WHERE name = ? AND attempts = ? AND ended_at IS NULL",
                [stamp(at + lease), name, attempt],
            )
        return done.rowcount > 0

    def settle_check(self, name: str, attempt: int, outcome: Outcome, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            done = connection.execute(
                "UPDATE check_requests SET ended_at = ?, exit_code = ?, run_id = ?, message = ?"
                " WHERE name = ? AND attempts = ? AND ended_at IS NULL",
                [stamp(at), outcome.exit_code, outcome.run, outcome.message, name, attempt],
            )
            if done.rowcount:
                audit(connection, at, by, "check.done", name, {"exit_code": outcome.exit_code})
