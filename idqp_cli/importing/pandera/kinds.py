"""Pandera: what each kind of check becomes, as the documentation lists it."""

from __future__ import annotations

from idqp_cli.importing.kinds import NOTHING, Kind

TABLES = (
    (
        "Pandera",
        (
            Kind("columns, Column, Field", "`schema` with `allow_extra`", "`required=False`: it need not be there"),
            Kind(
                "strict, ordered",
                "`schema` without `allow_extra`, with `ordered`",
                "`strict='filter'` refuses no column",
            ),
            Kind(
                "dtype",
                "the type in `schema`",
                "of pandas, numpy, polars, pyspark, pyarrow and Python; lists, but no mappings",
            ),
            Kind("nullable=False, which is the default", "`completeness`"),
            Kind("unique, DataFrameSchema(unique=[…])", "`unique`", "missing cells are equal there: `nulls: compare`"),
            Kind("isin, notin", "`accepted_values`, `rejected_values`"),
            Kind(
                "ge, gt, le, lt, in_range, eq, ne", "`range`, `expression`", "`datetime.now()` as a bound: `expression`"
            ),
            Kind("str_length", "`length`"),
            Kind(
                "str_matches, str_contains, str_startswith, str_endswith", "`pattern`", "str_matches from the beginning"
            ),
            Kind("unique_values_eq", "`accepted_values` and `required_values`"),
            Kind("regex=True columns", NOTHING, "a rule names its columns"),
            Kind("an Index with a name", "as a column", "one without a name is no column: not converted"),
            Kind("a column, or a key of one, that is not a constant", NOTHING, "code is not run"),
            Kind(
                "lambda, @check, @dataframe_check, functions",
                "`expression`, `query`",
                "one condition: comparisons, arithmetic, methods of pandas and texts; other code is not run",
            ),
            Kind(
                "try: return float(x) > 0, except: return False",
                "`expression`",
                "a text that is no number fails; with int one that is no whole number",
            ),
            Kind(
                "functions, loops and comprehensions over constants, `**common`, partial",
                "what they say",
                "of lists, and of mappings' items; with conditions of constants",
            ),
            Kind(
                "add_columns, remove_columns, select_columns, rename_columns, update_column, update_columns",
                "a schema of its own",
                "of one in the file, or of Model.to_schema()",
            ),
            Kind("`~df.duplicated(…)`", "`unique` with `nulls: compare`, `duplicates`"),
            Kind("ignore_na=False", "`min_share: 100%` with `of: all`", "a missing cell fails"),
            Kind(
                "an aggregate of the rows for which a condition holds, or of each group of `df.groupby`",
                "`query`",
                "`df[df.a > 1].b.min() > 0`, `df.groupby('a')['b'].mean() > 0`",
            ),
            Kind("Check(groupby=…), hypotheses, parsers", NOTHING, "code is not run"),
            Kind("index, multiindex", NOTHING, "a file has columns only; an index with a name is one"),
            Kind("raise_warning", "`severity: warning`"),
            Kind("title, description, metadata", "`description`"),
            Kind("coerce", "nothing to check", "cells of text are read as their type"),
        ),
    ),
)
