"""Tables and queries of MySQL and MariaDB, with the types of their catalogue."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from conftest import Shell, checked
from idqp_cli.core.deadline import within
from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.model import DatasetReport
from idqp_cli.ingest.databases import located
from mariadb_server import SECRET, MariaDB

QUOTED = "reader:s3cr3t%2F%3A%40%3F%23"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let idqp know the password."""
    monkeypatch.setenv("MYSQL_PWD", SECRET)


def looked_at(folder: Path, path: str, *rules: dict[str, object], **dataset: object) -> DatasetReport:
    return checked(folder, list(rules), path=path, **dataset).datasets[0]


def typed(folder: Path, path: str, columns: dict[str, object]) -> DatasetReport:
    report = looked_at(folder, path, {"type": "schema", "columns": columns, "ordered": True})
    assert report.message is None, report.message
    (found,) = (one for one in report.results if one.type == "schema")
    assert found.verdict.status == "passed", found.verdict.message
    return report


def test_a_table_has_its_types_and_its_exact_values(tmp_path: Path, mariadb: MariaDB) -> None:
    mariadb.run(
        'CREATE OR REPLACE TABLE `odd ``"table` (id BIGINT UNSIGNED NOT NULL, tiny TINYINT, small SMALLINT UNSIGNED, medium MEDIUMINT,'
        " plain INT, price DECIMAL(12,3), wide DECIMAL(60,5), ratio DOUBLE, approx FLOAT, day DATE, odd_day DATE, at TIMESTAMP NULL,"
        " local DATETIME(6), hour TIME, year YEAR, flags BIT(9), raw VARBINARY(20), doc JSON, note TEXT, kind ENUM('a','b'))",
        "SET sql_mode = ''",
        "SET time_zone = '+02:00'",
        'INSERT INTO `odd ``"table` VALUES (18446744073709551615, -128, 65535, -8388608, 2147483647, 123456789.125, 1.5, 0.1, 16777217,'
        " '2026-01-02', '0000-00-00', '2026-01-01 12:00:00', '2026-01-01 12:00:00.123456', '12:30', 2026, b'100000001',"
        " x'DEADBEEF00', '{\"a\": 1}', 'line\\none, \"two\" ü😀', 'b')",
        "INSERT INTO `odd ``\"table` (id, note, odd_day) VALUES (1, '', '2026-01-01'), (2, NULL, NULL)",
    )
    columns: dict[str, object] = {
        "id": {"type": "UBIGINT", "nullable": False}, "tiny": "TINYINT", "small": "USMALLINT", "medium": "INTEGER",
        "plain": "INTEGER", "price": "DECIMAL(12,3)", "wide": "DECIMAL(38,10)", "ratio": "DOUBLE", "approx": "FLOAT",
        "day": "DATE", "odd_day": "VARCHAR", "at": "TIMESTAMP WITH TIME ZONE", "local": "TIMESTAMP", "hour": "TIME",
        "year": "SMALLINT", "flags": "UBIGINT", "raw": "BLOB", "doc": "VARCHAR", "note": "VARCHAR", "kind": "VARCHAR",
    }  # fmt: skip
    where = f'{mariadb.address()}?table=t."odd `""table"'
    assert typed(tmp_path, where, columns).rows == 3
    values = (
        "id = 18446744073709551615 AND tiny = -128 AND small = 65535 AND price = 123456789.125 AND wide = 1.5 AND ratio = 0.1"
        " AND approx = 16777216 AND odd_day = '0000-00-00' AND hex(raw) = 'DEADBEEF00' AND flags = 257 AND kind = 'b'"
        " AND \"at\" = TIMESTAMPTZ '2026-01-01 10:00:00+00' AND \"local\" = TIMESTAMP '2026-01-01 12:00:00.123456'"
        " AND note = 'line' || chr(10) || 'one, \"two\" ü' || chr(128512)"
    )
    rules: list[dict[str, object]] = [
        {"type": "expression", "expression": values, "where": "id > 2"},
        {"type": "completeness", "column": "note"},
        {"type": "unique", "column": "id"},
    ]
    results = [one for one in looked_at(tmp_path, where, *rules).results if one.rules_line]
    assert [one.verdict.rows_failed for one in results] == [0, 1, 0], [one.verdict for one in results]
    query = f'{mariadb.address()}?query=SELECT id %25 10 AS digit, note FROM `odd ``"table` WHERE id < 50'
    assert looked_at(tmp_path, query, {"type": "range", "column": "digit", "max": 1}).rows == 2


def test_nothing_is_written_and_no_password_is_shown(shell: Shell, mariadb: MariaDB) -> None:
    mariadb.run("CREATE OR REPLACE TABLE kept (id INT)", "INSERT INTO kept VALUES (1)")
    mariadb.run(
        "CREATE OR REPLACE FUNCTION writes() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO kept VALUES (2); RETURN 1; END"
    )
    for query in (
        "SELECT writes()",
        "SELECT 1) AS x; DELETE FROM kept; SELECT * FROM (SELECT 1",
        "DELETE FROM kept RETURNING id",
        "SELECT no_column FROM kept",
    ):
        ran = shell.idqp("check", "--no-store", f"{mariadb.address(QUOTED)}?query={query}", env={"MYSQL_PWD": ""})
        assert (ran.code, "s3cr3t" in ran.err + ran.out, "Traceback" in ran.err) == (3, False, False), ran.err
    wrong = shell.idqp("check", "--no-store", f"{mariadb.address('reader:wr0ng')}?table=kept")
    assert (wrong.code, "Access denied" in wrong.err, "wr0ng" in wrong.err) == (3, True, False), wrong.err
    assert mariadb.run("SELECT * FROM kept") == [(1,)]
    shell.rules(path=f"{mariadb.address(QUOTED)}?table=kept")
    assert shell.idqp("check").code == 2
    shell.rules({"type": "unique", "column": "id"}, path=f"{mariadb.address()}?table=kept")
    ran = shell.idqp("check", "--format", "json")
    assert (ran.code, ran.json["datasets"][0]["source"]) == (0, f"{mariadb.address()}?table=kept"), ran.err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("&ssl_mode=verify_identity&ssl_ca={ca}", None),
        ("&ssl_mode=required", None),
        ("&ssl_mode=verify_ca", "CERTIFICATE_VERIFY_FAILED"),
        ("&ssl_mode=sometimes", "ssl_mode is one of"),
        ("&password=x", "unknown parameter 'password'"),
        ("&unix_socket=/nowhere", "unix_socket: no such file"),
    ],
)
def test_tls_is_as_it_is_asked_for(tmp_path: Path, mariadb: MariaDB, more: str, told: str | None) -> None:
    mariadb.run("CREATE OR REPLACE TABLE small (id INT)", "INSERT INTO small VALUES (1)")
    path = f"{mariadb.address()}?table=small{more.format(ca=mariadb.authority)}"
    text = {"version": 1, "datasets": {"t": {"path": "${{ where }}"}}}
    (tmp_path / "rules.yaml").write_text(json.dumps(text))
    source = located(path, tmp_path, None)
    if told is None:
        with source as found:
            assert found.files[0].size
        return
    with pytest.raises(Exception, match=told), source:
        pass


def test_rows_are_those_of_one_moment_and_the_deadline_holds(tmp_path: Path, mariadb: MariaDB) -> None:
    mariadb.run("CREATE OR REPLACE TABLE busy (id INT)", "INSERT INTO busy SELECT seq FROM seq_1_to_50000")
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            mariadb.run("UPDATE busy SET id = id + 1")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        rules: list[dict[str, object]] = [
            {"type": "unique", "column": "id"},
            {"type": "row_count", "min": 50000, "max": 50000},
        ]
        report = looked_at(tmp_path, f"{mariadb.address()}?table=busy", *rules)
    finally:
        done.set()
        writer.join()
    assert (report.status, report.rows) == ("passed", 50000), report
    slow = f"{mariadb.address()}?query=SELECT sleep(20) AS s"
    with pytest.raises(DeadlineError), located(slow, tmp_path, within(1)):
        pass
