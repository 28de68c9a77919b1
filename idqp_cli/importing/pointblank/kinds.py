"""Pointblank: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

TABLES = (
    (
        "Pointblank",
        (
            Kind(
                "col_vals_gt, ge, lt, le, eq, ne, between, outside",
                "`range`, `expression`",
                "another column: `expression`",
            ),
            Kind("col_vals_in_set, not_in_set", "`accepted_values`, `rejected_values`"),
            Kind("col_vals_regex", "`pattern`", "`inverse`: with `negate`"),
            Kind(
                "col_vals_not_null, col_vals_null, rows_complete",
                "`completeness`, `expression`",
                "rows_complete without columns: `query`",
            ),
            Kind(
                "na_pass: false, which is the default",
                "`min_share: 100%` with `of: all`",
                "a missing cell fails; with levels: `expression`",
            ),
            Kind("col_vals_expr", "`expression`", "SQL, and one condition in polars, pandas or R"),
            Kind(
                "col_vals_within_spec",
                "`format`",
                "email, url, ipv4, ipv6, mac, iban, credit_card; isbn, vin: not converted",
            ),
            Kind("col_vals_increasing, decreasing", "`sequence`"),
            Kind("rows_distinct", "`unique` with `nulls: compare`, `duplicates`"),
            Kind("col_exists, col_schema_match, col_count_match", "`schema`"),
            Kind("row_count_match", "`row_count`", "with `tol`: `min` and `max`"),
            Kind("col_pct_null", "`query`", "in whole rows, as there"),
            Kind(
                "starts_with, ends_with, contains, matches, everything, `df.columns`",
                "`query`",
                "of all columns with such names; with levels the worst of them; first_n, last_n: not converted",
            ),
            Kind("pre, preconditions that leave out rows", "`where`", "`df.filter(…)`, `df[…]`, `df.query('…')`"),
            Kind("segments", "`segment_by`"),
            Kind("specially", "`query`, `expression`", "one condition of the table"),
            Kind("data_freshness", "`freshness`"),
            Kind("col_avg_gt, col_sum_le, col_sd_lt …", "`statistic`"),
            Kind("thresholds", "`warn`, `fail`", "shares or rows; error and critical are failures"),
            Kind("brief", "`description`"),
            Kind("active: false", "`enabled: false`"),
            Kind("conjointly", "`expression`", "conditions like those of col_vals_expr"),
            Kind("col_vals_make_set, make_subset", "`required_values`, `accepted_values`", "of R"),
            Kind("col_is_numeric, col_is_date …", "`schema`", "of R"),
            Kind("steps in code of R (.R, .Rmd), and YAML that R writes", "as of Python", "constants; code is not run"),
            Kind("other code in pre and specially; serially, prompt, tbl_match", NOTHING, "code is not run"),
            Kind(
                "functions, loops, classes and mappings of constants in the code",
                "what they say",
                "a parameter that no call in the file gives a value has its default, with a line",
            ),
        ),
    ),
)
