"""Which files of a dataset are new: those that no recorded run has read, by their names and contents."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection
from pathlib import Path

from idqp_cli.core.dataset import SeenFile
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean, count

CHUNK = 1 << 20
# Characters of a digest: 128 bits.
DIGEST = 32
# What stands in the place of the content of a file that never changes.
TABLE = "table"


class NothingNewError(UnreadableError):
    """Every file was read by a recorded run; `seen` is their number."""

    def __init__(self, seen: int) -> None:
        """Say so."""
        super().__init__(f"nothing new to read; {count(seen, 'file')} checked before, which --all reads again")
        self.seen = seen


class Sieve:
    """Takes the files that are not among `known` digests; with `only`, the files of these names and no others.

    What it took and left is known afterwards: `new` and `old` are the names of the files, `sizes` the bytes of the
    old ones, `marks` what a recorded run is to keep.
    """

    def __init__(
        self,
        known: Collection[str],
        folder: Path,
        deadline: Deadline | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        """Take names of files of this machine as seen from `folder`."""
        self._known, self._folder, self._deadline, self._only = known, os.path.realpath(folder), deadline, only
        self.first = not known
        self.new: list[str] = []
        self.old: list[str] = []
        self.size = 0
        self.marks: dict[str, SeenFile] = {}

    def local(self, path: str) -> bool:
        """Tell whether to read a file of this machine: its size, times or place are others, and so is its content."""
        whole = os.path.realpath(path)
        inner = os.path.relpath(whole, self._folder)
        name = whole if inner.startswith(os.pardir) else inner
        if self._only is not None:
            return name in self._only
        try:
            found = os.stat(whole)
            stamp = digest(name, f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}")
            if stamp in self._known:
                return self._left(name, found.st_size)
            content = digest(name, f"content {self._content(whole)}")
        except OSError:
            # Whoever reads it says why it cannot be read.
            return self._taken(name, ())
        if content in self._known:
            self._mark(name, (stamp,))
            return self._left(name, found.st_size)
        return self._taken(name, (content, stamp))

    def stamped(self, name: str, stamp: object, size: int) -> bool:
        """Tell whether to read a file whose place says what it is: a tag, a time; nothing, where it does not."""
        if self._only is not None:
            return name in self._only
        if not stamp:
            return self._taken(name, ())
        own = digest(name, repr(stamp))
        return self._left(name, size) if own in self._known else self._taken(name, (own,))

    def knows(self, name: str) -> bool:
        """Tell whether a recorded run has read a file of a table."""
        return digest(name, TABLE) in self._known

    def of_table(self, name: str, size: int, *, rewritten: Callable[[], bool]) -> bool:
        """Tell whether to read a file of a table, which never changes; not one that holds `rewritten` rows alone."""
        if self._only is not None:
            return name in self._only
        own = digest(name, TABLE)
        if own in self._known:
            return self._left(name, size)
        if not self.first and rewritten():
            self._mark(name, (own,))
            return self._left(name, size)
        return self._taken(name, (own,))

    def refuse_nothing(self) -> None:
        """Raise NothingNewError, where there are files and none is new."""
        if self.old and not self.new and self._only is None:
            raise NothingNewError(len(self.old))

    def _taken(self, name: str, digests: tuple[str, ...]) -> bool:
        self.new.append(name)
        self._mark(name, digests)
        return True

    def _left(self, name: str, size: int) -> bool:
        self.old.append(name)
        self.size += size
        return False

    def _mark(self, name: str, digests: tuple[str, ...]) -> None:
        self.marks |= {one: SeenFile(one, clean(name)) for one in digests}

    def _content(self, path: str) -> str:
        told = hashlib.blake2b(digest_size=DIGEST // 2)
        with open(path, "rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                told.update(chunk)
                if self._deadline is not None and not self._deadline.left():
                    raise self._deadline.missed()
        return told.hexdigest()


def digest(name: str, content: str) -> str:
    """Return what tells a file with its content from others."""
    told = f"{name}\0{content}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=DIGEST // 2).hexdigest()
