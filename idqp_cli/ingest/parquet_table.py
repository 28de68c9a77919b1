"""A Parquet file as a relation: typed by the file itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation
from idqp_cli.core.text import clean
from idqp_cli.ingest import parquet_footer, parquet_types, table_columns, types
from idqp_cli.ingest.away import is_away
from idqp_cli.ingest.column_names import refuse_twins, strays
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Source, pattern
from idqp_cli.ingest.text_rows import TEXT_PREFIX
from idqp_cli.ingest.text_table import refuse_unknown
from idqp_cli.schemas.types import UNKNOWN

NUMBER = "file_row_number"


@frozen
class _Table:
    """A source of Parquet files: the columns of each, by their names without case, and those of the dataset.

    `kinds` gives the type in which the files agree, by the name of the dataset's
    column; `chosen` the one that a person says it is to be read as.
    """

    source: Source
    own: tuple[Mapping[str, Column], ...]
    columns: tuple[Column, ...]
    kinds: Mapping[str, str]
    chosen: Mapping[str, str]
    added: tuple[str, ...]
    missing: tuple[str, ...]


def relation(database: Database, dataset: str, source: Source, options: ReadOptions) -> Relation:
    """Return the relation of the files of `source`; by name, where they have not the same columns.

    Raises:
        UnreadableError: a file is damaged, or an option names a column that is not there.

    """
    told = [parquet_footer.numbered(database, file) for file in source.files]
    # Of a file of another machine each page would be a request.
    here = [file for file in source.files if not is_away(file)]
    pages = [parquet_footer.verify(database, file, every=False)[0] for file in here]
    by_file = [tuple(column for column, _ in columns) for columns in told]
    if source.columns:
        own = tuple(table_columns.own(source, number, columns) for number, columns in enumerate(told))
        columns = table_columns.declared(source, own)
        partitions: tuple[Column, ...] = ()
    else:
        own = tuple({column.name.casefold(): column for column in columns} for columns in by_file)
        columns = tuple(
            _united(database, source, {number: mine[key] for number, mine in enumerate(own) if key in mine}, len(own))
            for key in dict.fromkeys(key for mine in own for key in mine)
        )
        partitions = _partitions(source, columns)
    kinds = {column.name: column.type for column in (*columns, *partitions)}
    refuse_unknown(options.types, list(kinds), source.shown)
    said = {name.casefold(): kind for name, kind in options.types.items()}
    chosen = {name: said[name.casefold()] for name, kind in kinds.items() if said.get(name.casefold(), kind) != kind}
    table = _Table(
        source=source,
        own=own,
        columns=tuple(
            replace(column, type=chosen[column.name], text=f"{TEXT_PREFIX}{position}", declared=True)
            if column.name in chosen
            else column
            for position, column in enumerate((*columns, *partitions))
        ),
        kinds=kinds,
        chosen=chosen,
        added=tuple(column.name for column in partitions),
        missing=options.missing_values,
    )
    empty = tuple(file.shown for file, number in zip(here, pages, strict=True) if not number and len(here) > 1)
    return replace(_related(dataset, table, by_file), empty=empty)


def _related(dataset: str, table: _Table, by_file: Sequence[tuple[Column, ...]]) -> Relation:
    scan = _scan(table, by_file)
    files = table.source.files
    numbered = " UNION ALL ".join(_numbered(table, number, by_file[number]) for number in range(len(files)))
    direct = all(_plain(table, own) for own in by_file)
    return Relation(
        dataset,
        table.columns,
        scan,
        scan,
        f"({numbered})",
        strays=() if table.source.columns else _differences(table.source, by_file),
        columnar=True,
        footer=f"parquet_metadata({sql.literal(pattern(files[0].path))})",
        direct=direct,
    )


def _united(database: Database, source: Source, own: Mapping[int, Column], files: int) -> Column:
    """Return a column of the dataset; `own` is what it is in the files that have it, by their numbers."""
    first, *others = own.values()
    kind = first.type
    if any(other.type != kind for other in others):
        kind = parquet_types.common(database, source.files, own)
    return replace(
        first,
        type=kind,
        nullable=len(own) < files or any(column.nullable for column in own.values()),
        rounded=next((column.rounded for column in own.values() if column.rounded is not None), None),
    )


def _scan(table: _Table, by_file: Sequence[tuple[Column, ...]]) -> str:
    """Return the rows of all files; files of the same columns in one partition are read together."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for number, file in enumerate(table.source.files):
        partition = file.partition if table.added or table.source.columns else ()
        alike.setdefault((partition, file.deleted, by_file[number]), []).append(number)
    tables = []
    for numbers in alike.values():
        paths = sql.listing(pattern(table.source.files[number].path) for number in numbers)
        # A folder named like `a=1` adds no column by itself: it would take the place of the file's own.
        read = table_columns.left(f"read_parquet([{paths}], hive_partitioning=false", table.source.files[numbers[0]])
        tables.append(read if _bare(table, by_file[numbers[0]]) else _cells(table, numbers[0], read, ()))
    if len(tables) == 1:
        return tables[0]
    return f"({' UNION ALL '.join(f'SELECT * FROM {one}' for one in tables)})"


def _plain(table: _Table, own: Sequence[Column]) -> bool:
    """Tell whether a file's columns are those of the dataset, in their order and as they are."""
    names = [(column.name, column.type) for column in own]
    return (
        names == [(column.name, column.type) for column in table.columns]
        and not table.source.columns
        and not table.chosen
        and not table.missing
        and all(column.type != parquet_types.JSON for column in own)
    )


def _bare(table: _Table, own: Sequence[Column]) -> bool:
    """Tell whether a file's rows are read as they are, without a word on each column.

    A Parquet file's minimum and maximum leave NaN out, and DuckDB takes them for
    proof about all values: `x > 1` loses the NaN that it holds for elsewhere. So
    floating-point numbers are read as expressions, of which it has no statistics.
    """
    return _plain(table, own) and not any(column.type in sql.FLOATS for column in own)


def _cells(table: _Table, number: int, read: str, beside: Sequence[str]) -> str:
    """Return the rows of a file as the dataset has them; `beside` is what is selected beside its columns.

    They are listed one by one: to bind a `* REPLACE` takes the square of its columns.
    """
    listed = [cell for column in table.columns for cell in _cell(table, number, column)]
    return f"(SELECT {', '.join([*listed, *beside])} FROM {read})"


def _cell(table: _Table, number: int, column: Column) -> list[str]:
    """Return the cell of a column in a file's row; of one that is read as another type, also its text."""
    kind, name = table.kinds[column.name], sql.identifier(column.name)
    value, plain = _value(table, number, column, kind)
    if column.name not in table.chosen:
        return [value if plain else f"{value} AS {name}"]
    if kind in sql.FLOATS:
        # As in every column, NaN is a missing value.
        value = f"CASE WHEN NOT isnan({value}) THEN {value} END"
    text = parquet_types.as_text(value, kind)
    # Bytes that are no text are there, but wrong.
    there = f"coalesce({text}, CAST({value} AS VARCHAR))"
    read = parquet_types.converted(value, kind, table.chosen[column.name])
    return [f"{read} AS {name}", f"{there} AS {sql.identifier(column.text or '')}"]


def _value(table: _Table, number: int, column: Column, kind: str) -> tuple[str, bool]:
    """Return a cell in the type in which the files agree, and whether it is just the file's column."""
    own = table.own[number].get(column.name.casefold())
    if column.name in table.added or (own is None and column.name in dict(table.source.files[number].partition)):
        value = dict(table.source.files[number].partition).get(column.name)
        return f"CAST({sql.literal(value)} AS {kind})", False
    if own is None:
        return f"CAST(NULL AS {kind})" if kind != UNKNOWN else "NULL", False
    name = sql.identifier(own.name)
    cell = name
    if own.type in sql.FLOATS:
        cell = sql.told_apart(name, f"CASE WHEN {name} IS NOT NULL THEN {name} END")
        if kind not in sql.FLOATS:
            # As text, NaN would be a value.
            cell = f"CASE WHEN NOT isnan({cell}) THEN {cell} END"
    if kind != own.type:
        cell = f"CAST({cell} AS {kind})"
    elif kind == parquet_types.JSON:
        # Compared as JSON, a text that is none would be an error.
        cell = f"CAST({cell} AS VARCHAR)"
    # As in a text file, nothing is written where a value of another type is missing.
    empty = ("",) if kind in parquet_types.TEXTS and column.name in table.chosen else ()
    missing = parquet_types.absent(cell, kind, (*empty, *table.missing))
    if missing is not None:
        cell = f"CASE WHEN {missing} THEN NULL ELSE {cell} END"
    return cell, cell == name and own.name == column.name


def _numbered(table: _Table, number: int, own: Sequence[Column]) -> str:
    """Return the SELECT of a file's rows, each with its number."""
    place = f"{number} AS {sql.identifier(FILE_COLUMN)}"
    read = f"read_parquet({sql.literal(pattern(table.source.files[number].path))}, hive_partitioning=false"
    if any(column.name.casefold() == NUMBER for column in (*own, *table.columns)):
        # The file has a column of this name itself; counting rows is slower, but the same.
        row = f"row_number() OVER () AS {sql.identifier(ROW_COLUMN)}"
        return f"SELECT * FROM {_cells(table, number, f'{read})', (place, row))}"
    row = f"{NUMBER} + 1 AS {sql.identifier(ROW_COLUMN)}"
    if table.source.files[number].deleted is not None:
        left = table_columns.left(f"{read}, {NUMBER}=true", table.source.files[number], numbered=True)
        return f"SELECT * FROM {_cells(table, number, left, (place, row))}"
    if _bare(table, own):
        return f"SELECT * EXCLUDE ({NUMBER}), {place}, {row} FROM {read}, {NUMBER}=true)"
    return f"SELECT * FROM {_cells(table, number, f'{read}, {NUMBER}=true)', (place, row))}"


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


def _kind(column: Column) -> str:
    """Return the type of a column in its file, for people: one that is read as rounded values in words."""
    return clean(column.type) if column.rounded is None else column.rounded.partition(",")[0]


def _differences(source: Source, by_file: Sequence[Sequence[Column]]) -> tuple[str, ...]:
    """Say, a line each, what sets the columns of a file apart from those of the first file that has them."""
    shown = [file.shown for file in source.files]
    spelled: dict[str, str] = {}
    names = [[spelled.setdefault(column.name.casefold(), column.name) for column in columns] for columns in by_file]
    first: dict[str, tuple[Column, str]] = {}
    found = []
    for file, columns in zip(shown, by_file, strict=True):
        for column in columns:
            known, where = first.setdefault(column.name.casefold(), (column, file))
            name = clean(column.name, 60)
            if known.name != column.name:
                found.append(f"{file}: column '{name}' is written '{clean(known.name, 60)}' in {where}")
            if _kind(known) != _kind(column):
                found.append(f"{file}: column '{name}' is {_kind(column)}, in {where} {_kind(known)}")
    return strays(shown, names) + tuple(found)
