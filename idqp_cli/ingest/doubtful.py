"""What a reader cannot be sure of: rows with a delimiter too many, and cells that seem to hold rows."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core.relation import Rejected
from idqp_cli.core.text import count
from idqp_cli.ingest import trailing
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.relation import Ingested, locate
from idqp_cli.ingest.text_table import TextTable


def doubts(database: Database, ingested: Ingested, rows: int, rejects: Sequence[Rejected]) -> tuple[str, ...]:
    """Say which rows have a delimiter too many, and which cells seem to hold rows; `rows` is the number of rows.

    Raises:
        UnreadableError: a file cannot be read.

    """
    table = ingested.lines
    if table is None:
        return ()
    found = _trailing(database, ingested, table, rejects)
    # A sample that was picked by its lines is of files without quotes.
    return found if ingested.picked is not None else (*found, *_swallowed(database, ingested, table, rows, rejects))


def _trailing(database: Database, ingested: Ingested, table: TextTable, rejects: Sequence[Rejected]) -> tuple[str, ...]:
    found = trailing.find(database, table, ingested.relation.dataset, rejects)
    if not found:
        return ()
    # Every one of them is a record: the lines of the rest need not be known.
    _, lines_of = locate(ingested, {}, (), found[:1])
    more = f" (and {count(len(found) - 1, 'more row')})" if len(found) > 1 else ""
    line = f"{_file(table, found[0].file)}line {lines_of[found[0]]:,}"
    divided = "if one of its cells is split, the cells after it are in the wrong columns"
    return (f"{line} ends in a delimiter that the header does not have{more}; {divided}",)


def _file(table: TextTable, number: int) -> str:
    return "" if len(table.source.files) == 1 else f"{table.source.files[number].shown}: "


def _swallowed(
    database: Database, ingested: Ingested, table: TextTable, rows: int, rejects: Sequence[Rejected]
) -> tuple[str, ...]:
    from idqp_cli.ingest import swallowed_rows  # noqa: PLC0415 - only text files have to pay

    of = rows if ingested.drawn is None else (ingested.drawn.of or 0)
    found = swallowed_rows.find(database, table, ingested.relation, of + len(rejects))
    if not found:
        return ()
    first = found[0]
    at, _ = locate(ingested, {}, [first.place], rejects)
    more = f" (and {count(len(found) - 1, 'cell')} more)" if len(found) > 1 else ""
    found_rows = f"{count(first.rows, 'more line')} like rows of the table{more}"
    say = "set read.quote: none if the file has no quoted cells, read.quote: '\"' if the cell is right"
    line = f"{_file(table, first.place.file)}a quoted cell in the row on line {at[first.place]:,}"
    return (f"{line} holds {found_rows}; {say}",)
