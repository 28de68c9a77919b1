"""The lines of text files that are not rows, as DuckDB notes them."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core.relation import Rejected
from idqp_cli.ingest.csv_reader import Reading
from idqp_cli.ingest.database import Database, Row
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.query_errors import QueryError, StoppedError
from idqp_cli.ingest.read_csv import SCANS
from idqp_cli.ingest.text_rows import again, first
from idqp_cli.ingest.text_table import TextTable


def rejected(database: Database, table: TextTable, dataset: str) -> tuple[Rejected, ...]:
    """Return the lines that could not be read as rows, in the order of the file.

    A first scan that failed half-way has noted only some; the later ones, all.
    """
    if table.reading is Reading.STRICT:
        # A line that is not a row would have ended the scan.
        return ()
    return noted_in(database, table, [again(dataset), first(dataset)])


def noted_in(database: Database, table: TextTable, tables: Sequence[str]) -> tuple[Rejected, ...]:
    """Return the lines that are noted in tables of rejected lines, in the order of the files."""
    numbers = {file.path: number for number, file in enumerate(table.source.files)}
    found = {
        (numbers[str(path)], int(str(line))): _reason(str(kind), table.dialects[numbers[str(path)]])
        for noted in tables
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
    except StoppedError:
        raise
    except QueryError:
        # There is no such table where there was no such scan.
        return []


REASONS = {
    "MISSING COLUMNS": "too few cells",
    "TOO MANY COLUMNS": "too many cells",
    "UNQUOTED VALUE": "a quote that is never closed, or followed by text",
    "LINE SIZE OVER MAXIMUM": "longer than {max_line:,} bytes (set read.max_line)",
    "INVALID ENCODING": "not UTF-8 (set read.encoding)",
}


def _reason(kind: str, dialect: Dialect) -> str:
    return REASONS.get(kind, "cannot be read").format(max_line=dialect.max_line)
