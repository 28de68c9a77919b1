"""The Open Data Contract Standard, version 3: a dataset is an object of the schema, a column a property of it.

Its `required` means that a cell may not be missing. `physicalType` is DuckDB's
type; enums are read as 3.2 writes them and as the quality rule of 3.1, and
written as the latter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Scalar
from idqp_cli.core.yaml import Node
from idqp_cli.core.yaml import parse as parse_document
from idqp_cli.schemas.formats import plain
from idqp_cli.schemas.schema import Schema, SchemaColumn
from idqp_cli.schemas.types import UNKNOWN, Decimal, List, Map, Plain, Struct, Type, known, parse
from idqp_cli.schemas.types import write as name_of
from idqp_cli.schemas.widening import FLOATS, INTEGERS

VERSION = "v3.1.0"
PRESENCE = "idqp:required"
KINDS: Mapping[str, str] = {
    "string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP", "time": "TIME", "object": "JSON", "array": "JSON", "map": "JSON",
}  # fmt: skip
WORDS: Mapping[str, str] = {
    "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "TIME WITH TIME ZONE": "time", "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp", "JSON": "object",
}  # fmt: skip
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
WORD_OF_YAML = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null)")
FAMILIAR = frozenset({*INTEGERS, *FLOATS, *WORDS, "VARCHAR", "BLOB", "UUID", "INTERVAL", "BIT", UNKNOWN})
DEEPEST = 40


def write(schema: Schema, name: str) -> str:
    """Write a contract with nothing but the schema."""
    contract = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": name,
        "version": "1.0.0",
        "status": "draft",
        "schema": [
            {
                "name": name,
                "logicalType": "object",
                "physicalType": "table",
                "properties": [_property(column) for column in schema],
            }
        ],
    }
    return yaml.dump(contract, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**16)


def read(text: str) -> Schema:
    """Read the schema of a contract that has one object.

    Raises:
        TypeError, ValueError: it says what a table cannot be; with the column.

    """
    try:
        root = plain.mapping(_values(parse_document(text, "line")), "the document")
    except RulesError as error:
        raise ValueError(str(error).replace("line:", "line ", 1)) from None
    version = str(root.get("apiVersion"))
    if not version.startswith("v3."):
        raise ValueError(f"apiVersion is {version}; versions 3 are read")
    objects = plain.items(root.get("schema"), "schema")
    if len(objects) != 1:
        raise ValueError(f"the contract has {len(objects)} objects; give one of one")
    properties = plain.items(plain.mapping(objects[0], "schema").get("properties"), "properties")
    return tuple(_column(plain.mapping(one, "a property")) for one in properties)


class _Dumper(yaml.SafeDumper):
    """Writes in quotes every text that is not plainly a word, so that no reader takes it for a number or a date."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - whatever it is
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    plainly = NAME.fullmatch(value) and not WORD_OF_YAML.fullmatch(value)
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, None if plainly else '"')


_Dumper.add_representer(str, _text)


def _values(node: Node) -> object:
    match node.value:
        case dict():
            return {name: _values(one) for name, one in node.value.items()}
        case tuple():
            return [_values(one) for one in node.value]
    return node.value


def _property(column: SchemaColumn) -> dict[str, object]:
    made = {"name": column.name, **_logical(known(column.type)), "physicalType": column.type}
    made["required"] = not column.nullable
    lengths = {"minLength": column.min_length, "maxLength": column.max_length}
    if any(length is not None for length in lengths.values()):
        made["logicalTypeOptions"] = {word: length for word, length in lengths.items() if length is not None}
    if column.enum is not None:
        made["quality"] = [
            {
                "type": "library",
                "metric": "invalidValues",
                "arguments": {"validValues": list(column.enum)},
                "mustBe": 0,
            }
        ]
    if column.required is False:
        made["customProperties"] = [{"property": PRESENCE, "value": False}]
    return made


def _logical(kind: Type) -> dict[str, object]:
    """Return the standard's own words for a type."""
    match kind:
        case Plain(name) if name in INTEGERS:
            return {"logicalType": "integer"}
        case Plain(name) if name in FLOATS:
            return {"logicalType": "number"}
        case Plain(name):
            return {"logicalType": WORDS.get(name, "string")}
        case Decimal():
            return {"logicalType": "number"}
        case List(element, _):
            return {"logicalType": "array", "items": _logical(element)}
        case Struct(fields):
            return {
                "logicalType": "object",
                "properties": [{"name": name, **_logical(inner)} for name, inner in fields],
            }
        case Map():
            return {"logicalType": "object"}
    return {"logicalType": "string"}


def _kind(told: Mapping[str, object], what: str, depth: int = 0) -> Type:
    word = plain.text(told.get("logicalType", "string"), f"{what}: logicalType")
    if word not in KINDS:
        raise ValueError(f"{what}: the logicalType '{word}' is unknown")
    if depth > DEEPEST:
        raise ValueError(f"{what} is nested more than {DEEPEST} deep")
    if word == "array" and "items" in told:
        return List(_kind(plain.mapping(told["items"], what), what, depth + 1))
    if word == "object" and told.get("properties"):
        fields = [plain.mapping(one, what) for one in plain.items(told["properties"], what)]
        return Struct(tuple((plain.text(field.get("name"), what), _kind(field, what, depth + 1)) for field in fields))
    return Plain(KINDS[word])


def _column(told: Mapping[str, object]) -> SchemaColumn:
    name = plain.text(told.get("physicalName") or told.get("name"), "the name of a property")
    kind = _physical(told) or _kind(told, name)
    options = plain.mapping(told.get("logicalTypeOptions") or {}, f"{name}: logicalTypeOptions")
    return SchemaColumn(
        name=name,
        type=name_of(kind),
        nullable=not (
            plain.flag(told.get("required"), f"{name}: required") or plain.flag(told.get("primaryKey"), name)
        ),
        required=_presence(told, name),
        enum=_enum(told, name),
        min_length=plain.whole(options.get("minLength"), f"{name}: minLength"),
        max_length=plain.whole(options.get("maxLength"), f"{name}: maxLength"),
    )


def _physical(told: Mapping[str, object]) -> Type | None:
    """Return the physical type where it is one of ours and says the same as the logical one."""
    try:
        own = parse(str(told.get("physicalType")))
    except ValueError:
        return None
    familiar = not isinstance(own, Plain) or own.name in FAMILIAR
    return (
        own
        if familiar and told.get("logicalType", _logical(own)["logicalType"]) == _logical(own)["logicalType"]
        else None
    )


def _presence(told: Mapping[str, object], name: str) -> bool:
    for one in plain.items(told.get("customProperties") or [], f"{name}: customProperties"):
        custom = plain.mapping(one, f"{name}: customProperties")
        if custom.get("property") == PRESENCE:
            return plain.flag(custom.get("value"), f"{name}: {PRESENCE}")
    return True


def _enum(told: Mapping[str, object], name: str) -> tuple[Scalar, ...] | None:
    if told.get("enum") is not None:
        entries = [plain.mapping(one, f"{name}: enum") for one in plain.items(told["enum"], f"{name}: enum")]
        return plain.scalars([entry.get("value") for entry in entries], f"{name}: enum")
    for one in plain.items(told.get("quality") or [], f"{name}: quality"):
        rule = plain.mapping(one, f"{name}: quality")
        arguments = rule.get("arguments") or {}
        if rule.get("metric") == "invalidValues" and rule.get("mustBe") == 0 and isinstance(arguments, dict):
            return plain.scalars(arguments.get("validValues"), f"{name}: validValues")
    return None
