"""The tables of an SQLite store, made and changed by named steps.

The number of steps done is the file's `user_version`. sqlite-utils is loaded
only where there is a step to do.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from idqp_cli.store.audit import GENESIS

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x69647170  # "idqp"


def initial(db: Database) -> None:
    """Datasets, rules, runs, schema versions, incidents with their timeline, and the audit chain."""
    db.table("datasets").create(
        {"id": int, "name": str, "description": str, "owner": str, "created_at": str},
        pk="id", not_null={"name", "created_at"},
    )  # fmt: skip
    db.table("datasets").create_index(["name"], unique=True)
    db.table("rules").create(
        {
            "id": int, "dataset_id": int, "name": str, "rule_type": str, "params": str, "threshold": float,
            "severity": str, "enabled": int, "digest": str, "created_at": str,
        },
        pk="id", foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"dataset_id", "name", "rule_type", "params", "severity", "enabled", "digest", "created_at"},
    )  # fmt: skip
    db.table("rules").create_index(["dataset_id", "digest"], unique=True)
    db.execute("CREATE INDEX idx_rules_enabled ON rules (dataset_id, enabled) WHERE enabled")
    db.table("check_runs").create(
        {
            "id": int, "run_id": str, "dataset_id": int, "run_at": str, "actor": str, "source": str, "rows": int,
            "status": str, "score": float, "metrics": str,
        },
        pk="id", foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"run_id", "dataset_id", "run_at", "actor", "status", "metrics"},
    )  # fmt: skip
    db.execute("CREATE INDEX idx_check_runs_dataset_run_at ON check_runs (dataset_id, run_at DESC)")
    db.table("check_run_rules").create(
        {"check_run_id": int, "rule_id": int}, pk=("check_run_id", "rule_id"),
        foreign_keys=[("check_run_id", "check_runs", "id"), ("rule_id", "rules", "id")],
    )  # fmt: skip
    db.table("incidents").create(
        {
            "id": int, "dataset_id": int, "rule": str, "rule_type": str, "segment": str, "severity": str,
            "status": str, "created_at": str, "last_seen_at": str, "resolved_at": str, "occurrences": int,
            "metric_value": float, "description": str,
        },
        pk="id", foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"dataset_id", "rule", "rule_type", "severity", "status", "created_at", "last_seen_at", "occurrences"},
    )  # fmt: skip
    db.table("incidents").create_index(["dataset_id", "severity", "created_at"])
    db.execute("CREATE UNIQUE INDEX idx_incidents_one_per_rule ON incidents (dataset_id, rule, coalesce(segment, ''))")
    db.execute("CREATE INDEX idx_incidents_unresolved ON incidents (id) WHERE status <> 'resolved'")
    db.table("incident_events").create(
        {
            "id": int, "incident_id": int, "at": str, "kind": str, "actor": str, "run_id": str,
            "metric_value": float, "detail": str,
        },
        pk="id", foreign_keys=[("incident_id", "incidents", "id")],
        not_null={"incident_id", "at", "kind", "actor", "detail"},
    )  # fmt: skip
    db.table("incident_events").create_index(["incident_id", "id"])
    db.table("acknowledgements").create(
        {"id": int, "incident_id": int, "actor": str, "comment": str, "acknowledged_at": str},
        pk="id", foreign_keys=[("incident_id", "incidents", "id")],
        not_null={"incident_id", "actor", "comment", "acknowledged_at"},
    )  # fmt: skip
    db.table("schema_versions").create(
        {"id": int, "dataset_id": int, "version": str, "schema": str, "created_at": str},
        pk="id", foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"dataset_id", "version", "schema", "created_at"},
    )  # fmt: skip
    db.table("schema_versions").create_index(["dataset_id", "version"], unique=True)
    db.table("audit_events").create(
        {
            "seq": int, "at": str, "actor": str, "action": str, "object": str, "detail": str,
            "previous_hash": str, "hash": str,
        },
        pk="seq", not_null={"at", "actor", "action", "object", "detail", "previous_hash", "hash"},
    )  # fmt: skip


def people_and_memory(db: Database) -> None:
    """People, sessions and tokens; metrics by time; baselines, models and the outbox; the head of the audit chain."""
    db.table("datasets").add_column("removed_at", str)
    incidents = db.table("incidents")
    for name in (
        "assignee",
        "snoozed_until",
        "resolution",
        "fingerprint",
        "first_samples",
        "last_samples",
        "alerted_at",
    ):
        incidents.add_column(name, str)
    incidents.add_column("passes", int, not_null_default=0)
    db.execute("ALTER TABLE incidents ADD COLUMN acknowledged INTEGER GENERATED ALWAYS AS (status <> 'open') VIRTUAL")
    db.execute("ALTER TABLE incidents ADD COLUMN passed INTEGER GENERATED ALWAYS AS (status = 'resolved') VIRTUAL")
    db.execute("DROP INDEX idx_incidents_one_per_rule")
    db.execute(
        "CREATE UNIQUE INDEX idx_incidents_one_per_rule"
        " ON incidents (dataset_id, rule, coalesce(segment, ''), segment IS NULL)"
    )
    db.execute(
        "CREATE INDEX idx_incidents_unacknowledged ON incidents (acknowledged, created_at) WHERE NOT acknowledged"
    )
    incidents.create_index(["dataset_id", "severity", "acknowledged", "created_at"])
    _people(db)
    _memory(db)
    db.table("audit_head").create({"id": int, "seq": int, "hash": str}, pk="id", not_null={"seq", "hash"})
    db.execute(
        "INSERT INTO audit_head SELECT 1, seq, hash FROM"
        " (SELECT seq, hash FROM audit_events UNION ALL SELECT 0, ?) ORDER BY seq DESC LIMIT 1",
        [GENESIS],
    )


def _people(db: Database) -> None:
    db.table("users").create(
        {
            "id": int, "email": str, "full_name": str, "password_hash": str, "role": str, "database_role": str,
            "created_at": str, "disabled_at": str, "failed_logins": int, "locked_until": str,
        },
        pk="id", not_null={"email", "full_name", "role", "created_at"}, defaults={"failed_logins": 0},
    )  # fmt: skip
    db.table("users").create_index(["email"], unique=True)
    db.table("users").create_index(["database_role"], unique=True)
    db.execute("CREATE INDEX idx_users_role_created_at ON users (role, created_at) WHERE role <> 'viewer'")
    db.table("sessions").create(
        {"id": int, "digest": str, "user_id": int, "created_at": str, "expires_at": str, "revoked_at": str},
        pk="id", foreign_keys=[("user_id", "users", "id")],
        not_null={"digest", "user_id", "created_at", "expires_at"},
    )  # fmt: skip
    db.table("sessions").create_index(["digest"], unique=True)
    db.table("sessions").create_index(["user_id"])
    db.table("tokens").create(
        {
            "id": int, "name": str, "digest": str, "scopes": str, "created_by": str, "created_at": str,
            "expires_at": str, "last_used_at": str, "revoked_at": str,
        },
        pk="id", not_null={"name", "digest", "scopes", "created_by", "created_at", "expires_at"},
    )  # fmt: skip
    db.table("tokens").create_index(["name"], unique=True)
    db.table("tokens").create_index(["digest"], unique=True)


def _memory(db: Database) -> None:
    db.table("rule_switches").create(
        {"dataset_id": int, "rule": str, "enabled": int, "changed_by": str, "changed_at": str},
        pk=("dataset_id", "rule"), foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"enabled", "changed_by", "changed_at"},
    )  # fmt: skip
    db.table("metrics").create(
        {
            "id": int, "check_run_id": int, "dataset_id": int, "rule": str, "segment": str, "run_at": str,
            "status": str, "value": float, "rows_evaluated": int, "rows_failed": int,
        },
        pk="id", foreign_keys=[("check_run_id", "check_runs", "id"), ("dataset_id", "datasets", "id")],
        not_null={"check_run_id", "dataset_id", "rule", "run_at", "status"},
    )  # fmt: skip
    db.table("metrics").create_index(["dataset_id", "rule", "run_at"])
    db.execute(
        "INSERT INTO metrics"
        " (check_run_id, dataset_id, rule, run_at, status, value, rows_evaluated, rows_failed)"
        " SELECT r.id, r.dataset_id, m.key, r.run_at, m.value ->> 'status', m.value ->> 'metric_value',"
        " m.value ->> 'rows_evaluated', m.value ->> 'rows_failed' FROM check_runs r,"
        " json_each(iif(json_valid(r.metrics), r.metrics, '{}')) m"
        " ORDER BY r.id"
    )
    db.table("baselines").create(
        {"id": int, "dataset_id": int, "name": str, "summary": str, "created_at": str, "created_by": str},
        pk="id", foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"dataset_id", "name", "summary", "created_at", "created_by"},
    )  # fmt: skip
    db.table("baselines").create_index(["dataset_id", "name"], unique=True)
    db.table("models").create(
        {"id": int, "dataset_id": int, "name": str, "settings": str, "arrays": bytes, "created_at": str},
        pk="id", foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"dataset_id", "name", "settings", "arrays", "created_at"},
    )  # fmt: skip
    db.table("models").create_index(["dataset_id", "name"], unique=True)
    db.table("alerts").create(
        {
            "id": int, "channel": str, "dedup_key": str, "payload": str, "created_at": str, "next_at": str,
            "attempts": int, "delivered_at": str, "last_error": str, "claimed_until": str,
        },
        pk="id", not_null={"channel", "dedup_key", "payload", "created_at"}, defaults={"attempts": 0},
    )  # fmt: skip
    db.table("alerts").create_index(["channel", "dedup_key"], unique=True)
    db.execute("CREATE INDEX idx_alerts_waiting ON alerts (channel, id) WHERE delivered_at IS NULL")
    db.table("alert_incidents").create(
        {"alert_id": int, "incident_id": int}, pk=("incident_id", "alert_id"),
        foreign_keys=[("alert_id", "alerts", "id"), ("incident_id", "incidents", "id")],
    )  # fmt: skip
    db.table("incident_events").create_index(["at"])
    db.execute("CREATE INDEX idx_alerts_due ON alerts (next_at) WHERE delivered_at IS NULL")


def what_channels_heard(db: Database) -> None:
    """Alerts know what each channel was told of an incident, and datasets the rules file that they stand in."""
    db.table("alert_incidents").add_column("told", str)
    db.table("alert_incidents").add_column("severity", str)
    db.table("datasets").add_column("rules_file", str)


def content_of_runs(db: Database) -> None:
    """Keep of a run what tells its content from other content."""
    db.table("check_runs").add_column("content", str)


MIGRATIONS = (initial, people_and_memory, what_channels_heard, content_of_runs)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Do the steps that are not done, in one immediate transaction; another process may have won."""
    from sqlite_utils import Database  # noqa: PLC0415 - 190 ms that only a new or old store has to pay

    connection.execute("BEGIN IMMEDIATE")
    try:
        (done,) = connection.execute("PRAGMA user_version").fetchone()
        db = Database(connection)
        for step in MIGRATIONS[done:]:
            step(db)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
