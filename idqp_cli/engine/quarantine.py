"""Failing rows set apart, and the good ones: each dataset's in a file of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping

from idqp_cli.core import written
from idqp_cli.core.dataset import Written
from idqp_cli.core.errors import DeadlineError, OutputError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url, shown
from idqp_cli.engine import row_flags
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.places import writing
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules.needs import Need


@frozen
class Folders:
    """Where failing and good rows go; None leaves them where they are.

    `spreadsheet` writes CSV so that no text in it is a formula. With `batch`, each batch of a dataset has a file of
    its own, which that is a part of the name of; one without a row has none.
    """

    failing: str | None = None
    good: str | None = None
    spreadsheet: bool = False
    batch: str | None = None


NOWHERE = Folders()
ENDINGS = ("csv", "parquet")


def files(folders: Folders, dataset: str) -> Iterator[str]:
    """Return the files that rows of a dataset may be written to, whichever its format is."""
    for folder in (folders.failing, folders.good):
        if folder is not None:
            whole = folder.rstrip("/") if is_url(folder) else folder
            yield from (os.path.join(whole, f"{_plain(dataset)}.{ending}") for ending in ENDINGS)


def set_apart(
    database: Database,
    relation: Relation,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
    folders: Folders,
) -> tuple[tuple[Written, ...], str | None]:
    """Write the failing and the good rows where they are asked for; that they cannot be written changes no verdict."""
    try:
        return write(database, relation, needs, others, folders), None
    except OutputError as error:
        return (), str(error)


def write(
    database: Database,
    relation: Relation,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
    folders: Folders,
) -> tuple[Written, ...]:
    """Write the dataset's failing rows, with the names of the rules that each fails, and its good rows.

    A text file's rows are written as CSV with their cells as they are, a Parquet
    file's and a cluster's as Parquet. A file appears whole, readable to its owner only.

    Raises:
        OutputError: a file cannot be written, or is there and was not written by this.

    """
    columnar = relation.columnar or database.partial
    ending = "parquet" if columnar else "csv"
    form = "FORMAT parquet" if columnar else "FORMAT csv, HEADER true"
    found = []
    for folder, failing in ((folders.failing, True), (folders.good, False)):
        if folder is not None:
            inert = folders.spreadsheet and not columnar
            scratch = os.path.join(database.folder(relation.dataset), "rows")
            try:
                if relation.columns:
                    rows = row_flags.rows(relation, needs, others, failing=failing, inert=inert)
                    number = database.copy(rows, scratch, form)
                else:
                    number = _none(scratch)
                name = _plain(relation.dataset) + ("" if folders.batch is None else f"-{folders.batch}")
                if number or folders.batch is None:
                    found.append(Written(_moved(scratch, folder, f"{name}.{ending}"), number))
            except DeadlineError as error:
                raise OutputError(f"{clean(relation.dataset)}: rows are not set apart: {error}") from None
            except QueryError as error:
                raise OutputError(f"{clean(relation.dataset)}: rows cannot be set apart: {clean(error.kind)}") from None
            except OSError as error:
                raise OutputError(f"{clean(folder)}: cannot be written to: {error.strerror}") from None
    return tuple(found)


def _none(path: str) -> int:
    """Write a file without a byte, for the rows of a file without a column."""
    with open(path, "wb"):
        return 0


def _moved(scratch: str, folder: str, name: str) -> str:
    if is_url(folder):
        url = f"{folder.rstrip('/')}/{name}"
        writing.put(url, scratch)
        return shown(url)
    os.makedirs(folder, exist_ok=True)
    os.chmod(scratch, 0o600)
    path = os.path.join(folder, name)
    if os.path.lexists(path) and written.noted(folder).get(name) != _stamp(path):
        raise OutputError(f"{clean(path)}: is there, and not as idqp wrote it; move it away, or name another folder")
    # Beside its place first: only a rename within one file system is one step.
    descriptor, beside = tempfile.mkstemp(prefix=".idqp-", dir=folder)
    os.close(descriptor)
    try:
        shutil.move(scratch, beside)
        with written.noting(folder, name, _stamp(beside)):
            os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
    return path


def _stamp(path: str) -> list[int]:
    """Return by what a file is known again that has not been changed since it was written."""
    found = os.lstat(path)
    return [found.st_size, found.st_mtime_ns]


def _plain(dataset: str) -> str:
    """Return the dataset's name as the name of a file, also where it is a path."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in dataset).lstrip(".") or "_"
