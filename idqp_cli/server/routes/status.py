"""What the server is, and who asks."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from idqp_cli import __version__
from idqp_cli.access import roles
from idqp_cli.access.roles import Action
from idqp_cli.core.errors import StoreError
from idqp_cli.core.text import stamp_or_none
from idqp_cli.server.asking import Asking, Shared, answer
from idqp_cli.server.plain import timed
from idqp_cli.server.serving import Serving
from idqp_cli.server.shapes import Shape
from idqp_cli.store.pool import NoStoreError

router = APIRouter(tags=["status"])
NEXT = {
    "none": "in the folder of your data: `idqp init`, then `idqp check`",
    "open": "`idqp user add you@example.com` closes the store to everyone else",
    "unavailable": "see the server's log",
    "closed": None,
}


class StatusShape(Shape):
    """What the server is; `store` is none, open, closed or unavailable, and `next` what to do about it.

    `provider` is the host of the login provider, if there is one.
    """

    version: str
    store: str
    login: bool
    provider: str | None
    next: str | None


class Me(Shape):
    """Who asks, and what they may do."""

    actor: str
    name: str | None
    role: str | None
    open: bool
    scopes: list[str]
    may: list[str]
    expires_at: str | None


@router.get("/status", response_model=StatusShape)
def show_status(serving: Shared) -> Response:
    """Say what the server is, to everybody."""
    state = store_state(serving)
    provider = None if serving.settings.oidc is None else urlsplit(serving.settings.oidc).netloc
    told = {"version": __version__, "store": state, "login": state == "closed", "provider": provider}
    return answer({**told, "next": NEXT[state]})


@router.get("/me", response_model=Me)
def show_me(ask: Asking) -> Response:
    """Say who asks, and what they may do."""
    with ask.admitted(Action.READ) as asked:
        who = asked.identity
        name = next((user.full_name for user in asked.store.users() if user.email == who.actor), None)
    return answer(
        timed(
            {
                "actor": who.actor,
                "name": name,
                "role": None if who.open else who.role,
                "open": who.open,
                "scopes": list(who.scopes),
                "may": [action.name.lower() for action in Action if roles.may(who, action)],
                "expires_at": stamp_or_none(who.expires_at),
            }
        )
    )


def store_state(serving: Serving) -> str:
    """Return whether there is a store, and whether it has users."""
    try:
        with serving.pool.lent(None) as store:
            return "open" if store.identity("", datetime.now(UTC)).open else "closed"
    except NoStoreError:
        return "none"
    except StoreError:
        return "unavailable"
