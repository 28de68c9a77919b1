"""The pages of a Parquet file: whether they hold as many values as the footer says, and the bytes that were written.

DuckDB believes the footer, and checks no checksum. The headers of the pages are
in Thrift's compact protocol, of which this reads what it needs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import BinaryIO

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.ingest.away import opened
from idqp_cli.ingest.files import File

# What a header with statistics of long texts may take, in bytes, at first and at most.
HEADER, LONGEST_HEADER = 1 << 10, 1 << 22
# Old writers leave the header of the dictionary out of the length of a chunk.
SLACK = 100
DATA, INDEX, DICTIONARY, DATA_2 = range(4)
# Where a page header has the header of its kind, and there, first, the number of values.
KIND_FIELDS = {DATA: 5, DICTIONARY: 7, DATA_2: 8}
# Types of Thrift's compact protocol.
STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
INTEGERS = (BYTE, I16, I32, I64)
DEEPEST = 16
MISCOUNTED = "do not hold as many values as its footer says"


@frozen
class Chunk:
    """A column of a row group: where the footer says that its pages begin and end, and how many values they hold."""

    column: str
    start: int
    end: int
    values: int


@frozen
class _Page:
    kind: int
    size: int
    checksum: int | None
    values: int


class _NoHeaderError(Exception):
    """A header is none."""


def verify(source: File, chunks: Iterable[Chunk], *, checksums: bool) -> tuple[int, int]:
    """Walk the pages of columns of a file; return how many there are, and how many of them have a checksum.

    Only their headers are read, unless `checksums` are to be compared with what they are of.

    Raises:
        UnreadableError: the pages are not as the footer and their checksums say.

    """
    pages = summed = 0
    shown = source.shown
    try:
        with opened(source) as file:
            for chunk in chunks:
                own, with_sum = _walked(file, shown, chunk, checksums=checksums)
                pages, summed = pages + own, summed + with_sum
    except OSError as error:
        raise UnreadableError(f"{shown}: cannot be read ({(error.strerror or 'unknown').lower()})") from None
    return pages, summed


def _walked(file: BinaryIO, shown: str, chunk: Chunk, *, checksums: bool) -> tuple[int, int]:
    """Return the number of pages of a chunk, and that of those with a checksum."""
    at, values, pages, summed = chunk.start, 0, 0, 0
    while values < chunk.values:
        page, length = _page(file, at) if at < chunk.end + SLACK else (None, 0)
        if page is None:
            raise _damaged(shown, chunk, MISCOUNTED)
        at += length
        pages += 1
        if page.checksum is not None:
            summed += 1
            if checksums and _checksum(file, at, page.size) != page.checksum & 0xFFFFFFFF:
                raise _damaged(shown, chunk, "do not have the checksums that were written")
        at += page.size
        values += page.values if page.kind in (DATA, DATA_2) else 0
    if at < chunk.end and (more := _page(file, at)[0]) is not None and more.kind in (DATA, DATA_2):
        values += more.values
    if values > chunk.values:
        raise _damaged(shown, chunk, MISCOUNTED)
    return pages, summed


def _damaged(shown: str, chunk: Chunk, what: str) -> UnreadableError:
    return UnreadableError(f"{shown}: is damaged: the pages of {clean(chunk.column, 60)} {what}; write it again")


def _checksum(file: BinaryIO, at: int, size: int) -> int:
    file.seek(at)
    found, left = 0, size
    while left:
        piece = file.read(min(left, 1 << 20))
        if not piece:
            return -1
        found, left = zlib.crc32(piece, found), left - len(piece)
    return found


def _page(file: BinaryIO, at: int) -> tuple[_Page | None, int]:
    """Return the page whose header begins at a place of the file, and the length of the header; None without one."""
    size = HEADER
    while at >= 0:
        file.seek(at)
        content = file.read(size)
        try:
            return _Compact(content).page()
        except _NoHeaderError:
            return None, 0
        except IndexError:
            if len(content) < size or size >= LONGEST_HEADER:
                return None, 0
            size *= 8
    return None, 0


class _Compact:
    """Reads Thrift's compact protocol; IndexError where the bytes end too early."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def page(self) -> tuple[_Page, int]:
        numbers: dict[int, int] = {}
        values = 0
        for field, kind in self._fields():
            if field in KIND_FIELDS.values() and kind == STRUCT:
                values = self._first_number()
            elif kind in INTEGERS:
                numbers[field] = self._number(kind)
            else:
                self._skip(kind, 0)
        # The type and both sizes are always there.
        if not {1, 2, 3} <= numbers.keys() or min(numbers[2], numbers[3], values) < 0 or numbers[1] not in range(4):
            raise _NoHeaderError
        return _Page(numbers[1], numbers[3], numbers.get(4), values), self._at

    def _first_number(self) -> int:
        found = -1
        for field, kind in self._fields():
            if field == 1 and kind in INTEGERS:
                found = self._number(kind)
            else:
                self._skip(kind, 1)
        return found

    def _fields(self) -> Iterable[tuple[int, int]]:
        field = 0
        while (head := self._byte()) & 0x0F != STOP:
            field = field + (head >> 4) if head >> 4 else self._zigzag()
            yield field, head & 0x0F

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _varint(self) -> int:
        found = shift = 0
        while True:
            byte = self._byte()
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return found
            shift += 7
            if shift > 63:
                raise _NoHeaderError

    def _zigzag(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def _number(self, kind: int) -> int:
        return self._byte() if kind == BYTE else self._zigzag()

    def _skip(self, kind: int, depth: int) -> None:
        if depth > DEEPEST:
            raise _NoHeaderError
        if kind in INTEGERS:
            self._number(kind)
        elif kind == DOUBLE:
            self._forward(8)
        elif kind == BINARY:
            self._forward(self._varint())
        elif kind in (LIST, SET):
            head = self._byte()
            size = head >> 4 if head >> 4 != 15 else self._varint()
            for _ in range(size):
                # A truth in a list takes a byte.
                self._skip(BYTE if head & 0x0F in (TRUE, FALSE) else head & 0x0F, depth + 1)
        elif kind == STRUCT:
            for _, own in self._fields():
                self._skip(own, depth + 1)
        elif kind not in (TRUE, FALSE):
            raise _NoHeaderError

    def _forward(self, size: int) -> None:
        self._at += size
        if self._at > len(self._content):
            raise IndexError
