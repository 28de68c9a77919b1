"""From a row's number to its line in the file, also where cells hold line breaks."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from idqp_cli.core.relation import Rejected, RowPlace
from idqp_cli.ingest.compression import chunks, opened
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File
from idqp_cli.ingest.line_ends import line_break, pieces
from idqp_cli.ingest.text_table import TextTable


def locate(
    table: TextTable, rows: Mapping[int, int], places: Collection[RowPlace], rejects: Sequence[Rejected]
) -> tuple[dict[RowPlace, int], dict[Rejected, int]]:
    """Find the lines (from 1) of rows and of rejected records.

    `rows` is the number of rows read of each file. Where a file has a line for
    each record, the line follows from the counts; where it has more (a cell
    holds a line break, a line is blank), the file is read again up to the last
    row in question.
    """
    found: dict[RowPlace, int] = {}
    found_rejects: dict[Rejected, int] = {}
    for number, file in enumerate(table.source.files):
        wanted = {place.row for place in places if place.file == number}
        records = [reject.record for reject in rejects if reject.file == number]
        if not wanted and not records:
            continue
        lines = _lines(file, table.dialects[number], wanted, records, rows.get(number))
        found |= {place: lines[0][place.row] for place in places if place.file == number and place.row in lines[0]}
        found_rejects |= {
            reject: lines[1].get(reject.record, reject.record) for reject in rejects if reject.file == number
        }
    return found, found_rejects


def _lines(
    file: File, dialect: Dialect, wanted: Collection[int], rejected: Sequence[int], rows: int | None
) -> tuple[dict[int, int], dict[int, int]]:
    above = dialect.skip + dialect.header
    if rows is not None and dialect.end != "\r" and _line_count(file) == above + rows + len(rejected):
        return _counted(wanted, rejected, above), {record: record for record in rejected}
    return _read(file, dialect, wanted, rejected)


def _counted(wanted: Iterable[int], rejected: Sequence[int], above: int) -> dict[int, int]:
    """Return the line of each row where every record is one line: the rejected ones push it down."""
    lines, pushed = {}, 0
    order = sorted(rejected)
    for row in sorted(wanted):
        while pushed < len(order) and order[pushed] <= above + row + pushed:
            pushed += 1
        lines[row] = above + row + pushed
    return lines


def _line_count(file: File) -> int | None:
    """Return the number of lines; None where a lone CR may end some of them."""
    lines, lone, last = 0, 0, b"\n"
    for chunk in chunks(file):
        lines += chunk.count(b"\n")
        if b"\r" in chunk:
            lone += chunk.count(b"\r") - chunk.count(b"\r\n")
        if last == b"\r" and chunk.startswith(b"\n"):
            lone -= 1
        last = chunk[-1:]
    return None if lone else lines + (last != b"\n")


def _read(
    file: File, dialect: Dialect, wanted: Collection[int], rejected: Sequence[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the lines by reading the records up to the last one in question.

    DuckDB counts blank lines among the records, but not among the rows. A lone CR
    outside of quotes ends a record and a line, one in a cell neither.
    """
    refused = set(rejected)
    last_row, last_record = max(wanted, default=0), max(rejected, default=0)
    rows: dict[int, int] = {}
    records: dict[int, int] = {}
    held: list[str] = []
    row = 0

    def lines() -> Iterator[str]:
        for line in stream:
            for piece in pieces(line):
                held.append(piece)
                yield piece

    with io.TextIOWrapper(opened(file), "utf-8-sig", errors="replace", newline=line_break(dialect)) as stream:
        for _ in range(dialect.skip):
            stream.readline()
        start = 1
        one_column = len(dialect.names) == 1
        for record, cells in enumerate(dialect.records(lines()), dialect.skip + 1):
            line = dialect.skip + start
            # Where CR ends lines, so does every LF; elsewhere a CR in a cell ends none.
            start += len(held) if dialect.end == "\r" else "".join(held).rstrip("\r\n").count("\n") + 1
            held.clear()
            if record in refused:
                records[record] = line
            elif (cells or one_column) and record > dialect.skip + dialect.header:
                row += 1
                if row in wanted:
                    rows[row] = line
            if row >= last_row and record >= last_record:
                break
    return rows, records
