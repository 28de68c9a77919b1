"""A session on a Spark cluster: how one is opened, and what its failures mean."""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar, cast

from idqp_cli.core.errors import UnreadableError, UsageError
from idqp_cli.core.text import clean
from idqp_cli.ingest.query_errors import QueryError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

Answer = TypeVar("Answer")
SCHEME = "sc://"
PORT = 15002
# How long a cluster may take to accept a connection, in seconds.
PATIENCE = 10
# A host that vanishes does not hang up, so that a silent connection is pinged; servers allow that every 5 minutes.
PINGED = (("grpc.keepalive_time_ms", 310_000), ("grpc.keepalive_timeout_ms", 20_000))
SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
# What a server may refuse to set.
WISHES = {
    # Spark repeats a condition on whole rows in every mix of the columns' aliases (SPARK-33152): a plan that doubles
    # with each column, until the server has no memory.
    "spark.sql.constraintPropagation.enabled": "false",
}
# How often an answer is looked for, in seconds.
LOOKED = 0.1
SILENT = "the Spark cluster does not answer; see that it runs, and check again"
ENDED = "the Spark cluster has ended the session; check again"
INSTALL = "Spark needs an extra: pip install 'idqp[spark]'"
# How Spark names errors that are about the SQL and not about the data.
ABOUT_THE_SQL = ("UNRESOLVED_", "PARSE_SYNTAX_ERROR", "DATATYPE_MISMATCH", "UNSUPPORTED_")
ABOUT_SQL = "BinderException"
# What a person is told of Spark's conditions that are about what was named.
IN_WORDS = {
    "TABLE_OR_VIEW_NOT_FOUND": "it sees no such table",
    "SCHEMA_NOT_FOUND": "it sees no such database",
    "CATALOG_NOT_FOUND": "it has no such catalogue",
    "REQUIRES_SINGLE_PART_NAMESPACE": "it has no such catalogue",
    "PATH_NOT_FOUND": "it sees no such file or folder",
    "DATA_SOURCE_NOT_FOUND": "it has no package for this format",
    "UNABLE_TO_INFER_SCHEMA": "it finds no data there",
}
# pyspark's loggers, which write each failure as JSON to stderr, besides raising it.
LOUD = ("pyspark", "SQLQueryContextLogger", "DataFrameQueryContextLogger")
# gRPC's states of a cluster that is not there or does not answer any more.
LOST = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "failed to connect", "Connection refused")
# How servers say that they know the session no more, or are others by now: Spark, its client, Sail.
GONE = re.compile(r"INVALID_HANDLE|incorrect server side session identifier|session [\w-]+ is not running")


def failure(error: Exception, shown: str) -> QueryError | UnreadableError:
    """Return what a failed statement means: a cluster that is lost, or SQL that fails there."""
    text = str(error)
    if any(mark in text for mark in LOST):
        return UnreadableError(f"{shown}: {SILENT}")
    if GONE.search(text):
        return UnreadableError(f"{shown}: {ENDED}")
    kind = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    about_sql = any(str(kind).startswith(mark) for mark in ABOUT_THE_SQL)
    line = clean(text.strip().split("\n", 1)[0], 300)
    return QueryError(ABOUT_SQL if about_sql else f"Spark {kind}", f"Spark Error: {line}")


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


def opened(remote: str, shown: str) -> SparkSession:
    """Open a session that reckons as DuckDB does: in UTC, and with errors where values do not fit.

    Raises:
        UsageError: the extra is missing.
        UnreadableError: nobody answers there.

    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyspark.logger import PySparkLogger  # noqa: PLC0415 - an extra, and 3 s
            from pyspark.sql.connect.client.core import DefaultChannelBuilder  # noqa: PLC0415
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
        session = SparkSession.builder.channelBuilder(DefaultChannelBuilder(remote, list(PINGED))).create()
        session.client.set_retry_policies([DefaultPolicy(max_retries=3, initial_backoff=200, max_backoff=2_000)])
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
        for name, value in WISHES.items():
            _wish(session, name, value)
    except Exception as error:  # noqa: BLE001 - pyspark and gRPC each have their own
        found = failure(error, shown)
        raise found if isinstance(found, UnreadableError) else UnreadableError(f"{shown}: {found.kind}") from None
    return session


def _wish(session: SparkSession, name: str, value: str) -> None:
    """Set what a server may refuse to set."""
    from pyspark.errors.exceptions.connect import SparkConnectException  # noqa: PLC0415 - of the extra

    with suppress(SparkConnectException):
        session.conf.set(name, value)


def waited(ask: Callable[[], Answer], patient: Callable[[], None]) -> Answer:
    """Ask a cluster in a thread of its own; `patient`, called again and again, raises where to wait no longer."""
    answers: SimpleQueue[tuple[Answer | None, BaseException | None]] = SimpleQueue()

    def collect() -> None:
        try:
            answers.put((ask(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            answers.put((None, error))

    threading.Thread(target=collect, daemon=True).start()
    while True:
        with suppress(Empty):
            answer, error = answers.get(timeout=LOOKED)
            if error is not None:
                raise error
            return cast("Answer", answer)
        patient()


def aside(end: Callable[[], object]) -> threading.Thread:
    """Do what a cluster may never answer in a thread that keeps nobody waiting."""

    def run() -> None:
        try:
            end()
        except Exception:  # noqa: BLE001 - a cluster that is gone has nothing left to end
            logging.getLogger(__name__).debug("the session was gone")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
