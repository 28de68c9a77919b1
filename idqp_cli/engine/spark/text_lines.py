"""Lines of text files on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN
from idqp_cli.engine.spark.cluster import Cluster
from idqp_cli.engine.spark.copies import quoted

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame


def first(cluster: Cluster, path: str, most: int, length: int) -> list[str]:
    """Return the first lines of a file, at most so many, each cut at a length in characters.

    Raises:
        QueryError: the cluster cannot read it.

    """
    frame = _text(cluster, [path]).selectExpr(f"substring(value, 1, {length}) AS value").limit(most)
    return cluster.ask(lambda: [str(row[0]) for row in frame.collect()])


def alike(cluster: Cluster, paths: Sequence[str], line: str) -> int:
    """Count the lines of files that are the same as one.

    Raises:
        QueryError: the cluster cannot read them.

    """
    frame = _text(cluster, paths)
    return cluster.ask(lambda: int(frame.where(frame.value == line).count()))


def matching(cluster: Cluster, paths: Sequence[str], regexes: Sequence[str]) -> tuple[int, ...]:
    """Count the lines of files that match each of some patterns, in one scan.

    Raises:
        QueryError: the cluster cannot read them.

    """
    from pyspark.sql import functions  # noqa: PLC0415 - of the extra, which only a cluster needs

    value = functions.col("value")
    counts = [functions.count_if(value.rlike(regex)).alias(f"c{number}") for number, regex in enumerate(regexes)]
    frame = _text(cluster, paths).agg(*counts)
    (row,) = cluster.ask(frame.collect)
    return tuple(map(int, row))


def counted(cluster: Cluster, rows: str, file: int, path: str) -> tuple[int, int, int]:
    """Count the rows of a file, by its number in a view, and its lines; between them is the highest number of a row.

    Raises:
        QueryError: the cluster cannot read it.
        DeadlineError: there is no time left for it.

    """
    row, own = quoted(ROW_COLUMN), f"{quoted(FILE_COLUMN)} = {file}"
    table = cluster.session.sql(f"SELECT count(*), coalesce(max({row}), 0) FROM {quoted(rows)} WHERE {own}")
    ((found, last),) = cluster.ask(table.collect)
    return int(found), int(last), cluster.ask(_text(cluster, [path]).count)


def _text(cluster: Cluster, paths: Sequence[str]) -> DataFrame:
    return cluster.session.read.format("text").options(lineSep="\n").load(list(paths))
