"""What the user named, as files: found, of a known format, and the same from start to end."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from idqp_cli.core import confines
from idqp_cli.core.dataset import Part
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean, count
from idqp_cli.core.topics import MessagePlaces
from idqp_cli.ingest import streams
from idqp_cli.ingest.streams import compression

PARQUET = b"PAR1"
FOREIGN = {
    b"PK\x03\x04": "a zip archive (a spreadsheet?)",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"BZh91AY&SY": "bzip2-compressed; decompress it with `bunzip2`",
    b"\xfd7zXZ": "xz-compressed; decompress it with `unxz`",
    b"%PDF": "a PDF document",
    b"SQLite format 3": "an SQLite database",
    b"ARROW1": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"PARE": "an encrypted Parquet file; decrypt it first",
}
JSON_ENDINGS = (".json", ".jsonl", ".ndjson", ".jsonlines")
# Objects one after another, or an array of them.
JSON = re.compile(rb"\s*(?:\[\s*)?\{\s*[\"}]")
MARK = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
BEGINNING = 1 << 10
# How Hive and Spark write a partition of rows that have no value.
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


class Format(StrEnum):
    """The formats that idqp reads."""

    TEXT = "csv"
    JSON = "json lines"
    PARQUET = "parquet"
    MESSAGES = "messages"


Stamp = tuple[object, ...]


class Away(Protocol):
    """A file that is on another machine."""

    def stamp(self) -> Stamp:
        """Ask what the file is now; as its `File` has it, if it is the same. Raises UnreadableError."""

    def told(self, stamp: Stamp) -> str:
        """Say in words what a stamp says."""

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` to `end`. Raises UnreadableError, also of another file by now."""


@frozen
class File:
    """A regular file that can be read: its path, its name for people, and what stat says of it.

    `compressed` names the compression of a text file, gzip or zstd; None without.
    `partition` are the columns that the names of its folders give, like `day=2024-01-31`.
    `away` is there for a file of another machine; the stamp is then what that machine says of it.
    `deleted` is a file with the numbers, from 0, of the rows that are not of the table any more.
    """

    path: str
    shown: str
    format: Format
    compressed: str | None
    size: int
    modified_at: datetime | None
    stamp: Stamp
    partition: tuple[tuple[str, str | None], ...] = ()
    away: Away | None = None
    deleted: str | None = None


@frozen
class TableColumn:
    """A column as a table declares it: its type in DuckDB, and by which name or number the files know it.

    `enum` are the texts that a column is limited to; None without a limit.
    """

    name: str
    type: str
    nullable: bool
    physical: str
    id: int | None = None
    enum: tuple[str, ...] | None = None


@frozen
class Source:
    """What the user named, and the files that it stands for; `stream` if they came by standard input.

    `columns` are those of a table that declares its own; none, where the files say what the columns are.
    `numbered` says whether its rows have a number in their file.
    `constraints` are the conditions on each row that a table has, by name, as SQL.
    `part` says which files were left out of an incremental dataset; None of another.
    `messages` say which message of a topic each line of its one file is; None of what is no topic.
    """

    shown: str
    files: tuple[File, ...]
    stream: bool = False
    columns: tuple[TableColumn, ...] = ()
    numbered: bool = True
    part: Part | None = None
    constraints: tuple[tuple[str, str], ...] = ()
    messages: MessagePlaces | None = None

    @property
    def format(self) -> Format:
        """The format of its files; they share one."""
        return self.files[0].format

    @property
    def modified_at(self) -> datetime | None:
        """When the newest of its files was last written; None for a stream, and where nobody says of every file."""
        known = [file.modified_at for file in self.files if file.modified_at is not None]
        told = len(known) == len(self.files) and (not self.stream or self.messages is not None)
        return max(known) if told else None


def united(shown: str, found: Iterable[File]) -> Source:
    """Return the files as one source; one that is there more than once is one file.

    Raises:
        UnreadableError: they are not of one format.

    """
    unique: dict[str, File] = {}
    for file in found:
        unique.setdefault(file.path, file)
    files = tuple(unique.values())
    other = next((file for file in files if file.format is not files[0].format), None)
    if other is not None:
        raise UnreadableError(
            f"{shown}: {files[0].shown} is {files[0].format} and {other.shown} is {other.format}; check them separately"
        )
    return Source(shown, files)


def named(path: str, folder: Path) -> str:
    """Name a path for people: as they wrote it, or from where they stand if that is shorter."""
    if not os.path.isabs(path):
        path = os.path.join(folder, path)
    near = os.path.relpath(path)
    return clean(near if len(near) < len(path) else path)


def partition_of(path: str) -> tuple[tuple[str, str | None], ...]:
    """Return the columns that the folders on the way to a file are named after, as Hive writes them."""
    found: dict[str, str | None] = {}
    for name in path.split("/")[:-1]:
        key, equals, value = name.partition("=")
        if key and equals:
            found[unquote(key)] = None if value == NO_VALUE else unquote(value)
    return tuple(found.items())


def examine(path: str, shown: str, name: str | None = None) -> File:
    """Look at one file without waiting for it, and tell its format by its first bytes.

    `name` is what it is called where it comes from, if that is not its path.

    Raises:
        UnreadableError: it is not there, not a regular file, or not of a format that idqp reads.

    """
    confines.refuse_outside(path, shown)
    try:
        os.fsencode(path).decode()
    except UnicodeDecodeError:
        raise UnreadableError(f"{shown}: its name is not UTF-8, so DuckDB cannot open it; rename it") from None
    try:
        # O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableError(f"{shown}: {why(error)}") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise UnreadableError(f"{shown}: is not a regular file; to read a pipe, use `cat … | idqp check -`")
    try:
        with os.fdopen(descriptor, "rb") as file:
            magic = file.read(16)
            file.seek(max(0, found.st_size - 4))
            ending = file.read(4)
    except OSError as error:
        raise UnreadableError(f"{shown}: {why(error)}") from None
    compressed = compression(magic)
    beginning = magic if magic.startswith(PARQUET) else streams.beginning(path, compressed, BEGINNING)
    form = format_of(magic, beginning, name or path, shown)
    if form is Format.PARQUET:
        refuse_cut(found.st_size, ending, shown)
    return File(
        path=os.path.realpath(path),
        shown=shown,
        format=form,
        compressed=compressed,
        size=found.st_size,
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        stamp=_stamp(found),
    )


def refuse_cut(size: int, ending: bytes, shown: str) -> None:
    """Refuse a Parquet file whose last four bytes are not those of one."""
    if size < 12 or ending != PARQUET:
        raise UnreadableError(f"{shown}: the Parquet file is cut off (its footer is missing); write it again")


def format_of(magic: bytes, beginning: bytes, path: str, shown: str) -> Format:
    """Tell the format by the first bytes, as they are and decompressed; of text without an object, by the ending.

    Raises:
        UnreadableError: it is none that idqp reads.

    """
    if magic.startswith(PARQUET):
        return Format.PARQUET
    for mark, what in FOREIGN.items():
        if magic.startswith(mark):
            raise UnreadableError(f"{shown}: is {what}" + ("" if ";" in what else ", neither CSV nor Parquet"))
    if beginning.startswith(LFS_POINTER):
        raise UnreadableError(f"{shown}: is a pointer of Git LFS, not the data itself; fetch it with `git lfs pull`")
    if path.lower().endswith((".parquet", ".pq")):
        raise UnreadableError(f"{shown}: is not a Parquet file (it does not begin with PAR1)")
    name = path.lower().removesuffix(".gz").removesuffix(".zst").removesuffix(".zstd")
    # Each character of UTF-16 and UTF-32 that matters here has NUL bytes beside it.
    text = MARK.sub(b"", beginning.replace(b"\0", b""))
    return Format.JSON if name.endswith(JSON_ENDINGS) or JSON.match(text) else Format.TEXT


def why(error: OSError) -> str:
    """Say in a few words why a file cannot be used."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "permission denied; idqp needs to read it"
    return (error.strerror or "cannot be opened").lower()


def unchanged(source: Source) -> None:
    """See that every file is still what it was when it was found.

    Raises:
        UnreadableError: one is not, so what was read of it is of no one moment.

    """
    for file in source.files:
        stamp = _now(file)
        if stamp != file.stamp:
            told = "" if file.away is None else f" ({file.away.told(file.stamp)}, then {file.away.told(stamp)})"
            raise UnreadableError(f"{file.shown}: the file changed while it was read{told}; check it again")


def _now(file: File) -> Stamp:
    if file.away is not None:
        return file.away.stamp()
    try:
        return _stamp(os.stat(file.path))
    except OSError:
        return ()


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def described(source: Source) -> str:
    """Name the source for people, with the number of files where they are several."""
    many = len(source.files)
    return source.shown if many == 1 else f"{source.shown} ({count(many, 'file')})"


def pattern(path: str) -> str:
    """Write a path so that DuckDB, which takes every path for a glob, means this one file."""
    return glob.escape(path)
