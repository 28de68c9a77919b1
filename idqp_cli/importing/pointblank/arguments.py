"""The arguments of the steps of Pointblank, and the steps that need code."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.importing.pointblank.coded import OF_ALL
from idqp_cli.importing.pointblank.parts import FILTER, SEGMENTS

# What each step may have, and what only some of them have.
KNOWN = frozenset({
    "columns", "column", "columns_subset", "value", "left", "right", "inclusive", "set", "pattern", "inverse", "spec",
    "expr", "exprs", "count", "tol", "p", "max_age", "schema", "complete", "in_order", "case_sensitive_colnames",
    "case_sensitive_dtypes", "full_match_dtypes", "allow_stationary", "decreasing_tol", "increasing_tol", "na_pass",
    "pre", "preconditions", "segments", FILTER, SEGMENTS, OF_ALL, "dimension",
    "thresholds", "actions", "brief", "active", "label", "step_id",
})  # fmt: skip
REFUSED = frozenset({"serially", "prompt", "tbl_match", "tbl_reconcile", "col_vals_in_table"})
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "col_vals_between": ("columns", "left", "right"), "col_vals_outside": ("columns", "left", "right"),
    "col_vals_in_set": ("columns", "set"), "col_vals_not_in_set": ("columns", "set"),
    "col_vals_regex": ("columns", "pattern"), "col_vals_expr": ("expr",), "specially": ("expr",),
    "rows_distinct": ("columns_subset",),
    "rows_complete": ("columns_subset",), "row_count_match": ("count",), "col_count_match": ("count",),
    "col_vals_within_spec": ("columns", "spec"), "col_schema_match": ("schema",),
    "data_freshness": ("column", "max_age"),
}  # fmt: skip
