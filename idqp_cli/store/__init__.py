"""The store: runs, incidents, users and the audit log, in SQLite or PostgreSQL."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from idqp_cli.core.address import is_server
from idqp_cli.core.errors import StoreError
from idqp_cli.core.text import clean
from idqp_cli.store.interface import Store
from idqp_cli.store.ledger import Ledger

__all__ = ["Ledger", "Store", "damaged_store", "existing_store", "open_store", "upgrade"]


def open_store(address: str, token: str | None = None) -> Store:
    """Open the store at `address`, an SQLite file or a PostgreSQL database, as whoever `token` was given to.

    Raises:
        UsageError: the address is neither.
        StoreError: the store cannot be opened.

    """
    if is_server(address):
        from idqp_cli.store.postgres.store import open_postgres  # noqa: PLC0415 - only the store that is used is loaded

        return open_postgres(address, token)
    from idqp_cli.store.sqlite import open_sqlite  # noqa: PLC0415

    return open_sqlite(address, token)


def upgrade(address: str) -> tuple[int, int]:
    """Bring the store at `address` to this version; return the versions before and after.

    An SQLite store is brought there by whoever opens it.

    Raises:
        StoreError: it cannot be upgraded.

    """
    if is_server(address):
        from idqp_cli.store.postgres import migrations  # noqa: PLC0415

        return migrations.upgrade(address)
    with existing_store(address) as store:
        version = store.info().version
    return version, version


def damaged_store() -> str | None:
    """Return an SQLite store in use that is damaged, None where there is none; loads nothing."""
    sqlite = sys.modules.get("idqp_cli.store.sqlite")
    return None if sqlite is None else sqlite.damaged()


@contextmanager
def existing_store(address: str, token: str | None = None) -> Iterator[Store]:
    """Open a store that is there already, and close it.

    Raises:
        StoreError: there is none yet, or it cannot be opened.

    """
    if not is_server(address) and not os.path.exists(address):
        raise StoreError(f"{clean(address)}: there is no store yet; `idqp check` creates it")
    if not is_server(address) and os.path.isfile(address) and not os.path.getsize(address):
        raise StoreError(f"{clean(address)}: the file is empty; `idqp check` creates a store in it")
    store = open_store(address, token)
    try:
        yield store
    finally:
        store.close()
