"""Rows as arrays of numbers: computed once, kept in a table of DuckDB's that may spill to disk, taken out by part.

The table lets a file be parsed once, whatever is asked of its rows, and keeps
memory bounded: no more of it is an array at a time than one part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation
from idqp_cli.engine import plan
from idqp_cli.ingest.database import Database, Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE = "idqp:rows"
PLACE_COLUMN = "idqp:place"
# 64 MB of numbers.
PART_CELLS = 8_000_000
# The golden ratio of 2^32 (D. Knuth, The Art of Computer Programming, 6.4): its multiples spread evenly.
SPREAD, MODULUS = 2_654_435_761, 1 << 32
WHOLE_ROWS = 1 << 30


@frozen
class Part:
    """Rows next to each other: their places, shape (rows,), and numbers, shape (rows, expressions)."""

    places: NDArray[np.int64]
    numbers: NDArray[np.float64]


class Table:
    """Rows as numbers, in the order asked for; NULL is NaN."""

    def __init__(self, database: Database, name: str, rows: int, width: int) -> None:
        """Take over a table of `rows` rows and `width` numbers in each."""
        self._database = database
        self._name = sql.identifier(name)
        self.rows = rows
        self._width = width

    def sample(self, limit: int, seed: int, run: int = 1) -> Part:
        """Return about `limit` rows spread over the table, in its order, as runs of `run` rows next to each other."""
        limit = min(limit, max(run, PART_CELLS // max(1, self._width)))
        if self.rows <= limit:
            return self._part("true")
        runs, chosen = -(-self.rows // run), max(1, limit // run)
        numbers = f"SELECT i FROM range({runs}) t(i) ORDER BY (i * {SPREAD} + {seed}) % {MODULUS} LIMIT {chosen}"
        return self._part(f"rowid // {run} IN ({numbers})")

    def distinct(self, position: int) -> tuple[int, int]:
        """Return how many numbers an expression gave, and how many of those are distinct."""
        column = sql.identifier(f"n{position}")
        ((cells, distinct),) = self._database.fetch(
            f"SELECT count(*), count(DISTINCT {column}) FROM {self._name} WHERE NOT isnan({column})"
        )
        return int(str(cells)), int(str(distinct))

    def parts(self, multiple: int, before: int) -> Iterator[tuple[int, Part]]:
        """Yield all rows, part by part: how many rows of a part are of the one before it, and the part.

        A part begins `before` rows early, and its size is a multiple of `multiple`.
        """
        size = max(1, PART_CELLS // max(1, self._width) // multiple) * multiple
        for start in range(0, self.rows, size):
            early = min(before, start)
            yield early, self._part(f"rowid >= {start - early} AND rowid < {start + size}")

    def _part(self, condition: str) -> Part:
        found = self._database.arrays(f"SELECT * FROM {self._name} WHERE {condition}")
        places = found.pop(PLACE_COLUMN).astype(np.int64)
        numbers = np.empty((len(places), len(found)))
        for position, column in enumerate(found.values()):
            numbers[:, position] = column
        return Part(places, numbers)


@contextmanager
def table(
    database: Database, relation: Relation, expressions: Sequence[str], where: str | None, order: Column | None
) -> Iterator[Table]:
    """Compute SQL expressions of the rows that `where` holds for; gone when the context ends.

    The rows are in the order of the column `order`, or of the file. A number
    that is NULL becomes NaN.

    Raises:
        QueryError: DuckDB refuses an expression, or fails on the data.

    """
    name = f"{TABLE}:{relation.dataset}"
    numbers = "".join(
        f", coalesce(CAST({expression} AS DOUBLE), 'nan'::DOUBLE) AS {sql.identifier(f'n{number}')}"
        for number, expression in enumerate(expressions)
    )
    # DuckDB keeps the order of the file by itself.
    ordered = "" if order is None else f" ORDER BY {sql.identifier(order.name)} NULLS LAST, {plan.PLACE}"
    place = sql.identifier(PLACE_COLUMN)
    statement = (
        f"SELECT {plan.PLACE} AS {place}{numbers} FROM {plan.source(relation, relation.numbered)}"
        f" WHERE {where or 'true'}{ordered}"
    )
    identifier = sql.identifier(name)
    ((rows,),) = database.fetch(f"CREATE OR REPLACE TEMP TABLE {identifier} AS {statement}")
    try:
        yield Table(database, name, int(str(rows)), len(expressions))
    finally:
        database.fetch(f"DROP TABLE {identifier}")


def sampled(
    database: Database, relation: Relation, expressions: Sequence[str], where: str | None, limit: int, seed: int
) -> list[Row]:
    """Fetch SQL expressions of `limit` rows spread over the data."""
    file, row = sql.identifier(FILE_COLUMN), sql.identifier(ROW_COLUMN)
    spread = f"({row} % {WHOLE_ROWS} * {SPREAD} + {file} + {seed}) % {MODULUS}"
    return database.fetch(
        f"SELECT {', '.join(expressions)} FROM {plan.source(relation, relation.numbered)}"
        f" WHERE {where or 'true'} ORDER BY {spread}, {plan.PLACE} LIMIT {limit}"
    )
