"""A PostgreSQL store gives the same answers whatever its database, a role, the environment or a pooler has set."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from conftest import Cluster, Ran, Shell
from postgres_server import unprivileged

STRANGE = (
    "datestyle = 'German, DMY'", "timezone = 'Asia/Kathmandu'", "search_path = 'nowhere'", "statement_timeout = '900ms'",
    "extra_float_digits = '-10'", "bytea_output = 'escape'", "intervalstyle = 'sql_standard'",
    "default_transaction_isolation = 'serializable'",
)  # fmt: skip
ENVIRONMENT = {"PGTZ": "America/St_Johns", "PGDATESTYLE": "SQL, DMY", "PGCLIENTENCODING": "LATIN1"}
DIGITS = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


@pytest.fixture
def latin(cluster: Cluster) -> str:
    """Return the name of a database in Latin-1, with an empty store."""
    cluster.run("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    return "latin"


@pytest.fixture
def pooled(cluster: Cluster, database: str) -> Iterator[str]:
    """Return the address of a database behind PgBouncer, which gives each transaction another session."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    assert program, "the tests need PgBouncer: apt-get install pgbouncer"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(cluster.folder)
    settings, users = folder / "pgbouncer.ini", folder / "users"
    settings.write_text(
        f"[databases]\n{database} = host={folder}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = trust\nauth_file = {users}\npool_mode = transaction\n",
        encoding="utf-8",
    )
    users.write_text('"postgres" ""\n', encoding="utf-8")
    for file in (settings, users):
        shutil.chown(file, unprivileged() or os.getuid())
    process = subprocess.Popen([program, str(settings)], user=unprivileged(), stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"postgresql://postgres@127.0.0.1:{port}/{database}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def worked(shell: Shell, store: str, env: Mapping[str, str] | None = None, name: str = "prêt 🎁 → ''x''") -> list[Ran]:
    """Record two runs, one of which fails, and read what was kept."""
    shell.write("t.csv", "prêt,d\n🎁,2024-01-31\nb\\u2026,2024-02-01\n")
    rule = {"type": "accepted_values", "column": "prêt", "values": ["a"], "name": name}
    rules = [rule, {"type": "drift", "column": "d", "min_rows": 1}, {"type": "anomaly", "metric": "mean_length(prêt)"}]
    datasets = {"t": {"path": "t.csv", "description": "→ 🎁", "rules": rules}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}, ensure_ascii=False))
    commands = (
        ("store", "upgrade"), ("check", "--format", "json"), ("check", "--format", "json"), ("incident", "show", "1"),
        ("incident", "list", "--format", "json"), ("ack", "1", "-m", "gesehen → 🎁"), ("history", "t"),
        ("audit", "verify"), ("store", "info", "--format", "json"), ("schema", "show", "t"),
    )  # fmt: skip
    given = {"IDQP_STORE": store, **(env or {})}
    return [shell.idqp(*words, env=given) for words in commands]


def right(ran: list[Ran]) -> None:
    """See that every command gave the answer that it gives on a plain server."""
    assert [one.code for one in ran] == [0, 1, 1, 0, 0, 0, 0, 0, 0, 0], [one.err for one in ran]
    assert {one["incident"] for one in ran[2].json["datasets"][0]["results"]} == {None, 1}
    assert ran[4].json[0]["occurrences"] == 2
    near = time.strftime("%Y-%m-%d", time.gmtime())
    assert all(found.startswith(near) for found in DIGITS.findall(ran[3].out))


def test_the_database_and_the_environment_set_what_they_like(shell: Shell, cluster: Cluster, database: str) -> None:
    for setting in STRANGE:
        cluster.run(f"ALTER DATABASE {database} SET {setting}")
    right(worked(shell, cluster.address(database), ENVIRONMENT))


def test_a_database_in_latin_1(shell: Shell, cluster: Cluster, latin: str) -> None:
    right(worked(shell, cluster.address(latin), name="prêt ''x''"))
    # A name that would be another one when it is read is refused, and the report is there.
    ran = worked(shell, cluster.address(latin))[1]
    assert (ran.code, ran.json["exit_code"]) == (4, 4)
    assert "cannot be kept: the database is in LATIN1, not in UTF8" in ran.err


def test_a_pooler_in_transaction_mode(shell: Shell, pooled: str) -> None:
    right(worked(shell, pooled, ENVIRONMENT))
