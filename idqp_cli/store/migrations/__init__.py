"""The tables of an SQLite store, made and changed by named steps.

The number of steps done is the file's `user_version`. sqlite-utils is loaded
only where there is a step to do.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from idqp_cli.store.migrations.facts import facts
from idqp_cli.store.migrations.initial import initial
from idqp_cli.store.migrations.origins import origins
from idqp_cli.store.migrations.people import people_and_memory
from idqp_cli.store.migrations.serving import serving
from idqp_cli.store.migrations.uploads import uploads

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x69647170  # "idqp"


def what_channels_heard(db: Database) -> None:
    """Alerts know what each channel was told of an incident, and datasets the rules file that they stand in."""
    db.table("alert_incidents").add_column("told", str)
    db.table("alert_incidents").add_column("severity", str)
    db.table("datasets").add_column("rules_file", str)


def content_of_runs(db: Database) -> None:
    """Keep of a run what tells its content from other content."""
    db.table("check_runs").add_column("content", str)


def files_of_runs(db: Database) -> None:
    """Keep which files of a dataset the recorded runs have read."""
    db.table("seen_files").create(
        {"dataset_id": int, "digest": str, "name": str, "run_id": str, "seen_at": str},
        pk=("dataset_id", "digest"), foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"name", "run_id", "seen_at"},
    )  # fmt: skip


def offsets_of_runs(db: Database) -> None:
    """Keep how far the recorded runs have read the topics of datasets."""
    db.table("stream_offsets").create(
        {"dataset_id": int, "topic": str, "partition": int, "next": int, "run_id": str, "recorded_at": str},
        pk=("dataset_id", "topic", "partition"), foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"next", "recorded_at"},
    )  # fmt: skip


MIGRATIONS = (
    initial, people_and_memory, what_channels_heard, content_of_runs, origins, facts, files_of_runs, offsets_of_runs,
    serving, uploads,
)  # fmt: skip
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Do the missing steps in one immediate transaction; if another process was faster, there are none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        (done,) = connection.execute("PRAGMA user_version").fetchone()
        if done < VERSION:
            _do(connection, done)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _do(connection: sqlite3.Connection, done: int) -> None:
    from sqlite_utils import Database  # noqa: PLC0415 - 190 ms that only a new or old store has to pay

    db = Database(connection)
    for step in MIGRATIONS[done:]:
        step(db)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
