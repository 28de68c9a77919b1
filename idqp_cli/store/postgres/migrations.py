"""The schema of a PostgreSQL store, made and changed by named steps, each a file of SQL beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from idqp_cli.core.address import masked
from idqp_cli.core.errors import StoreError
from idqp_cli.store.postgres.connection import connect, told, transaction
from idqp_cli.store.rows import Row

if TYPE_CHECKING:
    from psycopg import Connection

MIGRATIONS = (
    "tables", "functions", "people", "rights", "models", "alerts", "content", "prune", "origins", "facts", "seen",
    "offsets", "serving", "uploads",
)  # fmt: skip
VERSION = len(MIGRATIONS)
FOLDER = Path(__file__).parent
LOCK = 0x69647170  # "idqp"; upgrades of one database wait for each other


def upgrade(address: str, to: int = VERSION) -> tuple[int, int]:
    """Do the steps that are not done, in one transaction; return the version before and after.

    Takes a superuser, or an owner of the database who may create roles.

    Raises:
        StoreError: the store is newer than this idqp, or the login role may not do it.

    """
    connection = connect(address)
    try:
        with told(address), transaction(connection):
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            before = _version(connection)
            if before > VERSION:
                raise StoreError(
                    f"{masked(address)}: the store was created by a newer idqp (version {before}); upgrade idqp"
                )
            if before < to:
                _apply(connection, before, to)
            return before, max(before, to)
    finally:
        connection.close()


def _version(connection: Connection[Row]) -> int:
    ((there,),) = connection.execute("SELECT to_regclass('idqp.migrations') IS NOT NULL").fetchall()
    if not there:
        return 0
    ((version,),) = connection.execute("SELECT coalesce(max(version), 0) FROM idqp.migrations").fetchall()
    return int(version)


def _apply(connection: Connection[Row], before: int, to: int) -> None:
    connection.execute((FOLDER / "roles.sql").read_bytes())
    with as_definer(connection):
        for version, name in enumerate(MIGRATIONS[before:to], before + 1):
            connection.execute((FOLDER / f"{name}.sql").read_bytes())
            connection.execute("INSERT INTO idqp.migrations (version, name) VALUES (%s, %s)", [version, name])


@contextmanager
def as_definer(connection: Connection[Row]) -> Iterator[None]:
    """Act as the owner of all tables until the end, inside a transaction; a member of it nobody stays."""
    ((superuser, user),) = connection.execute(
        "SELECT rolsuper, quote_ident(session_user) FROM pg_roles WHERE rolname = session_user"
    ).fetchall()
    if not superuser:
        # Whoever may make the store is its first Owner.
        connection.execute(f"GRANT idqp_definer, idqp_owner TO {user}".encode())
    connection.execute("CREATE SCHEMA IF NOT EXISTS idqp AUTHORIZATION idqp_definer")
    connection.execute("SET LOCAL ROLE idqp_definer")
    yield
    connection.execute("RESET ROLE")
    if not superuser:
        connection.execute(f"REVOKE idqp_definer FROM {user}".encode())
