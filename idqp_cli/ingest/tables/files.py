"""The Parquet files of a table: on this machine or another, with the rows of them that are deleted."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from idqp_cli.core.deadline import Deadline
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import AS_USUAL, PlaceSettings
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url
from idqp_cli.ingest.files import File, Format, Source, TableColumn, examine
from idqp_cli.ingest.increment import Sieve
from idqp_cli.ingest.tables.rewritten import Commit, Rewritten

# A Parquet file without rows, for a table without files. Its one column is none of the table's.
EMPTY = (
    "P(e~L6#^M7H2@e5WOZX}WMW@)V`yb<VHE-Z6#^v!7zt@)ad2O5Z*FBJA^;Wu84M^W"
    "M0I0pL_#2TWpZ<AZ*CxVGA=MKF(4>nb!lv5AUI?<I59CaWjQb@85|q{003S9002-yQZW"
)


@frozen
class Piece:
    """A file of a table: its path or URL, the values of its partition, and the numbers, from 0, of deleted rows.

    `name` is what the table calls it, and `size` that of it in bytes.
    """

    path: str
    partition: tuple[tuple[str, str | None], ...] = ()
    deleted: Sequence[int] = ()
    name: str = ""
    size: int = 0


def source(
    shown: str,
    pieces: Sequence[Piece],
    columns: tuple[TableColumn, ...],
    folder: str,
    deadline: Deadline | None,
    settings: PlaceSettings = AS_USUAL,
) -> Source:
    """Return the files of a table; `folder` takes what is written down of them.

    Raises:
        UnreadableError: one of them cannot be read.

    """
    away = [piece.path for piece in pieces if is_url(piece.path)]
    remote: Mapping[str, File] = {}
    if away:
        from idqp_cli.ingest.places.remote import looked_at  # noqa: PLC0415 - only what is elsewhere has to pay

        remote = looked_at(away, folder, deadline, settings)
    files = []
    for number, piece in enumerate(pieces):
        file = remote[piece.path] if piece.path in remote else examine(piece.path, clean(piece.path))
        if file.format is not Format.PARQUET:
            raise UnreadableError(f"{shown}: {file.shown} is not Parquet, which idqp reads tables from")
        files.append(replace(file, partition=piece.partition, deleted=_listed(piece.deleted, folder, number)))
    if not files:
        files.append(_nothing(folder))
    return Source(shown, tuple(files), columns=columns)


def new(pieces: Iterable[Piece], commits: Callable[[], Iterator[Commit]], sieve: Sieve | None) -> list[Piece]:
    """Return the files of a table that a sieve takes; all without one.

    Raises:
        NothingNewError: it takes none.

    """
    if sieve is None:
        return list(pieces)
    history = Rewritten(commits(), sieve)
    found = [one for one in pieces if sieve.of_table(one.name, one.size, rewritten=history.of(one.name))]
    sieve.refuse_nothing()
    return found


def _listed(rows: Iterable[int], folder: str, number: int) -> str | None:
    """Write down the numbers of rows, a line each."""
    path = os.path.join(folder, f"{number}.deleted.csv")
    lines = "".join(f"{row}\n" for row in rows)
    if not lines:
        return None
    with open(path, "w", encoding="ascii") as file:
        file.write(lines)
    return path


def _nothing(folder: str) -> File:
    path = os.path.join(folder, "nothing.parquet")
    with open(path, "wb") as file:
        file.write(base64.b85decode(EMPTY))
    return replace(examine(path, "a table without files"), modified_at=None)


def whole(root: str, name: str) -> str:
    """Return the path or URL of a file that a table names, from its own or as a whole."""
    if is_url(name):
        return unquote(urlsplit(name).path) if name.startswith("file://") else name
    return name if os.path.isabs(name) else f"{root.rstrip('/')}/{name}"
