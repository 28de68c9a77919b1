"""The store in one SQLite file: for one person, one machine, CI."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from idqp_cli.errors import StoreError
from idqp_cli.model import (
    Event,
    Incident,
    IncidentStatus,
)
from idqp_cli.schemas.compare import Schema
from idqp_cli.store import migrations
from idqp_cli.store.interface import Store
from idqp_cli.store.sqlite_ledger import INCIDENTS, SqliteLedger, damage_told, incident_of, latest_schema
from idqp_cli.text import clean

BUSY_SECONDS = 60


def open_sqlite(path: str) -> Store:
    """Open the store in the file `path`, and make it if it is not there.

    Raises:
        StoreError: the file cannot be made, is no store, or is of a newer idqp.

    """
    shown = clean(path)
    # A path, never one of SQLite's special names.
    path = os.path.abspath(path)
    with _told(shown):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # sqlite3 would make the file readable to all; -wal and -shm take over its mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _prepare(connection, shown)
        except BaseException:
            connection.close()
            raise
    return SqliteStore(connection, shown)


def _prepare(connection: sqlite3.Connection, shown: str) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if version > migrations.VERSION and application == migrations.APPLICATION_ID:
        raise StoreError(f"{shown}: the store was made by a newer idqp (version {version}); upgrade idqp")
    if application != migrations.APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if (tables and application == 0 and version == 0) or application:
            raise StoreError(f"{shown}: is an SQLite file, but not a store of idqp; name another with --store")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < migrations.VERSION:
        migrations.migrate(connection)


@contextmanager
def _told(shown: str) -> Iterator[None]:
    """Turn what SQLite and the file system refuse into one line that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{shown}: the store does not answer: {clean(error)}; --no-store checks without it") from None
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise StoreError(f"{shown}: the store cannot be opened: {reason}; --no-store checks without it") from None


class SqliteStore:
    """A `Store` on one connection."""

    def __init__(self, connection: sqlite3.Connection, shown: str) -> None:
        self._connection = connection
        self._shown = shown

    @contextmanager
    def writing(self) -> Iterator[SqliteLedger]:
        with _told(self._shown):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteLedger(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                # After a full disk SQLite has rolled back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def latest_schema(self, dataset: str) -> tuple[str, Schema] | None:
        with _told(self._shown):
            return latest_schema(self._connection, dataset)

    def incidents(self, *, resolved: bool) -> tuple[Incident, ...]:
        chosen = "" if resolved else " WHERE i.status <> 'resolved'"
        with _told(self._shown):
            rows = self._connection.execute(f"{INCIDENTS}{chosen} ORDER BY i.id DESC").fetchall()
            return tuple(incident_of(row) for row in rows)

    def incident(self, number: int) -> Incident | None:
        with _told(self._shown):
            row = self._connection.execute(f"{INCIDENTS} WHERE i.id = ?", [number]).fetchone()
            return None if row is None else incident_of(row)

    def timeline(self, number: int) -> tuple[Event, ...]:
        with _told(self._shown):
            rows = self._connection.execute(
                "SELECT at, kind, actor, detail, metric_value FROM incident_events WHERE incident_id = ? ORDER BY id",
                [number],
            ).fetchall()
            with damage_told():
                return tuple(Event(datetime.fromisoformat(at), *rest) for at, *rest in rows)

    def acknowledge(
        self, numbers: Sequence[int], comment: str, actor: str, at: datetime
    ) -> Mapping[int, IncidentStatus]:
        with self.writing() as ledger:
            return ledger.acknowledge(numbers, comment, actor, at)

    def close(self) -> None:
        self._connection.close()
