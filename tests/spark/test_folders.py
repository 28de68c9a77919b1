"""Folders and globs that a cluster reads: all files of a folder, as on DuckDB, and none of a table's without its log."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog

from conftest import Shell
from idqp_cli.core.dataset import Dataset
from idqp_cli.engine.engines import Expected
from idqp_cli.engine.spark.cluster import connected
from idqp_cli.engine.spark.dataset import ingest, named
from idqp_cli.ingest.resources import AS_IT_LIKES
from sail_server import sail

__all__ = ["sail"]

# Sail refuses, too, but for reasons of its own.
only_spark = pytest.mark.skipif("IDQP_SPARK" not in os.environ, reason="Sail has other paths")
UNIQUE = {"type": "unique", "column": "id"}
ROWS = pa.table({"id": pa.array([1, 2, 2], pa.int64())})


def put(folder: Path, *names: str) -> None:
    """Write three rows to each of the files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(ROWS, folder / name)


def delta(folder: Path) -> None:
    """Write a Delta table of which a row is deleted."""
    write_deltalake(folder, ROWS)
    DeltaTable(folder).delete("id = 1")


def iceberg(folder: Path) -> None:
    """Write an Iceberg table of which a row is deleted."""
    catalog = SqlCatalog("own", uri="sqlite:///:memory:", warehouse=f"file://{folder.parent}")
    catalog.create_namespace("n")
    table = catalog.create_table("n.t", schema=ROWS.schema, location=f"file://{folder}")
    table.append(ROWS)
    table.delete("id = 1")


@pytest.mark.parametrize("made", [delta, iceberg])
@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("data/orders", "data"),
        ("data/orders", "data/"),
        ("data/a/b/orders", "data"),
        pytest.param("data/land=DE", "data", marks=only_spark),
        ("data/orders", "data/*"),
        ("data/orders", "da*/orders/*"),
        ("data/or ders", "data"),
        ("data/ü", "data"),
        ("data/a/orders", "data/a"),
    ],
)
def test_a_folder_around_a_table_is_refused_in_one_line(
    shell: Shell, sail: str, made: Callable[[Path], None], table: str, path: str
) -> None:
    put(shell.folder, "data/a.parquet", "data/z/z.parquet")
    made(shell.folder / table)
    shell.rules(UNIQUE, path=path)
    ran = shell.idqp("check", "--no-store", "--engine", sail)
    kind = made.__name__.capitalize()
    told = f"{shell.folder / table}: is a table of {kind}; check it alone, and not its files"
    assert (ran.code, told in ran.err, ran.err.count("\n") <= 2) == (3, True, True), ran.err


@pytest.mark.parametrize(
    ("files", "path", "rows"),
    [
        (["data/a.parquet", "data/2026/b.parquet", "data/2026/x/c.parquet"], "data", 9),
        (["data/2026/01/b.parquet"], "data/", 3),
        (["data/_tmp/x.parquet", "data/.hidden/y.parquet", "data/a.parquet"], "data", 3),
        (["data/day=1/b.parquet", "data/day=2/c.parquet"], "data", 6),
        (["data/sp ace/ü%20.parquet"], "data", 3),
        (["data/a.parquet", "data/metadata/b.parquet"], "data", 6),
    ],
)
def test_all_files_of_a_folder_are_read_as_on_duckdb(
    shell: Shell, sail: str, files: list[str], path: str, rows: int
) -> None:
    put(shell.folder, *files)
    shell.rules(UNIQUE, path=path)
    for engine in ("duckdb", sail):
        ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", engine)
        assert (ran.code, ran.json["datasets"][0]["rows"]) == (1, rows), (engine, ran.err)


def test_files_beside_partitions_are_all_read_or_refused(shell: Shell, sail: str) -> None:
    put(shell.folder, "data/day=1/a.parquet", "data/x/b.parquet")
    shell.rules(UNIQUE, path="data")
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    assert ran.code == 3 or ran.json["datasets"][0]["rows"] == 6, ran.err


def test_files_are_found_in_two_questions(tmp_path: Path, sail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """How deep they lie does not matter: one lists them, and one looks for tables in all folders around them."""
    put(tmp_path, "a/b/c/d/e/f.parquet")
    with connected(sail, 0, AS_IT_LIKES) as cluster:
        asked: list[object] = []
        analyse = type(cluster.session.client)._analyze  # noqa: SLF001 - each of its calls is a question

        def counted(client: object, method: str, **more: object) -> object:
            asked.append(method)
            return analyse(client, method, **more)

        monkeypatch.setattr(type(cluster.session.client), "_analyze", counted)
        ingest(
            cluster, Dataset("t", ""), named([str(tmp_path / "a/b/c/d/e/f.parquet")], Path("/")), Expected({}, {}, {})
        )
    assert asked.count("input_files") == 2, asked


def test_a_failing_row_has_the_name_of_its_file(shell: Shell, sail: str) -> None:
    for name, ids in (("a.parquet", [1, 2, -3]), ("b.parquet", [4, -5]), ("c/ü 'x.parquet", [-6])):
        (shell.folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"id": pa.array(ids, pa.int64())}), shell.folder / "data" / name)
    shell.rules({"type": "range", "column": "id", "min": 0}, path="data", key=["id"])
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    samples = ran.json["datasets"][0]["results"][-1]["samples"]
    assert {one["key"]["id"] for one in samples} == {-3, -5, -6}, ran.err
    if "IDQP_SPARK" in os.environ:
        # Rows of Sail have no file.
        assert [one["key"]["id"] for one in samples] == [-3, -5, -6]
        ends = [("/data/a.parquet", 3), ("/data/b.parquet", 2), ("/data/c/%C3%BC%20'x.parquet", 1)]
        for sample, (end, row) in zip(samples, ends, strict=True):
            assert (quote(unquote(sample["file"]), safe=":/'").endswith(end), sample["line"]) == (True, row), sample
