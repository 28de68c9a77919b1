"""Whoever asks, and what they are answered: the one place where an endpoint meets the store.

On PostgreSQL every transaction carries the secret of whoever asks, and the
database refuses what they may not. The server asks the store who it is at each
request in any case: on SQLite nobody else does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request, Response

from idqp_cli.access import roles, tokens
from idqp_cli.access.admission import refusal, system_user
from idqp_cli.access.roles import Action
from idqp_cli.core.frozen import frozen
from idqp_cli.server import access_tokens, cache, origins
from idqp_cli.server.plain import as_bytes
from idqp_cli.server.problems import Problem
from idqp_cli.server.replica import BehindError
from idqp_cli.server.serving import Serving
from idqp_cli.store import Store
from idqp_cli.store.identity import Identity
from idqp_cli.store.pool import NOBODY

JSON = "application/json"
PRIVATE = "private, no-cache"


@frozen
class Asked:
    """A store, lent to whoever asks, who may do what they ask for, and when."""

    store: Store
    identity: Identity
    at: datetime


class Ask:
    """One request: who asks, and of what."""

    def __init__(self, request: Request, serving: Serving, secret: str | None) -> None:
        """Take the secret by which the store knows whoever asks; None is somebody who brought none."""
        self.request, self.serving, self.secret = request, serving, secret

    @contextmanager
    def admitted(self, action: Action) -> Iterator[Asked]:
        """Lend a store to whoever asks, if they may do this.

        Raises:
            Problem: they may not, or nobody knows them.

        """
        with self.serving.pool.lent(self.secret or NOBODY) as store:
            at = datetime.now(UTC)
            identity = store.identity("", at)
            if self.secret is None or identity.open:
                identity = self._open(store, at)
            elif identity.role is None:
                raise Problem("session-ended", "the session has ended; log in")
            self.request.state.actor = identity.actor
            if not roles.may(identity, action):
                raise Problem("not-permitted", refusal(identity, action, token=False))
            yield Asked(store, identity, at)

    def read(self, compute: Callable[[Asked], object], action: Action = Action.READ) -> Response:
        """Answer with what is computed, or with what was since nothing has changed."""
        with self.admitted(action) as asked:
            url = self.request.url
            head = asked.store.audit_head()
            place, window = f"{url.path}?{url.query}", self.serving.cache.window
            tag = cache.tag(head, str(asked.identity.role), place, time.time(), window)
            headers = {"ETag": tag, "Cache-Control": PRIVATE, "Vary": "Authorization"}
            if tag in self.request.headers.get("if-none-match", ""):
                return Response(None, 304, headers)
            body = self.serving.cache.found(tag)
            if body is None:
                body = as_bytes(self._computed(compute, asked, head))
                self.serving.cache.keep(tag, body)
        return Response(body, 200, headers, JSON)

    def _computed(self, compute: Callable[[Asked], object], asked: Asked, head: str) -> object:
        """Compute an answer from the replica, if there is one that has all that the store has."""
        replica = self.serving.replica
        if replica is not None and self.secret is not None and not asked.identity.open:
            try:
                with replica.lent(self.secret, head) as store:
                    if store is not None:
                        return compute(replace(asked, store=store))
            except BehindError:
                pass
        return compute(asked)

    @contextmanager
    def writing(self, action: Action) -> Iterator[Asked]:
        """Lend a store for a change, as often as one user may make any.

        Raises:
            Problem: they may not, or not so often.

        """
        with self.admitted(action) as asked:
            self.serving.writes.take(asked.identity.actor)
            yield asked

    def _open(self, store: Store, at: datetime) -> Identity:
        """Return everybody, whom a store without users lets do everything, from this machine.

        Raises:
            Problem: the store has users, or the request may come from another machine.

        """
        store.become(None)
        identity = store.identity(system_user(), at)
        if not identity.open:
            store.become(NOBODY)
            raise Problem("not-logged-in", "log in, or send a token: Authorization: Bearer …")
        if not self.serving.settings.local or origins.rebound(self.request.headers.get("host")):
            raise Problem("not-permitted", "the store has no users, and is served to this machine only; add a user")
        return identity


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return plain values as an answer that nobody keeps."""
    return Response(as_bytes(value), status, {"Cache-Control": "no-store", **(headers or {})}, JSON)


# Both are quick and wait for nothing, so that neither needs a thread of its own.
async def serving_of(request: Request) -> Serving:
    """Return what the requests of this process share."""
    serving: Serving = request.app.state.serving
    return serving


async def ask(request: Request) -> Ask:
    """Find out who asks."""
    return asker(request, await serving_of(request))


def asker(request: Request, serving: Serving) -> Ask:
    """Return whoever asks.

    Raises:
        Problem: what they bring is not valid, or another site may have made the request.

    """
    why = origins.forged(request.method, request.headers, serving.settings.origins)
    if why is not None:
        raise Problem("csrf", why)
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return Ask(request, serving, None)
    if scheme.lower() != "bearer" or not word.strip():
        raise Problem("not-logged-in", "Authorization takes: Bearer TOKEN")
    token = word.strip()
    if tokens.is_secret(token) and token.startswith(tokens.PROGRAM):
        return Ask(request, serving, token)
    return Ask(request, serving, access_tokens.secret_of(serving.keys, token))


Asking = Annotated[Ask, Depends(ask)]
Shared = Annotated[Serving, Depends(serving_of)]
Later = BackgroundTasks
