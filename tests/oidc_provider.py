"""A login provider that signs whatever it is told to, for tests/server: discovery, keys, tokens, userinfo."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "idqp", "known to both"


class Provider:
    """What the provider says; each of its parts can be replaced."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: Callable[[dict[str, Any]], dict[str, Any]] = dict
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.facts: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.challenges: dict[str, dict[str, str]] = {}
        self.tokens = 0

    def signed(self, claims: Mapping[str, Any], key: Any = None, **header: Any) -> str:  # noqa: ANN401
        return jwt.encode(dict(claims), key or self.key, "RS256", {"kid": "one", **header})

    def authorized(self, address: str) -> dict[str, str]:
        """Do what the page of the provider does when a person has logged in; return what the browser goes back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (query["response_type"], query["client_id"], query["code_challenge_method"]) == ("code", CLIENT, "S256")
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = query
        return {"code": code, "state": query["state"]}

    def answered(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        match path:
            case "/.well-known/openid-configuration":
                places = ("authorize", "token", "userinfo")
                named = {
                    f"{one.replace('authorize', 'authorization')}_endpoint": f"{self.issuer}/{one}" for one in places
                }
                return 200, {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **named, **self.facts}
            case "/keys":
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
                return 200, {"keys": [{**public, "kid": "one", "use": "sig"}]}
            case "/userinfo":
                return 200, self.userinfo
            case "/token":
                return self._token(form, headers)
        return 404, {}

    def _token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        begun = self.challenges.pop(form.get("code", ""), None)
        known = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if begun is None or headers.get("Authorization") not in {f"Basic {known}", f"Basic {plain}"}:
            return 400, {"error": "invalid_grant"}
        if challenge != begun["code_challenge"] or form["redirect_uri"] != begun["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        self.tokens += 1
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": begun["nonce"],
            "email": "viewer@example.com", "email_verified": True,
        }  # fmt: skip
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(self.claims(claims))}


@contextmanager
def provided() -> Iterator[Provider]:
    """Run a provider until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: Mapping[str, str]) -> None:
            status, value = one.answered(urlsplit(self.path).path, form, dict(self.headers))
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        one = Provider(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield one
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided() as one:
        yield one
