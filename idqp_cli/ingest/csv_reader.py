"""How DuckDB reads a text file: strictly in several threads, or noting the lines that are not rows.

DuckDB divides a large file into pieces, and each thread looks for the first
line of its piece by itself. Inside a quoted cell with line breaks it may take
the middle of the cell for a line. As long as no line may be rejected, DuckDB
compares where each piece ends with where the next one begins, and refuses the
file if they differ. With `store_rejects` it does not compare, and would return
rows that are not in the file. So every file is read strictly first, and only
one that has a line which is not a row is read with notes, in one thread if a
quoted cell might cross a piece.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from idqp_cli.core.errors import UnreadableError
from idqp_cli.ingest.compression import chunks
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Source
from idqp_cli.ingest.query_errors import Unread

# A piece of a file that one thread reads: four of the longest lines that DuckDB allows.
PIECE = 4 * 2_000_000
# DuckDB's buffer is 32 MB; a line near that may be cut already.
BUFFER = 30_000_000


class Reading(StrEnum):
    """A way of reading a text file."""

    STRICT = "strict"
    """In several threads; the first line that is not a row ends the scan."""

    NOTING = "noting"
    """In several threads, noting the lines that are not rows; right where no quoted cell crosses a piece."""

    SERIAL = "serial"
    """From the first line to the last in one thread, noting the lines that are not rows."""


class UnreadTextError(UnreadableError):
    """A text file was not read to its end; `unread` says whether another way of reading may help."""

    def __init__(self, message: str, unread: Unread) -> None:
        super().__init__(message)
        self.unread = unread


def noting(source: Source, dialects: Sequence[Dialect]) -> Reading:
    """Return the fastest way to read files that have lines which are not rows.

    Raises:
        UnreadableError: a file cannot be read.

    """
    quoted = any(
        _large(file) and dialect.quote and any(dialect.quote.encode() in chunk for chunk in chunks(file))
        for file, dialect in zip(source.files, dialects, strict=True)
    )
    return Reading.SERIAL if quoted else Reading.NOTING


def refuse_endless(source: Source) -> None:
    """Refuse a file with a line that is longer than DuckDB's buffer, which it drops without a note.

    Raises:
        UnreadableError: there is such a line, or a file cannot be read.

    """
    for file in source.files:
        length = 0
        for chunk in chunks(file) if _large(file) else ():
            first = chunk.find(b"\n")
            length = length + len(chunk) if first < 0 else len(chunk) - chunk.rfind(b"\n")
            if length > BUFFER:
                raise UnreadableError(f"{file.shown}: contains a line of more than {BUFFER:,} bytes; set read.max_line")


def _large(file: File) -> bool:
    return file.compressed is not None or file.size >= PIECE


def ended(source: Source, dialects: Sequence[Dialect], folder: str) -> Source:
    """Return copies of the files in which a quote that is never closed is noted like any other bad line.

    In one thread DuckDB drops the rest of a file after such a quote without a
    note. A last line of a quote and a letter makes the quote close before text,
    which is noted; where no quote is open, that line is what DuckDB drops.

    Raises:
        UnreadableError: a file cannot be read.

    """
    files = []
    for number, (file, dialect) in enumerate(zip(source.files, dialects, strict=True)):
        path = os.path.join(folder, f"{number}.ended")
        last = b"\n"
        with open(path, "wb") as copy:
            for chunk in chunks(file):
                copy.write(chunk)
                last = chunk[-1:]
            copy.write(b"" if last in b"\r\n" else b"\n")
            copy.write(f"{dialect.quote}x\n".encode() if dialect.quote else b"")
        files.append(replace(file, path=path, compressed=None))
    return replace(source, files=tuple(files))


def options(reading: Reading) -> dict[str, str]:
    """Return the options of DuckDB's `read_csv` for a way of reading, but for the tables of rejected lines."""
    if reading is Reading.STRICT:
        return {"store_rejects": "false"}
    # ignore_errors would stop at a stray quote; store_rejects reads on after it.
    return {"store_rejects": "true", "parallel": "true" if reading is Reading.NOTING else "false"}
