"""Many at once, and killed in the middle: what was acknowledged is there, whole, and nothing is half there.

200 random kills with IDQP_KILLS=200; 10 by default.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import store_writers
from conftest import Cluster
from idqp_cli.store import open_store
from idqp_cli.store.audit import verify
from idqp_cli.store.postgres.migrations import VERSION, upgrade
from store_writers import RULES

WRITERS = store_writers.__file__
KILLS = int(os.environ.get("IDQP_KILLS", "5"))
TABLES = ("check_runs", "metrics", "incidents", "incident_events")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.address(request.getfixturevalue("database"))


def start(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, WRITERS, *map(str, words)], text=True,
        stdin=subprocess.PIPE if words[0] == "each" else None, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(*words: object) -> tuple[int, list[str], str]:
    with start(*words) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out.split(), err


def whole(address: str) -> set[str]:
    """Return the runs in the store, after looking whether each is there as a whole."""
    store = open_store(address)
    try:
        entries = list(store.audit())
        assert verify(entries, store.audit_head()) is None
        runs = [entry.object for entry in entries if entry.action == "check.record"]
        history = store.metrics("t")
        recorded = [point.run_id for point in history.get(("r0", None), ())]
        counted = store.info().rows
        assert counted["check_runs"] == len(runs) == len(recorded) == len(set(recorded))
        assert counted["metrics"] == len(runs) * RULES
        incidents = store.incidents(resolved=True)
        assert len(incidents) == (RULES if runs else 0)
        assert {incident.occurrences for incident in incidents} <= {len(runs)}
        assert all(len(store.timeline(incident.number)) == len(runs) for incident in incidents)
        return set(recorded)
    finally:
        store.close()


def test_50_processes_write_20_runs_each(address: str) -> None:
    failed, acknowledged, err = finished("many", address, 50, 20)
    assert (failed, err) == (0, "")
    assert len(acknowledged) == 1_000
    assert whole(address) == set(acknowledged)


def test_50_first_runs_at_once_on_no_store(tmp_path: Path) -> None:
    failed, acknowledged, err = finished("many", tmp_path / "new" / "state.db", 50, 1)
    assert (failed, err) == (0, "")
    assert whole(str(tmp_path / "new" / "state.db")) == set(acknowledged)


def test_30_upgrades_at_once(cluster: Cluster) -> None:
    address = cluster.address(cluster.new_database("template0"))
    with ThreadPoolExecutor(30) as pool:
        ends = list(pool.map(lambda _: upgrade(address), range(30)))
    assert sorted(ends) == [(0, VERSION)] + [(VERSION, VERSION)] * 29


def test_killed_before_every_statement(address: str) -> None:
    """The loop ends with the first statement that the recording does not have."""
    before, statement = {"first-0"}, 1
    with start("endless", address, "first") as first:
        assert first.stdout is not None
        first.stdout.readline()
        first.kill()
    before |= whole(address)
    with start("each", address) as forks:
        for statement in range(1, 200):
            acknowledged, code = told(forks, statement)
            there = whole(address)
            # Killed before the answer, the run is there or not; what was there before stays.
            assert before | set(acknowledged) <= there
            before = there
            if code == 0:
                break
            assert (acknowledged, code) == ([], -signal.SIGKILL)
        assert forks.communicate(timeout=60) == ("", "")
    assert acknowledged == [f"killed-{statement}"]
    assert statement > 3


def told(forks: subprocess.Popen[str], statement: int) -> tuple[list[str], int]:
    """Return the runs that were acknowledged before the end, and how it ended."""
    assert forks.stdin is not None
    assert forks.stdout is not None
    forks.stdin.write(f"{statement}\n")
    forks.stdin.flush()
    lines = []
    while not (line := forks.stdout.readline().strip()).lstrip("-").isdigit():
        assert line
        lines.append(line)
    return lines, int(line)


def test_killed_at_random(address: str) -> None:
    chance = random.Random(20261123)
    acknowledged: set[str] = set()
    for number in range(KILLS):
        with start("endless", address, f"w{number}") as process:
            assert process.stdout is not None
            # However busy the machine is, it is writing by then.
            out = process.stdout.readline()
            time.sleep(chance.random() / 5)
            process.kill()
            out += process.stdout.read()
        # A line that was cut off was not acknowledged.
        acknowledged |= set(out[: out.rfind("\n") + 1].split())
    assert acknowledged <= whole(address)
    assert len(acknowledged) >= KILLS


@pytest.fixture
def fragile() -> Iterator[Cluster]:
    """Return a server of its own, with a server's usual settings, that a test may stop."""
    server = Cluster(settings=())
    try:
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(server.folder)


def test_postgresql_stopped_hard_under_load(fragile: Cluster) -> None:
    fragile.run("CREATE DATABASE t")
    address = fragile.address("t")
    upgrade(address)
    acknowledged: set[str] = set()
    for number in range(3):
        writers = [start("endless", address, f"{number}-{one}") for one in range(3)]
        for writer in writers:
            assert writer.stdout is not None
            acknowledged.add(writer.stdout.readline().strip())
        time.sleep(0.5)
        fragile.stop("immediate")
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stderr is not None
            acknowledged |= set(writer.stdout.read().split())
            assert (writer.stderr.read(), writer.wait(timeout=60)) == ("", 1)
            writer.stdout.close()
            writer.stderr.close()
        fragile.start()
    assert acknowledged <= whole(address)
    assert len(acknowledged) > 9
