"""A file of another machine, as it was found there, and what the place that has it can do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.progress import TRAFFIC
from idqp_cli.core.text import clean
from idqp_cli.ingest.files import Stamp

# How a file is called in the connection that reads it by ranges.
RANGES = "idqp://"


class Place(Protocol):
    """A bucket or a web server. What it raises are UnreadableErrors that show no credential."""

    def find(self, key: str) -> list[Found]:
        """Return the files that a key stands for."""

    def look(self, one: Found) -> Stamp:
        """Ask what a file is now; nothing, where it is gone."""

    def read(self, one: Found, start: int, end: int) -> bytes:
        """Return the bytes from `start` to `end` of the file that was found, and of no later one."""

    def copy(self, one: Found, path: str) -> None:
        """Write the whole file to `path` in one go, where it cannot be read by ranges."""


@frozen
class Found:
    """A file of another machine.

    `name` is its path there, without the bucket or host. `ranged` says that parts of it can be asked for, each only
    if the file is still the same. `beginning` are its first bytes, where they came along.
    """

    place: Place
    key: str
    name: str
    shown: str
    size: int
    modified_at: datetime | None
    tag: str | None
    version: str | None = None
    ranged: bool = True
    beginning: bytes | None = None

    @property
    def known(self) -> Stamp:
        """What tells the file from a later one of its name."""
        return stamp(self.tag, self.size, self.version, self.modified_at)

    def stamp(self) -> Stamp:
        """Ask what the file is now."""
        return self.place.look(self) if self.ranged else self.known

    def told(self, stamp: Stamp) -> str:
        """Say in words what a stamp says."""
        if not stamp:
            return "it is gone"
        tag, size, version, at = stamp
        words = [f"ETag {clean(tag, 60)}" if tag else f"written {at}", f"{size:,} bytes"]
        return ", ".join([*words, f"version {clean(version, 60)}"] if version else words)

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` to `end`."""
        if end <= start:
            return b""
        data = self.place.read(self, start, end)
        TRAFFIC.count(len(data))
        return data

    def changed(self) -> UnreadableError:
        """Say that the file is not what it was when it was found."""
        try:
            now = self.place.look(self)
        except UnreadableError:
            now = ()
        told = f"{self.told(self.known)}, then {self.told(now)}" if now != self.known else self.told(self.known)
        return UnreadableError(f"{self.shown}: the file changed while it was read ({told}); check it again")


def stamp(tag: str | None, size: int, version: str | None, modified_at: datetime | None) -> Stamp:
    """Return what tells a file from a later one of its name; the time only where there is no tag."""
    at = None if tag is not None or modified_at is None else f"{modified_at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    return (tag, size, version, at)
