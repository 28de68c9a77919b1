"""Columns of a cluster's relations that come here, for what has no equal there: in batches, into files of this run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

Run = Callable[[str], object]
NUMBERED = "_numbered"
PLACE = (FILE_COLUMN, ROW_COLUMN)


# What a place in a file may be at most; see `plan.FILE_STEP`.
LAST_ROW = (1 << 40) - 1
# The number of a row on a server that has none of its own, in Spark's SQL.
COUNTED_ROW = f"least(monotonically_increasing_id() + 1, {LAST_ROW})"


class TooManyError(Exception):
    """There are more rows than may come here."""


@frozen
class Texts:
    """What the cells of a relation are made of: a view `raw` of texts, in columns `c0`, `c1` and so on.

    In DuckDB's words, `present` is the SELECT list of the texts that are there, and `cells` has the SQL of each column
    over them. Spark has no equal for those of `unsaid`, which its view of the relation lacks.
    """

    raw: str
    present: str
    cells: Mapping[str, str]
    unsaid: frozenset[str]


@frozen
class View:
    """A relation on the cluster: the types of its columns by their names, in their order.

    `steady` says that its rows have the same numbers whenever they are read. `texts` are there where its cells are
    read from text.
    """

    name: str
    types: Mapping[str, str]
    steady: bool
    texts: Texts | None = None

    @property
    def names(self) -> tuple[str, str]:
        """Its table expressions in SQL: the rows, and the rows with their numbers."""
        return sql.identifier(self.name), sql.identifier(f"{self.name}{NUMBERED}")

    def within(self, statement: str) -> bool:
        """Tell whether a statement reads it."""
        return any(name in statement for name in self.names)


def wanted(view: View, statement: str) -> tuple[str, ...]:
    """Return the columns that a statement may look at; all of a relation whose rows cannot be told apart again."""
    return looked_at(view, statement) if view.steady else tuple(view.types)


def unsaid(view: View, statement: str) -> str | None:
    """Return a column that a statement may look at and whose cells Spark cannot read; None without one."""
    if view.texts is None or not view.texts.unsaid:
        return None
    return next((name for name in looked_at(view, statement) if name in view.texts.unsaid), None)


def looked_at(view: View, statement: str) -> tuple[str, ...]:
    """Return the columns that a statement may look at."""
    try:
        tree = sqlglot.parse_one(statement, read="duckdb")
    except SqlglotError:
        return tuple(view.types)
    every = any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star, exp.Columns))
    named = {one.name.casefold() for one in tree.find_all(exp.Identifier)}
    whole = {one.name.casefold() for one in tree.find_all(exp.TableAlias, exp.Table)}
    if every or any(column.name.casefold() in whole for column in tree.find_all(exp.Column)):
        # A table named as a column is a row of all its cells.
        return tuple(view.types)
    return tuple(column for column in view.types if column.casefold() in named)


def selected(view: View, columns: Iterable[str]) -> str:
    """Return the SELECT, in Spark's SQL, of columns with the numbers of file and row; of what is text, all texts."""
    if view.texts is not None:
        return f"SELECT * FROM {quoted(view.texts.raw)}"
    cells = ", ".join(quoted(name) for name in (*columns, *PLACE))
    return f"SELECT {cells} FROM {quoted(f'{view.name}{NUMBERED}')}"


def typed(texts: Texts, rows: str) -> str:
    """Return rows of texts, a table expression of DuckDB's, as rows of the relation."""
    place = ", ".join(map(sql.identifier, PLACE))
    cells = ", ".join(f"{cell} AS {sql.identifier(name)}" for name, cell in texts.cells.items())
    return f"(SELECT {cells}, {place} FROM (SELECT {texts.present}, {place} FROM {rows}))"


def read(path: str) -> str:
    """Return the rows of a copy as a table expression of DuckDB's."""
    return f"read_parquet({sql.literal(path)}, hive_partitioning=false)"


def show(view: View, columns: Iterable[str], path: str, run: Run) -> None:
    """Let statements of the local DuckDB find the file of a copy under the names that the relation has there."""
    cells = ", ".join(map(sql.identifier, columns))
    plain, numbered = view.names
    # A relation of which no column is needed has rows all the same.
    rows = read(path) if view.texts is None else typed(view.texts, read(path))
    run(f"CREATE OR REPLACE TEMP VIEW {plain} AS SELECT {cells or sql.identifier(ROW_COLUMN)} FROM {rows}")
    run(f"CREATE OR REPLACE TEMP VIEW {numbered} AS SELECT * FROM {rows}")


def in_order(path: str, run: Run) -> str:
    """Write the rows of a copy anew, in the order of their numbers; return the path."""
    ordered, place = f"{path}.ordered", ", ".join(map(sql.identifier, PLACE))
    run(f"COPY (SELECT * FROM {read(path)} ORDER BY {place}) TO {sql.literal(ordered)} (FORMAT parquet)")
    return ordered


def streamed(frame: DataFrame, path: str, most: int | None = None) -> tuple[int, bool]:
    """Write the rows of a frame to a Parquet file, one batch at a time in memory.

    Return how many they are, and whether the numbers of file and row, where rows have them, go up.

    Raises:
        TooManyError: they are more than `most`.

    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - comes with the client

    client: Any = frame._session.client  # noqa: SLF001 - the one way to batches as they come
    plan: Any = frame._plan  # noqa: SLF001
    parts = (part for part in client.to_table_as_iterator(plan.to_proto(client), plan.observations) if _is_table(part))
    rows, last, rising = 0, (-1, -1), True
    writer: pq.ParquetWriter | None = None
    try:
        for part in parts:
            rows += part.num_rows
            if most is not None and rows > most:
                parts.close()
                raise TooManyError
            if writer is None:
                writer = pq.ParquetWriter(path, part.schema)
            writer.write_table(part.cast(writer.schema))
            if rising and part.num_rows and set(PLACE) <= set(part.schema.names):
                rising, last = _rising(part, last)
        if writer is None:
            from pyspark.sql.pandas.types import to_arrow_schema  # noqa: PLC0415 - an extra

            writer = pq.ParquetWriter(path, to_arrow_schema(frame.schema))
    finally:
        if writer is not None:
            writer.close()
    return rows, rising


def _is_table(part: object) -> bool:
    # The client says first which columns there will be.
    return hasattr(part, "num_rows")


def _rising(part: pa.Table, last: tuple[int, int]) -> tuple[bool, tuple[int, int]]:
    """Tell whether the numbers of a part's rows go up from the last one before it; and return its last."""
    import numpy as np  # noqa: PLC0415 - comes with pyarrow

    file, row = (
        np.concatenate([[before], part.column(name).to_numpy()]) for name, before in zip(PLACE, last, strict=True)
    )
    steps = (np.diff(file) > 0) | ((np.diff(file) == 0) & (np.diff(row) > 0))
    return bool(steps.all()), (int(file[-1]), int(row[-1]))


def quoted(name: str) -> str:
    """Quote a name in Spark's SQL."""
    return "`" + name.replace("`", "``") + "`"
