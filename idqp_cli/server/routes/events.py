"""What happens, as it happens: server-sent events of the audit chain."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from idqp_cli.access.roles import Action
from idqp_cli.core.errors import IdqpError
from idqp_cli.server.asking import Ask, Asking
from idqp_cli.server.shapes import LAST
from idqp_cli.store.values import AuditEntry

router = APIRouter(tags=["events"])
PAUSE, PING = 0.5, 15.0  # seconds
AT_A_TIME = 200
EXAMPLE = (
    'event: change\nid: 1234\ndata: {"seq":1234,"at":"2026-11-29T15:38:27Z","actor":"ann@example.com",'
    '"action":"incident.acknowledged","object":"7"}\n\n'
)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}}}},
)
def follow(
    ask: Asking,
    after: Annotated[int | None, Query(ge=0, le=LAST)] = None,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> Response:
    """Follow what is written to the store, by whomever; the stream ends when the session does."""
    began = after if after is not None else _number(last_event_id)
    with ask.admitted(Action.READ) as asked:
        if began is None:
            began = int(asked.store.audit_head().partition(":")[0])
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(ask, began), 200, headers, "text/event-stream")


async def _stream(ask: Ask, after: int) -> AsyncIterator[str]:
    yield ": hello\n\n"
    spoken = time.monotonic()
    while not ask.serving.stopping.is_set():
        try:
            entries = await run_in_threadpool(_since, ask, after)
        except IdqpError:
            return
        for entry in entries:
            after = entry.sequence
            yield _event(entry)
        if entries or time.monotonic() - spoken > PING:
            spoken = time.monotonic()
            yield ": ping\n\n"
        await asyncio.sleep(0 if len(entries) == AT_A_TIME else PAUSE)


def _since(ask: Ask, after: int) -> list[AuditEntry]:
    with ask.admitted(Action.READ) as asked:
        return list(asked.store.audit(after=after, limit=AT_A_TIME))


def _event(entry: AuditEntry) -> str:
    told = {
        "seq": entry.sequence, "at": f"{entry.at[:19]}Z", "actor": entry.actor, "action": entry.action,
        "object": entry.object,
    }  # fmt: skip
    return f"event: change\nid: {entry.sequence}\ndata: {json.dumps(told)}\n\n"


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
