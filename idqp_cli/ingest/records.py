"""Lines of text as records of cells, by Python's reader, divided where DuckDB's reader divides them.

DuckDB reads the rows; Python reads the beginning of a file, and finds lines. In
three things Python's reader differs, and its lines are changed for it: it takes
no delimiter of several characters, it lets a backslash escape outside of quotes
too, and it takes a quote after a space for a character.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Protocol

MAX_FIELD = sys.maxsize
# Noncharacters of Unicode, which no text holds.
DELIMITER, QUOTE, BACKSLASH = "\ufdd0", "\ufdd1", "\ufdd2"


class Records(Protocol):
    """Records of cells, one by one; `line_num` is the last line that was read for them."""

    @property
    def line_num(self) -> int:
        """The number of lines that were read."""

    def __iter__(self) -> Iterator[list[str]]:
        """Return itself."""

    def __next__(self) -> list[str]:
        """Return the next record."""


class _Restored:
    """Records of lines that were changed, with their cells changed back."""

    def __init__(self, records: Records, delimiter: str, quote: str) -> None:
        self._records = records
        self._table = str.maketrans({BACKSLASH: "\\", QUOTE: quote, DELIMITER: delimiter})

    @property
    def line_num(self) -> int:
        return self._records.line_num

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        return [cell.translate(self._table) for cell in next(self._records)]


def lines_of(text: str) -> list[str]:
    """Split text where a line of a file ends, and not at the other separators that Unicode knows."""
    return list(io.StringIO(text, newline=""))


def reader(lines: Iterable[str], delimiter: str, quote: str, escape: str, *, padded: bool = False) -> Records:
    """Return Python's reader of records, set to a dialect.

    Without a `quote` no cell is quoted, without an `escape` no quoted cell holds
    a quote. `padded` says that several spaces may stand before a quote.
    """
    csv.field_size_limit(MAX_FIELD)
    if not quote:
        separator = delimiter if len(delimiter) == 1 else DELIMITER
        if separator != delimiter:
            lines = (line.replace(delimiter, separator) for line in lines)
        records: Records = csv.reader(lines, delimiter=separator, quotechar=None, quoting=csv.QUOTE_NONE)
        return records if separator == delimiter else _Restored(records, delimiter, quote)
    changed = len(delimiter) > 1 or escape == "\\"
    records = csv.reader(
        _changed(lines, delimiter, quote, escape, padded=padded),
        delimiter=delimiter if len(delimiter) == 1 else DELIMITER,
        quotechar=quote,
        doublequote=escape == quote,
    )
    return _Restored(records, delimiter, quote) if changed else records


def _changed(lines: Iterable[str], delimiter: str, quote: str, escape: str, *, padded: bool) -> Iterator[str]:
    """Yield lines in which Python's reader finds the quotes and delimiters that DuckDB's finds."""
    spaced = f" {quote}"
    before = re.compile(f"(^|{re.escape(delimiter)}) {'+' if padded else ''}(?={re.escape(quote)})")
    for line in lines:
        if escape == "\\" and "\\" in line:
            line = line.replace("\\\\", BACKSLASH).replace("\\" + quote, QUOTE)  # noqa: PLW2901
        # Inside a quoted cell that began on a line before, it takes a space from its text, and changes no border.
        if delimiter != " " and spaced in line:
            line = before.sub(partial(_begun, quote), line)  # noqa: PLW2901
        yield line if len(delimiter) == 1 else line.replace(delimiter, DELIMITER)


def _begun(quote: str, found: re.Match[str]) -> str:
    """Return what stands before a quote without its spaces, unless a quoted cell that begins in the line goes on."""
    return found[0] if found.string.count(quote, 0, found.start()) % 2 else found[1]
