"""Rules as a JSON Schema of the rows of one dataset."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core.errors import UsageError
from idqp_cli.core.model import Severity
from idqp_cli.exporting import common, dumped
from idqp_cli.exporting.common import Exported, Leaving, Owned
from idqp_cli.importing.values import NoEquivalentError
from idqp_cli.rules.rule import Rule

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FORMATS = {
    "date": "date", "datetime": "date-time", "timestamp": "date-time", "email": "email", "url": "uri", "uuid": "uuid",
    "ipv4": "ipv4", "ipv6": "ipv6", "hostname": "hostname",
}  # fmt: skip
TYPES = {
    "BIGINT": "integer", "INTEGER": "integer", "SMALLINT": "integer", "TINYINT": "integer", "HUGEINT": "integer",
    "DOUBLE": "number", "FLOAT": "number", "BOOLEAN": "boolean", "any integer": "integer",
    "any number": "number", "any text": "string", "VARCHAR": "string",
}  # fmt: skip


def write(owned: Sequence[Owned]) -> Exported:
    """Write a schema of the rows of the only dataset.

    Raises:
        UsageError: there are several.

    """
    if len(owned) != 1:
        raise UsageError("a JSON Schema is of one dataset; name one")
    ((dataset, rules),) = owned
    leaving, schema = Leaving(), _Schema()
    for rule in rules:
        try:
            schema.take(rule)
        except NoEquivalentError as error:
            leaving.leave(dataset.name, rule, str(error))
    described = {"description": dataset.description} if dataset.description else {}
    root: dict[str, object] = {"$schema": DRAFT, "title": dataset.name, **described, "type": "object", **schema.done()}
    return Exported(dumped.json_text(root), tuple(leaving.lines))


class _Schema:
    """A schema while its rules are taken."""

    def __init__(self) -> None:
        self.properties: dict[str, dict[str, object]] = {}
        self.required: list[str] = []
        self.closed = False

    def done(self) -> dict[str, object]:
        """Return what the schema says."""
        schema: dict[str, object] = {"properties": self.properties}
        if self.required:
            schema["required"] = list(dict.fromkeys(self.required))
        if self.closed:
            schema["additionalProperties"] = False
        return schema

    def take(self, rule: Rule) -> None:
        """Take a rule that is about single cells, all of them."""
        common.refuse_divided(rule)
        limits = common.limits(rule)
        if rule.where is not None or not rule.enabled or any(not limit.none for limit in limits) or len(limits) > 1:
            raise NoEquivalentError("a condition on the rows has no equivalent")
        if rule.severity is not Severity.CRITICAL:
            raise NoEquivalentError("a schema knows no warning; the rule is not critical")
        if rule.type == "schema":
            self._schema(rule)
            return
        if rule.type == "completeness":
            self.required += rule.columns
            for name in rule.columns:
                self.properties.setdefault(name, {})
            return
        if len(rule.columns) != 1:
            raise NoEquivalentError(f"{rule.type} has no equivalent for rows")
        self._put(rule.columns[0], _said(rule))

    def _put(self, column: str, more: dict[str, object]) -> None:
        own = self.properties.setdefault(column, {})
        other = {key for key, value in more.items() if own.get(key, value) != value}
        if other:
            raise NoEquivalentError(f"{min(other)} is set by another rule of the column")
        own |= more

    def _schema(self, rule: Rule) -> None:
        if (
            common.own(rule).forbidden
            or common.own(rule).ordered
            or getattr(rule, "min_columns", None)
            or getattr(rule, "max_columns", None)
        ):
            raise NoEquivalentError("forbidden columns, their order and their number have no equivalent")
        for one in common.own(rule).declared:
            word = TYPES.get(one.type)
            if one.enum or one.min_length or one.max_length or (one.type != "any" and word is None):
                raise NoEquivalentError(f"the type {one.type} has no equivalent")
            self._put(one.name, {} if word is None else {"type": word})
            if not one.nullable:
                self.required.append(one.name)
        self.closed = self.closed or bool(common.own(rule).declared and not common.own(rule).allow_extra)
        if any(column.required and column.nullable for column in common.own(rule).declared):
            # An empty cell is a property that is not there.
            raise NoEquivalentError(
                "a required column whose cells may be empty has no equivalent; the types are converted"
            )


def _said(rule: Rule) -> dict[str, object]:
    """Return what a schema says of a property."""
    match rule.type:
        case "accepted_values":
            return {"enum": list(common.own(rule).values)}
        case "rejected_values":
            return {"not": {"enum": list(common.own(rule).values)}}
        case "length":
            return {
                key: value
                for key, value in (("minLength", common.own(rule).min), ("maxLength", common.own(rule).max))
                if value is not None
            }
        case "range":
            allowed = common.bounds(rule)
            keywords: dict[str, object] = {}
            if allowed.low is not None:
                keywords["exclusiveMinimum" if allowed.low_open else "minimum"] = common.number(allowed.low)
            if allowed.high is not None:
                keywords["exclusiveMaximum" if allowed.high_open else "maximum"] = common.number(allowed.high)
            return keywords
        case "pattern":
            regexes = list(getattr(rule, "regex", ()) or ())
            if len(regexes) == 1 and not getattr(rule, "negate", False):
                return {"pattern": regexes[0]}
        case "format":
            return _format(rule)
    raise NoEquivalentError(f"{rule.type} has no equivalent for a cell")


def _format(rule: Rule) -> dict[str, object]:
    word = str(getattr(rule, "format", None) or "")
    if word in {"integer", "number", "boolean"}:
        return {"type": word}
    if word in FORMATS:
        return {"type": "string", "format": FORMATS[word]}
    raise NoEquivalentError("the format has no equivalent")
