"""A Spark cluster as the database of a run, through Spark Connect.

What reads data runs there as Spark's SQL; what is about the text of SQL, patterns
and formats is asked of a local DuckDB, so that the same SQL is allowed on both.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError, UsageError
from idqp_cli.core.text import clean
from idqp_cli.engine.spark.translate import UnsaidError, spark
from idqp_cli.ingest.database import Database, QueryError, Resources, Row, connect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pyspark.sql.connect.session import SparkSession

    from idqp_cli.ingest.database import Connection

SCHEME = "sc://"
PORT = 15002
# How long a cluster may take to accept a connection, in seconds.
PATIENCE = 10
# How long what was asked to end may take to do so, in seconds.
GRACE = 1
LOOKED = 0.1
NEVER = math.inf
SILENT = "the Spark cluster does not answer; see that it runs, and check again"
INSTALL = "Spark needs an extra: pip install 'idqp[spark]'"
# How Spark names errors that are about the SQL and not about the data.
ABOUT_THE_SQL = ("UNRESOLVED_", "PARSE_SYNTAX_ERROR", "DATATYPE_MISMATCH", "UNSUPPORTED_")
ABOUT_SQL = "BinderException"
# pyspark's loggers, which write each failure as JSON to stderr, besides raising it.
LOUD = ("pyspark", "SQLQueryContextLogger", "DataFrameQueryContextLogger")
# gRPC's states of a cluster that is not there or does not answer any more.
LOST = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "INVALID_HANDLE", "failed to connect", "Connection refused")


class Cluster(Database):
    """A database whose statements about data run on a Spark cluster."""

    partial = True

    def __init__(
        self,
        connection: Connection,
        scratch: str,
        resources: Resources,
        session: SparkSession,
        shown: str,
    ) -> None:
        super().__init__(connection, scratch, resources)
        self.session = session
        self.shown = shown
        self.types: dict[str, Mapping[str, str]] = {}
        self._asked_at = NEVER

    def know(self, view: str, types: Mapping[str, str]) -> None:
        """Remember the types of a view's columns, by their names without case."""
        self.types[sql.identifier(view)] = {name.casefold(): kind for name, kind in types.items()}

    def _types(self, statement: str) -> dict[str, str]:
        """Return the types of the columns that a statement may name; of a name with two types, none."""
        found: dict[str, str] = {}
        for view, types in self.types.items():
            if view in statement:
                for name, kind in types.items():
                    found[name] = kind if found.get(name, kind) == kind else ""
        return found

    def unable(self, statement: str, *, written: bool = False) -> str | None:
        """Say which part of a statement is not known to mean the same on Spark."""
        try:
            spark(statement, self._types(statement), written=written)
        except UnsaidError as error:
            return str(error)
        return None

    def fetch(self, statement: str) -> list[Row]:
        """Execute a statement on the cluster and return all its rows.

        Raises:
            QueryError: it has no equal there, or fails.
            DeadlineError: there is no time left for it.
            UnreadableError: the cluster cannot be reached any more.

        """
        return self._timed(statement, lambda: self._rows(statement))

    def arrays(self, statement: str) -> dict[str, NDArray[np.generic]]:
        """Refuse: models of rows are trained on DuckDB alone."""
        raise QueryError("Unsaid", f"Spark Error: {self.unable(statement) or 'arrays of rows'} has no equal on Spark")

    def _rows(self, statement: str) -> list[Row]:
        try:
            written = spark(statement, self._types(statement))
        except UnsaidError as error:
            raise QueryError("Unsaid", f"Spark Error: {error} has no equal on Spark") from None
        try:
            return [tuple(_plain(cell) for cell in row) for row in self._collected(written)]
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
            found = failure(error, self.shown)
            if isinstance(found, QueryError):
                # Spark quotes a malformed line: only what it says of SQL holds no cell.
                why = found.reason if found.kind == ABOUT_SQL else found.kind
                found = UnreadableError(f"{what}: the cluster cannot read it: {clean(why, 300)}")
            raise found from None

    def _collected(self, written: str) -> list[Any]:
        """Collect the rows in a thread of its own: pyspark waits without end for a cluster that is busy."""
        self._asked_at = NEVER
        answers: SimpleQueue[list[Any] | BaseException] = SimpleQueue()

        def collect() -> None:
            try:
                answers.put(self.session.sql(written).collect())
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                answers.put(error)

        threading.Thread(target=collect, daemon=True).start()
        while True:
            with suppress(Empty):
                answer = answers.get(timeout=LOOKED)
                if isinstance(answer, BaseException):
                    raise answer
                return answer
            if time.monotonic() - self._asked_at > GRACE:
                self._hang_up()
                self._in_time()
                raise UnreadableError(f"{self.shown}: {SILENT}")

    def _stop(self) -> None:
        """Ask the cluster to end what runs."""
        if self._asked_at == NEVER:
            self._asked_at = time.monotonic()
            _aside(self.session.interruptAll)

    def _hang_up(self) -> None:
        # The client's own way waits for answers that never come.
        self.session.client._channel.close()  # noqa: SLF001

    def close(self) -> None:
        """End the session and what still runs in it; hang up on a cluster that does not answer in time."""
        for end in (self.session.interruptAll, self.session.stop):
            _aside(end).join(GRACE)
        self._hang_up()
        super().close()


def _aside(end: Callable[[], object]) -> threading.Thread:
    """Do what a cluster may never answer in a thread that keeps nobody waiting."""

    def run() -> None:
        try:
            end()
        except Exception:  # noqa: BLE001 - a cluster that is gone has nothing left to end
            logging.getLogger(__name__).debug("the session was gone")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def failure(error: Exception, shown: str) -> QueryError | UnreadableError:
    """Return what a failed statement means: a cluster that is lost, or SQL that fails there."""
    text = str(error)
    if any(mark in text for mark in LOST):
        return UnreadableError(f"{shown}: {SILENT}")
    kind = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    about_sql = any(str(kind).startswith(mark) for mark in ABOUT_THE_SQL)
    line = clean(text.split("\n", 1)[0], 300)
    return QueryError(ABOUT_SQL if about_sql else f"Spark {kind}", f"Spark Error: {line}")


def _plain(cell: Any) -> object:  # noqa: ANN401 - whatever Spark returns
    """Return a cell as DuckDB's client would: whole decimals as integers, rows in lists as texts by name."""
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() and cell.as_tuple().exponent == 0 else float(cell)
    if isinstance(cell, tuple) and hasattr(cell, "asDict"):
        return {name: _shown(value) for name, value in cell.asDict().items()}
    if isinstance(cell, list):
        return [_plain(one) for one in cell]
    return cell


def _shown(value: object) -> str | None:
    """Return a cell as the text that a person is shown."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def address(remote: str) -> str:
    """Return where a cluster is, without what opens it.

    Raises:
        UsageError: it is no address of Spark Connect.

    """
    host = remote.removeprefix(SCHEME).split("/", 1)[0].split(";", 1)[0].rpartition("@")[2]
    if not remote.startswith(SCHEME) or not host:
        raise UsageError(
            f"engine: '{clean(host or remote, 60)}' is not an address of Spark Connect; write sc://HOST:15002"
        )
    return clean(f"{SCHEME}{host}")


@contextmanager
def connected(remote: str, resources: Resources) -> Iterator[Cluster]:
    """Open a session on the cluster at `remote`, like `sc://host:15002`.

    Raises:
        UsageError: the extra is missing, or the address cannot be read.
        UnreadableError: nobody answers there.

    """
    shown = address(remote)
    session = _session(remote, shown)

    def made(connection: Connection, folder: str, limits: Resources) -> Database:
        return Cluster(connection, folder, limits, session, shown)

    with connect((), resources, made=made) as database:
        assert isinstance(database, Cluster)
        yield database


def _answers(shown: str) -> None:
    """See that someone listens at an address; pyspark would try for minutes."""
    host, _, port = (
        shown.removeprefix(SCHEME).rpartition(":")
        if ":" in shown.removeprefix(SCHEME)
        else (shown.removeprefix(SCHEME), "", str(PORT))
    )
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except (OSError, ValueError):
        raise UnreadableError(f"{shown}: {SILENT}") from None


def _session(remote: str, shown: str) -> SparkSession:
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyspark.logger import PySparkLogger  # noqa: PLC0415 - an extra, and 3 s
            from pyspark.sql.connect.client.retries import DefaultPolicy  # noqa: PLC0415
            from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415
    except ImportError:
        raise UsageError(INSTALL) from None
    for name in LOUD:
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)
    # It also says so in warnings whenever it tries again.
    warnings.filterwarnings("ignore", module=r"pyspark\b")
    _answers(shown)
    try:
        session = SparkSession.builder.remote(remote).create()
        session.client.set_retry_policies([DefaultPolicy(max_retries=3, initial_backoff=200, max_backoff=2_000)])
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.ansi.enabled", "true")
    except Exception as error:  # noqa: BLE001 - pyspark and gRPC each have their own
        found = failure(error, shown)
        raise found if isinstance(found, UnreadableError) else UnreadableError(f"{shown}: {found.kind}") from None
    return session
