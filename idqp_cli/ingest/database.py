"""The one DuckDB connection of a run: asked, hurried, locked and closed here.

Statements are text, executed by `fetch` and fetched whole, because DuckDB 2
raises a late error only while rows are fetched.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from idqp_cli.core import sql
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.relation import Relation
from idqp_cli.ingest.query_errors import SHARE, STOPPED, QueryError, StoppedError
from idqp_cli.ingest.resources import Resources

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from idqp_cli.ingest.journal import Journal

    Connection = duckdb.DuckDBPyConnection


class Ranges(Protocol):
    """A file system of fsspec, for the files of other machines."""

    def lost(self) -> UnreadableError | None:
        """Return why a file could not be read since this was last asked."""


Row = tuple[object, ...]
# That search takes the square of the number of columns: 1 s of 1,000, 5 s of 2,000.
WIDE = 400
# How often a statement that is late is interrupted, in seconds.
INTERRUPTED_EVERY = 0.05
# The least share of the deadline, in seconds, while there is so much.
LEAST = 0.5
Fetched = TypeVar("Fetched")


class Database:
    """A DuckDB connection that reads the files it was opened for, and a folder of its own.

    Another engine takes the place of `fetch` and `arrays`; what `syntax` does stays here.
    One that is `partial` cannot evaluate all that DuckDB can.
    """

    partial = False

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, scratch: str, resources: Resources, ranges: Ranges | None = None
    ) -> None:
        """Take over an open connection; `scratch` is a folder that it may read, gone afterwards."""
        self._connection = connection
        self._scratch = scratch
        self._folders = 0
        self._deadline = resources.deadline
        self._journal = resources.journal
        self._ranges = ranges
        self._closing = threading.Event()
        self._watch: threading.Thread | None = None
        # Times of the monotonic clock: by when a share of the time is over, and by when what runs has to be done.
        self._share: float | None = None
        self.waiting = 0
        self._until: float | None = None

    def hurry(self) -> None:
        """From here on, mind the deadline, if there is one."""
        if self._deadline is not None:
            self._watch = threading.Thread(target=self._interrupt, daemon=True)
            self._watch.start()

    @property
    def limited(self) -> bool:
        """Whether a statement may be stopped that takes more than its share."""
        return self._journal is not None

    def check(self, dataset: str, waiting: int) -> None:
        """Check a dataset from now on, and leave half of the time that is left to those that wait, if any do."""
        self.waiting = waiting
        if waiting and self._journal is not None and self._deadline is not None:
            self._journal.check(dataset, self._half(self._deadline, self._journal))

    def turn_to(self, dataset: str, part: str = "") -> None:
        """Say that a dataset is opened or checked from now on, or a part of that is done which it can do without.

        Raises:
            StoppedError: that took more of a limit than it may, once before.

        """
        lost = None if self._journal is None else self._journal.stage(dataset, part)
        if lost is not None:
            raise StoppedError(lost)

    @contextmanager
    def opening(self, dataset: str, *, alone: bool) -> Iterator[None]:
        """Open a dataset within: where it is not the only one, it may take half of the time that is left.

        Raises:
            StoppedError: that took more of a limit than it may, once before.

        """
        journal, deadline = self._journal, self._deadline
        if journal is None:
            yield
            return
        until = math.inf if deadline is None else deadline.ends
        if deadline is not None and not alone:
            until = self._half(deadline, journal)
        lost = journal.open(dataset, until)
        try:
            if lost is not None:
                raise StoppedError(lost)
            yield
        finally:
            journal.opened(dataset)

    @contextmanager
    def share(self, parts: int) -> Iterator[float]:
        """Give the statements within the one of `parts` of the time that is left to rules, and return its seconds."""
        seconds = math.inf
        if self._deadline is not None and self._journal is not None:
            left = self._deadline.left()
            seconds = max(
                (left - self._anew(self._deadline, self._journal)) / (parts + self.waiting), min(LEAST, left / 2)
            )
            self._share = time.monotonic() + seconds
        try:
            yield seconds
        finally:
            self._share = None

    def _half(self, deadline: Deadline, journal: Journal) -> float:
        """Return when half of the time is over that is left to datasets."""
        return time.monotonic() + max((deadline.left() - self._anew(deadline, journal)) / 2, LEAST)

    @staticmethod
    def _anew(deadline: Deadline, journal: Journal) -> float:
        """Return the seconds that it takes to begin anew after something was stopped: about as many as it took."""
        return min(1.5 * (time.monotonic() - journal.since), deadline.seconds / 3)

    def expect(self, columns: int) -> None:
        """Plan for a table of so many columns: of a wide one the planner's search for common terms is not worth it."""
        if columns > WIDE:
            self._run("SET disabled_optimizers = 'common_subexpressions'", lambda _: None)

    def lock(self) -> None:
        """Allow no more changes of the configuration; whoever lets a user's SQL run calls this before."""
        self._run("SET lock_configuration = true", lambda _: None)

    def close(self) -> None:
        """Let go of the connection."""
        self._closing.set()
        if self._watch is not None:
            self._watch.join()
        self._connection.close()

    def done(self) -> float:
        """Return the part that is done of the statement that runs, of 100; less than 0 where DuckDB does not know."""
        return self._connection.query_progress()

    def folder(self, name: str) -> str:
        """Return a new folder whose files the connection may read; `name` helps to tell it from others."""
        self._folders += 1
        # The same at each run of the same rules: its path is part of statements.
        prefix = f"{name[:20]}-" if name.isidentifier() else ""
        folder = os.path.join(self._scratch, f"{prefix}{self._folders}")
        os.mkdir(folder, 0o700)
        return folder

    def fetch(self, statement: str) -> list[Row]:
        """Execute one statement and return all its rows.

        Raises:
            QueryError: DuckDB refuses it, or fails while it runs.
            DeadlineError: there is no time left for it.
            UnreadableError: a file of another machine cannot be read.

        """
        return self._executed(statement, lambda result: result.fetchall())

    def syntax(self, statement: str) -> list[Row]:
        """Execute a statement about the text of SQL, a pattern or a format, that reads no data.

        Raises:
            QueryError: DuckDB refuses it.

        """
        return self._executed(statement, lambda result: result.fetchall())

    def copy(self, select: str, path: str, form: str) -> int:
        """Write the rows of a SELECT to a file, in a form like `FORMAT parquet`, and return their number.

        Raises:
            QueryError: DuckDB refuses it, or fails while it runs.
            DeadlineError: there is no time left for it.
            UnreadableError: a file of another machine cannot be read.

        """
        ((rows,),) = self.fetch(f"COPY ({select}) TO {sql.literal(path)} ({form})")
        return int(str(rows))

    def unable(self, statement: str, *, written: str = "") -> str | None:
        """Say which part of a statement the engine does not evaluate; DuckDB's evaluates all.

        `written` is what a person wrote of it.
        """
        del statement, written
        return None

    def beyond(self, relations: Iterable[Relation]) -> str | None:
        """Say why the rows of relations may not come to this process; None where they may, as those of DuckDB do."""
        del relations
        return None

    def arrays(self, statement: str) -> dict[str, NDArray[np.generic]]:
        """Execute one statement whose cells are numbers, none of them NULL, and return its columns as arrays.

        Raises:
            QueryError: DuckDB refuses it, or fails while it runs.
            DeadlineError: there is no time left for it.

        """
        return self._executed(statement, lambda result: result.fetchnumpy())

    def _executed(self, statement: str, fetched: Callable[[duckdb.DuckDBPyConnection], Fetched]) -> Fetched:
        return self._timed(statement, lambda: self._run(statement, fetched))

    def _timed(self, statement: str, run: Callable[[], Fetched]) -> Fetched:
        """Let a statement run for no longer than the deadline and its share allow."""
        until = self._share
        if until is None and self._watch is not None and self._deadline is not None:
            until = self._deadline.ends

        def call(until: float | None) -> Fetched:
            self._until = until
            self._in_time()
            try:
                return run()
            finally:
                self._until = None

        return call(until) if self._journal is None else self._journal.run(statement, until, call)

    def _run(self, statement: str, fetched: Callable[[duckdb.DuckDBPyConnection], Fetched]) -> Fetched:
        import duckdb  # noqa: PLC0415 - already loaded by connect(); the module itself stays light

        try:
            return fetched(self._connection.execute(statement))
        except duckdb.InterruptException:
            self._readable()
            self._in_time()
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            # This is how DuckDB's Python client reports Ctrl-C.
            if "interrupted" in str(error):
                raise KeyboardInterrupt from None
            self._readable()
            raise
        except duckdb.Error as error:
            self._readable()
            raise QueryError(type(error).__name__, str(error)) from None

    def _readable(self) -> None:
        """Raise what a file of another machine could not be read for, if that is why a statement failed."""
        lost = None if self._ranges is None else self._ranges.lost()
        if lost is not None:
            raise lost from None

    def _in_time(self) -> None:
        if self._until is None or self._deadline is None or time.monotonic() < self._until:
            return
        if self._deadline.left():
            raise StoppedError(f"{STOPPED} {SHARE} {self._deadline.seconds:g} s")
        raise self._deadline.missed()

    def _interrupt(self) -> None:
        """Interrupt whatever runs beyond its time."""
        while not self._closing.wait(INTERRUPTED_EVERY):
            if self._until is not None and time.monotonic() >= self._until:
                self._stop()

    def _stop(self) -> None:
        """Interrupt the statement that runs."""
        self._connection.interrupt()
