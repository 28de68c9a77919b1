"""What the bytes of a whole text file say before it is read: quotes, and NUL bytes."""

from __future__ import annotations

from dataclasses import replace

from idqp_cli.core.frozen import frozen
from idqp_cli.core.relation import Note
from idqp_cli.ingest.compression import chunks
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File
from idqp_cli.ingest.text_table import TextTable


@frozen
class _Seen:
    """Whether a file holds a quote, two quotes side by side as the empty text is written, and a NUL byte."""

    quote: bool
    empty: bool
    nul: bool


def looked_at(table: TextTable) -> TextTable:
    """Return the table with each file read as its bytes allow, and NUL bytes noted.

    A file in which an empty cell is never a text is read so that a row with a
    delimiter too many ends the scan.

    Raises:
        UnreadableError: a file cannot be read.

    """
    dialects, notes = [], []
    for number, (file, dialect) in enumerate(zip(table.source.files, table.dialects, strict=True)):
        seen = _look(file, dialect.quote) if dialect.names else _Seen(quote=False, empty=False, nul=False)
        # A blank line is a row of one column, but only where an empty cell is a missing one for DuckDB.
        lenient = dialect.trailing or len(dialect.names) < 2 or (seen.empty and not dialect.quoted_missing)
        dialects.append(replace(dialect, bare=not seen.quote, lenient=lenient))
        notes += [_nul(file, dialect, number)] if seen.nul else []
    return replace(table, dialects=tuple(dialects), findings=(*table.findings, *notes))


def _look(file: File, quote: str) -> _Seen:
    mark, last = quote.encode(), b""
    quoted = empty = nul = False
    for chunk in chunks(file):
        nul = nul or b"\0" in chunk
        if not mark or empty or mark not in chunk:
            last = b""
            continue
        empty, quoted, last = mark * 2 in last + chunk, True, chunk[-1:]
    return _Seen(quoted, empty, nul)


def _nul(file: File, dialect: Dialect, number: int) -> Note:
    """Note the first line that holds a NUL byte."""
    end = b"\r" if dialect.end == "\r" else b"\n"
    line, found = 1, 0
    for chunk in chunks(file):
        if b"\0" in chunk:
            line += 0 if found else chunk[: chunk.index(b"\0")].count(end)
            found += chunk.count(b"\0")
        elif not found:
            line += chunk.count(end)
    more = f" (and {found - 1:,} more)" if found > 1 else ""
    return Note(number, line, f"contains a NUL byte{more}, which is read as a character of its cell", "no NUL byte")
