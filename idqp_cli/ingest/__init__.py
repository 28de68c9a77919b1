"""Ingest: a path becomes a relation in DuckDB, with every cell that did not parse."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from idqp_cli.database import Database
from idqp_cli.ingest import lines, parquet_table, text_table
from idqp_cli.ingest.files import Format, Source
from idqp_cli.ingest.text_table import TextTable
from idqp_cli.model import Dataset, Rejected, Relation, RowPlace


@dataclass(frozen=True)
class Ingested:
    """A source that can be queried; `text` is there where its cells are text in the file."""

    source: Source
    relation: Relation
    text: TextTable | None
    kinds: Mapping[str, str]


def ingest(database: Database, dataset: Dataset, source: Source, expected: Mapping[str, str]) -> Ingested:
    """Open `source` as a relation; `expected` maps columns to the family that rules take them for.

    Raises:
        UnreadableError: nothing can be said of the data; the text says why.

    """
    if source.format is Format.PARQUET:
        return Ingested(source, parquet_table.relation(database, dataset.name, source), None, {})
    table, kinds = text_table.examine(source, dataset.read, expected)
    relation = text_table.relation(dataset.name, table, kinds, dataset.read.types)
    return Ingested(source, relation, table, kinds)


def corrected(
    database: Database, dataset: Dataset, ingested: Ingested, bad: Mapping[str, int], expected: Mapping[str, str]
) -> Ingested | None:
    """Return the source with better types where the whole file contradicts a guess, or None.

    `bad` counts the cells that did not parse, by column.
    """
    if ingested.text is None:
        return None
    better = text_table.corrected(database, ingested.relation, bad, expected)
    if not better:
        return None
    kinds = {**ingested.kinds, **better}
    relation = text_table.relation(dataset.name, ingested.text, kinds, dataset.read.types)
    return replace(ingested, relation=relation, kinds=kinds)


def rejected(database: Database, ingested: Ingested) -> tuple[Rejected, ...]:
    """Return the lines that the scan could not read as rows."""
    return () if ingested.text is None else text_table.rejected(database, ingested.text)


def locate(
    ingested: Ingested, rows: Mapping[int, int], places: Collection[RowPlace], rejects: Sequence[Rejected]
) -> tuple[Mapping[RowPlace, int], Mapping[Rejected, int]]:
    """Find the lines of rows and rejected records; the number of the row, where a file has no lines."""
    if ingested.text is None:
        return {place: place.row for place in places}, {}
    return lines.locate(ingested.text, rows, places, rejects)
