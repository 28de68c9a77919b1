"""Files whose lines end some in LF and some in CRLF, which DuckDB refuses: written anew with one."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.relation import Note
from idqp_cli.core.text import count
from idqp_cli.ingest.compression import opened
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Source

PIECE = re.compile(r"[^\r]*\r+|[^\r]+")


def evened(source: Source, dialects: Sequence[Dialect], folder: str) -> tuple[Source, tuple[Note, ...]]:
    """Return the source with every file written anew into `folder`, each record ended by LF, and what was decided.

    A line break inside a quoted cell stays as it is. A lone CR outside of quotes
    ends a record, as Python's and pandas' readers have it, and is noted.

    Raises:
        UnreadableError: a file cannot be read, or a quote is not closed.

    """
    files, notes = [], []
    for number, (file, dialect) in enumerate(zip(source.files, dialects, strict=True)):
        path = os.path.join(folder, f"{number}.even")
        lone: list[int] = []
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as copy:
            copy.writelines(_records(file, dialect, lone))
        files.append(replace(file, path=path, compressed=None, size=os.path.getsize(path)))
        if lone:
            more = f" (and {count(len(lone) - 1, 'more line')})" if len(lone) > 1 else ""
            why = f"ends in a lone CR, unlike other lines{more}; if the CR is in a cell, quote the cell"
            notes.append(Note(number, lone[0], why, "LF or CRLF"))
    return replace(source, files=tuple(files)), tuple(notes)


def line_break(dialect: Dialect) -> str:
    """Return what ends a line, as `open` takes it; a lone CR does only where it ends the first record."""
    return "" if dialect.end == "\r" else "\n"


def pieces(line: str) -> list[str]:
    """Divide a line after each CR that is not of its end."""
    text = line.rstrip("\r\n")
    if "\r" not in text:
        return [line]
    *first, last = PIECE.findall(text)
    return [*first, last + line[len(text) :]]


def _records(file: File, dialect: Dialect, lone: list[int]) -> Iterator[str]:
    """Yield the text of each record, ended by LF; bytes that are no UTF-8 pass through.

    The lines that a lone CR ends, where another line break ends the first record, are added to `lone`.
    """
    held: list[str] = []
    first = 1

    def lines() -> Iterator[str]:
        size = 0
        for line in stream:
            size = len(line) + (size if held else 0)
            if size > dialect.max_line:
                raise UnreadableError(f"{file.shown}: the quote opened on line {first:,} is never closed")
            for piece in pieces(line):
                held.append(piece)
                yield piece

    with io.TextIOWrapper(opened(file), "utf-8-sig", errors="surrogateescape", newline=line_break(dialect)) as stream:
        for _ in range(dialect.skip):
            first += 1
            yield stream.readline().rstrip("\r\n") + "\n"
        try:
            for _ in dialect.records(lines()):
                record = "".join(held)
                text = record.rstrip("\r\n")
                first += text.count("\r" if dialect.end == "\r" else "\n")
                if record.endswith("\r") and dialect.end != "\r":
                    lone.append(first)
                yield text + "\n"
                first += 1
                held.clear()
        except csv.Error as error:
            raise UnreadableError(f"{file.shown}: line {first:,} cannot be read ({error})") from None
