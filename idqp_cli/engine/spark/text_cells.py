"""Texts on a cluster, or of a sample of it, as a relation: each cell as its type and, beside it, as its text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from idqp_cli.core.errors import UnreadableError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation, RowPlace
from idqp_cli.engine.spark import copies
from idqp_cli.engine.spark.cluster import Cluster
from idqp_cli.engine.spark.copies import LAST_ROW, NUMBERED, Texts, View, quoted
from idqp_cli.engine.spark.nodes import UnsaidError
from idqp_cli.engine.spark.translate import spark
from idqp_cli.ingest import text_rows, types
from idqp_cli.ingest.text_table import TextTable


def cell(place: int) -> str:
    """Return the name of the column for the texts of a column, by its place from 0."""
    return f"c{place}"


def relation(cluster: Cluster, dataset: str, raw: str, table: TextTable) -> Relation:
    """Return the texts of the view `raw` as `table` types them, in views of their own on the cluster.

    Raises:
        UnreadableError: the cluster cannot make them, or a text for what is missing cannot be said there.

    """
    name, columns = f"idqp_{len(cluster.views)}", text_rows.columns_of(table)
    texts, said = _typed(raw, table)
    place = [quoted(FILE_COLUMN), quoted(ROW_COLUMN)]
    present = _said(texts.present, table)
    if present is None:
        raise UnreadableError(f"{table.source.shown}: read.missing_values has no equal with engine: spark")
    inner = f"SELECT {present}, {', '.join(place)} FROM {quoted(raw)}"
    typed = [f"{text} AS {quoted(name)}" for name, text in said.items()]
    with cluster.asked(table.source.shown):
        for view, listed in ((name, typed), (f"{name}{NUMBERED}", [*typed, *place])):
            cluster.session.sql(f"SELECT {', '.join(listed)} FROM ({inner})").createOrReplaceTempView(view)
    kinds = {column.name: column.type for column in columns}
    known = View(name, {one: kinds.get(one, types.TEXT) for one in texts.cells}, steady=False, texts=texts)
    cluster.know(known)
    scan, numbered = known.names
    return text_rows.relation_of(dataset, table, scan=scan, rescan=scan, numbered=numbered, size=LAST_ROW)


@frozen
class Sample:
    """Texts of a sample of a dataset, in a file here at `path`; which lines they are is not known."""

    cluster: Cluster
    dataset: str
    path: str

    def relation(self, table: TextTable) -> Relation:
        """Return the texts as a table types them."""
        texts, _ = _typed("", table)
        view = self.cluster.show(self.dataset, copies.typed(texts, copies.read(self.path)))
        return text_rows.relation_of(self.dataset, table, scan=view, rescan=view, numbered=view, size=0)

    def lines(self, places: Collection[RowPlace]) -> Mapping[RowPlace, int]:
        """Return no lines."""
        del places
        return {}


def _typed(raw: str, table: TextTable) -> tuple[Texts, Mapping[str, str]]:
    """Return how columns are read from texts, and as Spark's SQL those that it can read."""
    columns = text_rows.columns_of(table)
    dialect = replace(table.dialects[0], quoted_missing=all(one.quoted_missing for one in table.dialects))
    present = ", ".join(
        f"{text_rows.present(cell(place), column, dialect, table)} AS {cell(place)}"
        for place, column in enumerate(columns)
    )
    cells: dict[str, str] = {}
    for place, column in enumerate(columns):
        cells |= text_rows.cells(cell(place), column, table.forms.get(column.name), table.expected)
    said = {name: text for name, one in cells.items() if (text := _said(one, table)) is not None}
    return Texts(raw, present, cells, frozenset(cells) - set(said)), said


def _said(cells: str, table: TextTable) -> str | None:
    """Return SQL of cells as Spark's; None where it has no equal."""
    kinds = {cell(place): types.TEXT for place in range(len(table.names))}
    try:
        return spark(f"SELECT {cells}", kinds).removeprefix("SELECT ")
    except UnsaidError:
        return None
