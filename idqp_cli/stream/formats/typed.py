"""Messages with a schema in a registry, in Confluent's wire format: a zero, the number of the schema, the content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Protocol
from uuid import UUID

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.text import clean
from idqp_cli.ingest.files import TableColumn
from idqp_cli.ingest.typed_messages import ROW, WHY
from idqp_cli.schemas.types import Map, Plain
from idqp_cli.stream.about import About, cells
from idqp_cli.stream.feed import Message
from idqp_cli.stream.formats.schema_columns import TEXT, Field, table
from idqp_cli.stream.registry import Registered, Registry

HEAD = 5
BEFORE, AFTER, END = f'{{"{ROW}":'.encode(), b"}", "}"
ABOUT: Mapping[About, Field] = {
    About.KEY: Field("kafka_key", TEXT, nullable=True),
    About.HEADERS: Field("kafka_headers", Map(TEXT, TEXT)),
    About.TIMESTAMP: Field("kafka_timestamp", Plain("TIMESTAMP WITH TIME ZONE"), nullable=True),
    About.PARTITION: Field("kafka_partition", Plain("INTEGER")),
    About.OFFSET: Field("kafka_offset", Plain("BIGINT")),
}


class Schema(Protocol):
    """A schema that messages have."""

    @property
    def fields(self) -> Sequence[Field]:
        """The columns."""

    def decoder(self) -> Callable[[bytes], Mapping[str, object]]:
        """Return what reads the bytes of a message; an exception of any kind says that they are none."""


class Unread(Exception):  # noqa: N818 - it is a finding, and no error of the program
    """Why a message is no row."""


# Reads a schema of the registry into that of the messages whose content begins with the second, which it shortens.
Read = Callable[[Registered, bytes], tuple[object, Callable[[], Schema], bytes]]


class TypedForm:
    """Messages with a schema; `kind` is what the registry calls schemas of this format, `read` reads one of them."""

    ending = ".messages.jsonl"
    header = b""

    def __init__(self, registry: Registry, kind: str, read: Read, about: Sequence[About]) -> None:
        """Ask `registry` for schemas."""
        self._registry, self._kind, self._read, self._about = registry, kind, read, tuple(about)
        self._decoders: dict[tuple[int, object], tuple[Sequence[Field], Callable[[bytes], Mapping[str, object]]]] = {}
        self._used: set[tuple[int, object]] = set()
        self._last: tuple[TableColumn, ...] = ()

    def reads(self, read: ReadOptions) -> ReadOptions:
        """Return how the file is read: as the schema says."""
        return read

    def prepare(self, messages: Sequence[Message]) -> None:
        """Ask for the schemas of messages. Raises WaitError: the registry does not answer."""
        heads = {value[:HEAD] for one in messages if (value := one.value()) is not None}
        for head in heads:
            if len(head) == HEAD and head[0] == 0:
                self._registry.schema(int.from_bytes(head[1:]))

    def at_once(self, values: Sequence[bytes | None]) -> bytes | None:
        """Ask for each message by itself."""
        del values
        return None

    def value(self, message: Message, column: str) -> object:
        """Return what a message has in a column."""
        try:
            return self._decoded(message.value() or b"").get(column)
        except Unread:
            return None

    def fresh(self) -> TypedForm:
        """Return the format for another batch; what is known of schemas is shared."""
        other = copy(self)
        other.begin()
        return other

    def begin(self) -> None:
        """Begin a batch."""
        self._used = set()

    def columns(self) -> tuple[TableColumn, ...] | None:
        """Return the columns of all schemas that messages had; of those before, if no message had one."""
        schemas = [self._decoders[one][0] for one in sorted(self._used, key=lambda one: (-one[0], str(one[1])))]
        if schemas:
            about = [ABOUT[one] for one in self._about]
            self._last = table([(*about, *fields) for fields in schemas])
        return self._last

    def line(self, message: Message) -> bytes | None:
        """Return a message as a line of JSON, or why it is no row."""
        value = message.value()
        if value is None:
            return None
        try:
            row = self._decoded(value)
            if self._about:
                row = {**dict(cells(message, self._about)), **row}
            return BEFORE + _json(row) + AFTER
        except Unread as error:
            return json.dumps({WHY: str(error)}).encode()

    def _decoded(self, value: bytes) -> Mapping[str, object]:
        if value[:1] != b"\0" or len(value) < HEAD:
            raise Unread("without the number of a schema")
        number = int.from_bytes(value[1:HEAD])
        registered = self._registry.schema(number)
        if registered is None:
            raise Unread(f"of schema {number}, which the registry does not have")
        if registered.kind != self._kind:
            raise Unread(f"of schema {number}, which is {clean(registered.kind, 20)}")
        try:
            which, schema, content = self._read(registered, value[HEAD:])
        except Exception:  # noqa: BLE001 - bytes may be wrong in every way
            raise Unread(f"not as schema {number} says") from None
        place = (number, which)
        known = self._decoders.get(place)
        if known is None:
            known = self._decoders[place] = self._learnt(number, schema)
        try:
            row = known[1](content)
        except Exception:  # noqa: BLE001 - bytes may be wrong in every way
            raise Unread(f"not as schema {number} says") from None
        self._used.add(place)
        return row

    def _learnt(
        self, number: int, schema: Callable[[], Schema]
    ) -> tuple[Sequence[Field], Callable[[bytes], Mapping[str, object]]]:
        try:
            found = schema()
            return found.fields, found.decoder()
        except IndexError:
            raise Unread(f"of a message that schema {number} does not have") from None
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableError(f"schema {number} of the registry cannot be used: {clean(str(error), 200)}") from None


def _json(row: Mapping[str, object]) -> bytes:
    try:
        return json.dumps(row, default=_plain, allow_nan=False).encode()
    except ValueError:
        return json.dumps(_finite(row), default=_plain).encode()


def _plain(value: object) -> object:
    """Return a value that JSON does not have as the text that DuckDB reads as the same value."""
    match value:
        case bytes():
            return "".join(f"\\x{one:02X}" for one in value)
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal() | UUID():
            return format(value, "f") if isinstance(value, Decimal) else str(value)
    raise TypeError(type(value).__name__)


def _finite(value: object) -> object:
    """Return a value in which numbers that JSON does not have are texts."""
    match value:
        case float() if not isfinite(value):
            return str(value)
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
    return value
