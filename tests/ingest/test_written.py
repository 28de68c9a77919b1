"""Random tables, written in every way, and read back by idqp and by Python: equal cell for cell, line for line.

`IDQP_TABLES=2000` tries so many tables, `IDQP_SEED` others than those of every run.
"""

from __future__ import annotations

import csv
import io
import os
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from idqp_cli.core.reading import ReadOptions
from read_back import read

TABLES = int(os.environ.get("IDQP_TABLES", "100"))
SEED = int(os.environ.get("IDQP_SEED", "0"))
GROUPS = 10
WORDS = (
    "Roma", "O'Neill", "é", "日本", "🙂", "a b", " x", "y ", "007", "-1.5", "12", "1e3", "2024-01-31", "true", "NULL",
    "#", "# x", "\\", "C:\\dir\\", "\\n", "--", "=1+1", "\u2028", "\x0c", "{", "[1", "sep=", "%", "0",
)  # fmt: skip
DELIMITERS = (",", ";", "\t", "|", "~", "^", ":", "\x01", "||", "::", "é", " ", "<>")


@dataclass(frozen=True)
class Way:
    """A way of writing a table. `style` says which cells are in quotes: those that need it, all, or some."""

    delimiter: str
    quote: str
    escape: str
    end: str
    header: bool
    style: str
    last_end: bool
    bom: bool

    def written(self, cell: str, draw: random.Random, *, alone: bool) -> str:
        if not self.quote:
            return cell
        special = (*self.delimiter, self.quote, "\r", "\n", *self.escape)
        needs = any(mark in cell for mark in special) or cell != cell.strip() or (alone and not cell)
        if not (needs or self.style == "all" or (self.style == "some" and draw.random() < 0.5)):
            return cell
        inside = cell
        if self.escape == "\\":
            inside = inside.replace("\\", "\\\\").replace(self.quote, "\\" + self.quote)
        elif self.escape:
            inside = inside.replace(self.quote, self.quote * 2)
        return self.quote + inside + self.quote


def way(draw: random.Random) -> Way:
    quote = draw.choice(['"', '"', '"', "'", ""])
    escape = draw.choice([quote, quote, "\\", ""]) if quote else ""
    return Way(
        delimiter=draw.choice(DELIMITERS),
        quote=quote,
        escape=escape,
        end=draw.choice(["\n", "\n", "\r\n", "\r"]),
        header=draw.random() < 0.8,
        style=draw.choice(["least", "all", "some"]),
        last_end=draw.random() < 0.7,
        bom=draw.random() < 0.2,
    )


def cell(draw: random.Random, way: Way) -> str:
    pieces = [*WORDS, "", "", "", way.delimiter, way.delimiter * 2, '"', "'", "\n", "\r\n", "\r", "x\ny"]
    text = "".join(draw.choice(pieces) for _ in range(draw.choice([1, 1, 1, 2, 3, 5])))
    if not way.quote:
        for mark in (way.delimiter, *way.delimiter, "\r", "\n"):
            text = text.replace(mark, "")
    elif not way.escape:
        text = text.replace(way.quote, "")
    return text


def table(draw: random.Random, way: Way) -> tuple[list[str], list[list[str]]]:
    width = draw.choice([1, 2, 3, 5, 9])
    names = [f"name {'abcdefghi'[at]}" for at in range(width)]
    if way.delimiter == " ":
        names = [name.replace(" ", "_") for name in names]
    rows = [[cell(draw, way) for _ in names] for _ in range(draw.choice([1, 2, 5, 40, 300]))]
    if not way.quote and width == 1:
        # Without quotes a missing cell of one column is a blank line, which a last one is not.
        rows = [[one or "x" for one in row] for row in rows]
    return names, rows


def one_longer(rows: list[list[str]], seed: int) -> int | None:
    """Return the row, of some tables, that is written with a delimiter too many at its end."""
    draw = random.Random(f"longer {seed}")
    return draw.randrange(len(rows)) if len(rows) >= 40 and len(rows[0]) > 1 and draw.random() < 0.5 else None


def text_of(
    names: list[str], rows: list[list[str]], way: Way, draw: random.Random, longer: int | None
) -> tuple[str, list[int]]:
    """Write a table; return the text, and the line of each row."""
    records = [
        way.delimiter.join(way.written(one, draw, alone=len(names) == 1) for one in row)
        for row in ([names] if way.header else []) + rows
    ]
    if longer is not None:
        records[longer + way.header] += way.delimiter
    lines, line = [], 1
    for record in records:
        lines.append(line)
        even = record.replace("\r\n", "\n").replace("\r", "\n") if way.end == "\r" else record
        line += even.count("\n") + 1
    return way.end.join(records) + (way.end if way.last_end else ""), lines[int(way.header) :]


def by_python(text: str, way: Way) -> list[list[str]] | None:
    """Read the text by Python's own reader, if that knows such a dialect."""
    if len(way.delimiter) > 1:
        return None
    if not way.quote:
        found = csv.reader(
            io.StringIO(text, newline=""), delimiter=way.delimiter, quotechar=None, quoting=csv.QUOTE_NONE
        )
    else:
        found = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=way.delimiter,
            quotechar=way.quote,
            doublequote=way.escape == way.quote,
            escapechar="\\" if way.escape == "\\" else None,
        )
    return [row or [""] for row in found]


@pytest.mark.parametrize("group", range(GROUPS))
def test_what_is_written_is_read(tmp_path: Path, group: int) -> None:
    for number in range(group, TABLES, GROUPS):
        seed = SEED * 1_000_000 + number
        draw = random.Random(seed)
        how = way(draw)
        names, rows = table(draw, how)
        longer = one_longer(rows, seed)
        text, lines = text_of(names, rows, how, draw, longer)
        said = f"seed {seed}: {how}, {longer}"
        python = by_python(text, how)
        if python is not None:
            assert [row[: len(names)] for row in python[int(how.header) :]] == rows, said
        content = text.encode()
        (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbf" + content if how.bom else content)
        options = ReadOptions(
            delimiter=how.delimiter, quote=how.quote, escape=how.escape, header=how.header, comment=""
        )
        found = read(tmp_path, "t.csv", options)
        assert found.rejected == [], said
        if how.header:
            assert found.names == tuple(names), said
        assert [[one or "" for one in row] for row in found.rows] == rows, said
        assert found.lines == lines, said
        ends = [one for one in found.doubts if "ends in a delimiter that the header does not have" in one]
        wanted = [] if longer is None else [f"line {lines[longer]:,} "]
        assert len(ends) == len(wanted), said
        assert all(line in one for line, one in zip(wanted, ends, strict=True)), said
