"""What goes wrong with a request, as RFC 9457 `application/problem+json`; pure but for the handlers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from idqp_cli.core.errors import DeniedError, IdqpError, NotPermittedError, StoreError, UsageError
from idqp_cli.core.text import clean
from idqp_cli.store.pool import NoStoreError

TYPE = "https://idqp.dev/problems/"
MEDIA = "application/problem+json"
LONGEST = 500
TITLES: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "not-logged-in": (401, "Nobody is logged in"),
    "session-ended": (401, "The session has ended"),
    "not-permitted": (403, "Not permitted"),
    "csrf": (403, "The request may come from another site"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "The method is not allowed"),
    "too-slow": (408, "The request came too slowly"),
    "conflict": (409, "Not possible as it is now"),
    "breaking": (409, "A change of the schema is breaking"),
    "open-store": (409, "The store has no users"),
    "too-large": (413, "The request is too large"),
    "unsupported-media-type": (415, "The content type is not taken here"),
    "invalid": (422, "The request is not valid"),
    "too-many": (429, "Too many requests"),
    "bug": (500, "A bug in idqp"),
    "no-store": (503, "There is no store yet"),
    "store-unavailable": (503, "The store does not answer"),
}
BY_STATUS = {400: "bad-request", 401: "not-logged-in", 404: "not-found", 405: "method-not-allowed"}


class Problem(IdqpError):  # noqa: N818 - the standard's word
    """A request that is refused: a code of `TITLES`, a line for people, and more members of the answer."""

    def __init__(
        self, code: str, detail: str, more: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse with a code and a line that says what to do."""
        super().__init__(detail)
        self.code, self.more, self.headers = code, more or {}, headers or {}


@contextmanager
def conflicts() -> Iterator[None]:
    """Take a request that cannot be met as things are for a conflict, which is no fault of the request."""
    try:
        yield
    except UsageError as error:
        raise Problem("conflict", str(error)) from None


def of(error: IdqpError) -> Problem:
    """Return what an error of idqp is to whoever asked; what only the server's owner should know is left out."""
    match error:
        case Problem():
            return error
        case DeniedError():
            return Problem("not-permitted", error.reason)
        case NotPermittedError():
            return Problem("not-permitted", str(error))
        case NoStoreError():
            return Problem("no-store", str(error))
        case StoreError():
            return Problem("store-unavailable", "the store does not answer; the server's log says why")
        case UsageError():
            return Problem("invalid", str(error))
        case _:
            return Problem("conflict", "the server cannot do this as it is set up; the server's log says why")


def written(problem: Problem, request_id: str) -> Response:
    """Return the answer that a problem is."""
    status, title = TITLES[problem.code]
    body = {
        "type": TYPE + problem.code, "title": title, "status": status, "detail": clean(str(problem), LONGEST),
        "code": problem.code, "request_id": request_id, **problem.more,
    }  # fmt: skip
    headers = {"Cache-Control": "no-store", **problem.headers}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(body), status, headers, MEDIA)


def install(app: FastAPI) -> None:
    """Let the app answer everything that goes wrong as a problem."""

    @app.exception_handler(IdqpError)
    def _refused(request: Request, error: IdqpError) -> Response:
        problem = of(error)
        if TITLES[problem.code][0] >= 500:
            request.state.error = str(error)
        return written(problem, identifier(request))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        code = BY_STATUS.get(error.status_code, "bad-request")
        problem = Problem(code, str(error.detail), headers=error.headers or {})
        return written(problem, identifier(request))

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        found = [
            {"field": clean(".".join(map(str, one["loc"])), 100), "message": clean(one["msg"], 200)}
            for one in error.errors()[:20]
        ]
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return written(Problem("bad-request", "the body is not JSON"), identifier(request))
        told = "; ".join(f"{one['field']}: {one['message']}" for one in found[:3])
        return written(Problem("invalid", told, {"errors": found}), identifier(request))


def identifier(request: Request) -> str:
    """Return what the request is called in the log."""
    return str(getattr(request.state, "request_id", ""))
