"""How a text file is written: decided here, openly, from its beginning.

DuckDB's own sniffer drops lines that look like comments, skips what it takes
for a preamble, and folds a table into one column at the first ragged row, all
without a word. Here the header line decides, and what was decided against it is
a doubt that the report shows.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Protocol

from idqp_cli.dataset import ReadOptions
from idqp_cli.errors import UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest.files import refuse_twins
from idqp_cli.ingest.types import WORD, shape
from idqp_cli.text import count

DELIMITERS = (",", ";", "\t", "|")
LOOK_AHEAD = 200
MAX_FIELD = sys.maxsize
JSON = re.compile(r"\s*(\{\s*[\"}]|\[\s*[\[{\"])")
# A pivoted table has years for names.
YEAR = re.compile(r"(19|20)\d\d")


class Records(Protocol):
    """Records of cells, one by one; `line_num` is the last line that was read for them."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]:
        """Return itself."""

    def __next__(self) -> list[str]:
        """Return the next record."""


@frozen
class Dialect:
    """How a text file is written, and the names of its columns.

    `skip` lines stand before the header. `quoted_missing` says that `""` means a
    missing cell: where every cell is quoted, a file has no other way to say so.
    `doubts` are findings about the file that a reader should not decide alone.
    """

    delimiter: str
    quote: str
    escape: str
    header: bool
    skip: int
    names: tuple[str, ...]
    quoted_missing: bool
    doubts: tuple[str, ...]

    @property
    def form(self) -> tuple[object, ...]:
        """How the file is written, whatever it holds; files of one source share it."""
        return (self.delimiter, self.quote, self.escape, self.header, self.skip)

    def records(self, lines: Iterable[str]) -> Records:
        """Split lines into records of cells, as this dialect says."""
        return reader(lines, self.delimiter, self.quote, self.escape)


def reader(lines: Iterable[str], delimiter: str, quote: str, escape: str) -> Records:
    """Return Python's reader of records, set to a dialect."""
    csv.field_size_limit(MAX_FIELD)
    doubled = escape == quote
    return csv.reader(
        lines, delimiter=delimiter, quotechar=quote, doublequote=doubled, escapechar=None if doubled else escape
    )


def lines_of(text: str) -> list[str]:
    """Split text where a line of a file ends, and not at the other separators that Unicode knows."""
    return list(io.StringIO(text, newline=""))


def decide(head: str, options: ReadOptions, shown: str) -> Dialect:
    """Decide the dialect from `head`, whole lines from the file's beginning.

    Raises:
        UnreadableError: the text is no table, or names two columns alike.

    """
    beginning = head.lstrip()[:200].lower()
    if beginning.startswith(("<!doctype", "<html", "<?xml")):
        raise UnreadableError(f"{shown}: is a web page or XML, not a table; was the download refused?")
    if JSON.match(head) and options.delimiter is None:
        raise UnreadableError(f"{shown}: is JSON, but not an object in each line; write it as JSON lines")
    quote = options.quote or '"'
    escape = _escape(head, quote)
    lines = lines_of(head)[options.skip or 0 :]
    delimiter = options.delimiter or _delimiter(lines, quote, escape)
    records = [record for record in _sample(lines, delimiter, quote, escape) if record]
    doubts = []
    preamble = _preamble(records) if options.skip is None else 0
    # DuckDB takes a blank line for the header.
    skip = (options.skip or 0) + _lines_before(lines, delimiter, quote, escape, preamble)
    if preamble:
        records = records[preamble:]
        doubts.append(f"{count(skip, 'line')} before the header skipped; say read.skip: {skip} if they are no data")
    header = _is_header(records) if options.header is None else options.header
    if options.header is None and not header:
        doubts.append("the first line looks like data, not like column names; say read.header: true or false")
    names = _names(records[0] if records else [], header=header)
    refuse_twins(names, shown)
    return Dialect(
        delimiter=delimiter,
        quote=quote,
        escape=escape,
        header=header,
        skip=skip,
        names=names,
        quoted_missing=_all_quoted(lines[: LOOK_AHEAD // 4], delimiter, quote),
        doubts=tuple(doubts),
    )


def _escape(head: str, quote: str) -> str:
    """Return the backslash where it stands before a quote that does not end its cell, else the quote itself."""
    mark = re.escape(quote)
    escaped = re.search(rf"\\{mark}(?![{re.escape(''.join(DELIMITERS))}\r\n]|$)", head)
    return "\\" if escaped and quote * 2 not in head else quote


def _sample(lines: Sequence[str], delimiter: str, quote: str, escape: str) -> list[list[str]]:
    try:
        return list(itertools.islice(reader(lines, delimiter, quote, escape), LOOK_AHEAD))
    except csv.Error:
        return []


def _delimiter(lines: Sequence[str], quote: str, escape: str) -> str:
    """Return the delimiter by which most records are as wide as the first wide one, and widest."""

    def fit(delimiter: str) -> tuple[float, int]:
        widths = [len(record) for record in _sample(lines, delimiter, quote, escape) if record]
        if not widths:
            return (0.0, 0)
        # A preamble is narrow; the header is the first record as wide as the common ones.
        common = max(set(widths), key=lambda width: (widths.count(width), width))
        width = widths[0] if widths[0] > 1 else common
        if width < 2:
            return (0.0, 0)
        agreeing = sum(found == width for found in widths) / len(widths)
        # A single line agrees with itself whatever the delimiter is.
        return (agreeing if widths[0] > 1 or agreeing > 0.5 else 0.0, width)

    fits = {delimiter: fit(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: fits[delimiter])
    return best if fits[best][0] > 0 else ","


def _preamble(records: Sequence[Sequence[str]]) -> int:
    """Return how many records of one cell stand before a table of several columns."""
    if len(records) < 3 or len(records[0]) > 1:
        return 0
    widths = [len(record) for record in records]
    common = max(set(widths), key=widths.count)
    return widths.index(common) if common > 1 else 0


def _lines_before(lines: Sequence[str], delimiter: str, quote: str, escape: str, preamble: int) -> int:
    """Return the number of lines before the record that comes after `preamble` others."""
    found = reader(lines, delimiter, quote, escape)
    seen = before = 0
    for record in found:
        seen += bool(record)
        if seen > preamble:
            break
        before = found.line_num
    return before


def _is_header(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first record names the columns: words, above cells that are others.

    A number or a date at the top of a column of its like is data. A lone record
    is taken for a header, as an export without rows writes it.
    """
    if len(records) < 2:
        return True
    first, rest = records[0], [record for record in records[1:] if len(record) == len(records[0])]
    for position, name in enumerate(first):
        kind = shape(name)
        if kind in {WORD, "coded"} or YEAR.fullmatch(name):
            continue
        below = [shape(record[position]) for record in rest if record[position]]
        if below and sum(found == kind for found in below) * 10 >= len(below) * 9:
            return False
    return True


def _names(first: Sequence[str], *, header: bool) -> tuple[str, ...]:
    names = [name.strip() for name in first] if header else [""] * len(first)
    taken = {name.casefold() for name in names}
    return tuple(name or _free(f"column{position}", taken) for position, name in enumerate(names))


def _free(name: str, taken: Container[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _all_quoted(lines: Sequence[str], delimiter: str, quote: str) -> bool:
    mark = re.escape(quote)
    unquoted = re.sub(f"{mark}(?:[^{mark}]|{mark}{mark})*{mark}", "", "".join(lines))
    return bool(lines) and set(unquoted) <= {delimiter, "\r", "\n"}
