"""Logging in by a provider, and the attacks on it; none of them logs anybody in."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.testclient import TestClient

from conftest import Cluster
from idqp_cli.server import app
from idqp_cli.server.settings import SECRET as VARIABLE
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from oidc_provider import CLIENT, SECRET, Provider
from server_place import API, HERE, PASSWORD, filled, settings

BEGIN, BACK = f"{API}/auth/oidc", f"{API}/auth/oidc/callback"
HOST = "http://127.0.0.1:8000"
COOKIE = "idqp_refresh"


@contextmanager
def with_provider(
    addresses: tuple[str, str], key_folder: Path, issuer: str, request: pytest.FixtureRequest
) -> Iterator[TestClient]:
    owned, address = addresses
    with closing(open_store(owned)) as store:
        filled(store, datetime.now(UTC))
    if address.startswith("postgresql"):
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.run("GRANT idqp_login TO web")
    given = settings(address, key_folder, oidc=issuer, oidc_client=CLIENT, public=HOST)
    with TestClient(app.made(given, logging=False), HOST, follow_redirects=False) as client:
        yield client


@pytest.fixture
def browser(
    addresses: tuple[str, str], key_folder: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[TestClient]:  # fmt: skip
    """Return a browser at a server with a provider."""
    monkeypatch.setenv(VARIABLE, SECRET)
    with with_provider(addresses, key_folder, provider.issuer, request) as client:
        yield client


def begun(browser: TestClient, provider: Provider, to: str = "/incidents") -> dict[str, str]:
    answer = browser.get(BEGIN, params={"to": to})
    assert answer.status_code == 303, answer.text
    return provider.authorized(answer.headers["location"])


def back(browser: TestClient, query: dict[str, str]) -> httpx2.Response:
    return browser.get(BACK, params=query)


def refused(answer: httpx2.Response, to: str = "/?login=refused") -> None:
    assert (answer.status_code, answer.headers["location"]) == (303, to)
    assert not any(COOKIE in cookie for cookie in answer.headers.get_list("set-cookie"))


def test_a_person_whom_the_provider_has_verified_is_logged_in(browser: TestClient, provider: Provider) -> None:
    assert browser.get(f"{API}/status").json()["provider"] == urlsplit(provider.issuer).netloc
    answer = back(browser, begun(browser, provider))
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents")
    cookies = answer.headers.get_list("set-cookie")
    assert any(cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "Strict" in cookie for cookie in cookies)
    logged_in = browser.post(f"{API}/auth/refresh", headers=HERE).json()
    assert logged_in["user"] == {"email": "viewer@example.com", "name": "Viewer", "role": "viewer"}
    bearer = {"Authorization": f"Bearer {logged_in['access_token']}"}
    newest = browser.get(f"{API}/audit", headers=bearer).json()["items"]
    assert {"action": "login", "actor": "viewer@example.com"}.items() <= next(
        one for one in newest if "provider" in json.dumps(one)
    ).items()


def test_nobody_is_made_a_user_and_nobody_disabled_gets_in(browser: TestClient, provider: Provider) -> None:
    provider.claims = lambda claims: {**claims, "email": "stranger@example.com"}
    refused(back(browser, begun(browser, provider)), "/?login=unknown")
    owner = browser.post(f"{API}/auth/login", json={"email": "owner@example.com", "password": PASSWORD}).json()
    bearer = {**HERE, "Authorization": f"Bearer {owner['access_token']}"}
    assert browser.post(f"{API}/people/viewer@example.com/disable", json={}, headers=bearer).status_code == 200
    people = {one["email"] for one in browser.get(f"{API}/people", headers=bearer).json()["items"]}
    assert "stranger@example.com" not in people
    provider.claims = dict
    refused(back(browser, begun(browser, provider)), "/?login=unknown")


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims))
    return ".".join([*parts, ""])


OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(provider: Provider) -> bytes:
    return provider.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


SIGNED: dict[str, Callable[[Provider, dict[str, Any]], str]] = {
    "alg none": lambda _, claims: unsigned(claims, {"alg": "none", "kid": "one"}),
    "no signature": lambda p, claims: p.signed(claims).rpartition(".")[0] + ".",
    "another key": lambda p, claims: p.signed(claims, OTHER),
    "a key in the header": lambda p, claims: p.signed(
        claims, OTHER, jwk=json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER.public_key()))
    ),
    "the public key as a secret": lambda p, claims: jwt.encode(claims, public(p), "HS256", {"kid": "one"}),
    "the client's secret": lambda _, claims: jwt.encode(claims, SECRET * 4, "HS256", {"kid": "one"}),
    "no token": lambda _, claims: "",
}
CLAIMED: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "other"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "other"},
    "two audiences, for another party": {"aud": [CLIENT, "other"], "azp": "other"},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": 1_000_000_000},
    "no end": {"exp": None},
    "not verified": {"email_verified": False},
    "verified in words": {"email_verified": "true"},
    "nothing of verified": {"email_verified": None},
    "no address": {"email": None},
    "two addresses": {"email": ["viewer@example.com"]},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_an_id_token_that_proves_nothing_logs_nobody_in(browser: TestClient, provider: Provider) -> None:
    for name, sign in SIGNED.items():
        provider.sign = lambda claims, sign=sign: sign(provider, claims)  # type: ignore[misc]
        answer = back(browser, begun(browser, provider))
        assert (name, answer.headers["location"]) == (name, "/?login=refused")
    provider.sign = provider.signed
    for name, changed in CLAIMED.items():
        provider.claims = lambda claims, changed=changed: {  # type: ignore[misc]
            key: value for key, value in {**claims, **changed}.items() if value is not None
        }
        answer = back(browser, begun(browser, provider))
        assert (name, answer.headers["location"]) == (name, "/?login=refused")
        assert COOKIE not in str(answer.headers)
    # What the endpoint for claims says is of the same person.
    provider.claims = lambda claims: {key: value for key, value in claims.items() if "email" not in key}
    provider.userinfo = {"sub": "2", "email": "owner@example.com", "email_verified": True}
    refused(back(browser, begun(browser, provider)))
    provider.userinfo = {"sub": "1", "email": "viewer@example.com", "email_verified": True}
    assert back(browser, begun(browser, provider)).headers["location"] == "/incidents"


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_a_login_that_this_browser_did_not_begin_is_refused(browser: TestClient, provider: Provider) -> None:
    query = begun(browser, provider)
    before = provider.tokens
    refused(back(browser, {**query, "state": "other"}))
    query = begun(browser, provider)
    refused(back(browser, {"code": query["code"]}))
    # Whoever is led to an attacker's callback has not begun that login.
    mine = begun(browser, provider)
    browser.cookies.clear()
    refused(back(browser, mine))
    for cookie in ("x", "A" * 5000, "{}"):
        refused(browser.get(BACK, params=mine, headers={"Cookie": f"idqp_oidc={cookie}"}))
    assert provider.tokens == before
    # A code works once, and so does a login.
    query = begun(browser, provider)
    assert back(browser, query).headers["location"] == "/incidents"
    refused(back(browser, query))
    refused(back(browser, {"error": "access_denied", "state": query["state"]}))


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_no_login_leads_to_another_site(browser: TestClient, provider: Provider) -> None:
    for to in (
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", "/\r\nSet-Cookie: a=b", "evil.example", "/api/v1/auth/logout", "", "/" + "x" * 990 + "é",
    ):  # fmt: skip
        assert back(browser, begun(browser, provider, to)).headers["location"] == "/", to
    location = browser.get(BEGIN, headers={"Host": "evil.example"}).headers["location"]
    assert parse_qs(urlsplit(location).query)["redirect_uri"] == [f"{HOST}{BACK}"]


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_a_provider_that_is_another_one_is_refused(browser: TestClient, provider: Provider) -> None:
    for facts in ({"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}):
        provider.facts = facts
        assert browser.get(BEGIN).headers["location"] == "/?login=refused"
    provider.facts = {}
    assert browser.get(BEGIN).headers["location"].startswith(provider.issuer)


@pytest.mark.parametrize("addresses", ["postgresql"], indirect=True)
def test_a_server_that_was_not_given_the_right_logs_nobody_in(
    browser: TestClient, provider: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("cluster").run("REVOKE idqp_login FROM web")
    refused(back(browser, begun(browser, provider)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_a_provider_of_others_logs_people_in(
    addresses: tuple[str, str], key_folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oidc_provider_mock import User, run_server_in_thread  # type: ignore[import-untyped] # noqa: PLC0415

    monkeypatch.setenv(VARIABLE, SECRET)
    person = User(sub="r1", claims={"email": f"{Role.REVIEWER}@example.com", "email_verified": True})
    with run_server_in_thread(user_claims=[person]) as server:
        issuer = f"http://localhost:{server.server_port}"
        with with_provider(addresses, key_folder, issuer, request) as browser:
            page = browser.get(BEGIN).headers["location"]
            shown = httpx2.post(page, data={"sub": "r1"})
            query = {name: values[0] for name, values in parse_qs(urlsplit(shown.headers["location"]).query).items()}
            assert back(browser, query).headers["location"] == "/"
            assert browser.post(f"{API}/auth/refresh", headers=HERE).json()["user"]["role"] == "reviewer"
