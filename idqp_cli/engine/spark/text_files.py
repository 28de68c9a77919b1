"""CSV on a cluster: its dialect and types by the rules of files here, its cells as text by Spark's reader.

The first lines of the files come here, and decide what is decided of files here:
delimiter, header, types and forms. The cluster then reads each cell as text, and
the relation types it, so that a cell which does not parse is found and not lost.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
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
from idqp_cli.engine.spark import text_cells, text_lines
from idqp_cli.engine.spark.cluster import Cluster
from idqp_cli.engine.spark.copies import COUNTED_ROW, quoted
from idqp_cli.engine.spark.tables import SPECIAL, place
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
# What no cell is: so that Spark tells a missing cell from an empty text in quotes.
NO_TEXT = "\ue000idqp: no cell\ue000"
UNDECODED, NOTHING = "\ufffd", "^a\ufffd^"
ALONE = "use DuckDB for this text, or check it as Parquet"
# A malformed line ends the read, since Spark would leave its cells out in silence.
STRICT = {"mode": "FAILFAST", "multiLine": "true"}
RAW = "_texts"
# Of more files the rows have no number of their file: each is a part of the plan.
MOST_NUMBERED = 50
# Spark reads a file of text whole, in one part, and counts the rows of a part in the lower 33 bits.
ROW_IN_PART = f"(monotonically_increasing_id() & {(1 << 33) - 1}L) + 1"


def ingest(cluster: Cluster, dataset: Dataset, source: Source, expected: Expected, uris: Sequence[str]) -> Ingested:
    """Open CSV files, by their URIs, as a relation of typed cells, each with its text beside it.

    Raises:
        UnreadableError: there are none, they are no table, or Spark has no way to read them as they are written.

    """
    refuse(dataset.read, source.shown)
    if not uris:
        raise UnreadableError(f"{source.shown}: the cluster sees no such file or folder")
    files = _files(source, sorted(uris))
    table = _examined(cluster, dataset, replace(source, files=files), expected)
    raw = f"idqp_{len(cluster.views)}{RAW}"
    numbered = len(files) <= MOST_NUMBERED
    undecoded, empty = text_lines.matching(cluster, [file.path for file in files], (UNDECODED, _quoted_empty(table)))
    _refuse_undecoded(source, undecoded)
    cells = _cells(cluster, table, numbered=numbered)
    if empty and "" not in dataset.read.missing_values:
        _refuse_untold(cluster, cells, source)
    cells.createOrReplaceTempView(raw)
    there = There(cluster, dataset.name, raw, table.dialects, files if numbered else ())
    found = replace(source, files=files if numbered else source.files[:1], numbered=False)
    return Ingested(found, there.relation(table), table, there=there)


def _files(source: Source, uris: Sequence[str]) -> tuple[File, ...]:
    """Return the files as Spark can be asked for each of them.

    Raises:
        UnreadableError: Spark would take a name for a pattern of several.

    """
    places = [place(uri, unquote) for uri in uris]
    alone = len(uris) == len(source.files) == 1
    odd = next((one for one in places if SPECIAL.search(one.path)), None)
    if odd is not None and not alone:
        raise UnreadableError(f"{odd.shown}: its name has signs that Spark takes for a pattern; check it alone")
    paths = [source.files[0].path] if alone else [f"{one.root}{one.path}" for one in places]
    return tuple(
        File(path, one.shown, Format.TEXT, None, 0, None, (), partition_of(one.path), source.files[0].away)
        for path, one in zip(paths, places, strict=True)
    )


@frozen
class There:
    """The texts of a view `raw` of a cluster, and the dialects and the files; none where rows have no number of one."""

    cluster: Cluster
    dataset: str
    raw: str
    dialects: tuple[Dialect, ...]
    files: tuple[File, ...]

    def relation(self, table: TextTable) -> Relation:
        """Return the texts as a table types them."""
        return text_cells.relation(self.cluster, self.dataset, self.raw, table)

    def lines(self, places: Collection[RowPlace]) -> Mapping[RowPlace, int]:
        """Return the lines of rows of files in which each row is one line; of others nobody knows them."""
        found: dict[RowPlace, int] = {}
        for number in sorted({one.file for one in places} if self.files else ()):
            try:
                rows, last, lines = text_lines.counted(self.cluster, self.raw, number, self.files[number].path)
            except (QueryError, DeadlineError):
                return found
            header = self.dialects[number].header
            if rows == last and lines == rows + header:
                found |= {one: one.row + header for one in places if one.file == number}
        return found


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


def _refuse_undecoded(source: Source, lines: int) -> None:
    """Refuse files that are not UTF-8: Spark has U+FFFD in place of what it cannot decode, and says nothing."""
    if lines:
        raise UnreadableError(
            f"{source.shown}: {count(lines, 'line')} with bytes that are not UTF-8, or with U+FFFD; {ALONE}"
        )


def _quoted_empty(table: TextTable) -> str:
    """Return a pattern of lines with an empty text in quotes."""
    written = {(one.delimiter, one.quote) for one in table.dialects if one.quote and not one.quoted_missing}
    found = (
        f"(^|{re.escape(delimiter)}){re.escape(quote) * 2}({re.escape(delimiter)}|\\r?$)"
        for delimiter, quote in sorted(written)
    )
    return "|".join(found) or NOTHING


def _refuse_untold(cluster: Cluster, cells: DataFrame, source: Source) -> None:
    """Refuse empty texts in quotes on a cluster that takes them for missing cells, as Sail does."""
    from pyspark.sql import functions  # noqa: PLC0415 - of the extra, which only a cluster needs

    texts = [functions.col(quoted(name)) == "" for name in cells.columns if name not in {FILE_COLUMN, ROW_COLUMN}]
    empty = cells.where(reduce(lambda one, other: one | other, texts)).limit(1)
    if not cluster.ask(empty.count):
        raise UnreadableError(
            f"{source.shown}: this cluster takes quoted empty texts for missing cells; "
            f'set read.missing_values: [""] where they are, or {ALONE}'
        )


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


def _cells(cluster: Cluster, table: TextTable, *, numbered: bool) -> DataFrame:
    """Return the cells of all files as text in columns `c0`, `c1` and so on, with the numbers of their rows.

    Files that are written alike, in one partition, are read together, unless the rows of each are to be `numbered`.
    """
    alike: dict[tuple[Dialect, text_rows.Partition, int | None], list[str]] = {}
    for number, (file, dialect) in enumerate(zip(table.source.files, table.dialects, strict=True)):
        own = replace(dialect, doubts=(), quoted=None), file.partition, number if numbered else None
        alike.setdefault(own, []).append(file.path)
    return reduce(
        lambda first, second: first.unionAll(second),
        (_alike(cluster, table, own, paths) for own, paths in alike.items()),
    )


def _alike(
    cluster: Cluster, table: TextTable, layout: tuple[Dialect, text_rows.Partition, int | None], paths: Sequence[str]
) -> DataFrame:
    """Return the cells of files that are written alike; what they have no column for is NULL."""
    dialect, partition, number = layout
    # Of rows that end in a delimiter there is one more cell, which is empty.
    schema = ", ".join(f"{cell(at)} STRING" for at in range(len(dialect.names) + dialect.trailing))
    frame = cluster.session.read.schema(schema).format("csv").options(**_options(dialect)).load(list(paths))
    own, given = {name: at for at, name in enumerate(dialect.names)}, dict(partition)
    return frame.selectExpr(
        *(
            f"{cell(own[name]) if name in own else _text(given.get(name))} AS {cell(at)}"
            for at, name in enumerate(table.names)
        ),
        f"{number or 0} AS {quoted(FILE_COLUMN)}",
        # Rows of several files have numbers of their own only together with the number of their part.
        f"{COUNTED_ROW if number is None else ROW_IN_PART} AS {quoted(ROW_COLUMN)}",
    )


def _options(dialect: Dialect) -> Mapping[str, str]:
    """Return the options of Spark's reader for a dialect."""
    return {
        **STRICT,
        "header": str(dialect.header).lower(),
        "sep": dialect.delimiter,
        "quote": dialect.quote or NO_QUOTE,
        "escape": dialect.escape or NO_QUOTE,
        "nullValue": NO_TEXT,
        **({"comment": dialect.comment} if dialect.comment else {}),
    }


def _text(value: str | None) -> str:
    """Return a text as Spark's SQL."""
    return spark(f"SELECT CAST({sql.literal(value)} AS VARCHAR)", {}).removeprefix("SELECT ")
