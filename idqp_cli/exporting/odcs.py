"""Rules as a data contract of the Open Data Contract Standard."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from idqp_cli.core.model import Severity
from idqp_cli.exporting import common, dumped
from idqp_cli.exporting.common import Exported, Leaving, Limit, Owned
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import NoEquivalentError
from idqp_cli.rules.rule import Rule

VERSION = "v3.1.0"


def write(owned: Sequence[Owned]) -> Exported:
    """Write a contract with an object for each dataset."""
    leaving, objects = Leaving(), []
    levels: list[dict[str, object]] = []
    for dataset, rules in owned:
        table = _Table(dataset.name)
        for rule in rules:
            try:
                table.take(rule, levels)
            except NoEquivalentError as error:
                leaving.leave(dataset.name, rule, str(error))
        described = {"description": dataset.description} if dataset.description else {}
        for name in dataset.pii:
            table.of(name)["classification"] = "pii"
        objects.append({"name": dataset.name, "logicalType": "object", **described, **table.done()})
    owners = [dataset.owner for dataset, _ in owned if dataset.owner]
    contract: dict[str, object] = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": owned[0][0].name,
        "version": "1.0.0",
        "status": "active",
    }
    if owners:
        contract["team"] = {"name": owners[0]}
    contract["schema"] = objects
    if levels:
        contract["slaProperties"] = levels
    return Exported(dumped.yaml_text(contract), tuple(leaving.lines))


class _Table:
    """An object of the contract while its rules are taken."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.properties: dict[str, dict[str, object]] = {}
        self.quality: list[dict[str, object]] = []

    def of(self, column: str) -> dict[str, object]:
        """Return the property of a column."""
        return self.properties.setdefault(column, {"name": column})

    def done(self) -> dict[str, object]:
        """Return what the object says."""
        contract: dict[str, object] = {"properties": list(self.properties.values())} if self.properties else {}
        return {**contract, "quality": self.quality} if self.quality else contract

    def take(self, rule: Rule, levels: list[dict[str, object]]) -> None:
        """Take a rule: as a property where the standard has one, else as a check."""
        common.refuse_divided(rule)
        if not rule.enabled:
            raise NoEquivalentError("a disabled rule has no equivalent")
        match rule.type:
            case "schema":
                self._schema(rule)
            case "freshness":
                if rule.where is not None:
                    raise NoEquivalentError("an age under a condition has no equivalent")
                element = f"{self.name}.{rule.columns[0]}" if rule.columns else self.name
                levels.append({"property": "latency", "value": common.seconds(rule), "unit": "s", "element": element})
            case "row_count" if (
                rule.where is None and getattr(rule, "change", None) is None and getattr(rule, "equals", None) is None
            ):
                self._add(rule, None, {"metric": "rowCount", **_bound(common.bounds(rule))}, rule.severity)
            case _:
                self._other(rule)

    def _other(self, rule: Rule) -> None:
        if _plain(rule) and self._as_property(rule):
            return
        if rule.type == "query" and (getattr(rule, "min", None) is not None or getattr(rule, "max", None) is not None):
            sql = {"type": "sql", "query": str(common.own(rule).sql).strip(), **_bound(common.bounds(rule))}
            self._add(rule, None, sql, rule.severity)
            return
        if rule.type == "statistic":
            raise NoEquivalentError("a statistic has no equivalent; write a query with min and max")
        for limit in common.limits(rule) or [Limit(0, None, rule.severity)]:
            self._limited(rule, limit)

    def _limited(self, rule: Rule, limit: Limit) -> None:
        column = rule.columns[0] if len(rule.columns) == 1 else None
        percent = bool(limit.share)
        allowed = Allowed(high=(limit.share or Fraction(0)) * 100 if percent else Fraction(limit.rows or 0))
        bound = {"mustBe": 0} if limit.none else _bound(allowed)
        if rule.type == "completeness" and column is not None and rule.where is None:
            unit = {"unit": "percent"} if percent else {}
            self._add(rule, column, {"metric": "nullValues", **bound, **unit}, limit.severity)
            return
        if rule.type == "accepted_values" and column is not None and rule.where is None and not percent:
            arguments = {"validValues": list(common.own(rule).values)}
            self._add(rule, column, {"metric": "invalidValues", "arguments": arguments, **bound}, limit.severity)
            return
        if percent:
            query = common.share_of(rule, self.name)
        else:
            query = f"SELECT count(*) FROM ({common.failing_rows(rule, self.name)})"
        self._add(rule, None, {"type": "sql", "query": query, **bound}, limit.severity)

    def _add(self, rule: Rule, column: str | None, check: dict[str, object], severity: Severity) -> None:
        words = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
        named = {"name": rule.name} if "name" in rule.marks else {}
        described = {"description": rule.description} if rule.description else {}
        made = {**named, **described, **check, "severity": words[severity]}
        if rule.tags:
            made["tags"] = list(rule.tags)
        listed = self.quality if column is None else self.of(column).setdefault("quality", [])
        if isinstance(listed, list):
            listed.append(made)

    def _as_property(self, rule: Rule) -> bool:
        """Take a rule as a property of the standard; tell whether it has one."""
        column = rule.columns[0] if len(rule.columns) == 1 else None
        if rule.type == "completeness":
            for name in rule.columns:
                self.of(name)["required"] = True
            return True
        if column is None:
            return False
        options = self.of(column).get("logicalTypeOptions", {})
        told = dict(options) if isinstance(options, dict) else {}
        match rule.type:
            case "unique" if str(getattr(rule, "nulls", "ignore")) != "compare":
                self.of(column)["unique"] = True
                return True
            case "range":
                more = _range(rule)
            case "length":
                more = {
                    key: value
                    for key, value in (("minLength", common.own(rule).min), ("maxLength", common.own(rule).max))
                    if value is not None
                }
            case "references":
                to = (getattr(rule, "to", ()) or rule.columns)[0]
                relations = self.of(column).setdefault("relationships", [])
                if isinstance(relations, list):
                    relations.append({"type": "foreignKey", "to": f"{common.own(rule).dataset}.{to}"})
                return True
            case _:
                return False
        if set(more) & set(told):
            return False
        self.of(column)["logicalTypeOptions"] = {**told, **more}
        return True

    def _schema(self, rule: Rule) -> None:
        if (
            common.own(rule).forbidden
            or common.own(rule).ordered
            or not common.own(rule).allow_extra
            or getattr(rule, "min_columns", None)
            or getattr(rule, "max_columns", None)
        ):
            raise NoEquivalentError("forbidden columns, the order of columns and allow_extra: false have no equivalent")
        if rule.severity is not Severity.CRITICAL:
            raise NoEquivalentError("a schema is kept or broken; it is critical there")
        for column in common.own(rule).declared:
            if not column.required or not column.nullable or column.enum or column.min_length or column.max_length:
                raise NoEquivalentError("facts about cells and optional columns in a schema have no equivalent")
            told = self.of(column.name)
            if column.type != "any":
                told["physicalType"] = common.type_name(column.type)


def _plain(rule: Rule) -> bool:
    """Tell whether a rule holds of every row, is critical, and says no more."""
    limits = common.limits(rule)
    every = len(limits) == 1 and limits[0].none and limits[0].severity is Severity.CRITICAL
    return every and rule.where is None and "name" not in rule.marks and not rule.tags and not rule.description


def _bound(allowed: Allowed) -> dict[str, object]:
    low, high = allowed.low, allowed.high
    if low is not None and high is not None:
        if low == high:
            return {"mustBe": common.number(low)}
        if allowed.low_open or allowed.high_open:
            raise NoEquivalentError("mustBeBetween has its bounds in it")
        return {"mustBeBetween": [common.number(low), common.number(high)]}
    if low is not None:
        return {"mustBeGreaterThan" if allowed.low_open else "mustBeGreaterOrEqualTo": common.number(low)}
    if high is None:
        raise NoEquivalentError("it has no bound")
    return {"mustBeLessThan" if allowed.high_open else "mustBeLessOrEqualTo": common.number(high)}


def _range(rule: Rule) -> dict[str, object]:
    low, high, exclusive = (getattr(rule, key, None) for key in ("min", "max", "exclusive"))
    given: dict[str, object] = {}
    if low is not None:
        given["exclusiveMinimum" if str(exclusive) in {"min", "both"} else "minimum"] = low
    if high is not None:
        given["exclusiveMaximum" if str(exclusive) in {"max", "both"} else "maximum"] = high
    return given
