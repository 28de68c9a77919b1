"""An SQLite file as a store has it: one connection, immediate transactions, and the audit chain in each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from idqp_cli.core.errors import StoreError
from idqp_cli.core.text import clean
from idqp_cli.store.audit import entry_hash
from idqp_cli.store.reading import Reading
from idqp_cli.store.rows import Row, stamp

# Who delivers messages where nobody says who.
PROGRAM = "idqp"


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Turn what SQLite and the file system refuse into one line that says what to do."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, SystemError) as error:
        # A damaged file leads sqlite3 to texts and numbers that Python has none for.
        raise StoreError(f"{shown}: the store does not answer: {clean(error)}; --no-store checks without it") from None
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise StoreError(f"{shown}: the store cannot be opened: {reason}; --no-store checks without it") from None


class SqliteConnection(Reading):
    """What the parts of an SQLite store share."""

    def __init__(self, connection: sqlite3.Connection, shown: str) -> None:
        self._connection = connection
        self._shown = shown

    def _fetch(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        with told(self._shown):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _immediate(self) -> Iterator[sqlite3.Connection]:
        with told(self._shown):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # After a full disk SQLite has rolled back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def as_json(value: object) -> str:
    """Return plain values as JSON text, the same for the same values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return the number and the hash of the last audit entry."""
    row = connection.execute("SELECT seq, hash FROM audit_head").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("the head of the audit chain is missing")
    return row[0], row[1]


def audit(
    connection: sqlite3.Connection, at: datetime, actor: str, action: str, concerned: str, detail: Mapping[str, Any]
) -> None:
    """Write an entry into the audit chain; every write of a store does, in its own transaction."""
    sequence, previous = head(connection)
    entry = {
        "seq": sequence + 1, "at": stamp(at), "actor": actor, "action": action, "object": concerned,
        "detail": as_json(detail),
    }  # fmt: skip
    chained = entry_hash(previous, entry)
    connection.execute(
        "INSERT INTO audit_events (seq, at, actor, action, object, detail, previous_hash, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [*entry.values(), previous, chained],
    )
    connection.execute("UPDATE audit_head SET seq = ?, hash = ?", [sequence + 1, chained])


def dataset_id(connection: sqlite3.Connection, name: str, at: datetime) -> int:
    """Return the dataset's number in the store, and give it one if it has none.

    Raises:
        StoreError: the dataset was removed.

    """
    row = connection.execute("SELECT id, removed_at FROM datasets WHERE name = ?", [name]).fetchone()
    if row is None:
        made = connection.execute("INSERT INTO datasets (name, created_at) VALUES (?, ?)", [name, stamp(at)])
        return int(made.lastrowid or 0)
    if row[1] is not None:
        raise StoreError(f"{clean(name)}: the dataset was removed from the store; `idqp dataset add` restores it")
    return int(row[0])
