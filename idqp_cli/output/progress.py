"""What is being done right now, on stderr: on a terminal, and only when it takes long."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from idqp_cli.output import notes
from idqp_cli.text import duration

PATIENCE_SECONDS = 1.0


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give a function to say what is being done; it is shown from the second second on, with the time it takes."""
    if sys.stderr is None or not sys.stderr.isatty() or notes.logged():
        yield lambda _: None
        return
    doing = ["starting"]
    done = threading.Event()
    began = time.monotonic()

    def show() -> None:
        if done.wait(PATIENCE_SECONDS):
            return
        from rich.console import Console  # noqa: PLC0415 - only a terminal that waits has to pay
        from rich.text import Text  # noqa: PLC0415

        def told() -> Text:
            return Text(f"{doing[0]}, {duration(time.monotonic() - began)}", overflow="ellipsis", no_wrap=True)

        # A spinner of ASCII characters, for every terminal and locale.
        with Console(stderr=True).status(told(), spinner="line") as status:
            while not done.wait(0.2):
                status.update(told())

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield lambda text: doing.__setitem__(0, text)
    finally:
        done.set()
        thread.join()
