"""Standard input, kept in a file of its own so that it can be read more than once."""

from __future__ import annotations

import os
import select
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError, UsageError
from idqp_cli.ingest.files import Source, examine
from idqp_cli.ingest.scratch import scratch

STANDARD_INPUT = "-"
SHOWN = "standard input"
CHUNK = 1 << 20


@contextmanager
def spooled(deadline: Deadline | None = None) -> Iterator[Source]:
    """Write standard input to a private temporary file, gone afterwards.

    Raises:
        UsageError: standard input is a terminal, which would wait for typing.
        UnreadableError: it cannot be kept, or has not ended by the deadline.

    """
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("- is standard input, and nothing is piped into it; use `cat FILE | idqp check -`")
    with scratch() as folder:
        path = os.path.join(folder, "stdin")
        try:
            with open(path, "xb") as file:
                if deadline is None:
                    shutil.copyfileobj(sys.stdin.buffer, file, CHUNK)
                else:
                    _copy(sys.stdin.fileno(), file, deadline)
        except OSError as error:
            raise UnreadableError(f"standard input: cannot be kept in {folder}: {error.strerror}") from None
        yield Source(SHOWN, (examine(path, SHOWN),), stream=True)


def _copy(descriptor: int, file: BinaryIO, deadline: Deadline) -> None:
    """Copy to the end of the input, never waiting beyond the deadline."""
    while True:
        ready, _, _ = select.select([descriptor], [], [], deadline.left())
        if not ready or not deadline.left():
            raise deadline.missed()
        chunk = os.read(descriptor, CHUNK)
        if not chunk:
            return
        file.write(chunk)
