"""Reads from a real streaming replica: never out of date, and from the store where the replica is behind or gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from idqp_cli.server import app, replica
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from postgres_server import Cluster, binaries, unprivileged
from server_place import Place, filled, settings

ACK = "/incidents/1/ack"


@pytest.fixture
def standby(cluster: Cluster) -> Iterator[Cluster]:
    """Return a streaming replica of the tests' server."""
    folder = tempfile.mkdtemp(prefix="idqp-pg-", dir="/tmp")
    server = Cluster(folder)
    user = unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    subprocess.run(
        [
            f"{binaries()}/pg_basebackup", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-U", "postgres",
            "-h", cluster.folder, "-D", f"{folder}/data",
        ],
        user=user, cwd=folder, check=True, timeout=120,
    )  # fmt: skip
    os.chmod(f"{folder}/data", 0o700)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def caught_up(cluster: Cluster, standby: Cluster) -> None:
    ((end,),) = cluster.run("SELECT pg_current_wal_insert_lsn()::text")
    until = time.monotonic() + 30
    while standby.run(f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn") != [(True,)]:
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("addresses", ["postgresql"], indirect=True)
def test_a_replica_answers_while_it_has_all_and_never_otherwise(
    addresses: tuple[str, str], cluster: Cluster, standby: Cluster, key_folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    owned, address = addresses
    with closing(open_store(owned)) as store:
        programs = filled(store, datetime.now(UTC))
    caught_up(cluster, standby)
    behind = address.replace(cluster.folder, standby.folder)
    given = settings(address, key_folder, read_store=behind)
    with TestClient(app.made(given, logging=False), "http://127.0.0.1:8000") as client:
        place = Place(client, address, owned, programs)
        serving = client.app.state.serving  # type: ignore[attr-defined]
        lent = noted(monkeypatch)
        place.headers(Role.OWNER)
        caught_up(cluster, standby)
        assert place.get("/incidents/1")["status"] == "open"
        assert lent == [True]
        # What is not replayed yet is read from the store, also by somebody whom the replica does not know.
        standby.run("SELECT pg_wal_replay_pause()")
        assert place.ask("POST", ACK, json={"comment": "x"}).status_code == 200
        assert place.get("/incidents/1")["status"] == "acknowledged"
        assert len(place.get("/incidents", Role.REVIEWER)["items"]) == 3
        assert lent == [True, False, False]
        # Whoever is logged out is refused, whatever the replica knows.
        assert place.ask("POST", "/auth/logout", Role.REVIEWER, json={}).status_code == 204
        assert place.ask("GET", "/runs", Role.REVIEWER).status_code == 401
        standby.run("SELECT pg_wal_replay_resume()")
        caught_up(cluster, standby)
        assert place.get("/runs")["items"]
        assert lent[3:] == [True]
        standby.stop()
        assert place.get("/datasets")["items"]
        begun = time.monotonic()
        assert place.get("/scores")["datasets"] is not None
        assert time.monotonic() - begun < 5
        assert "the replica does not answer" in capsys.readouterr().err
        standby.start()
        serving.replica._again_at = 0.0  # noqa: SLF001
        caught_up(cluster, standby)
        assert place.get("/report")["opened"] == 3
        assert lent[-1] is True


def noted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return the list of whether the replica had all, each time that it was asked."""
    asked: list[bool] = []
    real = replica.Replica.lent

    def lent(self: replica.Replica, secret: str, head: str) -> Any:  # noqa: ANN401
        return Noted(real(self, secret, head), asked)

    monkeypatch.setattr(replica.Replica, "lent", lent)
    return asked


class Noted:
    """A loan that notes what was lent."""

    def __init__(self, loan: Any, asked: list[bool]) -> None:  # noqa: ANN401
        self._loan, self._asked = loan, asked

    def __enter__(self) -> Any:  # noqa: ANN401
        store = self._loan.__enter__()
        self._asked.append(store is not None)
        return store

    def __exit__(self, *error: object) -> Any:  # noqa: ANN401
        return self._loan.__exit__(*error)
