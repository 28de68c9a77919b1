"""The keys of each level of dbt's properties, and arguments of tests that change nothing."""

from __future__ import annotations

_TABLE = frozenset({
    "name", "description", "columns", "tests", "data_tests", "config", "meta", "tags", "constraints", "contract",
    "docs", "enabled", "freshness", "loaded_at_field", "loaded_at_query", "data_type",
})  # fmt: skip
MODEL = _TABLE | {
    "access", "latest_version", "deprecation_date", "versions", "group", "time_spine", "version", "docs", "relation",
    "materialized", "schema", "database", "alias", "persist_docs", "semantic_model", "primary_entity",
}  # fmt: skip
SOURCE = frozenset({
    "name", "description", "database", "schema", "catalog", "loader", "loaded_at_field", "loaded_at_query",
    "freshness", "meta", "tags", "config", "overrides", "quoting", "tables", "tests", "data_tests", "enabled", "docs",
    "version",
})  # fmt: skip
OF_SOURCE = _TABLE | {"identifier", "external", "quoting", "loader", "database", "schema"}
COLUMN = frozenset({
    "name", "description", "data_type", "tests", "data_tests", "meta", "tags", "config", "constraints", "quote",
    "policy_tags", "granularity", "docs", "dimension", "entity", "expression", "dtype", "type",
})  # fmt: skip
# The sections of a file: those with tests, those without, and the rest.
TABLES = ("models", "seeds", "snapshots")
OTHERS = (
    "unit_tests", "exposures", "metrics", "semantic_models", "saved_queries", "macros", "groups", "analyses",
    "tests", "data_tests",
)  # fmt: skip
KNOWN = frozenset({
    *TABLES, *OTHERS, "sources", "version", "anchors", "catalogs", "functions", "vars",
})  # fmt: skip
# What is configured for a test, and what else stands beside its arguments.
CONFIG = frozenset({
    "severity", "error_if", "warn_if", "where", "enabled", "tags", "meta", "limit", "fail_calc", "store_failures",
    "store_failures_as", "schema", "database", "alias", "group", "full_refresh", "docs", "sql_header", "on_error",
})  # fmt: skip
BESIDE = frozenset({"config", "name", "description", "test_name", "arguments", "namespace"})
# Arguments of generic tests that do not change what is found here.
SAY_NOTHING = frozenset({
    "column_name", "model", "quote_columns", "quote_values", "ignore_time_component", "display_inconsistent_columns",
    "is_raw", "backfill_days", "timestamp_column", "time_bucket", "training_period", "detection_period",
    "detection_delay", "anomaly_sensitivity", "anomaly_direction", "seasonality", "ignore_small_changes",
    "fail_on_zero", "sensitivity", "days_back",
})  # fmt: skip
