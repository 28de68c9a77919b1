"""Tables and queries of databases, loaded once, as of one moment: PostgreSQL, MySQL, SQLite and DuckDB files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode

from idqp_cli.core import confines
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.urls import DATABASES, scheme, shown
from idqp_cli.ingest.files import Source
from idqp_cli.ingest.scratch import scratch

KINDS = {
    "postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite",
    "duckdb": "duckdb_file",
}  # fmt: skip
PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')


@frozen
class Wanted:
    """What to load of a database: a table, or the rows of a query; `address` is the URL without it."""

    address: str
    shown: str
    table: str | None
    query: str | None


def parts(table: str) -> list[str]:
    """Return the names that a dot divides; an odd one stands in double quotes."""
    return [quoted.replace('""', '"') or plain for quoted, plain in PART.findall(table)]


def is_database(path: str) -> bool:
    """Tell whether a path names a database."""
    return scheme(path) in DATABASES


@contextmanager
def located(path: str, folder: Path, deadline: Deadline | None) -> Iterator[Source]:
    """Load a table or a query into a file that is gone when the context ends.

    Raises:
        UnreadableError: it cannot be read; the text holds no password.

    """
    wanted = _wanted(path)
    kind = KINDS[scheme(path) or ""]
    if kind in {"postgres", "mysql"}:
        confines.refuse_remote(wanted.shown)
    with scratch() as private:
        match kind:
            case "postgres" | "mysql":
                yield _served(kind, wanted, private, deadline)
            case "sqlite":
                from idqp_cli.ingest.databases import sqlite  # noqa: PLC0415

                yield sqlite.loaded(wanted, _file(wanted, folder), private, deadline)
            case _:
                from idqp_cli.ingest.databases import duckdb_file  # noqa: PLC0415

                yield duckdb_file.loaded(wanted, _file(wanted, folder), private, deadline)


def _served(kind: str, wanted: Wanted, private: str, deadline: Deadline | None) -> Source:
    """Load from a server, for which there is an extra."""
    try:
        if kind == "mysql":
            from idqp_cli.ingest.databases import mysql as server  # noqa: PLC0415 - only such a path has to pay
        else:
            from idqp_cli.ingest.databases import postgres as server  # type: ignore[no-redef] # noqa: PLC0415
    except ImportError as error:
        if error.name is None or error.name.startswith("idqp"):
            raise
        raise UnreadableError(f"{wanted.shown}: needs an extra: pip install 'idqp[{kind}]'") from None
    return server.loaded(wanted, private, deadline)


def _wanted(path: str) -> Wanted:
    address, _, query = path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    asked = {name: value for name, value in pairs if name in {"table", "query"}}
    rest = urlencode([(name, value) for name, value in pairs if name not in asked])
    if len(asked) != 1 or not all(asked.values()):
        raise UnreadableError(f"{shown(path)}: say which table: ?table=NAME, or ?query=SELECT…")
    whole = f"{address}?{rest}" if rest else address
    return Wanted(whole, shown(path), asked.get("table"), asked.get("query"))


def _file(wanted: Wanted, folder: Path) -> str:
    """Return the file of a database: relative behind three slashes, from the root behind four."""
    beginning, _, rest = wanted.address.partition("?")[0].partition("://")
    if not rest.startswith("/") or rest == "/":
        raise UnreadableError(
            f"{wanted.shown}: write {beginning}:///FILE, or {beginning}:////FOLDER/FILE from the root"
        )
    path = os.path.join(folder, unquote(rest[1:]))
    confines.refuse_outside(path, wanted.shown)
    if not os.path.isfile(path):
        raise UnreadableError(f"{wanted.shown}: no such file")
    return path
