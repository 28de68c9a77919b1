"""A text file as a relation: every cell read as text, and typed in SQL beside it.

DuckDB reads all cells as text with a pinned dialect, so nothing is guessed
behind our back; the types are ours. Each typed column has its text column
beside it, and a cell with text but no value is one that does not parse.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from idqp_cli import sql
from idqp_cli.database import Database
from idqp_cli.errors import UnreadableError
from idqp_cli.ingest import dialect as dialects
from idqp_cli.ingest import types
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Source, opened, pattern, verify
from idqp_cli.model import FILE_COLUMN, ROW_COLUMN, Column, ReadOptions, Rejected, Relation
from idqp_cli.text import clean

HEAD = 1 << 17
SLICE = 1 << 13
SLICES = 8
TEXT_PREFIX = "idqp:text:"


@dataclass(frozen=True)
class TextTable:
    """A source of text files that agree on their dialect and columns."""

    source: Source
    dialect: Dialect
    missing: tuple[str, ...]


def examine(source: Source, options: ReadOptions, expected: Mapping[str, str]) -> tuple[TextTable, dict[str, str]]:
    """Decide the dialect, and guess the types from samples of the files.

    `expected` maps a column to the family that rules take it for. Returns the
    table and a type for each column; those in `options.types` are declared.

    Raises:
        UnreadableError: a file is empty, binary, no table, or unlike the others.

    """
    found: Dialect | None = None
    cells: dict[str, list[str]] = {}
    for file in source.files:
        if file.compressed:
            verify(file)
        head = _head(file)
        here = dialects.decide(head, options, file.shown)
        if found is None:
            found = here
        elif here.names != found.names:
            raise UnreadableError(f"{file.shown}: {_difference(here.names, found.names, source.files[0].shown)}")
        if len(cells.get(here.names[0], ())) < 10_000:
            _add_cells(cells, here, [head, *_slices(file)], options)
    if found is None or not found.names:
        raise UnreadableError(f"{source.shown}: there is no header and no row")
    return TextTable(source, found, options.missing_values), {
        name: _declared(name, options) or types.settle(types.shapes(cells.get(name, ())), expected.get(name))
        for name in found.names
    }


def relation(dataset: str, table: TextTable, kinds: Mapping[str, str], declared: Iterable[str]) -> Relation:
    """Return the relation of `table` with its columns read as `kinds`."""
    given = {name.casefold() for name in declared}
    columns = tuple(
        Column(
            name,
            kinds[name],
            None if kinds[name] == types.TEXT else f"{TEXT_PREFIX}{position}",
            name.casefold() in given,
        )
        for position, name in enumerate(table.dialect.names)
    )
    selected = ", ".join(_selected(column, position, table) for position, column in enumerate(columns))
    paths = [file.path for file in table.source.files]
    numbered = " UNION ALL ".join(
        f"SELECT {selected}, {number} AS {sql.identifier(FILE_COLUMN)},"
        f" row_number() OVER () AS {sql.identifier(ROW_COLUMN)} FROM {_read(table, [path], 'ignore_errors=true')}"
        for number, path in enumerate(paths)
    )
    return Relation(
        dataset=dataset,
        columns=columns,
        scan=f"(SELECT {selected} FROM {_read(table, paths, 'store_rejects=true')})",
        rescan=f"(SELECT {selected} FROM {_read(table, paths, 'ignore_errors=true')})",
        numbered=f"({numbered})",
        doubts=table.dialect.doubts,
    )


def rejected(database: Database, table: TextTable) -> tuple[Rejected, ...]:
    """Return the lines that the last `scan` could not read as rows, in the order of the file."""
    rows = database.fetch(
        "SELECT file_path, line, min(error_type::VARCHAR) FROM reject_errors JOIN reject_scans USING (scan_id, file_id)"
        " GROUP BY ALL"
    )
    numbers = {file.path: number for number, file in enumerate(table.source.files)}
    return tuple(
        sorted(
            (
                Rejected(numbers[str(path)], int(str(line)), REASONS.get(str(kind), "cannot be read"))
                for path, line, kind in rows
                if str(path) in numbers
            ),
            key=lambda reject: (reject.file, reject.record),
        )
    )


REASONS = {
    "MISSING COLUMNS": "too few cells",
    "TOO MANY COLUMNS": "too many cells",
    "UNQUOTED VALUE": "a quote that is opened and not closed, or followed by text",
    "LINE SIZE OVER MAXIMUM": "longer than 2,000,000 bytes",
    "INVALID ENCODING": "not UTF-8 (say read.encoding)",
}


def corrected(
    database: Database, relation: Relation, bad: Mapping[str, int], expected: Mapping[str, str]
) -> dict[str, str]:
    """Return better types for columns whose guess the whole file contradicts.

    `bad` counts the cells that did not parse, by column. A declared type is
    never corrected: there, the cells are wrong.
    """
    doubtful = [column for column in relation.columns if bad.get(column.name) and column.text and not column.declared]
    if not doubtful:
        return {}
    aggregates: list[str] = []
    for column in doubtful:
        text = sql.identifier(column.text or "")
        aggregates += types.shape_counts(text, f"{text} IS NOT NULL").values()
    (row,) = database.fetch(f"SELECT {', '.join(aggregates)} FROM {relation.rescan}")
    kinds = (*types.SHAPES, types.WORD)
    better = {}
    for position, column in enumerate(doubtful):
        numbers = row[position * len(kinds) : (position + 1) * len(kinds)]
        counts = {kind: int(str(number)) for kind, number in zip(kinds, numbers, strict=True)}
        settled = types.settle(counts, expected.get(column.name))
        if settled != column.type:
            better[column.name] = settled
    return better


def _declared(name: str, options: ReadOptions) -> str | None:
    for column, kind in options.types.items():
        if column == name or column.casefold() == name.casefold():
            return kind
    return None


def _selected(column: Column, position: int, table: TextTable) -> str:
    cell = f"c{position}"
    name = sql.identifier(column.name)
    if column.text is None:
        return f"nullif({cell}, '') AS {name}" if table.dialect.quoted_missing else f"{cell} AS {name}"
    # A typed cell is missing also where the text that says so is in quotes.
    absent = sql.listing(["", *table.missing])
    text = f"CASE WHEN {cell} NOT IN ({absent}) THEN {cell} END" if table.missing else f"nullif({cell}, '')"
    return f"{types.read_as(cell, column.type)} AS {name}, {text} AS {sql.identifier(column.text)}"


def _read(table: TextTable, paths: Sequence[str], on_error: str) -> str:
    dialect = table.dialect
    columns = ", ".join(f"c{position}: 'VARCHAR'" for position in range(len(dialect.names)))
    return (
        f"read_csv([{sql.listing(map(pattern, paths))}], auto_detect=false, columns={{{columns}}}, "
        f"header={sql.literal(dialect.header)}, skip={dialect.skip}, "
        f"delim={sql.literal(dialect.delimiter)}, quote={sql.literal(dialect.quote)}, escape={sql.literal(dialect.escape)}, comment='', nullstr=[{sql.listing(['', *table.missing])}], "
        f"allow_quoted_nulls=false, strict_mode=true, null_padding=false, {on_error})"
    )


def _head(file: File) -> str:
    """Return the whole lines at the beginning of the file."""
    with opened(file) as stream:
        data = stream.read(HEAD + 1)
    whole = len(data) <= HEAD
    if b"\0" in data:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UnreadableError(f"{file.shown}: is UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`")
        raise UnreadableError(f"{file.shown}: is a binary file (it holds a NUL byte), neither CSV nor Parquet")
    text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    return text if whole else text[: text.rfind("\n") + 1] or text


def _slices(file: File) -> list[str]:
    """Return whole lines from places spread over the rest of a large, uncompressed file."""
    if file.compressed or file.size <= HEAD:
        return []
    pieces = []
    with opened(file) as stream:
        for number in range(1, SLICES + 1):
            stream.seek(HEAD + (file.size - HEAD) * number // SLICES - SLICE * (number == SLICES))
            data = stream.read(SLICE)
            pieces.append(data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1].decode("utf-8", errors="replace"))
    return pieces


def _add_cells(cells: dict[str, list[str]], dialect: Dialect, pieces: Sequence[str], options: ReadOptions) -> None:
    """Add the cells of the pieces to the columns' lists; a missing cell has no shape."""
    absent = {"", *options.missing_values}
    for number, piece in enumerate(pieces):
        lines = piece.splitlines(keepends=True)
        if number == 0:
            lines = lines[dialect.skip :]
        try:
            rows = [record for record in dialect.records(lines) if len(record) == len(dialect.names)]
        except csv.Error:
            continue
        if number == 0 and dialect.header:
            rows = rows[1:]
        for name, column in zip(dialect.names, zip(*rows, strict=True), strict=False):
            cells.setdefault(name, []).extend(cell for cell in column if cell not in absent)


def _difference(here: Sequence[str], first: Sequence[str], shown: str) -> str:
    for name in first:
        if name not in here:
            return f"has no column '{clean(name, 60)}', which {shown} has; check them apart"
    for name in here:
        if name not in first:
            return f"has a column '{clean(name, 60)}', which {shown} has not; check them apart"
    return f"has its columns in another order than {shown}; check them apart"
