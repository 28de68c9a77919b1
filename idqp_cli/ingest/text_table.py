"""A text file as a relation: every cell read as text, and typed in SQL beside it.

DuckDB reads all cells as text with a pinned dialect, so nothing is guessed
behind our back; the types are ours. Each typed column has its text column
beside it, and a cell with text but no value is one that does not parse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from hashlib import blake2s

from idqp_cli import sql
from idqp_cli.database import Database, QueryError, Row
from idqp_cli.dataset import FILE_COLUMN, ROW_COLUMN, ColumnOptions, Note, ReadOptions, Rejected, Relation
from idqp_cli.errors import UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest import dialect as dialects
from idqp_cli.ingest import forms, notation, sampling, types
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Source, pattern, refuse_twins, strays
from idqp_cli.ingest.forms import Form
from idqp_cli.ingest.line_ends import evened
from idqp_cli.ingest.notation import Decided
from idqp_cli.ingest.reading import Reading, ended, noting, refuse_endless
from idqp_cli.ingest.reading import options as reading_options
from idqp_cli.ingest.scanned import Scanned
from idqp_cli.model import Column
from idqp_cli.text import clean

Partition = tuple[tuple[str, str | None], ...]
TEXT_PREFIX = "idqp:text:"
# Where DuckDB notes rejected lines: of a dataset's first scan, and of the others, which say the same.
AGAIN, SCANS = "_again", "_scans"
ENOUGH_CELLS = 2_000
NOTHING_REGISTERED: Mapping[str, str] = {}
NOTHING = "(SELECT NULL WHERE false)"


@frozen
class TextTable:
    """A source of text files, each with its dialect, and the types that its columns are read as.

    `names` are the columns of all files, in the order in which they are first
    seen, and `strays` says where a file has others than the first one.
    `declared` names the columns whose type a person chose; `expected` gives, in
    lower case, the family that rules take a column for; `registered` a column's
    type in the registry; `unseen` names those of which the sample has no cell,
    so that their type is not even a guess. `reading` is how DuckDB reads the files;
    `evened` says that they are copies in which every line ends alike. `forms` says how the cells of a column
    are written that are not in the plain form, `guessed` for which of them `idqp`
    found that itself, and `undecided` why a column is text that looks like more.
    `findings` are what was decided about the bytes of the files.
    """

    source: Source
    dialects: tuple[Dialect, ...]
    names: tuple[str, ...]
    strays: tuple[str, ...]
    options: ReadOptions
    kinds: Mapping[str, str]
    declared: frozenset[str]
    expected: Mapping[str, str]
    registered: Mapping[str, str]
    unseen: frozenset[str]
    reading: Reading = Reading.STRICT
    evened: bool = False
    forms: Mapping[str, Form] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()
    undecided: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Note, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided on columns that are not in the plain form, a line each."""
        read = [
            f"{clean(name, 60)} is read as {self.kinds[name]} ({self.forms[name].said})"
            for name in self.names
            if name in self.guessed
        ]
        return (*read, *(f"{clean(name, 60)} is text: {why}" for name, why in self.undecided.items()))


def examine(
    source: Source,
    options: ReadOptions,
    expected: Mapping[str, str],
    declared: Mapping[str, str],
    registered: Mapping[str, str] = NOTHING_REGISTERED,
    noted: Sequence[Note] = (),
) -> TextTable:
    """Decide the dialect, and guess the types from samples of the files.

    `expected` maps a column, in lower case, to the family that rules take it
    for, `declared` a column to the type that a rule declares for it, and
    `registered` one to the type that it was read as before; the types in
    `options` win over all. `noted` is what is already known of the files' bytes.

    Raises:
        UnreadableError: a file is empty, binary or no table.

    """
    found: list[Dialect] = []
    findings = list(noted)
    own_names: list[tuple[str, ...]] = []
    known: dict[str, str] = {}
    cells: dict[str, list[str]] = {}
    for number, file in enumerate(source.files):
        head = sampling.head(file)
        here = dialects.decide(head, options, file.shown)
        own_names.append(here.names)
        # A column whose name differs in case alone is that of the files before.
        here = replace(here, names=tuple(known.setdefault(name.casefold(), name) for name in here.names))
        found.append(here)
        findings += _header_note(file, number, here)
        if here.names != found[0].names or all(len(column) < ENOUGH_CELLS for column in cells.values()):
            for name, column in sampling.cells(file, head, here, ["", *options.missing_values]).items():
                cells.setdefault(name, []).extend(column)
        for name in here.names:
            cells.setdefault(name, [])
        for name, value in file.partition:
            if name not in here.names:
                cells.setdefault(name, []).extend([] if value is None else [value])
    names = tuple(cells)
    refuse_twins(names, source.shown)
    refuse_unknown(options.types, names, source.shown)
    refuse_unknown(options.columns, names, source.shown, "read.columns")
    types_of = {**_folded(declared), **_folded(options.types)}
    chosen = {
        name: forms.declared(types_of[name.casefold()], options.of(name).notation)
        for name in names
        if name.casefold() in types_of
    }
    expected = {**expected, **{name: types.NUMBER for name in _numbers(options) if name not in expected}}
    kept = {name: registered[name] for name in names if name in registered}
    sample = {name: notation.Cells(_there(cells[name], options.of(name))) for name in names if name not in chosen}
    decided = {
        name: notation.decide(cell, options.of(name).notation, expected.get(name.casefold()), kept.get(name))
        for name, cell in sample.items()
    }
    table = TextTable(
        source=source,
        dialects=tuple(found),
        names=names,
        strays=strays([file.shown for file in source.files], own_names),
        options=options,
        kinds={name: kind for name, (kind, _) in chosen.items()},
        declared=frozenset(chosen),
        expected=expected,
        registered=kept,
        unseen=frozenset(name for name, column in cells.items() if not column),
        forms={name: form for name, (_, form) in chosen.items() if form is not None},
        findings=tuple(findings),
    )
    return decided_as(table, notation.doubted(decided, sample, found[0].delimiter, options.notation))


def _header_note(file: File, number: int, dialect: Dialect) -> list[Note]:
    """Note a header that is not UTF-8, which DuckDB skips unseen."""
    if not dialect.header or sampling.is_utf8(file, dialect.skip):
        return []
    return [Note(number, dialect.skip + 1, "names the columns and is not UTF-8; its names are read as cp1252", "utf-8")]


def doubts(source: Source, notes: Sequence[Note]) -> tuple[str, ...]:
    """Say the notes about the files of a source, one text each."""
    many = len(source.files) > 1
    return tuple(
        f"{source.files[note.file].shown + ': ' if many else ''}line {note.line:,} {note.why}" for note in notes
    )


def decided_as(table: TextTable, decided: Mapping[str, Decided]) -> TextTable:
    """Return the table with columns read as it was decided."""
    others = {name: form for name, form in table.forms.items() if name not in decided}
    written = {name: one.form for name, one in decided.items() if one.form is not None}
    undecided = {name: why for name, why in table.undecided.items() if name not in decided}
    return replace(
        table,
        kinds={**table.kinds, **{name: one.kind for name, one in decided.items()}},
        forms={**others, **written},
        guessed=(table.guessed - set(decided)) | {name for name, one in decided.items() if one.guessed},
        undecided={**undecided, **{name: one.undecided for name, one in decided.items() if one.undecided}},
    )


def _there(cells: Sequence[str], options: ColumnOptions) -> Sequence[str]:
    """Return the cells that are not missing."""
    missing = frozenset(options.missing_values)
    return [cell for cell in cells if cell not in missing] if missing else cells


def _numbers(options: ReadOptions) -> list[str]:
    """Return the columns, in lower case, of which a person says how their numbers are written."""
    return [name.casefold() for name, one in options.columns.items() if forms.numbers(one.notation) is not None]


def relation(dataset: str, table: TextTable) -> Relation:
    """Return the relation of `table`; of a file without a header, one without columns and rows."""
    if not table.names:
        return Relation(dataset, (), NOTHING, NOTHING, NOTHING)
    columns = tuple(
        Column(
            name,
            table.kinds[name],
            None if table.kinds[name] == types.TEXT else f"{TEXT_PREFIX}{position}",
            name in table.declared,
            doubt=table.undecided.get(name),
            plain=name not in table.forms,
        )
        for position, name in enumerate(table.names)
    )
    every = range(len(table.source.files))
    numbered = " UNION ALL ".join(
        f"SELECT *, {number} AS {sql.identifier(FILE_COLUMN)}, row_number() OVER () AS {sql.identifier(ROW_COLUMN)}"
        f" FROM {_rows(table, columns, [number], _again(dataset))}"
        for number in every
    )
    return Relation(
        dataset=dataset,
        columns=columns,
        scan=_rows(table, columns, every, _first(dataset)),
        rescan=_rows(table, columns, every, _again(dataset)),
        numbered=f"({numbered})",
        doubts=(
            *dict.fromkeys(doubt for dialect in table.dialects for doubt in dialect.doubts),
            *doubts(table.source, table.findings),
        ),
        strays=table.strays,
        size=sum(file.size for file in table.source.files),
        notes=table.notes,
    )


def noted(table: TextTable, folder: str) -> TextTable:
    """Return the table as it is read with a note of each line that is not a row; copies go into `folder`.

    Raises:
        UnreadableError: a file cannot be read.

    """
    refuse_endless(table.source)
    reading = noting(table.source, table.dialects)
    source = ended(table.source, table.dialects, folder) if reading is Reading.SERIAL else table.source
    return replace(table, source=source, reading=reading)


def even(table: TextTable, folder: str) -> TextTable:
    """Return the table as it is read of copies in `folder`, in which every record ends in LF.

    Raises:
        UnreadableError: a file cannot be read, or where a record ends cannot be told.

    """
    return replace(table, source=evened(table.source, table.dialects, folder), evened=True)


def rejected(database: Database, table: TextTable, dataset: str) -> tuple[Rejected, ...]:
    """Return the lines that could not be read as rows, in the order of the file.

    A first scan that failed half-way has noted only some; the later ones, all.
    """
    if table.reading is Reading.STRICT:
        # A line that is not a row would have ended the scan.
        return ()
    numbers = {file.path: number for number, file in enumerate(table.source.files)}
    found = {
        (numbers[str(path)], int(str(line))): _reason(str(kind), table.dialects[numbers[str(path)]])
        for noted in (_again(dataset), _first(dataset))
        for path, line, kind in _noted(database, noted)
        # A file that was read in vain, and written anew, is noted too.
        if str(path) in numbers
    }
    return tuple(
        Rejected(file, record, reason, len(table.dialects[file].names))
        for (file, record), reason in sorted(found.items())
    )


def _noted(database: Database, table: str) -> list[Row]:
    try:
        return database.fetch(
            f"SELECT file_path, line, max(error_type::VARCHAR) FROM {table}"
            f" JOIN {table}{SCANS} USING (scan_id, file_id) GROUP BY ALL"
        )
    except QueryError:
        # There is no such table where there was no such scan.
        return []


def _again(dataset: str) -> str:
    return _first(dataset) + AGAIN


def _first(dataset: str) -> str:
    """Return the name of the table for the lines that a dataset's first scan rejects; DuckDB wants it plain."""
    return f"idqp_first_{blake2s(dataset.encode(), digest_size=8).hexdigest()}"


REASONS = {
    "MISSING COLUMNS": "too few cells",
    "TOO MANY COLUMNS": "too many cells",
    "UNQUOTED VALUE": "a quote that is opened and not closed, or followed by text",
    "LINE SIZE OVER MAXIMUM": "longer than {max_line:,} bytes (say read.max_line)",
    "INVALID ENCODING": "not UTF-8 (say read.encoding)",
}


def _reason(kind: str, dialect: Dialect) -> str:
    return REASONS.get(kind, "cannot be read").format(max_line=dialect.max_line)


def corrected(
    database: Database, table: TextTable, relation: Relation, doubted: Mapping[str, int]
) -> dict[str, Decided]:
    """Return better decisions on columns whose guess the whole file contradicts.

    `doubted` counts, by column, the cells that did not parse, that no sample had,
    or that left more than one choice. A declared type is never corrected: there,
    the cells are wrong.
    """
    doubtful = [column for column in relation.columns if doubted.get(column.name) and not column.declared]
    if not doubtful:
        return {}
    rows = database.fetch(types.shape_counts([sql.as_text(column) for column in doubtful], relation.rescan))
    better = {}
    for column, counts in zip(doubtful, types.by_column(rows, len(doubtful)), strict=True):
        name, cells = column.name, Scanned(database, relation.rescan, sql.as_text(column), counts)
        own = table.options.of(name).notation
        one = notation.decide(cells, own, table.expected.get(name.casefold()), table.registered.get(name))
        if notation.still_grouped(one, cells, table.undecided.get(name)):
            continue
        if (one.kind, one.form, one.undecided) != (table.kinds[name], table.forms.get(name), table.undecided.get(name)):
            better[name] = one
    return better


def refuse_unknown(declared: Iterable[str], names: Sequence[str], shown: str, option: str = "read.types") -> None:
    """Refuse what is said of columns that are not there."""
    known = {name.casefold() for name in names}
    for column in declared:
        if names and column.casefold() not in known:
            raise UnreadableError(f"{shown}: {option} names the column '{clean(column, 60)}', which is not there")


def _folded(kinds: Mapping[str, str]) -> dict[str, str]:
    return {column.casefold(): kind for column, kind in kinds.items()}


def _rows(table: TextTable, columns: Sequence[Column], files: Iterable[int], rejects: str) -> str:
    """Return the SELECT of all rows of the files: each cell as its type and, beside it, as its text.

    Files that are written alike are read together; a column that a file has not is NULL in its rows.
    """
    alike: dict[tuple[Dialect, str | None, Partition], list[str]] = {}
    for number in files:
        file = table.source.files[number]
        dialect = replace(table.dialects[number], doubts=(), quoted=None)
        if dialect.names:
            alike.setdefault((dialect, file.compressed, file.partition), []).append(file.path)
    whole = " UNION ALL ".join(
        _alike(table, columns, (dialect, dict(partition)), _read(table, dialect, compressed, paths, rejects), rejects)
        for (dialect, compressed, partition), paths in alike.items()
    )
    typed = ", ".join(_typed(f"c{position}", column, table) for position, column in enumerate(columns))
    return f"(SELECT {typed} FROM ({whole or _none(len(columns))}))"


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
        f"{_present(f't.c{own[column.name]}', column, dialect, table)} AS c{position}"
        if column.name in own
        else f"{sql.literal(partition.get(column.name))}::VARCHAR AS c{position}"
        for position, column in enumerate(columns)
    )
    # The first scan counts the cells of every column. A later one that notes lines must read them all too, so that
    # a line that is not UTF-8 is not a row, whichever columns it wants.
    every = ", ".join(f"t.c{position}" for position in range(len(dialect.names)))
    again = rejects.endswith(AGAIN) and table.reading is not Reading.STRICT
    where = f" WHERE hash({every}) IS NOT NULL" if again else ""
    return f"SELECT {cells} FROM {read} AS t{where}"


def typed(text: str, column: Column, table: TextTable) -> str:
    """Return the SQL that reads a text, given as SQL, as a cell of `column`: its value first."""
    return _typed(text, column, table)


def _none(cells: int) -> str:
    return f"SELECT {', '.join(f'NULL::VARCHAR AS c{position}' for position in range(cells))} WHERE false"


def _present(cell: str, column: Column, dialect: Dialect, table: TextTable) -> str:
    """Return the text of a cell, NULL where it says that it is missing.

    Without quotes DuckDB sees to that. In quotes, too, a text that a person names
    as missing is missing; the empty text is a text, except in a column of another
    type, and where all cells are in quotes.
    """
    empty = [""] if column.text is not None or dialect.quoted_missing else []
    absent = sql.listing([*empty, *table.options.of(column.name).missing_values])
    return f"CASE WHEN {cell} NOT IN ({absent}) THEN {cell} END" if absent else cell


def _typed(cell: str, column: Column, table: TextTable) -> str:
    name = sql.identifier(column.name)
    if column.text is None:
        return f"{cell} AS {name}"
    lenient = column.declared or table.expected.get(column.name.casefold()) == types.NUMBER
    form = table.forms.get(column.name)
    value = forms.value(cell, column.type, form, lenient=lenient, declared=column.declared)
    return f"{value} AS {name}, {cell} AS {sql.identifier(column.text)}"


def _read(table: TextTable, dialect: Dialect, compressed: str | None, paths: Iterable[str], rejects: str) -> str:
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
        "compression": sql.literal(compressed or "none"),
        "nullstr": f"[{sql.listing(['', *table.options.missing_values])}]",
        "allow_quoted_nulls": "false",
        "max_line_size": sql.literal(dialect.max_line),
        "strict_mode": "true",
        "null_padding": "false",
        "hive_partitioning": "false",
        **reading_options(table.reading),
    }
    if table.evened:
        # Every record ends in LF now. Of other files DuckDB finds out by itself: told wrong, it drops rows unsaid.
        options["new_line"] = sql.literal(r"\n")
    if table.reading is not Reading.STRICT:
        options |= {"rejects_table": sql.literal(rejects), "rejects_scan": sql.literal(rejects + SCANS)}
    written = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"read_csv([{sql.listing(map(pattern, paths))}], {written})"
