"""A few rows from all over a text file, enough to guess what it holds."""

from __future__ import annotations

import codecs
import csv
import itertools
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.core.errors import UnreadableError
from idqp_cli.ingest.compression import opened
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File
from idqp_cli.ingest.records import lines_of

HEAD = 1 << 17
SLICE = 1 << 13
SLICES = 8
# The whole file confirms or corrects every guess, so few rows suffice for it.
HEAD_ROWS = 200
SLICE_ROWS = 25
# A text with a NUL byte has one in more than so many bytes.
FEW = 20
BINARY = (
    "is a binary file (it contains a NUL byte), neither CSV nor Parquet;"
    " if it is text, set read.encoding, like utf-16-le"
)
# How bytes are decoded that are not UTF-8.
WESTERN = "idqp-western"


def head(file: File) -> str:
    """Return the whole lines at the beginning of the file.

    Raises:
        UnreadableError: it holds many NUL bytes, or some and is not UTF-8, so its encoding is not known.

    """
    with opened(file) as stream:
        data = stream.read(HEAD + 1)
    if b"\0" in data and (data.count(b"\0") * FEW >= len(data) or not _utf8(data)):
        raise UnreadableError(f"{file.shown}: {BINARY}")
    text = _text(data.removeprefix(codecs.BOM_UTF8))
    return text if len(data) <= HEAD else text[: text.rfind("\n") + 1] or text


def _utf8(data: bytes) -> bool:
    try:
        # The last character may be cut.
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def is_utf8(file: File, skip: int) -> bool:
    """Tell whether the line after the first `skip` lines of a file is UTF-8."""
    with opened(file) as stream:
        for _ in range(skip):
            stream.readline(HEAD)
        line = stream.readline(HEAD)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line)
    except UnicodeDecodeError:
        return False
    return True


def _text(data: bytes) -> str:
    """Return the text of bytes: UTF-8, but for broken bytes, which are shown as they are meant most often."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-8", errors=WESTERN)


def _western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(WESTERN, _western)


def cells(file: File, head: str, dialect: Dialect, absent: Sequence[str]) -> Mapping[str, list[str]]:
    """Return, by column, cells from the beginning of the file and from places spread over the rest.

    A text that is `absent` says that the cell is missing, and is left out.
    """
    rows = [
        *_rows(lines_of(head)[dialect.skip :], dialect, HEAD_ROWS)[dialect.header :],
        *(row for piece in _slices(file) for row in _rows(lines_of(piece), dialect, SLICE_ROWS)),
    ]
    columns = zip(*rows, strict=True) if rows else ([] for _ in dialect.names)
    missing = frozenset(absent)
    return {
        name: [cell for cell in column if cell not in missing]
        for name, column in zip(dialect.names, columns, strict=True)
    }


def is_empty(head: str, dialect: Dialect) -> bool:
    """Tell whether a file that begins so has a header and nothing else."""
    lines = lines_of(head)[dialect.skip :]
    return bool(dialect.header) and not any(line.strip() for line in lines[1:])


def _rows(lines: Sequence[str], dialect: Dialect, limit: int) -> list[list[str]]:
    try:
        records = list(itertools.islice(dialect.records(lines), limit))
    except csv.Error:
        return []
    width = len(dialect.names)
    # DuckDB, too, reads a row that ends in a delimiter.
    return [record[:width] for record in records if len(record) == width or record[width:] == [""]]


def _slices(file: File) -> Iterator[str]:
    """Yield whole lines from places spread over the rest of a large, uncompressed file."""
    if file.compressed or file.size <= HEAD:
        return
    with opened(file) as stream:
        for number in range(1, SLICES + 1):
            stream.seek(HEAD + (file.size - HEAD - SLICE) * number // SLICES)
            data = stream.read(SLICE)
            yield data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1].decode("utf-8", errors="replace")
