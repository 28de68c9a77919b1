"""How often one user may write: a bucket of tokens that fills steadily."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock

from idqp_cli.server.problems import Problem
from idqp_cli.server.redis_shared import Shared

# Of so many users the buckets are kept; one that is full again is as good as none.
MOST = 10_000


class Buckets:
    """A bucket for each name, which holds `most` and fills within a minute."""

    def __init__(
        self, most: int, clock: Callable[[], float] = time.monotonic, shared: Shared | None = None, kind: str = ""
    ) -> None:
        """Begin with full buckets; `shared` has them for all processes, under the name of their kind."""
        self._shared, self._kind = shared, kind
        self._most, self._clock, self._lock = most, clock, Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> None:
        """Take one of the name's bucket.

        Raises:
            Problem: it is empty; the answer says when it is not any more.

        """
        wait = None if self._shared is None else self._shared.take(self._kind, name, self._most)
        wait = self._own(name) if wait is None else wait
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise Problem(
                "too-many", f"{self._most} a minute; try again in {seconds} s", headers={"Retry-After": str(seconds)}
            )

    def _own(self, name: str) -> float:
        """Take one of this process's own bucket; return how many seconds to wait, 0 for none."""
        now, each = self._clock(), 60 / self._most
        with self._lock:
            left, since = self._left.pop(name, (float(self._most), now))
            left = min(float(self._most), left + (now - since) / each)
            taken = left >= 1
            self._left[name] = (left - taken, now)
            while len(self._left) > MOST:
                del self._left[next(iter(self._left))]
        return 0 if taken else (1 - left) * each
