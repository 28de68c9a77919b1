"""The app: every endpoint, what surrounds them, and how they are described."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from idqp_cli import __version__
from idqp_cli.server import pages, problems, settings
from idqp_cli.server.envelope import Envelope
from idqp_cli.server.routes import auth, datasets, incidents, runs, schemas, status
from idqp_cli.server.serving import begun
from idqp_cli.server.settings import Settings
from idqp_cli.server.shapes import REFUSALS

PREFIX = "/api/v1"
GROUPS = (status, auth, incidents, datasets, schemas, runs)
ABOUT = "What `idqp` knows: datasets, runs, incidents, schemas. Errors are RFC 9457 problems; lists have cursors."
EXPOSED = ["ETag", "Retry-After", "X-Request-Id", "Location"]


def made(given: Settings, *, logging: bool = True) -> FastAPI:
    """Return the app that serves a store."""
    serving = begun(given)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            serving.pool.close()

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
    app.add_middleware(Envelope, measured=serving.measured, logging=logging)
    return app


def of_environment() -> FastAPI:
    """Return the app of a process that a server has started."""
    return made(settings.read(os.environ[settings.VARIABLE]))


def _name(route: APIRoute) -> str:
    return route.name
