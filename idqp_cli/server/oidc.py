"""Log in by an OpenID Connect provider: the authorization code flow with PKCE, through Authlib.

What a browser carries between the two halves is sealed. Only an ID token that
the provider signed for this server, for this login, proves an e-mail address,
and only one that the provider has verified.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.server.keys import Keys
from idqp_cli.server.settings import Settings, secure

# A token that is signed with a shared secret, or not at all, proves nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
SCOPE = "openid email profile"
DISCOVERY = "/.well-known/openid-configuration"
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# In seconds: how long a login may take, how long what the provider says of itself holds, and how long it may take.
LASTS, KNOWN, PATIENCE, LEEWAY = 600, 3600, 10, 60
LONGEST_COOKIE = 4000


class RefusedError(Exception):
    """A login that proves nobody; the text is for the server's log."""


@frozen
class Begun:
    """A login that has begun: where the browser goes, and what it carries, sealed."""

    address: str
    cookie: str


class Provider:
    """The provider of the settings, as it says what it is."""

    def __init__(self, settings: Settings, secret: str | None) -> None:
        """Take who the provider is, and the secret by which it knows this server; it is asked when somebody logs in."""
        self._settings, self._secret, self._lock = settings, secret, Lock()
        self._facts: Mapping[str, Any] = {}
        self._keys: Mapping[str, Any] = {}
        self._known_at = -float(KNOWN)

    def begun(self, keys: Keys, to: str) -> Begun:
        """Begin a login, after which the browser goes `to` a page of the dashboard.

        Raises:
            RefusedError: the provider does not answer as one.

        """
        facts = self._known()
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        with self._session() as session:
            address, _ = session.create_authorization_url(
                facts["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        carried = {"state": state, "nonce": nonce, "verifier": verifier, "to": inside(to), "at": int(time.time())}
        return Begun(address, keys.newest().sealed(json.dumps(carried)))

    def proved(self, keys: Keys, cookie: str, state: str, code: str) -> tuple[str, str]:
        """Return the e-mail address that a login proves, and the page to go on to.

        Raises:
            RefusedError: it proves none.

        """
        carried = _opened(keys, cookie)
        if not hmac.compare_digest(str(carried["state"]).encode(), state.encode()):
            raise RefusedError("the state is not that of the login which this browser began")
        if not 0 <= time.time() - float(carried["at"]) <= LASTS:
            raise RefusedError("the login took too long")
        facts = self._known()
        token = self._token(facts, code, str(carried["verifier"]))
        claims = self._claims(facts, str(token.get("id_token", "")), str(carried["nonce"]), token.get("access_token"))
        return _address(self._with_email(facts, claims, token)), inside(str(carried["to"]))

    def _session(self) -> Any:  # noqa: ANN401 - Authlib has no types
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - only who has a provider pays

        given = self._settings
        return OAuth2Session(
            given.oidc_client, self._secret, scope=SCOPE, redirect_uri=f"{given.public}/api/v1/auth/oidc/callback",
            code_challenge_method="S256",
            token_endpoint_auth_method="none" if self._secret is None else "client_secret_basic",
        )  # fmt: skip

    def _known(self) -> Mapping[str, Any]:
        with self._lock:
            if time.monotonic() - self._known_at > KNOWN:
                issuer = str(self._settings.oidc)
                facts = self._fetched(issuer.rstrip("/") + DISCOVERY)
                if str(facts.get("issuer")).rstrip("/") != issuer.rstrip("/"):
                    raise RefusedError("the provider says that it is another issuer")
                if not all(secure(str(facts.get(name, ""))) for name in NEEDED):
                    raise RefusedError("the provider names an endpoint that is not https")
                self._keys = self._fetched(facts["jwks_uri"])
                self._facts, self._known_at = facts, time.monotonic()
            return self._facts

    def _fetched(self, address: str, bearer: str | None = None) -> Mapping[str, Any]:
        import requests  # noqa: PLC0415

        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        try:
            answer = requests.get(address, headers=headers, timeout=PATIENCE, allow_redirects=False)
            found = answer.json() if answer.status_code == 200 else None
        except (requests.RequestException, ValueError) as error:
            raise RefusedError(f"{clean(address)}: {type(error).__name__}") from None
        if not isinstance(found, dict):
            raise RefusedError(f"{clean(address)}: answered {answer.status_code}, or no object")
        return found

    def _token(self, facts: Mapping[str, Any], code: str, verifier: str) -> Mapping[str, Any]:
        import requests  # noqa: PLC0415
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415

        try:
            with self._session() as session:
                found: Mapping[str, Any] = session.fetch_token(
                    facts["token_endpoint"], code=code, code_verifier=verifier, timeout=PATIENCE, allow_redirects=False
                )
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise RefusedError(f"the provider gave no token: {clean(error)}") from None
        return found

    def _claims(self, facts: Mapping[str, Any], token: str, nonce: str, access: object) -> Mapping[str, Any]:
        """Return what an ID token says, if the provider signed it for this login."""
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        asked = {
            "iss": {"essential": True, "value": facts["issuer"]},
            "aud": {"essential": True, "value": self._settings.oidc_client},
            "nonce": {"essential": True, "value": nonce},
            "sub": {"essential": True},
        }
        try:
            found = jwt.decode(token, KeySet.import_key_set(dict(self._keys)), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]
            params = {"nonce": nonce, "client_id": self._settings.oidc_client, "access_token": access}
            claims = CodeIDToken(found.claims, found.header, asked, params)
            claims.validate(leeway=LEEWAY)
        except Exception as error:
            # A key that the provider has made since.
            self._known_at = -float(KNOWN)
            if isinstance(error, JoseError | ValueError | KeyError | TypeError) or "authlib" in type(error).__module__:
                raise RefusedError(f"the ID token is refused: {clean(error)}") from None
            raise
        return dict(claims)

    def _with_email(
        self, facts: Mapping[str, Any], claims: Mapping[str, Any], token: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the claims with those of the endpoint for them, where the token has no address."""
        endpoint = str(facts.get("userinfo_endpoint", ""))
        if "email" in claims or not secure(endpoint):
            return claims
        more = self._fetched(endpoint, str(token.get("access_token", "")))
        if more.get("sub") != claims["sub"]:
            raise RefusedError("the provider tells of somebody else")
        return {**more, **claims}


def inside(to: str) -> str:
    """Return a page of the dashboard: a path that leads nowhere else in any browser, else the first page."""
    plain = to.startswith("/") and to.isascii() and to.isprintable() and len(to) <= 1000
    return to if plain and not to.startswith(("//", "/api")) and not set(to) & set('\\"<> ') else "/"


def _opened(keys: Keys, cookie: str) -> Mapping[str, Any]:
    try:
        opened = (key.opened(cookie) for key in keys.all()) if len(cookie) <= LONGEST_COOKIE else ()
        carried = json.loads(next(text for text in opened if text is not None))
    except (StopIteration, ValueError):
        raise RefusedError("the browser has begun no login here") from None
    if not isinstance(carried, dict) or set(carried) != {"state", "nonce", "verifier", "to", "at"}:
        raise RefusedError("the browser has begun no login here")
    return carried


def _address(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        raise RefusedError("the provider tells no e-mail address")
    # Whoever may write any address into their account must not be everybody; the text "true" is no truth.
    if claims.get("email_verified") is not True:
        raise RefusedError("the provider has not verified the e-mail address")
    return email
