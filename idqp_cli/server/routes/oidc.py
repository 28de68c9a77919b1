"""Log in by a provider: the two places that a browser is led through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from idqp_cli.access import names, tokens
from idqp_cli.core.errors import DeniedError, UsageError
from idqp_cli.server.asking import Shared
from idqp_cli.server.oidc import LASTS, RefusedError
from idqp_cli.server.problems import Problem
from idqp_cli.server.routes.auth import refresh_cookie
from idqp_cli.server.serving import Serving
from idqp_cli.server.workers import log
from idqp_cli.store.pool import NOBODY

router = APIRouter(prefix="/auth/oidc", tags=["auth"])
COOKIE, PATH = "idqp_oidc", "/api/v1/auth/oidc"
# Where a browser goes on when nobody is logged in; the page says why.
REFUSED, UNKNOWN = "/?login=refused", "/?login=unknown"
GRANT = "the role of the server may log nobody in: GRANT idqp_login TO it"


@router.get("", status_code=303, response_class=Response)
def log_in_by_provider(
    request: Request, serving: Shared, to: Annotated[str, Query(max_length=1000, examples=["/incidents"])] = "/"
) -> Response:
    """Lead a browser to the login provider; `to` is the page that it comes back to."""
    if serving.provider is None:
        raise Problem("not-found", "the server has no login provider; see --oidc")
    serving.logins.take(request.client.host if request.client else "")
    try:
        begun = serving.provider.begun(serving.keys, to)
    except RefusedError as error:
        log(f"no login by the provider: {error}")
        return _led(REFUSED)
    return _led(begun.address, _cookie(request, begun.cookie, LASTS))


@router.get("/callback", status_code=303, response_class=Response)
def end_login_by_provider(
    request: Request,
    serving: Shared,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Take a browser back from the login provider; it has a session then, or is told that it has none."""
    if serving.provider is None:
        raise Problem("not-found", "the server has no login provider; see --oidc")
    serving.logins.take(request.client.host if request.client else "")
    over = _cookie(request, "", 0)
    try:
        email, to = serving.provider.proved(serving.keys, request.cookies.get(COOKIE, ""), state, code)
        secret = _session(serving, email)
    except RefusedError as error:
        log(f"no login by the provider: {error}")
        return _led(REFUSED, over)
    return _led(UNKNOWN, over) if secret is None else _led(to, over, refresh_cookie(request, secret))


def _session(serving: Serving, email: str) -> str | None:
    """Begin a session; None for somebody whom the store does not know."""
    at = datetime.now(UTC)
    secret, session = tokens.session(at)
    try:
        with serving.pool.lent(None) as store:
            if store.identity("", at).open:
                raise RefusedError("the store has no users, and nobody needs to log in")
            store.become(NOBODY)
            user = store.log_in_proved(names.address(email), str(serving.settings.oidc), session, at)
    except UsageError:
        return None
    except DeniedError:
        raise RefusedError(GRANT) from None
    return None if user is None else secret


def _led(to: str, *cookies: str) -> Response:
    response = Response(status_code=303, headers={"Location": to, "Cache-Control": "no-store"})
    for cookie in cookies:
        response.headers.append("Set-Cookie", cookie)
    return response


def _cookie(request: Request, value: str, seconds: int) -> str:
    """Return the cookie of a login under way. The provider leads back here, which no `Strict` cookie survives."""
    secure = "; Secure" if request.url.scheme == "https" else ""
    return f"{COOKIE}={value}; Max-Age={seconds}; Path={PATH}; HttpOnly; SameSite=Lax{secure}"
