"""Rules as tests of dbt, with dbt_utils and dbt_expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.model import Severity
from idqp_cli.exporting import common, dumped
from idqp_cli.exporting.common import Exported, Leaving, Limit, Owned
from idqp_cli.importing.values import NoEquivalentError
from idqp_cli.rules.rule import Rule

STATISTICS = {
    "mean": "expect_column_mean_to_be_between", "median": "expect_column_median_to_be_between",
    "min": "expect_column_min_to_be_between", "max": "expect_column_max_to_be_between",
    "sum": "expect_column_sum_to_be_between", "stddev": "expect_column_stdev_to_be_between",
    "distinct_count": "expect_column_unique_value_count_to_be_between",
    "distinct_share": "expect_column_proportion_of_unique_values_to_be_between",
    "quantile": "expect_column_quantile_values_to_be_between",
}  # fmt: skip
EXPECTATIONS = "dbt_expectations."


def write(owned: Sequence[Owned]) -> Exported:
    """Write the properties of a model for each dataset."""
    leaving, models = Leaving(), []
    for dataset, rules in owned:
        tests: dict[str | None, list[object]] = {}
        for rule in rules:
            try:
                common.refuse_divided(rule)
                for column, name, arguments in _tests(rule):
                    tests.setdefault(column, []).append(_test(name, arguments, rule))
            except NoEquivalentError as error:
                leaving.leave(dataset.name, rule, str(error))
        models.append(_model(dataset, tests))
    return Exported(dumped.yaml_text({"version": 2, "models": models}), tuple(leaving.lines))


def _model(dataset: Dataset, tests: Mapping[str | None, list[object]]) -> dict[str, object]:
    model: dict[str, object] = {"name": dataset.name}
    if dataset.description:
        model["description"] = dataset.description
    if dataset.owner:
        model["config"] = {"meta": {"owner": dataset.owner}}
    names = list(dict.fromkeys([*(name for name in tests if name is not None), *dataset.pii]))
    columns = []
    for name in names:
        column: dict[str, object] = {"name": name}
        if name in dataset.pii:
            column["meta"] = {"pii": True}
        if tests.get(name):
            column["data_tests"] = tests[name]
        columns.append(column)
    if columns:
        model["columns"] = columns
    if tests.get(None):
        model["data_tests"] = tests[None]
    return model


def _test(name: str, arguments: Mapping[str, object], rule: Rule) -> object:
    config: dict[str, object] = {}
    if rule.where is not None:
        config["where"] = rule.where
    config |= _severity(rule, name)
    if rule.tags:
        config["tags"] = list(rule.tags)
    if not rule.enabled:
        config["enabled"] = False
    body: dict[str, object] = {}
    if "name" in rule.marks:
        body["name"] = rule.name
    if rule.description:
        body["description"] = rule.description
    if arguments:
        body["arguments"] = dict(arguments)
    if config:
        body["config"] = config
    return {name: body} if body else name


def _severity(rule: Rule, name: str) -> dict[str, object]:
    limits = common.limits(rule)
    if name == "dbt_utils.not_null_proportion":
        limits = []
    if any(limit.share for limit in limits):
        raise NoEquivalentError("a threshold as a share has no equivalent for it")
    # The tests of these count values, and not rows.
    if any(limit.rows for limit in limits) and rule.type not in {
        "completeness",
        "range",
        "length",
        "pattern",
        "expression",
        "rejected_values",
    }:
        raise NoEquivalentError("a threshold in rows has no equivalent for it")
    severities = [limit.severity for limit in limits] or [rule.severity]
    if Severity.INFO in severities:
        raise NoEquivalentError("the severity info has no equivalent")
    if len(limits) == 2:
        return {"error_if": f">{limits[0].rows or 0}", "warn_if": f">{limits[1].rows or 0}"}
    config: dict[str, object] = {"severity": "warn"} if severities[0] is Severity.WARNING else {}
    rows = limits[0].rows if limits else 0
    if rows:
        key = "warn_if" if severities[0] is Severity.WARNING else "error_if"
        config |= {key: f">{rows}"} if key == "warn_if" else {"error_if": f">{rows}", "warn_if": f">{rows}"}
    return config


Test = tuple[str | None, str, dict[str, object]]


def _tests(rule: Rule) -> list[Test]:
    column = rule.columns[0] if rule.columns else None
    match rule.type:
        case "completeness" if len(rule.columns) == 1:
            return [_complete(rule, common.limits(rule))]
        case "unique":
            return _unique(rule)
        case "accepted_values" | "rejected_values":
            values = list(common.own(rule).values)
            texts = all(isinstance(value, str) for value in values)
            name = "accepted_values" if rule.type == "accepted_values" else "dbt_utils.not_accepted_values"
            return [(column, name, {"values": values, **({} if texts else {"quote": False})})]
        case "range":
            return _range(rule)
        case "length":
            given = {
                key: value
                for key, value in (("min_value", common.own(rule).min), ("max_value", common.own(rule).max))
                if value is not None
            }
            return [(column, f"{EXPECTATIONS}expect_column_value_lengths_to_be_between", given)]
        case "pattern":
            return _pattern(rule)
        case "expression":
            return [(None, "dbt_utils.expression_is_true", {"expression": common.own(rule).expression})]
        case "references" if len(rule.columns) == 1:
            to = (getattr(rule, "to", ()) or rule.columns)[0]
            return [(column, "relationships", {"to": f"ref('{common.own(rule).dataset}')", "field": to})]
        case "row_count":
            return _row_count(rule)
        case "statistic":
            return _statistic(rule)
        case "schema":
            return _schema(rule)
        case "anomaly" if common.own(rule).metric == "row_count":
            return [(None, "elementary.volume_anomalies", {})]
    raise NoEquivalentError(f"{rule.type} has no equivalent; write a singular test")


def _complete(rule: Rule, limits: Sequence[Limit]) -> Test:
    column = rule.columns[0]
    if len(limits) == 1 and limits[0].share:
        return column, "dbt_utils.not_null_proportion", {"at_least": common.number(1 - limits[0].share)}
    return column, "not_null", {}


def _unique(rule: Rule) -> list[Test]:
    compare = str(getattr(rule, "nulls", "ignore")) == "compare"
    if len(rule.columns) == 1 and not compare:
        return [(rule.columns[0], "unique", {})]
    if compare:
        return [(None, "dbt_utils.unique_combination_of_columns", {"combination_of_columns": list(rule.columns)})]
    given: dict[str, object] = {"column_list": list(rule.columns), "ignore_row_if": "any_value_is_missing"}
    return [(None, f"{EXPECTATIONS}expect_compound_columns_to_be_unique", given)]


def _range(rule: Rule) -> list[Test]:
    low, high, exclusive = (getattr(rule, key, None) for key in ("min", "max", "exclusive"))
    given: dict[str, object] = {}
    for key, value in (("min_value", low), ("max_value", high)):
        if value is not None:
            given[key] = f"'{value}'" if isinstance(value, str) else value
    both = low is not None and high is not None
    if exclusive is not None and both and str(exclusive) != "both":
        raise NoEquivalentError("a range with one exclusive bound has no equivalent")
    return [
        (
            rule.columns[0],
            "dbt_utils.accepted_range",
            {**given, **({"inclusive": False} if exclusive is not None else {})},
        )
    ]


def _pattern(rule: Rule) -> list[Test]:
    found, like = (list(getattr(rule, key, ()) or ()) for key in ("regex", "like"))
    word = "not_match" if getattr(rule, "negate", False) else "match"
    kind, listed = ("regex", found) if found else ("like_pattern", like)
    if found and like:
        raise NoEquivalentError("regex and like together have no equivalent")
    if len(listed) == 1:
        return [(rule.columns[0], f"{EXPECTATIONS}expect_column_values_to_{word}_{kind}", {kind: listed[0]})]
    return [(rule.columns[0], f"{EXPECTATIONS}expect_column_values_to_{word}_{kind}_list", {f"{kind}_list": listed})]


def _row_count(rule: Rule) -> list[Test]:
    if getattr(rule, "change", None) is not None:
        raise NoEquivalentError("change has no equivalent")
    if getattr(rule, "equals", None) is not None:
        return [(None, "dbt_utils.equal_rowcount", {"compare_model": f"ref('{common.own(rule).equals}')"})]
    return [(None, f"{EXPECTATIONS}expect_table_row_count_to_be_between", _between(rule))]


def _between(rule: Rule) -> dict[str, object]:
    allowed = common.bounds(rule)
    given: dict[str, object] = {}
    if allowed.low is not None:
        given["min_value"] = common.number(allowed.low)
    if allowed.high is not None:
        given["max_value"] = common.number(allowed.high)
    if allowed.low_open or allowed.high_open:
        if (allowed.low is not None and not allowed.low_open) or (allowed.high is not None and not allowed.high_open):
            raise NoEquivalentError("a range with one exclusive bound has no equivalent")
        given["strictly"] = True
    return given


def _statistic(rule: Rule) -> list[Test]:
    name = str(common.own(rule).statistic)
    if name not in STATISTICS:
        raise NoEquivalentError(f"the statistic {name} has no equivalent")
    more = {"quantile": float(common.own(rule).q)} if name == "quantile" else {}
    return [(rule.columns[0], f"{EXPECTATIONS}{STATISTICS[name]}", {**more, **_between(rule)})]


def _schema(rule: Rule) -> list[Test]:
    declared = common.own(rule).declared
    if any(one.enum or one.min_length or one.max_length or not one.nullable or not one.required for one in declared):
        raise NoEquivalentError("facts about cells and optional columns in a schema have no equivalent")
    tests: list[Test] = []
    names = [column.name for column in declared]
    if declared and not common.own(rule).allow_extra:
        kind = "ordered_list" if common.own(rule).ordered else "set"
        tests.append((None, f"{EXPECTATIONS}expect_table_columns_to_match_{kind}", {"column_list": names}))
    elif getattr(rule, "ordered", False):
        raise NoEquivalentError("the order of some columns has no equivalent")
    else:
        tests += [(name, f"{EXPECTATIONS}expect_column_to_exist", {}) for name in names]
    for one in declared:
        if one.type in common.FAMILIES:
            listed: dict[str, object] = {"column_type_list": [name.lower() for name in common.FAMILIES[one.type]]}
            tests.append((one.name, f"{EXPECTATIONS}expect_column_values_to_be_in_type_list", listed))
        elif one.type != "any":
            told = {"column_type": one.type.lower()}
            tests.append((one.name, f"{EXPECTATIONS}expect_column_values_to_be_of_type", told))
    low, high = (getattr(rule, key, None) for key in ("min_columns", "max_columns"))
    if low is not None or high is not None:
        given = {key: value for key, value in (("min_value", low), ("max_value", high)) if value is not None}
        tests.append((None, f"{EXPECTATIONS}expect_table_column_count_to_be_between", given))
    if common.own(rule).forbidden:
        if any("*" in name for name in common.own(rule).forbidden):
            raise NoEquivalentError("forbidden names with * have no equivalent")
        tests.append(
            (
                None,
                f"{EXPECTATIONS}expect_table_columns_to_not_contain_set",
                {"column_list": list(common.own(rule).forbidden)},
            )
        )
    return tests
