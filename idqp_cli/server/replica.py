"""A replica that answers reads, as long as it has all that the store has.

Every write to the store moves the head of its audit chain. A replica with the
same head has the same content, so that nobody reads what is out of date; where
it is behind, or does not answer, the store itself answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from idqp_cli.core.errors import IdqpError
from idqp_cli.server.problems import Problem
from idqp_cli.server.workers import log
from idqp_cli.store import Store
from idqp_cli.store.pool import Pool

LEFT_ALONE = 15.0  # seconds


class Replica:
    """The replica of one process."""

    def __init__(self, address: str, size: int) -> None:
        """Take the address and the number of connections; it is asked when it is needed."""
        self.pool = Pool(address, size)
        self._again_at = 0.0

    @contextmanager
    def lent(self, secret: str, head: str) -> Iterator[Store | None]:
        """Lend the replica to whoever has this secret, if it has the same head; None if it has not.

        Raises:
            BehindError: it stopped to answer meanwhile.

        """
        if time.monotonic() < self._again_at:
            yield None
            return
        try:
            with self.pool.lent(secret) as store:
                yield store if store.knows() and store.audit_head() == head else None
        except Problem:
            raise
        except IdqpError as error:
            self._again_at = time.monotonic() + LEFT_ALONE
            log(f"the replica does not answer, and the store does instead: {error}")
            raise BehindError from None


class BehindError(Exception):
    """The replica cannot answer."""
