"""Count and delete what is old in an SQLite store: runs, metrics, failing rows, messages, sessions, requests."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from idqp_cli.store.rows import stamp

KINDS = ("runs", "metrics", "samples", "alerts", "sessions", "checks")
# The newest run of each dataset says which rules it has, and is always among those that are kept.
RUNS = (
    "SELECT id FROM (SELECT id, run_at,"
    " row_number() OVER (PARTITION BY dataset_id ORDER BY run_at DESC, id DESC) AS place FROM check_runs)"
    " WHERE run_at < :before AND place > :keep"
)
METRICS = f"check_run_id IN ({RUNS})"
SAMPLES = "status = 'resolved' AND resolved_at < :before AND coalesce(first_samples, last_samples) IS NOT NULL"
# What people were told of an incident that is not resolved is still to be taken back.
ALERTS = (
    "created_at < :before AND (delivered_at IS NOT NULL OR next_at IS NULL) AND id NOT IN (SELECT t.alert_id"
    " FROM alert_incidents t JOIN incidents i ON i.id = t.incident_id WHERE i.status <> 'resolved')"
)
CHECKS = "ended_at < :before"
SESSIONS = "expires_at < :before OR revoked_at < :before"
COUNTS = (
    f"SELECT (SELECT count(*) FROM ({RUNS})), (SELECT count(*) FROM metrics WHERE {METRICS}),"
    f" (SELECT count(*) FROM incidents WHERE {SAMPLES}), (SELECT count(*) FROM alerts WHERE {ALERTS}),"
    f" (SELECT count(*) FROM sessions WHERE {SESSIONS}),"
    f" (SELECT count(*) FROM check_requests WHERE {CHECKS})"
)
# In an order in which no row is left that refers to one that is gone.
STEPS = (
    f"DELETE FROM metrics WHERE {METRICS}",
    f"DELETE FROM check_run_rules WHERE {METRICS}",
    f"DELETE FROM check_runs WHERE id IN ({RUNS})",
    f"UPDATE incidents SET first_samples = NULL, last_samples = NULL WHERE {SAMPLES}",
    f"DELETE FROM alert_incidents WHERE alert_id IN (SELECT id FROM alerts WHERE {ALERTS})",
    f"DELETE FROM alerts WHERE {ALERTS}",
    f"DELETE FROM sessions WHERE {SESSIONS}",
    f"DELETE FROM check_reports WHERE name IN (SELECT name FROM check_requests WHERE {CHECKS})",
    f"DELETE FROM check_requests WHERE {CHECKS}",
)


def counted(connection: sqlite3.Connection, before: datetime, keep: int) -> Mapping[str, int]:
    """Return how many rows of each kind are old."""
    numbers = connection.execute(COUNTS, {"before": stamp(before), "keep": keep}).fetchone()
    return dict(zip(KINDS, numbers, strict=True))


def pruned(connection: sqlite3.Connection, before: datetime, keep: int) -> None:
    """Delete what is old."""
    for step in STEPS:
        connection.execute(step, {"before": stamp(before), "keep": keep})
