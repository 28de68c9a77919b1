"""A Parquet file as a relation: typed by the file itself."""

from __future__ import annotations

from collections.abc import Container, Sequence

from idqp_cli import sql
from idqp_cli.database import Database, QueryError
from idqp_cli.errors import UnreadableError
from idqp_cli.ingest.files import Source, pattern, refuse_twins
from idqp_cli.model import FILE_COLUMN, ROW_COLUMN, Column, Relation
from idqp_cli.text import clean

NUMBER = "file_row_number"


def relation(database: Database, dataset: str, source: Source) -> Relation:
    """Return the relation of the files of `source`.

    Raises:
        UnreadableError: a file is damaged, or unlike the others.

    """
    columns = _columns(database, source, 0)
    for number in range(1, len(source.files)):
        here = _columns(database, source, number)
        if here != columns:
            file, first = source.files[number].shown, source.files[0].shown
            name = next(
                (one.name for one in (*columns, *here) if one not in columns or one not in here), columns[0].name
            )
            raise UnreadableError(f"{file}: column '{clean(name, 60)}' is not as in {first}; check them apart")
    paths = [file.path for file in source.files]
    names = {column.name.casefold() for column in columns}
    numbered = " UNION ALL ".join(_numbered(path, number, names, columns) for number, path in enumerate(paths))
    # A folder named like `a=1` adds no column: it would take the place of the file's own.
    scan = _seen(f"read_parquet([{sql.listing(map(pattern, paths))}], hive_partitioning=false)", columns)
    return Relation(dataset, columns, scan, scan, f"({numbered})", columnar=True)


def _seen(table: str, columns: Sequence[Column]) -> str:
    """Return the rows of a table of which DuckDB has no statistics for numbers that may be NaN.

    A Parquet file's minimum and maximum leave NaN out, and DuckDB takes them for
    proof about all values: `x > 1` loses the NaN that it holds for elsewhere.
    """
    floats = [sql.identifier(column.name) for column in columns if column.type in sql.FLOATS]
    if not floats:
        return table
    replaced = ", ".join(f"CASE WHEN {name} IS NOT NULL THEN {name} END AS {name}" for name in floats)
    return f"(SELECT * REPLACE ({replaced}) FROM {table})"


def _numbered(path: str, number: int, names: Container[str], columns: Sequence[Column]) -> str:
    file = f"{number} AS {sql.identifier(FILE_COLUMN)}"
    table = f"read_parquet({sql.literal(pattern(path))}, hive_partitioning=false"
    if NUMBER in names:
        # The file has a column of this name itself; counting rows is slower, but the same.
        return (
            f"SELECT *, {file}, row_number() OVER () AS {sql.identifier(ROW_COLUMN)} FROM {_seen(table + ')', columns)}"
        )
    row = f"{NUMBER} + 1 AS {sql.identifier(ROW_COLUMN)}"
    return f"SELECT * EXCLUDE ({NUMBER}), {file}, {row} FROM {_seen(f'{table}, {NUMBER}=true)', columns)}"


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
