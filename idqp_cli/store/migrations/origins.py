"""What left a baseline or a model as columns of their own, where older stores have it in a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

OF_RUN = "run: "
BASELINE_OF_RUN = re.compile(r"run: [^ ]+ (.+)", re.DOTALL)
MODEL_OF_RUN = re.compile(r"run: [^ ]+ ([^ ]+): (.*) ([^ ]+)", re.DOTALL)
MODEL_OF_SNAPSHOT = re.compile(r"snapshot: ([^:]+): (.*) ([^ ]+)", re.DOTALL)
UNKNOWN = "-"
# A run's baseline was saved as of the run.
FILL = "snapshot = ?, run_at = CASE WHEN ? THEN created_at END, content = ?"


def origins(db: Database) -> None:
    """Baselines and models have a snapshot's name, or a run's time and content; models have their rule, too."""
    _baselines(db)
    _models(db)


def _baselines(db: Database) -> None:
    for column in ("snapshot", "run_at", "content"):
        db.table("baselines").add_column(column, str)
    for number, name in db.execute("SELECT id, name FROM baselines").fetchall():
        of_run = name.startswith(OF_RUN)
        parts = BASELINE_OF_RUN.fullmatch(name)
        values = [None if of_run else name, of_run, None if parts is None else parts[1]]
        db.execute(f"UPDATE baselines SET {FILL} WHERE id = ?", [*values, number])
    _without_names(db, "baselines")


def _models(db: Database) -> None:
    for column in ("snapshot", "run_at", "content", "rule", "digest"):
        db.table("models").add_column(column, str, not_null_default="" if column in {"rule", "digest"} else None)
    for number, name in db.execute("SELECT id, name FROM models").fetchall():
        of_run = name.startswith(OF_RUN)
        parts = (MODEL_OF_RUN if of_run else MODEL_OF_SNAPSHOT).fullmatch(name)
        left_by, rule, digest = (None, "", "") if parts is None else parts.groups()
        content = None if left_by == UNKNOWN or not of_run else left_by
        snapshot = None if of_run else left_by or name
        db.execute(
            f"UPDATE models SET {FILL}, rule = ?, digest = ? WHERE id = ?",
            [snapshot, of_run, content, rule, digest, number],
        )
    _without_names(db, "models", ", rule, digest")


def _without_names(db: Database, table: str, taught: str = "") -> None:
    """Drop the names of a table; what they told apart, its origins tell apart."""
    origin = f"dataset_id, coalesce(snapshot, ''), coalesce(run_at, ''), coalesce(content, ''){taught}"
    db.execute(f"DELETE FROM {table} WHERE id NOT IN (SELECT max(id) FROM {table} GROUP BY {origin})")
    db.execute(f"DROP INDEX idx_{table}_dataset_id_name")
    db.execute(f"ALTER TABLE {table} DROP COLUMN name")
    db.execute(f"CREATE UNIQUE INDEX idx_{table}_one_per_origin ON {table} ({origin})")
