"""Expectations: what each kind becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

KINDS = (
    Kind("expect_column_values_to_not_be_null", "`completeness`"),
    Kind("expect_column_values_to_be_null", "`expression`", "c IS NULL"),
    Kind("expect_column_values_to_be_unique", "`unique`"),
    Kind("expect_column_values_to_be_in_set, expect_column_distinct_values_to_be_in_set", "`accepted_values`"),
    Kind("expect_column_values_to_not_be_in_set", "`rejected_values`"),
    Kind("expect_column_distinct_values_to_contain_set", "`required_values`"),
    Kind("expect_column_distinct_values_to_equal_set", "`accepted_values` and `required_values`"),
    Kind("expect_column_most_common_value_to_be_in_set", "`query`"),
    Kind("expect_column_values_to_be_between", "`range`", "`now` and `today`: `expression`"),
    Kind("expect_column_value_lengths_to_be_between, …_to_equal", "`length`"),
    Kind(
        "expect_column_values_to_match_regex, …_regex_list",
        "`pattern`",
        "searched for, as there; all of a list: a rule each",
    ),
    Kind("expect_column_values_to_not_match_regex, …_regex_list", "`pattern` with `negate`"),
    Kind("expect_column_values_to_match_like_pattern, …_list, …_not_…", "`pattern` with `like`"),
    Kind("expect_column_values_to_match_strftime_format", "`format` with `strptime`"),
    Kind("expect_column_values_to_be_dateutil_parseable", "`format: datetime`", "dateutil reads nearly anything"),
    Kind("expect_column_values_to_be_json_parseable", "`format: json`"),
    Kind("expect_column_values_to_be_increasing, …_decreasing", "`sequence`"),
    Kind(
        "expect_column_values_to_be_of_type, …_in_type_list",
        "`schema`",
        "names of pandas, Spark and SQL; a list: `any integer`, `any number`, …",
    ),
    Kind("expect_column_to_exist", "`schema` with `allow_extra`"),
    Kind("expect_table_columns_to_match_set, …_ordered_list, …_contain_set, …_not_contain_set", "`schema`"),
    Kind("expect_table_column_count_to_equal, …_between", "`schema` with `min_columns` and `max_columns`"),
    Kind("expect_table_row_count_to_equal, …_between", "`row_count`"),
    Kind("expect_table_row_count_to_equal_other_table", "`row_count` with `equals`"),
    Kind("expect_column_min, _max, _mean, _median, _sum, _stdev_to_be_between", "`statistic`"),
    Kind(
        "expect_column_unique_value_count_to_be_between, …_proportion_…", "`statistic`: distinct_count, distinct_share"
    ),
    Kind("expect_column_quantile_values_to_be_between", "`statistic`: quantile, a rule each, interpolated"),
    Kind(
        "expect_column_proportion_of_non_null_values_to_be_between",
        "`completeness` with `threshold`",
        "with an upper bound: `query`",
    ),
    Kind("expect_column_values_to_match_json_schema", "`expression`", "a text that is JSON, as of a JSON Schema"),
    Kind("expect_column_value_z_scores_to_be_less_than", "`query`"),
    Kind(
        "expect_column_pair_values_A_to_be_greater_than_B, …_equal, …_in_set", "`expression`", "as `ignore_row_if` says"
    ),
    Kind("expect_multicolumn_sum_to_equal, expect_select_column_values_to_be_unique_within_record", "`expression`"),
    Kind("expect_compound_columns_to_be_unique", "`unique` with `nulls: compare`", "as `ignore_row_if` says"),
    Kind(
        "kl_divergence, ks_test, chisquare, cramers_phi, query_results",
        NOTHING,
        "`drift` compares with a baseline",
    ),
)
