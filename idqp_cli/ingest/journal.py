"""What the statements of a run came to, so that another process can go on where one was stopped.

DuckDB cannot be interrupted inside one function call. A run whose limits are to
hold is therefore made in a process that can be killed. The next process repeats
the run: every statement that was done is answered from the journal, and the one
that was stopped fails. A run asks its statements in the same order each time,
so the journal is a list, and holds as far as the statements are the same.
"""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from idqp_cli.core.frozen import frozen

Result = TypeVar("Result")
# A larger result is fetched again; in bytes, as it is kept.
KEPT_BYTES = 1 << 20
ROWS_ONLY = ("SELECT ", "WITH ", "DESCRIBE ")
# Such a scan fills a table beside its rows.
FILLS_TABLES = "store_rejects=true"


@frozen
class Entry:
    """A statement, and what it came to: what it raised, or its kept result; neither, if it has to be done again."""

    statement: str
    raised: Exception | None = None
    kept: bytes | None = None


@frozen
class Begun:
    """The statement at a place of the journal runs now, until a time of the monotonic clock, if there is one."""

    at: int
    statement: str
    until: float | None
    again: bool


@frozen
class Ended:
    """The statement that ran has ended; `entry` is None for one that was done again."""

    entry: Entry | None


@frozen
class Stage:
    """A dataset is opened or checked from now on, or a part of that is done which it can do without.

    `until` is a time of the monotonic clock by which it has to be opened, and `at` the place of the next entry.
    """

    dataset: str
    part: str
    until: float | None = None
    at: int = 0


@frozen
class Checking:
    """A dataset is checked from now on, for which others wait.

    `until` is a time of the monotonic clock by which it is done if they are to have their turn, and `at` the place of
    the next entry.
    """

    dataset: str
    until: float
    at: int


@frozen
class Opened:
    """The dataset that was being opened is open, or cannot be opened."""

    dataset: str


class Journal:
    """The journal of a run; `tell` gives what is new in it to whoever keeps it.

    `lost` says why datasets, or parts of them, cannot be opened or checked,
    `opened` are those that an earlier process has opened, and `folder` is where
    temporary files go, to the same paths each time.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        lost: Mapping[tuple[str, str], str],
        folder: str,
        tell: Callable[[Begun | Ended | Stage | Opened | Checking], None],
        since: float,
        opened: Collection[str] = (),
    ) -> None:
        """Begin with what earlier processes left; `since` is when this one was asked for, by the monotonic clock."""
        self.since = since
        self._entries, self._at = list(entries), 0
        self._lost, self._folder, self._folders = lost, folder, 0
        self._opened, self._tell = frozenset(opened), tell

    @property
    def place(self) -> int:
        """The place of the next entry."""
        return self._at

    def cut(self, at: int) -> None:
        """Forget the entries from a place on."""
        del self._entries[at:]
        self._at = min(self._at, at)

    def stage(self, dataset: str, part: str) -> str | None:
        """Say what is done from now on; return why it cannot be, where an earlier process was stopped at it."""
        self._tell(Stage(dataset, part))
        return self._lost.get((dataset, part))

    def open(self, dataset: str, until: float) -> str | None:
        """Say that a dataset is opened from now on; return why it cannot be, if an earlier process was stopped at it.

        What was opened in time is opened again, whatever the time is now.
        """
        self._tell(Stage(dataset, "", None if dataset in self._opened else until, self._at))
        return self._lost.get((dataset, ""))

    def opened(self, dataset: str) -> None:
        """Say that it is open, or cannot be opened."""
        self._tell(Opened(dataset))

    def check(self, dataset: str, until: float) -> None:
        """Say that a dataset is checked from now on, for which others wait."""
        self._tell(Checking(dataset, until, self._at))

    def run(self, statement: str, until: float | None, call: Callable[[float | None], Result]) -> Result:
        """Return what a statement came to: before, or now by `call` with the time by which it has to be done."""
        known = self._recalled(statement)
        if known is not None and known.raised is not None:
            raise known.raised
        if known is not None and known.kept is not None:
            result: Result = pickle.loads(known.kept)  # noqa: S301 - it comes from the process that keeps the time
            return result
        again = known is not None
        # What was done within its time is done again, whatever the time is now.
        until = None if again else until
        self._tell(Begun(self._at - again, statement, until, again))
        try:
            result = call(until)
        except Exception as error:
            self._end(None if again else Entry(statement, raised=error))
            raise
        kept = pickle.dumps(result) if _rows_only(statement) else None
        self._end(None if again else Entry(statement, kept=kept if kept and len(kept) <= KEPT_BYTES else None))
        return result

    @contextmanager
    def scratch(self) -> Iterator[str]:
        """Make an empty folder, and remove it in the end."""
        folder = os.path.join(self._folder, str(self._folders))
        self._folders += 1
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder, 0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _recalled(self, statement: str) -> Entry | None:
        """Return the next entry if it is of this statement; if not, it and those behind it hold no more."""
        if self._at == len(self._entries):
            return None
        if self._entries[self._at].statement != statement:
            del self._entries[self._at :]
            return None
        self._at += 1
        return self._entries[self._at - 1]

    def _end(self, entry: Entry | None) -> None:
        if entry is not None:
            self._entries.append(entry)
            self._at += 1
        self._tell(Ended(entry))


def _rows_only(statement: str) -> bool:
    """Tell whether a statement does nothing but return rows."""
    return statement.startswith(ROWS_ONLY) and FILLS_TABLES not in statement
