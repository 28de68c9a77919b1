"""Answers that are kept for a minute, as long as nothing is written to the store.

Every write moves the head of the audit chain, whoever does it and from wherever.
An answer that was made at a head is right until the head moves, but for what
depends on the time, which is why none is older than a minute.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

MINUTE = 60
MOST, LARGEST = 512, 1 << 20  # answers; bytes


class Cache:
    """The last answers of a process by their ETag."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def found(self, tag: str) -> bytes | None:
        """Return the answer of a tag."""
        with self._lock:
            body = self._kept.get(tag)
            if body is not None:
                self._kept.move_to_end(tag)
            return body

    def keep(self, tag: str, body: bytes) -> None:
        """Keep an answer, unless it is large."""
        if len(body) > LARGEST:
            return
        with self._lock:
            self._kept[tag] = body
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)


def tag(head: str, role: str, place: str, seconds: float) -> str:
    """Return the ETag of what a role is answered at a place, while the store's audit chain has this head."""
    known = f"{head}\n{role}\n{place}\n{int(seconds) // MINUTE}"
    return f'"{hashlib.sha256(known.encode("utf-8", "backslashreplace")).hexdigest()[:32]}"'
