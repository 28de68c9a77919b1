"""Watch topics: gather a batch, have it judged and recorded as a run, then read on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from idqp_cli.core.errors import ExitCode, MovedOnError, StoreError, UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.engine.quarantine import Folders
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline import targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.run import Outcome
from idqp_cli.stream.feed import Polled
from idqp_cli.stream.files import Files
from idqp_cli.stream.reading import Asked, Reading, watched

TICK_SECONDS = 0.2
# Who reads to the end waits so long for brokers that do not answer.
PATIENCE_SECONDS = 30.0
STALLED_SECONDS = 60.0
# A batch whose messages are older is one of the past.
NEW = timedelta(minutes=1)


@frozen
class Judged:
    """A batch that was judged: its number, how much it was, and how many messages each partition has behind it."""

    dataset: str
    number: int
    size: str
    lag: Mapping[int, int]


# What gives batches.
Watched = Reading | Files


class Told(Protocol):
    """Who hears of what happens."""

    def note(self, dataset: str, line: str) -> None:
        """Hear something that is good to know."""

    def looked(self, dataset: str, trouble: str | None, lag: Callable[[], Mapping[int, int]]) -> None:
        """Hear that a dataset was looked at, and why nothing comes of it, None while all is well."""

    def judging(self) -> None:
        """Hear that a batch is judged now."""

    def judged(self, batch: Judged, outcome: Outcome) -> ExitCode:
        """Hear what a batch came to; return the exit code when all is told."""


def watch(request: Request, memory: Memory, asked: Asked, told: Told, stopped: Callable[[], bool]) -> ExitCode:
    """Judge batches until nothing is left to read, or until it is `stopped`; return the worst that a batch came to.

    Raises:
        UnreadableError: a topic cannot be read.
        StoreError: a batch cannot be recorded; it is read again by whoever reads next.

    """
    worst = ExitCode.PASSED
    with ExitStack() as stack:
        readings = [stack.enter_context(watched(target, memory, asked)) for target in request.targets]
        counts = dict.fromkeys((one.target.dataset.name for one in readings), 0)
        troubles = {name: _Trouble() for name in counts}
        while not stopped() and not all(one.done for one in readings):
            for one in _open(readings):
                name = one.target.dataset.name
                polled = one.gather(TICK_SECONDS / len(readings))
                _tell(name, polled, told)
                told.looked(name, polled.trouble, one.lag)
                troubles[name].heard(polled, name, told, patient=not asked.until_end)
                if one.due() and not stopped():
                    code = _judged(one, counts[name] + 1, request, memory, asked, told)
                    counts[name] += code is not None
                    worst = max(worst, code or ExitCode.PASSED)
        for name, number in counts.items():
            if asked.until_end and not number and not stopped():
                told.note(name, "nothing new to read")
    return worst


def _open(readings: Sequence[Watched]) -> list[Watched]:
    return [one for one in readings if not one.done]


def _tell(name: str, polled: Polled, told: Told) -> None:
    for line in polled.notes:
        told.note(name, line)


def _judged(one: Watched, number: int, request: Request, memory: Memory, asked: Asked, told: Told) -> ExitCode | None:
    """Judge a batch and record it; None where nothing counts: another process was faster, or nothing is new."""
    name = one.target.dataset.name
    (target,) = targets.enabled([one.asked()], memory.disabled_rules())
    told.judging()
    own = replace(request, targets=(target,), happened=_happened(target, asked), folders=_folders(target, request))
    try:
        outcome = pipeline.run(own, memory, lambda _: None, one.before())
    except MovedOnError as error:
        told.note(name, f"{error}; reading on behind them")
        one.rewind()
        return None
    if memory.bug is not None:
        raise memory.bug
    if memory.failure is not None:
        raise StoreError(f"{name}: a batch is not recorded, and will be read again: {memory.failure}")
    one.recorded()
    if not outcome.report.datasets:
        return None
    return told.judged(Judged(name, number, one.told(outcome), one.lag()), outcome)


def _folders(target: Target, request: Request) -> Folders:
    """Return where failing rows go: those of each batch into a file of their own."""
    batch = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}" if target.batch is None else target.batch.name
    return replace(request.folders, batch=batch)


def _happened(target: Target, asked: Asked) -> datetime | None:
    """Return as of when a batch is remembered: None is now; where reading began at a time, that of its messages."""
    if target.batch is None or not isinstance(asked.begin, datetime):
        return None
    window, now = target.batch.window, datetime.now(UTC)
    happened = target.batch.happened if window is None else window.end
    return happened if happened is not None and happened < now - NEW else None


class _Trouble:
    """How long brokers have not answered."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._came = time.monotonic()

    def heard(self, polled: Polled, name: str, told: Told, *, patient: bool) -> None:
        """Say once that nothing comes, and once that it goes on; who is not patient gives up."""
        if polled.messages or polled.ended or polled.trouble is not None:
            self._came = time.monotonic()
        elif not patient and time.monotonic() - self._came > STALLED_SECONDS:
            # Some brokers neither send anything from behind the end of a partition, nor say that it is its end.
            raise UnreadableError(
                f"{name}: neither a message nor the end of the topic comes within {STALLED_SECONDS:.0f} s;"
                " if the topic was made anew, --again --from earliest reads it from its beginning"
            )
        if polled.trouble is None:
            if self._since is not None:
                told.note(name, "the broker answers again")
            self._since = None
            return
        if self._since is None:
            self._since = time.monotonic()
            told.note(name, f"{polled.trouble}; trying again")
        if not patient and time.monotonic() - self._since > PATIENCE_SECONDS:
            raise UnreadableError(f"{name}: {polled.trouble}")
