"""The SELECT of all rows of text files: each cell as its type and, beside it, as its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2s

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation
from idqp_cli.ingest import forms, types
from idqp_cli.ingest.csv_reader import Reading
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.forms import Form
from idqp_cli.ingest.read_csv import Way, read_csv
from idqp_cli.ingest.text_table import TextTable, doubts

Partition = tuple[tuple[str, str | None], ...]
TEXT_PREFIX = "idqp:text:"


# Where DuckDB notes rejected lines: of a dataset's first scan, and of the others, which say the same.
AGAIN = "again"
NOTHING = "(SELECT NULL WHERE false)"
NOTHING_NUMBERED = f"(SELECT 0 AS {sql.identifier(FILE_COLUMN)}, 0 AS {sql.identifier(ROW_COLUMN)} WHERE false)"


def relation(dataset: str, table: TextTable) -> Relation:
    """Return the relation of `table`; of a file without a header, one without columns and rows."""
    if not table.names:
        return Relation(dataset, (), NOTHING, NOTHING, NOTHING_NUMBERED)
    columns = columns_of(table)
    every = range(len(table.source.files))
    numbered = " UNION ALL ".join(
        f"SELECT *, {number} AS {sql.identifier(FILE_COLUMN)}, row_number() OVER () AS {sql.identifier(ROW_COLUMN)}"
        f" FROM {_rows(table, columns, [number], again(dataset))}"
        for number in every
    )
    return relation_of(
        dataset,
        table,
        scan=_rows(table, columns, every, first(dataset)),
        rescan=_rows(table, columns, every, again(dataset)),
        numbered=f"({numbered})",
        size=sum(file.size for file in table.source.files),
    )


def columns_of(table: TextTable) -> tuple[Column, ...]:
    """Return the columns as the table reads them."""
    return tuple(
        column_of(
            position,
            name,
            table.kinds[name],
            declared=name in table.declared,
            plain=name not in table.forms,
            doubt=table.undecided.get(name),
        )
        for position, name in enumerate(table.names)
    )


def relation_of(dataset: str, table: TextTable, *, scan: str, rescan: str, numbered: str, size: int) -> Relation:
    """Return a relation of the table's columns from its table expressions, with what was decided on the files."""
    return Relation(
        dataset=dataset,
        columns=columns_of(table),
        scan=scan,
        rescan=rescan,
        numbered=numbered,
        doubts=(
            *dict.fromkeys(doubt for dialect in table.dialects for doubt in dialect.doubts),
            *doubts(table.source, table.findings),
        ),
        strays=table.strays,
        size=size,
        notes=table.notes,
        empty=tuple(table.source.files[number].shown for number in table.empty),
    )


def again(dataset: str) -> str:
    """Return the name of the table for the lines that the later scans reject."""
    return first(dataset) + AGAIN


def first(dataset: str) -> str:
    """Return the name of the table for the lines that a dataset's first scan rejects; DuckDB wants it plain."""
    return f"idqp_first_{blake2s(dataset.encode(), digest_size=8).hexdigest()}"


def _rows(table: TextTable, columns: Sequence[Column], files: Iterable[int], rejects: str) -> str:
    """Return the SELECT of all rows of the files: each cell as its type and, beside it, as its text.

    Files that are written alike are read together; a column that a file has not is NULL in its rows.
    """
    alike: dict[tuple[Dialect, str | None, Partition], list[str]] = {}
    for number in files:
        file = table.source.files[number]
        dialect = replace(table.dialects[number], doubts=(), quoted=None, bare=False)
        if dialect.names:
            alike.setdefault((dialect, file.compressed, file.partition), []).append(file.path)
    way = Way(table.reading, table.evened, rejects)
    whole = " UNION ALL ".join(
        _alike(table, columns, (dialect, dict(partition)), read_csv(dialect, compressed, paths, way), rejects)
        for (dialect, compressed, partition), paths in alike.items()
    )
    cells = ", ".join(
        typed(f"c{position}", column, table.forms.get(column.name), table.expected)
        for position, column in enumerate(columns)
    )
    return f"(SELECT {cells} FROM ({whole or _none(len(columns))}))"


def _alike(
    table: TextTable,
    columns: Sequence[Column],
    layout: tuple[Dialect, Mapping[str, str | None]],
    read: str,
    rejects: str,
) -> str:
    """Return the SELECT of the text of all cells of files that are written alike, in one partition."""
    dialect, partition = layout
    own = {name: position for position, name in enumerate(dialect.names)}
    cells = ", ".join(
        f"{present(f't.c{own[column.name]}', column, dialect, table)} AS c{position}"
        if column.name in own
        else f"{sql.literal(partition.get(column.name))}::VARCHAR AS c{position}"
        for position, column in enumerate(columns)
    )
    # The first scan counts the cells of every column. A later one that notes lines must read them all too, so that
    # a line that is not UTF-8 is not a row, whichever columns it wants.
    again = rejects.endswith(AGAIN) and table.reading is not Reading.STRICT
    where = f" WHERE {_every(dialect)}" if again else ""
    return f"SELECT {cells} FROM {read} AS t{where}"


def _every(dialect: Dialect) -> str:
    """Return a condition that is true, for which DuckDB has to read every cell."""
    return f"hash({', '.join(f't.c{position}' for position in range(len(dialect.names)))}) IS NOT NULL"


def counted(table: TextTable, rejects: str) -> str:
    """Return the SELECT that reads every cell of the files, and notes lines that are not rows in `rejects`."""
    way = Way(table.reading, table.evened, rejects)
    pairs = zip(table.source.files, table.dialects, strict=True)
    return " UNION ALL ".join(
        f"SELECT count(*) FROM {read_csv(dialect, file.compressed, [file.path], way)} AS t WHERE {_every(dialect)}"
        for file, dialect in pairs
    )


def _none(cells: int) -> str:
    return f"SELECT {', '.join(f'NULL::VARCHAR AS c{position}' for position in range(cells))} WHERE false"


def present(cell: str, column: Column, dialect: Dialect, table: TextTable) -> str:
    """Return the text of a cell, NULL where it says that it is missing.

    In quotes, too, a text that a person names as missing is missing. The empty
    text in quotes is a text, except in a column of another type, and where all
    cells are in quotes; DuckDB tells it from a missing cell where a file holds it.
    """
    empty = [""] if column.text is not None or dialect.quoted_missing or not dialect.lenient else []
    absent = sql.listing([*empty, *table.options.of(column.name).missing_values])
    return f"CASE WHEN {cell} NOT IN ({absent}) THEN {cell} END" if absent else cell


def column_of(position: int, name: str, kind: str, *, declared: bool, plain: bool, doubt: str | None = None) -> Column:
    """Return a column whose cells have their text beside them, unless they are text themselves."""
    return Column(
        name,
        kind,
        None if kind == types.TEXT else f"{TEXT_PREFIX}{position}",
        declared,
        doubt=doubt,
        plain=plain,
    )


def typed(text: str, column: Column, form: Form | None, expected: Mapping[str, str]) -> str:
    """Return the SQL that reads a text, given as SQL, as a cell of `column`: its value first, then its text.

    `expected` maps a column, in lower case, to the family that rules take it for.
    """
    return ", ".join(f"{cell} AS {sql.identifier(name)}" for name, cell in cells(text, column, form, expected).items())


def cells(text: str, column: Column, form: Form | None, expected: Mapping[str, str]) -> Mapping[str, str]:
    """Return the SQL of the value and of the text of a cell, by the names of their columns; see `typed`."""
    if column.text is None:
        return {column.name: text}
    lenient = column.declared or expected.get(column.name.casefold()) == types.NUMBER
    value = forms.value(text, column.type, form, lenient=lenient, declared=column.declared)
    return {column.name: value, column.text: text}
