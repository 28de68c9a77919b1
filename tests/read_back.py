"""Text files as idqp's relation has them: every cell as its text, and the line of every row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from idqp_cli.core import sql
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, RowPlace
from idqp_cli.engine.measure import confirmed
from idqp_cli.ingest import doubtful
from idqp_cli.ingest import relation as ingest
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.places.local import find
from idqp_cli.ingest.relation import rejected


@dataclass(frozen=True)
class Read:
    """What was read of files: names, rows of texts (None where nothing is), their lines, doubts, and lines left out."""

    names: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    lines: list[int]
    doubts: tuple[str, ...]
    rejected: list[int]


def read(folder: Path, name: str, options: ReadOptions) -> Read:
    """Read one file in the way of a check."""
    source = find([name], folder)
    with connect([file.path for file in source.files]) as database:
        ingested = ingest.ingest(database, Dataset("t", name, read=options), source, {}, {})
        ingested = confirmed(database, ingested)
        relation = ingested.relation
        if not relation.columns:
            return Read((), [], [], relation.doubts, [])
        texts = ", ".join(sql.as_text(column) for column in relation.columns)
        place = f"{sql.identifier(FILE_COLUMN)}, {sql.identifier(ROW_COLUMN)}"
        found = database.fetch(f"SELECT {place}, {texts} FROM {relation.numbered} ORDER BY ALL")
        rejects = rejected(database, ingested)
        places = [RowPlace(int(str(file)), int(str(row))) for file, row, *_ in found]
        lines, reject_lines = ingest.locate(ingested, {0: len(found)}, places, rejects)
        return Read(
            names=tuple(column.name for column in relation.columns),
            rows=[tuple(None if cell is None else str(cell) for cell in cells) for _, _, *cells in found],
            lines=[lines[place] for place in places],
            doubts=(*relation.doubts, *doubtful.doubts(database, ingested, len(found), rejects)),
            rejected=sorted(reject_lines.values()),
        )
