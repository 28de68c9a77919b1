"""A dataset as SQL, and the places in it."""

from __future__ import annotations

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column
from idqp_cli.core.text import clean, listed

FILE_COLUMN = "idqp:file"


ROW_COLUMN = "idqp:row"


GROUP_COLUMN = "idqp:group"


@frozen
class Relation:
    """A dataset as SQL: its columns, and table expressions that give its rows.

    `scan` is read first and notes the lines that are no rows; `rescan` gives the
    same rows again; `numbered` gives them with the number of the file
    (`FILE_COLUMN`, from 0) and of the row in it (`ROW_COLUMN`, from 1).
    `doubts` are what the reader decided by itself and cannot be sure of;
    `strays` says which files have other columns than the first; `notes` are what
    the reader decided that a person may want to know.
    `columnar` says that a scan of one column costs but its share of the file;
    `size` is that of its files in bytes; `footer` is the table of what a Parquet
    file (the first) says of its own columns; `direct` says that the columns of
    every Parquet file are those of the dataset, as they are; `empty` names those of
    several files that have columns and no row.
    """

    dataset: str
    columns: tuple[Column, ...]
    scan: str
    rescan: str
    numbered: str
    doubts: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    columnar: bool = False
    size: int = 0
    footer: str | None = None
    direct: bool = False
    notes: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is good to know beside the report, a line each."""
        some = listed([clean(name) for name in self.empty])
        return (f"{clean(self.dataset)}: no rows in {some}",) if self.empty else ()


@frozen
class Rejected:
    """A line that is not a row: its place, the reason, and how many cells a row has there, or what a row is."""

    file: int
    record: int
    reason: str
    cells: int
    expected: str = "an object"


@frozen
class Note:
    """What a reader decided about the bytes of a file: the number of the file (from 0), the line (from 1), and why.

    `expected` is what the line would be otherwise. The rows of the file are judged all the same.
    """

    file: int
    line: int
    why: str
    expected: str


@frozen
class RowPlace:
    """Which row a sample is: the number of its file (from 0), and of the row in it (from 1)."""

    file: int
    row: int
