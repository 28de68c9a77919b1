"""Keep the limits of a whole command: it goes on in a process that is killed where it goes beyond them.

The process that was started stays behind to keep the time. It reads no data and no rules.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import DeadlineError, IdqpError, UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.ingest import allowance
from idqp_cli.ingest.scratch import scratch
from idqp_cli.pipeline import process_memory
from idqp_cli.pipeline.process_memory import Room

LOOKED_EVERY = 0.02
# In seconds: how long after the deadline a command may say by itself what was not done, how long one may take to end
# that has nothing to say, and how long it may take to write the report once it ends by itself.
LAST, NOTHING_TO_SAY, WRITING = 2.0, 0.25, 30.0
DIES_WITH_PARENT = 1
LONGEST_NAME = 1 << 12
ENDS_BY_ITSELF = b"e"
# All processes together are stopped at this share of what they may have.
BEYOND = 1.15


@frozen
class Bounds:
    """What a command may take as a whole: the time by when it is to be done, and memory; None is all that there is."""

    deadline: Deadline | None
    room: Room | None


class _Inside:
    """Of a process that went on: the descriptor to tell its warden through."""

    def __init__(self) -> None:
        self.told: int | None = None


_inside = _Inside()


def keeps_time() -> None:
    """Say that this process ends in time by itself from here on, or that what is left is to write what was found."""
    if _inside.told is not None:
        os.write(_inside.told, ENDS_BY_ITSELF)


def beside() -> int:
    """Return the bytes of memory that the process has which stayed behind; 0 without one."""
    return 0 if _inside.told is None else process_memory.of(os.getppid()) or 0


def enter(
    bounds: Bounds, confine: Callable[[str], None], failed: Callable[[IdqpError], object], last: float = LAST
) -> None:
    """Go on in a process of its own, after `confine` with its folder for temporary files.

    It has so many seconds after the deadline to say by itself what was not done.

    The process that called stays behind: it never returns from here, and ends with the code of the other one, or of
    the error that it tells to `failed` if it had to kill it.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    named, naming = os.pipe()
    heard, told = os.pipe()
    before = os.getpid()
    child = os.fork()
    if not child:
        for descriptor in (naming, heard):
            os.close(descriptor)
        die_with(before)
        confine(os.read(named, LONGEST_NAME).decode())
        os.close(named)
        _inside.told = told
        if bounds.room is not None:
            allowance.allow(process_memory.for_duckdb(bounds.room))
        return
    for descriptor in (named, told):
        os.close(descriptor)
    with scratch() as folder:
        within = tempfile.mkdtemp(dir=folder)
        os.write(naming, within.encode())
        os.close(naming)
        code = _Watch(child, heard, bounds, last).code(failed)
    sys.exit(code)


def plainly(folder: str) -> None:
    """Keep temporary files in the folder, which is gone in the end also if this process is killed."""
    tempfile.tempdir = folder


class _Watch:
    """What is known of the process that went on."""

    def __init__(self, child: int, heard: int, bounds: Bounds, last: float) -> None:
        self._child, self._heard, self._bounds, self._last = child, heard, bounds, last
        self._writing_since: float | None = None

    def code(self, failed: Callable[[IdqpError], object]) -> int:
        """Wait for its end, and return its exit code; of one that was killed, that of the error."""
        # Ctrl-C comes to both of them, and the other one closes what is under way.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda number, _: os.kill(self._child, number))
        while True:
            ended, status = os.waitpid(self._child, os.WNOHANG)
            if ended:
                break
            why = self._beyond()
            if why is not None:
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
                failed(why)
                return why.exit_code
            self._listen()
        code = os.waitstatus_to_exitcode(status)
        if code >= 0:
            return code
        lost = UnreadableError(f"stopped: the process that did the work ended by {signal.Signals(-code).name}")
        failed(lost)
        return lost.exit_code

    def _listen(self) -> None:
        """Wait a little, and hear whether the process ends by itself."""
        ready = select.select([self._heard], [], [], LOOKED_EVERY)[0] if self._writing_since is None else []
        if ready and os.read(self._heard, 1) == ENDS_BY_ITSELF:
            self._writing_since = time.monotonic()
        elif ready or self._writing_since is not None:
            time.sleep(LOOKED_EVERY)

    def _beyond(self) -> IdqpError | None:
        """Say which limit it has gone beyond, if it has."""
        deadline, room, now = self._bounds.deadline, self._bounds.room, time.monotonic()
        if deadline is not None:
            until = (
                deadline.ends + self._last
                if self._writing_since is None
                else max(self._writing_since, deadline.ends) + WRITING
            )
            if now > until:
                return DeadlineError(f"not done within the deadline of {deadline.seconds:g} s")
        if room is None:
            return None
        own, every = process_memory.of(self._child) or 0, process_memory.of_all(self._child)
        # What reads the data is stopped by the process that it reads it for, if that still can.
        if own > room.most or every > room.most * BEYOND:
            return UnreadableError(f"stopped: it took more than the memory of --memory-limit {room.written}")
        return None


def die_with(parent: int) -> None:
    """End when the parent ends, where the kernel can see to it."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(DIES_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
