"""Frictionless Table Schema (Data Package v2).

Its `required` means that a cell may not be missing; a column that is in the
schema is always in the table.
"""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.model import Scalar
from idqp_cli.schemas.formats import plain
from idqp_cli.schemas.schema import Schema, SchemaColumn
from idqp_cli.schemas.types import Decimal, Enum, List, Map, Plain, Struct, Type, known, parse
from idqp_cli.schemas.types import write as name_of
from idqp_cli.schemas.widening import FLOATS, INTEGERS

PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
TYPE = "idqp:type"
# From a type and a format of Frictionless to ours; without a format, the type's default.
KINDS: Mapping[tuple[str, str | None], str] = {
    ("string", None): "VARCHAR", ("string", "uuid"): "UUID", ("string", "binary"): "BLOB", ("integer", None): "BIGINT",
    ("number", None): "DOUBLE", ("boolean", None): "BOOLEAN", ("date", None): "DATE", ("time", None): "TIME",
    ("datetime", None): "TIMESTAMP", ("year", None): "BIGINT", ("yearmonth", None): "VARCHAR",
    ("duration", None): "INTERVAL", ("object", None): "JSON", ("array", None): "JSON", ("list", None): "VARCHAR",
    ("geopoint", None): "VARCHAR", ("geojson", None): "JSON", ("any", None): "VARCHAR",
}  # fmt: skip
WORDS: Mapping[str, tuple[str, str | None]] = {
    "UUID": ("string", "uuid"), "BLOB": ("string", "binary"), "BOOLEAN": ("boolean", None), "DATE": ("date", None),
    "TIME": ("time", None), "TIMESTAMP": ("datetime", None), "TIMESTAMP_S": ("datetime", None),
    "TIMESTAMP_MS": ("datetime", None), "TIMESTAMP_NS": ("datetime", None),
    "TIMESTAMP WITH TIME ZONE": ("datetime", None), "INTERVAL": ("duration", None), "JSON": ("object", None),
    '"NULL"': ("any", None),
}  # fmt: skip


def write(schema: Schema, name: str) -> str:
    """Write a schema."""
    return plain.written({"$schema": PROFILE, "name": name, "fields": [_field(column) for column in schema]})


def read(text: str) -> Schema:
    """Read a schema; a data package with one resource is its schema.

    Raises:
        TypeError, ValueError: it says what a table cannot be; with the column.

    """
    root = plain.document(text)
    if "resources" in root:
        resources = plain.items(root["resources"], "resources")
        if len(resources) != 1:
            raise ValueError(f"the package has {len(resources)} resources; give the schema of one")
        root = plain.mapping(plain.mapping(resources[0], "the resource").get("schema"), "its schema")
    keys = root.get("primaryKey", [])
    key = {str(name) for name in (keys if isinstance(keys, list) else [keys])}
    fields = [plain.mapping(field, "a field") for field in plain.items(root.get("fields"), "fields")]
    return tuple(_column(field, key) for field in fields)


def _field(column: SchemaColumn) -> dict[str, object]:
    kind = known(column.type)
    word, form = _words(kind)
    enum = column.enum if column.enum is not None else kind.values if isinstance(kind, Enum) else None
    constraints: dict[str, object] = {} if column.nullable else {"required": True}
    constraints |= {} if enum is None else {"enum": list(enum)}
    constraints |= {} if column.min_length is None else {"minLength": column.min_length}
    constraints |= {} if column.max_length is None else {"maxLength": column.max_length}
    return {
        "name": column.name,
        "type": word,
        **({} if form is None else {"format": form}),
        **({"constraints": constraints} if constraints else {}),
        **({} if Plain(KINDS[word, form]) == kind else {TYPE: column.type}),
    }


def _words(kind: Type) -> tuple[str, str | None]:
    match kind:
        case Plain(name) if name in INTEGERS:
            return "integer", None
        case Plain(name) if name in FLOATS:
            return "number", None
        case Plain(name):
            return WORDS.get(name, ("string", None))
        case Decimal():
            return "number", None
        case List():
            return "array", None
        case Struct() | Map():
            return "object", None
    return "string", None


def _column(field: Mapping[str, object], key: set[str]) -> SchemaColumn:
    name = plain.text(field.get("name"), "the name of a field")
    word = plain.text(field.get("type", "any"), f"{name}: type")
    form = None if field.get("format") is None else str(field["format"])
    told = (word, form) if (word, form) in KINDS else (word, None)
    if told not in KINDS:
        raise ValueError(f"{name}: the type '{word}' is unknown")
    kind: Type = Plain(KINDS[told])
    if TYPE in field:
        own = parse(plain.text(field[TYPE], f"{name}: {TYPE}"))
        kind = own if _words(own) == told else kind
    constraints = plain.mapping(field.get("constraints", {}), f"{name}: constraints")
    enum: tuple[Scalar, ...] | None = plain.scalars(constraints.get("enum"), f"{name}: enum")
    return SchemaColumn(
        name=name,
        type=name_of(kind),
        nullable=not plain.flag(constraints.get("required"), f"{name}: required") and name not in key,
        required=True,
        enum=None if isinstance(kind, Enum) and enum == kind.values else enum,
        min_length=plain.whole(constraints.get("minLength"), f"{name}: minLength"),
        max_length=plain.whole(constraints.get("maxLength"), f"{name}: maxLength"),
    )
