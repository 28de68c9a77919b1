"""Two instances behind nginx with TLS, by the configuration in docs/nginx.conf: no state of one is missing in the other."""

from __future__ import annotations

import signal
import ssl
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import trustme

from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser
from nginx_front import fronted
from server_place import API, HERE, KEPT, PASSWORD
from serving_processes import served
from store_writers import record

pytestmark = pytest.mark.thorough


def test_two_instances_are_one_server_and_are_restarted_without_a_gap(tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "s.db"))) as store:
        record(store, "run")
        store.add_user(NewUser("ann@example.com", "Ann", Role.OWNER, KEPT), "me", datetime.now(UTC))
    words = ("--store", "s.db", "--keys", str(tmp_path / "keys"), "--writes", "1000", "--checks", "0")
    ca = trustme.CA()
    trusted = ssl.create_default_context()
    ca.configure_trust(trusted)
    with (
        served(tmp_path, *words) as (first, _),
        served(tmp_path, *words) as (second, old),
        fronted(tmp_path, first, second, ca) as url,
        httpx2.Client(verify=trusted, timeout=30) as client,
    ):
        answered(client, f"{url}{API}/readyz")
        login = client.post(f"{url}{API}/auth/login", json={"email": "ann@example.com", "password": PASSWORD})
        assert {"Secure", "HttpOnly"} <= set(login.headers["set-cookie"].split("; "))
        assert login.headers["strict-transport-security"]
        own = {"Authorization": f"Bearer {login.json()['access_token']}"}
        # Whichever of the two is asked.
        assert {client.get(f"{url}{API}/me", headers=own).status_code for _ in range(6)} == {200}
        # The limit for files is that of the server, and not that for other bodies.
        files = {"file": ("a.csv", b"a\n" * 2_000_000)}
        large = client.post(f"{url}{API}/checks", files=files, headers=own)
        assert (large.status_code, large.json()["code"]) == (409, "conflict")
        for _ in range(4):
            fresh = client.post(f"{url}{API}/auth/refresh", headers={**HERE, "Origin": url})
            assert fresh.status_code == 200, fresh.text
        own = {"Authorization": f"Bearer {fresh.json()['access_token']}"}
        with client.stream("GET", f"{url}{API}/events", headers=own) as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": hello"
            begun = time.monotonic()
            done = client.post(f"{url}{API}/incidents/1/ack", json={"comment": "x"}, headers=own)
            assert done.json()["status"] == "acknowledged"
            assert any("incident.acknowledged" in line for line in lines)
            assert time.monotonic() - begun < 5
        old.send_signal(signal.SIGTERM)
        while old.poll() is None:
            assert client.get(f"{url}{API}/incidents", headers=own).status_code == 200
        assert {client.get(f"{url}{API}/incidents", headers=own).status_code for _ in range(6)} == {200}
        with served(tmp_path, *words, port=int(second.rpartition(":")[2])):
            assert {client.get(f"{url}{API}/incidents", headers=own).status_code for _ in range(6)} == {200}


def answered(client: httpx2.Client, url: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            client.get(url).raise_for_status()
            return
        except httpx2.HTTPError:
            assert time.monotonic() < until
            time.sleep(0.1)
