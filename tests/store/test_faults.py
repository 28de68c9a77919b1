"""What can happen to a store: one line, exit code 4, and the report all the same."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import store_writers
from conftest import Cluster, Shell
from idqp_cli.core.errors import StoreError
from idqp_cli.store import Store, open_store, sqlite
from idqp_cli.store.audit import verify
from idqp_cli.store.postgres.migrations import upgrade
from idqp_cli.store.sqlite import file_system

RULE = {"type": "range", "column": "qty", "min": 0}


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write("t.csv", "id,qty\n1,-5\n")
    shell.rules(RULE)
    return shell


def not_recorded(shell: Shell, said: str, *words: str) -> None:
    """Check, and see the report, exit code 4 and one line."""
    ran = shell.idqp("check", "--format", "json", *words)
    assert (ran.code, ran.json["exit_code"], ran.json["status"], ran.json["audit_head"]) == (4, 4, "failed", None)
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("idqp: error: not recorded: ")
    assert said in ran.err


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6_000])


def emptied_of_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE metrics")


def without_a_head(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DELETE FROM audit_head")


def damaged(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE incidents SET severity = 'dreadful'")


@pytest.mark.parametrize("harm", [truncated, emptied_of_a_table, without_a_head, damaged])
def test_a_spoilt_store(project: Shell, harm: Callable[[Path], None]) -> None:
    assert project.idqp("check").code == 1
    harm(project.folder / ".idqp" / "state.db")
    not_recorded(project, "the store does not answer")


def fill(store: Store, recorded: list[int]) -> None:
    for number in range(1_000):
        store_writers.record(store, f"r{number}")
        recorded.append(number)


def test_a_full_disk(project: Shell) -> None:
    """The limit is SQLite's own, and gives the error that a full disk gives."""
    path = str(project.folder / "s.db")
    with closing(open_store(path)) as store:
        connection = store._connection  # type: ignore[attr-defined] # noqa: SLF001 - only from inside can it be filled
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        recorded: list[int] = []
        with pytest.raises(StoreError, match="the store does not answer: database or disk is full; --no-store"):
            fill(store, recorded)
        assert store.info().rows["check_runs"] == len(recorded)
        assert verify(store.audit(), store.audit_head()) is None
    with closing(open_store(path)) as store:
        store_writers.record(store, "after")


def test_a_disk_that_is_full_for_a_check(project: Shell) -> None:
    """No file may become larger than 16 KiB: not the store, not its log."""
    assert project.idqp("check").code == 1
    limited = [
        "bash",
        "-c",
        'ulimit -f 16; exec "$@"',
        "-",
        sys.executable,
        "-m",
        "idqp_cli",
        "check",
        "--format",
        "json",
    ]
    for store in (".idqp/state.db", "new.db"):
        done = subprocess.run(
            [*limited, "--store", store], cwd=project.folder, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, '"exit_code": 4' in done.stdout, done.stderr.count("\n")) == (4, True, 1)
        assert "the store does not answer" in done.stderr
    assert len(project.idqp("incident", "list", "--format", "json").json) == 1


def test_a_folder_that_cannot_be_written(project: Shell) -> None:
    # /proc is read-only to root as well.
    not_recorded(project, "the store cannot be opened", "--store", "/proc/idqp/state.db")


def test_a_store_that_may_only_be_read(project: Shell) -> None:
    assert project.idqp("check").code == 1
    with closing(
        sqlite3.connect(f"file:{project.folder}/.idqp/state.db?mode=ro", uri=True, isolation_level=None)
    ) as connection:
        store = sqlite.SqliteStore(connection, "s.db", "s.db", None)
        with pytest.raises(StoreError, match="attempt to write a readonly database"):
            store_writers.record(store, "r")
        assert len(store.incidents(resolved=False)) == 1


def test_a_network_file_system_is_refused_with_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path}/with\\040space nfs4 rw 0 0\nserver:/y {tmp_path}/no nfs 0 0\n"
    )
    assert file_system(str(tmp_path / "with space" / "deep"), str(mounts)) == "nfs4"
    assert file_system(str(tmp_path / "nothing"), str(mounts)) == "ext4"
    assert file_system(str(tmp_path), str(tmp_path / "absent")) == ""
    monkeypatch.setattr(sqlite, "file_system", lambda folder: file_system(folder, str(mounts)))
    with pytest.raises(StoreError, match=r"is on a network file system \(nfs4\).*--store postgresql://"):
        open_store(str(tmp_path / "with space" / "s.db"))


@pytest.mark.parametrize(("address", "said"), [
    ("postgresql://me:secret@127.0.0.1:1/db?password=secret", "postgresql://me@127.0.0.1:1/db: the store does not answer: "),
    ("postgresql://me:secret@[bad/db", "the store does not answer: "),
    ("postgres://me:secret@127.0.0.1:port/db", "the store does not answer: "),
])  # fmt: skip
def test_a_server_that_is_not_there(project: Shell, address: str, said: str) -> None:
    not_recorded(project, said, "--store", address)
    assert "secret" not in project.idqp("check", "--store", address).err


def test_an_address_with_unknown_settings_is_refused(project: Shell) -> None:
    ran = project.idqp("check", "--store", "postgresql:///db?host=/nowhere&nonsense=secret")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "secret" not in ran.err


@pytest.fixture
def fragile() -> Iterator[Cluster]:
    server = Cluster()
    try:
        server.start()
        yield server
    finally:
        shutil.rmtree(server.folder)


def test_a_server_that_goes_away_in_the_middle(project: Shell, fragile: Cluster) -> None:
    fragile.run("CREATE DATABASE t")
    address = fragile.address("t")
    upgrade(address)
    store = open_store(address)
    assert store.incidents(resolved=True) == ()
    project.write("t.csv", "id,qty\n1,-5\n")
    # The check waits for its data, and has the store open by then.
    fifo = [sys.executable, "-m", "idqp_cli", "check", "-", "--dataset", "t", "--format", "json", "--store", address]
    with subprocess.Popen(
        fifo, cwd=project.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        while not fragile.run("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'idqp/%' OFFSET 1"):
            time.sleep(0.02)
        fragile.stop()
        out, err = run.communicate(b"id,qty\n1,-5\n", timeout=60)
    assert (run.returncode, b'"exit_code": 4' in out, err.count(b"\n")) == (4, True, 1)
    assert b"not recorded: postgresql://postgres@/t: the store does not answer" in err
    with pytest.raises(StoreError, match="the store does not answer"):
        store.incidents(resolved=True)
    store.close()
