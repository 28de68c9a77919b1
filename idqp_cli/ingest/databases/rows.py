"""Rows of a database, written as CSV, become a Parquet file with the types that the database says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Source, TableColumn, examine, pattern
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.resources import Resources

# A number without a precision of its own gets the first of these that holds all its values.
SCALES, DIGITS = (10, 20, 30), 38
LONGEST_ROW = 16_000_000
NOT_FINITE = ("NaN", "Infinity", "-Infinity")


@frozen
class Loaded:
    """A column of a database: its name and its type in DuckDB; a `number` is of any precision.

    `said` is an expression of the text `{}` that gives the value, where a cast would not. A `loose` column is text
    if one of its values is not of its type.
    """

    name: str
    type: str
    nullable: bool = True
    number: bool = False
    loose: bool = False
    said: str | None = None


def source(shown: str, rows: str, columns: Sequence[Loaded], folder: str, deadline: Deadline | None) -> Source:
    """Return the rows of the CSV file `rows`: without a header, nothing in the place of NULL, a cell before each row.

    Raises:
        UnreadableError: a value cannot be read as what the database says that it is.

    """
    if not columns:
        raise UnreadableError(f"{shown}: has no columns")
    with connect([rows, pattern(rows)], Resources(deadline=deadline)) as database:
        database.hurry()
        listed = ", ".join(f"{sql.literal(str(number))}: 'VARCHAR'" for number in range(len(columns) + 1))
        quotes = "quote='\"', escape='\"'"
        read = (
            f"read_csv({sql.literal(pattern(rows))}, header=false, auto_detect=false, delim=',', {quotes},"
            f" nullstr='', allow_quoted_nulls=false, parallel=false, max_line_size={LONGEST_ROW}, columns={{{listed}}})"
        )
        try:
            known = [_settled(database, read, number, one) for number, one in enumerate(columns, 1)]
            cells = ", ".join(
                f"{_value(number, one)} AS {sql.identifier(one.name)}" for number, one in enumerate(known, 1)
            )
            made = os.path.join(database.folder("rows"), "rows.parquet")
            database.fetch(f"COPY (SELECT {cells} FROM {read}) TO {sql.literal(made)} (FORMAT parquet)")
        except QueryError as error:
            why = clean(error.kind, 60)
            raise UnreadableError(f"{shown}: holds a value that idqp cannot read ({why}); see ?query=") from None
        return moved(shown, made, known, folder)


def moved(shown: str, made: str, columns: Sequence[Loaded], folder: str) -> Source:
    """Return a Parquet file as the source, kept in `folder`."""
    kept = os.path.join(folder, "rows.parquet")
    shutil.move(made, kept)
    file = replace(examine(kept, shown), modified_at=None)
    told = tuple(TableColumn(one.name, one.type, one.nullable, one.name) for one in columns)
    return Source(shown, (file,), columns=told)


def _value(number: int, one: Loaded) -> str:
    cell = sql.identifier(str(number))
    return one.said.format(cell) if one.said is not None else f"CAST({cell} AS {one.type})"


def _settled(database: Database, read: str, number: int, one: Loaded) -> Loaded:
    """Return a column with the type that holds all its values."""
    cell = sql.identifier(str(number))
    if one.loose:
        ((bad,),) = database.fetch(
            f"SELECT count(*) FROM {read} WHERE {cell} IS NOT NULL AND TRY_CAST({cell} AS {one.type}) IS NULL"
        )
        return replace(one, type="VARCHAR") if bad else one
    decimal = one.type.startswith("DECIMAL")
    if not one.number and not decimal:
        return one
    digits = f"ltrim({cell}, '-')"
    ((strange, before, after),) = database.fetch(
        f"SELECT count(*) FILTER (WHERE {cell} IN ({sql.listing(NOT_FINITE)})),"
        f" max(length(split_part({digits}, '.', 1))), max(length(split_part({digits}, '.', 2))) FROM {read}"
    )
    if strange:
        return replace(one, type="DOUBLE")
    if not one.number:
        return one
    for scale in SCALES:
        if int(str(after or 0)) <= scale and int(str(before or 0)) + scale <= DIGITS:
            return replace(one, type=f"DECIMAL({DIGITS},{scale})")
    return replace(one, type="DOUBLE")
