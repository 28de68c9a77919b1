"""A Parquet file as a relation: typed by the file itself."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli import sql
from idqp_cli.database import Database, QueryError
from idqp_cli.dataset import FILE_COLUMN, ROW_COLUMN, Relation
from idqp_cli.errors import UnreadableError
from idqp_cli.ingest import types
from idqp_cli.ingest.files import Source, pattern, refuse_twins, strays
from idqp_cli.model import Column
from idqp_cli.text import clean

NUMBER = "file_row_number"


def relation(database: Database, dataset: str, source: Source) -> Relation:
    """Return the relation of the files of `source`; by name, where they have not the same columns.

    Raises:
        UnreadableError: a file is damaged.

    """
    by_file = [_columns(database, source, number) for number in range(len(source.files))]
    alike = all(columns == by_file[0] for columns in by_file)
    own = by_file[0] if alike else _united(database, _scan(source, by_file, ()), source.shown)
    added = _partitions(source, own)
    scan = _scan(source, by_file, added)
    numbered = " UNION ALL BY NAME ".join(
        _numbered(file.path, number, by_file[number], _values(source, number, added))
        for number, file in enumerate(source.files)
    )
    shown = [file.shown for file in source.files]
    found = strays(shown, [[column.name for column in columns] for columns in by_file]) + _retyped(shown, by_file)
    footer = f"parquet_metadata({sql.literal(pattern(source.files[0].path))})"
    return Relation(dataset, own + added, scan, scan, f"({numbered})", strays=found, columnar=True, footer=footer)


def _scan(source: Source, by_file: Sequence[tuple[Column, ...]], added: Sequence[Column]) -> str:
    """Return the rows of all files; files of the same columns in one partition are read together."""
    alike: dict[tuple[str, tuple[Column, ...]], list[str]] = {}
    for number, file in enumerate(source.files):
        alike.setdefault((_values(source, number, added), by_file[number]), []).append(file.path)
    # A folder named like `a=1` adds no column by itself: it would take the place of the file's own.
    tables = [
        (values, _seen(f"read_parquet([{sql.listing(map(pattern, paths))}], hive_partitioning=false)", columns))
        for (values, columns), paths in alike.items()
    ]
    if len(tables) == 1 and not added:
        return tables[0][1]
    return f"({' UNION ALL BY NAME '.join(f'SELECT *{values} FROM {table}' for values, table in tables)})"


def _partitions(source: Source, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns that folders are named after, where the files have none of that name."""
    own = {column.name.casefold() for column in columns}
    values: dict[str, list[str]] = {}
    for file in source.files:
        for name, value in file.partition:
            if name.casefold() not in own:
                values.setdefault(name, []).extend([] if value is None else [value])
    refuse_twins([*own, *values], source.shown)
    return tuple(Column(name, _type(found), declared=False) for name, found in values.items())


def _type(values: Sequence[str]) -> str:
    """Return the type of a partition's values: text, unless every one of them says otherwise."""
    counts = types.shapes(values)
    return types.TEXT if counts.get(types.WORD) or counts.get("coded") else types.settle(counts, None)


def _values(source: Source, number: int, added: Sequence[Column]) -> str:
    """Return the partition's columns of a file, as they follow its own in a SELECT."""
    of_file = dict(source.files[number].partition)
    return "".join(
        f", {sql.literal(of_file.get(column.name))}::{column.type} AS {sql.identifier(column.name)}" for column in added
    )


def _united(database: Database, table: str, shown: str) -> tuple[Column, ...]:
    try:
        columns = tuple(Column(str(row[0]), str(row[1])) for row in database.fetch(f"DESCRIBE SELECT * FROM {table}"))
    except QueryError:
        raise UnreadableError(f"{shown}: its files have types that do not go together; check them apart") from None
    refuse_twins([column.name for column in columns], shown)
    return columns


def _retyped(files: Sequence[str], by_file: Sequence[Sequence[Column]]) -> tuple[str, ...]:
    """Say, a line each, which columns of a file have another type than in the first file that has them."""
    first: dict[str, tuple[str, str]] = {}
    found = []
    for file, columns in zip(files, by_file, strict=True):
        for column in columns:
            kind, where = first.setdefault(column.name, (column.type, file))
            if kind != column.type:
                found.append(f"{file}: column '{clean(column.name, 60)}' is {column.type}, in {where} {kind}")
    return tuple(found)


def _seen(table: str, columns: Sequence[Column], *beside: str) -> str:
    """Return the rows of a table of which DuckDB has no statistics for numbers that may be NaN.

    A Parquet file's minimum and maximum leave NaN out, and DuckDB takes them for
    proof about all values: `x > 1` loses the NaN that it holds for elsewhere.
    `beside` names what the table has that is no column of the file.
    """
    if not any(column.type in sql.FLOATS for column in columns):
        return table
    # Listed one by one: to bind a `* REPLACE` takes the square of its columns.
    listed = [_hidden(column) if column.type in sql.FLOATS else sql.identifier(column.name) for column in columns]
    return f"(SELECT {', '.join([*listed, *beside])} FROM {table})"


def _hidden(column: Column) -> str:
    name = sql.identifier(column.name)
    return f"{sql.told_apart(name, f'CASE WHEN {name} IS NOT NULL THEN {name} END')} AS {name}"


def _numbered(path: str, number: int, columns: Sequence[Column], values: str) -> str:
    """Return the SELECT of a file's rows, each with its number; `values` are the columns of the file's partition."""
    file = f"{number} AS {sql.identifier(FILE_COLUMN)}"
    table = f"read_parquet({sql.literal(pattern(path))}, hive_partitioning=false"
    if NUMBER in {column.name.casefold() for column in columns}:
        # The file has a column of this name itself; counting rows is slower, but the same.
        row = f"row_number() OVER () AS {sql.identifier(ROW_COLUMN)}"
        return f"SELECT *{values}, {file}, {row} FROM {_seen(table + ')', columns)}"
    row = f"{NUMBER} + 1 AS {sql.identifier(ROW_COLUMN)}"
    return (
        f"SELECT * EXCLUDE ({NUMBER}){values}, {file}, {row} FROM {_seen(f'{table}, {NUMBER}=true)', columns, NUMBER)}"
    )


def _columns(database: Database, source: Source, number: int) -> tuple[Column, ...]:
    file = source.files[number]
    path = sql.literal(pattern(file.path))
    try:
        described = database.fetch(f"DESCRIBE SELECT * FROM read_parquet({path}, hive_partitioning=false)")
        names = database.fetch(f"SELECT name, num_children, repetition_type FROM parquet_schema({path})")
    except QueryError as error:
        raise UnreadableError(
            f"{file.shown}: cannot be read as Parquet ({clean(error.reason)}); write it again"
        ) from None
    # DuckDB renames the second of two columns of one name without a word.
    top = _top_level([(str(name), int(str(children or 0))) for name, children, _ in names])
    refuse_twins([str(names[position][0]) for position in top], file.shown)
    required = [names[position][2] == "REQUIRED" for position in top]
    return tuple(
        Column(str(row[0]), str(row[1]), nullable=not never) for row, never in zip(described, required, strict=True)
    )


def _top_level(schema: list[tuple[str, int]]) -> list[int]:
    """Return the places of the columns in the tree of columns, depth first.

    An entry is a name, and how many of the entries after it are its children.
    """

    def after(position: int) -> int:
        children = schema[position][1]
        position += 1
        for _ in range(children):
            position = after(position)
        return position

    places, position = [], 1
    while position < len(schema):
        places.append(position)
        position = after(position)
    return places
