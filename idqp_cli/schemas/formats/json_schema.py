"""JSON Schema (draft 2020-12): a row is an object, a column a property."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.model import Scalar
from idqp_cli.schemas.formats import plain
from idqp_cli.schemas.schema import Schema, SchemaColumn
from idqp_cli.schemas.types import Decimal, Enum, List, Map, Plain, Struct, Type, Union, known, parse
from idqp_cli.schemas.types import write as name_of
from idqp_cli.schemas.widening import FLOATS, INTEGERS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TYPE = "x-idqp-type"
FORMATS: Mapping[str, str] = {
    "DATE": "date", "TIMESTAMP WITH TIME ZONE": "date-time", "TIME": "time", "UUID": "uuid", "INTERVAL": "duration",
}  # fmt: skip
MOMENTS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
BY_FORMAT: Mapping[str, str] = {form: kind for kind, form in FORMATS.items()}
BY_TYPE: Mapping[str, str] = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}
# The words by which a type is told; the others say more about it.
TELLING = frozenset({
    "type", "format", "contentEncoding", "items", "properties", "additionalProperties", "minItems", "maxItems", "anyOf",
})  # fmt: skip
DEEPEST = 40
MOST = 100_000

Fragment = dict[str, object]


def write(schema: Schema, name: str) -> str:
    """Write a schema; a column of which nobody has said whether it may be absent was always there."""
    return plain.written({
        "$schema": DRAFT,
        "title": name,
        "type": "object",
        "properties": {column.name: _property(column) for column in schema},
        "required": [column.name for column in schema if column.required is not False],
    })  # fmt: skip


def read(text: str) -> Schema:
    """Read a schema.

    Raises:
        TypeError, ValueError: it says what a table cannot be; with the column.

    """
    root = plain.document(text)
    row = _Resolver(root).resolved(root, "the document")
    properties = plain.mapping(row.get("properties"), "properties")
    required = frozenset(plain.scalars(row.get("required"), "required") or ())
    return tuple(_column(name, plain.mapping(one, name), required=name in required) for name, one in properties.items())


def _property(column: SchemaColumn) -> Fragment:
    kind = known(column.type)
    made = _fragment(kind)
    if _kind(made) != kind:
        made[TYPE] = column.type
    enum = column.enum if column.enum is not None else kind.values if isinstance(kind, Enum) else None
    if enum is not None:
        made["enum"] = [*enum, *([None] if column.nullable else [])]
    if column.min_length is not None:
        made["minLength"] = column.min_length
    if column.max_length is not None:
        made["maxLength"] = column.max_length
    if column.nullable:
        if "type" in made:
            made["type"] = [made["type"], "null"]
        elif "anyOf" in made:
            made["anyOf"] = [*plain.items(made["anyOf"], "anyOf"), {"type": "null"}]
    elif not made.keys() & {"type", "anyOf"}:
        made["not"] = {"type": "null"}
    return made


def _fragment(kind: Type) -> Fragment:
    """Return JSON Schema's own words for a type."""
    match kind:
        case Plain(name) if name in INTEGERS:
            return {"type": "integer"}
        case Plain(name) if name in FLOATS:
            return {"type": "number"}
        case Decimal():
            return {"type": "number"}
        case Plain("BOOLEAN"):
            return {"type": "boolean"}
        case Plain("BLOB"):
            return {"type": "string", "contentEncoding": "base64"}
        case Plain("JSON" | '"NULL"'):
            return {}
        case Plain(name) if name in MOMENTS:
            return {"type": "string", "format": "date-time"}
        case Plain(name) if name in FORMATS:
            return {"type": "string", "format": FORMATS[name]}
        case List(element, None):
            return {"type": "array", "items": _fragment(element)}
        case List(element, size):
            return {"type": "array", "items": _fragment(element), "minItems": size, "maxItems": size}
        case Struct(fields):
            return {"type": "object", "properties": {name: _fragment(inner) for name, inner in fields}}
        case Map(_, value):
            return {"type": "object", "additionalProperties": _fragment(value)}
        case Union(members):
            return {"anyOf": [_fragment(member) for _, member in members]}
    return {"type": "string"}


def _kind(fragment: Mapping[str, object], depth: int = 0) -> Type:
    """Return the type that the words of a fragment are."""
    if depth > DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    if "anyOf" in fragment:
        inner = [_kind(plain.mapping(one, "anyOf"), depth + 1) for one in plain.items(fragment["anyOf"], "anyOf")]
        return Union(tuple((f"member{number}", one) for number, one in enumerate(inner, 1)))
    match fragment.get("type"):
        case None:
            return Plain("JSON")
        case "array":
            size = plain.whole(fragment.get("minItems"), "minItems")
            fixed = size if size is not None and size == fragment.get("maxItems") else None
            return List(_kind(plain.mapping(fragment.get("items", {}), "items"), depth + 1), fixed)
        case "object" if fragment.get("properties"):
            fields = plain.mapping(fragment["properties"], "properties")
            return Struct(tuple((name, _kind(plain.mapping(field, name), depth + 1)) for name, field in fields.items()))
        case "object" if isinstance(fragment.get("additionalProperties"), dict):
            value = plain.mapping(fragment["additionalProperties"], "additionalProperties")
            return Map(Plain("VARCHAR"), _kind(value, depth + 1))
        case "object":
            return Plain("JSON")
        case "string" if fragment.get("contentEncoding") == "base64":
            return Plain("BLOB")
        case "string":
            return Plain(BY_FORMAT.get(str(fragment.get("format")), "VARCHAR"))
        case str(word) if word in BY_TYPE:
            return Plain(BY_TYPE[word])
        case word:
            raise ValueError(f"the type {word!r} is not a type of a column")


class _Resolver:
    """Puts in its place whatever a document refers to within itself."""

    def __init__(self, root: Mapping[str, object]) -> None:
        self._root = root
        self._left = MOST

    def resolved(self, fragment: Mapping[str, object], what: str, depth: int = 0) -> Fragment:
        """Return a fragment without references, down to its leaves."""
        self._left -= 1
        if depth > DEEPEST or not self._left:
            raise ValueError(f"{what} is nested too deep, or refers to itself")
        schema = dict(fragment)
        if "$ref" in schema:
            target = self._target(plain.text(schema.pop("$ref"), "$ref"), what)
            schema = {**self.resolved(target, what, depth + 1), **schema}
        if "oneOf" in schema:
            schema["anyOf"] = schema.pop("oneOf")
        if "anyOf" in schema:
            members = plain.items(schema["anyOf"], f"{what}: anyOf")
            schema["anyOf"] = [self.resolved(plain.mapping(member, what), what, depth + 1) for member in members]
        for word in ("items", "additionalProperties"):
            if isinstance(schema.get(word), dict):
                schema[word] = self.resolved(plain.mapping(schema[word], word), what, depth + 1)
        if "properties" in schema:
            inner = plain.mapping(schema["properties"], f"{what}: properties")
            schema["properties"] = {
                name: self.resolved(plain.mapping(one, name), name, depth + 1) for name, one in inner.items()
            }
        return schema

    def _target(self, reference: str, what: str) -> Mapping[str, object]:
        if not reference.startswith("#"):
            raise ValueError(f"{what} refers to another document")
        target: object = self._root
        for word in reference.removeprefix("#").split("/")[1:]:
            target = plain.mapping(target, reference).get(word.replace("~1", "/").replace("~0", "~"))
        return plain.mapping(target, reference)


def _column(name: str, told: Mapping[str, object], *, required: bool) -> SchemaColumn:
    fragment, nullable = _without_null(told, name)
    try:
        kind = _kind(fragment)
        own = parse(str(fragment[TYPE])) if TYPE in fragment else None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if own is not None and _fragment(own) == {word: fragment[word] for word in fragment if word in TELLING}:
        kind = own
    enum: tuple[Scalar, ...] | None = None
    if "enum" in fragment:
        values = plain.items(fragment["enum"], "enum")
        nullable = nullable and None in values
        enum = plain.scalars([value for value in values if value is not None], "enum")
    if isinstance(kind, Enum) and enum == kind.values:
        enum = None
    return SchemaColumn(
        name=name,
        type=name_of(kind),
        nullable=nullable,
        required=required,
        enum=enum,
        min_length=plain.whole(fragment.get("minLength"), "minLength"),
        max_length=plain.whole(fragment.get("maxLength"), "maxLength"),
    )


def _without_null(fragment: Mapping[str, object], name: str) -> tuple[Fragment, bool]:
    """Return a fragment without the null that it allows, and whether it does."""
    kinds = fragment.get("type")
    if isinstance(kinds, list):
        others = [kind for kind in kinds if kind != "null"]
        if len(others) != 1:
            raise ValueError(f"{name} has several types")
        return {**fragment, "type": others[0]}, len(others) < len(kinds)
    if "anyOf" in fragment:
        members = [plain.mapping(one, "anyOf") for one in plain.items(fragment["anyOf"], "anyOf")]
        others = [member for member in members if member.get("type") != "null"]
        rest = {key: value for key, value in fragment.items() if key != "anyOf"}
        nullable = len(others) < len(members)
        if len(others) == 1 and TYPE not in fragment:
            return {**others[0], **rest}, nullable
        return {**rest, "anyOf": [dict(other) for other in others]}, nullable
    return dict(fragment), kinds is None and "not" not in fragment
