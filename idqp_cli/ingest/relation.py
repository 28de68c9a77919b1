"""Ingest: a path becomes a relation in DuckDB, with every cell that did not parse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Drawn
from idqp_cli.core.relation import Note, Rejected, Relation, RowPlace
from idqp_cli.core.text import count
from idqp_cli.ingest import encoding, rejected_lines, text_rows, text_table, whole_file
from idqp_cli.ingest import locate as lines
from idqp_cli.ingest.csv_reader import Reading, UnreadTextError
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Format, Source
from idqp_cli.ingest.query_errors import Unread
from idqp_cli.ingest.read_options import refuse_unfitting
from idqp_cli.ingest.text_table import NOTHING_REGISTERED, TextTable

if TYPE_CHECKING:
    from idqp_cli.ingest.json_text import JsonText
    from idqp_cli.ingest.sample_rows import Draw
    from idqp_cli.ingest.text_there import TextThere


@frozen
class Ingested:
    """A source that can be queried; `text` is there where its cells are text in the file, `json` where they are JSON.

    If `draw` asked for a sample, and the source has more rows than that, its
    relation is that sample and `drawn` says which. `picked` gives the line in
    the file of each line of the sample, by file, where it was picked by lines;
    `refused` are the lines that are known not to be rows before any scan.
    `there` is there where its text is on another machine, which reads it.
    """

    source: Source
    relation: Relation
    text: TextTable | None
    draw: Draw | None = None
    drawn: Drawn | None = None
    picked: tuple[tuple[int, ...], ...] | None = None
    refused: tuple[Rejected, ...] = ()
    json: JsonText | None = None
    there: TextThere | None = None

    @property
    def lines(self) -> TextTable | None:
        """The text whose lines can be looked at here."""
        return self.text if self.there is None else None

    def read_as(self, table: TextTable) -> Ingested:
        """Return the source with its text read in another way."""
        relation = (
            text_rows.relation(self.relation.dataset, table) if self.there is None else self.there.relation(table)
        )
        return replace(self, relation=relation, text=table)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided about the bytes of its files."""
        return self.text.findings if self.text is not None else self.json.notes if self.json is not None else ()

    @property
    def parsed(self) -> bool:
        """Whether the types of its cells were read from text."""
        return self.source.format not in {Format.PARQUET, Format.MESSAGES}

    @property
    def doubtful(self) -> bool:
        """Whether a row may not parse, or a cell not be a value of its column's type."""
        return (
            self.parsed
            or self.source.messages is not None
            or any(column.text is not None for column in self.relation.columns)
        )


def ingest(
    database: Database,
    dataset: Dataset,
    source: Source,
    expected: Mapping[str, str],
    declared: Mapping[str, str],
    registered: Mapping[str, str] = NOTHING_REGISTERED,
) -> Ingested:
    """Open `source` as a relation.

    `expected` maps a column, in lower case, to the family that rules take it
    for, `declared` a column to the type that a rule declares for it, and
    `registered` one to the type that it was read as before.

    Raises:
        UnreadableError: nothing can be said of the data; the text says why.

    """
    refuse_unfitting(dataset.read, source)
    ingested = _ingested(database, dataset, source, expected, declared, registered)
    database.expect(len(ingested.relation.columns))
    return ingested


def _ingested(
    database: Database,
    dataset: Dataset,
    source: Source,
    expected: Mapping[str, str],
    declared: Mapping[str, str],
    registered: Mapping[str, str],
) -> Ingested:
    if source.format is Format.PARQUET:
        from idqp_cli.ingest import parquet_table  # noqa: PLC0415 - only such files have to pay

        return Ingested(source, parquet_table.relation(database, dataset.name, source, dataset.read), None)
    if source.format is Format.MESSAGES:
        from idqp_cli.ingest import typed_messages  # noqa: PLC0415 - only such files have to pay

        relation, refused = typed_messages.relation(database, dataset.name, source, dataset.read)
        return Ingested(source, relation, None, refused=refused)
    if source.format is Format.JSON:
        from idqp_cli.ingest import json_lines  # noqa: PLC0415 - only such files have to pay

        relation, refused, text = json_lines.relation(
            database, dataset.name, source, dataset.read, expected, declared, registered
        )
        return Ingested(source, relation, None, refused=refused, json=text)
    readable = encoding.as_utf8(source, dataset.read.encoding, database.folder(dataset.name))
    table = text_table.examine(readable.source, dataset.read, expected, declared, registered, readable.notes)
    if any(dialect.comment or dialect.padded for dialect in table.dialects):
        from idqp_cli.ingest import rewrite  # noqa: PLC0415 - only such files have to pay

        table = replace(table, source=rewrite.plain(table.source, table.dialects, database.folder(dataset.name)))
    if any(dialect.hidden for dialect in table.dialects):
        table = text_table.even(table, database.folder(dataset.name))
    table = whole_file.looked_at(table)
    return Ingested(source, text_rows.relation(dataset.name, table), table)


def verify(database: Database, source: Source) -> tuple[str, ...]:
    """See that every page of Parquet files is as it was written; return a line for each file that does not tell.

    What is compressed in text files is always seen to be whole.

    Raises:
        UnreadableError: a page is not as it was written.

    """
    if source.format is not Format.PARQUET:
        return ()
    from idqp_cli.ingest import parquet_footer  # noqa: PLC0415 - only such files have to pay

    remarks = []
    for file in source.files:
        pages, summed = parquet_footer.verify(database, file, every=True)
        if summed < pages:
            remarks.append(f"{file.shown}: {pages - summed:,} of {count(pages, 'page')} have no checksum: not verified")
    return tuple(remarks)


def sampled(database: Database, ingested: Ingested, asked: Draw) -> Ingested:
    """Return the source as a sample of its rows; as it is where it has no more.

    Raises:
        UnreadableError: the data cannot be read to its end.

    """
    from idqp_cli.ingest import sample_lines  # noqa: PLC0415 - only a sample has to pay
    from idqp_cli.ingest import sample_rows as draw  # noqa: PLC0415 - only a sample has to pay

    if ingested.source.format is Format.PARQUET and all(file.deleted is None for file in ingested.source.files):
        found = draw.from_parquet(database, ingested.source, ingested.relation, asked)
    else:
        folder = database.folder(ingested.relation.dataset)
        if (
            ingested.text is not None
            and (picked := sample_lines.pick(ingested.text, asked.rows, asked.seed, folder)) is not None
        ):
            relation = text_rows.relation(ingested.relation.dataset, picked.table)
            drawn = Drawn(asked.rows, None, asked.seed, 1, 1)
            return replace(ingested, relation=relation, text=picked.table, drawn=drawn, picked=picked.lines)
        found, ingested = _drawn(database, ingested, asked)
    if found is None:
        return ingested
    return replace(ingested, relation=found[0], draw=asked, drawn=found[1])


def _drawn(database: Database, ingested: Ingested, asked: Draw) -> tuple[tuple[Relation, Drawn] | None, Ingested]:
    """Draw rows of a file with quoted cells or of JSON lines, in the first way of reading that reads it to its end."""
    from idqp_cli.ingest import sample_rows as draw  # noqa: PLC0415 - only a sample has to pay

    while True:
        try:
            return draw.from_text(database, ingested.relation, asked), ingested
        except UnreadTextError as error:
            again = reread(database, ingested, error.unread)
            if again is None:
                raise
            ingested = again


def reread(database: Database, ingested: Ingested, unread: Unread) -> Ingested | None:
    """Return a text source as another way of reading has it, after one stopped; None where there is no other.

    Raises:
        UnreadableError: a file cannot be read, or where a record ends cannot be told.

    """
    table = ingested.lines
    if table is None:
        return None
    dataset = ingested.relation.dataset
    if unread is Unread.LINES and (western := _western(ingested, table, database.folder(dataset))) is not None:
        table = western
    elif unread is Unread.LINES and table.reading is Reading.STRICT:
        from idqp_cli.ingest import bare_quotes  # noqa: PLC0415 - only a file with a line that is not a row has to pay

        unquoted = bare_quotes.unquoted(table)
        if unquoted != table:
            return ingested.read_as(unquoted)
        table = text_table.noted(table, database.folder(dataset))
    elif unread is Unread.LINE_ENDS and not table.evened:
        table = text_table.even(table, database.folder(dataset))
    else:
        return None
    return ingested.read_as(table)


def _western(ingested: Ingested, table: TextTable, folder: str) -> TextTable | None:
    """Return the table of files that turn out to be of a Western code page behind their beginning, or None."""
    if table.reading is not Reading.STRICT:
        return None
    found = encoding.western(table.source, folder)
    if found is None:
        return None
    notes = found.notes
    if ingested.picked is not None:
        picked = ingested.picked
        notes = tuple(replace(note, line=picked[note.file][note.line - 1]) for note in notes)
    return replace(table, source=found.source, findings=(*table.findings, *notes))


def corrected(
    database: Database, ingested: Ingested, bad: Mapping[str, int], seen: Mapping[str, int]
) -> Ingested | None:
    """Return the source with better types where the whole file contradicts a guess, or None.

    `bad` counts the cells that did not parse, by column, and `seen` all cells.
    """
    table = ingested.text
    if table is None:
        return None
    unsure = {*table.unseen, *table.undecided}
    doubted = {**bad, **{name: number for name, number in seen.items() if name in unsure}}
    better = text_table.corrected(database, table, ingested.relation, doubted)
    if not better:
        return None
    # What the whole file says is no guess: it is not corrected twice.
    table = replace(text_table.decided_as(table, better), unseen=table.unseen - set(better))
    whole = ingested.read_as(table)
    return whole if whole.draw is None else sampled(database, whole, whole.draw)


def rejected(database: Database, ingested: Ingested) -> tuple[Rejected, ...]:
    """Return the lines that the scan could not read as rows."""
    return (
        ingested.refused
        if ingested.lines is None
        else rejected_lines.rejected(database, ingested.lines, ingested.relation.dataset)
    )


def locate(
    ingested: Ingested, rows: Mapping[int, int], places: Collection[RowPlace], rejects: Sequence[Rejected]
) -> tuple[Mapping[RowPlace, int], Mapping[Rejected, int]]:
    """Find the lines of rows and rejected records; the number of the row, where a file has no lines."""
    if ingested.json is not None:
        from idqp_cli.ingest import json_lines  # noqa: PLC0415 - only such files have to pay

        return json_lines.locate(ingested.json, places, rejects)
    if ingested.source.format is Format.MESSAGES:
        from idqp_cli.ingest import typed_messages  # noqa: PLC0415 - only such files have to pay

        return typed_messages.locate(ingested.refused, places, rejects)
    if ingested.there is not None:
        return ingested.there.lines(places), {}
    if ingested.lines is None:
        return {place: place.row for place in places} if ingested.source.numbered else {}, {}
    found, found_rejects = lines.locate(ingested.lines, rows, places, rejects)
    if ingested.picked is None:
        return found, found_rejects
    return (
        {place: ingested.picked[place.file][line - 1] for place, line in found.items()},
        {reject: ingested.picked[reject.file][line - 1] for reject, line in found_rejects.items()},
    )
