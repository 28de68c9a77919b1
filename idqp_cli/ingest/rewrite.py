"""Text that DuckDB would not read as it is meant, written anew: comments, and several spaces before a quote.

DuckDB's own option for comments also cuts a line where a comment's mark stands
in the middle of it.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.ingest import sniff
from idqp_cli.ingest.compression import opened
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Source
from idqp_cli.ingest.sniff import Marks


def plain(source: Source, dialects: Sequence[Dialect], folder: str) -> Source:
    """Return the source with the files written anew into `folder` that need it; every line keeps its number.

    Raises:
        UnreadableError: a file of one column has comments, where a blank line is a row.

    """
    files = []
    for number, (file, dialect) in enumerate(zip(source.files, dialects, strict=True)):
        if not dialect.comment and not dialect.padded:
            files.append(file)
            continue
        path = os.path.join(folder, f"{number}.plain")
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as copy:
            copy.writelines(_records(file, dialect))
        files.append(replace(file, path=path, compressed=None, size=os.path.getsize(path)))
    return replace(source, files=tuple(files))


def _records(file: File, dialect: Dialect) -> Iterator[str]:
    """Yield the text of each record; a comment is a blank line."""
    held: list[str] = []

    def lines() -> Iterator[str]:
        for line in stream:
            if dialect.comment and not held and line.startswith(dialect.comment):
                if len(dialect.names) == 1:
                    raise UnreadableError(
                        f"{file.shown}: has one column, where a comment ('{clean(dialect.comment)}') looks like"
                        " a missing cell; remove the comments, or read.comment"
                    )
                held.append(line[len(line.rstrip("\r\n")) :])
            else:
                held.append(line)
            yield held[-1]

    spaces = _spaces(dialect)
    with io.TextIOWrapper(opened(file), "utf-8-sig", errors="surrogateescape", newline="") as stream:
        for _ in range(dialect.skip):
            yield stream.readline()
        try:
            for _ in dialect.records(lines()):
                record = "".join(held)
                yield spaces.sub(r"\1\2\3", record) if dialect.padded else record
                held.clear()
        except csv.Error:
            yield "".join(held)
            yield from stream


def _spaces(dialect: Dialect) -> re.Pattern[str]:
    """Return the pattern of a cell from its delimiter on; the spaces before a quote are in none of its groups."""
    if not dialect.quote:
        return re.compile(r"(?!)()()()")
    ends, mark = re.escape(dialect.delimiter), re.escape(dialect.quote)
    inside = sniff.inside(Marks(dialect.delimiter, dialect.quote, dialect.escape))
    # What is not quoted is a cell too, so that no cell begins inside another one.
    return re.compile(rf"(^|{ends})(?: *({mark}{inside}{mark} ?)(?={ends}|[\r\n]|\Z)|((?:(?!{ends})[^\r\n])*))")
