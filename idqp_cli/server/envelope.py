"""What surrounds every answer: a request id, headers of security, limits of bodies, a log line, a count."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idqp_cli.core.text import clean
from idqp_cli.report.ecs_log import record
from idqp_cli.server import problems
from idqp_cli.server.measured import Measured
from idqp_cli.server.problems import Problem
from idqp_cli.server.tracing import Tracing

LARGEST_BODY = 1 << 20  # bytes
BODY_SECONDS = 20
# Where files are sent to.
UPLOADS = "/api/v1/checks"
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECURE = "max-age=31536000"


class Envelope:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp, measured: Measured, tracing: Tracing, *, logging: bool = True) -> None:
        """Surround an app; `logging` writes a line of JSON to stderr for each answer."""
        self._app, self._measured, self._tracing, self._logging = app, measured, tracing, logging

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        name = given if NAME.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = name
        begun, status = time.monotonic(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = name
                for key, value in HEADERS.items():
                    headers.setdefault(key, value)
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = SECURE
            await send(message)

        try:
            with self._tracing.request(scope["method"], Headers(scope=scope)) as span:
                try:
                    await self._limited(scope, receive, answer)
                finally:
                    if span is not None:
                        span.update_name(f"{scope['method']} {endpoint(scope)}")
                        span.set_attributes(_traced(scope, status))
        finally:
            took = time.monotonic() - begun
            self._measured.add(endpoint(scope), scope["method"], status, took)
            if self._logging:
                _log(scope, status, took)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        if streams(scope):
            await self._answered(scope, receive, send)
            return
        try:
            body = await _body(scope, receive)
        except Problem as problem:
            response = problems.written(problem, problems.identifier(Request(scope)))
            await response(scope, receive, send)
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._answered(scope, again, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = False

        async def watched(message: Message) -> None:
            nonlocal sent
            sent = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the boundary: what arrives here is a bug of ours
            scope["state"]["error"] = f"{type(error).__name__} in {_place(error)}"
            if not sent:
                bug = Problem("bug", "a bug in idqp; the server's log says where")
                await problems.written(bug, problems.identifier(Request(scope)))(scope, receive, send)


def streams(scope: Scope) -> bool:
    """Tell whether a request brings files, which its endpoint takes as they come."""
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return scope["method"] == "POST" and scope["path"] == UPLOADS and kind == "multipart/form-data"


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Read the body of a request, which is small and comes soon."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return b""
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise Problem("too-large", f"a body has at most {LARGEST_BODY:,} bytes")
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return b""
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > LARGEST_BODY:
                    raise Problem("too-large", f"a body has at most {LARGEST_BODY:,} bytes")
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise Problem("too-slow", f"the body did not arrive within {BODY_SECONDS} s") from None


def endpoint(scope: Scope) -> str:
    """Return the path as it is declared, so that names in it are no metrics of their own."""
    route = scope.get("route")
    return str(getattr(route, "path", "other"))


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


def _traced(scope: Scope, status: int) -> Mapping[str, str | int]:
    """Return what a trace holds of a request; no words of it, which may be anything."""
    told: dict[str, str | int] = {
        "http.request.method": scope["method"], "http.route": endpoint(scope), "http.response.status_code": status,
        "http.request.id": scope["state"]["request_id"],
    }  # fmt: skip
    if "check" in scope["state"]:
        told["idqp.check"] = scope["state"]["check"]
    return told


def _log(scope: Scope, status: int, seconds: float) -> None:
    state = scope["state"]
    client = scope.get("client")
    more: dict[str, object] = {
        "http.request.id": state["request_id"], "http.request.method": scope["method"],
        "http.response.status_code": status, "url.path": clean(scope["path"], 200),
        "event.duration": round(seconds * 1e9), "event.dataset": "idqp.serve",
    }  # fmt: skip
    if client:
        more["client.ip"] = client[0]
    if "actor" in state:
        more["user.name"] = clean(state["actor"], 100)
    if "error" in state:
        more["error.message"] = clean(state["error"], 500)
    level = "error" if status >= 500 else "warning" if status >= 400 else "info"
    line = record(datetime.now(UTC), level, f"{scope['method']} {endpoint(scope)} {status}", **more)
    sys.stderr.write(json.dumps(line) + "\n")
