"""MySQL and MariaDB: a table or a query, read in one read-only snapshot with the types of the catalogue."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Sequence
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from pymysql.constants import FIELD_TYPE, FLAG
from pymysql.converters import conversions
from pymysql.cursors import SSCursor

from idqp_cli.core.address import without_secrets
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.ingest.databases import Wanted, parts
from idqp_cli.ingest.databases.rows import Loaded, source
from idqp_cli.ingest.files import Source

CONNECT_SECONDS, ANSWER_SECONDS = 10, 3600
ROWS_AT_ONCE = 1000
PORT = 3306
DEFAULTS = "~/.my.cnf"
OPTIONS = ("ssl_mode", "ssl_ca", "unix_socket")
MODES = ("disabled", "preferred", "required", "verify_ca", "verify_identity")
BINARY = 63
MOST_DIGITS = 38
SETTINGS = (
    "SET SESSION time_zone = '+00:00', SESSION sql_mode = '', SESSION group_concat_max_len = 1048576",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
INTEGERS = {
    FIELD_TYPE.TINY: "TINYINT", FIELD_TYPE.SHORT: "SMALLINT", FIELD_TYPE.INT24: "INTEGER", FIELD_TYPE.LONG: "INTEGER",
    FIELD_TYPE.LONGLONG: "BIGINT",
}  # fmt: skip
# A day like 0000-00-00 is none, and a time of 800 hours neither: such a column is text.
LOOSE = {
    FIELD_TYPE.DATE: "DATE", FIELD_TYPE.NEWDATE: "DATE", FIELD_TYPE.TIME: "TIME", FIELD_TYPE.DATETIME: "TIMESTAMP",
    FIELD_TYPE.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip


def loaded(wanted: Wanted, folder: str, deadline: Deadline | None) -> Source:
    """Load the rows.

    Raises:
        UnreadableError: the server does not let us in, or there is no such table.

    """
    path = os.path.join(folder, "rows.csv")
    try:
        connection = _connected(wanted, deadline)
        try:
            with open(path, "w", encoding="utf-8", newline="") as file:
                columns = _written(connection, wanted, file, deadline)
        finally:
            connection.close()
    except (pymysql.MySQLError, RuntimeError, OSError) as error:
        if deadline is not None and not deadline.left():
            raise deadline.missed() from None
        told = str(error.args[-1]) if error.args else type(error).__name__
        raise UnreadableError(f"{wanted.shown}: {clean(without_secrets(told, wanted.address), 200)}") from None
    return source(wanted.shown, path, columns, folder, deadline)


def _connected(wanted: Wanted, deadline: Deadline | None) -> pymysql.Connection[Any]:
    try:
        place = urlsplit(wanted.address)
        port = place.port or PORT
    except ValueError:
        raise UnreadableError(f"{wanted.shown}: write mysql://USER@HOST:PORT/DATABASE?table=…") from None
    options = dict(parse_qsl(place.query))
    strange = sorted(set(options) - set(OPTIONS))
    if strange:
        raise UnreadableError(
            f"{wanted.shown}: unknown parameter '{clean(strange[0], 40)}'; known: {', '.join(OPTIONS)}"
        )
    mode = options.get("ssl_mode", "preferred").lower()
    if mode not in MODES:
        raise UnreadableError(f"{wanted.shown}: ssl_mode is one of {', '.join(MODES)}")
    if not os.path.exists(options.get("unix_socket", "/")):
        raise UnreadableError(f"{wanted.shown}: unix_socket: no such file")
    left = ANSWER_SECONDS if deadline is None else max(1, int(deadline.left()))
    defaults = os.path.expanduser(DEFAULTS)
    given = {
        "user": unquote(place.username) if place.username else None,
        "password": unquote(place.password) if place.password else os.environ.get("MYSQL_PWD"),
        "host": place.hostname,
        "unix_socket": options.get("unix_socket"),
        "read_default_file": defaults if os.path.isfile(defaults) else None,
    }
    connection = pymysql.connect(
        **{name: value for name, value in given.items() if value is not None}, port=port,
        database=unquote(place.path.strip("/")) or None, charset="utf8mb4", cursorclass=SSCursor,
        connect_timeout=CONNECT_SECONDS, read_timeout=left, write_timeout=left, local_infile=False,
        # Values come as the server writes them, and not as Python would.
        conv={kind: how for kind, how in conversions.items() if not isinstance(kind, int)},
        ssl=None if mode == "disabled" or "unix_socket" in options else _tls(mode, options.get("ssl_ca")),
    )  # fmt: skip
    if mode in MODES[2:] and not _asked(connection, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")[0][1]:
        connection.close()
        raise UnreadableError(f"{wanted.shown}: the server has no TLS, which ssl_mode={mode} asks for")
    return connection


def _tls(mode: str, authority: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = mode == "verify_identity"
    if mode in {"preferred", "required"}:
        context.verify_mode = ssl.CERT_NONE
    return context


def _written(connection: Any, wanted: Wanted, file: IO[str], deadline: Deadline | None) -> list[Loaded]:  # noqa: ANN401
    """Write the rows to a file; return the columns."""
    for statement in SETTINGS:
        _asked(connection, statement)
    if wanted.table is not None:
        rows = ".".join(_quoted(part) for part in parts(wanted.table))
    else:
        rows = f"({wanted.query}\n) AS idqp"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {rows} LIMIT 0")
        fields = list(cursor._result.fields)  # noqa: SLF001 - what is public does not tell unsigned numbers from signed
    columns = [_column(field) for field in fields]
    cells = ", ".join(_cell(field) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {cells} FROM {rows}")
        for row in _each(cursor, deadline):
            # A row of one missing cell would be an empty line: each has a cell more.
            file.write(",".join(["0", *map(_text, row)]) + "\n")
    return columns


def _asked(connection: Any, statement: str) -> Sequence[Sequence[Any]]:  # noqa: ANN401 - pymysql has no types
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: Sequence[Sequence[Any]] = cursor.fetchall()
    return found


def _each(cursor: Any, deadline: Deadline | None) -> Iterator[tuple[object, ...]]:  # noqa: ANN401 - as above
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        if deadline is not None and not deadline.left():
            raise deadline.missed()
        yield from rows


def _text(value: object) -> str:
    if value is None:
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"'


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _binary(field: Any) -> bool:  # noqa: ANN401 - pymysql has no types
    kinds = (
        FIELD_TYPE.STRING, FIELD_TYPE.VAR_STRING, FIELD_TYPE.VARCHAR, FIELD_TYPE.BLOB, FIELD_TYPE.TINY_BLOB,
        FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB, FIELD_TYPE.GEOMETRY,
    )  # fmt: skip
    return field.type_code in kinds and field.charsetnr == BINARY


def _cell(field: Any) -> str:  # noqa: ANN401 - as above
    """Return a column as the text that tells its value exactly."""
    name = _quoted(field.name)
    if field.type_code == FIELD_TYPE.FLOAT:
        return f"CAST({name} AS DOUBLE)"
    if field.type_code == FIELD_TYPE.BIT:
        return f"{name} + 0"
    if field.type_code == FIELD_TYPE.TIMESTAMP:
        return f"concat({name}, '+00')"
    return f"hex({name})" if _binary(field) else name


def _column(field: Any) -> Loaded:  # noqa: ANN401 - as above
    """Return a column with its type in DuckDB; what has none there is text."""
    nullable, unsigned = not field.flags & FLAG.NOT_NULL, bool(field.flags & FLAG.UNSIGNED)
    kind = field.type_code
    if kind in INTEGERS:
        return Loaded(field.name, f"{'U' if unsigned else ''}{INTEGERS[kind]}", nullable)
    if kind == FIELD_TYPE.YEAR:
        return Loaded(field.name, "SMALLINT", nullable)
    if kind == FIELD_TYPE.BIT:
        return Loaded(field.name, "UBIGINT", nullable)
    if kind in {FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE}:
        return Loaded(field.name, "FLOAT" if kind == FIELD_TYPE.FLOAT else "DOUBLE", nullable)
    if kind in {FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.DECIMAL}:
        # The length counts the point and the sign, too.
        digits = field.length - bool(field.scale) - (not unsigned)
        exact = f"DECIMAL({digits},{field.scale})"
        return Loaded(field.name, exact if digits <= MOST_DIGITS else "DOUBLE", nullable, number=digits > MOST_DIGITS)
    if kind in LOOSE:
        return Loaded(field.name, LOOSE[kind], nullable, loose=True)
    if _binary(field):
        return Loaded(field.name, "BLOB", nullable, said="unhex({})")
    return Loaded(field.name, "VARCHAR", nullable)
