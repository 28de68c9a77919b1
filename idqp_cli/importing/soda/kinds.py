"""Soda: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

SODACL = (
    Kind(
        "missing_count, missing_percent",
        "`completeness`",
        "`missing values` and the like: `expression`; a lower bound: `query`",
    ),
    Kind(
        "invalid_count, invalid_percent",
        "`accepted_values`, `range`, `length`, `pattern`, `rejected_values`",
        "several keys together, or missing values: `expression`; a percentage is of all rows: `of: all`",
    ),
    Kind("valid_count, valid_percent", "`query`", "a number of rows with bounds"),
    Kind("invalid_format with a condition", "`expression`", "NOT (…); not of Soda, taken as it is meant"),
    Kind("valid format", "`pattern`", "the regular expression by which Soda finds the format"),
    Kind("duplicate_count = 0, duplicate_percent = 0", "`unique`", "rows with a NULL are not compared there either"),
    Kind(
        "duplicate_count, duplicate_percent with another bound",
        "`query`",
        "Soda counts values that repeat, `unique` the rows that have them",
    ),
    Kind("row_count", "`row_count`"),
    Kind(
        "row_count same as",
        "`row_count` with `equals`",
        "the table of another data source is another dataset here: `t_SOURCE`",
    ),
    Kind("min > n, min >= n, max < n, max <= n", "`range`", "so that the failing rows are shown"),
    Kind("avg, sum, min, max, stddev, variance, distinct_count, percentile", "`statistic`"),
    Kind("avg_length, min_length, max_length, stddev_pop, var_pop", "`query`, `length`"),
    Kind("values in … must exist in", "`references`", "several columns as well"),
    Kind("values in … must not exist in", "`query`"),
    Kind("freshness", "`freshness`", "`warn`, `fail` and `warn_threshold` are a rule each"),
    Kind("failed rows: fail condition", "`expression`", "NOT (…)"),
    Kind("tables: […] below a check", "the check for each of them", "not of Soda, taken as it is meant"),
    Kind("a check of another name with a fail condition or fail query", "as failed rows"),
    Kind("failed rows: fail query", "`query`", "the names of tables lose their schema"),
    Kind("a custom metric, with expression or query", "`query` with `min` and `max`"),
    Kind(
        "schema: required, forbidden, wrong type",
        "`schema`",
        "types by their names in the warehouses; other parts: not converted",
    ),
    Kind(
        "schema: when schema changes",
        "the dataset's `schema: full`",
        "every check compares with the registered version",
    ),
    Kind("schema: wrong column index", NOTHING, "`schema` with `ordered: true` checks the order, not one position"),
    Kind(
        "anomaly detection for, anomaly score for",
        "`anomaly`",
        "its history is the runs of idqp; `alert_directionality`: `direction`; settings of Soda's model are told",
    ),
    Kind("change percent for row_count between -n and n", "`row_count` with `change`"),
    Kind("change for …", NOTHING, "`anomaly` compares with all of the history"),
    Kind("distribution_difference", NOTHING, "`drift` compares with a snapshot; the bins of Soda's file are not rows"),
    Kind("group by", "`query`", "a rule for each bound; the groups outside of it are what fails"),
    Kind("group evolution", NOTHING, "`segment_by` on a rule judges each group"),
    Kind("reconciliation, discover, profile", NOTHING),
    Kind("freshness with a variable for now", NOTHING, "`freshness` counts from the time of the check"),
    Kind(
        "warn, fail",
        "`warn` and `fail`, or a rule each",
        "`defaults: {severity: critical}`; a warning is `severity: warning`",
    ),
    Kind("filter, filter t [block]", "`where`", "with a SELECT in it the check is a `query`"),
    Kind("name", "`name`"),
    Kind("attributes", "`tags`, as `name:value`"),
    Kind("for each dataset", "the checks for each of the datasets that it lists"),
)
CONTRACTS = (
    Kind("missing", "`completeness`", "`missing_values`: `expression`"),
    Kind("invalid", "`accepted_values`, `range`, `length`, `pattern`, `rejected_values`, `references`"),
    Kind("duplicate", "`unique`", "with another bound than 0: `query`"),
    Kind("row_count", "`row_count`", "more than 0 by default"),
    Kind("schema", "`schema`", "in the order of the columns, unless `allow_other_column_order`"),
    Kind("freshness", "`freshness`"),
    Kind("failed_rows", "`expression`, `query`", "`keys_query` as `query`"),
    Kind("aggregate", "`statistic`, `query`"),
    Kind("metric", "`query` with bounds"),
    Kind("threshold: level: warn", "`severity: warning`"),
    Kind(
        "not_null, unique, valid_… as keys of a column",
        "`schema`, `completeness`, `unique`, …",
        "the first contracts of Soda",
    ),
    Kind("${soda.NOW}", "`current_timestamp`", "in SQL; in a name or a value: not converted"),
    Kind("${var.NAME}", "its default, or the value of `--set`", "other variables of Soda: not converted"),
    Kind("a check with scope", NOTHING, "a scope has its own filter: write `where`"),
    Kind("a check of another name", NOTHING),
)


TABLES = (("Soda 3 (SodaCL)", SODACL), ("Soda 4 (contracts)", CONTRACTS))
