"""A connection to a PostgreSQL store: rows as text where SQLite has text, and errors as one line."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from idqp_cli import __version__
from idqp_cli.core.address import masked, without_secrets
from idqp_cli.core.errors import DeniedError, StoreError, UsageError
from idqp_cli.core.text import clean
from idqp_cli.store.reading import Reading
from idqp_cli.store.rows import Row

if TYPE_CHECKING:
    from psycopg import Connection

CONNECT_SECONDS = 10
# How texts are read and written, whatever the database, the role, the environment or a pooler says; what a waiting
# writer allows the others, as with SQLite; and when a client that has gone silent is let go.
SETTINGS = {
    "search_path": "idqp, pg_temp", "TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "postgres",
    "extra_float_digits": "1", "bytea_output": "hex", "standard_conforming_strings": "on", "row_security": "on",
    "statement_timeout": "0", "lock_timeout": "60s", "idle_in_transaction_session_timeout": "120s",
}  # fmt: skip
UNREACHABLE = "; --no-store checks without it"


def connect(address: str) -> Connection[Row]:
    """Connect to the database at `address`, a postgresql:// URL.

    Raises:
        StoreError: psycopg is not installed, or the server does not let us in.

    """
    try:
        import psycopg  # noqa: PLC0415 - 180 ms that only a PostgreSQL store has to pay
        from psycopg.types.string import TextLoader  # noqa: PLC0415
    except ImportError:
        raise StoreError("a PostgreSQL store needs psycopg: pip install 'idqp[postgres]'") from None
    with told(address):
        # A pooler gives each transaction another session, which knows of no prepared statement.
        connection: Connection[Row] = psycopg.connect(
            address, autocommit=True, connect_timeout=CONNECT_SECONDS, client_encoding="UTF8", prepare_threshold=None,
            application_name=f"idqp/{__version__}", tcp_user_timeout=30_000,
        )  # fmt: skip
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    for kind in ("jsonb", "timestamptz"):
        connection.adapters.register_loader(kind, TextLoader)
    return connection


@contextmanager
def transaction(connection: Connection[Row], token: str | None = None) -> Iterator[None]:
    """Begin a transaction with the settings that the store relies on, and with whose `token` it is done.

    They are gone with the transaction, so that each may be in another session of a
    pooler's. Each function of the store looks for the token there.
    """
    given = SETTINGS if token is None else {**SETTINGS, "idqp.token": str(storable(token))}
    calls = ", ".join(["set_config(%s, %s, true)"] * len(given))
    with connection.transaction():
        connection.execute(f"SELECT {calls}".encode(), [word for pair in given.items() for word in pair])
        yield


@contextmanager
def told(address: str) -> Iterator[None]:
    """Turn what the server refuses into one line that says what to do."""
    import psycopg  # noqa: PLC0415

    try:
        yield
    except psycopg.Error as error:
        place, text = masked(address), without_secrets(_first_line(error), address)
        match error.sqlstate:
            case "IQ002":
                raise UsageError(text) from None
            case "IQ004":
                raise StoreError(text) from None
            case "42501":
                raise DeniedError(place, text) from None
            case "3F000" | "42P01":
                raise StoreError(
                    f"{place}: contains no idqp store; its administrator creates one with idqp store upgrade"
                ) from None
        raise StoreError(f"{place}: the store does not answer: {text}{UNREACHABLE}") from None


def _first_line(error: Exception) -> str:
    import psycopg  # noqa: PLC0415

    told_by_server = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    # Where several addresses were tried, the last line says why the last one refused.
    lines = [line for line in str(error).splitlines() if line.strip()]
    return clean(told_by_server or (lines[-1].strip() if lines else type(error).__name__))


class PostgresConnection(Reading):
    """What the parts of a PostgreSQL store share; `_token` is what whoever opened it has."""

    def __init__(self, connection: Connection[Row], address: str, token: str | None) -> None:
        self._connection = connection
        self._address = address
        self._token = token

    def _fetch(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        with self._transaction() as connection:
            return connection.execute(sql.replace("?", "%s").encode(), fitting(connection, values)).fetchall()

    def _call(self, function: str, *values: object) -> list[Row]:
        """Call one of the store's functions in a transaction of its own; return its rows."""
        with self._transaction() as connection:
            return call(connection, function, *values)

    @contextmanager
    def _transaction(self) -> Iterator[Connection[Row]]:
        with told(self._address), transaction(self._connection, self._token):
            yield self._connection

    def close(self) -> None:
        self._connection.close()


def call(connection: Connection[Row], function: str, *values: object) -> list[Row]:
    """Call a function of the schema idqp, inside whatever transaction there is."""
    marks = ", ".join(["%s"] * len(values))
    return connection.execute(
        f"SELECT * FROM idqp.{function}({marks})".encode(), fitting(connection, values)
    ).fetchall()


class Json(str):
    """JSON text, in which a backslash escapes."""

    __slots__ = ()


def as_jsonb(value: object) -> Json:
    """Return plain values as JSON text that PostgreSQL takes: no NaN, no infinity, no NUL, no lone surrogate."""
    return Json(json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False))


def fitting(connection: Connection[Row], values: Iterable[object]) -> list[object]:
    """Return values as the connection's database takes them: what its encoding lacks becomes an escape."""
    encoding = codec(connection.info.parameter_status("server_encoding"))
    if encoding is None:
        return [storable(value) for value in values]
    return [_encoded(storable(value), encoding) for value in values]


def codec(server: str | None) -> str | None:
    """Return Python's name of a server's encoding; None where every text can be kept, or the name is not known."""
    try:
        name = codecs.lookup((server or "UTF8").replace("WIN", "cp").replace("KOI8", "koi8_")).name
    except LookupError:
        # Of SQL_ASCII a server keeps the bytes as they are.
        return None
    return None if name == "utf-8" else name


def _encoded(value: object, encoding: str) -> object:
    if isinstance(value, dict | list | tuple) or not isinstance(value, str):
        return value
    kept = value.encode(encoding, "backslashreplace").decode(encoding)
    if kept == value or not isinstance(value, Json):
        return kept
    # In JSON an escape would be the character itself again.
    return "".join(character if character.isascii() else _encoded_in_json(character, encoding) for character in value)


def _encoded_in_json(character: str, encoding: str) -> str:
    kept = character.encode(encoding, "backslashreplace").decode(encoding)
    return kept if kept == character else "\\" + kept


def storable(value: object) -> object:
    """Return a value as PostgreSQL takes it: text without NUL and lone surrogates."""
    if not isinstance(value, str) or isinstance(value, Json):
        return value
    return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _plain(value: Any) -> object:  # noqa: ANN401 - JSON is looked into freely
    if isinstance(value, str):
        return storable(str(value))
    if isinstance(value, dict):
        return {str(storable(str(name))): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    # PostgreSQL reads these words as the numbers that JSON does not have.
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
