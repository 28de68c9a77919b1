"""The one DuckDB connection of a run: opened here, locked here, closed here.

Statements are text, executed by `fetch` and fetched whole, because DuckDB 2
raises a late error only while rows are fetched.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from idqp_cli import sql
from idqp_cli.deadline import Deadline
from idqp_cli.errors import UsageError
from idqp_cli.frozen import frozen
from idqp_cli.scratch import scratch

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

Row = tuple[object, ...]
# Of its line ends DuckDB says no more than this.
MIXED_LINE_ENDS = "The CSV Parser state machine reached an invalid state"
# How DuckDB's messages begin that are about a line of a text file, or about the places where its threads meet.
UNREAD_LINES = ("Invalid Input Error: CSV Error on Line", "Not implemented Error: The Parallel CSV Reader")
# That search takes the square of the number of columns: 1 s of 1,000, 5 s of 2,000.
WIDE = 400
Fetched = TypeVar("Fetched")


class Unread(StrEnum):
    """Why DuckDB stops in the middle of a text file that another way of reading may read."""

    LINES = "a line is not a row of the table"
    LINE_ENDS = "the lines end in more than one way"


class QueryError(Exception):
    """DuckDB refused a statement.

    `kind` is the name of DuckDB's exception. The text may hold data: it is for
    `reason`, never for a person as it is.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind

    @property
    def reason(self) -> str:
        """The first line, without the name of the exception, up to where DuckDB begins to quote its input."""
        line = str(self).split("\n", 1)[0].split("LINE ")[0]
        return line.removeprefix(line.split("Error: ", 1)[0] + "Error: ").strip()

    @property
    def unread(self) -> Unread | None:
        """Why a text file was not read to its end, where reading it in another way may help."""
        if MIXED_LINE_ENDS in str(self):
            return Unread.LINE_ENDS
        return Unread.LINES if str(self).startswith(UNREAD_LINES) else None


class Database:
    """A DuckDB connection that reads the files it was opened for, and a folder of its own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scratch: str, deadline: Deadline | None) -> None:
        """Take over an open connection; `scratch` is a folder that it may read, gone afterwards."""
        self._connection = connection
        self._scratch = scratch
        self._deadline = deadline
        self._closing = threading.Event()
        self._watch: threading.Thread | None = None

    def hurry(self) -> None:
        """From here on, mind the deadline, if there is one."""
        if self._deadline is not None:
            self._watch = threading.Thread(target=self._interrupt, args=(self._deadline,), daemon=True)
            self._watch.start()

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

    def folder(self, name: str) -> str:
        """Return a new folder whose files the connection may read; `name` helps to tell it from others."""
        return tempfile.mkdtemp(prefix=f"{name[:20]}-" if name.isidentifier() else None, dir=self._scratch)

    def fetch(self, statement: str) -> list[Row]:
        """Execute one statement and return all its rows.

        Raises:
            QueryError: DuckDB refuses it, or fails while it runs.
            DeadlineError: there is no time left for it.

        """
        return self._executed(statement, lambda result: result.fetchall())

    def arrays(self, statement: str) -> dict[str, NDArray[np.generic]]:
        """Execute one statement whose cells are numbers, none of them NULL, and return its columns as arrays.

        Raises:
            QueryError: DuckDB refuses it, or fails while it runs.
            DeadlineError: there is no time left for it.

        """
        return self._executed(statement, lambda result: result.fetchnumpy())

    def _executed(self, statement: str, fetched: Callable[[duckdb.DuckDBPyConnection], Fetched]) -> Fetched:
        self._in_time()
        return self._run(statement, fetched)

    def _run(self, statement: str, fetched: Callable[[duckdb.DuckDBPyConnection], Fetched]) -> Fetched:
        import duckdb  # noqa: PLC0415 - already loaded by connect(); the module itself stays light

        try:
            return fetched(self._connection.execute(statement))
        except duckdb.InterruptException:
            self._in_time()
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            # This is how DuckDB's Python client reports Ctrl-C.
            if "interrupted" in str(error):
                raise KeyboardInterrupt from None
            raise
        except duckdb.Error as error:
            raise QueryError(type(error).__name__, str(error)) from None

    def _in_time(self) -> None:
        if self._watch is not None and self._deadline is not None and not self._deadline.left():
            raise self._deadline.missed()

    def _interrupt(self, deadline: Deadline) -> None:
        """Wait for the deadline, then stop whatever runs, and what a moment later would."""
        pause = deadline.left()
        while not self._closing.wait(pause):
            self._connection.interrupt()
            pause = 0.05


@frozen
class Resources:
    """What DuckDB may use: memory, like `1GB`, beyond which it spills to disk, and threads; None is its own choice.

    The deadline ends what it has not done by then.
    """

    memory_limit: str | None = None
    threads: int | None = None
    deadline: Deadline | None = None


AS_IT_LIKES = Resources()


@contextmanager
def connect(paths: Iterable[str], resources: Resources = AS_IT_LIKES) -> Iterator[Database]:
    """Open a connection that may read the files `paths`, spill to a folder of its own, and no more.

    No statement can widen this: no extension, no network, no other file, no
    Python variable of ours. What else is configured is fixed by `lock`.

    Raises:
        UsageError: DuckDB does not understand the memory limit.

    """
    import duckdb  # noqa: PLC0415 - 100 ms that only a check has to pay

    with scratch() as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "temp_directory": os.path.join(folder, "spill"),
        }
        if resources.memory_limit is not None:
            config["memory_limit"] = resources.memory_limit
        if resources.threads is not None:
            config["threads"] = str(resources.threads)
        try:
            connection = duckdb.connect(config=config)
        except duckdb.Error:
            raise UsageError(f"--memory-limit takes a size like 500MB or 4GB, not '{resources.memory_limit}'") from None
        database = Database(connection, folder, resources.deadline)
        try:
            for statement in (
                "SET enable_progress_bar = false",
                "SET TimeZone = 'UTC'",
                f"SET allowed_paths = [{sql.listing(paths)}]",
                f"SET allowed_directories = [{sql.literal(folder)}]",
                "SET enable_external_access = false",
            ):
                connection.execute(statement)
            yield database
        finally:
            database.close()
