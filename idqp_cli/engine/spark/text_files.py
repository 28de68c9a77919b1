"""CSV on a cluster: its dialect and types by the rules of files here, its cells as text by Spark's reader.

The first lines of the files come here, and decide what is decided of files here:
delimiter, header, types and forms. The cluster then reads each cell as text, and
the relation types it, so that a cell which does not parse is found and not lost.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING
from urllib.parse import unquote

from idqp_cli.core import sql
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import DeadlineError, UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.reading import LONGEST_LINE, ReadOptions
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation, RowPlace
from idqp_cli.core.text import clean, count
from idqp_cli.core.urls import shown
from idqp_cli.engine.spark import text_cells, text_lines
from idqp_cli.engine.spark.cluster import Cluster
from idqp_cli.engine.spark.copies import COUNTED_ROW, quoted
from idqp_cli.engine.spark.tables import SPECIAL
from idqp_cli.engine.spark.text_cells import cell
from idqp_cli.engine.spark.translate import spark
from idqp_cli.ingest import preview, text_rows, text_table
from idqp_cli.ingest.dialect import Dialect
from idqp_cli.ingest.files import File, Format, Source, partition_of
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.relation import Ingested
from idqp_cli.ingest.text_table import TextTable

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from idqp_cli.engine.engines import Expected

# Whose beginnings are looked at; the others must have the header of the first one.
LOOKED_AT = 20
# More lines than the sample takes, for records of several lines.
FIRST_LINES = 2 * preview.HEAD_ROWS
UTF_8 = frozenset({"utf-8", "utf8"})
NO_QUOTE = "\0"
ALONE = "use DuckDB for this text, or check it as Parquet"
# A malformed line ends the read, since Spark would leave its cells out in silence.
STRICT = {"mode": "FAILFAST", "multiLine": "true"}
RAW = "_texts"


def ingest(cluster: Cluster, dataset: Dataset, source: Source, expected: Expected) -> Ingested:
    """Open CSV files as a relation of typed cells, each with its text beside it.

    Raises:
        UnreadableError: there are none, they are no table, or Spark has no way to read them as they are written.

    """
    paths = [file.path for file in source.files]
    refuse(dataset.read, source.shown)
    uris = sorted(cluster.files(paths))
    if not uris:
        raise UnreadableError(f"{source.shown}: the cluster sees no such file or folder")
    names = [path.removeprefix("file:") for path in map(unquote, uris)]
    if len(uris) > 1 and (odd := next(filter(SPECIAL.search, _below(names)), None)) is not None:
        raise UnreadableError(f"{shown(odd)}: its name has signs that Spark takes for a pattern; check it alone")
    files = tuple(
        File(path, shown(name), Format.TEXT, None, 0, None, (), partition=partition_of(name), away=source.files[0].away)
        for path, name in zip(paths if len(uris) == 1 else names, names, strict=True)
    )
    found = replace(source, files=files, numbered=False)
    table = _examined(cluster, dataset, found, expected)
    raw = f"idqp_{len(cluster.views)}{RAW}"
    _cells(cluster, table).createOrReplaceTempView(raw)
    there = There(cluster, dataset.name, raw, files[0].path, table.dialects[0].header, alone=len(files) == 1)
    return Ingested(found, there.relation(table), table, there=there)


@frozen
class There:
    """The texts of a view `raw` of a cluster, of a file at `path`; `alone` says that there is no other."""

    cluster: Cluster
    dataset: str
    raw: str
    path: str
    header: bool
    alone: bool

    def relation(self, table: TextTable) -> Relation:
        """Return the texts as a table types them."""
        return text_cells.relation(self.cluster, self.dataset, self.raw, table)

    def lines(self, places: Collection[RowPlace]) -> Mapping[RowPlace, int]:
        """Return the lines of rows of one file in which each row is one line; of others nobody knows them."""
        if not places or not self.alone:
            return {}
        try:
            rows, last, lines = text_lines.counted(self.cluster, self.raw, self.path)
        except (QueryError, DeadlineError):
            return {}
        one_each = rows == last and lines == rows + self.header
        return {place: place.row + self.header for place in places} if one_each else {}


def refuse(read: ReadOptions, shown: str) -> None:
    """Refuse what a rules file says of text and Spark's reader cannot do.

    Raises:
        UnreadableError: there is such a key.

    """
    refused = {
        "encoding": read.encoding is not None and read.encoding.casefold() not in UTF_8,
        "skip": bool(read.skip),
        "comment": read.comment is not None and len(read.comment) != 1,
        "max_line": read.max_line != LONGEST_LINE,
    }
    for key, given in refused.items():
        if given:
            raise UnreadableError(f"{shown}: read.{key} has no equal with engine: spark; {ALONE}")


def _below(names: Sequence[str]) -> Iterator[str]:
    """Yield the paths without what they begin with, whose colon is that of a scheme."""
    for name in names:
        scheme, found, rest = name.partition("://")
        yield rest if found else scheme


def _examined(cluster: Cluster, dataset: Dataset, source: Source, expected: Expected) -> TextTable:
    """Decide the dialects and the types by the beginnings of files, which come here."""
    folder = cluster.folder(dataset.name)
    begun = [text_lines.first(cluster, file.path, FIRST_LINES, preview.HEAD) for file in source.files[:LOOKED_AT]]
    heads = [
        replace(file, path=_written(lines, os.path.join(folder, f"{number}.head")), away=None)
        for number, (file, lines) in enumerate(zip(source.files, begun, strict=False))
    ]
    looked = replace(source, files=tuple(heads))
    table = text_table.examine(looked, dataset.read, expected.families, expected.types, expected.readings)
    for file, dialect, lines in zip(heads, table.dialects, begun, strict=True):
        _refuse_dialect(dialect, file.shown, lines)
    unlooked = len(source.files) - len(heads)
    table = replace(table, source=source, dialects=(*table.dialects, *[table.dialects[0]] * unlooked))
    _refuse_headers(cluster, table, begun[0][0])
    if len(table.names) == 1:
        _refuse_blank(cluster, source)
    return table


def _written(lines: Sequence[str], path: str) -> str:
    """Write the first lines of a file, and return the path."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def _refuse_dialect(dialect: Dialect, shown: str, lines: Sequence[str]) -> None:
    """Refuse a file of a dialect that Spark's reader has not."""
    if dialect.skip:
        raise UnreadableError(
            f"{shown}: {count(dialect.skip, 'line')} before the header, which Spark cannot skip; {ALONE}"
        )
    if dialect.padded or (dialect.quote and not dialect.escape):
        raise UnreadableError(f"{shown}: its quotes are written in a way that Spark cannot read; {ALONE}")
    if dialect.trailing and dialect.header and not lines[0].rstrip("\r").endswith(dialect.delimiter):
        raise UnreadableError(f"{shown}: its rows end in a delimiter that the header does not have; {ALONE}")
    if not dialect.names:
        raise UnreadableError(f"{shown}: is empty on the cluster")


def _refuse_blank(cluster: Cluster, source: Source) -> None:
    """Refuse files of one column with a blank line, which is a missing cell that Spark leaves out."""
    paths = [file.path for file in source.files]
    if any(text_lines.alike(cluster, paths, blank) for blank in ("", "\r")):
        raise UnreadableError(f"{source.shown}: has one column and blank lines, which Spark leaves out; {ALONE}")


def _refuse_headers(cluster: Cluster, table: TextTable, first: str) -> None:
    """Refuse files of which some have another header than the first: Spark reads all by the header of one."""
    files, dialect = table.source.files, table.dialects[0]
    if (
        len(files) > LOOKED_AT
        and dialect.header
        and text_lines.alike(cluster, [file.path for file in files], first) != len(files)
    ):
        raise UnreadableError(f"{table.source.shown}: not all files have the header {clean(first, 60)}; {ALONE}")


def _cells(cluster: Cluster, table: TextTable) -> DataFrame:
    """Return the cells of all files as text in columns `c0`, `c1` and so on, with the numbers of their rows.

    Files that are written alike, in one partition, are read together; what a file has no column for is NULL.
    """
    alike: dict[tuple[Dialect, text_rows.Partition], list[str]] = {}
    for file, dialect in zip(table.source.files, table.dialects, strict=True):
        alike.setdefault((replace(dialect, doubts=(), quoted=None), file.partition), []).append(file.path)
    frames = []
    for (dialect, partition), paths in alike.items():
        # Of rows that end in a delimiter there is one more cell, which is empty.
        schema = ", ".join(f"{cell(place)} STRING" for place in range(len(dialect.names) + dialect.trailing))
        frame = cluster.session.read.schema(schema).format("csv").options(**_options(dialect)).load(paths)
        own, given = {name: place for place, name in enumerate(dialect.names)}, dict(partition)
        frames.append(
            frame.selectExpr(
                *(
                    f"{cell(own[name]) if name in own else _text(given.get(name))} AS {cell(place)}"
                    for place, name in enumerate(table.names)
                )
            )
        )
    whole = reduce(lambda first, second: first.unionAll(second), frames)
    return whole.selectExpr("*", f"0 AS {quoted(FILE_COLUMN)}", f"{COUNTED_ROW} AS {quoted(ROW_COLUMN)}")


def _options(dialect: Dialect) -> Mapping[str, str]:
    """Return the options of Spark's reader for a dialect."""
    return {
        **STRICT,
        "header": str(dialect.header).lower(),
        "sep": dialect.delimiter,
        "quote": dialect.quote or NO_QUOTE,
        "escape": dialect.escape or NO_QUOTE,
        **({"comment": dialect.comment} if dialect.comment else {}),
    }


def _text(value: str | None) -> str:
    """Return a text as Spark's SQL."""
    return spark(f"SELECT CAST({sql.literal(value)} AS VARCHAR)", {}).removeprefix("SELECT ")
