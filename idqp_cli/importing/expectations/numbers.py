"""Expectations about one number of a column, like its mean or its quantiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core import sql
from idqp_cli.importing import intervals, look, row_sql, rule_keys
from idqp_cli.importing.expectations.expectation import Expectation, Function, Made
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import NoEquivalentError

# A name that columns do not have.
OFTEN = '"how often"'


def _most_common(expectation: Expectation) -> Iterable[Made]:
    column, name = expectation.column(), sql.identifier(expectation.column())
    if expectation.whole("top_n") not in {None, 1}:
        raise NoEquivalentError("the several most common values have no rule")
    inside = f"count_if({row_sql.listed(column, expectation.values())})"
    where = " AND ".join([f"{name} IS NOT NULL", *([f"({expectation.where})"] if expectation.where else [])])
    counted = (
        f"SELECT {name}, count(*) AS {OFTEN} FROM {sql.identifier(expectation.dataset)} WHERE {where} GROUP BY {name}"
    )
    modes = f"SELECT * FROM ({counted}) QUALIFY {OFTEN} = max({OFTEN}) OVER ()"
    several = "" if expectation.of_dbt or expectation.flag("ties_okay") else " OR modes > 1"
    statement = f"SELECT * FROM (SELECT count(*) AS modes, {inside} AS inside FROM ({modes})) WHERE inside = 0{several}"
    return [rule_keys.rule("query", sql=statement, **expectation.plain)]


def _statistic(name: str) -> Function:
    def function(expectation: Expectation) -> Iterable[Made]:
        groups = expectation.texts("group_by") if "group_by" in expectation.given else []
        if len(groups) > 1:
            raise NoEquivalentError("segment_by takes expectation column")
        more = {"segment_by": groups[0]} if groups else {}
        low, high = expectation.bound("min_value"), expectation.bound("max_value")
        if isinstance(low, str) or isinstance(high, str):
            bounds = intervals.text_bounds(low, high, expectation.openness())
            return [
                rule_keys.rule("statistic", expectation.column(), statistic=name, **bounds, **expectation.keys, **more)
            ]
        return [
            rule_keys.statistic(
                expectation.column(), name, expectation.allowed(), expectation.dataset, **expectation.keys, **more
            )
        ]

    return function


def _distinct_count(sign: str) -> Function:
    def function(expectation: Expectation) -> Iterable[Made]:
        allowed = intervals.compared(sign, look.number(expectation.node("value"), "value"))
        return [
            rule_keys.statistic(
                expectation.column(), "distinct_count", allowed, expectation.dataset, **expectation.keys
            )
        ]

    return function


def _quantiles(expectation: Expectation) -> Iterable[Made]:
    rules = []
    if "quantile" in expectation.given:
        quantile = intervals.as_number(look.number(expectation.given["quantile"], "quantile"))
        bounds = expectation.allowed().bounds()
        return [
            rule_keys.rule(
                "statistic", expectation.column(), statistic="quantile", q=quantile, **bounds, **expectation.keys
            )
        ]
    ranges = look.mapping(expectation.given.get("quantile_ranges"), "quantile_ranges")
    look.refuse_others(ranges, ("quantiles", "value_ranges"), "quantile_ranges")
    quantiles, pairs = (look.items(ranges.get(key), key) for key in ("quantiles", "value_ranges"))
    if not quantiles or len(quantiles) != len(pairs):
        raise NoEquivalentError("quantile_ranges needs as many quantiles as value_ranges")
    for quantile_node, pair in zip(quantiles, pairs, strict=True):
        low, high = (
            None if bound.value is None else look.number(bound, "a bound") for bound in look.items(pair, "a range")
        )
        bounds = Allowed(low, high).bounds()
        q = intervals.as_number(look.number(quantile_node, "a quantile"))
        if bounds:
            rules.append(
                rule_keys.rule(
                    "statistic", expectation.column(), statistic="quantile", q=q, **bounds, **expectation.keys
                )
            )
    return rules


EXPECTATIONS: Mapping[str, Function] = {
    "expect_column_most_common_value_to_be_in_set": _most_common,
    "expect_column_min_to_be_between": _statistic("min"),
    "expect_column_max_to_be_between": _statistic("max"),
    "expect_column_mean_to_be_between": _statistic("mean"),
    "expect_column_median_to_be_between": _statistic("median"),
    "expect_column_sum_to_be_between": _statistic("sum"),
    "expect_column_stdev_to_be_between": _statistic("stddev"),
    "expect_column_unique_value_count_to_be_between": _statistic("distinct_count"),
    "expect_column_proportion_of_unique_values_to_be_between": _statistic("distinct_share"),
    "expect_column_distinct_count_to_equal": _distinct_count("="),
    "expect_column_distinct_count_to_be_greater_than": _distinct_count(">"),
    "expect_column_distinct_count_to_be_less_than": _distinct_count("<"),
    "expect_column_quantile_values_to_be_between": _quantiles,
}
