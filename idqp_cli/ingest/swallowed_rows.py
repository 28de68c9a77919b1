"""Rows inside of a cell: a stray quote opens it, and another one, rows later, closes it.

Such a cell cannot be told from a rightly quoted one by its quotes alone. It is
told by its lines. With what stands before the cell in its row, the first line
in it makes a whole row of the table; the lines after it are whole rows; the last
one is a row with what stands behind the cell. A table that somebody pasted
into a cell does not fit in at both ends like that. The cells of those rows must
be of the types of their columns; in a table of text alone, whole lines between
the first and the last must be there.

In a file of one column, where every line fits in, it is told by standing alone:
no other cell holds a line break.

It is not looked for where a person says what a quote is, and not in columns
whose cells are in quotes by habit: there, a stray quote ends the next cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation, RowPlace
from idqp_cli.ingest.compression import chunks
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.text_rows import typed
from idqp_cli.ingest.text_table import TextTable

# Cells that are looked at: more say nothing else.
MAX_CELLS = 200
# Line breaks in a cell of one column that are more than a text has by chance, where no other cell has any.
MANY_BREAKS = 3
# Rows in a cell whose cells are held against the types of their columns.
MAX_ROWS = 20


@frozen
class Swallowed:
    """A cell that seems to hold rows: the row that it is in, and how many rows begin inside of it."""

    place: RowPlace
    rows: int


@frozen
class _Cell:
    """A cell with line breaks: its row, its position in it, and its text with LF for line ends."""

    place: RowPlace
    position: int
    text: str


def find(database: Database, table: TextTable, relation: Relation, records: int) -> tuple[Swallowed, ...]:
    """Find the cells that seem to hold rows, in the order of the files.

    `records` is the number of rows and of lines that are not rows: where the
    files have no more lines than that, no cell holds a line break.

    Raises:
        UnreadableError: a file cannot be read.

    """
    suspect = [
        number
        for number, dialect in enumerate(table.dialects)
        if dialect.quoted is not None and dialect.quote and not dialect.bare
    ]
    if not suspect or not _any_break(table, suspect, records):
        return ()
    found = [
        one
        for number in suspect
        if len(table.dialects[number].names) == 1 and not table.dialects[number].quoted
        for one in _alone(database, table, relation, number)
    ]
    suspect = [number for number in suspect if len(table.dialects[number].names) > 1]
    for cell in _cells(database, table, relation, suspect):
        dialect = table.dialects[cell.place.file]
        rows = _rows(cell, dialect)
        if rows is not None and _fits(database, table, relation, dialect, rows):
            found.append(Swallowed(cell.place, cell.text.count("\n")))
    return tuple(found)


def _alone(database: Database, table: TextTable, relation: Relation, number: int) -> list[Swallowed]:
    """Return the one cell of a file of one column that holds many line breaks, where no other cell holds any."""
    name = table.dialects[number].names[0]
    column = next(column for column in relation.columns if column.name == name)
    text = _even(sql.as_text(column))
    breaks = f"(length({text}) - length(replace({text}, chr(10), '')))"
    if len(table.source.files) == 1:
        # To number the rows takes one thread, so it waits for a cell that looks like it.
        ((cells, most),) = database.fetch(
            f"SELECT {sql.count_where(f'{breaks} > 0')}, max({breaks}) FROM {relation.rescan}"
        )
        if cells != 1 or int(str(most)) < MANY_BREAKS:
            return []
    place = f"{sql.identifier(FILE_COLUMN)} AS f, {sql.identifier(ROW_COLUMN)} AS r"
    rows = database.fetch(
        f"SELECT r, b FROM (SELECT {place}, {breaks} AS b FROM {relation.numbered})"
        f" WHERE f = {number} AND b > 0 LIMIT 2"
    )
    return [
        Swallowed(RowPlace(number, int(str(row))), int(str(found)))
        for row, found in rows
        if len(rows) == 1 and int(str(found)) >= MANY_BREAKS
    ]


def _any_break(table: TextTable, suspect: Sequence[int], records: int) -> bool:
    """Tell whether a quoted cell may hold a line break."""
    if not any(_holds(table.source.files[number], table.dialects[number].quote) for number in suspect):
        return False
    above = sum(dialect.skip + dialect.header for dialect in table.dialects)
    return sum(map(_lines, table.source.files)) > above + records


def _holds(file: File, quote: str) -> bool:
    return any(quote.encode() in chunk for chunk in chunks(file))


def _lines(file: File) -> int:
    """Count what may end a line, and a last line without an end; a CRLF may count twice."""
    lines, carriage, last = 0, 0, b"\n"
    for chunk in chunks(file):
        lines += chunk.count(b"\n")
        carriage += chunk.count(b"\r")
        last = chunk[-1:]
    return max(lines, carriage) + (last not in {b"\n", b"\r"})


def _cells(database: Database, table: TextTable, relation: Relation, suspect: Sequence[int]) -> Iterator[_Cell]:
    """Yield the cells with line breaks that have about as many delimiters as rows of the table would have."""
    alike: dict[tuple[str, tuple[str, ...], frozenset[int]], list[int]] = {}
    for number in suspect:
        dialect = table.dialects[number]
        alike.setdefault((dialect.delimiter, dialect.names, dialect.quoted or frozenset()), []).append(number)
    for (delimiter, names, quoted), files in alike.items():
        columns = {
            position: column
            for column in relation.columns
            if column.name in names and (position := names.index(column.name)) not in quoted
        }
        if not columns:
            continue
        looks = {position: _looks(sql.as_text(column), delimiter, len(names)) for position, column in columns.items()}
        # To number the rows takes one thread, so it waits for a cell that looks like it.
        if not database.fetch(f"SELECT 1 FROM {relation.rescan} WHERE {sql.either(looks.values())} LIMIT 1"):
            continue
        rows = database.fetch(_select(relation, columns, looks, files))
        for file, row, at, text in rows:
            yield _Cell(RowPlace(int(str(file)), int(str(row))), int(str(at)), str(text))


def _looks(text: str, delimiter: str, width: int) -> str:
    """Return the condition that a text has line breaks, and about as many delimiters as so many rows have."""
    breaks = f"(length({_even(text)}) - length(replace({_even(text)}, chr(10), '')))"
    mark = sql.literal(delimiter)
    delimiters = f"((length({text}) - length(replace({text}, {mark}, ''))) // {len(delimiter)})"
    broken = f"(contains({text}, chr(10)) OR contains({text}, chr(13)))"
    return f"({broken} AND abs({delimiters} - {breaks} * {width - 1}) * 10 <= {breaks} * {width - 1})"


def _even(text: str) -> str:
    """Return the SQL of a text whose line breaks are LF."""
    return f"replace(replace({text}, chr(13) || chr(10), chr(10)), chr(13), chr(10))"


def _select(relation: Relation, columns: Mapping[int, Column], looks: Mapping[int, str], files: Sequence[int]) -> str:
    """Return the SELECT of the cells that look like rows: file, row, position and text."""
    place = f"{sql.identifier(FILE_COLUMN)} AS f, {sql.identifier(ROW_COLUMN)} AS r"
    texts = ", ".join(
        f"CASE WHEN {looks[position]} THEN {_even(sql.as_text(column))} END" for position, column in columns.items()
    )
    rows = (
        f"SELECT {place}, unnest([{sql.listing(list(columns))}]) AS i, unnest([{texts}]) AS t"
        f" FROM {relation.numbered} WHERE f IN ({sql.listing(files)}) AND ({sql.either(looks.values())})"
    )
    return f"SELECT f, r, i, t FROM ({rows}) WHERE t IS NOT NULL ORDER BY f, r, i LIMIT {MAX_CELLS}"


def _rows(cell: _Cell, dialect: Dialect) -> list[list[str | None]] | None:
    """Return the rows that lie in a cell, None for what stands outside of it; None if it does not look like rows."""
    width, position = len(dialect.names), cell.position
    first, *lines, last = [line.split(dialect.delimiter) for line in cell.text.split("\n")]
    if len(first) != width - position or len(last) != position + 1:
        return None
    whole: list[list[str | None]] = [list(line) for line in lines if len(line) == width]
    if len(whole) * 10 < len(lines) * 9:
        return None
    # A quote in the cell was written as one of a rightly quoted cell, unless it stands for an empty cell.
    if any(dialect.quote in one and one.strip() != dialect.quote for line in (first, *lines, last) for one in line):
        return None
    # The cell's own text begins in the first line, and ends in the last one.
    return [
        [*[None] * (position + 1), *first[1:]],
        *whole[:MAX_ROWS],
        [*last[:-1], *[None] * (width - position)],
    ]


def _fits(
    database: Database, table: TextTable, relation: Relation, dialect: Dialect, rows: Sequence[Sequence[str | None]]
) -> bool:
    """Tell whether the cells of the rows are of the types of their columns."""
    evidence = False
    for column in relation.columns:
        if column.text is None or column.name not in dialect.names:
            continue
        position = dialect.names.index(column.name)
        cells = [cell for row in rows if (cell := row[position]) and cell.strip()]
        if cells and not _all_of(database, table, column, cells):
            return False
        evidence = evidence or bool(cells)
    return evidence or _only_text(dialect, rows)


def _all_of(database: Database, table: TextTable, column: Column, cells: Sequence[str]) -> bool:
    """Tell whether texts are of the type of a column, or stand for nothing; one in ten may be wrong."""
    listed = ", ".join(
        f"({sql.literal(cell)})" for cell in cells if cell not in table.options.of(column.name).missing_values
    )
    if not listed:
        return True
    try:
        found = database.fetch(
            f"SELECT {typed('t', column, table.forms.get(column.name), table.expected)} FROM (VALUES {listed}) v(t)"
        )
    except QueryError:
        return False
    return sum(value is None for value, *_ in found) * 10 <= len(found)


def _only_text(dialect: Dialect, rows: Sequence[Sequence[str | None]]) -> bool:
    """Tell whether lines of text are rows rather than sentences: whole ones, without a space behind every delimiter."""
    whole = [row for row in rows if None not in row]
    enough = len(whole) >= (1 if len(dialect.names) > 2 else 2)
    spaced = all(cell.startswith(" ") for row in whole for cell in row[1:] if cell is not None)
    return enough and not spaced
