"""Files that somebody sends to be checked: received within limits, and given to be judged as a stranger's."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import Scope

from idqp_cli.access.roles import Action
from idqp_cli.server import envelope
from idqp_cli.server.asking import Ask, Asking, answer
from idqp_cli.server.multipart import Receiver, Sent
from idqp_cli.server.problems import Problem
from idqp_cli.server.routes.checks import row
from idqp_cli.server.uploads import Upload
from idqp_cli.server.workers import LEASE
from idqp_cli.store.requested import CheckRequest, NewUpload

# In seconds: how long all of a body may take, and how long nothing may come.
LONGEST, SILENCE = 300, 20
LATER = {"Retry-After": "10"}


class OfFiles(APIRoute):
    """A route for requests that bring files; all others go on to the next one."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request that brings files."""
        if scope["type"] == "http" and envelope.streams(scope):
            return super().matches(scope)
        return Match.NONE, {}


router = APIRouter(tags=["checks"], route_class=OfFiles)


@router.post("/checks", status_code=202, include_in_schema=False)
async def send_files(ask: Asking, request: Request) -> Response:
    """Take files; the answer is a check that can be asked after."""
    await run_in_threadpool(_admit, ask)
    settings = ask.serving.settings
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > settings.upload_bytes:
        raise Problem("too-large", f"an upload has at most {settings.upload_bytes:,} bytes")
    with ask.serving.uploads.place() as folder:
        if folder is None:
            raise Problem("too-many", "the server has no room for more uploads; try again", headers=LATER)
        sent = await _received(request, folder, settings.upload_bytes)
        found = await run_in_threadpool(_begun, ask, folder, sent)
    request.state.check = found.name
    return answer(row(found), 202, {"Location": f"/api/v1/checks/{found.name}"})


def _admit(ask: Ask) -> None:
    """Refuse whoever may not send files, before any comes."""
    with ask.writing(Action.RECORD):
        pass
    if not ask.serving.settings.upload_bytes:
        raise Problem("conflict", "the server takes no files; see --upload-limit")
    if not ask.serving.workers.able():
        raise Problem("conflict", "the server cannot record: start it with a token in IDQP_TOKEN, and --checks 1")


async def _received(request: Request, folder: str, most: int) -> Sent:
    receiver = Receiver(request.headers.get("content-type", ""), folder, most)
    pieces = request.stream()
    try:
        async with asyncio.timeout(LONGEST):
            while True:
                async with asyncio.timeout(SILENCE):
                    piece = await anext(pieces, None)
                if piece is None:
                    return receiver.done()
                await run_in_threadpool(receiver.take, piece)
    except TimeoutError:
        raise Problem("too-slow", f"the files did not arrive within {LONGEST} s, or stopped for {SILENCE} s") from None
    except ClientDisconnect:
        raise Problem("bad-request", "the body ended before its last boundary") from None
    finally:
        receiver.close()


def _begun(ask: Ask, folder: str, sent: Sent) -> CheckRequest:
    if sent.dataset is not None and sent.dataset not in {one.name for one in ask.serving.project().datasets}:
        raise Problem("not-found", "the server's rules file has no such dataset")
    name = f"c{secrets.token_hex(12)}"
    with ask.admitted(Action.RECORD) as asked:
        new = NewUpload(name, sent.dataset, sent.files)
        asked.store.queue_upload(new, LEASE, asked.identity.actor, datetime.now(UTC))
        found = asked.store.check_request(name)
    if found is None:
        raise Problem("not-found", "the check is gone")
    ask.serving.uploads.add(Upload(name, folder, sent))
    return found
