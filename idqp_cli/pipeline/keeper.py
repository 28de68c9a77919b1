"""Keep the limits of a check: it runs in a process of its own, which is killed where it goes beyond them.

A fresh process goes on with a check whose process was killed. What was judged
stays judged, what was fetched is not fetched again, and the statement that ran
is an error of the rules that need it. A process that is killed between two
statements loses the part of the dataset that it was at.

A dataset that takes more than its share of the time, to be opened or to be
checked beside statements with shares of their own, waits until the others are
judged. Then it has what is left.
"""

from __future__ import annotations

import pickle
import time
from dataclasses import replace

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.progress import Telling
from idqp_cli.core.text import clean
from idqp_cli.core.urls import all_shown
from idqp_cli.ingest.journal import Begun, Checking, Ended, Entry, Opened, Stage
from idqp_cli.ingest.query_errors import SHARE, STOPPED, StoppedError
from idqp_cli.pipeline import process_memory
from idqp_cli.pipeline.child import Child
from idqp_cli.pipeline.confinement import force
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.messages import Answer, Asked, Broken, Finished, Judged, Progress, Refused, Task
from idqp_cli.pipeline.process_memory import Room
from idqp_cli.pipeline.record import Checked
from idqp_cli.pipeline.reports import ended, unread
from idqp_cli.pipeline.rounds import Rounds

# In seconds: how often the limits are looked at, how long what was interrupted may still take, and how long after
# the deadline it may take to say what became of the rules.
LOOKED_EVERY, GRACE, LAST = 0.02, 0.25, 1.5
# A statement with a time that takes so long may have to be stopped: the next process gets ready.
SLOW = 0.4
# In less time, in seconds, nothing that was set aside is opened.
TOO_LITTLE = 0.5
# Processes of one check: where so many were killed, something else is wrong.
MOST_PROCESSES = 50
WORKER = "idqp_cli.pipeline.worker"
# What pickle raises of bytes that are no message.
NO_MESSAGE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


def _child(task: Task) -> Child:
    return Child(WORKER, None if task.walls is None else force.environment())


class SlowError(StoppedError):
    """A dataset took more than its share of the time to be opened."""


class Keeper:
    """What is known of a check while its processes come and go."""

    def __init__(self, memory: Memory, progress: Telling, task: Task, room: Room | None) -> None:
        """Begin with nothing done; `room` is the memory that a process may take, None without a limit."""
        self.finished = False
        self.judged: dict[str, Checked] = {}
        self._memory, self._progress, self._task, self._room = memory, progress, task, room
        self._processes = 0
        self._spare: Child | None = None
        self._taken = 0
        self._begun: Begun | None = None
        self._begun_at = 0.0
        self._stage: Stage | None = None
        self._stage_at = 0.0
        self._opening: Stage | None = None
        self._checking: Checking | None = None
        # In seconds: how long statements with shares of their own ran since the dataset is checked.
        self._in_shares = 0.0
        self._rounds, self._round_over = Rounds(), False

    def close(self) -> None:
        """End the process that waits, if there is one."""
        if self._spare is not None:
            self._spare.kill()
            self._spare = None

    def run(self) -> None:
        """Run the check in a process until it is finished, or the process is killed or breaks down.

        Raises:
            IdqpError: the request cannot be met.

        """
        self._processes += 1
        if self._processes > MOST_PROCESSES:
            self._give_up(UnreadableError("not judged: too many rules were stopped before"))
            return
        self._begun = self._stage = self._opening = self._checking = None
        self._round_over = False
        child, self._spare = self._spare or _child(self._task), None
        try:
            task = replace(self._task, done=tuple(self.judged), sent_at=time.monotonic())
            child.send(self._rounds.left(task, self.judged))
            why = None
            while not (self.finished or self._round_over) and why is None:
                why = self._heard(child)
        finally:
            child.kill()
        if why is not None and not self.finished:
            self._blame(why)

    def _heard(self, child: Child) -> UnreadableError | None:
        """Do what the process asks for; return why it is of no more use, if it is not."""
        try:
            for message in child.heard(LOOKED_EVERY):
                self._take(child, message)
        except NO_MESSAGE as error:
            self._give_up(
                UnreadableError(
                    f"not judged: the checking process is broken ({clean(error, 60) or type(error).__name__})"
                )
            )
        except MemoryError:
            return self._too_much()
        if self.finished or self._round_over:
            return None
        return self._late() or self._large(child) or self._broken(child)

    def _take(self, child: Child, message: object) -> None:
        match message:
            case Begun(at, _, _, again):
                self._begun, self._begun_at = message, time.monotonic()
                if not again:
                    self._keep(self._task.entries[:at])
            case Ended(entry):
                if self._shared:
                    self._in_shares += time.monotonic() - self._begun_at
                self._begun = None
                if entry is not None:
                    self._keep((*self._task.entries, entry))
            case Stage():
                self._stage, self._stage_at = message, time.monotonic()
                self._opening = message if message.until is not None else None
            case Checking():
                self._checking, self._in_shares = message, 0.0
            case Opened(name):
                self._opening = None
                self._task = replace(self._task, opened=tuple({*self._task.opened, name}))
            case Asked("schema_versions", given):
                child.send(Answer(self._memory.schema_versions(*given)))
            case Asked("past", given):
                child.send(Answer(self._memory.past(*given)))
            case Progress(text):
                self._progress(clean(text))
            case Judged(one, since):
                self.judged[one.report.dataset] = one
                self._checking = None
                self._progress(ended(one.report))
                self._keep(self._task.entries[:since])
            case Finished():
                self._end_round()
            case Refused(error):
                raise error
            case Broken("MemoryError"):
                raise MemoryError
            case Broken(name, trace):
                raise type(name, (RuntimeError,), {})(trace)
            case _:
                raise TypeError(message)

    def _keep(self, entries: tuple[Entry, ...]) -> None:
        self._task = replace(self._task, entries=entries)

    def _late(self) -> UnreadableError | None:
        """Say which time has passed, if one has."""
        deadline, now = self._task.request.resources.deadline, time.monotonic()
        if deadline is None:
            return None
        if now > deadline.ends + LAST:
            self._give_up(deadline.missed())
        if self._opening is not None and self._opening.until is not None:
            return self._slow(self._opening.until, deadline, "opened")
        if self._checking is not None and not self._shared:
            slow = self._slow(self._checking.until + self._in_shares, deadline, "checked")
            if slow is not None and self._rounds.waited_for(self._checking.dataset, self._task, self.judged):
                return slow
        begun = self._begun
        # Between statements only the first process is late: others repeat what it did in its time.
        until = deadline.ends if begun is None and self._processes == 1 else None if begun is None else begun.until
        if begun is not None and until is not None:
            self._get_ready(self._begun_at)
        # What begins too late ends by itself.
        if until is None or now <= max(until, self._begun_at) + GRACE:
            return None
        return deadline.missed() if not deadline.left() else StoppedError(f"{STOPPED} {SHARE} {deadline.seconds:g} s")

    @property
    def _shared(self) -> bool:
        """Whether a statement runs that has a share of the time of its own."""
        deadline, begun = self._task.request.resources.deadline, self._begun
        return begun is not None and begun.until is not None and deadline is not None and begun.until < deadline.ends

    def _slow(self, until: float, deadline: Deadline, done: str) -> UnreadableError | None:
        """Say that a dataset takes too long to be opened or checked, if it does."""
        self._get_ready(self._stage_at)
        if time.monotonic() <= until + GRACE:
            return None
        share = f"{STOPPED} {SHARE} {deadline.seconds:g} s to be {done}"
        return SlowError(share if deadline.left() else str(deadline.missed()))

    def _get_ready(self, since: float) -> None:
        """Start the next process, where this one may have to be stopped."""
        if self._spare is None and not self._crowded and time.monotonic() > since + SLOW:
            self._spare = _child(self._task)

    def _end_round(self) -> None:
        """Turn to what was set aside, if there is any and time for it."""
        deadline = self._task.request.resources.deadline
        self._round_over = True
        if not self._rounds.another():
            self.finished = True
        elif deadline is not None and deadline.left() < TOO_LITTLE:
            self._give_up(deadline.missed())
        else:
            self._rounds.last = True
            self._keep(())

    def _set_aside(self, stage: Stage | Checking, why: SlowError) -> None:
        """Let a dataset wait for the others; leave it out where it cannot."""
        self._keep(self._task.entries[: stage.at])
        if not self._rounds.set_aside(stage.dataset, self._task, self.judged):
            self._task = replace(self._task, lost={**self._task.lost, (stage.dataset, ""): str(why)})

    def _large(self, child: Child) -> UnreadableError | None:
        """Say that the processes take too much memory, if they do."""
        if self._room is None:
            return None
        self._taken = (process_memory.of(child.id) or 0) + self._room.own
        if self._crowded:
            self.close()
        return self._too_much() if self._taken > self._room.most else None

    @property
    def _crowded(self) -> bool:
        """Whether a process that waits would take memory that the one that runs may need."""
        return self._room is not None and self._taken + process_memory.BASE > self._room.most

    def _too_much(self) -> UnreadableError:
        if self._room is None:
            return StoppedError(f"{STOPPED} the memory that there is")
        return StoppedError(f"{STOPPED} the memory of --memory-limit {self._room.written}")

    def _broken(self, child: Child) -> UnreadableError | None:
        ended = child.ended
        return None if ended is None else StoppedError(f"stopped: the process that read the data ended by {ended}")

    def _blame(self, why: UnreadableError) -> None:
        """Note what was under way when a process had to go, so that the next one leaves it out."""
        begun, stage = self._begun, self._stage
        slow = self._opening or self._checking
        if isinstance(why, SlowError) and slow is not None:
            self._set_aside(slow, why)
        elif begun is not None:
            self._keep((*self._task.entries[: begun.at], Entry(begun.statement, raised=why)))
        elif stage is not None:
            self._task = replace(self._task, lost={**self._task.lost, (stage.dataset, stage.part): str(why)})
        else:
            self._give_up(why)

    def _give_up(self, why: UnreadableError) -> None:
        """Say of each dataset that is not judged why it will not be."""
        self.finished = True
        for target in self._task.request.targets:
            if target.dataset.name not in self.judged:
                self.judged[target.dataset.name] = unread(target.dataset, all_shown(target.paths), why)
