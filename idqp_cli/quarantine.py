"""Failing rows set apart, and the good ones: each dataset's in a file of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

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
        OutputError: a file cannot be written.

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
    # Beside its place first: only a rename within one file system is one step.
    beside = f"{path}.part"
    shutil.move(scratch, beside)
    os.replace(beside, path)
    return path


def _plain(dataset: str) -> str:
    """Return the dataset's name as the name of a file, also where it is a path."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in dataset).lstrip(".") or "_"
