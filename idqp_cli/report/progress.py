"""What is being done right now, on stderr: on a terminal, only when it takes long, and gone at the end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import RunStatus
from idqp_cli.core.progress import SCAN, TRAFFIC, Ended, Fetched, Telling
from idqp_cli.core.text import clean, count, duration
from idqp_cli.report import stderr

if TYPE_CHECKING:
    from rich.console import Group

PATIENCE_SECONDS = 1.0
REFRESHED_EVERY = 0.2
BAR = 24
# So many of the datasets that ended are shown, the last ones.
SHOWN_ENDED = 8
# The time that is left is not told before so much of the work is done.
LEAST_SHARE = 0.02
UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
STYLES = {RunStatus.PASSED: "green", RunStatus.FAILED: "bold red", RunStatus.ERROR: "bold red"}


@frozen
class Standing:
    """How far the work is: what is done now, what has ended, the size in bytes of each dataset, and the seconds.

    `fetched` is what came from other machines, `percent` the part of the scan under way that is done.
    """

    doing: str
    ended: tuple[Ended, ...]
    sizes: Mapping[str, int]
    seconds: float
    fetched: Fetched = Fetched()
    percent: float | None = None


@contextmanager
def progress(sizes: Callable[[], Mapping[str, int]] = dict) -> Iterator[Telling]:
    """Give a function to say what is being done and what has ended; it is shown from the second second on.

    `sizes` gives the bytes of each dataset that is to be checked; it is called only where something is shown.
    """
    if not stderr.seen():
        yield lambda _: None
        return
    SCAN.shown = True
    doing, ended = ["starting"], list[Ended]()
    done = threading.Event()
    began = time.monotonic()

    def take(told: str | Ended) -> None:
        if isinstance(told, Ended):
            ended.append(told)
        else:
            doing[0] = told

    def show() -> None:
        if done.wait(PATIENCE_SECONDS):
            return
        from rich.console import Console  # noqa: PLC0415 - only a terminal that waits has to pay
        from rich.live import Live  # noqa: PLC0415

        known: Mapping[str, int] = {}
        with suppress(OSError):
            known = sizes()

        def drawn() -> Group:
            seconds = time.monotonic() - began
            return _drawn(Standing(doing[0], tuple(ended), known, seconds, TRAFFIC.so_far(), SCAN.percent()))

        with Live(drawn(), console=Console(stderr=True), transient=True, auto_refresh=False) as live:
            while not done.wait(REFRESHED_EVERY):
                live.update(drawn(), refresh=True)

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield take
    finally:
        done.set()
        thread.join()
        sys.stderr.flush()


def lines(standing: Standing) -> list[tuple[str, str]]:
    """Return what is shown as lines with their styles, in ASCII signs for every terminal and locale."""
    shown = (
        [(_verdict(one), STYLES[one.status]) for one in standing.ended[-SHOWN_ENDED:]]
        if len(standing.sizes) > 1
        else []
    )
    told = f"{standing.doing}, {duration(standing.seconds)}{_came(standing.fetched)}"
    if len(standing.sizes) == 1:
        (size,) = standing.sizes.values()
        told += f", {_bytes(size)}" if size else ""
    else:
        shown += [(_bar(standing), "")] if standing.sizes else []
    told += f", scan {standing.percent:.0f} % done" if standing.percent is not None else ""
    return [*shown, (told, "")]


def _came(fetched: Fetched) -> str:
    """Say how much came from other machines: of what is copied whole, or of what is read by ranges."""
    if not fetched.came:
        return ""
    whole = f" of {_bytes(fetched.expected)}" if fetched.expected >= fetched.came else ""
    return f", {_bytes(fetched.came)}{whole} fetched"


def _verdict(ended: Ended) -> str:
    rows = "" if ended.rows is None else f"  {count(ended.rows, 'row')}"
    failed = f", {count(ended.failed, 'rule')} failed" if ended.failed else ""
    return f"{ended.status:<6}  {clean(ended.dataset)}{rows}{failed}"


def _bar(standing: Standing) -> str:
    """Say how much is done, by the bytes of the datasets that ended, or by their number where those are not known."""
    whole, at = sum(standing.sizes.values()), sum(standing.sizes.get(one.dataset, 0) for one in standing.ended)
    number = len({one.dataset for one in standing.ended} & standing.sizes.keys())
    share = at / whole if whole else number / len(standing.sizes)
    bar = "#" * round(BAR * share)
    told = [f"[{bar:.<{BAR}}] {number:,} of {count(len(standing.sizes), 'dataset')}"]
    if whole:
        told.append(f"{_bytes(at)} of {_bytes(whole)}")
    if at and standing.seconds:
        told.append(f"{_bytes(at / standing.seconds)}/s")
    if LEAST_SHARE <= share < 1:
        told.append(f"about {duration(standing.seconds / share - standing.seconds)} left")
    return ", ".join(told)


def _bytes(number: float) -> str:
    unit, name = next((one for one in UNITS if number >= one[0]), (1.0, "B"))
    return f"{number / unit:.0f} {name}" if number / unit >= 100 or unit == 1 else f"{number / unit:.1f} {name}"


def _drawn(standing: Standing) -> Group:
    from rich.console import Group  # noqa: PLC0415 - only a terminal that waits has to pay
    from rich.text import Text  # noqa: PLC0415

    return Group(*(Text(text, style, overflow="ellipsis", no_wrap=True) for text, style in lines(standing)))
