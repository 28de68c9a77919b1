"""The keys of each level of Provero's files."""

from __future__ import annotations

FILE = frozenset({
    "version", "sources", "source", "checks", "suites", "contracts", "alerts", "tags", "schedule", "name",
    "description", "table",
})  # fmt: skip
SUITE = frozenset({"table", "owner"})
SOURCE = frozenset({"type", "connection", "table", "name", "path", "query", "dsn", "conn_id"})
CHECK = frozenset({
    "column", "columns", "severity", "name", "description", "min", "max", "values", "pattern", "expected", "type",
    "max_age", "source_column", "target_column", "max_latency", "reference_table", "reference_column", "query",
    "metric", "max_decrease", "max_increase", "sensitivity", "method", "tags",
})  # fmt: skip
CONTRACT = frozenset(
    {"name", "owner", "version", "source", "table", "on_violation", "schema", "sla", "description", "tags"}
)
COLUMN = frozenset({"name", "type", "checks", "description"})
