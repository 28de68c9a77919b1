"""Answers that are kept for a minute, or for five by all processes, as long as nothing is written to the store.

Every write moves the head of the audit chain, whoever does it and from wherever.
An answer that was made at a head is right until the head moves, but for what
depends on the time, which is why none is older than its window.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

from idqp_cli.server.redis_shared import KEPT, Shared

MINUTE = 60
MOST, LARGEST = 512, 1 << 20  # answers; bytes


class Cache:
    """The last answers of a process by their ETag, and those of all processes, if they share any."""

    def __init__(self, shared: Shared | None = None) -> None:
        """Begin with none."""
        self._shared = shared
        self.window = MINUTE if shared is None else KEPT
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def found(self, tag: str) -> bytes | None:
        """Return the answer of a tag."""
        with self._lock:
            body = self._kept.get(tag)
            if body is not None:
                self._kept.move_to_end(tag)
                return body
        body = None if self._shared is None else self._shared.found(tag)
        if body is not None:
            self._put(tag, body)
        return body

    def keep(self, tag: str, body: bytes) -> None:
        """Keep an answer, unless it is large."""
        if len(body) > LARGEST:
            return
        self._put(tag, body)
        if self._shared is not None:
            self._shared.keep(tag, body)

    def _put(self, tag: str, body: bytes) -> None:
        with self._lock:
            self._kept[tag] = body
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


def tag(head: str, role: str, place: str, seconds: float, window: int = MINUTE) -> str:
    """Return the ETag of what a role is answered at a place, while the store's audit chain has this head."""
    known = f"{head}\n{role}\n{place}\n{int(seconds) // window}"
    return f'"{hashlib.sha256(known.encode("utf-8", "backslashreplace")).hexdigest()[:32]}"'
