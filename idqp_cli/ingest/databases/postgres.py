"""PostgreSQL: a table or a query, copied in one read-only snapshot with the types of the catalogue."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from idqp_cli import __version__
from idqp_cli.core.address import without_secrets
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.ingest.databases import Wanted, parts
from idqp_cli.ingest.databases.rows import Loaded, source
from idqp_cli.ingest.files import Source

CONNECT_SECONDS = 10
MOST_DIGITS = 38
TYPES = {
    "bool": "BOOLEAN", "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "oid": "BIGINT", "float4": "FLOAT",
    "float8": "DOUBLE", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE", "uuid": "UUID",
}  # fmt: skip
ARRAYS = {"_bool", "_int2", "_int4", "_int8", "_float4", "_float8", "_text", "_varchar"}
SETTINGS = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL client_encoding = 'UTF8'",
)


def loaded(wanted: Wanted, folder: str, deadline: Deadline | None) -> Source:
    """Load the rows.

    Raises:
        UnreadableError: the server does not let us in, or there is no such table.

    """
    path = os.path.join(folder, "rows.csv")
    try:
        with psycopg.connect(
            wanted.address, connect_timeout=CONNECT_SECONDS, application_name=f"idqp/{__version__}"
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            columns = _copied(connection, wanted, path, deadline)
    except psycopg.Error as error:
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UnreadableError(f"{wanted.shown}: {clean(without_secrets(line, wanted.address))}") from None
    return source(wanted.shown, path, columns, folder, deadline)


def _copied(connection: psycopg.Connection[Any], wanted: Wanted, path: str, deadline: Deadline | None) -> list[Loaded]:
    """Write the rows to a file; return the columns."""
    for statement in SETTINGS:
        connection.execute(statement)
    if deadline is not None:
        connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(max(1, int(deadline.left() * 1000))))
    rows = _rows(wanted)
    # Asked for binary results, the server takes one statement only: a query cannot end the transaction.
    with connection.cursor(binary=True) as asked:
        known = asked.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(rows)).description or []
    found = connection.execute(
        "SELECT t.oid, coalesce(b.typname, t.typname) FROM pg_type t LEFT JOIN pg_type b ON b.oid = t.typbasetype"
        " WHERE t.oid = ANY(%s)",
        ([one.type_code for one in known],),
    )
    types = dict(found.fetchall())
    needed = _not_null(connection, rows) if wanted.table is not None else {}
    columns = [_column(one, types[one.type_code], needed) for one in known]
    cells = sql.SQL(", ").join(_text(one.name, types[one.type_code]) for one in known)
    # A row of one missing cell would be an empty line: each has a cell more.
    copied = sql.SQL("COPY (SELECT 0, {} FROM {}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)").format(cells, rows)
    with connection.cursor() as cursor, open(path, "wb") as file, cursor.copy(copied) as copy:
        for chunk in copy:
            if deadline is not None and not deadline.left():
                raise deadline.missed()
            file.write(chunk)
    return columns


def _rows(wanted: Wanted) -> sql.Composable:
    """Return what rows are selected from."""
    if wanted.table is None:
        return sql.SQL("({}\n) AS idqp").format(sql.SQL(wanted.query or ""))
    return sql.Identifier(*parts(wanted.table))


def _not_null(connection: psycopg.Connection[Any], rows: sql.Composable) -> Mapping[str, bool]:
    found = connection.execute(
        "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0",
        (rows.as_string(connection),),
    )
    return dict(found.fetchall())


def _column(told: psycopg.Column, kind: str, needed: Mapping[str, bool]) -> Loaded:
    """Return a column with its type in DuckDB; what has none there is text."""
    nullable = not needed.get(told.name, False)
    if kind == "numeric":
        precision, scale = told.precision, told.scale
        if precision is not None and scale is not None and precision <= MOST_DIGITS and 0 <= scale <= precision:
            return Loaded(told.name, f"DECIMAL({precision},{scale})", nullable)
        return Loaded(told.name, "DOUBLE", nullable, number=True)
    if kind == "money":
        return Loaded(told.name, "DOUBLE", nullable, number=True)
    if kind == "bytea":
        return Loaded(told.name, "BLOB", nullable, said="unhex({})")
    if kind in ARRAYS:
        element = TYPES.get(kind.removeprefix("_"), "VARCHAR")
        return Loaded(told.name, f"{element}[]", nullable, said=f"from_json({{}}, '[\"{element}\"]')")
    return Loaded(told.name, TYPES.get(kind, "VARCHAR"), nullable)


def _text(name: str, kind: str) -> sql.Composable:
    cell = sql.Identifier(name)
    if kind == "bytea":
        return sql.SQL("encode({}, 'hex')").format(cell)
    if kind == "money":
        return sql.SQL("{}::numeric::text").format(cell)
    if kind in ARRAYS:
        return sql.SQL("to_json({})::text").format(cell)
    return sql.SQL("{}::text").format(cell)
