"""How a watch stands: on a terminal while it goes on, and in a file for whoever asks whether it is alive."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean, count, duration, in_json
from idqp_cli.report import stderr

if TYPE_CHECKING:
    from rich.console import Group

REFRESHED_EVERY = 0.5
# So many partitions and rules are named, the worst ones.
NAMED = 4


@frozen
class Standing:
    """A dataset that is watched: what was judged so far, messages a second, those behind by partition.

    `failing` are the rules that failed in the last batch, which ended `since` so many seconds; None before the first.
    `trouble` is why nothing comes.
    """

    dataset: str
    batches: int = 0
    messages: int = 0
    rate: float = 0.0
    lag: Mapping[int, int] | None = None
    failing: tuple[str, ...] = ()
    since: float | None = None
    trouble: str | None = None


def lines(standings: Sequence[Standing], seconds: float) -> list[tuple[str, str]]:
    """Return what is shown as lines with their styles, in ASCII signs for every terminal and locale."""
    found = [(f"watching, {duration(seconds)}; Ctrl-C ends it after the batch under way", "dim")]
    for one in standings:
        batches = "1 batch" if one.batches == 1 else f"{one.batches:,} batches"
        told = f"{clean(one.dataset, 60)}: {batches}, {count(one.messages, 'message')}"
        told += f", {one.rate:,.0f}/s{_behind(one.lag or {})}"
        if one.since is not None:
            told += f", last {duration(one.since)} ago"
        if one.trouble is not None:
            found.append((f"{told}; {clean(one.trouble, 200)}", "yellow"))
        elif one.failing:
            found.append((f"{told}; failing: {_named([clean(name, 60) for name in one.failing])}", "bold red"))
        else:
            found.append((told, "green" if one.batches else ""))
    return found


def health(standings: Sequence[Standing], state: str, at: datetime) -> str:
    """Return how a watch stands at a time as JSON: reading, judging, waiting for a server, or stopped."""
    datasets = {
        clean(one.dataset): {
            "batches": one.batches,
            "messages": one.messages,
            "lag": {str(partition): number for partition, number in (one.lag or {}).items()},
            "failing": [clean(name) for name in one.failing],
            "trouble": None if one.trouble is None else clean(one.trouble, 200),
        }
        for one in standings
    }
    return (
        in_json(
            json.dumps(
                {"idqp": "watch", "time": at.isoformat(timespec="seconds"), "state": state, "datasets": datasets}
            )
        )
        + "\n"
    )


@contextmanager
def screen(standings: Callable[[], tuple[Sequence[Standing], float]]) -> Iterator[None]:
    """Show on a terminal how it stands, below all that is written meanwhile; nothing where nobody looks."""
    if not stderr.seen():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal has to pay
    from rich.live import Live  # noqa: PLC0415

    done = threading.Event()
    with Live(_drawn(*standings()), console=Console(stderr=True), transient=True, auto_refresh=False) as live:

        def show() -> None:
            while not done.wait(REFRESHED_EVERY):
                live.update(_drawn(*standings()), refresh=True)

        thread = threading.Thread(target=show, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _behind(lag: Mapping[int, int]) -> str:
    """Say how many messages are behind, and in which partitions, the most first."""
    behind = sorted(((number, partition) for partition, number in lag.items() if number), reverse=True)
    if not behind:
        return ""
    parts = _named([f"{partition}: {number:,}" for number, partition in behind])
    return f", {sum(lag.values()):,} behind" + (f" ({parts})" if len(lag) > 1 else "")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _drawn(standings: Sequence[Standing], seconds: float) -> Group:
    from rich.console import Group  # noqa: PLC0415 - only a terminal has to pay
    from rich.text import Text  # noqa: PLC0415

    return Group(*(Text(text, style, overflow="ellipsis", no_wrap=True) for text, style in lines(standings, seconds)))
