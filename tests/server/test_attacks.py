"""Attacks on the server: forged tokens, other sites, hostile bodies and paths; none gets anything, none is a 500."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from idqp_cli.server import access_tokens
from idqp_cli.store.identity import Role
from server_place import API, HERE, Place

NOW = datetime.now(UTC)


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hmac_signed(header: Mapping[str, object], claims: Mapping[str, object], key: bytes) -> str:
    """Return what a library refuses to make: a public key as the secret of HS256."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())}"


class Forger:
    """Who has a valid token of a Viewer and all public keys, and wants more."""

    def __init__(self, place: Place) -> None:
        self.token = place.headers(Role.VIEWER)["Authorization"].removeprefix("Bearer ")
        self.header: dict[str, Any] = jwt.get_unverified_header(self.token)
        self.claims: dict[str, Any] = jwt.decode(self.token, options={"verify_signature": False})
        self.key = place.client.app.state.serving.keys.newest()  # type: ignore[attr-defined]
        self.own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public = self.key.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def signed(self, header: Mapping[str, object] | None = None, **claims: object) -> str:
        """Return a token that the server itself would have signed."""
        given = {**self.claims, **claims}
        return jwt.encode(
            {name: value for name, value in given.items() if value is not None},
            self.key.private,
            "RS256",
            {**self.header, **(header or {})},
        )

    def foreign(self, **header: object) -> str:
        """Return a token that another key has signed."""
        given = {name: value for name, value in {**self.header, **header}.items() if value is not None}
        return jwt.encode(self.claims, self.own, "RS256", given)


FORGED: dict[str, Callable[[Forger], str]] = {
    "no algorithm": lambda f: f"{encoded({**f.header, 'alg': 'none'})}.{encoded(f.claims)}.",
    "None in capitals": lambda f: f"{encoded({**f.header, 'alg': 'NONE'})}.{encoded(f.claims)}.",
    "no signature": lambda f: f.token.rpartition(".")[0] + ".",
    "the public key as a shared secret": lambda f: hmac_signed({**f.header, "alg": "HS256"}, f.claims, f.public),
    "an empty shared secret": lambda f: hmac_signed({**f.header, "alg": "HS256"}, f.claims, b""),
    "another key": lambda f: f.foreign(),
    "another key and its name": lambda f: f.foreign(kid="mine"),
    "a path for a key": lambda f: f.foreign(kid="../../../../dev/null"),
    "SQL for a key": lambda f: f.foreign(kid="' UNION SELECT 'x"),
    "no name of a key": lambda f: f.foreign(kid=None),
    "a key in the header": lambda f: f.foreign(jwk=json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(f.own.public_key()))),
    "a place of keys": lambda f: f.foreign(jku="http://127.0.0.1:9/keys", x5u="http://127.0.0.1:9/cert"),
    "expired": lambda f: f.signed(exp=NOW - timedelta(minutes=1)),
    "without an end": lambda f: f.signed(exp=None),
    "not yet valid": lambda f: f.signed(nbf=NOW + timedelta(hours=1)),
    "for another audience": lambda f: f.signed(aud="other"),
    "without an audience": lambda f: f.signed(aud=None),
    "of another issuer": lambda f: f.signed(iss="other"),
    "without a session": lambda f: f.signed(ses=None),
    "with a session in the clear": lambda f: f.signed(ses="idqp_s_" + "a" * 43),
    "of another kind": lambda f: f.signed({"typ": "JWT"}),
    "changed claims": lambda f: ".".join(
        [f.token.split(".")[0], encoded({**f.claims, "role": "owner"}), f.token.split(".")[2]]
    ),
    "too long": lambda f: f.token + "A" * 10_000,
    "no token": lambda f: "x",
    "three dots": lambda f: "...",
    "a session's secret": lambda f: str(f.key.opened(f.claims["ses"])),
}


def test_every_forged_token_is_refused(place: Place) -> None:
    forger = Forger(place)
    assert place.client.get(f"{API}/me", headers={"Authorization": f"Bearer {forger.token}"}).status_code == 200
    for name, forge in FORGED.items():
        answer = place.client.get(f"{API}/me", headers={"Authorization": f"Bearer {forge(forger)}"})
        assert (name, answer.status_code) == (name, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_claims_that_the_server_signed_give_no_role(place: Place) -> None:
    """Whoever has a signing key has the sessions that they were given, and no other."""
    token = Forger(place).signed(role="owner", sub="owner@example.com")
    bearer = {"Authorization": f"Bearer {token}"}
    assert place.client.get(f"{API}/me", headers=bearer).json()["role"] == "viewer"
    answer = place.client.post(f"{API}/incidents/1/ack", json={"comment": "x"}, headers=bearer)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "header", ["Basic b3duZXI6eA==", "Bearer", "Bearer  ", "bearer x", "Token x", "Bearer idqp_ci_" + "a" * 43]
)
def test_other_ways_to_say_who_asks_are_refused(place: Place, header: str) -> None:
    assert place.client.get(f"{API}/me", headers={"Authorization": header}).status_code == 401


def test_another_site_cannot_use_the_cookie(place: Place) -> None:
    place.log_in(Role.OWNER)
    for headers in (
        {},
        {"Content-Type": "text/plain"},
        {**HERE, "Origin": "https://evil.example"},
        {**HERE, "Origin": "null"},
    ):
        for path in ("/auth/refresh", "/auth/logout"):
            assert place.client.post(f"{API}{path}", headers=headers).json()["code"] == "csrf", headers
    assert place.client.post(f"{API}/incidents/1/ack", json={"comment": "x"}, headers=HERE).status_code == 401
    own = {**HERE, "Origin": "http://127.0.0.1:8000"}
    assert place.client.post(f"{API}/auth/refresh", headers=own).status_code == 200


def test_no_other_origin_is_told_that_it_may(place: Place) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = place.client.options(f"{API}/incidents", headers=asked)
    assert "access-control-allow-origin" not in answer.headers


BODIES: list[tuple[bytes, str]] = [
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"null", "application/json"),
    (b"[]", "application/json"),
    (b'{"comment": 1}', "application/json"),
    (b'{"comment": "\xff"}', "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "application/json"),
    (b"comment=x", "application/x-www-form-urlencoded"),
    (b'{"comment": "x"}', "text/plain"),
    (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "application/xml"),
    (b"1" * 5000, "application/json"),
    (b'{"comment": "' + b"x" * 5000 + b'"}', "application/json"),
]


def test_no_body_is_more_than_a_refused_request(place: Place) -> None:
    for body, kind in BODIES:
        answer = place.ask("POST", "/incidents/1/ack", content=body, headers={"Content-Type": kind})
        assert answer.status_code in {400, 415, 422}, (body[:40], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    large = place.ask("POST", "/incidents/1/ack", content=b" " * (2 << 20))
    assert (large.status_code, large.json()["code"]) == (413, "too-large")
    assert place.get("/incidents/1")["status"] == "open"


PATHS = [
    "/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/assets/..%2f..%2fapp.py", "/%2e%2e/app.py", "/%00",
    "//etc/passwd", "/assets/%2e%2e/%2e%2e/keys.py", "/index.html%00.js",
]  # fmt: skip


def test_no_path_leads_out_of_the_dashboard(place: Place) -> None:
    for path in PATHS:
        answer = place.client.get(path)
        assert answer.status_code in {200, 404}, path
        assert "root:" not in answer.text
        assert "import" not in answer.text.partition("<body")[0], path


def test_what_is_stored_is_text_in_every_answer(place: Place) -> None:
    script = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    place.ask("POST", "/incidents/1/ack", json={"comment": script})
    answer = place.ask("GET", "/incidents/1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert script in {event["detail"] for event in answer.json()["timeline"]}


def test_one_user_writes_so_often_and_no_more(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = place.client.app.state.serving.writes  # type: ignore[attr-defined]
    monkeypatch.setattr(buckets, "_most", 3)
    answers = [place.ask("POST", "/incidents/1/ack", json={"comment": "x"}) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert (answers[-1].json()["code"], 0 < int(answers[-1].headers["retry-after"]) <= 20) == ("too-many", True)
    # Reading is not writing, and somebody else is somebody else.
    assert place.ask("GET", "/incidents").status_code == 200
    assert place.ask("POST", "/incidents/1/ack", Role.REVIEWER, json={"comment": "x"}).status_code == 200


def test_a_header_of_the_client_is_no_line_of_the_log(place: Place) -> None:
    answer = place.ask("GET", "/status", headers={"X-Request-Id": "a b\tc"})
    assert answer.headers["x-request-id"] != "a b\tc"
    assert place.ask("GET", "/status", headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"


def test_the_key_is_for_the_server_alone(key_folder: Path) -> None:
    for file in key_folder.glob("*.pem"):
        assert file.stat().st_mode & 0o077 == 0
    assert timedelta(hours=1) == access_tokens.LASTS
