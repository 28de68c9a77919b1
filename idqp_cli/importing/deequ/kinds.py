"""Deequ and DQX: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

DQX = (
    Kind("is_not_null, is_not_empty, is_not_null_and_not_empty", "`completeness`, `length`, `pattern`"),
    Kind("is_null, is_empty, is_null_or_empty, is_not_null_and_not_empty_array", "`expression`"),
    Kind("is_in_list, is_not_in_list, is_not_null_and_is_in_list", "`accepted_values`, `rejected_values`"),
    Kind("is_in_range, is_not_less_than, is_not_greater_than", "`range`, `expression`"),
    Kind(
        "is_equal_to, is_not_equal_to",
        "`accepted_values`, `rejected_values`, `expression`",
        "`'x'` is a text, `x` without quotes is SQL, as there",
    ),
    Kind("regex_match", "`pattern`", "`negate`: the same"),
    Kind("sql_expression", "`expression`"),
    Kind("sql_query", "`query`"),
    Kind("is_unique", "`unique`", "`nulls_distinct: false`: `nulls: compare`; of an expression: `query`"),
    Kind("foreign_key", "`references`", "of `ref_table`, or a dataset named like `ref_df_name`; `negate`: `query`"),
    Kind("is_valid_date, is_valid_timestamp, is_valid_json, is_valid_ipv4_address", "`format`"),
    Kind("is_not_in_future, is_not_in_near_future, is_older_than_n_days, …_than_col2_for_n_days", "`expression`"),
    Kind("is_data_fresh", "`expression`", "of each row, as there"),
    Kind("is_data_fresh_per_time_window, has_no_outliers", "`query`"),
    Kind("is_latitude, is_longitude, is_ipv4_address_in_cidr, has_json_keys", "`expression`"),
    Kind(
        "is_aggr_not_greater_than, _not_less_than, _equal, _not_equal",
        "`row_count`, `statistic`",
        "several groups, and aggregates that are no statistic: `query`",
    ),
    Kind("has_valid_schema", "`schema`", "of `expected_schema` as DDL; without `strict` families of types"),
    Kind("compare_datasets", "`query`", "whole rows; columns are compared in their order"),
    Kind(
        "an expression in the place of a column: trim(a), F.trim('a'), a.b",
        "`expression`, `query`",
        "functions of Spark that DuckDB has, too",
    ),
    Kind("criticality", "`severity`", "error: critical, warn: warning"),
    Kind("filter", "`where`"),
    Kind("for_each_column", "a rule for each of the columns"),
    Kind(
        "checks in Python: YAML, mappings, DQRowRule, DQForEachColRule",
        "as in a file",
        "lines like `%pip` and cells of SQL are passed over",
    ),
    Kind("apply_checks of several data frames in Python", "a dataset each", "by the table or the variable"),
    Kind("several table_name or run_config_name in a file", "a dataset each"),
    Kind("has_valid_json_schema, does_not_contain_pii, is_ipv6_address_in_cidr, geometries", NOTHING),
)
TABLES = (
    (
        "Deequ, PyDeequ",
        (
            Kind("isComplete, hasCompleteness, areComplete", "`completeness`", "any of several columns: `expression`"),
            Kind(
                "isUnique, isPrimaryKey, hasUniqueness == 1", "`unique`", "several columns: a NULL is equal to a NULL"
            ),
            Kind("hasUniqueness, hasDistinctness, hasUniqueValueRatio", "`query`, `statistic`"),
            Kind("isContainedIn", "`accepted_values`, `range`", "a missing cell passes there, too"),
            Kind("isNonNegative, isPositive", "`range`"),
            Kind("isLessThan, isGreaterThan, …OrEqualTo", "`expression`", "a row without a value fails, as there"),
            Kind("satisfies", "`expression`", "a row for which it is NULL fails, as there"),
            Kind("hasPattern", "`pattern` with `min_share`", "searched for; a missing cell fails, as there"),
            Kind("containsEmail, URL, CreditCardNumber, SocialSecurityNumber", "`pattern`", "by a simpler pattern"),
            Kind("hasDataType", "`pattern`", "Deequ's own of each type"),
            Kind("hasColumn", "`schema`", "of this one column, with `allow_extra: true`"),
            Kind("hasSize", "`row_count`"),
            Kind(
                "hasMin, hasMax, hasMean, hasSum, hasApproxQuantile, hasApproxCountDistinct, hasNumberOfDistinctValues",
                "`statistic`",
                "exact here",
            ),
            Kind("hasStandardDeviation, hasMinLength, hasMaxLength, hasCorrelation, hasEntropy", "`query`"),
            Kind(
                "an assertion like _ >= 0.9, or gte(0.9)",
                "`threshold`, `min`, `max`",
                "another function: not converted",
            ),
            Kind("where", "`where`"),
            Kind(
                "constants and loops over constants in Scala and Python; functions and classes in Python",
                "what they say",
                "`foldLeft`, `map`, `foreach` and `for` of Scala",
            ),
            Kind("CheckLevel.Warning", "`severity: warning`"),
            Kind(
                "isNewestPointNonAnomalous, hasHistogramValues, kllSketch, customSql …",
                NOTHING,
                "`anomaly`, `drift`, `query`",
            ),
        ),
    ),
    ("DQX", DQX),
)
