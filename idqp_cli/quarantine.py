"""Failing rows set apart, and the good ones: each dataset's in a file of its own."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping

from idqp_cli import sql
from idqp_cli.database import Database, QueryError
from idqp_cli.dataset import Relation, Written
from idqp_cli.engine import flags
from idqp_cli.errors import DeadlineError, OutputError
from idqp_cli.frozen import frozen
from idqp_cli.rules.needs import Need
from idqp_cli.text import clean


@frozen
class Folders:
    """Where failing and good rows go; None leaves them where they are."""

    failing: str | None = None
    good: str | None = None


NOWHERE = Folders()
ENDINGS = ("csv", "parquet")
# Where a folder says which of its files are ours to replace.
NOTE = ".idqp-written.json"


def files(folders: Folders, dataset: str) -> Iterator[str]:
    """Return the files that rows of a dataset may be written to, whichever its format is."""
    for folder in (folders.failing, folders.good):
        if folder is not None:
            yield from (os.path.join(folder, f"{_plain(dataset)}.{ending}") for ending in ENDINGS)


def write(
    database: Database,
    relation: Relation,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
    folders: Folders,
) -> tuple[Written, ...]:
    """Write the dataset's failing rows, with the names of the rules that each fails, and its good rows.

    A text file's rows are written as CSV with their cells as they are, a Parquet
    file's as Parquet. A file appears whole, readable to its owner only.

    Raises:
        OutputError: a file cannot be written, or is there and was not written by this.

    """
    ending = "parquet" if relation.columnar else "csv"
    form = "FORMAT parquet" if relation.columnar else "FORMAT csv, HEADER true"
    found = []
    for folder, failing in ((folders.failing, True), (folders.good, False)):
        if folder is not None:
            rows = flags.rows(relation, needs, others, failing=failing)
            scratch = os.path.join(database.folder(relation.dataset), "rows")
            try:
                ((number,),) = database.fetch(f"COPY ({rows}) TO {sql.literal(scratch)} ({form})")
                found.append(Written(_moved(scratch, folder, f"{_plain(relation.dataset)}.{ending}"), int(str(number))))
            except DeadlineError as error:
                raise OutputError(f"{clean(relation.dataset)}: rows are not set apart: {error}") from None
            except QueryError as error:
                raise OutputError(f"{clean(relation.dataset)}: rows cannot be set apart: {clean(error.kind)}") from None
            except OSError as error:
                raise OutputError(f"{clean(folder)}: cannot be written to: {error.strerror}") from None
    return tuple(found)


def _moved(scratch: str, folder: str, name: str) -> str:
    os.makedirs(folder, exist_ok=True)
    os.chmod(scratch, 0o600)
    path = os.path.join(folder, name)
    written = _written(folder)
    if os.path.lexists(path) and written.get(name) != _stamp(path):
        raise OutputError(f"{clean(path)}: is there, and not as idqp wrote it; move it away, or name another folder")
    # Beside its place first: only a rename within one file system is one step.
    descriptor, beside = tempfile.mkstemp(prefix=".idqp-", dir=folder)
    os.close(descriptor)
    shutil.move(scratch, beside)
    os.replace(beside, path)
    _note(folder, {**written, name: _stamp(path)})
    return path


def _stamp(path: str) -> list[int]:
    """Return by what a file is known again that has not been changed since it was written."""
    found = os.lstat(path)
    return [found.st_size, found.st_mtime_ns]


def _written(folder: str) -> dict[str, list[int]]:
    """Return the files that were written into a folder before, by name, each with its stamp."""
    try:
        with open(os.path.join(folder, NOTE), encoding="utf-8") as file:
            noted = json.load(file)
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _note(folder: str, written: Mapping[str, list[int]]) -> None:
    descriptor, beside = tempfile.mkstemp(prefix=".idqp-", dir=folder)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(written, file, indent=1)
    os.replace(beside, os.path.join(folder, NOTE))


def _plain(dataset: str) -> str:
    """Return the dataset's name as the name of a file, also where it is a path."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in dataset).lstrip(".") or "_"
