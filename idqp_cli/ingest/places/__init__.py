"""Where data lies: files of this machine, standard input, object stores and web servers; one module for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.reading import PlaceSettings
from idqp_cli.core.urls import all_shown, is_stream, is_url, shown
from idqp_cli.ingest import databases, tables
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Source, pattern
from idqp_cli.ingest.increment import Sieve
from idqp_cli.ingest.places import local
from idqp_cli.ingest.places.found import RANGES
from idqp_cli.ingest.resources import AS_IT_LIKES, Resources
from idqp_cli.ingest.stdin import STANDARD_INPUT, spooled
from idqp_cli.ingest.tables import NEWEST, Moment, TableError


@contextmanager
def located(
    paths: Sequence[str],
    folder: Path,
    deadline: Deadline | None = None,
    moment: Moment = NEWEST,
    sieve: Sieve | None = None,
) -> Iterator[Source]:
    """Find what `paths` stand for; `folder` is what those of this machine are relative to.

    `moment` says which state of a table is meant, and `sieve` which of the files.

    Copies of what is elsewhere are kept until the context ends.

    Raises:
        UnreadableError: there is nothing, or nothing that can be data; the text says what to do.
        NothingNewError: the sieve takes no file.
        UsageError: standard input is a terminal.

    """
    for path in paths:
        if not is_url(path) and path != STANDARD_INPUT:
            local.refuse_outside(path, folder)
        if is_stream(path):
            raise UnreadableError(f"{shown(path)}: is a topic; `idqp watch` reads it")
    kind = tables.kind_of(paths[0], folder) if len(paths) == 1 else None
    with ExitStack() as stack:
        if any(map(databases.is_database, paths)):
            if len(paths) > 1:
                raise UnreadableError(f"{all_shown(paths)}: a table of a database is checked alone")
            yield stack.enter_context(databases.located(paths[0], folder, deadline))
            return
        if kind is None:
            try:
                source = stack.enter_context(_plain(paths, folder, deadline, sieve, moment.place))
            except TableError as error:
                if error.kind is None or len(paths) > 1:
                    raise
                kind = error.kind
        if kind is not None:
            source = stack.enter_context(tables.located(kind, paths[0], folder, moment, deadline, sieve))
        elif not moment.newest:
            raise UnreadableError(
                f"{source.shown}: is no table of Delta or Iceberg: it has no read.version or read.as_of"
            )
        yield source


@contextmanager
def _plain(
    paths: Sequence[str], folder: Path, deadline: Deadline | None, sieve: Sieve | None, settings: PlaceSettings
) -> Iterator[Source]:
    if STANDARD_INPUT in paths:
        with spooled(deadline) as source:
            yield source
    elif any(map(is_url, paths)):
        from idqp_cli.ingest.places import remote  # noqa: PLC0415 - only what is elsewhere has to pay

        with remote.located(paths, folder, deadline, sieve, settings) as source:
            yield source
    else:
        yield local.find(paths, folder, sieve)


@contextmanager
def connected(sources: Iterable[Source], resources: Resources = AS_IT_LIKES) -> Iterator[Database]:
    """Open a connection that may read the files of `sources`.

    Raises:
        UsageError: DuckDB does not understand the memory limit.

    """
    files = [file for source in sources for file in source.files]
    # DuckDB holds the pattern that means the file against the list, and then the file.
    opened = [path for file in files for path in (file.path, file.deleted) if path is not None]
    readable = [path for one in opened for path in {one, pattern(one)}]
    ranges = None
    if any(file.path.startswith(RANGES) for file in files):
        from idqp_cli.ingest.places.ranges import filesystem  # noqa: PLC0415 - only what is elsewhere has to pay

        ranges = filesystem(files)
    with connect(readable, resources, ranges) as database:
        yield database
