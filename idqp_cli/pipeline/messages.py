"""What a check in a process of its own is given, what it tells, and how that comes through a pipe.

The process reads foreign bytes, so what comes from it makes values of our own
classes and of a few plain ones, and nothing else.
"""

from __future__ import annotations

import importlib
import io
import pickle
import struct
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from idqp_cli.core.errors import IdqpError
from idqp_cli.core.frozen import frozen
from idqp_cli.ingest.journal import Entry
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.pipeline.confinement.force import Walls
from idqp_cli.pipeline.record import Checked
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.sources import Found

HEAD = struct.Struct("!Q")
# A frame of a dataset with 10,000 columns and rules takes some megabytes.
LONGEST_FRAME = 1 << 30
OWN = "idqp_cli."
VALUES = (Decimal, Enum, IdqpError, QueryError, float, int, str, tuple)
PLAIN = frozenset(
    {
        ("builtins", "complex"), ("builtins", "frozenset"), ("builtins", "set"), ("collections", "OrderedDict"),
        ("collections", "defaultdict"), ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"),
        ("datetime", "timedelta"), ("datetime", "timezone"), ("decimal", "Decimal"), ("fractions", "Fraction"),
        ("uuid", "UUID"),
    }
)  # fmt: skip


@frozen
class Task:
    """What to check, and what earlier processes left: the `done` datasets, the journal, and what was `lost` and why.

    What has been `opened` once is opened again, however long it takes.

    `sent_at` is a time of the monotonic clock: of when a process was asked for. Within `walls` the process reads the
    files and folders `reading` and no other, with `memory` bytes at most.
    """

    request: Request
    found: Found
    at: datetime
    folder: str
    done: tuple[str, ...]
    entries: tuple[Entry, ...]
    lost: Mapping[tuple[str, str], str]
    sent_at: float
    walls: Walls | None = None
    reading: tuple[str, ...] = ()
    memory: int | None = None
    opened: tuple[str, ...] = ()


@frozen
class Asked:
    """A question about the past: a method of `Remembered`, and what it is given."""

    method: str
    given: tuple[Any, ...]


@frozen
class Answer:
    """The answer to the question that was asked last."""

    value: object


@frozen
class Progress:
    """What is done now, for a person."""

    text: str


@frozen
class Judged:
    """A dataset was checked; the entries of the journal from `since` on, which are of it alone, are of no more use."""

    checked: Checked
    since: int


@frozen
class Finished:
    """Every dataset was checked."""


@frozen
class Refused:
    """The request cannot be met."""

    error: IdqpError


@frozen
class Broken:
    """A bug: the name of its exception, and where it was."""

    name: str
    trace: str


class OwnValues(pickle.Unpickler):
    """Makes values, errors and enumerations of this package, and the plain classes; refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - of any class
        """Return a class that may be made. Raises UnpicklingError."""
        if (module, name) in PLAIN:
            return getattr(importlib.import_module(module), name)
        if module.startswith(OWN) and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, VALUES)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def framed(message: object) -> bytes:
    """Return a message as it goes through a pipe."""
    content = pickle.dumps(message)
    return HEAD.pack(len(content)) + content


class Incoming:
    """Bytes from a pipe, until they are messages."""

    def __init__(self, unpickler: type[pickle.Unpickler]) -> None:
        """Begin with nothing; `unpickler` makes the messages."""
        self._bytes, self._unpickler = bytearray(), unpickler

    def take(self, chunk: bytes) -> Iterator[object]:
        """Add what came, and return the messages that are whole. Raises UnpicklingError or another error of pickle."""
        self._bytes += chunk
        while len(self._bytes) >= HEAD.size:
            (length,) = HEAD.unpack_from(self._bytes)
            if length > LONGEST_FRAME:
                raise pickle.UnpicklingError("a frame is too long")
            end = HEAD.size + length
            if len(self._bytes) < end:
                return
            content = bytes(self._bytes[HEAD.size : end])
            del self._bytes[:end]
            yield self._unpickler(io.BytesIO(content)).load()
