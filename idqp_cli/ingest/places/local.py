"""Files of this machine: a file, a folder or a glob."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from idqp_cli.core import confines
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.text import clean
from idqp_cli.ingest.files import File, Source, examine, named, partition_of, united
from idqp_cli.ingest.increment import Sieve
from idqp_cli.ingest.tables import MARKS, TableError, around, kind_of, maybe_of_table, of_folder


def find(paths: Sequence[str], folder: Path, sieve: Sieve | None = None) -> Source:
    """Find the files that `paths`, files, folders or globs relative to `folder`, stand for.

    Of a folder these are all files below it but hidden ones and those that begin with `_`.
    A file that is named more than once, by whatever paths, is one file. A `sieve` takes some of them.

    Raises:
        UnreadableError: there is none, or one that cannot be data; the text says what to do.
        NothingNewError: the sieve takes none.

    """
    shown = ", ".join(named(path, folder) for path in paths)
    files = [file for path in paths for file in found(path, folder, sieve)]
    if sieve is not None:
        sieve.refuse_nothing()
    return united(shown, files)


def found(path: str, folder: Path, sieve: Sieve | None = None) -> Iterator[File]:
    """Find the files that one path stands for, and a sieve takes. Raises UnreadableError."""
    for whole in matches(path, folder):
        if sieve is not None and not sieve.local(whole):
            continue
        yield replace(examine(whole, named(whole, folder)), partition=_partition(whole, folder))


def matches(path: str, folder: Path) -> list[str]:
    """Return the paths of the files that a file, a folder or a glob, relative to `folder`, stands for.

    Raises:
        UnreadableError: there is none.

    """
    if "\0" in path:
        raise UnreadableError(f"{clean(path)}: a path cannot hold a NUL character")
    whole = os.path.join(folder, path)
    refuse_outside(path, folder)
    if os.path.isdir(whole):
        kind = kind_of(path, folder)
        if kind is not None:
            raise TableError(named(path, folder), kind)
        found = _below(whole)
        if any(map(maybe_of_table, found)):
            _refuse_part_of_table([whole], folder)
        if not found:
            raise UnreadableError(f"{named(path, folder)}: contains no file")
        return found
    if not glob.has_magic(path) or os.path.lexists(whole):
        return [whole]
    found = sorted(match for match in glob.glob(whole, recursive=True) if not os.path.isdir(match))
    _refuse_part_of_table([os.path.dirname(match) for match in found if maybe_of_table(match)], folder)
    if not found:
        raise UnreadableError(f"{named(path, folder)}: no file matches")
    return found


def refuse_outside(path: str, folder: Path) -> None:
    """Refuse a path, or a glob, that leads out of the confines of this process. Raises UnreadableError."""
    confines.refuse_outside(_fixed(os.path.join(folder, path)), named(path, folder))


def _fixed(whole: str) -> str:
    """Return the part of a path, or of a glob, that stands for one file or folder."""
    if os.path.lexists(whole) or not glob.has_magic(whole):
        return whole
    folder = whole
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder


def _refuse_part_of_table(places: Iterable[str], folder: Path) -> None:
    """Refuse the files of folders in a table: some are of no version any more."""
    table = around(places)
    if table is not None:
        raise TableError(named(table[0], folder), table[1])


def _below(folder: str) -> list[str]:
    found = []
    for place, folders, files in os.walk(folder):
        kind = of_folder(place) if {*MARKS.values()} & {*folders} else None
        if kind is not None:
            raise TableError(clean(place), kind)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        found += [os.path.join(place, name) for name in sorted(files) if not name.startswith((".", "_"))]
    return found


def _partition(path: str, folder: Path) -> tuple[tuple[str, str | None], ...]:
    return partition_of(os.path.relpath(path, folder).replace(os.sep, "/"))
