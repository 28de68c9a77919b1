"""JSON as a relation: an object for each row, its keys are the columns.

The lines are parsed once, into a file of texts in a temporary folder, which
everything else reads. The text of a number is typed like a cell of a text file.
A string stays text, unless it is a date or a time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import Notation, ReadOptions
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Rejected, Relation, RowPlace
from idqp_cli.ingest import detect_forms, forms, json_keys, json_text, typed_cells, types
from idqp_cli.ingest.column_names import refuse_twins
from idqp_cli.ingest.column_scan import Scanned
from idqp_cli.ingest.compression import chunks
from idqp_cli.ingest.database import Database, Row
from idqp_cli.ingest.files import File, Source, pattern
from idqp_cli.ingest.json_keys import OBJECT, STRICT, Key
from idqp_cli.ingest.json_text import JsonText
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.text_rows import NOTHING, NOTHING_NUMBERED, column_of, typed
from idqp_cli.ingest.text_table import doubts as noted
from idqp_cli.ingest.text_table import refuse_unknown

WHY_NOT = (
    f"CASE WHEN l IN ({sql.listing(json_text.REASONS)}) THEN l"
    f" WHEN NOT json_valid(l) OR NOT {STRICT} THEN 'not JSON' WHEN json_type(l) <> 'OBJECT' THEN 'not an object'"
    " ELSE 'has a key twice' END"
)
PRESENT = "trim(l, ' \t\r') <> ''"
TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})


@frozen
class _Looked:
    """What was seen of lines: those that are not objects, the keys, and the SELECT of the lines that are objects."""

    refused: tuple[Rejected, ...]
    keys: list[Key]
    objects: str


# The type of a column, and the form in which its cells are written.
Reading = tuple[str, forms.Form | None]


def relation(
    database: Database,
    dataset: str,
    source: Source,
    options: ReadOptions,
    expected: Mapping[str, str],
    declared: Mapping[str, str],
    registered: Mapping[str, str],
) -> tuple[Relation, tuple[Rejected, ...], JsonText]:
    """Return the relation of the files of `source`, the lines that are not objects, and the files as they were read.

    `expected` maps a column, in lower case, to the family that rules take it
    for, `declared` a column to the type that a rule declares for it, and
    `registered` one to the type that it was read as before; the types in
    `options` win over all.

    Raises:
        UnreadableError: a file is damaged, or not in its encoding.

    """
    text, looked = _read(database, json_text.readable(source, options, database.folder(dataset)), dataset)
    refused, keys = looked.refused, looked.keys
    if source.messages is not None:
        # A key that no message of a batch has is missing in each, and not gone from the topic.
        there = {key.name.casefold() for key in keys}
        keys += [Key(name, 0, 0) for name in registered if name.casefold() not in there]
    doubts = noted(source, text.notes)
    names = [key.name for key in keys]
    refuse_twins(names, source.shown)
    if not names:
        return Relation(dataset, (), NOTHING, NOTHING, NOTHING_NUMBERED, doubts), refused, text
    if "" in names:
        raise UnreadableError(f"{source.shown}: a key is empty, so it cannot name a column; rename it")
    refuse_unknown(options.types, names, source.shown)
    refuse_unknown(options.columns, names, source.shown, "read.columns")
    table = _cells(database, database.folder(dataset), looked.objects, keys, options)
    # The messages of a batch are few enough to be kept apart by what they say.
    shapes = database.fetch(_shapes(len(keys), table, at_once=source.messages is not None))
    guessed = _guessed(shapes, keys, expected, registered)
    types_of = {name.casefold(): kind for chosen in (declared, options.types) for name, kind in chosen.items()}
    reads = _reads(guessed, _named(database, table, keys, options, expected), types_of, options)
    columns = tuple(
        column_of(position, name, reads[name][0], declared=name.casefold() in types_of, plain=reads[name][1] is None)
        for position, name in enumerate(names)
    )
    cells = ", ".join(
        typed(f"c{at}" if column.text is None else f"nullif(c{at}, '')", column, reads[column.name][1], expected)
        for at, column in enumerate(columns)
    )
    place = f"f AS {sql.identifier(FILE_COLUMN)}, n AS {sql.identifier(ROW_COLUMN)}"
    rows, numbered = f"(SELECT {cells} FROM {table})", f"(SELECT {cells}, {place} FROM {table})"
    found = Relation(dataset, columns, rows, rows, numbered, doubts, size=sum(file.size for file in source.files))
    return found, refused, text


def _reads(
    guessed: Mapping[str, str], named: Mapping[str, Reading], types_of: Mapping[str, str], options: ReadOptions
) -> dict[str, Reading]:
    """Return how each column is read: as it was guessed, as the options say, and by its declared type before both."""
    reads: dict[str, Reading] = {**{name: (kind, None) for name, kind in guessed.items()}, **named}
    for name in reads:
        if name.casefold() in types_of:
            reads[name] = forms.declared(types_of[name.casefold()], options.of(name).notation)
    return reads


def _read(database: Database, text: JsonText, dataset: str) -> tuple[JsonText, _Looked]:
    """Return the files as DuckDB reads them to their end, and what was seen of their lines."""
    try:
        return text, _look(database, text)
    except QueryError:
        text = json_text.mended(text, database.folder(dataset))
    try:
        return text, _look(database, text)
    except QueryError as error:
        raise UnreadableError(f"{text.source.shown}: cannot be read to its end ({error.kind})") from None


def _look(database: Database, text: JsonText) -> _Looked:
    lines = _all_lines(text)
    names = json_keys.names(database, lines)
    if names is not None:
        return _Looked((), json_keys.plain_keys(database, lines, names), lines)
    refused = _refused(database, lines)
    objects = f"SELECT * FROM ({lines}) WHERE {OBJECT if refused else PRESENT}"
    return _Looked(refused, json_keys.counted(database, objects), objects)


def _all_lines(text: JsonText) -> str:
    return " UNION ALL ".join(_lines(file, number) for number, file in enumerate(text.source.files))


def locate(
    text: JsonText, places: Collection[RowPlace], rejects: Sequence[Rejected]
) -> tuple[dict[RowPlace, int], dict[Rejected, int]]:
    """Find the lines of rows and of rejected records: empty lines count as lines, but are no records."""
    wanted: dict[int, set[int]] = {}
    for file, record in [(place.file, place.row) for place in places] + [
        (reject.file, reject.record) for reject in rejects
    ]:
        wanted.setdefault(file, set()).add(record)
    lines = {file: _located(text, file, records) for file, records in wanted.items()}
    return (
        {place: lines[place.file][place.row] for place in places},
        {reject: lines[reject.file][reject.record] for reject in rejects},
    )


def _located(text: JsonText, number: int, records: Collection[int]) -> dict[int, int]:
    file, known = text.source.files[number], text.lines[number]
    if known is not None:
        return {record: known[record - 1] for record in records}
    found: dict[int, int] = {}
    line = record = 0
    rest = b""
    last = max(records)
    for chunk in chunks(file):
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            line += 1
            # DuckDB ends a line also at a lone CR.
            for part in piece.split(b"\r"):
                record += part != b""
                found.setdefault(record, line)
        if record >= last:
            return found
    for part in rest.split(b"\r"):
        record += part != b""
        found.setdefault(record, line + 1)
    return found


def _lines(file: File, number: int) -> str:
    """Return the SELECT of the lines `l` of a file, with the file's number `f` and the record's, `n`, from 1.

    What stands behind a delimiter is a part of the line, which is no JSON then.
    """
    options = (
        "columns={h: 'VARCHAR', t: 'VARCHAR'}, null_padding=true, auto_detect=false, header=false, delim='\x1f',"
        f" quote='', escape='', strict_mode=false, nullstr=['\x1e'], max_line_size={json_text.MAX_LINE},"
        f" compression={sql.literal(file.compressed or 'none')}"
    )
    read = f"read_csv({sql.literal(pattern(file.path))}, {options})"
    line = "CASE WHEN t IS NULL THEN h ELSE h || '\x1f' || t END"
    return f"SELECT {line} AS l, {number} AS f, row_number() OVER () AS n FROM {read}"


def _refused(database: Database, lines: str) -> tuple[Rejected, ...]:
    rows = database.fetch(f"SELECT f, n, {WHY_NOT} FROM ({lines}) WHERE {PRESENT} AND NOT {OBJECT} ORDER BY ALL")
    return tuple(Rejected(int(str(file)), int(str(record)), str(why), 0) for file, record, why in rows)


def _cells(database: Database, folder: str, lines: str, keys: Sequence[Key], options: ReadOptions) -> str:
    """Write the texts of all cells into a file in `folder`; return the SQL that reads it: a column `c0`… per key."""
    path = os.path.join(folder, "cells.parquet")
    shape = json.dumps({key.name: "VARCHAR" for key in keys})
    cells = "".join(
        f", {_present(f's[{sql.literal(key.name)}]', sql.listing(options.of(key.name).missing_values))} AS c{position}"
        for position, key in enumerate(keys)
    )
    parts = f"SELECT f, n, json_transform(l, {sql.literal(shape)}) AS s FROM ({lines})"
    database.fetch(f"COPY (SELECT f, n{cells} FROM ({parts})) TO {sql.literal(path)} (FORMAT parquet)")
    return f"read_parquet({sql.literal(pattern(path))})"


def _present(cell: str, absent: str) -> str:
    return f"CASE WHEN {cell} NOT IN ({absent}) THEN {cell} END" if absent else cell


def _shapes(columns: int, table: str, *, at_once: bool) -> str:
    return typed_cells.shape_counts([f"c{position}" for position in range(columns)], table, at_once=at_once)


def _guessed(
    rows: Sequence[Row], keys: Sequence[Key], expected: Mapping[str, str], registered: Mapping[str, str]
) -> dict[str, str]:
    """Return the types that the cells of each column say, all of them counted."""
    guessed = {}
    for key, counts in zip(keys, typed_cells.by_column(rows, len(keys)), strict=True):
        family = expected.get(key.name.casefold())
        kind = types.settle(counts, family)
        only_strings = key.strings == key.values and family in {None, types.WRITTEN}
        settled = types.TEXT if only_strings and kind not in TIMES else kind
        guessed[key.name] = types.kept(registered.get(key.name), counts, settled, family)
    return guessed


def _named(
    database: Database, table: str, keys: Sequence[Key], options: ReadOptions, expected: Mapping[str, str]
) -> dict[str, Reading]:
    """Return the types and forms of the columns that are in a notation that a person names."""
    named: dict[str, Reading] = {}
    for position, key in enumerate(keys):
        notation = options.of(key.name).notation
        if notation != Notation():
            (counts,) = typed_cells.by_column(database.fetch(typed_cells.shape_counts([f"c{position}"], table)), 1)
            cells = Scanned(database, table, f"c{position}", counts)
            decision = detect_forms.decide(cells, notation, expected.get(key.name.casefold()), None)
            if decision.form is not None and not decision.guessed:
                named[key.name] = (decision.kind, decision.form)
    return named
