"""Log in, stay logged in, and log out."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from idqp_cli.access import names, passwords, tokens
from idqp_cli.access.roles import Action
from idqp_cli.core.errors import UsageError
from idqp_cli.server import access_tokens, origins
from idqp_cli.server.asking import Asking, Shared, answer, asker
from idqp_cli.server.problems import Problem
from idqp_cli.server.serving import Serving
from idqp_cli.server.shapes import Body, Shape
from idqp_cli.store.identity import Role
from idqp_cli.store.pool import NOBODY
from idqp_cli.store.values import User

router = APIRouter(prefix="/auth", tags=["auth"])
COOKIE, PATH = "idqp_refresh", "/api/v1/auth"
WRONG = "the address or the password is wrong, or the account is disabled or locked for a while"


class Login(Body):
    """An address and a password."""

    email: str = Field(max_length=300, examples=["ann@example.com"])
    password: str = Field(max_length=300, examples=["correct horse battery"])


class Logout(Body):
    """Whether all sessions of the person end."""

    everywhere: bool = False


class NewPassword(Body):
    """The password as it is, and as it is to be."""

    current: str = Field(max_length=300)
    new: str = Field(max_length=300)


class Person(Shape):
    """Who is logged in."""

    email: str
    name: str
    role: str


class LoggedIn(Shape):
    """An access token, for `expires_in` seconds."""

    access_token: str
    token_type: str
    expires_in: int
    user: Person


async def same_site(request: Request, serving: Shared) -> None:
    """Refuse what another site's page may have asked for.

    Raises:
        Problem: it may.

    """
    why = origins.forged(request.method, request.headers, serving.settings.origins)
    if why is not None:
        raise Problem("csrf", why)


SAME_SITE = [Depends(same_site)]


@router.post("/login", response_model=LoggedIn)
def log_in(body: Login, request: Request, serving: Shared) -> Response:
    """Log in; the refresh token comes as a cookie."""
    serving.logins.take(request.client.host if request.client else "")
    user, secret = _proven(serving, body.email, body.password)
    return _logged_in(request, serving, user, secret)


@router.post("/refresh", response_model=LoggedIn, dependencies=SAME_SITE)
def refresh(request: Request, serving: Shared) -> Response:
    """Return a new access token for the cookie, and a new cookie; each cookie works once."""
    old = request.cookies.get(COOKIE, "")
    at = datetime.now(UTC)
    secret, session = tokens.session(at)
    user = None
    if tokens.is_secret(old) and old.startswith(tokens.SESSION):
        with serving.pool.lent(old) as store:
            user = store.renew_session(session, at)
    if user is None:
        problem = Problem("session-ended", "the session has ended; log in")
        problem.headers = {"Set-Cookie": refresh_cookie(request, "")}
        raise problem
    return _logged_in(request, serving, user, secret)


@router.post("/logout", status_code=204, dependencies=SAME_SITE)
def log_out(request: Request, serving: Shared, body: Logout | None = None) -> Response:
    """End the session of the bearer, or of the cookie, or all sessions of the person."""
    secret = asker(request, serving).secret if request.headers.get("authorization") else request.cookies.get(COOKIE)
    if secret is not None:
        with serving.pool.lent(secret) as store:
            store.log_out(datetime.now(UTC), everywhere=body is not None and body.everywhere)
    return Response(status_code=204, headers={"Set-Cookie": refresh_cookie(request, ""), "Cache-Control": "no-store"})


@router.post("/password", status_code=204)
def change_password(body: NewPassword, asking: Asking) -> Response:
    """Change one's own password; all sessions of the person end."""
    new = passwords.acceptable(body.new)
    with asking.writing(Action.READ) as asked:
        person = asked.identity.actor
        if asked.identity.open or asked.identity.role is Role.CI:
            raise Problem("conflict", "only a person who is logged in has a password")
    # The old one is proved by a login, which counts wrong tries.
    _, proof = _proven(asking.serving, person, body.current)
    with asking.serving.hashing:
        kept = passwords.hashed(new)
    with asking.serving.pool.lent(proof) as store:
        store.change_password(person, kept, person, datetime.now(UTC))
    return Response(status_code=204)


@router.get("/jwks")
def show_keys(serving: Shared) -> Response:
    """Return the public keys that access tokens are verified with."""
    return answer({"keys": serving.keys.public()})


def _proven(serving: Serving, email: str, password: str) -> tuple[User, str]:
    """Begin a session for whoever knows the password; return them and its secret.

    Raises:
        Problem: they do not, or the store needs nobody to log in.

    """
    at = datetime.now(UTC)
    with serving.pool.lent(None) as store:
        if store.identity("", at).open:
            raise Problem("open-store", "the store has no users, and nobody needs to log in")
        store.become(NOBODY)
        try:
            address = names.address(email)
            salt = store.password_salt(address)
        except UsageError:
            address, salt = "", ""
    if not address:
        raise Problem("not-logged-in", WRONG)
    with serving.hashing:
        try:
            proof = passwords.rehashed(password, salt)
        except UsageError:
            raise Problem("not-logged-in", WRONG) from None
    secret, session = tokens.session(at)
    with serving.pool.lent(NOBODY) as store:
        user = store.log_in(address, proof, session, datetime.now(UTC))
    if user is None:
        raise Problem("not-logged-in", WRONG)
    return user, secret


def _logged_in(request: Request, serving: Serving, user: User, secret: str) -> Response:
    token = access_tokens.issued(serving.keys, user, secret, datetime.now(UTC))
    body = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(access_tokens.LASTS.total_seconds()),
        "user": {"email": user.email, "name": user.full_name, "role": str(user.role)},
    }
    return answer(body, headers={"Set-Cookie": refresh_cookie(request, secret)})


def refresh_cookie(request: Request, secret: str) -> str:
    """Return the cookie that holds a refresh token; an empty one is forgotten."""
    lasts = int(tokens.SESSION_LASTS.total_seconds()) if secret else 0
    secure = "; Secure" if request.url.scheme == "https" else ""
    return f"{COOKIE}={secret}; Max-Age={lasts}; Path={PATH}; HttpOnly; SameSite=Strict{secure}"
