"""Avro: a schema as columns, and messages as rows.

https://avro.apache.org/docs/1.12.0/specification/
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from fastavro import parse_schema, schemaless_reader

from idqp_cli.schemas.types import List, Map, Plain, Type
from idqp_cli.stream.formats.schema_columns import TEXT, Field, decimal, merged, struct

PLAIN = {
    "boolean": "BOOLEAN", "int": "INTEGER", "long": "BIGINT", "float": "FLOAT", "double": "DOUBLE", "bytes": "BLOB",
    "string": "VARCHAR", "fixed": "BLOB",
}  # fmt: skip
LOGICAL = {
    ("int", "date"): "DATE", ("int", "time-millis"): "TIME", ("long", "time-micros"): "TIME",
    ("string", "uuid"): "UUID",
    ("long", "timestamp-millis"): "TIMESTAMP WITH TIME ZONE", ("long", "timestamp-micros"): "TIMESTAMP WITH TIME ZONE",
    ("long", "local-timestamp-millis"): "TIMESTAMP", ("long", "local-timestamp-micros"): "TIMESTAMP",
}  # fmt: skip
NULL = "null"
# The name of the column of a schema that is no record.
VALUE = "value"
MOST_LEVELS = 64


class AvroSchema:
    """A schema of Avro. What is wrong with it is a ValueError."""

    def __init__(self, text: str, references: tuple[tuple[str, str], ...]) -> None:
        """Read a schema, and before it those that it refers to."""
        named: dict[str, Any] = {}
        try:
            for _, other in references:
                parse_schema(json.loads(other), named)
            self._parsed = cast("Any", parse_schema(json.loads(text), named))
        except Exception as error:  # noqa: BLE001 - fastavro has several kinds, and a schema may be any JSON
            raise ValueError(type(error).__name__) from None
        self._named, self._open = named, list[str]()
        record = self._resolved(self._parsed)
        self._is_record = isinstance(record, dict) and record.get("type") in {"record", "error"}
        own = record["fields"] if self._is_record else [{"name": VALUE, "type": self._parsed}]
        if self._is_record:
            self._open.append(str(record.get("name")))
        self.fields = tuple(self._field(str(one["name"]), one["type"]) for one in own)

    def decoder(self) -> Callable[[bytes], Mapping[str, object]]:
        """Return what reads the bytes of a message; an exception of any kind says that they are none."""
        parsed, alone = self._parsed, not self._is_record

        def decoded(content: bytes) -> Mapping[str, object]:
            stream = io.BytesIO(content)
            found = cast("Any", schemaless_reader)(stream, parsed)
            if stream.tell() != len(content):
                raise ValueError("bytes are left")
            return {VALUE: found} if alone else cast("Mapping[str, object]", found)

        return decoded

    def _field(self, name: str, schema: object) -> Field:
        kind, nullable = self._kind(schema)
        options = [one for one in schema if one != NULL] if isinstance(schema, list) else [schema]
        enum = self._resolved(options[0]) if len(options) == 1 else None
        texts = tuple(enum["symbols"]) if isinstance(enum, dict) and enum.get("type") == "enum" else None
        return Field(name, kind, nullable, texts)

    def _resolved(self, schema: Any) -> Any:  # noqa: ANN401 - a schema is JSON
        return self._named.get(schema, schema) if isinstance(schema, str) else schema

    def _kind(self, schema: object) -> tuple[Type, bool]:
        """Return the type of a schema, and whether it may be null."""
        schema = self._resolved(schema)
        if isinstance(schema, list):
            branches = [self._kind(one)[0] for one in schema if one != NULL]
            kind = branches[0] if branches else TEXT
            for one in branches[1:]:
                kind = merged(kind, one)
            return kind, NULL in schema
        if isinstance(schema, str):
            return (TEXT, True) if schema == NULL else (Plain(PLAIN.get(schema, "VARCHAR")), False)
        return self._complex(cast("Mapping[str, Any]", schema)), schema.get("type") == NULL  # type: ignore[attr-defined]

    def _complex(self, schema: Mapping[str, Any]) -> Type:
        base = schema["type"]
        if isinstance(base, dict | list):
            return self._kind(base)[0]
        logical = schema.get("logicalType")
        if logical == "decimal" and base in {"bytes", "fixed"}:
            return decimal(int(schema.get("precision", 0)), int(schema.get("scale", 0)))
        if (named := LOGICAL.get((str(base), str(logical)))) is not None:
            return Plain(named)
        match base:
            case "array":
                return List(self._kind(schema["items"])[0])
            case "map":
                return Map(TEXT, self._kind(schema["values"])[0])
            case "record" | "error":
                return self._record(schema)
        return self._kind(base)[0] if base in self._named else Plain(PLAIN.get(str(base), "VARCHAR"))

    def _record(self, schema: Mapping[str, Any]) -> Type:
        """Return the type of a record; of one in itself, text: no type of DuckDB is endless."""
        name = str(schema.get("name"))
        if name in self._open or len(self._open) >= MOST_LEVELS:
            return TEXT
        self._open.append(name)
        try:
            return struct([(str(one["name"]), self._kind(one["type"])[0]) for one in schema["fields"]])
        finally:
            self._open.pop()
