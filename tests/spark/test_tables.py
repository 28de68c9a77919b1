"""Tables that a cluster reads: of its catalogue, and of Delta Lake and Iceberg by their paths."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import orc
from pyiceberg.catalog.sql import SqlCatalog

from conftest import Shell
from idqp_cli.engine.spark.session import opened
from sail_server import sail

__all__ = ["sail"]

UNIQUE = {"type": "unique", "column": "id"}
ON_SPARK = "IDQP_SPARK" in os.environ
only_sail = pytest.mark.skipif(ON_SPARK, reason="Spark needs jars for it, which no package of PyPI has")
only_spark = pytest.mark.skipif(not ON_SPARK, reason="Sail has none")


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """Return a Delta table of two rows, of which one file more is left over."""
    rows = pa.table({"id": [1, 2, 2], "land": ["DE", "DE", "FR"]})
    write_deltalake(tmp_path / "t", rows, partition_by=["land"])
    DeltaTable(tmp_path / "t").delete("land = 'FR'")
    return tmp_path / "t"


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


@only_spark
def test_orc_is_read(shell: Shell, sail: str) -> None:
    orc.write_table(pa.table({"id": [1, 2, 2]}), shell.folder / "t.orc")
    shell.rules(UNIQUE, path="t.orc")
    ran = shell.idqp("check", "--no-store", "--format", "json", "--engine", sail)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (1, 3), ran.err
