"""Logging in, staying so, and logging out; on both stores."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from idqp_cli.access import tokens
from idqp_cli.server.keys import made
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from server_place import API, HERE, PASSWORD, Place

COOKIE = "idqp_refresh"


def test_the_cookie_is_kept_from_pages_and_other_sites(place: Place) -> None:
    answer = place.log_in(Role.VIEWER)
    (cookie,) = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert tokens.is_secret(cookie.partition("=")[2].partition(";")[0])
    assert answer.json()["expires_in"] == 3600
    assert COOKIE not in answer.text


def test_a_refresh_token_works_once_and_a_copy_of_it_ends_everything(place: Place) -> None:
    place.log_in(Role.VIEWER)
    old = place.client.cookies[COOKIE]
    first = place.client.post(f"{API}/auth/refresh", headers=HERE)
    assert first.status_code == 200
    bearer = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert place.client.get(f"{API}/me", headers=bearer).status_code == 200
    place.client.cookies.clear()
    replayed = place.client.post(f"{API}/auth/refresh", headers={**HERE, "Cookie": f"{COOKIE}={old}"})
    assert (replayed.status_code, replayed.json()["code"]) == (401, "session-ended")
    assert place.client.get(f"{API}/me", headers=bearer).json()["code"] == "session-ended"
    with closing(open_store(place.owned)) as store:
        assert [entry.action for entry in store.audit(newest=True, limit=1)] == ["login.replayed"]


def test_a_logout_is_refused_at_once_and_everywhere_ends_all(place: Place) -> None:
    one, two = (place.log_in(Role.VIEWER).json()["access_token"] for _ in range(2))
    place.client.cookies.clear()
    first, second = ({"Authorization": f"Bearer {token}"} for token in (one, two))
    assert place.client.post(f"{API}/auth/logout", headers=first).status_code == 204
    assert place.client.get(f"{API}/me", headers=first).status_code == 401
    assert place.client.get(f"{API}/me", headers=second).status_code == 200
    assert place.client.post(f"{API}/auth/logout", headers=second, json={"everywhere": True}).status_code == 204
    assert place.client.get(f"{API}/me", headers=second).status_code == 401


def test_somebody_who_is_disabled_is_refused_at_once(place: Place) -> None:
    bearer = place.headers(Role.VIEWER)
    assert place.client.get(f"{API}/me", headers=bearer).status_code == 200
    with closing(open_store(place.owned)) as store:
        store.disable_user("viewer@example.com", "me", datetime.now(UTC))
    assert place.client.get(f"{API}/me", headers=bearer).status_code == 401
    assert place.log_in(Role.VIEWER).status_code == 401


REFUSED = [
    {"email": "viewer@example.com", "password": "wrong"},
    {"email": "nobody@example.com", "password": PASSWORD},
    {"email": "no address", "password": PASSWORD},
    {"email": "viewer@example.com", "password": "x" * 200},
]


def test_every_refusal_of_a_login_is_the_same(place: Place) -> None:
    for login in REFUSED:
        answer = place.client.post(f"{API}/auth/login", json=login)
        assert {**answer.json(), "request_id": ""} == {
            "type": "https://idqp.dev/problems/not-logged-in", "title": "Nobody is logged in", "status": 401,
            "detail": "the address or the password is wrong, or the account is disabled or locked for a while",
            "code": "not-logged-in", "request_id": "",
        }  # fmt: skip


def test_five_wrong_passwords_lock_a_person_out(place: Place) -> None:
    for _ in range(5):
        place.client.post(f"{API}/auth/login", json={"email": "viewer@example.com", "password": "wrong password"})
    assert place.log_in(Role.VIEWER).status_code == 401


def test_a_password_is_changed_by_whoever_knows_it(place: Place) -> None:
    wrong = place.ask("POST", "/auth/password", Role.VIEWER, json={"current": "wrong one", "new": "another password"})
    assert wrong.status_code == 401
    short = place.ask("POST", "/auth/password", Role.VIEWER, json={"current": PASSWORD, "new": "short"})
    assert short.status_code == 422
    done = place.ask("POST", "/auth/password", Role.VIEWER, json={"current": PASSWORD, "new": "another password"})
    assert done.status_code == 204
    assert place.ask("GET", "/me", Role.VIEWER).status_code == 401
    assert place.log_in(Role.VIEWER).status_code == 401
    new = {"email": "viewer@example.com", "password": "another password"}
    assert place.client.post(f"{API}/auth/login", json=new).status_code == 200
    assert place.ask("POST", "/auth/password", Role.CI, json={"current": "x", "new": "another one"}).status_code == 409


def test_a_new_signing_key_logs_nobody_out(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bearer = place.headers(Role.VIEWER)
    keys = place.client.app.state.serving.keys  # type: ignore[attr-defined]
    before = place.get("/auth/jwks", None)["keys"]
    made(str(keys._folder))  # noqa: SLF001
    monkeypatch.setattr("idqp_cli.server.keys.LOOKED", 0.0)
    after = place.get("/auth/jwks", None)["keys"]
    assert len(after) == len(before) + 1
    assert place.client.get(f"{API}/me", headers=bearer).status_code == 200
    assert place.log_in(Role.VIEWER).status_code == 200
