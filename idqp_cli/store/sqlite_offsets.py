"""How far the topics of datasets were read, in an SQLite store; each inside a transaction of its caller."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from idqp_cli.core.errors import MovedOnError
from idqp_cli.core.topics import Position
from idqp_cli.store.plain import moved_on
from idqp_cli.store.rows import stamp


def begin(connection: sqlite3.Connection, dataset: int, at: datetime, positions: Iterable[Position], kept: str) -> None:
    """Write where reading begins; `kept` says what becomes of a partition that was read: IGNORE or REPLACE."""
    connection.executemany(
        f"INSERT OR {kept} INTO stream_offsets (dataset_id, topic, partition, next, recorded_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [(dataset, one.topic, one.partition, one.next, stamp(at)) for one in positions],
    )


def move(
    connection: sqlite3.Connection, dataset: int, run_id: str, at: datetime, positions: Iterable[Position]
) -> None:
    """Write how far a run has read.

    Raises:
        MovedOnError: a partition is not where the run found it.

    """
    for one in positions:
        done = connection.execute(
            "UPDATE stream_offsets SET next = ?, run_id = ?, recorded_at = ?"
            " WHERE dataset_id = ? AND topic = ? AND partition = ? AND next = ?",
            [one.next, run_id, stamp(at), dataset, one.topic, one.partition, one.start],
        )
        if not done.rowcount:
            raise MovedOnError(moved_on(one))
