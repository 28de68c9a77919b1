"""What version 2 of a store adds: people, and what was learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idqp_cli.store.audit import GENESIS

if TYPE_CHECKING:
    from sqlite_utils import Database


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
