"""The checks of DQX on all rows of a table: keys, aggregates, queries, its schema, and another table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from idqp_cli.core import sql, type_families
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, look, rule_keys, tables, typenames
from idqp_cli.importing.arguments import split
from idqp_cli.importing.deequ import spark_columns
from idqp_cli.importing.deequ.calls import STRING
from idqp_cli.importing.deequ.dqx_asked import Asked, Function, Made, some
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import NoEquivalentError

AGGREGATES = {"avg": "mean", "min": "min", "max": "max", "sum": "sum", "count_distinct": "distinct_count"}
# What they are in SQL of DuckDB, where that is another name.
FUNCTIONS_OF_ALL = {
    "avg": "avg({0})", "min": "min({0})", "max": "max({0})", "sum": "sum({0})", "count": "count({0})",
    "count_distinct": "count(DISTINCT {0})", "approx_count_distinct": "count(DISTINCT {0})", "median": "median({0})",
    "stddev": "stddev_samp({0})", "stddev_samp": "stddev_samp({0})", "stddev_pop": "stddev_pop({0})",
    "variance": "var_samp({0})", "var_samp": "var_samp({0})", "var_pop": "var_pop({0})", "mode": "mode({0})",
    "mean": "avg({0})", "percentile": "quantile_cont({0}, {1})", "approx_percentile": "quantile_cont({0}, {1})",
}  # fmt: skip
DISTANCE = 3.5
# A column in the DDL of Spark, with what follows its type.
DECLARED = re.compile(
    r"\s*(?:`([^`]+)`|([\w.-]+))\s*:?\s*(.+?)(?:\s+not\s+null|\s+comment\s.*)*\s*", re.IGNORECASE | re.DOTALL
)


def _query(asked: Asked) -> Iterable[Made]:
    statement = look.text(asked.given.get("query"), "query").strip().rstrip(";")
    named = asked.given.get("input_placeholder")
    own = "" if named is None else look.text(named, "input_placeholder").strip("{} ")
    places = "|".join(map(re.escape, filter(None, ("input_view", "input", "table", own))))
    statement = re.sub(rf"\{{\{{?\s*(?:{places})\s*\}}?\}}", lambda _: sql.identifier(asked.dataset), statement)
    if "{{" in statement:
        raise NoEquivalentError("a template in the query is not filled")
    if "condition_column" not in asked.given and not re.search(r"\bcondition\b", statement, re.IGNORECASE):
        raise NoEquivalentError("its query returns no column 'condition', and it names no condition_column")
    condition = sql.identifier(
        look.text(asked.given["condition_column"], "condition_column")
        if "condition_column" in asked.given
        else "condition"
    )
    if look.flag(asked.given.get("negate"), "negate"):
        condition = f"NOT {condition}"
    kept = {key: value for key, value in asked.keys.items() if key != "where"}
    return [
        rule_keys.rule("query", sql=f"SELECT * FROM ({tables.own(statement, asked.dataset)}) WHERE {condition}", **kept)
    ]


def _unique(asked: Asked) -> Iterable[Made]:
    distinct = look.flag(asked.given.get("nulls_distinct"), "nulls_distinct", default=True)
    names = some(asked.names)
    if all(map(spark_columns.is_name, names)):
        columns = [spark_columns.name_of(name) for name in names]
        return [rule_keys.rule("unique", columns, nulls=None if distinct else "compare", **asked.keys)]
    present = [f"({name}) IS NOT NULL" for name in names] if distinct else []
    where = " AND ".join([*present, *([f"({asked.where})"] if asked.where else [])]) or None
    keys = ", ".join(f"({name})" for name in names)
    rows = rule_keys.from_table("SELECT *", asked.dataset, where)
    return [rule_keys.rule("query", sql=f"{rows} QUALIFY count(*) OVER (PARTITION BY {keys}) > 1", **asked.plain)]


def _other(asked: Asked) -> str:
    """Return the dataset of the other table; a DataFrame of the code that is named is a dataset of that name."""
    key = "ref_df_name" if "ref_df_name" in asked.given and "ref_table" not in asked.given else "ref_table"
    return asked.drafts.named(tables.last(look.text(asked.given.get(key), key))).name


def _foreign(asked: Asked) -> Iterable[Made]:
    other = _other(asked)
    to = look.texts(asked.given.get("ref_columns"), "ref_columns")
    if look.flag(asked.given.get("negate"), "negate"):
        names = some(asked.names)
        own, theirs = (f"({', '.join(map(sql.identifier, one))})" for one in (names, to or names))
        inside = f"{own} IN (SELECT {theirs[1:-1]} FROM {sql.identifier(other)})"
        where = inside + (f" AND ({asked.where})" if asked.where else "")
        return [rule_keys.rule("query", sql=rule_keys.from_table("SELECT *", asked.dataset, where), **asked.plain)]
    return [
        rule_keys.rule(
            "references", some(asked.names), dataset=other, to=None if to == asked.names else to, **asked.keys
        )
    ]


def _aggregate(sign: str) -> Function:
    def function(asked: Asked) -> Iterable[Made]:
        kind = look.text(asked.given["aggr_type"], "aggr_type").lower() if "aggr_type" in asked.given else "count"
        allowed = intervals.compared(sign, look.number(asked.given.get("limit"), "limit"))
        groups = look.texts(asked.given.get("group_by"), "group_by")
        more = {"segment_by": groups[0]} if groups else {}
        plain_names = all(spark_columns.is_name(one) for one in (*asked.names, *groups) if one != "*")
        whole = kind == "count" and asked.names in ([], ["*"])
        if len(groups) > 1 or not plain_names or (kind not in AGGREGATES and not whole):
            return [_computed(asked, name, kind, groups, allowed) for name in asked.names or ["*"]]
        if whole:
            return [rule_keys.row_count(allowed, asked.dataset, asked.where, **asked.plain, **more)]
        return [
            rule_keys.statistic(name, AGGREGATES[kind], allowed, asked.dataset, **asked.keys, **more)
            for name in some(asked.names)
        ]

    return function


def _computed(asked: Asked, name: str, kind: str, groups: list[str], allowed: Allowed) -> Made:
    """Return the query of an aggregate that no statistic is, or of groups by several columns."""
    form = FUNCTIONS_OF_ALL.get(kind)
    if form is None:
        raise NoEquivalentError(f"the aggregate '{clean(kind, 40)}' has no equivalent")
    given = look.mapping(asked.given.get("aggr_params"), "aggr_params")
    look.refuse_others(given, ("percentile", "percentage", "accuracy"), "aggr_params")
    share = given.get("percentile", given.get("percentage"))
    if "{1}" in form and share is None:
        raise NoEquivalentError("it has no percentile")
    column = name if name == "*" else _in_sql(name)
    value = form.format(column, intervals.as_sql(look.number(share, "percentile")) if share is not None else "")
    if not groups:
        return rule_keys.number(rule_keys.from_table(value, asked.dataset, asked.where), allowed, **asked.plain)
    by = ", ".join(map(_in_sql, groups))
    rows = rule_keys.from_table(f"SELECT {by}, {value} AS value", asked.dataset, asked.where)
    return rule_keys.rule(
        "query", sql=f"{rows} GROUP BY ALL HAVING coalesce({allowed.broken_by(value)}, false)", **asked.plain
    )


def _in_sql(name: str) -> str:
    return sql.identifier(spark_columns.name_of(name)) if spark_columns.is_name(name) else f"({name})"


def _schema(asked: Asked) -> Iterable[Made]:
    """Return the rule that the columns have these types; unless it is strict, other columns and wider types pass."""
    strict = look.flag(asked.given.get("strict"), "strict")
    only = set(look.texts(asked.given.get("columns"), "columns"))
    without = set(look.texts(asked.given.get("exclude_columns"), "exclude_columns"))
    if "expected_schema" not in asked.given:
        raise NoEquivalentError("the schema of another table is not in the file")
    columns: dict[str, object] = {}
    for part in split(look.text(asked.given["expected_schema"], "expected_schema"), STRING):
        match = DECLARED.fullmatch(part)
        if match is None:
            raise NoEquivalentError(f"'{clean(part, 40)}' is no column with a type")
        name = match[1] or match[2]
        if (only and name not in only) or name in without:
            continue
        kind = typenames.ours(match[3])
        family = next((one for one in type_families.FAMILIES if not strict and type_families.belongs(kind, one)), kind)
        columns[name] = family
    closed = strict and not only and not without
    return [rule_keys.schema(columns, allow_extra=None if closed else True, ordered=closed or None, **asked.plain)]


def _compared(asked: Asked) -> Iterable[Made]:
    """Return the rule that every row is in the other table, too, but for the columns that are left out."""
    to = look.texts(asked.given.get("ref_columns"), "ref_columns")
    if to and to != asked.names:
        raise NoEquivalentError("keys that have other names in the other table have no equivalent; write a query")
    for key in ("abs_tolerance", "rel_tolerance"):
        if key in asked.given:
            raise NoEquivalentError(f"{key} of a comparison of tables has no equivalent")
    left_out = look.texts(asked.given.get("exclude_columns"), "exclude_columns")
    exclude = f" EXCLUDE ({', '.join(map(sql.identifier, left_out))})" if left_out else ""
    own, other = (
        rule_keys.from_table(f"SELECT *{exclude}", name, asked.where) for name in (asked.dataset, _other(asked))
    )
    statement = f"{own} EXCEPT {other}"
    if look.flag(asked.given.get("check_missing_records"), "check_missing_records"):
        statement = f"({statement}) UNION ALL ({other} EXCEPT {own})"
    told = {"description": "the columns of both tables are compared in their order", **asked.plain}
    return [rule_keys.rule("query", sql=statement, **told)]


def _outliers(asked: Asked) -> Iterable[Made]:
    """Return the rule that no value is far from the median, in median absolute deviations."""
    for name in some(asked.names):
        column = _in_sql(name)
        median, deviation = (
            f"(SELECT {function}({column}) FROM {sql.identifier(asked.dataset)}"
            + (f" WHERE {asked.where})" if asked.where else ")")
            for function in ("median", "mad")
        )
        far = f"abs({column} - {median}) > {DISTANCE} * {deviation}" + (f" AND ({asked.where})" if asked.where else "")
        yield rule_keys.rule("query", sql=rule_keys.from_table("SELECT *", asked.dataset, far), **asked.plain)


FUNCTIONS: Mapping[str, Function] = {
    "sql_query": _query, "is_unique": _unique, "foreign_key": _foreign, "has_valid_schema": _schema,
    "is_aggr_not_greater_than": _aggregate("<="), "is_aggr_not_less_than": _aggregate(">="),
    "is_aggr_equal": _aggregate("="), "is_aggr_not_equal": _aggregate("!="), "compare_datasets": _compared,
    "has_no_outliers": _outliers,
}  # fmt: skip
