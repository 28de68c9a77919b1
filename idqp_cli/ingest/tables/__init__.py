"""Tables of Delta Lake and Iceberg: their own library reads the metadata, DuckDB the Parquet files that it names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from idqp_cli.core import confines
from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import AS_USUAL, PlaceSettings, ReadOptions
from idqp_cli.core.urls import is_url, scheme, shown
from idqp_cli.ingest.files import Source, named
from idqp_cli.ingest.increment import Sieve

DELTA, ICEBERG = "delta", "iceberg"
# Folders that only such a table has.
MARKS = {DELTA: "_delta_log", ICEBERG: "metadata"}
METADATA = ".metadata.json"
TEXT = re.compile(r"\.(csv|tsv|txt|json|jsonl|ndjson|jsonlines)(\.\w+)?$", re.IGNORECASE)


@frozen
class Moment:
    """Which state of a table to read: a version of Delta, a snapshot of Iceberg, or that of a time; else the newest.

    `place` says how an object store is asked for it.
    """

    version: int | None = None
    as_of: datetime | None = None
    place: PlaceSettings = AS_USUAL

    @property
    def newest(self) -> bool:
        """Whether no other state is asked for."""
        return self.version is None and self.as_of is None


NEWEST = Moment()


def moment(options: ReadOptions) -> Moment:
    """Return the moment that the options of a dataset name."""
    return Moment(options.version, options.as_of, options.place)


class TableError(UnreadableError):
    """What was named is a table, or holds one, whose files are not all of its data.

    `kind` says of which format; None, where the table is only a part of what was named.
    """

    def __init__(self, shown: str, kind: str, *, whole: bool = False) -> None:
        """Say so of the table that is shown like this."""
        super().__init__(f"{shown}: is a table of {kind.capitalize()}; check it alone, and not its files")
        self.kind = kind if whole else None


def kind_of(path: str, folder: Path) -> str | None:
    """Tell which format of tables a path names: by its scheme, or a folder of this machine by what is in it."""
    named = scheme(path)
    if named is not None:
        first = named.partition("+")[0]
        return first if first in MARKS else None
    whole = os.path.join(folder, path)
    if "\0" in path or not os.path.isdir(whole):
        return ICEBERG if path.endswith(METADATA) and os.path.isfile(whole) else None
    return of_folder(whole)


def of_folder(folder: str) -> str | None:
    """Tell which format of tables a folder of this machine is by what is in it; one that may not be seen is none."""
    if os.path.isdir(os.path.join(folder, MARKS[DELTA])):
        return DELTA
    try:
        named_so = any(one.endswith(METADATA) for one in os.listdir(os.path.join(folder, MARKS[ICEBERG])))
    except OSError:
        return None
    return ICEBERG if named_so else None


def around(folders: Iterable[str]) -> tuple[str, str] | None:
    """Return a table around one of the folders of this machine, or that one of them is itself, and its format.

    It is looked for on the way as it is named and, behind links, on the real one; not outside of the confines.
    """
    seen: set[str] = set()
    for folder in folders:
        for place in {os.path.abspath(folder), os.path.realpath(folder)}:
            for above in (place, *map(str, Path(place).parents)):
                if above in seen:
                    break
                seen.add(above)
                kind = of_folder(above)
                if kind is not None:
                    return above, kind
                if above == confines.root():
                    break
    return None


def of_keys(keys: Iterable[str]) -> dict[str, str]:
    """Return the folders that are tables, with a slash at the end, and their formats, as the keys of objects tell."""
    found = {}
    for key in keys:
        folder, mark, _ = f"/{key}".partition(f"/{MARKS[DELTA]}/")
        kind = DELTA
        if not mark and key.endswith(METADATA):
            kind = ICEBERG
            folder, mark, name = f"/{key}".rpartition(f"/{MARKS[ICEBERG]}/")
            mark = "" if "/" in name else mark
        if mark:
            found[f"{folder}/"[1:]] = kind
    return found


def maybe_of_table(name: str) -> bool:
    """Tell by a file's name whether a table may own it: not text."""
    return TEXT.search(name) is None


@contextmanager
def located(
    kind: str, path: str, folder: Path, moment: Moment, deadline: Deadline | None, sieve: Sieve | None = None
) -> Iterator[Source]:
    """Find the files of a table as of a moment; a `sieve` takes some of them.

    Raises:
        UnreadableError: the table cannot be read, or holds what idqp does not read.
        NothingNewError: the sieve takes none.

    """
    where = path.partition("+")[2] if (scheme(path) or "").startswith(f"{kind}+") else path
    if where.startswith("file://"):
        where = where.removeprefix("file://")
    elif not is_url(where):
        where = os.path.join(folder, where)
    told = shown(path) if is_url(path) else named(path, folder)
    if is_url(where):
        confines.refuse_remote(told)
    else:
        confines.refuse_outside(where, told)
    try:
        if kind == DELTA:
            from idqp_cli.ingest.tables import delta  # noqa: PLC0415 - each format has its own extra

            table = delta.located(where, told, moment, deadline, sieve)
        else:
            from idqp_cli.ingest.tables import iceberg  # noqa: PLC0415

            table = iceberg.located(where, told, moment, deadline, sieve)
    except ImportError as error:
        if error.name is None or error.name.startswith("idqp"):
            raise
        raise UnreadableError(f"{shown(path)}: needs an extra: pip install 'idqp[{kind}]'") from None
    with table as source:
        yield source
