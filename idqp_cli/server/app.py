"""The app: every endpoint, what surrounds them, and how they are described."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from types import FrameType

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from idqp_cli import __version__
from idqp_cli.server import pages, problems, settings
from idqp_cli.server.envelope import Envelope
from idqp_cli.server.routes import (
    audit,
    auth,
    baselines,
    checks,
    datasets,
    distributions,
    events,
    health,
    incidents,
    oidc,
    people,
    programs,
    reports,
    runs,
    schemas,
    status,
    uploads,
)
from idqp_cli.server.serving import Serving, begun
from idqp_cli.server.settings import Settings
from idqp_cli.server.shapes import REFUSALS

PREFIX = "/api/v1"
GROUPS = (
    status, auth, oidc, incidents, datasets, distributions, schemas, runs, uploads, checks, events, reports, baselines,
    people, programs, audit, health,
)  # fmt: skip
ABOUT = "What `idqp` knows: datasets, runs, incidents, schemas. Errors are RFC 9457 problems; lists have cursors."
EXPOSED = ["ETag", "Retry-After", "X-Request-Id", "Location"]


def made(given: Settings, *, logging: bool = True) -> FastAPI:
    """Return the app that serves a store."""
    serving = begun(given)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        _hear(serving)
        serving.workers.start()
        serving.uploads.start()
        try:
            yield
        finally:
            serving.stopping.set()
            serving.workers.stop()
            serving.uploads.stop()
            serving.pool.close()
            serving.tracing.end()
            if serving.replica is not None:
                serving.replica.pool.close()

    app = FastAPI(
        title="idqp", version=__version__, description=ABOUT, lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json", generate_unique_id_function=_name, separate_input_output_schemas=False,
    )  # fmt: skip
    app.state.serving = serving
    problems.install(app)
    api = APIRouter(prefix=PREFIX, responses=REFUSALS)
    for group in GROUPS:
        api.include_router(group.router)
    app.include_router(api)
    pages.install(app)
    if given.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(given.origins), allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", "X-IDQP-Request"], expose_headers=EXPOSED,
        )  # fmt: skip
    app.add_middleware(Envelope, measured=serving.measured, tracing=serving.tracing, logging=logging)
    return app


def of_environment() -> FastAPI:
    """Return the app of a process that a server has started."""
    return made(settings.read(os.environ[settings.VARIABLE]))


def _hear(serving: Serving) -> None:
    """Let streams that are open end when the process is told to stop, before the server waits for them."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(_told, serving, signal.getsignal(number)))


def _told(serving: Serving, before: object, number: int, frame: FrameType | None) -> None:
    serving.stopping.set()
    if callable(before):
        before(number, frame)


def _name(route: APIRoute) -> str:
    return route.name
