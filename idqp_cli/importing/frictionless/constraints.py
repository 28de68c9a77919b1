"""Constraints of a field whose meaning is another for each type: ranges, lengths, and what is inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, patterns, rule_keys
from idqp_cli.importing.jsonschema import inside
from idqp_cli.importing.jsonschema.holds import Holds
from idqp_cli.importing.jsonschema.inside import Place
from idqp_cli.importing.jsonschema.references import References
from idqp_cli.importing.jsonschema.value import Cell
from idqp_cli.importing.odcs import properties
from idqp_cli.importing.row_sql import as_text
from idqp_cli.importing.values import Keys, NoEquivalentError

Given = Mapping[str, Node]
RANGE = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
# These are compared in another way than as texts.
UNORDERED = frozenset({"duration", "geopoint", "object", "array", "list", "geojson", "boolean"})
SIZES: Mapping[str, Mapping[str, str]] = {
    "array": {"minLength": "minItems", "maxLength": "maxItems"},
    "object": {"minLength": "minProperties", "maxLength": "maxProperties"},
}
ITEMS: Mapping[str, str] = {
    "integer": r"[-+]?\d+",
    "number": r"(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|NaN|-?INF)",
    "boolean": "(?:true|True|TRUE|1|false|False|FALSE|0)",
    "date": r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])",
}


def bounds(name: str, kind: str, form: str, given: Given) -> Keys:
    """Return the rule of a range; a date in it is written as the dates of the field are.

    Raises:
        NoEquivalentError: values of this type have no range here.

    """
    if kind in UNORDERED:
        raise NoEquivalentError(f"a range of the type {kind} has no equivalent")
    if kind in {"date", "datetime"} and form not in {"default", "any"}:
        given = {**given, **{key: _moment(given[key], kind, form) for key in RANGE if key in given}}
    return properties.bounds(name, given)


def _moment(node: Node, kind: str, form: str) -> Node:
    written = look.text(node, "a bound")
    try:
        form = patterns.strptime(form.removeprefix("fmt:")) or form
        read = datetime.strptime(written, form)  # noqa: DTZ007 - dates of a file may be without a zone
    except ValueError:
        try:
            read = datetime.fromisoformat(written)
        except ValueError:
            raise NoEquivalentError(f"the bound '{clean(written, 40)}' is not a {kind}") from None
    zoned = read.astimezone(UTC) if read.tzinfo is not None else read
    said = zoned.date().isoformat() if kind == "date" else zoned.isoformat(sep=" ")
    return Node(said, node.mark, {}, said)


def length(name: str, kind: str, given: Given, delimiter: str) -> Iterable[Keys]:
    """Return the rule of a length: of a text, or of the number of items or keys."""
    if kind in SIZES:
        node = next(iter(given.values()))
        sizes = {SIZES[kind][key]: given[key] for key in SIZES[kind] if key in given}
        parts = Holds(References(Node(sizes, node.mark, {}))).parts(sizes)
        return [keys for part in parts for keys in inside.rules(Place(name), part)]
    if kind != "list":
        return [properties.length(name, given)]
    number = f"len(string_split({as_text(name)}, {sql.literal(delimiter)}))"
    limits = [
        f"{number} {sign} {look.whole(given[key], key)}"
        for key, sign in (("minLength", ">="), ("maxLength", "<="))
        if key in given
    ]
    return [rule_keys.rule("expression", expression=" AND ".join(limits))]


def holds(name: str, node: Node) -> Iterable[Keys]:
    """Return the rule that a JSON Schema holds of the cells."""
    if not isinstance(node.value, dict):
        raise NoEquivalentError("jsonSchema must be a mapping")
    condition = Holds(References(node)).all(Cell(name), node)
    return [] if condition == "true" else [rule_keys.rule("expression", expression=condition)]


def items(name: str, kind: str, delimiter: str) -> Iterable[Keys]:
    """Return the rule of the items of a list."""
    if kind == "string":
        return []
    if kind not in ITEMS:
        raise NoEquivalentError(f"items of the type '{clean(kind, 40)}' have no equivalent")
    one = ITEMS[kind]
    return [rule_keys.rule("pattern", name, regex=f"^{one}(?:{re.escape(delimiter)}{one})*$")]
