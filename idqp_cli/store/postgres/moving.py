"""From SQLite to PostgreSQL: every row as it is, in one transaction, with the audit chain intact."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from idqp_cli.core.address import masked
from idqp_cli.core.errors import UsageError
from idqp_cli.core.sql import identifier
from idqp_cli.store.postgres import migrations
from idqp_cli.store.postgres.connection import as_jsonb, connect, storable, told, transaction
from idqp_cli.store.rows import Row

if TYPE_CHECKING:
    from psycopg import Connection

# In an order in which every row finds what it refers to.
TABLES = (
    "users", "sessions", "tokens", "datasets", "rules", "rule_switches", "check_runs", "check_run_rules", "metrics",
    "incident_places", "incidents", "incident_events", "acknowledgements", "schema_versions", "baselines", "models",
    "seen_files", "stream_offsets", "check_requests", "check_reports",
    "alerts", "alert_incidents", "audit_events",
)  # fmt: skip
NOT_NUMBERED = frozenset(
    {
        "rule_switches", "check_run_rules", "incidents", "alert_incidents", "audit_events", "seen_files",
        "stream_offsets", "check_reports",
    }
)  # fmt: skip
PLACES = "SELECT id, dataset_id, rule, segment, created_at FROM incidents"


def _jsonb(text: str) -> str:
    return as_jsonb(json.loads(text))


# The columns that PostgreSQL has in a type of its own.
TYPED: Mapping[tuple[str, str], Callable[[Any], object]] = {
    ("rules", "params"): _jsonb,
    ("rules", "enabled"): bool,
    ("rule_switches", "enabled"): bool,
    ("check_runs", "metrics"): _jsonb,
    ("schema_versions", "schema"): _jsonb,
}


def move(source: sqlite3.Connection, address: str) -> Mapping[str, int]:
    """Copy all that `source` holds into the empty store at `address`; return the number of rows per table.

    Nobody writes into the source meanwhile, and it stays as it is. Takes the
    rights that an upgrade takes, and upgrades the target first.

    Raises:
        UsageError: the target is not empty.
        StoreError: the target does not take it; it is left as it was.

    """
    migrations.upgrade(address)
    target = connect(address)
    try:
        source.execute("BEGIN IMMEDIATE")
        with told(address), transaction(target), migrations.as_definer(target):
            ((empty,),) = target.execute(
                "SELECT NOT EXISTS (SELECT FROM idqp.audit_events) AND NOT EXISTS (SELECT FROM idqp.datasets)"
                " AND NOT EXISTS (SELECT FROM idqp.users)"
            ).fetchall()
            if not empty:
                raise UsageError(f"{masked(address)}: holds a store that is in use; name an empty database")
            target.execute("SELECT seq FROM idqp.audit_head FOR UPDATE")
            _make_partitions(source, target)
            counts = {table: _copy(source, target, table) for table in TABLES}
            target.execute(
                "UPDATE idqp.audit_head SET seq = %s, hash = %s",
                source.execute("SELECT seq, hash FROM audit_head").fetchone(),
            )
            return counts
    finally:
        if source.in_transaction:
            source.execute("ROLLBACK")
        target.close()


def _make_partitions(source: sqlite3.Connection, target: Connection[Row]) -> None:
    months = source.execute(
        "SELECT substr(run_at, 1, 7) FROM check_runs UNION SELECT substr(created_at, 1, 7) FROM incidents"
    ).fetchall()
    for (month,) in months:
        target.execute("SELECT idqp._make_partitions(%s::timestamptz)", [f"{month}-01T00:00:00+00:00"])


def _copy(source: sqlite3.Connection, target: Connection[Row], table: str) -> int:
    """Copy one table and return its number of rows; its numbers go on behind the last."""
    if table == "incident_places":
        cursor = source.execute(PLACES)
    else:
        columns = [identifier(row[1]) for row in source.execute(f"PRAGMA table_info({identifier(table)})")]
        cursor = source.execute(f"SELECT {', '.join(columns)} FROM {identifier(table)} ORDER BY rowid")
    names = [description[0] for description in cursor.description]
    typed = [TYPED.get((table, name), storable) for name in names]
    rows = 0
    into = f"COPY idqp.{identifier(table)} ({', '.join(map(identifier, names))}) FROM STDIN"
    with target.cursor() as writing, writing.copy(into.encode()) as copy:
        for row in cursor:
            copy.write_row([cell if cell is None else kind(cell) for kind, cell in zip(typed, row, strict=True)])
            rows += 1
    if table not in NOT_NUMBERED and rows:
        sequence = f"idqp.{table}_id_seq"
        target.execute(f"SELECT setval(%s, (SELECT max(id) FROM idqp.{identifier(table)}))".encode(), [sequence])
    return rows
