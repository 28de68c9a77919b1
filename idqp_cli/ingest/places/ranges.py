"""A file system that DuckDB reads Parquet files of other machines through, by ranges."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fsspec.spec import AbstractFileSystem

from idqp_cli.core.errors import UnreadableError
from idqp_cli.ingest.files import Away, File
from idqp_cli.ingest.places.found import RANGES

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class _Opened:
    """A file that is open. DuckDB's threads share it: each of them has its own place in it."""

    def __init__(self, away: Away, size: int, lost: list[UnreadableError]) -> None:
        self._away = away
        self._size = size
        self._lost = lost
        # The threads are DuckDB's own: for Python each call is of a new one, but for its number.
        self._at: dict[int, int] = {}
        self.closed = False

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at.get(threading.get_ident(), 0)

    def seek(self, to: int, whence: int = 0) -> int:
        place = to if whence == 0 else self.tell() + to if whence == 1 else self._size + to
        self._at[threading.get_ident()] = place
        return place

    def read(self, number: int = -1) -> bytes:
        start = self.tell()
        end = self._size if number < 0 else min(self._size, start + number)
        try:
            data = self._away.read(start, end)
        except UnreadableError as error:
            self._lost.append(error)
            raise
        self.seek(max(start, end))
        return data

    def close(self) -> None:
        self.closed = True


class Ranges(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """The files that a connection may read, by the paths that they have only there. Nothing can be written."""

    protocol = RANGES.removesuffix("://")
    cachable = False

    def __init__(self, files: Iterable[File]) -> None:
        """Know these files, and no others."""
        super().__init__()
        self._known = {file.path: (file, file.away) for file in files if file.away is not None}
        self._lost: list[UnreadableError] = []

    def lost(self) -> UnreadableError | None:
        """Return why a file could not be read since this was last asked."""
        found = self._lost[0] if self._lost else None
        self._lost.clear()
        return found

    def _file(self, path: str) -> tuple[File, Away]:
        whole = path if path.startswith(RANGES) else f"{RANGES}{path}"
        if whole not in self._known:
            raise FileNotFoundError(path)
        return self._known[whole]

    def open(self, path: str, mode: str = "rb", **_: object) -> _Opened:
        """Open a file for reading."""
        if mode != "rb":
            raise PermissionError(path)
        file, away = self._file(path)
        return _Opened(away, file.size, self._lost)

    def info(self, path: str, **_: object) -> dict[str, Any]:
        """Return what is known of a file."""
        file, _away = self._file(path)
        return {"name": path, "size": file.size, "type": "file"}

    def modified(self, path: str) -> datetime:
        """Return when a file was written; it is the same for as long as this lives."""
        return self._file(path)[0].modified_at or LONG_AGO

    def exists(self, path: str, **_: object) -> bool:
        """Tell whether there is such a file."""
        return (path if path.startswith(RANGES) else f"{RANGES}{path}") in self._known

    def isfile(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return self.exists(path)

    def isdir(self, path: str) -> bool:  # noqa: ARG002 - there are no folders
        """Tell that there is no such folder."""
        return False

    def glob(self, path: str, **_: object) -> list[str]:
        """Return the file of this name."""
        return [path] if self.exists(path) else []


def filesystem(files: Iterable[File]) -> Ranges:
    """Return a file system that has those of `files` that are on other machines."""
    return Ranges(files)
