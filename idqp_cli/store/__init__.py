"""The store: runs, incidents and who did what, in an SQLite file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from idqp_cli.errors import StoreError, UsageError
from idqp_cli.store.interface import Ledger, Store
from idqp_cli.store.values import RecordedRule
from idqp_cli.text import clean

__all__ = ["Ledger", "RecordedRule", "Store", "existing_store", "open_store"]


def open_store(address: str, token: str | None = None) -> Store:
    """Open the store at `address`, the path of an SQLite file, as whoever `token` was given to.

    Raises:
        UsageError: the address is of a kind that this version does not know.
        StoreError: the store cannot be opened.

    """
    if "://" in address:
        scheme = address.split("://", 1)[0]
        raise UsageError(f"store: '{clean(scheme, 20)}://' is not a store that this version knows; name a file")
    from idqp_cli.store.sqlite import open_sqlite  # noqa: PLC0415 - only the store that is used is loaded

    return open_sqlite(address, token)


@contextmanager
def existing_store(address: str, token: str | None = None) -> Iterator[Store]:
    """Open a store that is there already, and close it.

    Raises:
        StoreError: there is none yet, or it cannot be opened.

    """
    if "://" not in address and not os.path.exists(address):
        raise StoreError(f"{clean(address)}: there is no store yet; `idqp check` makes it")
    store = open_store(address, token)
    try:
        yield store
    finally:
        store.close()
