"""What is being done right now, on stderr: on a terminal, and only when it takes long."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 1.0


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give a function to say what is being done; it is shown from the second second on."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    doing = ["starting"]
    done = threading.Event()

    def show() -> None:
        if done.wait(PATIENCE_SECONDS):
            return
        from rich.console import Console  # noqa: PLC0415 - only a terminal that waits has to pay

        with Console(stderr=True).status(doing[0]) as status:
            while not done.wait(0.2):
                status.update(doing[0])

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield lambda text: doing.__setitem__(0, text)
    finally:
        done.set()
        thread.join()
