"""A uniform sample of the lines of text files, picked without parsing the others.

Only where every record is a line, that is where no cell is in quotes.
"""

from __future__ import annotations

import bisect
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from idqp_cli.core.frozen import frozen
from idqp_cli.ingest.compression import chunks
from idqp_cli.ingest.files import File
from idqp_cli.ingest.text_table import TextTable


@frozen
class Picked:
    """A table of picked lines: by file, the line (from 1) in the file of each line that was picked."""

    table: TextTable
    lines: tuple[tuple[int, ...], ...]


def pick(table: TextTable, rows: int, seed: int, folder: str) -> Picked | None:
    """Pick `rows` lines and write them into `folder`; None where a record may not be a line, or there are no more.

    Raises:
        UnreadableError: a file cannot be read.

    """
    files = table.source.files
    above = [dialect.skip + dialect.header for dialect in table.dialects]
    counts = []
    for file, dialect, lines_above in zip(files, table.dialects, above, strict=True):
        number = _lines(file, dialect.quote.encode())
        if number is None:
            return None
        counts.append(max(0, number - lines_above))
    total = sum(counts)
    if rows >= total:
        return None
    ends = list(accumulate(counts))
    chosen = sorted(random.Random(seed).sample(range(total), rows))  # noqa: S311 - a sample that can be drawn again
    picked, lines = [], []
    for number, file in enumerate(files):
        start = ends[number] - counts[number]
        low, high = (bisect.bisect_left(chosen, edge) for edge in (start, ends[number]))
        own = [above[number] + one - start for one in chosen[low:high]]
        path = os.path.join(folder, f"{number}.csv")
        with open(path, "wb") as copy:
            copy.writelines(_picked(file, own))
        picked.append(replace(file, path=path, compressed=None))
        lines.append(tuple(line + 1 for line in own))
    source = replace(table.source, files=tuple(picked))
    dialects = tuple(replace(dialect, skip=0, header=False) for dialect in table.dialects)
    return Picked(replace(table, source=source, dialects=dialects), tuple(lines))


def _lines(file: File, quote: bytes) -> int | None:
    """Count the lines; None if one holds a quote or is blank, so that a line may not be a row."""
    lines, last = 0, b"\n"
    for chunk in chunks(file):
        ends = last + chunk
        if (quote and quote in chunk) or b"\n\n" in ends or b"\n\r\n" in ends:
            return None
        lines += chunk.count(b"\n")
        last = chunk[-2:]
    return lines + (last[-1:] != b"\n")


def _picked(file: File, wanted: Sequence[int]) -> Iterator[bytes]:
    """Yield the wanted lines (from 0, in order) of a file, each with its end."""
    at, first, rest = 0, 0, b""
    for chunk in chunks(file):
        if at == len(wanted):
            return
        number = chunk.count(b"\n")
        if wanted[at] < first + number:
            pieces = (rest + chunk).split(b"\n")
            while at < len(wanted) and wanted[at] < first + number:
                yield pieces[wanted[at] - first] + b"\n"
                at += 1
            rest = pieces[-1]
        else:
            rest = chunk[chunk.rfind(b"\n") + 1 :] if number else rest + chunk
        first += number
    if at < len(wanted):
        yield rest + b"\n"
