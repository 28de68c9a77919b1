"""Tables of Delta Lake and Iceberg are read as the table says, and not as the files that lie there."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from pyiceberg.types import LongType
from pyroaring import BitMap64

from conftest import Shell, checked
from idqp_cli.core.model import DatasetReport
from remote_servers import S3

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
IDS: list[dict[str, object]] = [{"type": "unique", "column": "id"}]


def numbers(first: int, last: int, **more: pa.Array) -> pa.Table:
    return pa.table({"id": pa.array(range(first, last), pa.int64()), **more})


def looked_at(folder: Path, path: str, *rules: dict[str, object], **dataset: object) -> DatasetReport:
    return checked(folder, list(rules) or IDS, path=path, **dataset).datasets[0]


def committed(table: Path, version: int, actions: Sequence[dict[str, Any]]) -> None:
    """Write a version of a Delta table by hand, as other engines do."""
    text = "\n".join(map(json.dumps, actions)) + "\n"
    (table / "_delta_log" / f"{version:020}.json").write_text(text, encoding="utf-8")


def added(table: Path, version: int = 0) -> list[dict[str, Any]]:
    """Return the files that a version of a Delta table adds."""
    lines = (table / "_delta_log" / f"{version:020}.json").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["add"] for line in lines if "add" in json.loads(line)]


def ascii_85(content: bytes) -> str:
    content += b"\0" * (-len(content) % 4)
    found = ""
    for start in range(0, len(content), 4):
        (number,) = struct.unpack(">I", content[start : start + 4])
        piece = ""
        for _ in range(5):
            piece, number = LETTERS[number % 85] + piece, number // 85
        found += piece
    return found


def vector(rows: Sequence[int]) -> dict[str, Any]:
    """Return a deletion vector of these rows, as it stands in the log."""
    content = struct.pack("<I", 1681511377) + BitMap64(rows).serialize()
    return {
        "storageType": "i",
        "pathOrInlineDv": ascii_85(content),
        "sizeInBytes": len(content),
        "cardinality": len(rows),
    }


def with_vector(table: Path) -> None:
    """Write a Delta table of 1,000 rows of which every fifth of the first half is deleted."""
    write_deltalake(table, numbers(0, 1000))
    (file,) = added(table)
    protocol = {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": ["deletionVectors"],
        "writerFeatures": ["deletionVectors"],
    }
    now = int(time.time() * 1000)
    remove = {
        "path": file["path"],
        "deletionTimestamp": now,
        "dataChange": True,
        "partitionValues": {},
        "size": file["size"],
    }
    committed(
        table, 1,
        [{"protocol": protocol}, {"remove": remove}, {"add": {**file, "deletionVector": vector(range(0, 500, 5)), "modificationTime": now}}],
    )  # fmt: skip


def test_rows_of_a_deletion_vector_are_gone_everywhere(tmp_path: Path, shell: Shell) -> None:
    with_vector(tmp_path / "t")
    report = looked_at(
        tmp_path,
        "t",
        {"type": "range", "column": "id", "min": 1},
        {"type": "range", "column": "id", "max": 500},
        key=["id"],
    )
    assert report.rows == 900
    assert str(report.source).endswith("/t (version 1)")
    first, second = (one for one in report.results if one.type == "range")
    assert (first.verdict.rows_failed, second.verdict.rows_failed) == (0, 499)
    assert [sample.line for sample in second.samples] == [502, 503, 504, 505, 506]
    sampled = shell.idqp("check", "t", "--sample", "50", "--no-store", "--format", "json")
    assert (sampled.code, sampled.json["datasets"][0]["sample"]["rows"]) == (1, 50), sampled.err
    apart = shell.idqp("check", "t", "--good", "fine", "--no-store")
    assert apart.code == 1, apart.err
    assert pq.read_table(shell.folder / "fine" / "t.parquet").column("id").to_pylist() == [
        i for i in range(1, 501) if i % 5 or i == 500
    ]
    whole = looked_at(tmp_path, "t", {"type": "row_count", "min": 1000}, read={"version": 0})
    assert whole.rows == 1000
    assert whole.source.endswith("/t (version 0)")


def test_every_version_of_a_table_can_be_read(tmp_path: Path) -> None:
    table = tmp_path / "t"
    write_deltalake(table, numbers(0, 10))
    between = []
    for version in range(1, 5):
        time.sleep(0.02)
        between.append(datetime.now(UTC))
        time.sleep(0.02)
        write_deltalake(table, numbers(version * 10, version * 10 + 10), mode="append")
    DeltaTable(table).delete("id < 5")
    for version in range(5):
        assert looked_at(tmp_path, "t", read={"version": version}).rows == 10 * (version + 1)
    assert looked_at(tmp_path, "t").rows == 45
    for version, at in enumerate(between):
        assert looked_at(tmp_path, "t", read={"as_of": at.isoformat()}).rows == 10 * (version + 1)
    for unknown in ({"version": 77}, {"as_of": "1999-01-01"}):
        message = looked_at(tmp_path, "t", read=unknown).message or ""
        assert "cannot be read as a Delta table" in message or "has no version of that time" in message
    (tmp_path / "t.csv").write_text("id\n1\n")
    assert "is no table of Delta or Iceberg" in (looked_at(tmp_path, "t.csv", read={"version": 1}).message or "")


def test_columns_are_those_of_the_table(tmp_path: Path) -> None:
    table = tmp_path / "t"
    schema = pa.schema(
        [pa.field("id", pa.int64(), nullable=False), pa.field("day", pa.date32()), pa.field("note", pa.string())]
    )
    rows = {"id": [1, 2, 3], "day": [None, *[date(2026, 1, 2)] * 2], "note": ["a", "b", None]}
    write_deltalake(table, pa.table(rows, schema=schema), partition_by=["day"])
    more = pa.table({"id": [4], "day": [date(2026, 1, 3)], "note": ["c"], "ratio": [0.5]})
    write_deltalake(table, more, mode="append", schema_mode="merge")
    first = {"id": {"type": "BIGINT", "nullable": False}, "note": "VARCHAR", "day": "DATE"}
    report = looked_at(tmp_path, "t", {"type": "schema", "columns": first}, read={"version": 0})
    assert next(one.verdict.status for one in report.results if one.type == "schema") == "passed"
    columns = {"id": "BIGINT", "day": "DATE", "note": "VARCHAR", "ratio": "DOUBLE"}
    report = looked_at(
        tmp_path, "t", {"type": "schema", "columns": columns}, {"type": "completeness", "column": "day"},
        {"type": "completeness", "column": "ratio"}, key=["id"],
    )  # fmt: skip
    told = {
        one.type if one.type == "schema" else one.rule: (one.verdict.status, one.verdict.rows_failed)
        for one in report.results
    }
    assert (report.rows, told["schema"][0]) == (4, "passed"), report.results
    assert (told["completeness(day)"][1], told["completeness(ratio)"][1]) == (1, 3)


def mapped(table: Path, names: dict[str, str]) -> None:
    """Write a Delta table whose columns have other names in the files: `names` gives the file's name of each."""
    write_deltalake(table, pa.table({"one": [1, 2, 3], "two": [10, 20, 30]}))
    (file,) = added(table)
    fields = [
        {"name": name, "type": "long", "nullable": True,
         "metadata": {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical}}
        for number, (name, physical) in enumerate(names.items(), 1)
    ]  # fmt: skip
    lines = [
        json.loads(line) for line in (table / "_delta_log" / f"{0:020}.json").read_text(encoding="utf-8").splitlines()
    ]
    meta = next(line["metaData"] for line in lines if "metaData" in line)
    meta["schemaString"] = json.dumps({"type": "struct", "fields": fields})
    meta["configuration"] = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "2"}
    committed(
        table, 0, [{"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}}, {"metaData": meta}, {"add": file}]
    )


@pytest.mark.parametrize("names", [{"id": "one", "price": "two"}, {"one": "two", "two": "one"}, {"id": "two"}])
def test_columns_that_are_named_otherwise_in_the_files_are_found(tmp_path: Path, names: dict[str, str]) -> None:
    mapped(tmp_path / "t", names)
    values = {"one": 2, "two": 20}
    rules: list[dict[str, object]] = [
        {"type": "statistic", "column": name, "statistic": "mean", "min": 0} for name in names
    ]
    report = looked_at(tmp_path, "t", *rules)
    means = [one.verdict.metric_value for one in report.results if one.type == "statistic"]
    assert means == [values[physical] for physical in names.values()]


def test_what_a_reader_does_not_know_is_named(tmp_path: Path) -> None:
    table = tmp_path / "t"
    write_deltalake(table, numbers(0, 3))
    features = ["deletionVectors", "somethingNew"]
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}
    committed(table, 1, [{"protocol": protocol}])
    report = looked_at(tmp_path, "t")
    assert (report.rows, "somethingNew" in (report.message or "")) == (None, True), report


def test_a_table_without_files_is_empty_and_has_its_columns(tmp_path: Path) -> None:
    table = tmp_path / "t"
    write_deltalake(table, numbers(0, 3))
    DeltaTable(table).delete()
    report = looked_at(tmp_path, "t", *IDS, allow_empty=True)
    assert (report.rows, report.message, report.results[-1].verdict.status) == (0, None, "skipped")


def test_a_delta_table_of_an_object_store_is_read_there(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    with_vector(tmp_path / "t")
    bucket = s3.bucket()
    for path in (tmp_path / "t").rglob("*"):
        if path.is_file():
            s3.put(bucket, f"lake/t/{path.relative_to(tmp_path / 't')}", path.read_bytes())
    for where in (f"s3://{bucket}/lake/t", f"s3://{bucket}/lake/t/", f"delta+s3://{bucket}/lake/t"):
        report = looked_at(tmp_path, where, {"type": "range", "column": "id", "max": 500})
        assert (report.rows, report.message) == (900, None)
        assert next(one.verdict.rows_failed for one in report.results if one.type == "range") == 499


def test_files_of_a_table_are_not_checked_beside_others(tmp_path: Path, shell: Shell) -> None:
    write_deltalake(tmp_path / "t", numbers(0, 3))
    shell.rules(path="t")
    ran = shell.idqp("check", "--dataset", "t", "t", "t", str(tmp_path / "rules.yaml"), "--no-store")
    assert (ran.code, "check it alone, and not its files" in ran.err) == (3, True), ran.err
    ran = shell.idqp("schema", "show", str(tmp_path / "t"))
    assert (ran.code, "BIGINT" in ran.out) == (0, True), ran.err
    ran = shell.idqp("check", "--explain")
    assert (ran.code, "version 0" in ran.out) == (0, True), ran.err


@pytest.fixture
def iceberg(tmp_path: Path) -> Callable[[pa.Table], Table]:
    """Return a function that makes an Iceberg table in a catalog of the test's own."""
    catalog = SqlCatalog("own", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/house")
    catalog.create_namespace("n")

    def make(rows: pa.Table) -> Table:
        table = catalog.create_table("n.t", schema=rows.schema, properties={"format-version": "2"})
        table.append(rows)
        return table

    return make


def position_deletes(table: Table, folder: Path, rows: Sequence[int]) -> None:
    """Delete rows of the first file of an Iceberg table as other engines do."""
    target, path = next(iter(table.scan().plan_files())).file, folder / "house" / f"gone-{len(rows)}.parquet"
    schema = pa.schema(
        [
            pa.field("file_path", pa.string(), nullable=False, metadata={"PARQUET:field_id": "2147483546"}),
            pa.field("pos", pa.int64(), nullable=False, metadata={"PARQUET:field_id": "2147483545"}),
        ]
    )
    pq.write_table(pa.table({"file_path": [target.file_path] * len(rows), "pos": list(rows)}, schema=schema), path)
    gone = DataFile.from_args(
        content=DataFileContent.POSITION_DELETES, file_path=f"file://{path}", file_format=FileFormat.PARQUET,
        partition=target.partition, record_count=len(rows), file_size_in_bytes=path.stat().st_size, column_sizes={},
        value_counts={}, null_value_counts={}, nan_value_counts={}, lower_bounds={}, upper_bounds={}, split_offsets=[4],
        key_metadata=None, sort_order_id=None, equality_ids=None, spec_id=target.spec_id,
    )  # fmt: skip
    gone.spec_id = target.spec_id
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as append:
        append.append_data_file(gone)


def test_an_iceberg_table_has_the_rows_and_columns_of_its_snapshot(
    tmp_path: Path, iceberg: Callable[[pa.Table], Table], shell: Shell
) -> None:
    schema = pa.schema(
        [pa.field("id", pa.int64(), nullable=False), pa.field("age", pa.int32()), pa.field("x", pa.string())]
    )
    table = iceberg(pa.table({"id": range(100), "age": range(100), "x": ["a"] * 100}, schema=schema))
    with table.update_schema() as update:
        update.rename_column("age", "years")
        update.delete_column("x")
    with table.update_schema() as update:
        update.add_column("x", LongType())
        update.update_column("years", LongType())
    table.append(
        pa.table({"id": range(100, 150), "years": range(100, 150), "x": range(50)}, schema=table.schema().as_arrow())
    )
    position_deletes(table, tmp_path, range(10))
    columns = {"id": {"type": "BIGINT", "nullable": False}, "years": "BIGINT", "x": "BIGINT"}
    rules: list[dict[str, object]] = [
        {"type": "schema", "columns": columns}, {"type": "range", "column": "years", "min": 20},
        {"type": "completeness", "column": "x"}, {"type": "unique", "column": "id"},
    ]  # fmt: skip
    whole = table.scan().to_arrow()
    assert whole.num_rows in {140, 150}
    report = looked_at(tmp_path, "house/n/t", *rules, key=["id"])
    told = {
        one.type if one.type == "schema" else one.rule: (one.verdict.status, one.verdict.rows_failed)
        for one in report.results
    }
    first = next(iter(table.scan().plan_files())).file.record_count
    assert (report.rows, told["schema"][0]) == (140, "passed"), report
    assert told["unique(id)"] == ("passed", 0)
    assert told["range(years)"][1] == (10 if first == 100 else 20)
    assert told["completeness(x)"][1] == (90 if first == 100 else 100)
    for snapshot, rows in zip(table.snapshots(), (100, 150, 140), strict=True):
        assert looked_at(tmp_path, "house/n/t", read={"version": snapshot.snapshot_id}).rows == rows
        at = datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC)
        assert looked_at(tmp_path, "house/n/t", read={"as_of": at.isoformat()}).rows == rows
    assert "has no snapshot 7" in (looked_at(tmp_path, "house/n/t", read={"version": 7}).message or "")
    env = {"PYICEBERG_CATALOG__OWN__URI": f"sqlite:///{tmp_path}/catalog.db", "PYICEBERG_CATALOG__OWN__TYPE": "sql"}
    ran = shell.idqp("check", "iceberg://own/n.t", "--no-store", "--format", "json", env=env)
    assert ran.json["datasets"][0]["rows"] == 140, ran.err
    gone = shell.idqp("check", "iceberg://own/n.other", "--no-store", env=env)
    assert (gone.code, "the catalog has no such table" in gone.err) == (3, True), gone.err
    named = looked_at(tmp_path, table.metadata_location.removeprefix("file://"))
    assert named.rows == 140


def test_an_empty_iceberg_table_and_partitions(tmp_path: Path, iceberg: Callable[[pa.Table], Table]) -> None:
    rows = pa.table({"id": pa.array(range(20), pa.int64()), "land": ["DE", "FR"] * 10})
    table = iceberg(rows)
    with table.update_spec() as update:
        update.add_identity("land")
    table.overwrite(rows)
    report = looked_at(tmp_path, "house/n/t", {"type": "accepted_values", "column": "land", "values": ["DE"]})
    assert (report.rows, report.results[-1].verdict.rows_failed) == (20, 10)
    table.delete("id >= 0")
    assert looked_at(tmp_path, "house/n/t", *IDS, allow_empty=True).rows == 0


def test_a_table_without_its_extra_says_what_to_install(shell: Shell) -> None:
    write_deltalake(shell.folder / "t", numbers(0, 3))
    shell.write("i/metadata/v1.metadata.json", "{}")
    shell.write(
        "blocked/sitecustomize.py",
        "import sys\nsys.modules['deltalake'] = None\nsys.modules['pyiceberg'] = None\nsys.modules['pyiceberg.catalog'] = None\n",
    )
    for path, extra in (("t", "delta"), ("i", "iceberg")):
        ran = shell.idqp("check", "--no-store", path, env={"PYTHONPATH": str(shell.folder / "blocked")})
        assert (ran.code, f"pip install 'idqp[{extra}]'" in ran.err) == (3, True), ran.err
    broken = shell.idqp("check", "--no-store", "i")
    assert (broken.code, "cannot be read as an Iceberg table" in broken.err) == (3, True), broken.err


def test_files_of_a_table_are_not_taken_for_its_rows(
    tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch, iceberg: Callable[[pa.Table], Table]
) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    table, bucket = tmp_path / "lake" / "t", s3.bucket()
    write_deltalake(table, numbers(0, 10, land=pa.array(["DE", "FR"] * 5)), partition_by=["land"])
    DeltaTable(table).delete("id < 5")
    ice = iceberg(numbers(0, 10))
    ice.delete("id < 5")
    other = Path(ice.location().removeprefix("file://"))
    assert other.is_relative_to(tmp_path)
    own = str(other.relative_to(tmp_path))
    (tmp_path / "link").symlink_to(table / "land=DE")
    lake = [*table.rglob("*"), *other.rglob("*")]
    for path in lake:
        if path.is_file():
            s3.put(bucket, str(path.relative_to(tmp_path)), path.read_bytes())
    parts = [
        "lake",
        "lake/t/**/*.parquet",
        "lake/t/land=DE/*.parquet",
        "lake/t/land=DE",
        "lake/t/land=DE/",
        "l*/t/*/*.parquet",
    ]
    parts += [
        str(Path(own).parent),
        f"{own}/data",
        f"{own}/data/*.parquet",
        f"{own}/*/*.parquet",
        f"{own}/../**/*.parquet",
    ]
    for where in ["link", *parts, *(f"s3://{bucket}/{part}" for part in parts if ".." not in part)]:
        report = looked_at(tmp_path, where)
        assert (report.rows, "check it alone, and not its files" in (report.message or "")) == (None, True), where
    assert [looked_at(tmp_path, where).rows for where in ("lake/t", f"s3://{bucket}/lake/t", own)] == [5, 5, 5]


def test_text_beside_what_a_table_has_is_no_part_of_it(tmp_path: Path) -> None:
    for name in ("metadata/a.metadata.json", "_delta_log/0.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.csv").write_text("id\n1\n", encoding="utf-8")
    assert [looked_at(tmp_path, where).rows for where in ("data", "data/*.csv")] == [1, 1]


def test_what_a_table_promises_is_suggested(tmp_path: Path, shell: Shell) -> None:
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("price", pa.int64())])
    write_deltalake(tmp_path / "t", pa.table({"id": [1, 2, 3], "price": [5, 6, 7]}, schema=schema))
    table = DeltaTable(tmp_path / "t")
    table.alter.add_constraint({"positive": "price > 0 AND price < 1000"})
    lines = (tmp_path / "t" / "_delta_log" / f"{1:020}.json").read_text().splitlines()
    (meta,) = (json.loads(line)["metaData"] for line in lines if "metaData" in json.loads(line))
    meta["configuration"]["delta.constraints.hostile"] = "(SELECT count(*) FROM read_text('/etc/passwd')) > 0"
    committed(tmp_path / "t", 2, [{"metaData": meta}])
    ran = shell.idqp("suggest", "t")
    assert ran.code == 0, ran.err
    assert "price > 0 AND price < 1000" in ran.out
    assert "the table has the constraint positive" in ran.out
    assert "the table declares it NOT NULL" in ran.out
    assert "passwd" not in ran.out
