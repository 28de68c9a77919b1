"""Ingest: a path becomes a relation in DuckDB, with every cell that did not parse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from idqp_cli.database import Database
from idqp_cli.ingest import lines, parquet_table, text_table
from idqp_cli.ingest.encoding import as_utf8
from idqp_cli.ingest.files import Format, Source
from idqp_cli.ingest.text_table import NOTHING_REGISTERED, TextTable
from idqp_cli.model import Dataset, Rejected, Relation, RowPlace


@dataclass(frozen=True)
class Ingested:
    """A source that can be queried; `text` is there where its cells are text in the file."""

    source: Source
    relation: Relation
    text: TextTable | None


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
    if source.format is Format.PARQUET:
        return Ingested(source, parquet_table.relation(database, dataset.name, source), None)
    readable = as_utf8(source, dataset.read.encoding, database.folder(dataset.name))
    table = text_table.examine(readable, dataset.read, expected, declared, registered)
    return Ingested(source, text_table.relation(dataset.name, table), table)


def corrected(
    database: Database, ingested: Ingested, bad: Mapping[str, int], seen: Mapping[str, int]
) -> Ingested | None:
    """Return the source with better types where the whole file contradicts a guess, or None.

    `bad` counts the cells that did not parse, by column, and `seen` all cells.
    """
    table = ingested.text
    if table is None:
        return None
    doubted = {**bad, **{name: number for name, number in seen.items() if name in table.unseen}}
    better = text_table.corrected(database, table, ingested.relation, doubted)
    if not better:
        return None
    # What the whole file says is no guess: it is not corrected twice.
    table = replace(table, kinds={**table.kinds, **better}, unseen=table.unseen - set(better))
    return replace(ingested, relation=text_table.relation(ingested.relation.dataset, table), text=table)


def rejected(database: Database, ingested: Ingested) -> tuple[Rejected, ...]:
    """Return the lines that the scan could not read as rows."""
    return () if ingested.text is None else text_table.rejected(database, ingested.text, ingested.relation.dataset)


def locate(
    ingested: Ingested, rows: Mapping[int, int], places: Collection[RowPlace], rejects: Sequence[Rejected]
) -> tuple[Mapping[RowPlace, int], Mapping[Rejected, int]]:
    """Find the lines of rows and rejected records; the number of the row, where a file has no lines."""
    if ingested.text is None:
        return {place: place.row for place in places}, {}
    return lines.locate(ingested.text, rows, places, rejects)
