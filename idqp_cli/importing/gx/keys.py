"""The keys of suites of Great Expectations, and the arguments of all expectations."""

from __future__ import annotations

SUITE = frozenset({
    "expectations", "expectation_configs", "results", "expectation_suite", "expectation_suite_name", "name",
    "suite_name", "meta", "id", "ge_cloud_id", "data_asset_type", "data_asset_name", "notes", "suite_parameters",
    "evaluation_parameters", "success", "statistics", "batch_id", "result_url", "description",
})  # fmt: skip
# What an expectation has beside its arguments.
BESIDE = frozenset({
    "expectation_type", "type", "meta", "severity", "description", "notes", "id", "rendered_content", "success",
    "result", "exception_info", "expectation_context", "ge_cloud_id",
})  # fmt: skip
ITEM = BESIDE | {"kwargs", "expectation_config"}
COMMON = frozenset({
    "mostly", "row_condition", "condition_parser", "result_format", "include_config", "catch_exceptions", "meta",
    "batch_id", "id", "notes", "severity", "description", "windows", "rendered_content",
})  # fmt: skip
# Those that old versions wrote for their own use, or that say how a column is read, are known, and change nothing.
ARGUMENTS = COMMON | {
    "column", "column_A", "column_B", "column_a", "column_b", "column_list", "column_set", "column_index", "value",
    "value_set", "values", "min_value", "max_value", "strict_min", "strict_max", "strictly", "regex", "regex_list",
    "flags", "match_on", "like_pattern", "like_pattern_list", "strftime_format", "type_", "type", "column_type",
    "type_list", "types_list", "column_type_list", "exact_match", "allow_relative_error", "quantile_ranges",
    "quantile", "threshold", "double_sided", "ignore_row_if", "sum_total", "or_equal", "value_pairs_set", "ties_okay",
    "other_table_name", "unexpected_rows_query", "json_schema", "parse_strings_as_datetimes",
    "output_strftime_format", "allow_cross_type_comparisons", "profiler_config", "auto", "template_dict", "batch",
    "partition_object", "tail_weight_holdout", "internal_weight_holdout", "bucketize_data", "bins", "n_bins", "step",
    "sort_column", "group_by",
}  # fmt: skip
CODE = frozenset({"expectation_type", "type", "kwargs", "meta", "expectation_context"})
