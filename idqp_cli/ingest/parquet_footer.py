"""What a Parquet file says of itself: its columns, and which of them DuckDB reads as rounded values."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli import sql
from idqp_cli.database import Database, QueryError, Row
from idqp_cli.errors import UnreadableError
from idqp_cli.frozen import frozen
from idqp_cli.ingest.files import File, pattern, refuse_twins
from idqp_cli.model import Column
from idqp_cli.text import clean

# The widest DECIMAL of DuckDB; wider ones become DOUBLE.
MAX_DIGITS = 38
# Spark writes INT96, but counts in microseconds.
SPARK = "org.apache.spark.version"
NO_COLUMN = "Need at least one non-root column"


@frozen
class _Entry:
    """An entry of a file's schema, depth first; `children` of the entries after it belong to it."""

    name: str
    children: int
    required: bool
    type: str | None
    decimal: bool
    digits: int


def columns(database: Database, file: File) -> tuple[Column, ...]:
    """Return the columns of a Parquet file.

    Raises:
        UnreadableError: the file is damaged, has no column, or has names that SQL cannot tell apart.

    """
    path = sql.literal(pattern(file.path))
    try:
        described = database.fetch(f"DESCRIBE SELECT * FROM read_parquet({path}, hive_partitioning=false)")
        entries = [
            _entry(row)
            for row in database.fetch(
                "SELECT name, num_children, repetition_type, type, converted_type, logical_type, precision"
                f" FROM parquet_schema({path})"
            )
        ]
    except QueryError as error:
        if NO_COLUMN in str(error):
            raise UnreadableError(f"{file.shown}: is a Parquet file without a column") from None
        raise UnreadableError(f"{file.shown}: cannot be read as Parquet ({why(error, file)}); write it again") from None
    # DuckDB renames the second of two columns of one name, and one without a name, without a word.
    top = _top_level(entries)
    names = [entries[position].name for position in top]
    refuse_twins(names, file.shown)
    if "" in names:
        raise UnreadableError(f"{file.shown}: a column has an empty name; rename it")
    ends = [*top[1:], len(entries)]
    leaves = [entries[start:end] for start, end in zip(top, ends, strict=True)]
    coarse = any(one.type == "INT96" for one in entries) and not _of_spark(database, path)
    return tuple(
        Column(str(row[0]), str(row[1]), nullable=not own[0].required, rounded=_rounded(own, coarse=coarse))
        for row, own in zip(described, leaves, strict=True)
    )


def why(error: QueryError, file: File) -> str:
    """Say in a few words what is wrong with a file, without its path, and without what DuckDB quotes of data."""
    reason = error.reason.replace(f"'{file.path}'", "").replace(f'"{file.path}"', "").replace(file.path, "")
    return clean(" ".join(reason.replace(" in file ", " ").replace(" ,", ",").split()))


def _entry(row: Row) -> _Entry:
    name, children, repetition, kind, converted, logical, digits = row
    return _Entry(
        name=str(name),
        children=int(str(children or 0)),
        required=repetition == "REQUIRED",
        type=None if kind is None else str(kind),
        decimal=converted == "DECIMAL" or str(logical).startswith("Decimal"),
        digits=int(str(digits or 0)),
    )


def _rounded(entries: Sequence[_Entry], *, coarse: bool) -> str | None:
    """Say why the values of a column are not exactly those of the file; None where they are."""
    for one in entries:
        if one.decimal and one.digits > MAX_DIGITS:
            return f"a DECIMAL of {one.digits} digits, which idqp reads as a rounded DOUBLE ({MAX_DIGITS} at most)"
        if coarse and one.type == "INT96":
            return "an INT96 timestamp, whose nanoseconds idqp cuts off; write it as TIMESTAMP"
    return None


def _of_spark(database: Database, path: str) -> bool:
    statement = f"SELECT count(*) FROM parquet_kv_metadata({path}) WHERE decode(key) = {sql.literal(SPARK)}"
    try:
        ((found,),) = database.fetch(statement)
    except QueryError:
        return False
    return bool(found)


def _top_level(entries: Sequence[_Entry]) -> list[int]:
    """Return the places of the columns in the tree of columns, depth first."""
    places, position = [], 1
    while position < len(entries):
        places.append(position)
        pending = 1
        while pending and position < len(entries):
            pending += entries[position].children - 1
            position += 1
    return places
