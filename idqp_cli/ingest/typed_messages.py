"""Messages that have a schema as a relation: typed by the schema, as a Parquet file is by itself.

The file has a line of JSON for each message: `{"row": {…}}`, or `{"why": "…"}` for one that is no row. The rows are
read once, as the types say, into a Parquet file in a temporary folder, which everything else reads.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import ReadOptions
from idqp_cli.core.relation import Rejected, Relation, RowPlace
from idqp_cli.ingest import parquet_table
from idqp_cli.ingest.column_names import refuse_twins
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Source, examine, pattern
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.text_rows import NOTHING, NOTHING_NUMBERED

ROW, WHY = "row", "why"
NOT_OF_TYPE = "a value is not of its type in the schema"
EXPECTED = "a message of a schema in the registry"
# A row is one line, whatever is nested in it.
LONGEST_LINE = 1 << 26


def relation(
    database: Database, dataset: str, source: Source, options: ReadOptions
) -> tuple[Relation, tuple[Rejected, ...]]:
    """Return the relation of the messages of `source`, whose columns it has, and the messages that are no rows.

    Raises:
        UnreadableError: two columns have one name, or a value is not of its type.

    """
    refuse_twins([one.name for one in source.columns], source.shown)
    path = os.path.join(database.folder(dataset), "messages.parquet")
    lines = _lines(source)
    try:
        _copy(database, source, lines, path)
    except QueryError:
        lines = _tried(source)
        try:
            _copy(database, source, lines, path)
        except QueryError as error:
            raise UnreadableError(f"{source.shown}: its messages cannot be read ({error.kind})") from None
    rows = database.fetch(f"SELECT n, {WHY} FROM ({lines}) WHERE {WHY} IS NOT NULL ORDER BY n")
    refused = tuple(Rejected(0, int(str(n)), str(why), 0, EXPECTED) for n, why in rows)
    if not source.columns:
        return Relation(dataset, (), NOTHING, NOTHING, NOTHING_NUMBERED), refused
    typed = replace(source, files=(examine(path, source.shown),))
    return parquet_table.relation(database, dataset, typed, options), refused


def _copy(database: Database, source: Source, lines: str, path: str) -> None:
    """Write the rows into a Parquet file. Raises QueryError: a value is not of its type."""
    cells = ", ".join(f"{ROW}[{sql.literal(one.name)}] AS {sql.identifier(one.name)}" for one in source.columns)
    if cells:
        statement = f"SELECT {cells} FROM ({lines}) WHERE {WHY} IS NULL ORDER BY n"
        database.fetch(f"COPY ({statement}) TO {sql.literal(path)} (FORMAT parquet)")


def locate(
    refused: Sequence[Rejected], places: Collection[RowPlace], rejects: Sequence[Rejected]
) -> tuple[Mapping[RowPlace, int], Mapping[Rejected, int]]:
    """Return the lines of rows and of messages that are none: those that are none stand between the rows."""
    found = {}
    before, lines = 0, [one.record for one in refused]
    for place in sorted(places, key=lambda one: one.row):
        while before < len(lines) and lines[before] <= place.row + before:
            before += 1
        found[place] = place.row + before
    return found, {reject: reject.record for reject in rejects}


def _lines(source: Source) -> str:
    """Return the SELECT of the lines: their number `n` from 1, the row, and why there is none."""
    fields = ", ".join(f"{sql.identifier(one.name)} {one.type}" for one in source.columns)
    return _read(source, f"STRUCT({fields})" if source.columns else "VARCHAR")


def _tried(source: Source) -> str:
    """Return the lines as `_lines` does, where a value may not be of its type; such a message is no row."""
    found = []
    for one in source.columns:
        cell = f"json_extract({ROW}, {sql.literal(f'$.{json.dumps(one.name)}')})"
        read = f"TRY(CAST({cell} AS {one.type}))"
        found.append((one.name, read, f"{read} IS NULL AND json_type({cell}) <> 'NULL'"))
    cells = ", ".join(f"{sql.identifier(name)} := {read}" for name, read, _ in found)
    wrong = " OR ".join(f"({bad})" for *_, bad in found)
    why = f"CASE WHEN {WHY} IS NULL AND ({wrong}) THEN {sql.literal(NOT_OF_TYPE)} ELSE {WHY} END"
    return f"SELECT n, struct_pack({cells}) AS {ROW}, {why} AS {WHY} FROM ({_read(source, 'JSON')})"


def _read(source: Source, row: str) -> str:
    columns = f"{{{ROW}: {sql.literal(row)}, {WHY}: 'VARCHAR'}}"
    read = (
        f"read_json({sql.literal(pattern(source.files[0].path))}, format='newline_delimited', columns={columns},"
        f" maximum_object_size={LONGEST_LINE})"
    )
    return f"SELECT row_number() OVER () AS n, {ROW}, {WHY} FROM {read}"
