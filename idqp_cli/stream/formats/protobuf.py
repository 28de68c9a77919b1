"""Protobuf: a compiled schema of the registry as columns, and messages as rows.

https://protobuf.dev
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor

from idqp_cli.schemas.types import List, Map, Plain, Type
from idqp_cli.stream.formats.schema_columns import TEXT, Field, struct

NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: "INTEGER", FieldDescriptor.CPPTYPE_INT64: "BIGINT",
    FieldDescriptor.CPPTYPE_UINT32: "UINTEGER", FieldDescriptor.CPPTYPE_UINT64: "UBIGINT",
    FieldDescriptor.CPPTYPE_DOUBLE: "DOUBLE", FieldDescriptor.CPPTYPE_FLOAT: "FLOAT",
    FieldDescriptor.CPPTYPE_BOOL: "BOOLEAN",
}  # fmt: skip
GOOGLE = "google.protobuf."
WRAPPERS = frozenset(
    f"{GOOGLE}{name}Value"
    for name in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)
# As json_format writes them, they are no objects of a fixed shape.
AS_JSON = frozenset(f"{GOOGLE}{name}" for name in ("Any", "Struct", "Value", "ListValue", "Duration", "FieldMask"))
DECIMAL = "confluent.type.Decimal"
TIMESTAMP, DATE = f"{GOOGLE}Timestamp", "google.type.Date"
MOST_LEVELS = 64
Get = Callable[[Any], object]


class ProtobufSchemas:
    """The messages of a file of the registry, with those that it imports. What is wrong with them is a ValueError."""

    def __init__(self, text: str, references: Sequence[tuple[str, str]]) -> None:
        """Read a file as the registry compiles it, `format=serialized`."""
        pool = descriptor_pool.DescriptorPool()
        for name, other in references:
            _add(pool, other, name)
        self._file = _add(pool, text, "idqp/message.proto")

    def message(self, path: Sequence[int]) -> Descriptor:
        """Return the message of these indexes: the first in the file, each other in the one before."""
        found = list(self._file.message_types_by_name.values())[path[0]]
        for index in path[1:]:
            found = found.nested_types[index]
        return found


class ProtobufSchema:
    """A message of Protobuf as columns."""

    def __init__(self, message: Descriptor) -> None:
        """Take a message's fields as columns."""
        self._class = message_factory.GetMessageClass(message)
        self._reading = _Fields(message, ())
        self.fields = self._reading.columns

    def decoder(self) -> Callable[[bytes], Mapping[str, object]]:
        """Return what reads the bytes of a message; an exception of any kind says that they are none."""
        made, read = self._class, self._reading.read

        def decoded(content: bytes) -> Mapping[str, object]:
            message = made()
            message.ParseFromString(content)
            if not message.IsInitialized():
                raise ValueError("a required field is missing")
            return read(message)

        return decoded


def indexes(content: bytes) -> tuple[tuple[int, ...], bytes]:
    """Split off which message of its file it is: a count and so many indexes, zigzag; a zero means the first."""
    many, at = _zigzag(content, 0)
    if many < 0 or many > MOST_LEVELS:
        raise ValueError("no indexes of a message")
    found = []
    for _ in range(many):
        one, at = _zigzag(content, at)
        if one < 0:
            raise ValueError("no indexes of a message")
        found.append(one)
    return tuple(found) or (0,), content[at:]


def _zigzag(content: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while True:
        one = content[at]
        found |= (one & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if one < 0x80:
            return (found >> 1) ^ -(found & 1), at
        if shift > 63:
            raise ValueError("no number")


def _add(pool: descriptor_pool.DescriptorPool, text: str, name: str) -> FileDescriptor:
    file = descriptor_pb2.FileDescriptorProto()
    try:
        file.ParseFromString(base64.b64decode(text, validate=True))
    except ValueError:
        raise ValueError("the registry has its text, but does not compile it (format=serialized)") from None
    except Exception as error:  # noqa: BLE001 - protobuf's own errors are of a class that its versions move
        raise ValueError(type(error).__name__) from None
    file.name = name
    for one in file.dependency:
        if one.startswith("google/protobuf/"):
            _add_known(pool, one)
    try:
        pool.Add(file)
        return cast("FileDescriptor", pool.FindFileByName(name))
    except Exception as error:  # noqa: BLE001 - an import that is not there, a name twice
        raise ValueError(str(error).splitlines()[0] if str(error) else type(error).__name__) from None


def _add_known(pool: descriptor_pool.DescriptorPool, name: str) -> None:
    """Add a file that comes with Protobuf itself."""
    from importlib import import_module  # noqa: PLC0415 - only a file that imports another has to pay

    module = name.removesuffix(".proto").replace("/", ".")
    if not module.replace(".", "").replace("_", "").isalnum():
        raise ValueError(f"no file {name}")
    try:
        known = import_module(f"{module}_pb2").DESCRIPTOR
    except ImportError:
        raise ValueError(f"no file {name}") from None
    for one in known.dependencies:
        _add_known(pool, one.name)
    pool.AddSerializedFile(known.serialized_pb)


class _Fields:
    """How the fields of a message are read: a column and a function for each."""

    def __init__(self, message: Descriptor, inside: tuple[str, ...]) -> None:
        inside = (*inside, message.full_name)
        self.columns: list[Field] = []
        self._gets: list[tuple[str, bool, Get]] = []
        for field in message.fields:
            kind, get = _field(field, inside)
            repeated = field.is_repeated
            told = field.has_presence and not repeated
            # A message without a field that has to be there is none.
            nullable = told and not field.is_required
            enum = field.enum_type is not None and not repeated
            texts = tuple(one.name for one in field.enum_type.values) if enum else None
            self.columns.append(Field(field.name, kind, nullable, texts))
            self._gets.append((field.name, told, get))

    def read(self, message: Any) -> dict[str, object]:  # noqa: ANN401 - a message has the class of its schema
        """Return a message as a row."""
        return {
            name: None if told and not message.HasField(name) else get(getattr(message, name))
            for name, told, get in self._gets
        }


def _field(field: FieldDescriptor, inside: tuple[str, ...]) -> tuple[Type, Get]:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        key, (kind, get) = message.fields_by_name["key"], _one(message.fields_by_name["value"], inside)
        return Map(_one(key, inside)[0], kind), lambda found: {_key(name): get(one) for name, one in found.items()}
    kind, get = _one(field, inside)
    if field.is_repeated:
        return List(kind), lambda found: [get(one) for one in found]
    return kind, get


def _key(name: object) -> str:
    return str(name).lower() if isinstance(name, bool) else str(name)


def _one(field: FieldDescriptor, inside: tuple[str, ...]) -> tuple[Type, Get]:
    """Return the type of one value of a field, and what reads it."""
    if field.message_type is not None:
        return _message(field.message_type, inside)
    if field.enum_type is not None:
        names = {one.number: one.name for one in field.enum_type.values}
        return TEXT, lambda number: names.get(number, str(number))
    if field.cpp_type in NUMBERS:
        return Plain(NUMBERS[field.cpp_type]), _same
    return (Plain("BLOB") if field.type == FieldDescriptor.TYPE_BYTES else TEXT), _same


def _same(value: object) -> object:
    return value


def _message(message: Descriptor, inside: tuple[str, ...]) -> tuple[Type, Get]:
    name = message.full_name
    if name == TIMESTAMP:
        return Plain("TIMESTAMP WITH TIME ZONE"), lambda found: found.ToJsonString()
    if name in WRAPPERS:
        kind, _ = _one(message.fields_by_name["value"], inside)
        return kind, lambda found: found.value
    if name == DECIMAL:
        return TEXT, lambda found: Decimal(int.from_bytes(found.value, signed=True)).scaleb(-found.scale)
    if name in AS_JSON or name in inside or len(inside) > MOST_LEVELS:
        return TEXT, json_format.MessageToDict
    own = _Fields(message, inside)
    kind = struct([(one.name, one.type) for one in own.columns])
    return kind, own.read
