"""A text file as a relation: every cell read as text, and typed in SQL beside it.

DuckDB reads all cells as text with a pinned dialect, so nothing is guessed
behind our back; the types are ours. Each typed column has its text column
beside it, and a cell with text but no value is one that does not parse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idqp_cli import sql
from idqp_cli.database import Database
from idqp_cli.errors import UnreadableError
from idqp_cli.ingest import dialect as dialects
from idqp_cli.ingest import sampling, types
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import Source, pattern, verify
from idqp_cli.model import FILE_COLUMN, ROW_COLUMN, Column, ReadOptions, Rejected, Relation
from idqp_cli.text import clean

TEXT_PREFIX = "idqp:text:"
ENOUGH_CELLS = 2_000
NOTHING = "(SELECT NULL WHERE false)"


@dataclass(frozen=True)
class TextTable:
    """A source of text files that agree on their dialect, and the types that its columns are read as.

    `declared` names the columns whose type a person chose; `expected` gives, in
    lower case, the family that rules take a column for; `unseen` names those of
    which the sample has no cell, so that their type is not even a guess.
    """

    source: Source
    dialect: Dialect
    missing: tuple[str, ...]
    kinds: Mapping[str, str]
    declared: frozenset[str]
    expected: Mapping[str, str]
    unseen: frozenset[str]


def examine(source: Source, options: ReadOptions, expected: Mapping[str, str]) -> TextTable:
    """Decide the dialect, and guess the types from samples of the files.

    `expected` maps a column, in lower case, to the family that rules take it for.

    Raises:
        UnreadableError: a file is empty, binary, no table, or unlike the others.

    """
    found: list[Dialect] = []
    cells: dict[str, list[str]] = {}
    for file in source.files:
        if file.compressed:
            verify(file)
        head = sampling.head(file)
        here = dialects.decide(head, options, file.shown)
        found.append(here)
        if file.compressed != source.files[0].compressed:
            raise UnreadableError(f"{source.shown}: some files are compressed and some are not; check them apart")
        if here.names != found[0].names or here.form != found[0].form:
            raise UnreadableError(f"{file.shown}: {_difference(here, found[0], source.files[0].shown)}")
        if all(len(column) < ENOUGH_CELLS for column in cells.values()):
            for name, column in sampling.cells(file, head, here, ["", *options.missing_values]).items():
                cells.setdefault(name, []).extend(column)
    dialect = found[0]
    declared = {name: kind for name in dialect.names if (kind := _declared(name, options)) is not None}
    guessed = {name: types.settle(types.shapes(cells[name]), expected.get(name.casefold())) for name in cells}
    return TextTable(
        source=source,
        dialect=dialect,
        missing=options.missing_values,
        kinds={**guessed, **declared},
        declared=frozenset(declared),
        expected=expected,
        unseen=frozenset(name for name, column in cells.items() if not column),
    )


def relation(dataset: str, table: TextTable) -> Relation:
    """Return the relation of `table`; of a file without a header, one without columns and rows."""
    if not table.dialect.names:
        return Relation(dataset, (), NOTHING, NOTHING, NOTHING)
    columns = tuple(
        Column(
            name,
            table.kinds[name],
            None if table.kinds[name] == types.TEXT else f"{TEXT_PREFIX}{position}",
            name in table.declared,
        )
        for position, name in enumerate(table.dialect.names)
    )
    selected = ", ".join(_selected(column, position, table) for position, column in enumerate(columns))
    paths = [file.path for file in table.source.files]
    numbered = " UNION ALL ".join(
        f"SELECT {selected}, {number} AS {sql.identifier(FILE_COLUMN)},"
        f" row_number() OVER () AS {sql.identifier(ROW_COLUMN)} FROM {_read(table, [path], 'ignore_errors')}"
        for number, path in enumerate(paths)
    )
    return Relation(
        dataset=dataset,
        columns=columns,
        scan=f"(SELECT {selected} FROM {_read(table, paths, 'store_rejects')})",
        rescan=f"(SELECT {selected} FROM {_read(table, paths, 'ignore_errors')})",
        numbered=f"({numbered})",
        doubts=table.dialect.doubts,
    )


def rejected(database: Database, table: TextTable) -> tuple[Rejected, ...]:
    """Return the lines that the last `scan` could not read as rows, in the order of the file."""
    if not table.dialect.names:
        return ()
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


def corrected(database: Database, table: TextTable, relation: Relation, doubted: Mapping[str, int]) -> dict[str, str]:
    """Return better types for columns whose guess the whole file contradicts.

    `doubted` counts, by column, the cells that did not parse or that no sample
    had. A declared type is never corrected: there, the cells are wrong.
    """
    doubtful = [column for column in relation.columns if doubted.get(column.name) and not column.declared]
    if not doubtful:
        return {}
    aggregates: list[str] = []
    for column in doubtful:
        text = sql.as_text(column)
        aggregates += types.shape_counts(text, f"{text} IS NOT NULL").values()
    (row,) = database.fetch(f"SELECT {', '.join(aggregates)} FROM {relation.rescan}")
    kinds = (*types.SHAPES, types.WORD)
    better = {}
    for position, column in enumerate(doubtful):
        numbers = row[position * len(kinds) : (position + 1) * len(kinds)]
        counts = {kind: int(str(number)) for kind, number in zip(kinds, numbers, strict=True)}
        settled = types.settle(counts, table.expected.get(column.name.casefold()))
        if settled != table.kinds[column.name]:
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
    lenient = column.declared or table.expected.get(column.name.casefold()) == types.NUMBER
    # A typed cell is missing also where the text that says so is in quotes.
    absent = sql.listing(["", *table.missing])
    text = f"CASE WHEN {cell} NOT IN ({absent}) THEN {cell} END" if table.missing else f"nullif({cell}, '')"
    return f"{types.read_as(cell, column.type, lenient=lenient)} AS {name}, {text} AS {sql.identifier(column.text)}"


def _read(table: TextTable, paths: Sequence[str], on_error: str) -> str:
    dialect = table.dialect
    columns = ", ".join(f"c{position}: 'VARCHAR'" for position in range(len(dialect.names)))
    options = {
        "auto_detect": "false",
        "columns": f"{{{columns}}}",
        "header": sql.literal(dialect.header),
        "skip": sql.literal(dialect.skip),
        "delim": sql.literal(dialect.delimiter),
        "quote": sql.literal(dialect.quote),
        "escape": sql.literal(dialect.escape),
        "comment": "''",
        "compression": sql.literal("gzip" if table.source.files[0].compressed else "none"),
        "nullstr": f"[{sql.listing(['', *table.missing])}]",
        "allow_quoted_nulls": "false",
        "strict_mode": "true",
        "null_padding": "false",
        on_error: "true",
    }
    written = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"read_csv([{sql.listing(map(pattern, paths))}], {written})"


def _difference(here: Dialect, first: Dialect, shown: str) -> str:
    for name in first.names:
        if name not in here.names:
            return f"has no column '{clean(name, 60)}', which {shown} has; check them apart"
    for name in here.names:
        if name not in first.names:
            return f"has a column '{clean(name, 60)}', which {shown} has not; check them apart"
    if here.names != first.names:
        return f"has its columns in another order than {shown}; check them apart"
    return f"is written in another way than {shown} (delimiter, quote or lines before the header); check them apart"
