"""SQLite: a table or a query, read in one transaction. Its columns have a declared type, its values their own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from typing import IO
from urllib.parse import quote

from idqp_cli.core import sql
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.ingest.databases import Wanted
from idqp_cli.ingest.databases.rows import Loaded, source
from idqp_cli.ingest.files import Source

ROWS_AT_ONCE = 1000
# By the beginning of what is declared, as SQLite itself takes it; the rest is text.
TYPES = (
    ("BOOL", "BOOLEAN"), ("DATETIME", "TIMESTAMP"), ("TIMESTAMP", "TIMESTAMP"), ("DATE", "DATE"), ("REAL", "DOUBLE"),
    ("DOUB", "DOUBLE"), ("FLOA", "DOUBLE"), ("NUMERIC", "DOUBLE"), ("DECIMAL", "DOUBLE"), ("UUID", "UUID"),
)  # fmt: skip


def loaded(wanted: Wanted, path: str, folder: str, deadline: Deadline | None) -> Source:
    """Load the rows.

    Raises:
        UnreadableError: the file is no database, or there is no such table.

    """
    rows = os.path.join(folder, "rows.csv")
    try:
        connection = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.text_factory = lambda text: text.decode(errors="surrogateescape")
            connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")
            with open(rows, "w", encoding="utf-8", newline="", errors="replace") as file:
                columns = _written(connection, wanted, file, deadline)
        finally:
            connection.close()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise UnreadableError(f"{wanted.shown}: {clean(error)}") from None
    return source(wanted.shown, rows, columns, folder, deadline)


def _written(connection: sqlite3.Connection, wanted: Wanted, file: IO[str], deadline: Deadline | None) -> list[Loaded]:
    declared: Mapping[str, tuple[str, bool]] = {}
    if wanted.table is not None:
        told = connection.execute('SELECT name, type, "notnull" FROM pragma_table_xinfo(?)', (wanted.table,)).fetchall()
        if not told:
            raise UnreadableError(f"{wanted.shown}: there is no such table")
        declared = {name: (kind, bool(needed)) for name, kind, needed in told}
    found = connection.execute(
        f"SELECT * FROM {sql.identifier(wanted.table)}"
        if wanted.table is not None
        else f"SELECT * FROM ({wanted.query}\n)"
    )
    names = [one[0] for one in found.description]
    seen: list[set[type]] = [set() for _ in names]
    for row in _each(found, deadline):
        # A row of one missing cell would be an empty line: each has a cell more.
        file.write(",".join(["0", *map(_cell, row)]) + "\n")
        for kinds, value in zip(seen, row, strict=True):
            kinds.add(type(value))
    return [_column(name, *declared.get(name, ("", False)), kinds) for name, kinds in zip(names, seen, strict=True)]


def _each(found: sqlite3.Cursor, deadline: Deadline | None) -> Iterator[tuple[object, ...]]:
    while rows := found.fetchmany(ROWS_AT_ONCE):
        if deadline is not None and not deadline.left():
            raise deadline.missed()
        yield from rows


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return f'"{value.hex()}"'
        case float():
            return f'"{value!r}"'
    text = str(value).replace('"', '""')
    return f'"{text}"'


def _column(name: str, declared: str, needed: bool, kinds: set[type]) -> Loaded:  # noqa: FBT001 - as it was declared
    """Return a column: of the declared type if every value is of it, else of what its values are."""
    held = kinds - {type(None)}
    if held == {bytes}:
        return Loaded(name, "BLOB", not needed, said="unhex({})")
    upper = declared.upper()
    if held <= {int} and (held or "INT" in upper) and not upper.startswith("BOOL"):
        return Loaded(name, "DOUBLE" if held and upper.startswith(("REAL", "DOUB", "FLOA")) else "BIGINT", not needed)
    if held and held <= {int, float}:
        return Loaded(name, "BOOLEAN" if upper.startswith("BOOL") else "DOUBLE", not needed, loose=True)
    kind = next((kind for beginning, kind in TYPES if upper.startswith(beginning)), "VARCHAR")
    return Loaded(name, kind, not needed, loose=kind != "VARCHAR")
