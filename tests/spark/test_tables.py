"""Tables that a cluster reads: of its catalogue, and of Delta Lake and Iceberg by their paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import orc
from pyiceberg.catalog.sql import SqlCatalog

from conftest import Shell
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UnreadableError
from idqp_cli.engine.engines import Expected
from idqp_cli.engine.spark.cluster import Cluster, connected
from idqp_cli.engine.spark.dataset import ingest, named
from idqp_cli.engine.spark.session import opened
from idqp_cli.ingest.resources import AS_IT_LIKES
from sail_server import sail

__all__ = ["sail"]

UNIQUE = {"type": "unique", "column": "id"}
ON_SPARK = "IDQP_SPARK" in os.environ
# Spark's own catalogue takes no such names for tables, but for views.
ODD_NAMES, ODD = ("`a``b`", "`o rders-1`"), "global_temp" if ON_SPARK else "shop"
only_sail = pytest.mark.skipif(ON_SPARK, reason="Spark needs jars for it, which no package of PyPI has")
only_spark = pytest.mark.skipif(not ON_SPARK, reason="Sail has none")


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """Return a Delta table of two rows, of which one file more is left over."""
    rows = pa.table({"id": [1, 2, 2], "land": ["DE", "DE", "FR"]})
    write_deltalake(tmp_path / "t", rows, partition_by=["land"])
    DeltaTable(tmp_path / "t").delete("land = 'FR'")
    return tmp_path / "t"


@pytest.fixture
def cluster(sail: str) -> Iterator[Cluster]:
    """Return a session on the cluster."""
    with connected(sail, 1_000, AS_IT_LIKES) as database:
        yield database


@pytest.fixture
def catalogue(cluster: Cluster, tmp_path: Path) -> Iterator[Cluster]:
    """Return a cluster that has saved tables of three rows; Sail keeps those of a session for it alone."""
    run = cluster.session.sql
    # In a folder that the server's machine has.
    run(f"CREATE DATABASE shop LOCATION '{tmp_path}/house'").collect()
    rows = cluster.session.range(3).selectExpr("id % 2 AS id")
    for name in ("orders", "select", *(() if ON_SPARK else ODD_NAMES)):
        rows.write.format("parquet").saveAsTable(f"shop.{name}")
    for name in ODD_NAMES if ON_SPARK else ():
        rows.createOrReplaceGlobalTempView(name)
    yield cluster
    run("DROP DATABASE shop CASCADE").collect()


def rows_of(cluster: Cluster, path: str) -> int:
    """Return how many rows a path stands for."""
    ingested = ingest(cluster, Dataset("t", path), named([path], Path("/")), Expected({}, {}, {}))
    ((rows,),) = cluster.fetch(f"SELECT count(*) FROM {ingested.relation.scan}")
    return int(str(rows))


@only_sail
@pytest.mark.parametrize("path", ["t", "t/", "table:delta.`{t}`"])
def test_a_delta_table_is_read_by_its_log(shell: Shell, delta: Path, sail: str, path: str) -> None:
    assert len(list(delta.rglob("*.parquet"))) == 2
    shell.rules(UNIQUE, path=path.format(t=delta))
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (0, 2), ran.err


@pytest.mark.parametrize("path", ["t/land=DE/*.parquet", "t/land=DE", "t/land=DE/*"])
def test_files_of_a_delta_table_are_not_read_without_its_log(shell: Shell, delta: Path, sail: str, path: str) -> None:
    del delta
    shell.rules(UNIQUE, path=path)
    ran = shell.idqp("check", "--no-store", "--engine", sail)
    assert (ran.code, "check it alone, and not its files" in ran.err) == (3, True), ran.err


@only_spark
def test_a_delta_table_without_delta_on_the_cluster_is_refused(shell: Shell, delta: Path, sail: str) -> None:
    del delta
    shell.rules(UNIQUE, path="t")
    ran = shell.idqp("check", "--no-store", "--engine", sail)
    assert (ran.code, "DATA_SOURCE_NOT_FOUND" in ran.err) == (3, True), ran.err


@only_sail
@pytest.mark.parametrize("path", ["house/n/t", "table:iceberg.`{t}`"])
def test_an_iceberg_table_is_read_by_its_metadata(shell: Shell, sail: str, path: str) -> None:
    folder = shell.folder
    catalog = SqlCatalog("own", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/house")
    catalog.create_namespace("n")
    rows = pa.table({"id": pa.array([1, 2, 2], pa.int64())})
    table = catalog.create_table("n.t", schema=rows.schema)
    table.append(rows)
    table.delete("id = 2")
    shell.rules(UNIQUE, path=path.format(t=folder / "house/n/t"))
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (0, 1), ran.err


def test_a_table_of_the_catalogue_is_read_by_its_name(shell: Shell, sail: str) -> None:
    pq.write_table(pa.table({"id": [1, 2, 2]}), shell.folder / "orders.parquet")
    session = opened(sail, sail)
    # What every session of the cluster finds.
    session.read.parquet(str(shell.folder / "orders.parquet")).createOrReplaceGlobalTempView("idqp_orders")
    shell.rules(UNIQUE, path="table:global_temp.idqp_orders")
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (1, 3), ran.err
    shell.rules(UNIQUE, path="table:global_temp.idqp_nothing")
    gone = shell.idqp("check", "--no-store", "--engine", sail)
    assert (gone.code, "the cluster cannot read it" in gone.err) == (3, True), gone.err
    session.stop()


@pytest.mark.parametrize(
    "name",
    [
        "shop.orders",
        "{catalog}.shop.orders",
        "SHOP.Orders",
        "shop.select",
        f"{ODD}.`a``b`",
        f"`{ODD}`.`o rders-1`",
        "{catalog}.`shop`.`select`",
    ],
)
def test_a_table_that_was_saved_is_read_by_its_name(catalogue: Cluster, name: str) -> None:
    path = f"table:{name.format(catalog=catalogue.session.catalog.currentCatalog())}"
    if ON_SPARK or name != "SHOP.Orders":
        assert rows_of(catalogue, path) == 3
    else:
        # Sail tells upper and lower case apart.
        with pytest.raises(UnreadableError, match="the cluster cannot read it"):
            rows_of(catalogue, path)


@pytest.mark.parametrize("name", ["shop.nothing", "nowhere.orders", "nothing.shop.orders", "a.b.c.d"])
def test_a_table_that_is_not_there_is_one_line(catalogue: Cluster, name: str) -> None:
    with pytest.raises(UnreadableError, match=f"^table:{name}: the cluster cannot read it: .*[^ :]$") as told:
        rows_of(catalogue, f"table:{name}")
    assert "\n" not in str(told.value)
    if ON_SPARK:
        assert "it sees no such table" in str(told.value) or "it has no such catalogue" in str(told.value)


@pytest.mark.parametrize(
    "name", ["", "shop.", "odd-shop.orders", "shop.ü", "`shop", "shop.orders VERSION AS OF 1", "range(5)", "(SELECT 1)", "shop.orders; DROP TABLE shop.orders", "shop.``"]
)  # fmt: skip
def test_what_is_no_name_of_a_table_is_one_line_that_says_how_to_write_one(catalogue: Cluster, name: str) -> None:
    with pytest.raises(UnreadableError, match="is no name of a table; write a part with other signs"):
        rows_of(catalogue, f"table:{name}")
    assert rows_of(catalogue, "table:shop.orders") == 3


@only_spark
@pytest.mark.parametrize("name", ["spark_catalog.shop.`select`", "global_temp.`o rders-1`"])
def test_a_saved_table_is_checked_by_the_command(shell: Shell, catalogue: Cluster, sail: str, name: str) -> None:
    del catalogue
    shell.rules(UNIQUE, path=f"table:{name}")
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (1, 3), ran.err
    shell.rules(UNIQUE, path="table:shop.nothing")
    gone = shell.idqp("check", "--no-store", "--engine", sail)
    told = "table:shop.nothing: the cluster cannot read it: it sees no such table (Spark TABLE_OR_VIEW_NOT_FOUND)"
    assert (gone.code, told in gone.err, gone.err.count("\n") <= 2) == (3, True, True), gone.err


@only_spark
def test_orc_is_read(shell: Shell, sail: str) -> None:
    orc.write_table(pa.table({"id": [1, 2, 2]}), shell.folder / "t.orc")
    shell.rules(UNIQUE, path="t.orc")
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (1, 3), ran.err
