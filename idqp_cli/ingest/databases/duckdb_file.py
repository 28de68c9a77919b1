"""A DuckDB file: a table or a query, read without a change to the file."""

from __future__ import annotations

import os
import re

from idqp_cli.core import sql
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.databases import Wanted, parts
from idqp_cli.ingest.databases.rows import Loaded, moved
from idqp_cli.ingest.files import Source
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.resources import Resources

# What a Parquet file holds as it is. Large whole numbers are decimals there, and the rest is text.
KEPT = re.compile(
    r"(?:U?(?:TINY|SMALL|BIG)?INT(?:EGER)?|BOOLEAN|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|BLOB|UUID|DATE|TIME"
    r"|TIMESTAMP(?:_NS)?|TIMESTAMP WITH TIME ZONE)(?:\[\])*"
)
LARGE = ("HUGEINT", "UHUGEINT")


def loaded(wanted: Wanted, path: str, folder: str, deadline: Deadline | None) -> Source:
    """Load the rows.

    Raises:
        UnreadableError: the file is no database of this version of DuckDB, or there is no such table.

    """
    whole = os.path.realpath(path)
    with connect([whole, f"{whole}.wal"], Resources(deadline=deadline)) as database:
        database.hurry()
        try:
            database.fetch(f"ATTACH {sql.literal(whole)} AS idqp_file (READ_ONLY)")
            database.fetch("USE idqp_file")
            database.lock()
            rows = (
                ".".join(map(sql.identifier, parts(wanted.table)))
                if wanted.table is not None
                else f"({wanted.query}\n)"
            )
            columns = [
                _column(str(name), str(kind), nullable=needed == "YES")
                for name, kind, needed, *_ in database.fetch(f"DESCRIBE SELECT * FROM {rows}")
            ]
            cells = ", ".join(
                f"CAST({sql.identifier(one.name)} AS {one.type}) AS {sql.identifier(one.name)}" for one in columns
            )
            made = os.path.join(database.folder("rows"), "rows.parquet")
            database.fetch(f"COPY (SELECT {cells} FROM {rows}) TO {sql.literal(made)} (FORMAT parquet)")
        except QueryError as error:
            raise UnreadableError(f"{wanted.shown}: {clean(error.reason.replace(whole, 'the file'), 120)}") from None
        return moved(wanted.shown, made, columns, folder)


def _column(name: str, kind: str, *, nullable: bool) -> Loaded:
    if kind in LARGE:
        return Loaded(name, "DECIMAL(38,0)", nullable)
    return Loaded(name, kind if KEPT.fullmatch(kind) else "VARCHAR", nullable)
