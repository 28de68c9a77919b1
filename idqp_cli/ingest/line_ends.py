"""Files whose lines end some in LF and some in CRLF, which DuckDB refuses: written anew with one."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from idqp_cli.errors import UnreadableError
from idqp_cli.ingest.compression import opened
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Source


def evened(source: Source, dialects: Sequence[Dialect], folder: str) -> Source:
    """Return the source with every file written anew into `folder`, each record ended by LF.

    Every line keeps its number, and a line break inside a quoted cell stays as it is.

    Raises:
        UnreadableError: a line holds a CR that neither ends it nor is quoted.

    """
    files = []
    for number, (file, dialect) in enumerate(zip(source.files, dialects, strict=True)):
        path = os.path.join(folder, f"{number}.even")
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as copy:
            copy.writelines(_records(file, dialect))
        files.append(replace(file, path=path, compressed=None, size=os.path.getsize(path)))
    return replace(source, files=tuple(files))


def line_break(dialect: Dialect) -> str:
    """Return what ends a line, as `open` takes it; a lone CR does only where it ends the first record."""
    return "" if dialect.end == "\r" else "\n"


def _records(file: File, dialect: Dialect) -> Iterator[str]:
    """Yield the text of each record, ended by LF; bytes that are no UTF-8 pass through."""
    held: list[str] = []
    first = 1

    def lines() -> Iterator[str]:
        size = 0
        for line in stream:
            size = len(line) + (size if held else 0)
            if size > dialect.max_line:
                raise UnreadableError(f"{file.shown}: the quote that is opened on line {first:,} is not closed")
            held.append(line)
            yield line

    with io.TextIOWrapper(
        opened(file), "utf-8-sig", errors="surrogateescape", newline=line_break(dialect) if dialect.hidden else "\n"
    ) as stream:
        for _ in range(dialect.skip):
            first += 1
            yield stream.readline().rstrip("\r\n") + "\n"
        try:
            for _ in dialect.records(lines()):
                yield "".join(held).rstrip("\r\n") + "\n"
                first += len(held)
                held.clear()
        except csv.Error:
            message = "holds a lone CR, which ends no other line; quote its cell, or write it anew"
            raise UnreadableError(f"{file.shown}: line {first:,} {message}") from None
