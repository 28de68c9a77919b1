"""The keys of each level of a contract of Soda 4."""

from __future__ import annotations

from collections.abc import Mapping

CONTRACT = frozenset({
    "dataset", "columns", "checks", "filter", "variables", "owner", "description", "scopes", "name", "tags", "version",
    "data_source", "datasource", "database", "schema", "id", "title",
})  # fmt: skip
# What a check is given beside its own keys by its column, too.
OF_VALUES = frozenset({
    "valid_values", "invalid_values", "valid_min", "valid_max", "valid_length", "valid_min_length", "valid_max_length",
    "valid_format", "invalid_format", "valid_regex", "invalid_regex", "valid_reference_data", "missing_values",
    "missing_format", "missing_regex",
})  # fmt: skip
COLUMN = OF_VALUES | {"name", "data_type", "checks", "description", "title", "tags", "not_null", "unique"}
VARIABLE = frozenset({"default", "type", "required", "description"})
BOUNDS = (
    "must_be", "must_not_be", "must_be_greater_than", "must_be_greater_than_or_equal", "must_be_less_than",
    "must_be_less_than_or_equal",
)  # fmt: skip
RANGES = ("must_be_between", "must_be_not_between")
THRESHOLD = frozenset({"metric", "unit", "level", *BOUNDS, *RANGES})
ENDS = frozenset({"greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal"})
FORMAT, REFERENCE = frozenset({"name", "regex"}), frozenset({"dataset", "column"})
COMMON = frozenset({
    "name", "qualifier", "threshold", "filter", "attributes", "store_failed_rows", "path", "column", "scope",
    "description", *BOUNDS, *RANGES,
})  # fmt: skip
OWN: Mapping[str, frozenset[str]] = {
    "missing": OF_VALUES, "invalid": OF_VALUES, "duplicate": OF_VALUES | {"columns"},
    "schema": frozenset({"allow_extra_columns", "allow_other_column_order"}), "freshness": frozenset({"now_variable"}),
    "failed_rows": frozenset({"expression", "query", "keys_query", "key_column_mapping", "rows_tested_query"}),
    "aggregate": OF_VALUES | {"function"}, "metric": frozenset({"expression", "query"}),
}  # fmt: skip
# Keys that change what is counted, and that no rule says.
REFUSED: Mapping[str, str] = {
    "group_by": "it judges each group; write the rule with `segment_by`",
    "now_variable": "it is about another moment than that of the run",
}
