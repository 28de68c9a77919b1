"""What a cluster reads, as relations: files by their paths there, and tables of its catalogue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError, UsageError
from idqp_cli.core.model import Column, Drawn
from idqp_cli.core.relation import FILE_COLUMN, GROUP_COLUMN, ROW_COLUMN, Relation
from idqp_cli.core.text import clean
from idqp_cli.core.urls import is_url, shown
from idqp_cli.engine.spark import copies, tables, text_cells, text_files
from idqp_cli.engine.spark.cluster import Cluster
from idqp_cli.engine.spark.copies import COUNTED_ROW, LAST_ROW, NUMBERED, PLACE, View, quoted
from idqp_cli.engine.spark.read_options import options
from idqp_cli.ingest.column_names import refuse_twins
from idqp_cli.ingest.files import File, Format, Source, Stamp
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.ingest.relation import Ingested
from idqp_cli.ingest.sample_rows import Draw

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from idqp_cli.engine.engines import Expected

TABLE = "table:"
# Parts of a name: letters, digits and underscores, or what backticks hold.
TABLE_NAME = re.compile(r"(?:\w+|`(?:[^`]|``)+`)(?:\.(?:\w+|`(?:[^`]|``)+`))*", re.ASCII)
BACKTICKS = "write a part with other signs than letters, digits and _ in backticks, like table:`my-shop`.orders"
MOST_FILES = 1_000
# Spark writes the path of a file without a host in two ways.
LOCAL = ("file:///", "file:/")
# DuckDB's names of Spark's types.
TYPES = {
    "bigint": "BIGINT", "int": "INTEGER", "smallint": "SMALLINT", "tinyint": "TINYINT", "string": "VARCHAR",
    "double": "DOUBLE", "float": "FLOAT", "boolean": "BOOLEAN", "date": "DATE", "binary": "BLOB",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "timestamp_ntz": "TIMESTAMP", "void": "NULL",
}  # fmt: skip


class OnCluster:
    """A file that only the cluster sees."""

    def stamp(self) -> Stamp:
        """Return nothing: the cluster does not say whether a file has changed."""
        return ()

    def told(self, stamp: Stamp) -> str:
        """Say in words what a stamp says."""
        return str(stamp)

    def read(self, start: int, end: int) -> bytes:
        """Refuse: no byte of it comes here."""
        raise UnreadableError(f"bytes {start} to {end} of a file on the cluster cannot be read here")


def named(paths: Sequence[str], folder: Path) -> Source:
    """Return what `paths` name on the cluster, before anyone has looked there."""
    files = tuple(_file(path if _anywhere(path) else str(folder / path)) for path in paths)
    return Source(", ".join(map(shown, paths)), files)


def _anywhere(path: str) -> bool:
    return is_url(path) or path.startswith((TABLE, "/"))


def _file(path: str) -> File:
    return File(path, shown(path), Format.PARQUET, None, 0, None, (), away=OnCluster())


def ingest(cluster: Cluster, dataset: Dataset, source: Source, expected: Expected) -> Ingested:
    """Open what is named as a relation on the cluster.

    Raises:
        UnreadableError: the cluster does not find or cannot read it.

    """
    paths = [file.path for file in source.files]
    with cluster.asked(source.shown):
        if len(paths) == 1 and paths[0].startswith(TABLE):
            return _with_types(cluster, dataset.name, source, _table(cluster, paths[0]), ())
        named = _files(cluster, paths)
        if named.form == tables.CSV:
            return text_files.ingest(cluster, dataset, source, expected, named.uris)
        read = {**named.options, **options(named.form, dataset.read, source.shown)}
        frame = cluster.session.read.format(named.form).options(**read).load(paths)
        return _with_types(cluster, dataset.name, source, frame, named.uris)


def _with_types(cluster: Cluster, dataset: str, source: Source, frame: DataFrame, uris: Sequence[str]) -> Ingested:
    """Return rows whose cells have types; `uris` are those of their files, where they are known."""
    view = f"idqp_{len(cluster.views)}"
    files, numbered, fields = _numbered(frame, uris)
    columns = tuple(map(_column, fields))
    frame.createOrReplaceTempView(view)
    numbered.createOrReplaceTempView(f"{view}{NUMBERED}")
    if not columns:
        raise UnreadableError(f"{source.shown}: the cluster finds no data there")
    refuse_twins([column.name for column in columns], source.shown)
    known = View(view, {column.name: column.type for column in columns}, steady=bool(files))
    cluster.know(known)
    scan, numbered_scan = known.names
    # What a scan costs there is not known: no cheaper way is looked for.
    relation = Relation(dataset, columns, scan, scan, numbered_scan, size=LAST_ROW)
    found_files = tuple(_file(path) for path in files) or source.files[:1]
    return Ingested(Source(source.shown, found_files, numbered=bool(files)), relation, None)


def _table(cluster: Cluster, path: str) -> DataFrame:
    """Return the rows of a table of the catalogue."""
    name = path.removeprefix(TABLE)
    if TABLE_NAME.fullmatch(name) is None:
        raise UnreadableError(f"{shown(path)}: is no name of a table; {BACKTICKS}")
    return cluster.session.table(name)


def _files(cluster: Cluster, paths: Sequence[str]) -> tables.Files:
    """Return what paths stand for, by their endings, or by those of all files below them.

    Raises:
        UnreadableError: they are of different formats, or files of a table.

    """
    forms = set(map(tables.ending, paths))
    if len(forms) > 1 or any(path.startswith(TABLE) for path in paths):
        raise UnreadableError(f"{', '.join(map(shown, paths))}: are of different formats; check them separately")
    form = forms.pop()
    if form is not None:
        return tables.Files(form, tuple(cluster.files(paths)) if form == tables.CSV else ())
    return tables.found(cluster, paths)


def _column(field: Any) -> Column:  # noqa: ANN401 - a StructField of pyspark
    kind = field.dataType.simpleString()
    return Column(field.name, TYPES.get(kind, kind.upper()), nullable=field.nullable)


def _numbered(frame: DataFrame, uris: Sequence[str]) -> tuple[list[str], DataFrame, list[Any]]:
    """Return the files, their rows with the number of the file and of the row in it, and the fields of the rows alone.

    There are no files where rows have no numbers: only Parquet has them, and not on every server of the protocol.
    """
    try:
        files = sorted(uris or frame.inputFiles())
        found = frame.selectExpr(
            "*", f"{_number_of_file(files)} AS `{FILE_COLUMN}`", f"_metadata.row_index + 1 AS `{ROW_COLUMN}`"
        )
        if files and len(files) <= MOST_FILES and len(found.schema.fields) > len(PLACE):
            return files, found, found.schema.fields[: -len(PLACE)]
    except Exception:  # noqa: BLE001 - the ways to refuse this are as many as servers
        files = []
    unnumbered = frame.selectExpr("*", f"0 AS `{FILE_COLUMN}`", f"{COUNTED_ROW} AS `{ROW_COLUMN}`")
    return [], unnumbered, frame.schema.fields


def _number_of_file(files: Sequence[str]) -> str:
    """Return the place of a row's file among the listed ones, in Spark's SQL; another file's row is an error."""
    listed = ", ".join("'" + path.replace(*LOCAL).replace("\\", "\\\\").replace("'", "\\'") + "'" for path in files)
    place = f"array_position(array({listed}), replace(_metadata.file_path, '{LOCAL[0]}', '{LOCAL[1]}'))"
    return f"coalesce(nullif({place}, 0), raise_error('a file came while others were read')) - 1"


def sampled(cluster: Cluster, ingested: Ingested, asked: Draw) -> Ingested:
    """Return a source as a sample of its rows, which come here; as it is where it has no more.

    Raises:
        UsageError: the sample is of more rows than may come here.
        UnreadableError: the rows cannot be read.

    """
    relation = ingested.relation
    if asked.rows > cluster.most:
        raise UsageError(f"--sample: {asked.rows:,} rows are more than engine.fetch_rows allows ({cluster.most:,})")
    try:
        ((total,),) = cluster.fetch(f"SELECT count(*) FROM {relation.scan}")
        if int(str(total)) <= asked.rows:
            return ingested
        path = cluster.drawn(_draw(relation, asked, cluster.raw(relation)), relation.dataset)
    except QueryError as error:
        raise UnreadableError(f"{ingested.source.shown}: no sample can be drawn ({clean(error.kind, 60)})") from None
    found = replace(ingested, drawn=Drawn(asked.rows, int(str(total)), asked.seed, 1, 1))
    if ingested.text is not None:
        return replace(found, there=text_cells.Sample(cluster, relation.dataset, path)).read_as(ingested.text)
    table = cluster.show(relation.dataset, copies.read(path))
    return replace(found, relation=replace(relation, scan=table, rescan=table, numbered=table, size=0))


def _draw(relation: Relation, asked: Draw, raw: str | None) -> str:
    """Return the SELECT, in Spark's SQL, of the rows whose numbers have the smallest hashes, `raw` ones of texts."""
    file, row, group = (quoted(name) for name in (FILE_COLUMN, ROW_COLUMN, GROUP_COLUMN))
    cells = [
        quoted(column.name)
        if asked.wanted is None or column.name in asked.wanted
        else f"CASE WHEN false THEN {quoted(column.name)} END AS {quoted(column.name)}"
        for column in relation.columns
    ]
    listed = "*" if raw is not None else ", ".join([*cells, file, row, f"CAST(0 AS BIGINT) AS {group}"])
    table = quoted(raw or relation.numbered.strip('"'))
    spread = f"xxhash64({file}, {row}, {asked.seed}L)"
    return f"SELECT {listed} FROM {table} ORDER BY {spread}, {file}, {row} LIMIT {asked.rows}"
