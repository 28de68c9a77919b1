"""The bytes of a file as a stream that can be read from any place: of this machine, or of another by ranges."""

from __future__ import annotations

import io
import os
from typing import BinaryIO, cast

from idqp_cli.ingest.files import Away, File

# What is asked for at once, in bytes.
AHEAD = 1 << 22


def is_away(file: File) -> bool:
    """Tell whether the bytes of a file are only on another machine."""
    return file.away is not None and not os.path.exists(file.path)


def opened(file: File) -> BinaryIO:
    """Open a file for reading its bytes as they are.

    Raises:
        OSError: it cannot be opened.

    """
    if file.away is not None and is_away(file):
        return cast("BinaryIO", io.BufferedReader(_Reader(file.away, file.size), AHEAD))
    return open(file.path, "rb")


class _Reader(io.RawIOBase):
    """Reads a file of another machine."""

    def __init__(self, away: Away, size: int) -> None:
        super().__init__()
        self._away, self._size, self._at = away, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        beginning = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = beginning + offset
        return self._at

    def readinto(self, buffer: object) -> int:
        into = memoryview(buffer).cast("B")  # type: ignore[arg-type] # a buffer, by the name that Python gives it
        data = self._away.read(self._at, min(self._size, self._at + len(into))) if self._at < self._size else b""
        into[: len(data)] = data
        self._at += len(data)
        return len(data)
