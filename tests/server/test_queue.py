"""Checks that wait: each is begun by one worker at a time, and none is lost, whoever is killed; on both stores."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest

from conftest import rules_text
from idqp_cli.server import workers
from idqp_cli.server.settings import Settings
from idqp_cli.store import Store, open_store
from idqp_cli.store.pool import Pool
from idqp_cli.store.requested import NewUpload, Outcome
from serving_processes import answered, free_port

MINUTE = timedelta(minutes=1)
# A worker that does nothing but end what it begins, as fast as it can.
WORKER = """
import sys
from datetime import UTC, datetime, timedelta
from idqp_cli.store import open_store
from idqp_cli.store.values import NewUpload, Outcome
store = open_store(sys.argv[1])
while (found := store.claim_check(timedelta(seconds=3), datetime.now(UTC))) is not None:
    store.settle_check(found.name, found.attempts, Outcome(0, sys.argv[2], None), "me", datetime.now(UTC))
"""


@pytest.fixture
def store(addresses: tuple[str, str]) -> Iterator[Store]:
    with closing(open_store(addresses[0])) as opened:
        yield opened


def now() -> datetime:
    return datetime.now(UTC)


def test_a_check_is_begun_in_order_by_one_worker(store: Store) -> None:
    for name in ("a", "b"):
        store.queue_check(name, "t", "me", now())
    first, second = (store.claim_check(MINUTE, now()) for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.name, second.name, first.dataset, first.attempts) == ("a", "b", "t", 1)
    assert store.claim_check(MINUTE, now()) is None
    assert store.keep_check("a", 1, MINUTE, now())
    store.settle_check("a", 1, Outcome(1, "run", None), "me", now())
    assert not store.keep_check("a", 1, MINUTE, now())
    done = store.check_request("a")
    assert done is not None
    assert (done.exit_code, done.run, done.ended_at is None) == (1, "run", False)
    assert [one.name for one in store.check_requests(1)] == ["b"]
    assert [one.name for one in store.check_requests(9, before=second.number)] == ["a"]


def test_a_check_whose_worker_is_not_heard_of_is_begun_again_and_ended_once(store: Store) -> None:
    store.queue_check("a", None, "me", now())
    assert store.claim_check(timedelta(), now()) is not None
    time.sleep(0.01)
    again = store.claim_check(MINUTE, now())
    assert again is not None
    assert (again.name, again.attempts) == ("a", 2)
    # The first worker was only slow; the check is the other's now.
    store.settle_check("a", 1, Outcome(0, "first", None), "me", now())
    assert not store.keep_check("a", 1, MINUTE, now())
    store.settle_check("a", 2, Outcome(0, "second", None), "me", now())
    done = store.check_request("a")
    assert done is not None
    assert done.run == "second"


def test_requested_checks_that_have_ended_go_with_their_reports(store: Store) -> None:
    at = now()
    for name in ("old", "open"):
        store.queue_upload(NewUpload(name, None, ("t.csv",)), timedelta(hours=1), "me", at)
    store.keep_report("old", 1, "{}")
    store.settle_check("old", 1, Outcome(0, None, None), "me", at)
    later = now() + timedelta(seconds=1)
    assert store.prune(later, 1, "me", later, dry_run=True)["checks"] == 1
    assert store.check_report("old") == "{}"
    assert store.prune(later, 1, "me", later, dry_run=False)["checks"] == 1
    assert (store.check_request("old"), store.check_report("old")) == (None, None)
    assert store.check_request("open") is not None


# Starts a command that does not end by itself, says its number, and waits to be killed.
PARENT = """
import os, sys, time
from idqp_cli.server import tied
with open(os.devnull, "wb") as none:
    print(tied.started(["serve", "--listen", sys.argv[1]], none, none, os.environ).pid, flush=True)
    time.sleep(600)
"""


def test_a_check_ends_with_the_server_however_that_ends(tmp_path: Path) -> None:
    port = free_port()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, f"127.0.0.1:{port}"], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
    )  # fmt: skip
    assert parent.stdout is not None
    child = Path(f"/proc/{int(parent.stdout.readline())}/cmdline")
    try:
        answered(f"http://127.0.0.1:{port}/api/v1/healthz", parent)
        assert b"serve" in child.read_bytes()
    finally:
        parent.kill()
        parent.communicate()
    until = time.monotonic() + 20
    # One that has ended may wait for somebody who takes note of it; it has no words any more.
    while child.exists() and child.read_bytes():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_files_of_a_server_that_has_ended_are_not_waited_for(store: Store, tmp_path: Path) -> None:
    address = str(tmp_path / "state.db")
    store.queue_upload(NewUpload("a", None, ("t.csv",)), timedelta(), "me", now())
    assert store.check_report("a") is None
    running = workers.Workers(Settings(address, ""), Pool(address, 2))
    running.start()
    try:
        until = time.monotonic() + 20
        while (found := store.check_request("a")) is None or found.ended_at is None:
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        running.stop()
    assert (found.exit_code, found.message) == (3, workers.LOST)


@pytest.mark.thorough
def test_of_ten_thousand_checks_none_is_lost_when_workers_are_killed(store: Store, addresses: tuple[str, str]) -> None:
    for number in range(10_000):
        store.queue_check(f"c{number}", "t", "me", now())
    killed = 0
    while any(one.ended_at is None for one in store.check_requests(10_000)):
        workers = [subprocess.Popen([sys.executable, "-c", WORKER, addresses[0], f"w{number}"]) for number in range(3)]
        time.sleep(5)
        if workers[0].poll() is None:
            workers[0].send_signal(signal.SIGKILL)
            killed += 1
        for worker in workers:
            assert worker.wait(600) in {0, -signal.SIGKILL}
        time.sleep(3.1)
    assert killed
    ended = store.check_requests(20_000)
    assert len(ended) == 10_000
    assert {one.exit_code for one in ended} == {0}
    settled = [entry.object for entry in store.audit() if entry.action == "check.done"]
    assert len(settled) == len(set(settled)) == 10_000


def test_a_worker_goes_on_after_what_nobody_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text("id,qty\n1,5\n")
    (tmp_path / "rules.yaml").write_text(rules_text([{"type": "range", "column": "qty", "min": 0}], "t.csv"))
    address = str(tmp_path / "state.db")
    real, full = tempfile.TemporaryFile, iter([OSError(errno.ENOSPC, "No space left on device\x1b[31m")])

    def temporary() -> IO[bytes]:
        for error in full:
            raise error
        return real()

    monkeypatch.setattr(tempfile, "TemporaryFile", temporary)
    monkeypatch.setattr(workers, "LEASE", timedelta(seconds=1))
    with closing(open_store(address)) as store:
        store.queue_check("a", "t", "me", now())
        running = workers.Workers(Settings(address, "", str(tmp_path / "rules.yaml")), Pool(address, 2))
        running.start()
        try:
            until = time.monotonic() + 60
            while (found := store.check_request("a")) is None or found.ended_at is None:
                assert time.monotonic() < until
                time.sleep(0.1)
        finally:
            running.stop()
    assert found.exit_code == 0
    told = capsys.readouterr().err
    assert "a check could not be done" in told
    assert "\x1b" not in told
