"""What the user named, as files: found, of a known format, and the same from start to end."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

from idqp_cli.errors import UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest import streams
from idqp_cli.ingest.streams import compression
from idqp_cli.text import clean, count

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
RESERVED = "idqp:"
LOOKED_AT, LOOKED = 16, 1 << 16
# How Hive and Spark write a partition of rows that have no value.
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


class Format(StrEnum):
    """The formats that idqp reads."""

    TEXT = "csv"
    JSON = "json lines"
    PARQUET = "parquet"


@frozen
class File:
    """A regular file that can be read: its path, its name for people, and what stat says of it.

    `compressed` names the compression of a text file, gzip or zstd; None without.
    `partition` are the columns that the names of its folders give, like `day=2024-01-31`.
    """

    path: str
    shown: str
    format: Format
    compressed: str | None
    size: int
    modified_at: datetime
    stamp: tuple[int, ...]
    partition: tuple[tuple[str, str | None], ...] = ()


@frozen
class Source:
    """What the user named, and the files that it stands for; `stream` if they came by standard input."""

    shown: str
    files: tuple[File, ...]
    stream: bool = False

    @property
    def format(self) -> Format:
        """The format of its files; they share one."""
        return self.files[0].format

    @property
    def modified_at(self) -> datetime | None:
        """When the newest of its files was last written; None for a stream."""
        return None if self.stream else max(file.modified_at for file in self.files)


def find(paths: Sequence[str], folder: Path) -> Source:
    """Find the files that `paths`, files, folders or globs relative to `folder`, stand for.

    Of a folder these are all files below it but hidden ones and those that begin with `_`.
    A file that is named more than once, by whatever paths, is one file.

    Raises:
        UnreadableError: there is none, or one that cannot be data; the text says what to do.

    """
    shown = ", ".join(_shown(path, folder) for path in paths)
    found = (
        replace(examine(whole, _shown(whole, folder)), partition=_partition(whole, folder))
        for path in paths
        for whole in matches(path, folder)
    )
    unique: dict[str, File] = {}
    for file in found:
        unique.setdefault(file.path, file)
    files = tuple(unique.values())
    other = next((file for file in files if file.format is not files[0].format), None)
    if other is not None:
        raise UnreadableError(
            f"{shown}: {files[0].shown} is {files[0].format} and {other.shown} is {other.format}; check them apart"
        )
    return Source(shown, files)


def matches(path: str, folder: Path) -> list[str]:
    """Return the paths of the files that a file, a folder or a glob, relative to `folder`, stands for.

    Raises:
        UnreadableError: there is none.

    """
    if "\0" in path:
        raise UnreadableError(f"{clean(path)}: a path cannot hold a NUL character")
    whole = os.path.join(folder, path)
    if os.path.isdir(whole):
        found = _below(whole)
        if not found:
            raise UnreadableError(f"{_shown(path, folder)}: holds no file")
        return found
    if not glob.has_magic(path) or os.path.lexists(whole):
        return [whole]
    found = sorted(match for match in glob.glob(whole, recursive=True) if not os.path.isdir(match))
    if not found:
        raise UnreadableError(f"{_shown(path, folder)}: no file matches")
    return found


def _below(folder: str) -> list[str]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        found += [os.path.join(place, name) for name in sorted(files) if not name.startswith((".", "_"))]
    return found


def _partition(path: str, folder: Path) -> tuple[tuple[str, str | None], ...]:
    """Return the columns that the folders on the way to a file are named after, as Hive writes them."""
    found: dict[str, str | None] = {}
    for name in os.path.dirname(os.path.relpath(path, folder)).split(os.sep):
        key, equals, value = name.partition("=")
        if key and equals:
            found[unquote(key)] = None if value == NO_VALUE else unquote(value)
    return tuple(found.items())


def _shown(path: str, folder: Path) -> str:
    """Name a path for people: as they wrote it, or from where they stand if that is shorter."""
    if not os.path.isabs(path):
        path = os.path.join(folder, path)
    near = os.path.relpath(path)
    return clean(near if len(near) < len(path) else path)


def examine(path: str, shown: str) -> File:
    """Look at one file without waiting for it, and tell its format by its first bytes.

    Raises:
        UnreadableError: it is not there, not a regular file, or not of a format that idqp reads.

    """
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
        raise UnreadableError(f"{shown}: is not a regular file; to read a pipe, say `cat … | idqp check -`")
    try:
        with os.fdopen(descriptor, "rb") as file:
            magic = file.read(16)
            file.seek(max(0, found.st_size - 4))
            ending = file.read(4)
    except OSError as error:
        raise UnreadableError(f"{shown}: {why(error)}") from None
    compressed = compression(magic)
    beginning = magic if magic.startswith(PARQUET) else streams.beginning(path, compressed, BEGINNING)
    form = _format(magic, beginning, path, shown)
    if form is Format.PARQUET and (found.st_size < 12 or ending != PARQUET):
        raise UnreadableError(f"{shown}: the Parquet file is cut off (its footer is missing); write it again")
    return File(
        path=os.path.realpath(path),
        shown=shown,
        format=form,
        compressed=compressed,
        size=found.st_size,
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        stamp=_stamp(found),
    )


def _format(magic: bytes, beginning: bytes, path: str, shown: str) -> Format:
    """Tell the format by the first bytes, as they are and decompressed; of text without an object, by the ending."""
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
        try:
            stamp = _stamp(os.stat(file.path))
        except OSError:
            stamp = ()
        if stamp != file.stamp:
            raise UnreadableError(f"{file.shown}: the file changed while it was read; check it again")


def state(source: Source) -> str | None:
    """Return what tells the content of the files from other content: of large files by their size and 16 places.

    None, if one cannot be read any more; whoever reads on finds that out and says so.
    """
    told = hashlib.sha256()
    try:
        for file in source.files:
            told.update(f"{file.size}:".encode())
            with open(file.path, "rb") as opened:
                for place in range(LOOKED_AT):
                    opened.seek(max(0, file.size - LOOKED) * place // (LOOKED_AT - 1))
                    told.update(opened.read(LOOKED))
                    if file.size <= LOOKED:
                        break
    except OSError:
        return None
    return told.hexdigest()[:12]


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def described(source: Source) -> str:
    """Name the source for people, with the number of files where they are several."""
    many = len(source.files)
    return source.shown if many == 1 else f"{source.shown} ({count(many, 'file')})"


def pattern(path: str) -> str:
    """Write a path so that DuckDB, which takes every path for a glob, means this one file."""
    return glob.escape(path)


def refuse_twins(names: Sequence[str], shown: str) -> None:
    """Refuse two columns whose names differ in nothing but case; SQL cannot tell them apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.get(name.casefold())
        if other is not None:
            twins = f"'{clean(other, 60)}' and '{clean(name, 60)}'"
            raise UnreadableError(f"{shown}: two columns are named {twins}; rename one")
        if name.casefold().startswith(RESERVED):
            raise UnreadableError(f"{shown}: the column name '{clean(name, 60)}' is reserved; rename it")
        seen[name.casefold()] = name


def strays(files: Sequence[str], names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Say, a line each, which columns a file lacks, or has beyond those of the first; names come by file."""
    found = []
    at = next((number for number, own in enumerate(names) if own), 0)
    first = dict.fromkeys(names[at])
    known = {name.casefold(): name for name in first}
    for file, own in zip(files, names, strict=True):
        if not own and first:
            found.append(f"{file} is empty")
            continue
        there = {name.casefold() for name in own}
        found += [
            f"{file} has no column '{clean(name, 60)}', which {files[at]} has"
            for name in first
            if name.casefold() not in there
        ]
        for name in own:
            other = known.get(name.casefold())
            if other is None:
                found.append(f"{file} has a column '{clean(name, 60)}', which {files[at]} has not")
            elif other != name:
                found.append(f"{file} names a column '{clean(name, 60)}', which is '{clean(other, 60)}' in {files[at]}")
    return tuple(found)
