"""Rows that end in a delimiter too many, which DuckDB reads as if it was not there.

DuckDB refuses a row with a cell too many, unless that cell is the text of a
missing one. So a file is read with no such text wherever that is the same: an
empty cell is told from `""` later, or the file has no `""`. Only the other
files, and those with lines that are not rows, are read once more, and only if a
line of theirs ends in a delimiter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.relation import Rejected
from idqp_cli.ingest import rejected_lines, text_rows, text_table
from idqp_cli.ingest.compression import chunks
from idqp_cli.ingest.csv_reader import Reading
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File
from idqp_cli.ingest.query_errors import QueryError, Unread
from idqp_cli.ingest.text_table import TextTable

TRAILING = "_trailing"


def find(database: Database, table: TextTable, dataset: str, rejects: Iterable[Rejected]) -> tuple[Rejected, ...]:
    """Return the records that are read as rows and end in a delimiter too many, in the order of the files.

    `rejects` are the records that are not rows.

    Raises:
        UnreadableError: a file cannot be read.

    """
    suspect = [
        number
        for number, (file, dialect) in enumerate(zip(table.source.files, table.dialects, strict=True))
        if dialect.lenient and not dialect.trailing and dialect.names and _ends_in_delimiter(file, dialect)
    ]
    if not suspect:
        return ()
    files = tuple(table.source.files[number] for number in suspect)
    dialects = tuple(table.dialects[number] for number in suspect)
    one = _strict(replace(table, source=replace(table.source, files=files), dialects=dialects))
    name = text_rows.first(dataset) + TRAILING
    if one.reading is Reading.STRICT:
        try:
            database.fetch(text_rows.counted(one, name))
        except QueryError as error:
            if error.unread is not Unread.LINES:
                raise _unread(table, error) from None
            one = _strict(text_table.noted(one, database.folder(dataset)))
        else:
            return ()
    try:
        database.fetch(text_rows.counted(one, name))
    except QueryError as error:
        raise _unread(table, error) from None
    known = {(reject.file, reject.record) for reject in rejects}
    found = [replace(reject, file=suspect[reject.file]) for reject in rejected_lines.noted_in(database, one, [name])]
    return tuple(reject for reject in found if (reject.file, reject.record) not in known)


def _strict(table: TextTable) -> TextTable:
    return replace(table, dialects=tuple(replace(dialect, lenient=False) for dialect in table.dialects))


def _unread(table: TextTable, error: QueryError) -> UnreadableError:
    return UnreadableError(f"{table.source.shown}: cannot be read to its end ({error.kind})")


def _ends_in_delimiter(file: File, dialect: Dialect) -> bool:
    """Tell whether a line may end in a delimiter."""
    mark = dialect.delimiter.encode()
    last = b""
    for chunk in chunks(file):
        text = last + chunk
        if mark + b"\n" in text or mark + b"\r" in text:
            return True
        last = chunk[-len(mark) :]
    return last == mark
