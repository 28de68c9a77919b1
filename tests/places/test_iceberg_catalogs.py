"""Iceberg tables by their catalogs, of SQL and of REST; and tables that hold what idqp does not read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table

from conftest import Shell

TOKEN = "token-canary"


@dataclass
class Rest:
    """What a REST catalog knows: its tables, by the path that the contract gives them."""

    url: str
    tables: dict[str, Table] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    """The part of Iceberg's REST contract that a reader uses: the configuration, and one table."""

    rest: Rest

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.rest.seen.append(self.path)
        while self.rest.silent.is_set():
            time.sleep(0.05)
        table = self.rest.tables.get(self.path)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(HTTPStatus.UNAUTHORIZED, error("no token", "NotAuthorizedException", 401))
        elif self.path.startswith("/v1/config"):
            self.answer(HTTPStatus.OK, {"defaults": {}, "overrides": {}})
        elif table is None:
            self.answer(HTTPStatus.NOT_FOUND, error("no such table", "NoSuchTableException", 404))
        else:
            metadata = json.loads(table.metadata.model_dump_json())
            self.answer(
                HTTPStatus.OK, {"metadata-location": table.metadata_location, "metadata": metadata, "config": {}}
            )

    def answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def error(message: str, kind: str, code: int) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


@pytest.fixture
def rest() -> Iterator[Rest]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Own", (_Handler,), {}))
    known = Rest(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass.rest = known  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    known.silent.clear()
    server.shutdown()
    server.server_close()


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Return a table of ten rows, in a catalog of SQLite."""
    catalog = SqlCatalog("own", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/house")
    catalog.create_namespace("n")
    rows = pa.table({"id": pa.array([*range(9), 8], pa.int64())})
    made = catalog.create_table("n.t", schema=rows.schema, properties={"format-version": "2"})
    made.append(rows)
    return made


def settings(rest: Rest, token: str = TOKEN) -> dict[str, str]:
    return {
        "PYICEBERG_CATALOG__PROD__URI": rest.url,
        "PYICEBERG_CATALOG__PROD__TYPE": "rest",
        "PYICEBERG_CATALOG__PROD__TOKEN": token,
    }


RULE = {"type": "unique", "column": "id"}


def test_a_table_of_a_sql_catalog_is_found_by_a_file_of_settings(shell: Shell, table: Table) -> None:
    del table
    shell.write(
        "home/.pyiceberg.yaml",
        f"catalog:\n  own:\n    type: sql\n    uri: sqlite:///{shell.folder}/catalog.db\n",
    )
    shell.rules(RULE, path="iceberg://own/n.t")
    env = {"PYICEBERG_HOME": str(shell.folder / "home")}
    ran = shell.idqp("check", "--no-store", "--format", "json", env=env)
    assert (ran.code, ran.json["datasets"][0]["rows"]) == (1, 10), ran.err


def test_a_table_of_a_rest_catalog_is_judged(shell: Shell, rest: Rest, table: Table) -> None:
    rest.tables["/v1/namespaces/n/tables/t"] = table
    shell.rules(RULE, path="iceberg://prod/n.t")
    ran = shell.idqp("check", "--no-store", "--format", "json", env=settings(rest))
    assert (ran.code, ran.json["datasets"][0]["rows"], ran.json["datasets"][0]["results"][-1]["rows_failed"]) == (
        1, 10, 2,
    ), ran.err  # fmt: skip
    assert any(path.startswith("/v1/namespaces/n/tables/t") for path in rest.seen)
    shell.rules(RULE, path="iceberg://prod/n.other")
    gone = shell.idqp("check", "--no-store", env=settings(rest))
    assert (gone.code, "the catalog has no such table" in gone.err) == (3, True), gone.err


@pytest.mark.thorough
def test_a_catalog_that_does_not_let_in_or_is_not_there_is_one_line(shell: Shell, rest: Rest) -> None:
    shell.rules(RULE, path="iceberg://prod/n.t")
    refused = shell.idqp("check", "--no-store", env=settings(rest, "wrong-canary"))
    away = shell.idqp(
        "check", "--no-store", env={**settings(rest), "PYICEBERG_CATALOG__PROD__URI": "http://127.0.0.1:1"}
    )
    unknown = shell.idqp("check", "--no-store")
    for ran in (refused, away, unknown):
        assert (ran.code, "Traceback" in ran.err, ran.err.count("\n")) == (3, False, 1), ran.err
        assert "iceberg://prod/n.t: cannot be read as an Iceberg table" in ran.err
        assert "canary" not in ran.out + ran.err


def test_a_catalog_that_never_answers_ends_with_the_deadline(shell: Shell, rest: Rest) -> None:
    rest.silent.set()
    shell.rules(RULE, path="iceberg://prod/n.t")
    began = time.monotonic()
    ran = shell.idqp("check", "--no-store", "--deadline", "3s", env=settings(rest))
    assert (ran.code, "deadline" in ran.err) == (3, True), ran.err
    assert time.monotonic() - began < 30


def equality_deletes(table: Table, folder: Path) -> None:
    """Delete the rows with the id 8 by their value, as Flink does."""
    path, target = folder / "gone.parquet", next(iter(table.scan().plan_files())).file
    schema = pa.schema([pa.field("id", pa.int64(), metadata={"PARQUET:field_id": "1"})])
    pq.write_table(pa.table({"id": [8]}, schema=schema), path)
    gone = DataFile.from_args(
        content=DataFileContent.EQUALITY_DELETES, file_path=f"file://{path}", file_format=FileFormat.PARQUET,
        partition=target.partition, record_count=1, file_size_in_bytes=path.stat().st_size, column_sizes={},
        value_counts={}, null_value_counts={}, nan_value_counts={}, lower_bounds={}, upper_bounds={}, split_offsets=[4],
        key_metadata=None, sort_order_id=None, equality_ids=[1], spec_id=target.spec_id,
    )  # fmt: skip
    gone.spec_id = target.spec_id
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as append:
        append.append_data_file(gone)


def test_a_table_with_equality_deletes_is_refused_by_their_name(shell: Shell, table: Table) -> None:
    equality_deletes(table, shell.folder)
    shell.rules(RULE, path="house/n/t")
    for command in (["check", "--no-store"], ["schema", "show", "house/n/t"]):
        ran = shell.idqp(*command)
        assert (ran.code, "the table has equality deletes, which idqp does not read" in ran.err) == (3, True), ran
    # The snapshot before them has none.
    shell.rules(RULE, path="house/n/t", read={"version": table.snapshots()[0].snapshot_id})
    assert shell.idqp("check", "--no-store").code == 1
