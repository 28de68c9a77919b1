"""The store in one SQLite file: for one person, one machine, CI."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from idqp_cli.errors import StoreError
from idqp_cli.store import migrations
from idqp_cli.store.acknowledging import acknowledge
from idqp_cli.store.pruning import counted, pruned
from idqp_cli.store.reading import stamp
from idqp_cli.store.sqlite_connection import audit, told
from idqp_cli.store.sqlite_ledger import SqliteLedger
from idqp_cli.store.sqlite_people import SqlitePeople
from idqp_cli.store.sqlite_registry import SqliteOutbox, SqliteRegistry
from idqp_cli.text import clean
from idqp_cli.tracking import Enforcement, IncidentStatus, StoreInfo

BUSY_SECONDS = 60
# The paths that this process has opened as stores.
OPENED: set[str] = set()
LIBRARY_VERSION = sqlite3.sqlite_version
MOUNTS = "/proc/self/mounts"
# File systems on which the hosts that share a file do not share the memory that WAL lives on.
NETWORK = ("nfs", "cifs", "smb", "9p", "ceph", "gluster", "lustre", "afs", "ncpfs", "fuse.sshfs", "fuse.s3fs")


def open_sqlite(path: str, token: str | None = None) -> SqliteStore:
    """Open the store in the file `path`, and make it if it is not there.

    Raises:
        StoreError: the file cannot be made, is no store, is of a newer idqp, or lies on a network file system.

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
                f"{shown}: lies on a network file system ({clean(kind)}), where SQLite loses writes;"
                " name a local file, or a PostgreSQL store: --store postgresql://…"
            )
        read_only = not _writable(path)
        opened = _read_only(path) if read_only else path
        connection = sqlite3.connect(opened, timeout=BUSY_SECONDS, isolation_level=None, uri=read_only)
        try:
            _prepare(connection, shown, read_only=read_only)
        except BaseException:
            connection.close()
            raise
    OPENED.add(path)
    return SqliteStore(connection, shown, path, token, read_only=read_only)


def _writable(path: str) -> bool:
    """Tell whether the store can be written, and make its file if it is not there.

    Raises:
        OSError: it can neither be written nor read.

    """
    try:
        # sqlite3 would make the file readable to all; -wal and -shm take over its mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS} or not os.path.exists(path):
            raise
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        return False
    return os.access(os.path.dirname(path), os.W_OK) or os.path.exists(f"{path}-shm")


def _read_only(path: str) -> str:
    """Return the URI of a store that is only read; without a log beside it nobody else writes it either."""
    logged = os.path.exists(f"{path}-wal") and os.path.getsize(f"{path}-wal") > 0
    return f"{Path(path).as_uri()}?mode=ro{'' if logged else '&immutable=1'}"


def damaged() -> str | None:
    """Return the first store of this process that is damaged; None where none is."""
    for path in OPENED:
        try:
            with closing(sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)) as connection:
                ((found,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except (sqlite3.Error, ValueError):
            return path
        if found != "ok":
            return path
    return None


def file_system(folder: str, mounts: str = MOUNTS) -> str:
    """Return the type of the file system that `folder` is on, as the kernel calls it; empty if it does not say."""
    try:
        lines = Path(mounts).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    folder, found, longest = os.path.realpath(folder), "", -1
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        place = place.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = folder == place or folder.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= longest:
            found, longest = kind, len(place)
    return found


def _prepare(connection: sqlite3.Connection, shown: str, *, read_only: bool) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if version > migrations.VERSION and application == migrations.APPLICATION_ID:
        raise StoreError(f"{shown}: the store was made by a newer idqp (version {version}); upgrade idqp")
    if application != migrations.APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if (tables and application == 0 and version == 0) or application:
            raise StoreError(f"{shown}: is an SQLite file, but not a store of idqp; name another with --store")
    if read_only:
        if version < migrations.VERSION:
            raise StoreError(f"{shown}: is of an older idqp and cannot be written; upgrade it where it can be")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < migrations.VERSION:
        migrations.migrate(connection)


class SqliteStore(SqlitePeople, SqliteRegistry, SqliteOutbox):
    """A `Store` on one connection."""

    def __init__(
        self, connection: sqlite3.Connection, shown: str, path: str, token: str | None, *, read_only: bool = False
    ) -> None:
        super().__init__(connection, shown)
        self._read_only = read_only
        self._path = path
        self._token = token

    @contextmanager
    def writing(self) -> Iterator[SqliteLedger]:
        with self._immediate() as connection:
            yield SqliteLedger(connection)

    def acknowledge(
        self, numbers: Sequence[int], comment: str, actor: str, at: datetime
    ) -> Mapping[int, IncidentStatus]:
        with self.writing() as ledger:
            return acknowledge(ledger, numbers, comment, actor, at)

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
            found = counted(connection, before, keep)
            pruned(connection, before, keep)
            audit(connection, at, by, "store.prune", stamp(before), found)
        return found

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
