"""Open DuckDB for a run: which files it may read, where it may spill, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from idqp_cli.core import confines, sql
from idqp_cli.core.errors import UsageError
from idqp_cli.core.progress import SCAN
from idqp_cli.ingest import allowance
from idqp_cli.ingest.database import Database, Ranges
from idqp_cli.ingest.resources import AS_IT_LIKES, Resources
from idqp_cli.ingest.scratch import scratch

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

# What a connection that works for strangers may spill to disk.
MOST_SPILLED = "4GB"


def load() -> None:
    """Load DuckDB before it is asked for."""
    import duckdb  # noqa: F401, PLC0415 - 100 ms that only a check has to pay


@contextmanager
def connect(
    paths: Iterable[str],
    resources: Resources = AS_IT_LIKES,
    ranges: Ranges | None = None,
    made: Callable[[Connection, str, Resources], Database] | None = None,
) -> Iterator[Database]:
    """Open a connection that may read the files `paths`, spill to a folder of its own, and no more.

    `ranges` gives those of the files that are on other machines; `made` makes the
    database of another engine of the connection, the folder and the limits.

    No statement can widen this: no extension, no network, no other file, no
    Python variable of ours. What else is configured is fixed by `lock`.

    Raises:
        UsageError: DuckDB does not understand the memory limit.

    """
    import duckdb  # noqa: PLC0415 - 100 ms that only a check has to pay

    with scratch() if resources.journal is None else resources.journal.scratch() as folder:
        config = _config(resources, folder)
        try:
            connection = duckdb.connect(config={**config})
        except duckdb.Error:
            memory = config.get("memory_limit")
            raise UsageError(f"--memory-limit takes a size like 500MB or 4GB, not '{memory}'") from None
        database = (
            Database(connection, folder, resources, ranges) if made is None else made(connection, folder, resources)
        )
        try:
            if ranges is not None:
                connection.register_filesystem(ranges)
            for statement in _settings(paths, folder):
                connection.execute(statement)
            with SCAN.of(database.done):
                yield database
        finally:
            database.close()


def _config(resources: Resources, folder: str) -> dict[str, str]:
    """Return how DuckDB is started: it loads nothing by itself, and spills into the folder."""
    config = {
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "temp_directory": os.path.join(folder, "spill"),
    }
    if confines.confined():
        config["max_temp_directory_size"] = MOST_SPILLED
    memory = resources.memory_limit or allowance.allowed()
    if memory is not None:
        config["memory_limit"] = memory
    if resources.threads is not None:
        config["threads"] = str(resources.threads)
    return config


def _settings(paths: Iterable[str], folder: str) -> Iterator[str]:
    """Yield the statements that fix what may be read: these paths, and the folder."""
    yield f"SET enable_progress_bar = {str(SCAN.shown).lower()}"
    yield "SET enable_progress_bar_print = false"
    yield "SET TimeZone = 'UTC'"
    yield f"SET allowed_paths = [{sql.listing(paths)}]"
    yield f"SET allowed_directories = [{sql.literal(folder)}]"
    yield "SET enable_external_access = false"
