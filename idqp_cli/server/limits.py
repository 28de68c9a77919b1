"""How often one user may write: a bucket of tokens that fills steadily."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock

from idqp_cli.server.problems import Problem

# Of so many users the buckets are kept; one that is full again is as good as none.
MOST = 10_000


class Buckets:
    """A bucket for each name, which holds `most` and fills within a minute."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with full buckets."""
        self._most, self._clock, self._lock = most, clock, Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> None:
        """Take one of the name's bucket.

        Raises:
            Problem: it is empty; the answer says when it is not any more.

        """
        now, each = self._clock(), 60 / self._most
        with self._lock:
            left, since = self._left.pop(name, (float(self._most), now))
            left = min(float(self._most), left + (now - since) / each)
            taken = left >= 1
            self._left[name] = (left - taken, now)
            while len(self._left) > MOST:
                del self._left[next(iter(self._left))]
        if not taken:
            wait = math.ceil((1 - left) * each)
            raise Problem(
                "too-many", f"{self._most} a minute; try again in {wait} s", headers={"Retry-After": str(max(1, wait))}
            )
