"""Tables and queries of databases, with the types of their catalogue."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import duckdb
import psycopg
import pytest

from conftest import Cluster, Shell, checked
from idqp_cli.core.model import DatasetReport


@pytest.fixture
def server(cluster: Cluster, database: str) -> str:
    """Return the address of a database."""
    return cluster.address(database)


def looked_at(folder: Path, path: str, *rules: dict[str, object], **dataset: object) -> DatasetReport:
    return checked(folder, list(rules), path=path, **dataset).datasets[0]


def typed(folder: Path, path: str, columns: dict[str, object]) -> DatasetReport:
    report = looked_at(folder, path, {"type": "schema", "columns": columns, "ordered": True})
    assert report.message is None, report.message
    (found,) = (one for one in report.results if one.type == "schema")
    assert found.verdict.status == "passed", found.verdict.message
    return report


def test_a_table_of_postgresql_has_its_types_and_rows(tmp_path: Path, server: str) -> None:
    with psycopg.connect(server) as connection:
        connection.execute(
            'CREATE SCHEMA "odd schema"; CREATE TABLE "odd schema"."the ""table" (id bigint NOT NULL, small smallint,'
            " price numeric(12, 3), any_number numeric, paid money, ok boolean, at timestamptz, local timestamp, day date,"
            ' hour time, key uuid, doc jsonb, tags text[], counts int[], raw bytea, ratio float8, "the ""name" text)'
        )
        connection.execute(
            'INSERT INTO "odd schema"."the ""table" SELECT i, i, i + 0.125, i * 1.5, 3.5, i % 2 = 0,'
            " '2026-01-01T12:00:00+02'::timestamptz, '2026-01-01 12:00', '2026-01-01', '12:30', gen_random_uuid(),"
            " '{\"a\": 1}', ARRAY['a, b', 'c\"d', NULL], ARRAY[1, NULL], '\\xdeadbeef', 'NaN', E'line\\none, \"two\"'"
            " FROM generate_series(1, 100) i"
        )
        connection.execute('INSERT INTO "odd schema"."the ""table" (id, "the ""name") VALUES (101, \'\'), (102, NULL)')
    columns: dict[str, object] = {
        "id": {"type": "BIGINT", "nullable": False}, "small": "SMALLINT", "price": "DECIMAL(12,3)",
        "any_number": "DECIMAL(38,10)", "paid": "DECIMAL(38,10)", "ok": "BOOLEAN", "at": "TIMESTAMP WITH TIME ZONE",
        "local": "TIMESTAMP", "day": "DATE", "hour": "TIME", "key": "UUID", "doc": "VARCHAR", "tags": "VARCHAR[]",
        "counts": "INTEGER[]", "raw": "BLOB", "ratio": "DOUBLE", 'the "name': "VARCHAR",
    }  # fmt: skip
    where = f'{server}&table="odd schema"."the ""table"'
    report = typed(tmp_path, where, columns)
    assert report.rows == 102
    rules: list[dict[str, object]] = [
        {"type": "completeness", "column": 'the "name'},
        {"type": "expression", "expression": "price = id + 0.125 AND any_number = id * 1.5 AND paid = 3.5"},
        {
            "type": "expression",
            "expression": "tags[1] = 'a, b' AND tags[2] = 'c\"d' AND counts[1] = 1 AND counts[2] IS NULL",
        },
        {"type": "expression", "expression": "\"at\" = TIMESTAMPTZ '2026-01-01 10:00:00+00' AND hex(raw) = 'DEADBEEF'"},
        {
            "type": "expression",
            "expression": '"the ""name" = chr(108) || \'ine\' || chr(10) || \'one, "two"\'',
            "where": "id < 101",
        },
    ]
    results = [one for one in looked_at(tmp_path, where, *rules).results if one.type in {"completeness", "expression"}]
    assert [one.verdict.rows_failed for one in results] == [1, 0, 0, 0, 0], [one.verdict for one in results]
    query = f'{server}&query=SELECT id, id %25 10 AS digit FROM "odd schema"."the ""table" WHERE id < 50'
    assert typed(tmp_path, query, {"id": "BIGINT", "digit": "BIGINT"}).rows == 49


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("table=nothing", "does not exist"),
        ("query=DELETE FROM t RETURNING id", "syntax error"),
        ("query=SELECT 1) AS a; DROP TABLE t; SELECT (2", "cannot insert multiple commands"),
        ("query=SELECT 1) AS a; COMMIT; DROP TABLE t; SELECT (2", "cannot insert multiple commands"),
        ("query=SELECT nextval('s')", "read-only transaction"),
        ("", "say which table"),
        ("table=a&query=SELECT 1", "say which table"),
    ],
)
def test_a_database_that_cannot_be_read_is_one_line(tmp_path: Path, server: str, asked: str, told: str) -> None:
    with psycopg.connect(server) as connection:
        connection.execute("CREATE TABLE t (id int); CREATE SEQUENCE s; INSERT INTO t VALUES (1)")
    report = looked_at(tmp_path, f"{server}&{asked}")
    assert (report.rows, told in (report.message or "")) == (None, True), report.message
    with psycopg.connect(server) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(1,)]


def test_a_password_is_neither_in_rules_nor_shown(shell: Shell) -> None:
    shell.rules(path="postgresql://ada:s3cr3t@127.0.0.1:1/db?table=t")
    ran = shell.idqp("check", "--no-store")
    assert (ran.code, "path: holds a secret" in ran.err, "s3cr3t" in ran.err) == (2, True, False)
    ran = shell.idqp("check", "--no-store", "--rules", "none.yaml", "postgresql://ada:s3cr3t@127.0.0.1:1/db?table=t")
    shell.write("rules.yaml", '{"version": 1, "datasets": {}}')
    ran = shell.idqp("check", "--no-store", "postgresql://ada:s3cr3t@127.0.0.1:1/db?table=t")
    assert (ran.code, "s3cr3t" in ran.err + ran.out) == (3, False), ran.err


def test_a_table_of_sqlite_has_the_types_that_its_values_have(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "my #db.sqlite") as connection:
        connection.execute(
            'CREATE TABLE "the ""table" (id INTEGER NOT NULL, price REAL, day DATE, mixed INTEGER, raw BLOB, note TEXT, no)'
        )
        rows = [
            (i, i * 0.5, f"2026-01-{i:02}", "x" if i == 3 else i, b"\x01", 'a,\n"b"' if i > 1 else "", None)
            for i in range(1, 21)
        ]
        connection.executemany('INSERT INTO "the ""table" VALUES (?, ?, ?, ?, ?, ?, ?)', rows)
    connection.close()
    columns: dict[str, object] = {
        "id": {"type": "BIGINT", "nullable": False}, "price": "DOUBLE", "day": "DATE", "mixed": "VARCHAR", "raw": "BLOB",
        "note": "VARCHAR", "no": "VARCHAR",
    }  # fmt: skip
    where = 'sqlite:///my %23db.sqlite?table=the "table'
    assert typed(tmp_path, where, columns).rows == 20
    report = looked_at(
        tmp_path,
        where,
        {"type": "completeness", "column": "note"},
        {"type": "accepted_values", "column": "note", "values": ['a,\n"b"']},
    )
    told = {one.type: one.verdict.rows_failed for one in report.results}
    assert (told["completeness"], told["accepted_values"]) == (0, 1)
    absolute = f'sqlite:///{tmp_path!s}/my %23db.sqlite?query=SELECT mixed AS one FROM "the ""table" WHERE id < 3 UNION ALL SELECT NULL'
    assert looked_at(tmp_path, absolute).rows == 3
    for bad, why in (
        ("sqlite:///none.db?table=t", "no such file"),
        (where.replace("the ", "no "), "no such table"),
        ("sqlite://x?table=t", "write sqlite:///FILE"),
    ):
        assert why in (looked_at(tmp_path, bad).message or ""), bad
    (tmp_path / "text.db").write_text("id\n1\n")
    assert "not a database" in (looked_at(tmp_path, "sqlite:///text.db?table=t").message or "")


def test_a_duckdb_file_is_read_as_it_is(tmp_path: Path, shell: Shell) -> None:
    with duckdb.connect(str(tmp_path / "my.duckdb")) as connection:
        connection.execute(
            "CREATE SCHEMA s; CREATE TABLE s.t (id INTEGER NOT NULL, big HUGEINT, kind ENUM('a', 'b'), n INTEGER[])"
        )
        connection.execute("INSERT INTO s.t SELECT i, i::HUGEINT * 100000000000000000000, 'a', [i] FROM range(50) r(i)")
    before = (tmp_path / "my.duckdb").read_bytes()
    columns: dict[str, object] = {"id": "INTEGER", "big": "DECIMAL(38,0)", "kind": "VARCHAR", "n": "INTEGER[]"}
    assert typed(tmp_path, "duckdb:///my.duckdb?table=s.t", columns).rows == 50
    report = looked_at(
        tmp_path,
        "duckdb:///my.duckdb?query=SELECT id FROM s.t WHERE id < 7",
        {"type": "range", "column": "id", "max": 3},
    )
    assert (report.rows, [one.verdict.rows_failed for one in report.results if one.type == "range"]) == (7, [3])
    (tmp_path / "other.csv").write_text("id\n1\n")
    for query in (f"SELECT * FROM read_csv('{tmp_path}/other.csv')", "SELECT 1) ; DROP TABLE s.t; SELECT (1"):
        assert looked_at(tmp_path, f"duckdb:///my.duckdb?query={query}").rows is None
    assert (tmp_path / "my.duckdb").read_bytes() == before
    datasets = {"t": {"path": "duckdb:///my.duckdb?table=s.t", "rules": [{"type": "unique", "column": "id"}]}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    words = (
        ("check", "--deadline", "30s"),
        ("check", "--sample", "10", "--no-store"),
        ("check", "--explain"),
        ("schema", "show", "t"),
    )
    for one in words:
        ran = shell.idqp(*one)
        assert ran.code == 0, (one, ran.err)
