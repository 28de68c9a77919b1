"""Rules as suites of Great Expectations 1.x."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from idqp_cli.core.model import Severity
from idqp_cli.core.text import clean
from idqp_cli.exporting import common, dumped
from idqp_cli.exporting.common import Exported, Leaving, Owned
from idqp_cli.importing.values import NoEquivalentError
from idqp_cli.rules.rule import Rule

STATISTICS = {
    "mean": "mean", "median": "median", "min": "min", "max": "max", "sum": "sum", "stddev": "stdev",
    "distinct_count": "unique_value_count", "distinct_share": "proportion_of_unique_values",
}  # fmt: skip
Expectation = tuple[str, dict[str, object]]


def write(owned: Sequence[Owned]) -> Exported:
    """Write a suite for each dataset: one, or a list of them."""
    leaving, suites = Leaving(), []
    for dataset, rules in owned:
        expectations: list[object] = []
        for rule in rules:
            try:
                expectations += _all(rule, dataset.name)
            except NoEquivalentError as error:
                leaving.leave(dataset.name, rule, str(error))
        suites.append({"name": dataset.name, "expectations": expectations, "meta": {}})
    return Exported(dumped.json_text(suites[0] if len(suites) == 1 else suites), tuple(leaving.lines))


def _all(rule: Rule, dataset: str) -> list[object]:
    common.refuse_divided(rule)
    if not rule.enabled:
        raise NoEquivalentError("a disabled rule has no equivalent")
    limits = common.limits(rule)
    if any(limit.rows for limit in limits):
        raise NoEquivalentError("a threshold in rows has no equivalent")
    levels: list[tuple[Fraction | None, Severity]] = [(limit.share, limit.severity) for limit in limits]
    expectations: list[object] = []
    for share, severity in levels or [(None, rule.severity)]:
        for kind, kwargs in _expectations(rule, dataset):
            more: dict[str, object] = {}
            if share:
                if str(getattr(rule, "of", "values")) != "values":
                    raise NoEquivalentError("`of: all` has no equivalent")
                more["mostly"] = common.number(1 - share)
            if rule.where is not None and kind != "unexpected_rows_expectation":
                more |= {"row_condition": rule.where, "condition_parser": "spark"}
            meta = {"notes": rule.description} if rule.description else {}
            expectations.append({"type": kind, "kwargs": {**kwargs, **more}, "meta": meta, "severity": str(severity)})
    return expectations


def _expectations(rule: Rule, dataset: str) -> list[Expectation]:
    column: dict[str, object] = {"column": rule.columns[0]} if rule.columns else {}
    match rule.type:
        case "completeness" if len(rule.columns) == 1:
            return [("expect_column_values_to_not_be_null", column)]
        case "unique":
            return _unique(rule, column)
        case "accepted_values" | "rejected_values" | "required_values":
            kind = {"accepted_values": "values_to_be_in_set", "rejected_values": "values_to_not_be_in_set"}.get(
                rule.type
            )
            name = f"expect_column_{kind or 'distinct_values_to_contain_set'}"
            return [(name, {**column, "value_set": list(common.own(rule).values)})]
        case "range":
            return [("expect_column_values_to_be_between", {**column, **_range(rule)})]
        case "length":
            given = {
                key: value
                for key, value in (("min_value", common.own(rule).min), ("max_value", common.own(rule).max))
                if value is not None
            }
            return [("expect_column_value_lengths_to_be_between", {**column, **given})]
        case "pattern":
            return [_pattern(rule, column)]
        case "format":
            return [_format(rule, column)]
        case "sequence" if not rule.columns or rule.where is None:
            strict = {"strictly": True} if common.own(rule).strict else {}
            return [(f"expect_column_values_to_be_{common.own(rule).order}", {**column, **strict})]
        case "row_count" if getattr(rule, "equals", None) is None and getattr(rule, "change", None) is None:
            if rule.where is not None:
                raise NoEquivalentError("the number of rows under a condition has no equivalent")
            return [("expect_table_row_count_to_be_between", _whole(rule))]
        case "statistic":
            return [_statistic(rule, column)]
        case "schema":
            return _schema(rule)
        case "query" if getattr(rule, "min", None) is not None or getattr(rule, "max", None) is not None:
            raise NoEquivalentError("a custom number has no equivalent")
        case "expression" | "query":
            if any(limit.share for limit in common.limits(rule)):
                raise NoEquivalentError("a threshold as a share has no equivalent for SQL")
            query = common.failing_rows(rule, dataset).replace(f'FROM "{dataset}"', "FROM {batch}")
            return [("unexpected_rows_expectation", {"unexpected_rows_query": query})]
    raise NoEquivalentError(f"{rule.type} has no equivalent")


def _unique(rule: Rule, column: dict[str, object]) -> list[Expectation]:
    compare = str(getattr(rule, "nulls", "ignore")) == "compare"
    if len(rule.columns) == 1 and not compare:
        return [("expect_column_values_to_be_unique", dict(column))]
    given: dict[str, object] = {
        "column_list": list(rule.columns),
        "ignore_row_if": "never" if compare else "any_value_is_missing",
    }
    return [("expect_compound_columns_to_be_unique", given)]


def _range(rule: Rule) -> dict[str, object]:
    low, high, exclusive = (getattr(rule, key, None) for key in ("min", "max", "exclusive"))
    given: dict[str, object] = {
        key: value for key, value in (("min_value", low), ("max_value", high)) if value is not None
    }
    if str(exclusive) in {"min", "both"}:
        given["strict_min"] = True
    if str(exclusive) in {"max", "both"}:
        given["strict_max"] = True
    return given


def _whole(rule: Rule) -> dict[str, object]:
    allowed = common.bounds(rule)
    given: dict[str, object] = {}
    if allowed.low is not None:
        given["min_value"] = int(allowed.low) + (1 if allowed.low_open else 0)
    if allowed.high is not None:
        given["max_value"] = int(allowed.high) - (1 if allowed.high_open else 0)
    return given


def _pattern(rule: Rule, column: dict[str, object]) -> Expectation:
    regexes, likes = (list(getattr(rule, key, ()) or ()) for key in ("regex", "like"))
    if regexes and likes:
        raise NoEquivalentError("regex and like together have no equivalent")
    word = "not_match" if getattr(rule, "negate", False) else "match"
    kind, listed = ("regex", regexes) if regexes else ("like_pattern", likes)
    if len(listed) == 1:
        return f"expect_column_values_to_{word}_{kind}", {**column, kind: listed[0]}
    return f"expect_column_values_to_{word}_{kind}_list", {**column, f"{kind}_list": listed}


def _format(rule: Rule, column: dict[str, object]) -> Expectation:
    if getattr(rule, "strptime", None):
        return "expect_column_values_to_match_strftime_format", {**column, "strftime_format": common.own(rule).strptime}
    if str(common.own(rule).format) == "json":
        return "expect_column_values_to_be_json_parseable", dict(column)
    raise NoEquivalentError(f"the format {clean(common.own(rule).format)} has no equivalent")


def _statistic(rule: Rule, column: dict[str, object]) -> Expectation:
    name, given = str(common.own(rule).statistic), _range(rule)
    if name == "quantile":
        if "strict_min" in given or "strict_max" in given:
            raise NoEquivalentError("a bound of a quantile belongs to its range")
        pair = [given.get("min_value"), given.get("max_value")]
        ranges = {"quantiles": [float(common.own(rule).q)], "value_ranges": [pair]}
        return "expect_column_quantile_values_to_be_between", {**column, "quantile_ranges": ranges}
    if name not in STATISTICS:
        raise NoEquivalentError(f"the statistic {name} has no equivalent")
    return f"expect_column_{STATISTICS[name]}_to_be_between", {**column, **given}


def _schema(rule: Rule) -> list[Expectation]:
    declared = common.own(rule).declared
    if common.own(rule).forbidden or any(
        one.enum or one.min_length or one.max_length or not one.nullable or not one.required for one in declared
    ):
        raise NoEquivalentError("forbidden columns and facts about cells in a schema have no equivalent")
    names, found = [one.name for one in declared], list[Expectation]()
    if common.own(rule).ordered and common.own(rule).allow_extra:
        raise NoEquivalentError("the order of some columns has no equivalent")
    if names and not common.own(rule).allow_extra:
        kind = ("ordered_list", "column_list") if common.own(rule).ordered else ("set", "column_set")
        found.append((f"expect_table_columns_to_match_{kind[0]}", {kind[1]: names}))
    else:
        found += [("expect_column_to_exist", {"column": name}) for name in names]
    for column in declared:
        if column.type in common.FAMILIES:
            told: dict[str, object] = {"column": column.name, "type_list": list(common.FAMILIES[column.type])}
            found.append(("expect_column_values_to_be_in_type_list", told))
        elif column.type != "any":
            found.append(("expect_column_values_to_be_of_type", {"column": column.name, "type_": column.type}))
    low, high = (getattr(rule, key, None) for key in ("min_columns", "max_columns"))
    if low is not None or high is not None:
        given: dict[str, object] = {
            key: value for key, value in (("min_value", low), ("max_value", high)) if value is not None
        }
        found.append(("expect_table_column_count_to_be_between", given))
    return found
