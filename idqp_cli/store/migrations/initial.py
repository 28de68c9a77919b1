"""The tables that a store of version 1 has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def initial(db: Database) -> None:
    """Datasets, rules, runs, schema versions, incidents with their timeline, and the audit chain."""
    _datasets(db)
    _runs(db)
    _incidents(db)
    _schemas(db)
    _audit(db)


def _datasets(db: Database) -> None:
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


def _runs(db: Database) -> None:
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


def _incidents(db: Database) -> None:
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


def _schemas(db: Database) -> None:
    db.table("schema_versions").create(
        {"id": int, "dataset_id": int, "version": str, "schema": str, "created_at": str},
        pk="id", foreign_keys=[("dataset_id", "datasets", "id")],
        not_null={"dataset_id", "version", "schema", "created_at"},
    )  # fmt: skip
    db.table("schema_versions").create_index(["dataset_id", "version"], unique=True)


def _audit(db: Database) -> None:
    db.table("audit_events").create(
        {
            "seq": int, "at": str, "actor": str, "action": str, "object": str, "detail": str,
            "previous_hash": str, "hash": str,
        },
        pk="seq", not_null={"at", "actor", "action", "object", "detail", "previous_hash", "hash"},
    )  # fmt: skip
