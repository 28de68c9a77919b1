"""DuckDB's types as trees: read from their names, and written as DuckDB writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from idqp_cli.core.frozen import frozen

# Names that people and other systems have for DuckDB's types.
ALIASES: Mapping[str, str] = {
    "INT": "INTEGER", "INT4": "INTEGER", "SIGNED": "INTEGER", "INT8": "BIGINT", "LONG": "BIGINT", "INT2": "SMALLINT",
    "SHORT": "SMALLINT", "INT1": "TINYINT", "INT128": "HUGEINT", "REAL": "FLOAT", "FLOAT4": "FLOAT", "FLOAT8": "DOUBLE",
    "BOOL": "BOOLEAN", "LOGICAL": "BOOLEAN", "TEXT": "VARCHAR", "STRING": "VARCHAR", "CHAR": "VARCHAR",
    "BPCHAR": "VARCHAR", "DATETIME": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "BYTEA": "BLOB",
    "TIMETZ": "TIME WITH TIME ZONE", "TIMESTAMP_US": "TIMESTAMP", "BINARY": "BLOB", "VARBINARY": "BLOB",
    "DOUBLE PRECISION": "DOUBLE", "CHARACTER VARYING": "VARCHAR", "CHARACTER": "VARCHAR", "NVARCHAR": "VARCHAR",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP", "TIME WITHOUT TIME ZONE": "TIME",
}  # fmt: skip
DECIMALS = frozenset({"DECIMAL", "NUMERIC", "DEC"})
# The type of a column of which no cell has been seen.
UNKNOWN = '"NULL"'
DEEPEST = 64

TOKEN = re.compile(r"""\s*(?:("(?:[^"]|"")*")|('(?:[^']|'')*')|(\d+)|(\w+)|([()\[\],]))""")
PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@frozen
class Plain:
    """A type that is its name."""

    name: str


@frozen
class Decimal:
    """Decimal numbers of `width` digits, `scale` of them behind the point."""

    width: int
    scale: int


@frozen
class Enum:
    """One of a few texts."""

    values: tuple[str, ...]


@frozen
class List:
    """Any number of elements, or `size` of them."""

    element: Type
    size: int | None = None


@frozen
class Struct:
    """Named fields, each with a type."""

    fields: tuple[tuple[str, Type], ...]


@frozen
class Map:
    """Values by key."""

    key: Type
    value: Type


@frozen
class Union:
    """A value of one of several types, each under a name."""

    members: tuple[tuple[str, Type], ...]


Type = Plain | Decimal | Enum | List | Struct | Map | Union
Item = TypeVar("Item")


@lru_cache(maxsize=8192)
def parse(text: str) -> Type:
    """Read the name of a type, in any case and by any of its aliases.

    Raises:
        ValueError: it is not the name of a type.

    """
    reader = _Reader(text)
    kind = reader.type(0)
    reader.end()
    return kind


@lru_cache(maxsize=8192)
def known(text: str) -> Type:
    """Read the name of a type; one that cannot be read is compared as the text it is."""
    try:
        return parse(text)
    except ValueError:
        return Plain(text)


def canonical(text: str) -> str:
    """Write the name of a type as DuckDB does.

    Raises:
        ValueError: it is not the name of a type.

    """
    return write(parse(text))


def write(kind: Type) -> str:
    """Write a type as DuckDB does."""
    match kind:
        case Plain(name):
            return name
        case Decimal(width, scale):
            return f"DECIMAL({width},{scale})"
        case Enum(values):
            return f"ENUM({', '.join(_quoted(value) for value in values)})"
        case List(element, size):
            return f"{write(element)}[{'' if size is None else size}]"
        case Struct(fields):
            return f"STRUCT({_members(fields)})"
        case Map(key, value):
            return f"MAP({write(key)}, {write(value)})"
        case Union(members):
            return f"UNION({_members(members)})"


def _members(members: tuple[tuple[str, Type], ...]) -> str:
    return ", ".join(f"{_name(name)} {write(kind)}" for name, kind in members)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return name if PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


class _Reader:
    """The words of a type's name, read from left to right."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            match = TOKEN.match(text, position)
            if match is None:
                raise ValueError("it is not the name of a type")
            self._words.append(match[0].strip())
            position = match.end()
        self._at = 0

    def type(self, depth: int) -> Type:
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")
        kind = self._outermost(depth)
        while self._next() == "[":
            self._take()
            size = int(self._take()) if self._next().isdecimal() else None
            self._expect("]")
            kind = List(kind, size)
        return kind

    def end(self) -> None:
        if self._next():
            raise ValueError("it is not the name of a type")

    def _outermost(self, depth: int) -> Type:
        word = self._take()
        if word == UNKNOWN:
            return Plain(UNKNOWN)
        name = word.upper()
        match name:
            case "STRUCT" | "ROW":
                return Struct(self._listed(lambda: (self._field(), self.type(depth + 1))))
            case "UNION":
                return Union(self._listed(lambda: (self._field(), self.type(depth + 1))))
            case "ENUM":
                return Enum(self._listed(self._text))
            case "MAP":
                parts = self._listed(lambda: self.type(depth + 1))
                if len(parts) != 2:
                    raise ValueError("a MAP has a type of keys and one of values")
                return Map(*parts)
            case "LIST":
                (element,) = self._listed(lambda: self.type(depth + 1))
                return List(element)
        if not word[:1].isalpha() and word[:1] != "_":
            raise ValueError("it is not the name of a type")
        return self._plain(name)

    def _plain(self, name: str) -> Type:
        words = [name]
        while re.fullmatch(r"[A-Za-z_]\w*", self._next()):
            words.append(self._take().upper())
        sizes: tuple[int, ...] = ()
        if self._next() == "(":
            sizes = self._listed(self._number)
        # DATETIME(6), TIMESTAMP(3) WITH TIME ZONE
        while re.fullmatch(r"[A-Za-z_]\w*", self._next()):
            words.append(self._take().upper())
        name = " ".join(words)
        if name in DECIMALS:
            width, scale = (*(sizes or (18, 3)), 0)[:2]
            if not (1 <= width <= 38 and scale <= width):
                raise ValueError("a DECIMAL has 1 to 38 digits, of which some are behind the point")
            return Decimal(width, scale)
        return Plain(ALIASES.get(name, name))

    def _listed(self, item: Callable[[], Item]) -> tuple[Item, ...]:
        self._expect("(")
        items = [item()]
        while self._next() == ",":
            self._take()
            items.append(item())
        self._expect(")")
        return tuple(items)

    def _field(self) -> str:
        word = self._take()
        if word.startswith('"'):
            return word[1:-1].replace('""', '"')
        if not re.fullmatch(r"\w+", word):
            raise ValueError("a field has no name")
        return word

    def _text(self) -> str:
        word = self._take()
        if not word.startswith("'"):
            raise ValueError("the values of an ENUM are texts in quotes")
        return word[1:-1].replace("''", "'")

    def _number(self) -> int:
        word = self._take()
        if not word.isdecimal() or len(word) > 9:
            raise ValueError("a size is a whole number")
        return int(word)

    def _next(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _take(self) -> str:
        word = self._next()
        if not word:
            raise ValueError("it is not the name of a type")
        self._at += 1
        return word

    def _expect(self, word: str) -> None:
        if self._take() != word:
            raise ValueError("it is not the name of a type")
