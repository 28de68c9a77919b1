"""What a schema is: an ordered list of columns; and the plain values in which a store keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Scalar


# Made by the ten thousand, which the standard decorator is the better for.
@dataclass(frozen=True)
class SchemaColumn:
    """A column of a schema.

    `type` is DuckDB's name of the type. `nullable` says that cells may be
    missing, `required` that the column itself may not; None where nobody has
    said. `enum` are the values that it may have, and the lengths those of its
    text; None where there is no bound. `text` says that the cells are text in
    the file, so that the type is how they are read; it is no part of what the
    column is.
    """

    name: str
    type: str
    nullable: bool = True
    required: bool | None = None
    enum: tuple[Scalar, ...] | None = None
    min_length: int | None = None
    max_length: int | None = None
    text: bool = field(default=False, compare=False)


Schema = tuple[SchemaColumn, ...]


@frozen
class SchemaVersion:
    """A schema with its number in the registry, `major.minor.patch`, and since when it is there."""

    version: str
    columns: Schema
    created_at: datetime | None = None
    comment: str | None = None


def as_plain(schema: Schema) -> list[dict[str, object]]:
    """Return a schema as plain values that JSON can hold; what nobody has said is left out."""
    return [
        {
            "name": column.name,
            "type": column.type,
            "nullable": column.nullable,
            **({} if column.required is None else {"required": column.required}),
            **({} if column.enum is None else {"enum": list(column.enum)}),
            **({} if column.min_length is None else {"min_length": column.min_length}),
            **({} if column.max_length is None else {"max_length": column.max_length}),
            "text": column.text,
        }
        for column in schema
    ]


def from_plain(columns: Sequence[Mapping[str, object]]) -> Schema:
    """Return the schema that `as_plain` made plain.

    Where it does not say whether the cells were text, they are taken for text:
    a type that was only read is not held against anyone.

    Raises:
        KeyError, TypeError, ValueError: it did not.

    """
    return tuple(_column(column) for column in columns)


def _column(plain: Mapping[str, object]) -> SchemaColumn:
    required, enum = plain.get("required"), plain.get("enum")
    if not isinstance(enum, list | None):
        raise TypeError("enum is not a list")
    return SchemaColumn(
        name=str(plain["name"]),
        type=str(plain["type"]),
        nullable=bool(plain.get("nullable", True)),
        required=None if required is None else bool(required),
        enum=None if enum is None else tuple(enum),
        min_length=_whole(plain.get("min_length")),
        max_length=_whole(plain.get("max_length")),
        text=bool(plain.get("text", True)),
    )


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))
