"""Rules as checks of SodaCL."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from idqp_cli.core.model import Severity
from idqp_cli.exporting import common, dumped
from idqp_cli.exporting.common import Exported, Leaving, Limit, Owned
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import NoEquivalentError
from idqp_cli.rules.rule import Rule

STATISTICS = {
    "mean": "avg", "sum": "sum", "min": "min", "max": "max", "stddev": "stddev", "variance": "variance",
    "distinct_count": "distinct_count",
}  # fmt: skip


def write(owned: Sequence[Owned]) -> Exported:
    """Write checks for each dataset."""
    leaving, sections = Leaving(), {}
    for dataset, rules in owned:
        checks: list[object] = []
        for at, rule in enumerate(rules):
            try:
                common.refuse_divided(rule)
                checks += [_with_keys(check, rule) for check in _checks(rule, dataset.name, f"metric_{at + 1}")]
            except NoEquivalentError as error:
                leaving.leave(dataset.name, rule, str(error))
        if checks:
            sections[f"checks for {dataset.name}"] = checks
    return Exported(dumped.yaml_text(sections), tuple(leaving.lines))


Check = tuple[str, dict[str, object]]


def _with_keys(check: Check, rule: Rule) -> object:
    line, given = check
    inner = dict(given)
    if "name" in rule.marks:
        inner["name"] = rule.name
    if (
        rule.where is not None
        and "fail query" not in inner
        and not any(key.endswith(("query", "expression")) for key in inner)
    ):
        inner["filter"] = rule.where
    attributes = {name: value for name, _, value in (tag.partition(":") for tag in rule.tags) if value}
    if attributes:
        inner["attributes"] = attributes
    return {line: inner} if inner else line


def _checks(rule: Rule, dataset: str, metric: str) -> list[Check]:
    match rule.type:
        case "completeness":
            if len(rule.columns) == 1:
                return [_rows(f"missing_{{}}({_name(rule.columns[0])})", {}, common.limits(rule), percent=True)]
        case "unique" if (
            all(limit.none for limit in common.limits(rule)) and str(getattr(rule, "nulls", "")) != "compare"
        ):
            return [
                _rows(f"duplicate_count({', '.join(map(_name, rule.columns))})", {}, common.limits(rule), percent=False)
            ]
        case "accepted_values" | "length" | "range" | "pattern":
            valid = _valid(rule)
            if valid is not None and (all(one.share in {None, 0} for one in common.limits(rule))):
                return [_rows(f"invalid_count({_name(rule.columns[0])})", valid, common.limits(rule), percent=False)]
        case "references":
            if not all(limit.none for limit in common.limits(rule)):
                raise NoEquivalentError("a reference has no threshold there")
            own, other = ", ".join(rule.columns), ", ".join(getattr(rule, "to", ()) or rule.columns)
            return [(f"values in ({own}) must exist in {common.own(rule).dataset} ({other})", {})]
        case "row_count":
            return _row_count(rule)
        case "statistic":
            return _statistic(rule)
        case "freshness" if rule.columns:
            age = common.seconds(rule)
            return [_leveled(f"freshness({_name(rule.columns[0])})", f"< {age}s", f"> {age}s", rule.severity)]
        case "schema":
            return _schema(rule)
        case "anomaly" if common.own(rule).metric == "row_count":
            return [("anomaly detection for row_count", {})]
    return _in_sql(rule, dataset, metric)


def _name(column: str) -> str:
    return column if column.replace("_", "a").isalnum() else '"' + column.replace('"', '""') + '"'


def _leveled(metric: str, fine: str, alert: str, severity: Severity) -> Check:
    """Return a check that fails, or warns where the rule does no more."""
    if severity is Severity.CRITICAL:
        return f"{metric} {fine}", {}
    if severity is Severity.INFO:
        raise NoEquivalentError("the severity info has no equivalent")
    return metric, {"warn": f"when {alert}"}


def _rows(metric: str, given: dict[str, object], limits: Sequence[Limit], *, percent: bool) -> Check:
    kinds = {limit.share is not None and not limit.none for limit in limits}
    if kinds == {True, False}:
        raise NoEquivalentError("a level in rows beside a level as a share has no equivalent")
    of_share = True in kinds
    if of_share and not percent:
        raise NoEquivalentError("a share has no equivalent")
    metric = metric.format("percent" if of_share else "count")
    values = [
        common.written((limit.share or Fraction(0)) * 100) if of_share else str(limit.rows or 0) for limit in limits
    ]
    if len(limits) == 1:
        value = values[0]
        line, more = _leveled(metric, f"<= {value}" if value != "0" else "= 0", f"> {value}", limits[0].severity)
        return line, {**given, **more}
    fail, warn = values
    return metric, {**given, "fail": f"when > {fail}", "warn": f"when > {warn}"}


def _valid(rule: Rule) -> dict[str, object] | None:
    """Return what is valid in the keys of Soda; None where it has none."""
    match rule.type:
        case "accepted_values":
            return {"valid values": list(common.own(rule).values)}
        case "length":
            low, high = common.own(rule).min, common.own(rule).max
            return {
                key: value
                for key, value in (("valid min length", low), ("valid max length", high))
                if value is not None
            }
        case "range":
            low, high, exclusive = (getattr(rule, key, None) for key in ("min", "max", "exclusive"))
            if exclusive is not None or isinstance(low, str) or isinstance(high, str):
                return None
            return {key: value for key, value in (("valid min", low), ("valid max", high)) if value is not None}
    regexes = list(getattr(rule, "regex", ()) or ())
    return {"valid regex": regexes[0]} if len(regexes) == 1 and not getattr(rule, "negate", False) else None


def _bound(allowed: Allowed) -> str:
    low, high = allowed.low, allowed.high
    if low is not None and high is not None:
        if low == high:
            return f"= {common.written(low)}"
        opening, closing = "(" if allowed.low_open else "[", ")" if allowed.high_open else "]"
        return f"between {opening}{common.written(low)} and {common.written(high)}{closing}"
    if low is not None:
        return f"{'>' if allowed.low_open else '>='} {common.written(low)}"
    if high is None:
        raise NoEquivalentError("it has no bound")
    return f"{'<' if allowed.high_open else '<='} {common.written(high)}"


def _bounded(metric: str, allowed: Allowed, rule: Rule) -> list[Check]:
    alert = allowed.negated()
    bound = f"not {_bound(allowed)}" if alert.outside else _bound(alert)
    return [_leveled(metric, _bound(allowed), bound, rule.severity)]


def _row_count(rule: Rule) -> list[Check]:
    if getattr(rule, "change", None) is not None:
        raise NoEquivalentError("change has no equivalent")
    if getattr(rule, "equals", None) is not None:
        return [(f"row_count same as {common.own(rule).equals}", {})]
    return _bounded("row_count", common.bounds(rule), rule)


def _statistic(rule: Rule) -> list[Check]:
    name, column = str(common.own(rule).statistic), _name(rule.columns[0])
    if name == "quantile":
        return _bounded(f"percentile({column}, {float(common.own(rule).q)})", common.bounds(rule), rule)
    if name not in STATISTICS:
        raise NoEquivalentError(f"the statistic {name} has no equivalent")
    return _bounded(f"{STATISTICS[name]}({column})", common.bounds(rule), rule)


def _schema(rule: Rule) -> list[Check]:
    required = [column.name for column in common.own(rule).declared if column.required]
    types = {one.name: common.type_name(one.type).lower() for one in common.own(rule).declared if one.type != "any"}
    forbidden = [name.replace("*", "%") for name in common.own(rule).forbidden]
    narrow = [key for key in ("ordered", "min_columns", "max_columns") if getattr(rule, key, None)]
    if narrow or (common.own(rule).declared and not common.own(rule).allow_extra):
        raise NoEquivalentError("the order and the number of columns and allow_extra: false have no equivalent")
    if any(one.enum or one.min_length or one.max_length or not one.nullable for one in common.own(rule).declared):
        raise NoEquivalentError("facts about cells in a schema have no equivalent; write rules")
    level = "warn" if rule.severity is Severity.WARNING else "fail"
    parts = {
        "when required column missing": required,
        "when wrong column type": types,
        "when forbidden column present": forbidden,
    }
    return [("schema", {level: {key: value for key, value in parts.items() if value}})]


def _in_sql(rule: Rule, dataset: str, metric: str) -> list[Check]:
    """Return a check of failing rows in SQL, or of a metric in SQL, where a share may fail."""
    if rule.type == "query" and (getattr(rule, "min", None) is not None or getattr(rule, "max", None) is not None):
        line, more = _bounded(metric, common.bounds(rule), rule)[0]
        return [(line, {f"{metric} query": str(common.own(rule).sql).strip(), **more})]
    limits = common.limits(rule)
    if any(limit.share for limit in limits):
        made = []
        for limit in limits:
            allowed = Allowed(high=(limit.share or Fraction(0)) * 100)
            line, more = _leveled(metric, _bound(allowed), _bound(allowed.negated()), limit.severity)
            made.append((line, {f"{metric} query": common.share_of(rule, dataset), **more}))
        return made
    if Severity.INFO in {limit.severity for limit in limits} or (not limits and rule.severity is Severity.INFO):
        raise NoEquivalentError("the severity info has no equivalent")
    statement = common.failing_rows(rule, dataset)
    if not limits or (len(limits) == 1 and limits[0].none and limits[0].severity is Severity.CRITICAL):
        return (
            [("failed rows", {"fail query": statement})]
            if rule.severity is Severity.CRITICAL
            else [("failed rows", {"warn query": statement})]
        )
    counted = f"SELECT count(*) FROM ({statement})"
    given = {f"{metric} query": counted}
    if len(limits) == 1:
        line, more = _leveled(metric, f"<= {limits[0].rows or 0}", f"> {limits[0].rows or 0}", limits[0].severity)
        return [(line, {**given, **more})]
    return [(metric, {**given, "fail": f"when > {limits[0].rows or 0}", "warn": f"when > {limits[1].rows or 0}"})]
