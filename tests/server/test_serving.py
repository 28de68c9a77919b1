"""The command itself: real servers in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conftest import rules_text
from idqp_cli.access import tokens
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser
from server_place import API, HERE, KEPT, PASSWORD
from serving_processes import served

RULE = {"type": "range", "column": "qty", "min": 0}
SECONDS = 60


def awaited(address: str, check: str, headers: Mapping[str, str]) -> Any:  # noqa: ANN401
    until = time.monotonic() + SECONDS
    while True:
        found = httpx2.get(f"{address}{API}/checks/{check}", headers=headers, timeout=10).json()
        if found["ended_at"] is not None:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text("id,qty\n1,-5\n")
    (tmp_path / "rules.yaml").write_text(rules_text([RULE]))
    return tmp_path


def test_a_check_is_done_for_whoever_asks_and_stops_gracefully(folder: Path) -> None:
    at = datetime.now(UTC)
    address = str(folder / ".idqp" / "state.db")
    with closing(open_store(address)) as store:
        for email, role in (("ann@example.com", Role.OWNER), ("mia@example.com", Role.MAINTAINER)):
            store.add_user(NewUser(email, email, role, KEPT), "me", at)
        secret, kept = tokens.program("serve", ("runs:write",), at + timedelta(days=1))
        store.create_token(kept, "ann@example.com", at)
    with served(folder, env={"IDQP_TOKEN": secret}) as (url, process):
        login = httpx2.post(
            f"{url}{API}/auth/login", json={"email": "mia@example.com", "password": PASSWORD}, timeout=30
        )
        mia = {"Authorization": f"Bearer {login.json()['access_token']}"}
        unknown = httpx2.post(f"{url}{API}/checks", json={"dataset": "none"}, headers=mia, timeout=30)
        assert unknown.status_code == 404
        asked = httpx2.post(f"{url}{API}/checks", json={"dataset": "t"}, headers=mia, timeout=30)
        assert (asked.status_code, asked.json()["asked_by"]) == (202, "mia@example.com")
        assert asked.headers["location"] == f"{API}/checks/{asked.json()['check']}"
        done = awaited(url, asked.json()["check"], mia)
        assert (done["status"], done["exit_code"]) == ("done", 1)
        run = httpx2.get(f"{url}{API}/runs/{done['run']}", headers=mia, timeout=30).json()
        assert (run["actor"], run["status"]) == ("token:serve", "failed")
        with httpx2.stream("GET", f"{url}{API}/events", headers=mia, params={"after": 0}, timeout=30) as stream:
            told = [json.loads(line[6:]) for line, _ in zip(_data(stream.iter_lines()), range(3), strict=False)]
            assert [one["seq"] for one in told] == [1, 2, 3]
            # A stream that is open does not hold up the end.
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert time.monotonic() - begun < 15
    log = [json.loads(line) for line in (folder / "log").read_text().splitlines() if line.startswith("{")]
    assert {"http.request.id", "http.response.status_code", "user.name"} <= set().union(*log)
    assert PASSWORD not in (folder / "log").read_text()


def _data(lines: Iterator[str]) -> Iterator[str]:
    return (line for line in lines if line.startswith("data: "))


def test_a_check_whose_server_is_killed_is_done_by_the_next(folder: Path) -> None:
    """What is queued is in the store, and stays there until it has ended."""
    (folder / "t.csv").write_text("id,qty\n" + "".join(f"{number},1\n" for number in range(200_000)))
    with closing(open_store(str(folder / ".idqp" / "state.db"))):
        pass
    with served(folder, "--writes", "1000") as (url, process):
        checks = [
            httpx2.post(f"{url}{API}/checks", json={}, headers=HERE, timeout=30).json()["check"] for _ in range(3)
        ]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with closing(open_store(str(folder / ".idqp" / "state.db"))) as store:
        # As when the time of the dead worker's claim has passed.
        for check in checks:
            for attempt in (1, 2):
                store.keep_check(check, attempt, timedelta(), datetime.now(UTC))
    with served(folder) as (url, _):
        assert [awaited(url, check, {})["status"] for check in checks] == ["done"] * 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--listen", "nowhere"], "--listen takes HOST:PORT"),
        (["--origin", "https://x/y"], "--origin takes an origin"),
        (["--listen", "0.0.0.0:8000", "--store", "open.db"], "the store has no users"),
        (["--workers", "0"], "workers"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(folder: Path, words: Sequence[str], told: str) -> None:
    with closing(open_store(str(folder / "open.db"))):
        pass
    done = subprocess.run(
        [sys.executable, "-m", "idqp_cli", "serve", *words],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
    )  # fmt: skip
    assert (done.returncode, told in done.stderr, done.stderr.strip().count("\n")) == (2, True, 0)
