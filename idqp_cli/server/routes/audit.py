"""The audit log: who did what, and whether it is still what was written down."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Response

from idqp_cli.report import access_lists
from idqp_cli.server.asking import Asked, Asking
from idqp_cli.server.plain import page
from idqp_cli.server.shapes import After, Limit, Page, Shape
from idqp_cli.store.audit import verify
from idqp_cli.store.values import AuditEntry

router = APIRouter(prefix="/audit", tags=["audit"])
Narrowed = Annotated[str | None, Query(max_length=300)]
# So many entries are looked through for one page.
LOOKED_THROUGH = 100_000


class EntryShape(Shape):
    """One entry of the audit chain; `detail` is JSON text."""

    seq: int
    at: str
    actor: str
    action: str
    object: str
    detail: str
    hash: str


class Verified(Shape):
    """Whether the chain is whole; `problem` says what is wrong with it."""

    whole: bool
    entries: int
    head: str
    problem: str | None


@router.get("", response_model=Page[EntryShape])
def list_entries(
    ask: Asking,
    actor: Narrowed = None,
    action: Narrowed = None,
    about: Annotated[str | None, Query(alias="object", max_length=300)] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """List who wrote what to the store, newest first; `action` may be the begin of one, like `incident`."""

    def wanted(entry: AuditEntry) -> bool:
        return (
            (after is None or entry.sequence < after)
            and actor in {None, entry.actor}
            and about in {None, entry.object}
            and (action is None or entry.action == action or entry.action.startswith(f"{action}."))
        )

    def listed(asked: Asked) -> object:
        entries = asked.store.audit(limit=LOOKED_THROUGH, newest=True)
        found = list(islice(filter(wanted, entries), limit + 1))
        more = str(found[limit - 1].sequence) if len(found) > limit else None
        return page(access_lists.audit_rows(found[:limit]), more)

    return ask.read(listed)


@router.get("/verify", response_model=Verified)
def verify_chain(ask: Asking) -> Response:
    """Verify the whole audit chain."""

    def verified(asked: Asked) -> object:
        # In this order: what is written meanwhile stands behind the head, and is not walked.
        head = asked.store.audit_head()
        entries = int(head.partition(":")[0])
        wrong = verify(asked.store.audit(limit=entries), head)
        return {"whole": wrong is None, "entries": entries, "head": head, "problem": wrong}

    return ask.read(verified)
