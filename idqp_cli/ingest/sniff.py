"""What the beginning of a text file tells of how it is written: delimiter, quotes, escapes, header."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Container, Iterable, Sequence

from idqp_cli.core.frozen import frozen
from idqp_cli.ingest.records import reader
from idqp_cli.ingest.types import WORD, shape

DELIMITERS = (",", ";", "\t", "|")
# Delimiters that a file has only where a person says so, and how many of them a line must have to be suspicious.
UNUSUAL = {"||": 1, "~": 1, "^": 1, "\x01": 1, "\x1f": 1, "\xa6": 1, "\xa7": 1, ":": 3, " ": 3}
LOOK_AHEAD = 200
LINE_END = re.compile(r"\r\n|\r|\n")
# A pivoted table has years for names.
YEAR = re.compile(r"(19|20)\d\d")
# How Excel is told the delimiter, in a line before the header.
HINT = re.compile(r"\"?sep=(.)\1*\"?\r?\n?", re.IGNORECASE)


@frozen
class Marks:
    """The delimiter, quote and escape of a file; `padded` says that several spaces stand before quotes."""

    delimiter: str
    quote: str
    escape: str
    padded: bool = False


def sample(lines: Sequence[str], marks: Marks) -> list[list[str]]:
    """Return the first records, also those of blank lines; none if they cannot be read."""
    try:
        found = reader(lines, marks.delimiter, marks.quote, marks.escape, padded=marks.padded)
        return list(itertools.islice(found, LOOK_AHEAD))
    except csv.Error:
        return []


def hinted(lines: Sequence[str]) -> str | None:
    """Return the delimiter that the first line names, as `sep=;` does."""
    found = HINT.fullmatch(lines[0]) if lines else None
    return None if found is None else found[1]


def escapes(head: str, quote: str, delimiters: Sequence[str]) -> tuple[int, int]:
    """Count the quotes inside of cells that a backslash escapes, and those that are doubled."""
    mark, ends = re.escape(quote), "|".join(map(re.escape, delimiters))
    end = rf"(?:{ends}|[\r\n]|$)"
    inside = rf"{mark}{{2}}(?!{mark}|{end})"
    doubled = len(re.findall(rf"(?<!\\){mark}{{3}}|(?<![\\{mark}\r\n]){inside}", head))
    doubled -= len(re.findall(rf"(?:{ends}) ?{inside}", head))
    escaped = len(re.findall(rf"\\{mark}(?!{mark}|{end})", head))
    # A backslash before two quotes is a character where quotes are doubled; else the second quote ends the cell.
    return escaped + (0 if doubled else len(re.findall(rf"\\{mark}{mark}{end}", head))), doubled


def delimiter_of(lines: Sequence[str], quote: str, escape: str) -> str:
    """Return the delimiter by which most records are as wide as the first wide one, and widest."""

    def fit(delimiter: str) -> tuple[float, int]:
        widths = [len(record) for record in sample(lines, Marks(delimiter, quote, escape)) if record]
        if not widths:
            return (0.0, 0)
        # A preamble is narrow; the header is the first record as wide as the common ones.
        common = _common(widths)
        width = widths[0] if widths[0] > 1 else common
        if width < 2:
            return (0.0, 0)
        agreeing = sum(found == width for found in widths) / len(widths)
        # A single line agrees with itself whatever the delimiter is.
        return (agreeing if widths[0] > 1 or agreeing > 0.5 else 0.0, width)

    fits = {delimiter: fit(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: fits[delimiter])
    return best if fits[best][0] > 0 else ","


def _common(widths: Sequence[int]) -> int:
    return max(set(widths), key=lambda width: (widths.count(width), width))


def unusual(lines: Sequence[str]) -> str | None:
    """Return what every line of a table of one column has equally often, so that it may be the delimiter."""
    lines = [line.rstrip("\r\n") for line in lines if line.strip()][:LOOK_AHEAD]
    for delimiter, least in UNUSUAL.items():
        counts = {line.count(delimiter) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and min(counts) >= least:
            return delimiter
    return None


def preamble(records: Sequence[Sequence[str]]) -> int:
    """Return how many records stand before a table of several columns, much narrower than it."""
    if len(records) < 3:
        return 0
    widths = [len(record) for record in records]
    common = max(set(widths), key=widths.count)
    at = widths.index(common)
    if len(records[0]) == 1:
        return at if common > 1 else 0
    # A header that lacks a name is not a preamble, and neither are lines without one below that names the columns.
    narrow = at > 0 and (all(width < common - 1 for width in widths[:at]) or _stands_out(records[at:]))
    filled = at > 0 and all(name.strip() for name in records[at]) and is_header(records[at:])
    return at if narrow and filled and widths.count(common) * 10 >= len(widths) * 8 else 0


def _stands_out(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first record has a word above cells none of which is one."""
    first, rest = records[0], [record for record in records[1:] if len(record) == len(records[0])]
    below = ([shape(record[position]) for record in rest if record[position]] for position in range(len(first)))
    return any(
        shape(name) == WORD and kinds and not {WORD, "coded"} & set(kinds)
        for name, kinds in zip(first, below, strict=True)
    )


def lines_before(lines: Sequence[str], marks: Marks, records: int) -> int:
    """Return the number of lines before the record that comes after so many others."""
    found = reader(lines, marks.delimiter, marks.quote, marks.escape, padded=marks.padded)
    seen = before = 0
    for record in found:
        seen += bool(record)
        if seen > records:
            break
        before = found.line_num
    return before


def line_end(text: str) -> str:
    """Return the first line break; nothing where there is none."""
    found = LINE_END.search(text)
    return "" if found is None else found[0]


def first_end(lines: Sequence[str], marks: Marks) -> str:
    """Return what ends the first record that is no blank line; nothing where its end is not there."""
    found = reader(lines, marks.delimiter, marks.quote, marks.escape, padded=marks.padded)
    try:
        for record in found:
            if record:
                last = lines[found.line_num - 1]
                return last[len(last.rstrip("\r\n")) :]
    except csv.Error:
        pass
    return ""


def is_header(records: Sequence[Sequence[str]]) -> bool:
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


def named(records: Sequence[Sequence[str]], *, header: bool) -> tuple[str, ...]:
    """Return the names of the columns; a column without one is named after its position."""
    first = records[0] if records else []
    if header and len(first) > 1 and not first[-1].strip():
        rest = [len(record) for record in records[1:]]
        # A delimiter at the end of the header alone ends no column.
        if rest and sum(width == len(first) - 1 for width in rest) * 10 >= len(rest) * 9:
            first = first[:-1]
    names = [name.strip() for name in first] if header else [""] * len(first)
    taken = {name.casefold() for name in names}
    names = [name or _free(f"column{position}", taken) for position, name in enumerate(names)]
    return _alone(names) if header else tuple(names)


def _alone(names: Sequence[str]) -> tuple[str, ...]:
    """Return names that differ in more than case: of a name that comes again, with its number behind it."""
    taken = {name.casefold() for name in names}
    seen: dict[str, int] = {}
    found = []
    for name in names:
        folded = name.casefold()
        seen[folded] = seen.get(folded, 0) + 1
        own = name if seen[folded] == 1 else _free(f"{name}_{seen[folded]}", taken)
        taken.add(own.casefold())
        found.append(own)
    return tuple(found)


def longer(rows: Sequence[Sequence[str]], width: int) -> int:
    """Count the rows that have an empty cell too many at their end."""
    return sum(len(row) == width + 1 and not row[-1] for row in rows)


def _free(name: str, taken: Container[str]) -> str:
    return name if name.casefold() not in taken else _free(f"{name}_", taken)


def inside(marks: Marks) -> str:
    """Return the pattern of what stands between the quotes of a cell."""
    mark = re.escape(marks.quote)
    if marks.escape == "\\":
        return rf"(?s:[^{mark}\\]|\\.)*"
    return rf"(?:[^{mark}]|{mark}{mark})*" if marks.escape else f"[^{mark}]*"


def cell(marks: Marks) -> re.Pattern[str]:
    """Return the pattern of a quoted cell of one line, from its delimiter on; its text is the group."""
    mark, ends = re.escape(marks.quote), re.escape(marks.delimiter)
    return re.compile(rf"(?:^|{ends}) *{mark}({inside(marks)}){mark} ?(?={ends}|[\r\n]|$)")


def all_quoted(lines: Sequence[str], marks: Marks) -> bool:
    """Tell whether every cell is in quotes."""
    if not marks.quote:
        return False
    mark = re.escape(marks.quote)
    unquoted = re.sub(f"{mark}{inside(marks)}{mark}", "", "".join(lines))
    spaces = {" "} if marks.delimiter != " " else set()
    return bool(lines) and set(unquoted) <= {*marks.delimiter, "\r", "\n", *spaces}


def quoted_columns(lines: Sequence[str], marks: Marks) -> frozenset[int]:
    """Return the positions of columns with a cell that is in quotes without need: they are so by habit."""
    found: set[int] = set()
    if not marks.quote:
        return frozenset()
    pattern = cell(marks)
    for line in lines[:LOOK_AHEAD]:
        # In a line with an odd number of quotes a cell begins that ends on another, or a quote is a character.
        if marks.quote not in line or line.count(marks.quote) % 2:
            continue
        for one in pattern.finditer(line):
            if marks.delimiter not in one[1] and marks.quote not in one[1]:
                found.add(len(sample([line[: one.start()]], marks)[0]) if one.start() else 0)
    return frozenset(found)


def bare_quotes(lines: Iterable[str], marks: Marks) -> bool:
    """Tell whether quotes begin cells of a table's lines, but no cell is in quotes.

    The first line gives the width of the table. A line in which a quote begins a
    cell, and the next one, must have that width: a quoted cell that goes on over
    lines divides them elsewhere.
    """
    if not marks.quote:
        return False
    mark, ends = re.escape(marks.quote), re.escape(marks.delimiter)
    begins, whole = re.compile(rf"(?:^|{ends}){mark}"), cell(marks)
    width = begun = after = 0
    for line in lines:
        if not (stripped := line.rstrip("\r\n")):
            continue
        delimiters = line.count(marks.delimiter)
        width = width or delimiters
        begin = marks.quote in stripped and begins.search(stripped) is not None
        if not width or ((begin or after) and delimiters != width) or (begin and whole.search(stripped)):
            return False
        begun, after = begun + begin, begin
    return begun > 0


def single_quoted(lines: Sequence[str], delimiter: str | None) -> bool:
    """Tell whether cells are in single quotes: none begins with one that does not end it, and some hold a delimiter."""
    text = [line for line in lines if "'" in line]
    if not text:
        return False
    marks = Marks(delimiter or delimiter_of(lines, "'", "'"), "'", "'")
    if any(cell(Marks(marks.delimiter, '"', '"')).search(line) for line in lines):
        return False
    widths = [len(record) for record in sample(lines, marks) if record]
    begun = re.compile(rf"(?:^|{re.escape(marks.delimiter)}) *'")
    found = [[one[1] for one in cell(marks).finditer(line)] for line in text]
    closed = all(len(begun.findall(cell(marks).sub("", line))) == 0 for line in text)
    needed = any(marks.delimiter in one for cells in found for one in cells)
    names = all_quoted([line for line in lines if line.strip()][:1], marks)
    return closed and (needed or names) and len(set(widths)) == 1 and widths[0] > 1
