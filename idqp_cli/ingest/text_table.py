"""How text files are read: their dialects, and the types and forms of their columns.

DuckDB reads all cells as text with this dialect, and `text_rows` types them in
SQL, so DuckDB guesses nothing. Each typed column has its text column beside it:
a cell with text but without a value did not parse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import ColumnOptions, ReadOptions
from idqp_cli.core.relation import Note, Relation
from idqp_cli.core.text import clean
from idqp_cli.ingest import detect_forms, forms, preview, typed_cells, types
from idqp_cli.ingest import dialect as dialect_of
from idqp_cli.ingest.column_names import refuse_twins, strays
from idqp_cli.ingest.column_scan import Scanned
from idqp_cli.ingest.csv_reader import Reading, ended, noting, refuse_endless
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.detect_forms import Decided
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Source
from idqp_cli.ingest.forms import Form
from idqp_cli.ingest.line_ends import evened

ENOUGH_CELLS = 2_000
NOTHING_REGISTERED: Mapping[str, str] = {}


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
    `findings` are what was decided about the bytes of the files, and `empty` the numbers of those of several that have
    no row.
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
    empty: tuple[int, ...] = ()

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
    seen = _seen(source, options, noted)
    names = tuple(seen.cells)
    refuse_twins(names, source.shown)
    refuse_unknown(options.types, names, source.shown)
    refuse_unknown(options.columns, names, source.shown, "read.columns")
    chosen = _chosen(names, declared, options)
    expected = {**expected, **{name: types.NUMBER for name in _numbers(options) if name not in expected}}
    kept = {name: registered[name] for name in names if name in registered}
    undeclared = [name for name in names if name not in chosen]
    sample = {name: detect_forms.Cells(_present(seen.cells[name], options.of(name))) for name in undeclared}
    decided = {
        name: detect_forms.decide(cells, options.of(name).notation, expected.get(name.casefold()), kept.get(name))
        for name, cells in sample.items()
    }
    table = TextTable(
        source=source,
        dialects=seen.dialects,
        names=names,
        strays=strays([file.shown for file in source.files], seen.names),
        options=options,
        kinds={name: kind for name, (kind, _) in chosen.items()},
        declared=frozenset(chosen),
        expected=expected,
        registered=kept,
        unseen=frozenset(name for name, cells in seen.cells.items() if not cells),
        forms={name: form for name, (_, form) in chosen.items() if form is not None},
        findings=seen.findings,
        empty=seen.empty if len(source.files) > 1 else (),
    )
    return decided_as(table, detect_forms.doubted(decided, sample, seen.dialects[0].delimiter, options.notation))


def _chosen(
    names: Sequence[str], declared: Mapping[str, str], options: ReadOptions
) -> dict[str, tuple[str, Form | None]]:
    """Return the type and the form of each column whose type a person chose."""
    types_of = {**_folded(declared), **_folded(options.types)}
    return {
        name: forms.declared(types_of[name.casefold()], options.of(name).notation)
        for name in names
        if name.casefold() in types_of
    }


@frozen
class _Seen:
    """What samples of the files show: of each file the dialect and the names as it writes them; the cells by column.

    `empty` are the numbers of the files that have a header and no row.
    """

    dialects: tuple[Dialect, ...]
    names: tuple[tuple[str, ...], ...]
    cells: Mapping[str, Sequence[str]]
    findings: tuple[Note, ...]
    empty: tuple[int, ...]


def _seen(source: Source, options: ReadOptions, noted: Sequence[Note]) -> _Seen:
    """Read samples of the files, of later files with the same header until each column has enough cells."""
    dialects: list[Dialect] = []
    findings = list(noted)
    written_names: list[tuple[str, ...]] = []
    known: dict[str, str] = {}
    cells: dict[str, list[str]] = {}
    empty: list[int] = []
    for number, file in enumerate(source.files):
        head = preview.head(file)
        dialect = dialect_of.decide(head, options, file.shown)
        written_names.append(dialect.names)
        # A column whose name differs in case alone is that of the files before.
        dialect = replace(dialect, names=tuple(known.setdefault(name.casefold(), name) for name in dialect.names))
        dialects.append(dialect)
        empty += [number] if preview.is_empty(head, dialect) else []
        findings += _header_notes(file, number, dialect)
        if dialect.names != dialects[0].names or all(len(column) < ENOUGH_CELLS for column in cells.values()):
            for name, column in preview.cells(file, head, dialect, ["", *options.missing_values]).items():
                cells.setdefault(name, []).extend(column)
        for name in dialect.names:
            cells.setdefault(name, [])
        for name, value in file.partition:
            if name not in dialect.names:
                cells.setdefault(name, []).extend([] if value is None else [value])
    return _Seen(tuple(dialects), tuple(written_names), cells, tuple(findings), tuple(empty))


def _header_notes(file: File, number: int, dialect: Dialect) -> list[Note]:
    """Note a header that is not UTF-8, which DuckDB skips unseen, and names that it has twice."""
    if not dialect.header:
        return []
    line, notes = dialect.skip + 1, []
    if not preview.is_utf8(file, dialect.skip):
        notes.append(Note(number, line, "names the columns and is not UTF-8; its names are read as cp1252", "utf-8"))
    for position, name in dialect.renamed:
        given = clean(dialect.names[position], 60)
        why = f"names column {position + 1:,} '{clean(name, 60)}' again; it is read as '{given}'"
        notes.append(Note(number, line, why, "a name of its own"))
    return notes


def doubts(source: Source, notes: Sequence[Note]) -> tuple[str, ...]:
    """Say the notes about the files of a source, one text each."""
    many = len(source.files) > 1
    return tuple(
        f"{source.files[note.file].shown + ': ' if many else ''}line {note.line:,} {note.why}" for note in notes
    )


def decided_as(table: TextTable, decided: Mapping[str, Decided]) -> TextTable:
    """Return the table with columns read as it was decided."""
    others = {name: form for name, form in table.forms.items() if name not in decided}
    written = {name: decision.form for name, decision in decided.items() if decision.form is not None}
    undecided = {name: why for name, why in table.undecided.items() if name not in decided}
    return replace(
        table,
        kinds={**table.kinds, **{name: decision.kind for name, decision in decided.items()}},
        forms={**others, **written},
        guessed=(table.guessed - set(decided)) | {name for name, decision in decided.items() if decision.guessed},
        undecided={
            **undecided,
            **{name: decision.undecided for name, decision in decided.items() if decision.undecided},
        },
    )


def _present(cells: Sequence[str], options: ColumnOptions) -> Sequence[str]:
    """Return the cells that are not missing."""
    missing = frozenset(options.missing_values)
    return [cell for cell in cells if cell not in missing] if missing else cells


def _numbers(options: ReadOptions) -> list[str]:
    """Return the columns, in lower case, of which a person says how their numbers are written."""
    return [name.casefold() for name, column in options.columns.items() if forms.numbers(column.notation) is not None]


def noted(table: TextTable, folder: str) -> TextTable:
    """Return the table as it is read with a note of each line that is not a row; copies go into `folder`.

    Raises:
        UnreadableError: a file cannot be read.

    """
    refuse_endless(table.source)
    reading = noting(table.source, table.dialects)
    # A row with a delimiter too many is a row, and told apart from the lines that are none.
    dialects = tuple(replace(dialect, lenient=True) for dialect in table.dialects)
    source = ended(table.source, table.dialects, folder) if reading is Reading.SERIAL else table.source
    return replace(table, source=source, dialects=dialects, reading=reading)


def even(table: TextTable, folder: str) -> TextTable:
    """Return the table as it is read of copies in `folder`, in which every record ends in LF.

    Raises:
        UnreadableError: a file cannot be read, or where a record ends cannot be told.

    """
    source, notes = evened(table.source, table.dialects, folder)
    return replace(table, source=source, findings=(*table.findings, *notes), evened=True)


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
    rows = database.fetch(typed_cells.shape_counts([sql.as_text(column) for column in doubtful], relation.rescan))
    better = {}
    for column, counts in zip(doubtful, typed_cells.by_column(rows, len(doubtful)), strict=True):
        name, cells = column.name, Scanned(database, relation.rescan, sql.as_text(column), counts)
        notation, family = table.options.of(name).notation, table.expected.get(name.casefold())
        decision = detect_forms.decide(cells, notation, family, table.registered.get(name))
        if detect_forms.still_grouped(decision, cells, table.undecided.get(name)):
            continue
        before = (table.kinds[name], table.forms.get(name), table.undecided.get(name))
        if (decision.kind, decision.form, decision.undecided) != before:
            better[name] = decision
    return better


def refuse_unknown(declared: Iterable[str], names: Sequence[str], shown: str, option: str = "read.types") -> None:
    """Refuse options for columns that the files do not have."""
    known = {name.casefold() for name in names}
    for column in declared:
        if names and column.casefold() not in known:
            raise UnreadableError(
                f"{shown}: {option} names the column '{clean(column, 60)}', but the data has no such column"
            )


def _folded(kinds: Mapping[str, str]) -> dict[str, str]:
    return {column.casefold(): kind for column, kind in kinds.items()}
