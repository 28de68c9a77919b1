"""Open connections to a store, each lent to one request at a time, as whoever asks."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from idqp_cli.core.address import is_server
from idqp_cli.core.errors import IdqpError, StoreError
from idqp_cli.store import open_store
from idqp_cli.store.interface import Store

# A secret that no store knows: whoever brings none must not become whom the server itself is connected as.
NOBODY = "nobody"
PATIENCE = 10  # seconds


class NoStoreError(StoreError):
    """There is no store yet."""


class Pool:
    """The connections of one process to a store; at most `size` of them."""

    def __init__(self, address: str, size: int) -> None:
        """Begin with no connection; each is opened when it is needed."""
        self._address, self._size = address, size
        self._free: queue.LifoQueue[Store] = queue.LifoQueue()
        self._made, self._lock = 0, Lock()

    @contextmanager
    def lent(self, token: str | None) -> Iterator[Store]:
        """Lend a connection on which whoever `token` was given to acts; None is the server itself.

        Raises:
            NoStoreError: there is no store yet.
            StoreError: it does not answer, or every connection stays in use.

        """
        store = self._taken()
        store.become(token)
        try:
            yield store
        except BaseException as error:
            if isinstance(error, IdqpError) and not isinstance(error, StoreError):
                self._back(store)
            else:
                # Of a connection that broke nobody can say what it does next.
                self._dropped(store)
            raise
        self._back(store)

    def close(self) -> None:
        """Close the connections that nobody has."""
        while True:
            try:
                store = self._free.get_nowait()
            except queue.Empty:
                return
            self._dropped(store)

    def _taken(self) -> Store:
        try:
            return self._free.get_nowait()
        except queue.Empty:
            pass
        with self._lock:
            room = self._made < self._size
            self._made += room
        if not room:
            try:
                return self._free.get(timeout=PATIENCE)
            except queue.Empty:
                raise StoreError("the store does not answer: all its connections are in use; try again") from None
        try:
            return self._opened()
        except BaseException:
            with self._lock:
                self._made -= 1
            raise

    def _opened(self) -> Store:
        if not is_server(self._address) and not (os.path.isfile(self._address) and os.path.getsize(self._address)):
            raise NoStoreError("there is no store yet; `idqp check` makes it")
        return open_store(self._address)

    def _back(self, store: Store) -> None:
        store.become(NOBODY)
        self._free.put(store)

    def _dropped(self, store: Store) -> None:
        with self._lock:
            self._made -= 1
        store.close()
