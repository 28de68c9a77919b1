"""Serve until somebody stops it."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import uvicorn

from idqp_cli.core.address import is_server
from idqp_cli.core.errors import UsageError
from idqp_cli.server import settings
from idqp_cli.server.keys import Keys
from idqp_cli.server.redis_shared import Shared
from idqp_cli.server.settings import Settings
from idqp_cli.store import open_store

# How long a request may still take when the server is stopped, in seconds.
GRACE = 20


def run(given: Settings, workers: int) -> None:
    """Serve in so many processes."""
    os.environ[settings.VARIABLE] = settings.written(given)
    uvicorn.run(
        "idqp_cli.server.app:of_environment", factory=True, host=given.host, port=given.port, workers=workers,
        log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE,
        proxy_headers=True, forwarded_allow_ips="127.0.0.1", timeout_keep_alive=30, h11_max_incomplete_event_size=65536,
    )  # fmt: skip


def prepare(given: Settings) -> None:
    """See that the store can be served as it is, and that there is a key to sign with.

    Raises:
        IdqpError: the store is open to everyone, and others could connect; it does not answer; or others know the keys.

    """
    refuse_open(given)
    keys = Keys(given.keys)
    if given.redis is not None:
        Shared(given.redis, given.store, keys)


def refuse_open(given: Settings) -> None:
    """Refuse to let other machines reach a store that lets everyone do everything.

    Raises:
        UsageError: they could.
        StoreError: the store does not answer.

    """
    if given.local or (not is_server(given.store) and not os.path.exists(given.store)):
        return
    store = open_store(given.store)
    try:
        if store.identity("", datetime.now(UTC)).open:
            raise UsageError(
                "the store has no users, so everyone who connects could do everything; `idqp user add` adds the first"
                " one, or listen on 127.0.0.1"
            )
    finally:
        store.close()
