"""The columns of messages that have schemas, as one table of all schemas of a batch; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from idqp_cli.core.frozen import frozen
from idqp_cli.ingest.files import TableColumn
from idqp_cli.schemas.types import Decimal, List, Map, Plain, Struct, Type, write
from idqp_cli.schemas.widening import holds, rounds

TEXT = Plain("VARCHAR")
MOST_DIGITS = 38


@frozen
class Field:
    """A column of a schema: its type, whether a value may be missing, and the texts that it is limited to."""

    name: str
    type: Type
    nullable: bool = False
    enum: tuple[str, ...] | None = None


def table(schemas: Sequence[Iterable[Field]]) -> tuple[TableColumn, ...]:
    """Return the columns of messages of several schemas, the newest first: all of them, each as the widest has it.

    Where no type holds the values of the other, the column is text.
    """
    found: dict[str, Field] = {}
    for number, schema in enumerate(schemas):
        own = {field.name: field for field in schema}
        for name, field in own.items():
            known = found.get(name)
            if known is not None:
                found[name] = _both(known, field)
            else:
                found[name] = replace(field, nullable=field.nullable or number > 0)
        for name in found.keys() - own.keys():
            found[name] = replace(found[name], nullable=True)
    return tuple(
        TableColumn(one.name, write(one.type), one.nullable, one.name, enum=one.enum) for one in found.values()
    )


def decimal(width: int, scale: int) -> Type:
    """Return the type of decimal numbers: text, where DuckDB has none that is as wide."""
    return Decimal(width, scale) if 0 < width <= MOST_DIGITS and 0 <= scale <= width else TEXT


def struct(fields: Sequence[tuple[str, Type]]) -> Type:
    """Return the type of a nested record: text, where it has no field, or two whose names differ only in case."""
    names = {name.casefold() for name, _ in fields}
    return Struct(tuple(fields)) if fields and len(names) == len(fields) else TEXT


def merged(one: Type, other: Type) -> Type:
    """Return the type that holds the values of both: text, if none else does."""
    match one, other:
        case _ if one == other:
            return one
        case Struct(fields), Struct(others):
            theirs, mine = dict(others), dict(fields)
            own = [(name, merged(kind, theirs[name]) if name in theirs else kind) for name, kind in fields]
            return struct([*own, *((name, kind) for name, kind in others if name not in mine)])
        case List(element, None), List(another, None):
            return List(merged(element, another))
        case Map(key, value), Map(another, its):
            return Map(merged(key, another), merged(value, its))
        case Decimal(width, scale), Decimal(digits, behind):
            most = max(scale, behind)
            return decimal(max(width - scale, digits - behind) + most, most)
    for wide, narrow in ((one, other), (other, one)):
        if isinstance(wide, Plain | Decimal) and holds(wide, narrow) and not rounds(wide, narrow):
            # Bytes are written so that text of them is not the text that they may be.
            return TEXT if wide == Plain("BLOB") else wide
    return TEXT


def _both(one: Field, other: Field) -> Field:
    enum = None if one.enum is None or other.enum is None else tuple(dict.fromkeys((*one.enum, *other.enum)))
    return Field(one.name, merged(one.type, other.type), one.nullable or other.nullable, enum)
