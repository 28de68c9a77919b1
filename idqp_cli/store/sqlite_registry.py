"""Datasets, rules, baselines, models and the outbox in an SQLite store."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime

from idqp_cli.core.errors import UsageError
from idqp_cli.core.incident import Alert
from idqp_cli.core.text import clean
from idqp_cli.store.reading import ALERTS
from idqp_cli.store.registry_reads import left_by
from idqp_cli.store.rows import alert_of, damage_told, origin_columns, stamp, stamp_or_none
from idqp_cli.store.sqlite_connection import PROGRAM, SqliteConnection, as_json, audit, dataset_id
from idqp_cli.store.values import Baseline, Model, ModelKey, Origin

# What no two baselines of a dataset share, as the unique index has it.
ORIGIN = "coalesce(snapshot, ''), coalesce(run_at, ''), coalesce(content, '')"


class SqliteRegistry(SqliteConnection):
    """The `Registry` of an SQLite store."""

    def add_dataset(self, name: str, description: str | None, owner: str | None, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            done = connection.execute(
                "INSERT INTO datasets (name, description, owner, created_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET removed_at = NULL, description = excluded.description,"
                " owner = excluded.owner WHERE removed_at IS NOT NULL",
                [name, description, owner, stamp(at)],
            )
            if not done.rowcount:
                raise UsageError(f"{clean(name)}: the dataset exists already")
            audit(connection, at, by, "dataset.add", name, {"owner": owner})

    def remove_dataset(self, name: str, by: str, at: datetime) -> None:
        with self._immediate() as connection:
            done = connection.execute(
                "UPDATE datasets SET removed_at = ? WHERE name = ? AND removed_at IS NULL", [stamp(at), name]
            )
            if not done.rowcount:
                raise UsageError(unknown_dataset(name))
            audit(connection, at, by, "dataset.remove", name, {})

    def enable_rule(self, dataset: str, rule: str, by: str, at: datetime, *, enabled: bool) -> None:
        with self._immediate() as connection:
            connection.execute(
                "INSERT INTO rule_switches (dataset_id, rule, enabled, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (dataset_id, rule) DO UPDATE SET enabled = excluded.enabled,"
                " changed_by = excluded.changed_by, changed_at = excluded.changed_at",
                [_known(connection, dataset), rule, enabled, by, stamp(at)],
            )
            audit(connection, at, by, "rule.enable" if enabled else "rule.disable", f"{dataset}: {rule}", {})

    def save_baseline(self, baseline: Baseline) -> None:
        with self._immediate() as connection:
            connection.execute(
                "INSERT INTO baselines (dataset_id, snapshot, run_at, content, summary, created_at, created_by)"
                f" VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dataset_id, {ORIGIN})"
                " DO UPDATE SET summary = excluded.summary, created_at = excluded.created_at,"
                " created_by = excluded.created_by",
                [
                    dataset_id(connection, baseline.dataset, baseline.created_at), *origin_columns(baseline.origin),
                    baseline.summary, stamp(baseline.created_at), baseline.created_by,
                ],
            )  # fmt: skip
            named = f"{baseline.dataset}: {baseline.origin}"
            audit(connection, baseline.created_at, baseline.created_by, "baseline.save", named, {})

    def drop_baseline(self, dataset: str, origin: Origin, by: str, at: datetime) -> None:
        condition, values = left_by(origin)
        with self._immediate() as connection:
            done = connection.execute(
                f"DELETE FROM baselines WHERE dataset_id = ? AND {condition}", [_known(connection, dataset), *values]
            )
            if not done.rowcount:
                raise UsageError(f"{clean(dataset)}: there is no baseline '{clean(str(origin))}'")
            audit(connection, at, by, "baseline.drop", f"{dataset}: {origin}", {})

    def save_model(self, model: Model, by: str) -> None:
        with self._immediate() as connection:
            connection.execute(
                "INSERT INTO models"
                " (dataset_id, snapshot, run_at, content, rule, digest, settings, arrays, created_at)"
                f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dataset_id, {ORIGIN}, rule, digest)"
                " DO UPDATE SET settings = excluded.settings, arrays = excluded.arrays,"
                " created_at = excluded.created_at",
                [
                    dataset_id(connection, model.dataset, model.created_at), *origin_columns(model.key.origin),
                    model.key.lesson.rule, model.key.lesson.digest, model.settings, model.arrays,
                    stamp(model.created_at),
                ],
            )  # fmt: skip
            audit(connection, model.created_at, by, "model.save", f"{model.dataset}: {model.key}", {})

    def drop_model(self, dataset: str, key: ModelKey, by: str, at: datetime) -> None:
        condition, values = left_by(key.origin)
        with self._immediate() as connection:
            done = connection.execute(
                f"DELETE FROM models WHERE dataset_id = ? AND rule = ? AND digest = ? AND {condition}",
                [_known(connection, dataset), key.lesson.rule, key.lesson.digest, *values],
            )
            if done.rowcount:
                audit(connection, at, by, "model.drop", f"{dataset}: {key}", {})


DUE = f"{ALERTS} WHERE delivered_at IS NULL AND next_at <= ?"
CLAIMABLE = (
    f"{ALERTS} AS a WHERE delivered_at IS NULL AND next_at <= ? AND NOT EXISTS (SELECT 1 FROM alerts b"
    " WHERE b.channel = a.channel AND b.id <= a.id AND b.delivered_at IS NULL AND b.next_at IS NOT NULL"
    " AND (b.next_at > ? OR b.claimed_until > ?))"
    " AND (? IS NULL OR channel IN (SELECT value FROM json_each(?))) ORDER BY id"
)


class SqliteOutbox(SqliteConnection):
    """The `Outbox` of an SQLite store."""

    def claim_alerts(
        self,
        at: datetime,
        until: datetime,
        limit: int = 100,
        channels: Collection[str] | None = None,
        by: str = PROGRAM,
    ) -> tuple[Alert, ...]:
        if not self._fetch(f"{DUE} LIMIT 1", [stamp(at)]):
            return ()
        named = None if channels is None else as_json(sorted(channels))
        with self._immediate() as connection:
            values = [stamp(at), stamp(at), stamp(at), named, named, limit]
            rows = connection.execute(f"{CLAIMABLE} LIMIT ?", values).fetchall()
            connection.executemany(
                "UPDATE alerts SET claimed_until = ? WHERE id = ?", [(stamp(until), row[5]) for row in rows]
            )
            if rows:
                audit(connection, at, by, "alert.claim", "", {"alerts": [row[5] for row in rows]})
            with damage_told():
                return tuple(map(alert_of, rows))

    def settle_alert(
        self,
        number: int,
        at: datetime,
        error: str | None,
        next_at: datetime | None,
        payload: str | None = None,
        by: str = PROGRAM,
    ) -> None:
        with self._immediate() as connection:
            done = connection.execute(
                "UPDATE alerts SET attempts = attempts + 1, delivered_at = ?, last_error = ?, next_at = ?,"
                " claimed_until = NULL, payload = coalesce(?, payload) WHERE id = ? AND delivered_at IS NULL",
                [stamp(at) if error is None else None, error, stamp_or_none(next_at), payload, number],
            )
            if done.rowcount:
                action, detail = ("alert.deliver", {}) if error is None else ("alert.fail", {"error": error})
                audit(connection, at, by, action, str(number), detail)

    def release_alert(self, number: int, at: datetime | None = None, by: str = PROGRAM) -> None:
        with self._immediate() as connection:
            done = connection.execute(
                "UPDATE alerts SET claimed_until = NULL WHERE id = ? AND claimed_until IS NOT NULL", [number]
            )
            if done.rowcount:
                audit(connection, at or datetime.now(UTC), by, "alert.release", str(number), {})

    def retry_alerts(self, at: datetime, channel: str | None = None, by: str = PROGRAM) -> int:
        with self._immediate() as connection:
            due = connection.execute(
                "UPDATE alerts SET next_at = :at WHERE delivered_at IS NULL AND channel = coalesce(:channel, channel)"
                " AND (claimed_until IS NULL OR claimed_until <= :at)",
                {"at": stamp(at), "channel": channel},
            ).rowcount
            if due:
                audit(connection, at, by, "alert.retry", channel or "", {"messages": due})
            return due


def unknown_dataset(name: str) -> str:
    """Say that the store does not know a dataset."""
    return f"the store has no dataset '{clean(name)}'; `idqp dataset list` shows them"


def _known(connection: sqlite3.Connection, dataset: str) -> int:
    row = connection.execute("SELECT id FROM datasets WHERE name = ? AND removed_at IS NULL", [dataset]).fetchone()
    if row is None:
        raise UsageError(unknown_dataset(dataset))
    return int(row[0])
