"""A server in this process on a closed store of either kind, with one person in each role; for tests/server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from conftest import Cluster
from idqp_cli.access import passwords, tokens
from idqp_cli.schemas.schema import SchemaColumn, SchemaVersion
from idqp_cli.server import app
from idqp_cli.server.keys import made
from idqp_cli.server.settings import Settings
from idqp_cli.store import Store, open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser
from store_writers import record

PASSWORD = "correct horse battery"
KEPT = passwords.hashed(PASSWORD, cost=4)
API = "/api/v1"
HERE = {"X-IDQP-Request": "1"}
PEOPLE = (Role.OWNER, Role.MAINTAINER, Role.REVIEWER, Role.VIEWER)


@cache
def _keys(folder: str) -> str:
    made(folder)
    return folder


def email(role: Role) -> str:
    return f"{role}@example.com"


def filled(store: Store, at: datetime) -> Mapping[str, str]:
    """Fill a new store: two runs of one dataset, a schema version, a person in each role, two tokens; return their secrets."""
    record(store, "run-1")
    record(store, "run-2")
    with store.writing() as ledger:
        ledger.record_schema("t", None, SchemaVersion("1.0.0", (SchemaColumn("a", "BIGINT"),)), at, "me")
    store.add_user(NewUser(email(Role.OWNER), "Owner", Role.OWNER, KEPT), "me", at)
    secret, session = tokens.session(at)
    store.log_in(email(Role.OWNER), KEPT, session, at)
    store.become(secret)
    for role in PEOPLE[1:]:
        store.add_user(NewUser(email(role), role.title(), role, KEPT), email(Role.OWNER), at)
    store.add_user(NewUser("spare@example.com", "Spare", Role.VIEWER, KEPT), email(Role.OWNER), at)
    secrets = {}
    for name, scope in (("nightly", "runs:write"), ("reader", "runs:read"), ("spare", "runs:read")):
        secrets[name], kept = tokens.program(name, (scope,), at + timedelta(days=1))
        store.create_token(kept, email(Role.OWNER), at)
    return secrets


@dataclass
class Place:
    """The server, and how each role asks it."""

    client: TestClient
    address: str
    owned: str
    programs: Mapping[str, str]
    _tokens: dict[Role, str] = field(default_factory=dict)

    def log_in(self, role: Role) -> httpx2.Response:
        """Log a person in; the cookie is the client's then."""
        return self.client.post(f"{API}/auth/login", json={"email": email(role), "password": PASSWORD})

    def headers(self, role: Role | None) -> dict[str, str]:
        """Return what a role brings; None is nobody."""
        if role is None:
            return {}
        if role is Role.CI:
            return {"Authorization": f"Bearer {self.programs['nightly']}"}
        if role not in self._tokens:
            answer = self.log_in(role)
            assert answer.status_code == 200, answer.text
            self.client.cookies.clear()
            self._tokens[role] = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self._tokens[role]}"}

    def let(self, role: Role, authorization: str) -> None:
        """Let a role bring what another server has given it."""
        self._tokens[role] = authorization.removeprefix("Bearer ")

    def ask(self, method: str, path: str, role: Role | None = Role.OWNER, **more: Any) -> httpx2.Response:  # noqa: ANN401
        """Ask for a path of the API as a role."""
        headers = {**HERE, **self.headers(role), **more.pop("headers", {})}
        return self.client.request(method, f"{API}{path}", headers=headers, **more)

    def get(self, path: str, role: Role | None = Role.OWNER, **more: Any) -> Any:  # noqa: ANN401
        """Return what a role reads at a path."""
        answer = self.ask("GET", path, role, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


def settings(address: str, folder: Path, **more: Any) -> Settings:  # noqa: ANN401
    """Return settings of a server whose keys are in a folder."""
    return Settings(store=address, keys=_keys(str(folder)), **{"writes": 100_000, "checks": 0, **more})


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a private folder with one signing key."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(params=["sqlite", "postgresql"])
def addresses(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Return the address of an empty store as its owner has it, and as the server connects to it."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db"), str(tmp_path / "state.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    name = request.getfixturevalue("database")
    cluster.login_roles("web")
    cluster.run("GRANT idqp_app TO web")
    return cluster.address(name), cluster.address(name, "web")


@pytest.fixture
def place(
    addresses: tuple[str, str], key_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Return a server on a closed store."""
    monkeypatch.chdir(tmp_path)
    owned, address = addresses
    with closing(open_store(owned)) as store:
        programs = filled(store, datetime.now(UTC))
    with TestClient(app.made(settings(address, key_folder), logging=False), "http://127.0.0.1:8000") as client:
        yield Place(client, address, owned, programs)
