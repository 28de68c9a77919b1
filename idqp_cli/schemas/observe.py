"""The schema of data: what its columns are, with what is declared of them and what the registry knows; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column
from idqp_cli.schemas.changes import Change
from idqp_cli.schemas.compare_types import filled
from idqp_cli.schemas.schema import Schema, SchemaColumn
from idqp_cli.schemas.types import UNKNOWN, Decimal, Plain, known, write
from idqp_cli.schemas.types import known as known_type
from idqp_cli.schemas.widening import FLOATS, INTEGERS, holds

# What cells of text can be read as; a DECIMAL besides.
READABLE = frozenset({
    *INTEGERS, *FLOATS, "VARCHAR", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "UUID",
})  # fmt: skip


@frozen
class FileChanges:
    """How the columns of one file differ from those of the dataset's first."""

    file: str
    changes: tuple[Change, ...]


def observed(
    columns: Iterable[Column],
    *,
    text: bool,
    unseen: Collection[str] = (),
    declared: Schema = (),
    registered: Schema = (),
) -> Schema:
    """Return the schema of a relation, its columns in order.

    A file of `text` says nothing but names: its types are how it is read, unknown
    for the columns `unseen`, of which no cell is there. A typed file says also
    which columns have no NULL; where it has no value, and so no type, the type is
    as it is registered. All else is `declared` or, for what nobody
    declares any longer, as it is `registered`.
    """
    said, known = _by_name(declared), _by_name(registered)
    return tuple(
        _observed(column, UNKNOWN if column.name in unseen and not column.declared else column.type, text, said, known)
        for column in columns
    )


def readings(registered: Schema) -> dict[str, str]:
    """Return the types that columns of text are read as because they were before; guesses, which may widen."""
    return {column.name: column.type for column in registered if column.text and column.type != UNKNOWN}


def pinned(registered: Schema) -> dict[str, str]:
    """Return the types that columns of text are read as because a typed file or a person has them so."""
    return {column.name: column.type for column in registered if not column.text and _readable(column.type)}


def drifted(schema: Schema, names: Collection[str]) -> Schema:
    """Return a schema in which these columns are no longer read as they were, but of another type."""
    return tuple(replace(column, text=False) if column.name in names else column for column in schema)


def by_file(schemas: Mapping[str, Schema]) -> tuple[FileChanges, ...]:
    """Return how the files of one dataset, by name, differ from the first; only those that do."""
    from idqp_cli.schemas.compare import compare  # noqa: PLC0415 - only files that differ have to pay

    first: Schema | None = None
    found = []
    for file, schema in schemas.items():
        first = schema if first is None else first
        changes = compare(first, schema).changes
        if changes:
            found.append(FileChanges(file, changes))
    return tuple(found)


def _readable(name: str) -> bool:
    match known(name):
        case Decimal():
            return True
        case Plain(plain):
            return plain in READABLE
    return False


def _holds(registered: str, guessed: str) -> bool:
    """Tell whether a column of text that was read as `registered` has room for what looks like `guessed` today."""
    return registered in {"VARCHAR", guessed} or (registered != UNKNOWN and holds(known(registered), known(guessed)))


def _by_name(schema: Schema) -> dict[str, SchemaColumn]:
    """Return the columns of a schema by their names, and without case where that leaves one."""
    folded: dict[str, list[SchemaColumn]] = {}
    for column in schema:
        folded.setdefault(column.name.casefold(), []).append(column)
    alone = {name: columns[0] for name, columns in folded.items() if len(columns) == 1}
    return {**alone, **{column.name: column for column in schema}}


def _observed(
    column: Column,
    type_: str,
    text: bool,  # noqa: FBT001 - one more thing that is known of the column
    said: Mapping[str, SchemaColumn],
    known: Mapping[str, SchemaColumn],
) -> SchemaColumn:
    of_registry = known.get(column.name) or known.get(column.name.casefold())
    source = said.get(column.name) or said.get(column.name.casefold()) or of_registry
    if text and not column.declared and of_registry is not None and of_registry.text:
        # A column that is empty today, or of narrower values than before, may hold again what it held.
        type_ = of_registry.type if _holds(of_registry.type, type_) else type_
    elif not text and UNKNOWN in type_ and of_registry is not None:
        type_ = write(filled(known_type(type_), known_type(of_registry.type)))
    if source is None:
        return SchemaColumn(column.name, type_, column.nullable, enum=column.enum, text=text)
    declared = source is not of_registry
    return replace(
        source,
        name=column.name,
        type=type_,
        nullable=(source.nullable if text or declared else True) and column.nullable,
        enum=source.enum if column.enum is None else column.enum,
        text=text,
    )
