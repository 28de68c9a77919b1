"""Standard input, kept in a file of its own so that it can be read more than once."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from idqp_cli.errors import UnreadableError, UsageError
from idqp_cli.ingest.files import Source, examine
from idqp_cli.scratch import scratch

STANDARD_INPUT = "-"
SHOWN = "standard input"


@contextmanager
def spooled() -> Iterator[Source]:
    """Write standard input to a private temporary file, gone afterwards.

    Raises:
        UsageError: standard input is a terminal, which would wait for typing.
        UnreadableError: it cannot be kept.

    """
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("- is standard input, and nothing is piped into it; say `cat FILE | idqp check -`")
    with scratch() as folder:
        path = os.path.join(folder, "stdin")
        try:
            with open(path, "xb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
        except OSError as error:
            raise UnreadableError(f"standard input: cannot be kept in {folder}: {error.strerror}") from None
        yield Source(SHOWN, (examine(path, SHOWN),), stream=True)
