"""What each generic test of dbt, and of the packages that most projects use, becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.importing import intervals, look, row_checks, rule_keys
from idqp_cli.importing.dbt import elementary
from idqp_cli.importing.dbt.model_tests import cardinality, equal_row_counts, equality, fewer_rows, relationships
from idqp_cli.importing.dbt.test import PLAIN, Test, bare
from idqp_cli.importing.expectations import catalog
from idqp_cli.importing.expectations.expectation import Made
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Counted
from idqp_cli.importing.values import NoEquivalentError

SECONDS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w"}

OWN = "a custom generic test; give its macro's .sql file, too, or the project: idqp init --from dbt FOLDER"


def made(test: Test) -> Iterable[Made]:
    """Return what a test becomes.

    Raises:
        NoEquivalentError: it is unknown, or has no equivalent.

    """
    function = TESTS.get(test.name)
    if function is not None:
        return function(test)
    if test.name in REFUSED:
        raise NoEquivalentError(REFUSED[test.name])
    if test.name in catalog.EXPECTATIONS or test.name in catalog.REFUSED:
        if "compare_model" in test.given:
            return equal_row_counts(test)
        return catalog.made(test)
    raise NoEquivalentError(OWN)


def _not_null(test: Test) -> Iterable[Made]:
    return [row_checks.missing(test.column(), **test.keys)]


def _unique(test: Test) -> Iterable[Made]:
    column = test.column()
    if not PLAIN.fullmatch(column):
        return [_expression_key(test, [column], nulls=False)]
    return [row_checks.repeated([bare(column)], test.dataset, test.keys, compare=False)]


def _expression_key(test: Test, parts: Sequence[str], *, nulls: bool) -> Made:
    listed = ", ".join(parts)
    present = None if nulls else " AND ".join(f"({part}) IS NOT NULL" for part in parts)
    table = rule_keys.from_table(listed, test.dataset, test.where_and(present))
    return rule_keys.rule("query", sql=f"SELECT {table} GROUP BY {listed} HAVING count(*) > 1", **test.plain)


def _accepted(test: Test) -> Iterable[Made]:
    column, values = test.column(), test.values()
    if not test.flag("quote", default=True):
        values = [_unquoted(value) for value in values]
    else:
        # A warehouse compares the text of a boolean as a boolean.
        values = [one if isinstance(one, bool) else str(one) for one in values]
    failing = row_checks.accepted(column, values, **test.keys)
    name = sql.identifier(column)
    where = test.where_and(failing.condition)
    return [Counted(failing.keys, f"count(DISTINCT {name}) FROM {sql.identifier(test.dataset)} WHERE {where}")]


def _unquoted(value: object) -> bool | int | float | str:
    if isinstance(value, (bool, int, float)):
        return value
    written = str(value)
    if look.NUMBER.fullmatch(written):
        number = look.fraction(written, "a value")
        return int(number) if number.denominator == 1 else float(number)
    return written.strip("'")


def _not_accepted(test: Test) -> Iterable[Made]:
    return [row_checks.rejected(test.column(), test.values(), **test.keys)]


def _expression(test: Test) -> Iterable[Made]:
    expression = test.text("expression")
    if "column_name" in test.given:
        expression = f"{sql.identifier(test.column())} {expression}"
    condition = test.text("condition") if "condition" in test.given else None
    if re.search(r"\bselect\b", expression, re.IGNORECASE):
        # An expression of a row has no SELECT in it.
        both = f"({condition}) AND NOT ({expression})" if condition else f"NOT ({expression})"
        table = rule_keys.from_table("*", test.dataset, test.where_and(both))
        return [rule_keys.rule("query", sql=f"SELECT {table}", **test.plain)]
    keys = {**test.keys, "where": test.where_and(condition)} if condition else test.keys
    return [row_checks.holds(expression, **keys)]


def _range(test: Test) -> Iterable[Made]:
    inclusive = test.flag("inclusive", default=True)
    low, high = test.bound("min_value"), test.bound("max_value")
    if low is None and high is None:
        raise NoEquivalentError("it has neither min_value nor max_value")
    if isinstance(low, str) or isinstance(high, str):
        return [
            row_checks.between_texts(test.column(), low, high, (not inclusive, not inclusive), of_sql=True, **test.keys)
        ]
    return [row_checks.between(test.column(), Allowed(low, high, not inclusive, not inclusive), **test.keys)]


def _combination(test: Test) -> Iterable[Made]:
    parts = test.texts("combination_of_columns", "columns")
    if all(PLAIN.fullmatch(part) for part in parts):
        return [row_checks.repeated([bare(part) for part in parts], test.dataset, test.keys, compare=True)]
    return [_expression_key(test, parts, nulls=True)]


def _proportion(test: Test) -> Iterable[Made]:
    least = look.number(test.node("at_least"), "at_least")
    most = look.number(test.given["at_most"], "at_most") if "at_most" in test.given else Fraction(1)
    column, segments = test.column(), test.segments()
    if most >= 1:
        threshold = intervals.percentage((1 - least) * 100) if least < 1 else None
        return [rule_keys.rule("completeness", column, threshold=threshold, **test.keys, **segments)]
    if segments:
        raise NoEquivalentError("at_most with groups has no equivalent")
    value = f"count({sql.identifier(column)}) / count(*)"
    return [rule_keys.number(rule_keys.from_table(value, test.dataset, test.where), Allowed(least, most), **test.plain)]


def _not_empty(test: Test) -> Iterable[Made]:
    if test.flag("trim_whitespace", default=True):
        return [row_checks.pattern(test.column(), ["[^ ]"], **test.keys)]
    return [row_checks.length(test.column(), 1, None, **test.keys)]


def _at_least_one(test: Test) -> Iterable[Made]:
    allowed = Allowed(low=Fraction(1))
    return [rule_keys.statistic(test.column(), "distinct_count", allowed, test.dataset, **test.keys, **test.segments())]


def _not_constant(test: Test) -> Iterable[Made]:
    if test.segments():
        raise NoEquivalentError("groups with one value have no equivalent")
    allowed = Allowed(Fraction(1), Fraction(1), outside=True)
    return [rule_keys.statistic(test.column(), "distinct_count", allowed, test.dataset, **test.keys)]


def _recency(test: Test) -> Iterable[Made]:
    part = test.text("datepart").lower().rstrip("s")
    number = look.whole(test.node("interval"), "interval")
    column = test.text("field", "column_name", "column")
    groups = test.node("group_by_columns", "group_by")
    keys = test.keys
    if "row_condition" in test.given:
        keys = {**keys, "where": test.where_and(test.text("row_condition"))}
    if not PLAIN.fullmatch(column) or part not in SECONDS or groups is not None:
        listed = (
            ", ".join(map(sql.identifier, test.texts("group_by_columns", "group_by"))) if groups is not None else ""
        )
        name = sql.identifier(bare(column)) if PLAIN.fullmatch(column) else f"({column})"
        begin = f"{listed}, max({name}) AS newest" if listed else f"max({name}) AS newest"
        if not re.fullmatch(r"[a-z]+", part):
            raise NoEquivalentError("the datepart is not known")
        table = rule_keys.from_table(f"SELECT {begin}", test.dataset, str(keys["where"]) if keys.get("where") else None)
        inner = f"{table} GROUP BY {listed}" if listed else table
        text = f"SELECT * FROM ({inner}) WHERE newest < CAST(current_timestamp AS TIMESTAMP) - INTERVAL {number} {part}"
        return [rule_keys.rule("query", sql=text, **test.plain)]
    return [rule_keys.rule("freshness", bare(column), max_age=f"{number}{SECONDS[part]}", **keys)]


def _exclusive_ranges(test: Test) -> Iterable[Made]:
    low, high = (test.text(key) for key in ("lower_bound_column", "upper_bound_column"))
    part = f"PARTITION BY {test.text('partition_by')} " if "partition_by" in test.given else ""
    signs = {"not_allowed": "=", "allowed": "<=", "required": "<"}
    gaps = test.text("gaps") if "gaps" in test.given else "allowed"
    if gaps not in signs:
        raise NoEquivalentError(f"gaps must be one of {', '.join(signs)}")
    own = "<=" if test.flag("zero_length_range_allowed") else "<"
    inner = f"{low} AS low, {high} AS high, lead({low}) OVER ({part}ORDER BY {low}, {high}) AS next_low"
    inner += f", row_number() OVER ({part}ORDER BY {low} DESC, {high} DESC) = 1 AS last"
    table = rule_keys.from_table(inner, test.dataset, test.where)
    fine = f"coalesce(low {own} high, false) AND coalesce(high {signs[gaps]} next_low, last, false)"
    return [rule_keys.rule("query", sql=f"SELECT * FROM (SELECT {table}) WHERE NOT ({fine})", **test.plain)]


def _sequential(test: Test) -> Iterable[Made]:
    step = look.whole(test.given["interval"], "interval") if "interval" in test.given else 1
    name = sql.identifier(test.column())
    groups = test.texts("group_by_columns") if "group_by_columns" in test.given else []
    part = f"PARTITION BY {', '.join(groups)} " if groups else ""
    table = rule_keys.from_table(
        f"{name} AS value, lag({name}) OVER ({part}ORDER BY {name}) AS before_it", test.dataset, test.where
    )
    after = f"before_it + {step}"
    if "datepart" in test.given:
        unit = test.text("datepart")
        if not re.fullmatch(r"[a-z]+", unit):
            raise NoEquivalentError("the datepart is not known")
        after = f"CAST(before_it AS TIMESTAMP) + INTERVAL {step} {unit}"
    return [rule_keys.rule("query", sql=f"SELECT * FROM (SELECT {table}) WHERE NOT (value = {after})", **test.plain)]


def _is_null(test: Test) -> Iterable[Made]:
    name = sql.identifier(test.column())
    return [
        row_checks.Failing(
            rule_keys.rule("expression", expression=f"{name} IS NULL", **test.keys), f"{name} IS NOT NULL"
        )
    ]


def _row_count(test: Test) -> Iterable[Made]:
    low, high = (test.bound(one) for one in (("above" if "above" in test.given else "min_value"), "max_value"))
    if isinstance(low, str) or isinstance(high, str) or (low is None and high is None):
        raise NoEquivalentError("its bounds are not known")
    return [
        rule_keys.row_count(Allowed(low, high, low_open="above" in test.given), test.dataset, test.where, **test.plain)
    ]


def _casing(test: Test) -> Iterable[Made]:
    name = sql.identifier(test.column())
    table = rule_keys.from_table(f"lower({name}) AS lowered", test.dataset, test.where_and(f"{name} IS NOT NULL"))
    text = f"SELECT {table} GROUP BY lowered HAVING count(DISTINCT {name}) > 1"
    return [rule_keys.rule("query", sql=text, **test.plain)]


TESTS: Mapping[str, Callable[[Test], Iterable[Made]]] = {
    "not_null": _not_null, "not_null_where": _not_null, "unique": _unique, "unique_where": _unique,
    "accepted_values": _accepted, "not_accepted_values": _not_accepted,
    "relationships": relationships, "relationships_where": relationships,
    "expression_is_true": _expression, "accepted_range": _range, "unique_combination_of_columns": _combination,
    "not_null_proportion": _proportion, "not_empty_string": _not_empty, "at_least_one": _at_least_one,
    "not_constant": _not_constant, "equal_rowcount": equal_row_counts, "fewer_rows_than": fewer_rows,
    "equality": equality, "cardinality_equality": cardinality, "recency": _recency,
    "mutually_exclusive_ranges": _exclusive_ranges, "sequential_values": _sequential, "is_null": _is_null,
    "row_count": _row_count, "warn_if_null_percentage_is_100": _at_least_one,
    "expect_row_values_to_have_recent_data": _recency, "expect_grouped_row_values_to_have_recent_data": _recency,
    "expect_column_values_to_have_consistent_casing": _casing, "volume_anomalies": elementary.volume,
    "dimension_anomalies": elementary.dimensions, "column_anomalies": elementary.column,
}  # fmt: skip
REFUSED: Mapping[str, str] = {
    "all_columns_anomalies": "anomaly with metric: profile looks at all columns",
    "freshness_anomalies": "anomaly looks at the age of a freshness rule by its name; write both",
    "event_freshness_anomalies": "anomaly looks at the age of a freshness rule by its name; write both",
    "json_schema": "a JSON Schema of a cell has no rule",
    "python": "code is not run",
    "exposure_schema_validity": "it is of an exposure, not of data",
}
