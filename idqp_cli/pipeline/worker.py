"""The process that checks where a limit is to hold: `python -m idqp_cli.pipeline.worker IN OUT ALIVE`.

It reads its task from one pipe and tells what it does through another. It ends
by itself when its parent does, and leaves Ctrl-C to the parent, which kills it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import IdqpError
from idqp_cli.ingest.connecting import load
from idqp_cli.ingest.journal import Journal
from idqp_cli.pipeline.confinement import force
from idqp_cli.pipeline.confinement.force import Shares
from idqp_cli.pipeline.messages import (
    Answer,
    Asked,
    Broken,
    Finished,
    Incoming,
    Judged,
    Progress,
    Refused,
    Task,
    framed,
)
from idqp_cli.pipeline.run import each_here
from idqp_cli.pipeline.warden import die_with
from idqp_cli.rules.given import Past
from idqp_cli.rules.rule import Rule
from idqp_cli.schemas.schema import SchemaVersion

CHUNK = 1 << 20
# The parent gives a process that is late so many seconds.
LAST = 2.0


class Parent:
    """The process that keeps the time: it is told what happens, and asked what is remembered."""

    def __init__(self, source: int, target: int) -> None:
        """Talk through the pipes of these descriptors."""
        self._source, self._target = source, target
        self._incoming = Incoming(pickle.Unpickler)

    def tell(self, message: object) -> None:
        """Send a message."""
        content = memoryview(framed(message))
        while content:
            content = content[os.write(self._target, content) :]

    def heard(self) -> object:
        """Wait for a message."""
        while True:
            chunk = os.read(self._source, CHUNK)
            if not chunk:
                os._exit(1)
            for message in self._incoming.take(chunk):
                return message

    def schema_versions(self, dataset: str, last: int | None) -> tuple[SchemaVersion, ...]:
        """Return the `last` schema versions of the dataset, or all, oldest first."""
        return self._asked("schema_versions", dataset, last)  # type: ignore[return-value] # as the method returns it

    def seen_files(self, dataset: str) -> frozenset[str] | None:
        """Return the digests of the files that recorded runs have read; None where nothing is remembered."""
        return self._asked("seen_files", dataset)  # type: ignore[return-value] # as the method returns it

    def past(
        self, dataset: Dataset, rules: Sequence[Rule], now: datetime, state: str | None, source: str | None
    ) -> Past:
        """Return what the rules need of the dataset's past."""
        return self._asked("past", dataset, rules, now, state, source)  # type: ignore[return-value] # see above

    def _asked(self, method: str, *given: object) -> object:
        self.tell(Asked(method, given))
        answer = self.heard()
        if not isinstance(answer, Answer):
            raise TypeError(answer)
        return answer.value


def main(words: Sequence[str]) -> None:
    """Do the one task that comes through the pipe."""
    source, target, alive = map(int, words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A thread that waits for that may wait for DuckDB, too.
    die_with(os.getppid())
    load()
    parent = Parent(source, target)
    task = parent.heard()
    if not isinstance(task, Task):
        raise TypeError(task)
    if task.walls is not None:
        deadline = task.request.resources.deadline
        force.reader(
            task.walls, task.reading, Shares(task.memory, None if deadline is None else deadline.left() + LAST)
        )
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()
    try:
        _check(parent, task)
    except IdqpError as error:
        parent.tell(Refused(error))
    except Exception as error:  # noqa: BLE001 - the parent says that it is a bug
        parent.tell(Broken(type(error).__name__, traceback.format_exc()))


def _check(parent: Parent, task: Task) -> None:
    journal = Journal(task.entries, task.lost, task.folder, parent.tell, task.sent_at, task.opened)
    request = replace(task.request, resources=replace(task.request.resources, journal=journal))
    since = 0

    def doing(text: str) -> None:
        nonlocal since
        since = journal.place
        parent.tell(Progress(text))

    for checked in each_here(request, parent, task.at, task.found, doing, task.done):
        journal.cut(since)
        parent.tell(Judged(checked, since))
    parent.tell(Finished())


def _end_with(alive: int) -> None:
    """End at once when the parent is gone, which holds the other end of a pipe that nobody writes to."""
    os.read(alive, 1)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
