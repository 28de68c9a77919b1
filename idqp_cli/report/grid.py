"""Rows of cells as lines of a given width: a table where it fits, else each row over several lines; pure.

No cell but those of `FLEXIBLE` columns is ever broken. The flexible ones give way first:
they share what the others leave, and where that is too little they stand below their row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from idqp_cli.report.stdout import BOLD, DIM, Line, Span

Texts = Sequence[str]
# Columns of sentences, which may be broken between words.
FLEXIBLE = frozenset(
    {"message", "detail", "error", "description", "what must hold", "keys", "changes", "said", "value"}
)
# A sentence is not broken into lines shorter than this.
NARROWEST = 24
GAP = 2
INDENT = 4


def lines(columns: Texts, rows: Sequence[Texts], width: int | None, right: frozenset[str] = frozenset()) -> list[Line]:
    """Lay out rows under their columns in at most `width` columns of the screen; None is as wide as it takes."""
    natural = [max(map(measured, (name, *cells))) for name, *cells in zip(columns, *rows, strict=True)]
    widths = _fitting(columns, natural, width)
    if widths is not None:
        return list(_table(columns, rows, widths, right))
    firm = [number for number, name in enumerate(columns) if name not in FLEXIBLE]
    kept = [natural[number] for number in firm]
    if width is not None and _total(kept) <= width and len(firm) < len(columns):
        return list(_below(columns, rows, firm, width, right))
    return [line for row in rows for line in _card(columns, row, width or 0)]


def measured(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text
    )


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _fitting(columns: Texts, natural: Sequence[int], width: int | None) -> list[int] | None:
    """Return the widths of the columns of a table; None where no table fits."""
    if width is None or _total(natural) <= width:
        return list(natural)
    flexible = [number for number, name in enumerate(columns) if name in FLEXIBLE]
    left = width - _total(natural) + sum(natural[number] for number in flexible)
    widths = list(natural)
    # The shortest first, so that what they do not need goes to the others.
    for position, number in enumerate(sorted(flexible, key=lambda one: natural[one])):
        widths[number] = min(natural[number], left // (len(flexible) - position))
        left -= widths[number]
        if widths[number] < min(natural[number], NARROWEST):
            return None
    return widths if flexible and left >= 0 else None


def _table(columns: Texts, rows: Sequence[Texts], widths: Sequence[int], right: frozenset[str]) -> Iterator[Line]:
    placed = [name in right for name in columns]
    yield Line((Span(_row(columns, widths, placed), BOLD),), whole=True)
    for row in rows:
        broken = [wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for number in range(max(map(len, broken))):
            parts = [cells[number] if number < len(cells) else "" for cells in broken]
            yield Line((Span(_row(parts, widths, placed)),), whole=True)


def _below(
    columns: Texts, rows: Sequence[Texts], firm: Sequence[int], width: int, right: frozenset[str]
) -> Iterator[Line]:
    """Lay out a table of the columns that are not broken, each row with its sentences below it."""
    names = [columns[number] for number in firm]
    widths = [
        max(measured(name), *(measured(row[number]) for row in rows)) for number, name in zip(firm, names, strict=True)
    ]
    placed = [name in right for name in names]
    yield Line((Span(_row(names, widths, placed), BOLD),), whole=True)
    for row in rows:
        yield Line((Span(_row([row[number] for number in firm], widths, placed)),), whole=True)
        for number, cell in enumerate(row):
            if number not in firm and cell:
                yield from _sentence(cell, width)


def _card(columns: Texts, row: Texts, width: int) -> Iterator[Line]:
    """Lay out a row that no table has room for: cell after cell, broken only between them."""
    line, first = "", True
    for name, cell in zip(columns, row, strict=True):
        if not cell or name in FLEXIBLE:
            continue
        if line and measured(line) + GAP + measured(cell) > width:
            yield Line((Span(line),), whole=True)
            line, first = "", False
        line = f"{line}{' ' * GAP}{cell}" if line else f"{'' if first else ' ' * INDENT}{cell}"
    if line:
        yield Line((Span(line),), whole=True)
    for name, cell in zip(columns, row, strict=True):
        if name in FLEXIBLE and cell:
            yield from _sentence(cell, width)


def _sentence(text: str, width: int) -> Iterator[Line]:
    for part in wrapped(text, max(NARROWEST, width - INDENT)):
        yield Line((Span(" " * INDENT + part, DIM),), whole=True)


def _row(cells: Texts, widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, width, is_right in zip(cells, widths, right, strict=True):
        space = " " * (width - measured(cell))
        padded.append(space + cell if is_right else cell + space)
    return (" " * GAP).join(padded).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """Break a text between words, and inside of a word that is longer than a line."""
    if measured(text) <= width:
        return [text]
    lines, line = [], ""
    # A number stays with its percent sign.
    for word in re.split(" (?!%)", text):
        left = word
        if line and measured(line) + 1 + measured(left) <= width:
            line += f" {left}"
            continue
        if line:
            lines.append(line)
        while measured(left) > width:
            cut = len(left)
            while measured(left[:cut]) > width:
                cut -= 1
            lines.append(left[:cut])
            left = left[cut:]
        line = left
    return [*lines, line]
