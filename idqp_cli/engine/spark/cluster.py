"""A Spark cluster as the database of a run, through Spark Connect.

What reads data runs there as Spark's SQL. What has no equal there is evaluated
here, by DuckDB, on a copy of the columns that it names. What is about the text of
SQL, patterns and formats is asked of DuckDB, so that the same SQL is allowed on both.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine.spark import copies
from idqp_cli.engine.spark.cells import plain
from idqp_cli.engine.spark.copies import TooManyError, View
from idqp_cli.engine.spark.nodes import UnsaidError
from idqp_cli.engine.spark.session import ABOUT_SQL, IN_WORDS, SILENT, address, aside, failure, opened, waited
from idqp_cli.engine.spark.translate import spark
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database, Row
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.resources import Resources

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pyspark.sql.connect.session import SparkSession

    from idqp_cli.ingest.database import Connection

# How long what was asked to end may take to do so, in seconds.
GRACE = 1
NEVER = math.inf
# How servers say that a path is not there.
ABSENT = ("PATH_NOT_FOUND", "Path does not exist", "No such file", "Not a directory")
# By itself Spark leaves out files in folders that are no partitions.
RECURSIVE = {"recursiveFileLookup": "true"}
Answer = TypeVar("Answer")


class Cluster(Database):
    """A database whose statements about data run on a Spark cluster; `most` rows of a relation may come here."""

    partial = True

    def __init__(
        self, connection: Connection, scratch: str, resources: Resources, session: SparkSession, shown: str, most: int
    ) -> None:
        super().__init__(connection, scratch, resources)
        self.session = session
        self.shown = shown
        self.most = most
        self.views: dict[str, View] = {}
        self._copied: dict[str, frozenset[str]] = {}
        self._rows_of: dict[str, int] = {}
        self._tables: set[str] = set()
        self._written: set[str] = set()
        self._asked_at = NEVER

    def know(self, view: View) -> None:
        """Remember a relation that is there."""
        self.views[view.name] = view

    def raw(self, relation: Relation) -> str | None:
        """Return the view of the texts that a relation is made of; None of one whose cells have types."""
        texts = next(iter(self._named(relation.scan))).texts
        return None if texts is None else texts.raw

    def _named(self, statement: str) -> list[View]:
        return [view for view in self.views.values() if view.within(statement)]

    def _types(self, statement: str) -> dict[str, str]:
        """Return the types of the columns that a statement may name; of a name with two types, none."""
        found: dict[str, str] = {}
        for view in self._named(statement):
            for name, kind in view.types.items():
                folded = name.casefold()
                found[folded] = kind if found.get(folded, kind) == kind else ""
        return found

    def unable(self, statement: str, *, written: str = "") -> str | None:
        """Say which part of a statement is not known to mean the same on Spark.

        SQL that a person has `written` and that may not is evaluated here from now on.
        """
        try:
            self._said(statement, written=bool(written))
        except UnsaidError as error:
            if written:
                self._written.add(written)
            return str(error)
        return None

    def beyond(self, relations: Iterable[Relation]) -> str | None:
        """Say why the rows of relations may not come here; None where they may.

        Raises:
            QueryError: they cannot be counted.
            DeadlineError: there is no time left for it.
            UnreadableError: the cluster cannot be reached any more.

        """
        for relation in relations:
            for view in self._named(relation.rescan):
                if view.name not in self._rows_of:
                    ((rows,),) = self.fetch(f"SELECT count(*) FROM {view.names[0]}")
                    self._rows_of[view.name] = int(str(rows))
                if self._rows_of[view.name] > self.most:
                    return f"{self._rows_of[view.name]:,} rows are more than engine.fetch_rows allows ({self.most:,})"
        return None

    def _said(self, statement: str, *, written: bool = False) -> str:
        """Return a statement in Spark's SQL.

        Raises:
            UnsaidError: it has no equal there.

        """
        if any(text in statement for text in self._written):
            raise UnsaidError("SQL that a person has written")
        for view in self._named(statement):
            if (column := copies.unsaid(view, statement)) is not None:
                raise UnsaidError(f"the way in which {clean(column, 60)} is written")
        return spark(statement, self._types(statement), written=written)

    def _here(self, statement: str) -> bool:
        """Tell whether a statement is evaluated here."""
        if not self._named(statement) or any(table in statement for table in self._tables):
            return True
        try:
            self._said(statement)
        except UnsaidError:
            return True
        return False

    def fetch(self, statement: str) -> list[Row]:
        """Execute a statement, on the cluster where it has an equal there, and return all its rows.

        Raises:
            QueryError: it fails, or its rows may not come here.
            DeadlineError: there is no time left for it.
            UnreadableError: the cluster cannot be reached any more.

        """
        if self._here(statement):
            self._bring(statement)
            return super().fetch(statement)
        return self._timed(statement, lambda: self._rows(statement))

    def arrays(self, statement: str) -> dict[str, NDArray[np.generic]]:
        """Execute a statement whose cells are numbers, here, and return its columns as arrays."""
        self._bring(statement)
        return super().arrays(statement)

    def copy(self, select: str, path: str, form: str) -> int:
        """Write the rows of a SELECT to a file of Parquet, and return their number; the cluster's come in batches."""
        if self._here(select):
            self._bring(select)
            return super().copy(select, path, form)
        return self._timed(select, lambda: self._streamed(self._said(select), path))[0]

    def drawn(self, statement: str, dataset: str) -> str:
        """Fetch rows of a dataset by a SELECT in Spark's SQL, and return the path of a file of them."""
        path = os.path.join(self.folder(dataset), "sample.parquet")
        self._timed(statement, lambda: self._streamed(statement, path))
        return path

    def show(self, dataset: str, rows: str) -> str:
        """Return the name of a view of rows that are here, by a table expression: all is evaluated here then."""
        table = sql.identifier(f"idqp:sample:{dataset}")
        self._tables.add(table)
        super().fetch(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * FROM {rows}")
        return table

    def _bring(self, statement: str) -> None:
        """Copy the columns here that a statement names."""
        for view in self._named(statement):
            known = self._copied.get(view.name)
            needed = {*copies.wanted(view, statement), *(known or ())}
            if known is not None and known >= needed:
                continue
            columns = [name for name in view.types if name in needed]
            select, path = copies.selected(view, columns), os.path.join(self.folder("rows"), "rows.parquet")
            _, rising = self._timed(select, partial(self._streamed, select, path, self.most))
            if not rising:
                path = copies.in_order(path, super().fetch)
            copies.show(view, columns, path, super().fetch)
            self._copied[view.name] = frozenset(columns)

    def files(self, paths: Sequence[str], form: str = "") -> list[str]:
        """Return the URIs of the files that paths stand for; none where one of the paths is not there.

        Those of folders at any depth, or those that Spark reads by itself as a format `form`.

        Raises:
            QueryError: the cluster may not look.
            UnreadableError: it cannot be reached any more.

        """
        read = self.session.read.format(form) if form else self.session.read.format("text").options(**RECURSIVE)
        try:
            return self.ask(lambda: list(read.load(list(paths)).inputFiles()))
        except QueryError as error:
            if any(mark in f"{error.kind} {error}" for mark in ABSENT):
                return []
            raise

    def _streamed(self, statement: str, path: str, most: int | None = None) -> tuple[int, bool]:
        """Write the rows of a statement in Spark's SQL to a file; see `copies.streamed`."""
        return self.ask(lambda: copies.streamed(self.session.sql(statement), path, most))

    def _rows(self, statement: str) -> list[Row]:
        written = self._said(statement)
        return self.ask(lambda: [tuple(plain(cell) for cell in row) for row in self.session.sql(written).collect()])

    def ask(self, ask: Callable[[], Answer]) -> Answer:
        """Ask the cluster in a thread of its own: pyspark waits without end for one that is busy.

        Raises:
            QueryError: it fails, or its rows are more than may come here.
            UnreadableError: the cluster cannot be reached any more.

        """
        try:
            self._asked_at = NEVER
            return waited(ask, self._patient)
        except TooManyError:
            raise QueryError("TooMany", f"Spark Error: more than {self.most:,} rows") from None
        except Exception as error:  # noqa: BLE001 - pyspark, gRPC and Arrow each have their own
            self._in_time()
            raise failure(error, self.shown) from None

    @contextmanager
    def asked(self, what: str) -> Iterator[None]:
        """Turn what the cluster refuses of `what` into one line.

        Raises:
            UnreadableError: it does not find or cannot read it, or does not answer.

        """
        try:
            yield
        except UnreadableError:
            raise
        except Exception as error:  # noqa: BLE001 - pyspark, gRPC and Arrow each have their own
            found = error if isinstance(error, QueryError) else failure(error, self.shown)
            if isinstance(found, QueryError):
                # Spark quotes a malformed line: only what it says of SQL holds no cell.
                why = found.reason if found.kind == ABOUT_SQL else found.kind
                words = IN_WORDS.get(why.removeprefix("Spark "))
                why = why if words is None else f"{words} ({why})"
                found = UnreadableError(f"{what}: the cluster cannot read it: {clean(why, 300)}")
            raise found from None

    def _patient(self) -> None:
        """Wait no longer for a cluster that was asked to end and does not."""
        if time.monotonic() - self._asked_at > GRACE:
            self._hang_up()
            self._in_time()
            raise UnreadableError(f"{self.shown}: {SILENT}")

    def _stop(self) -> None:
        """Ask the cluster to end what runs, and DuckDB here."""
        super()._stop()
        if self._asked_at == NEVER:
            self._asked_at = time.monotonic()
            aside(self.session.interruptAll)

    def _hang_up(self) -> None:
        # The client's own way waits for answers that never come.
        self.session.client._channel.close()  # noqa: SLF001

    def close(self) -> None:
        """End the session and what still runs in it; hang up on a cluster that does not answer in time."""
        for end in (self.session.interruptAll, self.session.stop):
            aside(end).join(GRACE)
        self._hang_up()
        super().close()


@contextmanager
def connected(remote: str, most: int, resources: Resources) -> Iterator[Cluster]:
    """Open a session on the cluster at `remote`, like `sc://host:15002`; `most` rows of a relation may come here.

    Raises:
        UsageError: the extra is missing, or the address cannot be read.
        UnreadableError: nobody answers there.

    """
    shown = address(remote)
    session = opened(remote, shown)

    def made(connection: Connection, folder: str, limits: Resources) -> Database:
        return Cluster(connection, folder, limits, session, shown, most)

    with connect((), resources, made=made) as database:
        assert isinstance(database, Cluster)
        yield database
