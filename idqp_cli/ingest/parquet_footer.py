"""What a Parquet file says of itself: its columns, and which of them DuckDB reads as rounded values."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column
from idqp_cli.core.text import clean
from idqp_cli.ingest import parquet_pages
from idqp_cli.ingest.column_names import refuse_twins
from idqp_cli.ingest.database import Database, Row
from idqp_cli.ingest.files import File, pattern
from idqp_cli.ingest.parquet_pages import Chunk
from idqp_cli.ingest.query_errors import QueryError

# The widest DECIMAL of DuckDB; wider ones become DOUBLE.
MAX_DIGITS = 38
# Spark writes INT96, but counts in microseconds.
SPARK = "org.apache.spark.version"
TEXTS, LOGICAL_TEXTS = ("UTF8", "ENUM", "JSON"), ("StringType", "EnumType", "JsonType")
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
    text: bool
    id: int | None = None


def columns(database: Database, file: File) -> tuple[Column, ...]:
    """Return the columns of a Parquet file."""
    return tuple(column for column, _ in numbered(database, file))


def numbered(database: Database, file: File) -> tuple[tuple[Column, int | None], ...]:
    """Return the columns of a Parquet file, each with the number that its writer gave it, if any.

    Raises:
        UnreadableError: the file is damaged, has no column, or has names that SQL cannot tell apart.

    """
    path = sql.literal(pattern(file.path))
    try:
        described = database.fetch(f"DESCRIBE SELECT * FROM read_parquet({path}, hive_partitioning=false)")
        entries = [
            _entry(row)
            for row in database.fetch(
                "SELECT name, num_children, repetition_type, type, converted_type, logical_type, precision, field_id"
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
    for row, own in zip(described, leaves, strict=True):
        if own[0].text and row[1] == "BLOB":
            told = f"the text of {clean(row[0], 60)} would be read as bytes"
            raise UnreadableError(f"{file.shown}: {told}: its two types contradict each other; write it again")
    coarse = any(one.type == "INT96" for one in entries) and not _of_spark(database, path)
    return tuple(
        (
            Column(str(row[0]), str(row[1]), nullable=not own[0].required, rounded=_rounded(own, coarse=coarse)),
            own[0].id,
        )
        for row, own in zip(described, leaves, strict=True)
    )


def verify(database: Database, file: File, *, every: bool) -> tuple[int, int]:
    """See that pages hold as many values as the footer says: of a column of each row group, or of every column.

    Of every column their checksums are compared, too. Returns how many pages were
    looked at, and how many of them have a checksum.

    Raises:
        UnreadableError: they are not as they were written.

    """
    start = "CASE WHEN dictionary_page_offset BETWEEN 4 AND data_page_offset THEN dictionary_page_offset"
    statement = (
        f"SELECT path_in_schema, {start} ELSE data_page_offset END AS start, start + total_compressed_size, num_values"
        f" FROM parquet_metadata({sql.literal(pattern(file.path))})"
    )
    if not every:
        # Of all columns of a row group DuckDB itself sees that they are said to be as long.
        statement += " WHERE column_id = 0"
    try:
        rows = database.fetch(statement)
    except QueryError as error:
        raise UnreadableError(f"{file.shown}: cannot be read as Parquet ({why(error, file)}); write it again") from None
    chunks = [Chunk(str(column), *(int(str(number or 0)) for number in numbers)) for column, *numbers in rows]
    return parquet_pages.verify(file, chunks, checksums=every)


def why(error: QueryError, file: File) -> str:
    """Say in a few words what is wrong with a file, without its path, and without what DuckDB quotes of data."""
    reason = error.reason.replace(f"'{file.path}'", "").replace(f'"{file.path}"', "").replace(file.path, "")
    return clean(" ".join(reason.replace(" in file ", " ").replace(" ,", ",").split()))


def _entry(row: Row) -> _Entry:
    name, children, repetition, kind, converted, logical, digits, number = row
    return _Entry(
        name=str(name),
        children=int(str(children or 0)),
        required=repetition == "REQUIRED",
        type=None if kind is None else str(kind),
        text=converted in TEXTS or str(logical).startswith(LOGICAL_TEXTS),
        decimal=converted == "DECIMAL" or str(logical).startswith("Decimal"),
        digits=int(str(digits or 0)),
        id=None if number is None else int(str(number)),
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
