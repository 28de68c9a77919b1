"""The store in one SQLite file: for one person, one machine, CI."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from idqp_cli.core.errors import StoreError
from idqp_cli.core.incident import Enforcement, StoreInfo
from idqp_cli.core.text import clean
from idqp_cli.store import migrations
from idqp_cli.store.prune import counted, pruned
from idqp_cli.store.rows import stamp
from idqp_cli.store.sqlite_connection import audit, told
from idqp_cli.store.sqlite_ledger import SqliteLedger
from idqp_cli.store.sqlite_people import SqlitePeople
from idqp_cli.store.sqlite_queue import SqliteQueue
from idqp_cli.store.sqlite_registry import SqliteOutbox, SqliteRegistry

BUSY_SECONDS = 60
RETRY_SECONDS = 0.02
# The bytes of the header of an SQLite file.
HEADER = 100
# The paths that this process has opened as stores.
OPENED: set[str] = set()
LIBRARY_VERSION = sqlite3.sqlite_version
MOUNTS = "/proc/self/mounts"
# File systems on which the hosts that share a file do not share the memory that WAL lives on.
NETWORK = ("nfs", "cifs", "smb", "9p", "ceph", "gluster", "lustre", "afs", "ncpfs", "fuse.sshfs", "fuse.s3fs")


def open_sqlite(path: str, token: str | None = None) -> SqliteStore:
    """Open the store in the file `path`; create it if it does not exist.

    Raises:
        StoreError: the file cannot be created, is not a store, is of a newer idqp, or is on a network file system.

    """
    shown = clean(path)
    # A path, never one of SQLite's special names.
    path = os.path.abspath(path)
    with told(shown):
        folder = Path(path).parent
        folder.mkdir(parents=True, exist_ok=True)
        kind = file_system(str(folder))
        if kind.startswith(NETWORK):
            raise StoreError(
                f"{shown}: is on a network file system ({clean(kind)}), where SQLite loses writes;"
                " use a local file, or a PostgreSQL store: --store postgresql://…"
            )
        read_only = not _writable(path)
        if 0 < os.path.getsize(path) < HEADER:
            # SQLite takes a file of one byte for an empty one, and would make a new store of it.
            raise StoreError(f"{shown}: is cut off: it is shorter than the header of a store; restore a backup")
        opened = _read_only(path) if read_only else path
        connection = sqlite3.connect(
            opened, timeout=BUSY_SECONDS, isolation_level=None, uri=read_only,
            # A server's threads use one connection, one after the other.
            check_same_thread=False,
        )  # fmt: skip
        try:
            _prepare(connection, shown, read_only=read_only)
        except BaseException:
            connection.close()
            raise
    OPENED.add(path)
    return SqliteStore(connection, shown, path, token, read_only=read_only)


def _writable(path: str) -> bool:
    """Tell whether the store can be written; create its file if it does not exist.

    A file that is there is not opened: to close it would let go of the locks of
    every connection that this process has to it, and another process that is the
    last one to leave would then delete the log that those connections write to.

    Raises:
        OSError: it can neither be written nor read.

    """
    if not os.path.exists(path):
        # sqlite3 would make the file readable to all; -wal and -shm take over its mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    if not os.access(path, os.W_OK):
        return False
    return os.access(os.path.dirname(path), os.W_OK) or os.path.exists(f"{path}-shm")


def _read_only(path: str) -> str:
    """Return the URI of a store that is only read; without a log beside it nobody else writes it either."""
    logged = os.path.exists(f"{path}-wal") and os.path.getsize(f"{path}-wal") > 0
    return f"{Path(path).as_uri()}?mode=ro{'' if logged else '&immutable=1'}"


def damaged() -> str | None:
    """Return the first damaged store of this process, None if there is none; a file that was deleted is not damaged."""
    for path in filter(os.path.exists, OPENED):
        try:
            with closing(sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)) as connection:
                ((verdict,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except (sqlite3.Error, ValueError):
            return path
        if verdict != "ok":
            return path
    return None


def file_system(folder: str, mounts: str = MOUNTS) -> str:
    """Return the type of the file system that `folder` is on, as the kernel calls it; empty if it does not say."""
    try:
        lines = Path(mounts).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    folder, best, longest = os.path.realpath(folder), "", -1
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        place = place.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = folder == place or folder.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= longest:
            best, longest = kind, len(place)
    return best


def _prepare(connection: sqlite3.Connection, shown: str, *, read_only: bool) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if version > migrations.VERSION and application == migrations.APPLICATION_ID:
        raise StoreError(f"{shown}: the store was created by a newer idqp (version {version}); upgrade idqp")
    if application != migrations.APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if (tables and application == 0 and version == 0) or application:
            raise StoreError(f"{shown}: is an SQLite file, but not an idqp store; use another with --store")
    if read_only:
        if version < migrations.VERSION:
            raise StoreError(f"{shown}: was created by an older idqp and is read-only; make it writable to upgrade it")
        return
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < migrations.VERSION:
        migrations.migrate(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to a write-ahead log, where it has none.

    SQLite waits for every other lock; this one it refuses at once while another process holds the file.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


class SqliteStore(SqlitePeople, SqliteRegistry, SqliteOutbox, SqliteQueue):
    """A `Store` on one connection."""

    def __init__(
        self, connection: sqlite3.Connection, shown: str, path: str, token: str | None, *, read_only: bool = False
    ) -> None:
        super().__init__(connection, shown)
        self._read_only = read_only
        self._path = path
        self._token = token

    def become(self, token: str | None) -> None:
        self._token = token

    @contextmanager
    def writing(self) -> Iterator[SqliteLedger]:
        with self._immediate() as connection:
            yield SqliteLedger(connection)

    def info(self) -> StoreInfo:
        ((version,),) = self._fetch("PRAGMA user_version")
        return StoreInfo(
            backend="sqlite",
            address=self._path,
            version=version,
            newest_version=migrations.VERSION,
            enforcement=Enforcement.ADVISORY,
            said="roles prevent mistakes, not attacks: whoever can write the file can change anything in it",
            rows=self._counts(),
            size=sum(os.path.getsize(self._path + end) for end in ("", "-wal") if os.path.exists(self._path + end)),
            head=self.audit_head(),
        )

    def prune(self, before: datetime, keep: int, by: str, at: datetime, *, dry_run: bool) -> Mapping[str, int]:
        if dry_run:
            with told(self._shown):
                return counted(self._connection, before, keep)
        with self._immediate() as connection:
            numbers = counted(connection, before, keep)
            pruned(connection, before, keep)
            audit(connection, at, by, "store.prune", stamp(before), numbers)
        return numbers

    def backup(self, target: str) -> None:
        """Copy the store into the new file `target`, while others go on writing.

        Raises:
            StoreError: the file is there, or cannot be written.

        """
        with told(clean(target)):
            os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            copy = sqlite3.connect(target, isolation_level=None)
            try:
                self._connection.backup(copy)
            finally:
                copy.close()

    def move(self, address: str) -> Mapping[str, int]:
        """Copy everything into the empty PostgreSQL store at `address`; return the number of rows per table."""
        from idqp_cli.store.postgres.moving import move  # noqa: PLC0415 - only a move has to pay

        with told(self._shown):
            return move(self._connection, address)

    def close(self) -> None:
        self._connection.close()
