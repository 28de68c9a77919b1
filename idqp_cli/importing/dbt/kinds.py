"""dbt: what each kind of test becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.expectations.kinds import KINDS as EXPECTATIONS
from idqp_cli.importing.kinds import Kind

GENERIC_TESTS = (
    Kind("not_null, not_null_where", "`completeness`"),
    Kind("unique, unique_where", "`unique`"),
    Kind(
        "accepted_values",
        "`accepted_values`",
        "with `error_if` or `warn_if`: `query`, because dbt counts values, not rows",
    ),
    Kind("not_accepted_values", "`rejected_values`"),
    Kind("relationships", "`references`"),
    Kind("relationships_where", "`references`, `query`", "a condition on the other table: `query`"),
    Kind("expression_is_true", "`expression`"),
    Kind("accepted_range", "`range`", "a bound in SQL: `expression`"),
    Kind("unique_combination_of_columns", "`unique` with `nulls: compare`", "an expression in the key: `query`"),
    Kind("not_null_proportion", "`completeness` with `threshold`", "`at_most`: `query`"),
    Kind("not_empty_string", "`pattern: [^ ]`", "or `length` with `trim_whitespace: false`"),
    Kind("at_least_one", "`statistic`: distinct_count, min 1"),
    Kind("not_constant", "`query`", "not exactly one value"),
    Kind("equal_rowcount", "`row_count` with `equals`"),
    Kind("fewer_rows_than", "`query`"),
    Kind("equality, cardinality_equality", "`query`"),
    Kind("recency", "`freshness`", "months and years: `query`"),
    Kind("mutually_exclusive_ranges", "`query`"),
    Kind("sequential_values", "`query`"),
    Kind("is_null", "`expression`", "a IS NULL"),
    Kind("row_count", "`row_count`"),
    Kind("warn_if_null_percentage_is_100", "`statistic`: distinct_count, min 1"),
    Kind("expect_row_values_to_have_recent_data, expect_grouped_row_values_…", "`freshness`"),
    Kind("expect_column_values_to_have_consistent_casing", "`query`"),
    Kind(
        "elementary.volume_anomalies, freshness_anomalies",
        "`anomaly`",
        "its history is the runs of idqp, not buckets of a time column",
    ),
    Kind("elementary.schema_changes", "the dataset's `schema: full`"),
    Kind(
        "elementary.dimension_anomalies, column_anomalies",
        "`anomaly`",
        "`segment_by` of one dimension; the metrics that it names, a null count as a share; others: not converted",
    ),
    Kind(
        "constraints: not_null, unique, primary_key, foreign_key, check",
        "`completeness`, `unique`, `references`, `expression`",
    ),
    Kind("contract: enforced", "`schema`"),
    Kind("source freshness", "`freshness`, a rule for each level"),
    Kind(
        "a singular test (.sql)",
        "`query`",
        "its `config(…)` gives severity, bounds and tags; a join without a condition is a CROSS JOIN",
    ),
    Kind(
        "a custom generic test, with the .sql file of its macro, or the folder of the project",
        "`query`",
        "of plain templates, with `{% if %}` and `{% set %}`; without the file, or with loops in it: not converted",
    ),
    Kind(
        "where",
        "`where`",
        "`{{ var('x') }}` is filled, or a variable of rules.yaml; dateadd, datediff and date_trunc of dbt are SQL",
    ),
    Kind("severity, error_if, warn_if", "`severity`, `warn`, `fail`", "a count that is not of rows: `query`"),
    Kind("enabled", "`enabled`", "`target.name` with `--set target.name=…`; without a value: enabled"),
    Kind("tags, meta", "`tags`; of meta as `name:value`", "tags of models and columns too"),
    Kind("meta: owner, contains_pii", "`owner`, `pii`"),
)
TABLES = (("dbt", GENERIC_TESTS), ("dbt_expectations (and Great Expectations)", EXPECTATIONS))
