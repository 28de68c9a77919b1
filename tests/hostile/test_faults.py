"""The n-th step fails, for n = 1, 2, 3 … until none does: nothing acknowledged is lost, and nothing is half there."""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import psycopg
import pytest

import store_writers
from conftest import Cluster
from hostile.extent import LONG
from hostile.spoken import said
from idqp_cli.core.errors import StoreError
from idqp_cli.store import open_store
from idqp_cli.store.postgres.migrations import upgrade
from store.test_durability import whole

# What a write of a file consists of beside the bytes.
STEPS = ("open", "mkdir", "makedirs", "fsync", "fchmod", "replace", "link")
PAGE = 4096


@contextmanager
def failing(number: int, error: int) -> Iterator[list[str]]:
    """Let the `number`-th step fail that has to do with files of the working folder; tell which one did."""
    fired: list[str] = []
    left = [number]

    def failing_one(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **named: Any) -> Any:  # noqa: ANN401
            left[0] -= 1
            if left[0] == 0:
                fired.append(f"{name} {words[0]}")
                raise OSError(error, os.strerror(error))
            return call(*words, **named)

        return step

    with pytest.MonkeyPatch.context() as patch:
        for name in STEPS:
            patch.setattr(os, name, failing_one(name, getattr(os, name)))
        yield fired


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("IDQP_STORE", "GITHUB_STEP_SUMMARY", "IDQP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    rules = [{"type": "range", "name": "small", "column": "id", "max": 1}]
    text = {"version": 1, "datasets": {"t": {"path": "t.csv", "rules": rules}}}
    (tmp_path / "rules.yaml").write_text(json.dumps(text))
    (tmp_path / "t.csv").write_text("id,a\n1,x\n2,y\n")
    return tmp_path


WORDS = (
    "check", "--no-store", "-o", "json=out/r.json", "-o", "html=out/r.html", "-o", "junit=out/r.xml", "-o", "markdown=out/r.md",
    "--metrics-file", "out/m.prom", "--quarantine", "bad",
)  # fmt: skip


def all_whole(folder: Path) -> None:
    """Look whether each output that is there is complete, and nothing else is."""
    assert json.loads((folder / "out" / "r.json").read_text())["datasets"][0]["dataset"] == "t"
    ET.parse(folder / "out" / "r.xml")  # noqa: S314 - idqp's own
    assert (folder / "out" / "r.html").read_text().rstrip().endswith("</html>")
    assert "idqp_exit_code" in (folder / "out" / "m.prom").read_text()
    assert (folder / "out" / "r.md").read_text().endswith("\n")
    for path in (folder / "bad").iterdir():
        assert path.name.startswith(".") or path.read_text().count("\n") >= 2
    assert {path.name for path in folder.rglob(".idqp-*")} <= {".idqp-written.json"}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO] if LONG else [errno.ENOSPC])
def test_a_step_of_an_output_fails(folder: Path, error: int) -> None:
    assert said(*WORDS)[0] == 1
    all_whole(folder)
    for number in count(1):
        (folder / "t.csv").write_text("id,a\n1,x\n2,y\n" + "3,z\n" * number)
        with failing(number, error) as fired:
            code, _, err = said(*WORDS)
        if not fired:
            break
        assert code in {1, 3, 4}, (fired, err)
        assert "a bug" not in err, (fired, err)
        assert all(line.startswith("idqp: ") for line in err.splitlines()), fired
        all_whole(folder)
    assert number > 8
    assert code == 1


def test_a_disk_that_fills_up_at_every_page(folder: Path) -> None:
    """A file may not become larger than so many pages: SQLite's log is written so far, and no further."""
    path = str(folder / "s.db")
    store = open_store(path)
    store_writers.record(store, "before")
    store.close()
    there, failed = {"before"}, 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for pages in range(0, 400, 1 if LONG else 5):
        resource.setrlimit(resource.RLIMIT_FSIZE, (pages * PAGE + 600, hard))
        try:
            store = open_store(path)
            store_writers.record(store, f"r{pages}")
            there.add(f"r{pages}")
        except StoreError:
            failed += 1
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            with suppress(StoreError):
                store.close()
        assert there <= whole(path)
        if f"r{pages}" in there:
            break
    assert failed > 3
    assert f"r{pages}" in there


class Proxy:
    """A way to a server that is cut at the `number`-th message, before it arrives or before the answer does."""

    def __init__(self, server: str, folder: Path, number: int, *, arrives: bool) -> None:
        """Listen in `folder`, as a server's socket."""
        self._server, self._left, self._arrives = server, number, arrives
        self.cut = False
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / Path(server).name))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(self._server)
                back = threading.Thread(target=self._pass_on, args=(server, client))
                back.start()
                self._messages(client, server)
                for one in (client, server):
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)
                back.join()

    def _messages(self, client: socket.socket, server: socket.socket) -> None:
        while message := _received(client):
            self._left -= 1
            if self._left == 0:
                self.cut = True
                if self._arrives:
                    server.sendall(message)
                return
            server.sendall(message)

    def _pass_on(self, server: socket.socket, client: socket.socket) -> None:
        while answer := _received(server):
            if self.cut:
                return
            with suppress(OSError):
                client.sendall(answer)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except OSError:
        return b""


def wait_for_others(address: str) -> None:
    """Wait until the server has ended the connections that were cut: one may still commit what has arrived."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 30
    with psycopg.connect(address, autocommit=True) as connection:
        while (row := connection.execute(others).fetchone()) is not None and row[0] and time.monotonic() < until:
            time.sleep(0.02)


@pytest.mark.parametrize("arrives", [False, True])
def test_a_connection_is_cut_at_every_message(
    tmp_path: Path, cluster: Cluster, database: str, *, arrives: bool
) -> None:
    address = cluster.address(database)
    upgrade(address)
    place = parse_qs(urlsplit(address).query)
    server = str(Path(place["host"][0]) / f".s.PGSQL.{place.get('port', ['5432'])[0]}")
    acknowledged: set[str] = set()
    for number in range(1, 500):
        folder = tmp_path / str(number)
        folder.mkdir()
        proxy = Proxy(server, folder, number, arrives=arrives)
        try:
            store = open_store(address.replace(place["host"][0], str(folder)))
            store_writers.record(store, f"r{number}")
            acknowledged.add(f"r{number}")
            store.close()
        except StoreError:
            pass
        finally:
            proxy.close()
        wait_for_others(address)
        assert acknowledged <= whole(address), number
        if not proxy.cut:
            break
    assert number > 5
    assert f"r{number}" in acknowledged
