"""A uniform sample of a dataset's rows, drawn by a seed and kept as a table of its own.

Every row of the source is as likely to be drawn as any other. A text file is
read to its end, and the rows with the smallest hashes of their places are kept.
Of a Parquet file first row groups are drawn, then rows of these: what is in the
other row groups is not read, and what they may hide is part of the interval.
"""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from idqp_cli.core import sql
from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Drawn
from idqp_cli.core.relation import FILE_COLUMN, GROUP_COLUMN, ROW_COLUMN, Relation
from idqp_cli.core.statistics import groups_to_draw
from idqp_cli.core.text import clean
from idqp_cli.ingest.csv_reader import UnreadTextError
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import Source, pattern
from idqp_cli.ingest.query_errors import QueryError

NUMBER = "file_row_number"
# All row groups of a source with few are read; of others so many that they may not hide half of the finest threshold,
# but at most this share, and one for every so many rows.
FEW_GROUPS = 100
LARGEST_SHARE = 0.4
ROWS_PER_GROUP = 50
MAX_LISTED = 20_000


@frozen
class Draw:
    """A sample to draw: how many rows, by which seed.

    `finest` is the smallest share that a rule tells apart from none; `wanted`
    the columns whose cells are needed, None for all.
    """

    rows: int
    seed: int
    finest: float | None = None
    wanted: frozenset[str] | None = None


@frozen
class _Group:
    """A row group: its file's number, its place in the file and the number of its first row, from 0."""

    file: int
    start: int
    rows: int


def from_parquet(database: Database, source: Source, relation: Relation, draw: Draw) -> tuple[Relation, Drawn] | None:
    """Return the sample as a relation, and how it was drawn; None where the source has no more rows than that.

    Raises:
        UnreadableError: the files cannot be read.

    """
    groups = _groups(database, source)
    total = sum(group.rows for group in groups)
    if draw.rows >= total:
        return None
    chance = random.Random(draw.seed)  # noqa: S311 - a sample that can be drawn again is wanted
    chosen = sorted(chance.sample(range(len(groups)), _number_of_groups(len(groups), draw)))
    ends = list(accumulate(groups[number].rows for number in chosen))
    positions = sorted(chance.sample(range(ends[-1]), min(draw.rows, ends[-1])))
    places = list(_places(groups, chosen, ends, positions))
    listed = os.path.join(database.folder(relation.dataset), "places.csv")
    with open(listed, "w", newline="", encoding="ascii") as file:
        csv.writer(file).writerows(places)
    by_file: dict[int, list[int]] = {}
    for number, row, _ in places:
        by_file.setdefault(number, []).append(row)
    rows = " UNION ALL ".join(
        _of_file(source.files[number].path, number, own, relation, draw) for number, own in by_file.items()
    )
    file_column, row_column, group_column = map(sql.identifier, (FILE_COLUMN, ROW_COLUMN, GROUP_COLUMN))
    if not relation.direct:
        rows = f"SELECT * FROM {relation.numbered}"
    types = f"{{{file_column}: 'BIGINT', {row_column}: 'BIGINT', {group_column}: 'BIGINT'}}"
    numbers = f"read_csv({sql.literal(pattern(listed))}, auto_detect=false, header=false, columns={types})"
    cells = [one for column in relation.columns for one in (column.name, column.text) if one is not None]
    # A reader of files has columns besides those of the file, like `filename`.
    mine, theirs = sql.identifier("idqp:rows"), sql.identifier("idqp:places")
    names = ", ".join(f"{mine}.{sql.identifier(name)}" for name in cells)
    statement = (
        f"SELECT {names}, {mine}.{file_column}, {mine}.{row_column}, {theirs}.{group_column}"
        f" FROM ({rows}) AS {mine} JOIN {numbers} AS {theirs} USING ({file_column}, {row_column})"
    )
    table = _kept(database, relation, statement, source.shown)
    return table, Drawn(len(positions), total, draw.seed, len(chosen), len(groups))


def from_text(database: Database, relation: Relation, draw: Draw) -> tuple[Relation, Drawn] | None:
    """Return the sample as a relation, and how it was drawn; None where the source has no more rows than that.

    Raises:
        UnreadableError: the files cannot be read to their end.

    """
    place = f"{sql.identifier(FILE_COLUMN)}, {sql.identifier(ROW_COLUMN)}"
    statement = (
        f"SELECT *, 0 AS {sql.identifier(GROUP_COLUMN)} FROM {relation.numbered}"
        f" ORDER BY hash({place}, {draw.seed}), {place} LIMIT {draw.rows + 1}"
    )
    table = _kept(database, relation, statement, relation.dataset)
    ((rows,),) = database.fetch(f"SELECT count(*) FROM {table.scan}")
    if int(str(rows)) <= draw.rows:
        return None
    database.fetch(
        f"DELETE FROM {table.scan} WHERE rowid = (SELECT arg_max(rowid, hash({place}, {draw.seed})) FROM {table.scan})"
    )
    return table, Drawn(draw.rows, None, draw.seed, 1, 1)


def _groups(database: Database, source: Source) -> list[_Group]:
    groups = []
    for number, file in enumerate(source.files):
        path = sql.literal(pattern(file.path))
        try:
            sizes = database.fetch(
                f"SELECT row_group_num_rows FROM parquet_metadata({path}) WHERE column_id = 0 ORDER BY row_group_id"
            )
        except QueryError as error:
            raise UnreadableError(f"{file.shown}: cannot be read as Parquet ({error.kind})") from None
        rows = [int(str(size)) for (size,) in sizes]
        starts = [0, *accumulate(rows)]
        groups += [_Group(number, start, size) for start, size in zip(starts, rows, strict=False)]
    return groups


def _number_of_groups(of_groups: int, draw: Draw) -> int:
    if of_groups <= FEW_GROUPS:
        return of_groups
    unhidden = groups_to_draw(of_groups, (draw.finest or 0.0) / 2)
    enough = max(FEW_GROUPS, min(unhidden, int(of_groups * LARGEST_SHARE)), draw.rows // ROWS_PER_GROUP)
    return min(of_groups, enough)


def _places(
    groups: Sequence[_Group], chosen: Sequence[int], ends: Sequence[int], positions: Iterable[int]
) -> Iterable[tuple[int, int, int]]:
    """Yield file, row in the file (from 1) and row group of each position in the chosen groups, laid end to end."""
    at = 0
    for position in positions:
        while position >= ends[at]:
            at += 1
        group = groups[chosen[at]]
        yield group.file, group.start + position - (ends[at] - group.rows) + 1, chosen[at]


def _of_file(path: str, number: int, rows: Sequence[int], relation: Relation, draw: Draw) -> str:
    """Return the SELECT of the rows of a file, rather too many of them; a cell that nobody needs is NULL, unread."""
    cells = ", ".join(_cell(column, draw) for column in relation.columns)
    table = f"read_parquet({sql.literal(pattern(path))}, hive_partitioning=false"
    file_column, row_column = sql.identifier(FILE_COLUMN), sql.identifier(ROW_COLUMN)
    if NUMBER in {column.name.casefold() for column in relation.columns}:
        return f"SELECT {cells}, {number} AS {file_column}, row_number() OVER () AS {row_column} FROM {table})"
    # A list of numbers, as long as it is short, keeps DuckDB away from row groups that have none of them.
    listed = sql.listing(row - 1 for row in rows)
    within = f" WHERE {NUMBER} IN ({listed})" if len(rows) <= MAX_LISTED else ""
    place = f"{number} AS {file_column}, {NUMBER} + 1 AS {row_column}"
    return f"SELECT {cells}, {place} FROM {table}, {NUMBER}=true){within}"


def _cell(column: Column, draw: Draw) -> str:
    name = sql.identifier(column.name)
    return name if draw.wanted is None or column.name in draw.wanted else f"NULL::{column.type} AS {name}"


def _kept(database: Database, relation: Relation, statement: str, shown: str) -> Relation:
    """Keep the rows of a SELECT as a table, and return it as the dataset's relation."""
    table = sql.identifier(f"idqp:sample:{relation.dataset}")
    try:
        database.fetch(f"CREATE OR REPLACE TEMP TABLE {table} AS {statement}")
    except QueryError as error:
        if error.unread is not None:
            raise UnreadTextError(f"{clean(shown)}: {error.unread}", error.unread) from None
        raise UnreadableError(f"{clean(shown)}: cannot be read to its end ({error.kind})") from None
    return replace(relation, scan=table, rescan=table, numbered=table, size=0, footer=None)
