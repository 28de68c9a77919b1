"""The one place where it is asked who acts, and whether they may.

Someone is known by the token in IDQP_TOKEN, else by the session that `idqp login`
began, or by the role that a PostgreSQL store sees itself. A store without users
is open to everyone.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from idqp_cli.access import roles, sessions
from idqp_cli.access.roles import COMMANDS, Action
from idqp_cli.core.errors import NotPermittedError, UsageError
from idqp_cli.store import Store, existing_store, open_store
from idqp_cli.store.identity import Identity

TOKEN = "IDQP_TOKEN"  # noqa: S105 - the variable's name


def credential(address: str) -> str | None:
    """Return the secret that says who acts on the store at `address`, or None.

    Raises:
        NotPermittedError: the session's file is not this user's alone.

    """
    return os.environ.get(TOKEN, "").strip() or sessions.load(address)


def system_user() -> str:
    """Return the name of the operating system's user, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@contextmanager
def admitted(address: str, command: str, *, make: bool = False) -> Iterator[tuple[Store, Identity]]:
    """Open a store for a command, if whoever acts may use it; `make` a store that is not there.

    Raises:
        NotPermittedError: they may not.
        StoreError: the store is not there, or does not answer.

    """
    secret = credential(address)
    with _made(address, secret) if make else existing_store(address, secret) as store:
        action = COMMANDS[command]
        yield store, identify(store) if action is None else require(store, action)


def identify(store: Store) -> Identity:
    """Return who acts on an open store; their role is None if the store does not know them."""
    return store.identity(system_user(), datetime.now(UTC))


def require(store: Store, action: Action) -> Identity:
    """Return who acts on an open store.

    Raises:
        NotPermittedError: they may not do this; the text says which role would do.

    """
    identity = identify(store)
    if not roles.may(identity, action):
        raise NotPermittedError(refusal(identity, action, token=_by_token()))
    return identity


def require_for(store: Store, email: str, action: Action) -> Identity:
    """Return who acts on an open store, if it is about themselves, or if they may do this to everyone.

    Raises:
        NotPermittedError: neither is so.

    """
    identity = identify(store)
    return identity if identity.actor == email and identity.role is not None else require(store, action)


def known(identity: Identity) -> Identity:
    """Return someone whom the store knows, or who needs not be known.

    Raises:
        NotPermittedError: it is nobody.

    """
    if identity.role is None and not identity.open:
        raise NotPermittedError(_nobody(token=_by_token()))
    return identity


def refuse_open(store: Store) -> None:
    """Refuse to log someone in where nobody needs to be.

    Raises:
        UsageError: the store has no users.

    """
    if identify(store).open:
        raise UsageError("the store has no users, and everyone may do everything; `idqp user add` adds the first one")


def refusal(identity: Identity, action: Action, *, token: bool) -> str:
    """Say why someone may not do this, and who may; `token` says that they came with IDQP_TOKEN."""
    needed = f"to {action.value} takes {roles.enough(action)}"
    if identity.role is None:
        return f"{_nobody(token=token)}; {needed}"
    title = roles.TITLES[identity.role]
    if identity.scopes and identity.role in roles.MAY[action]:
        return f"not permitted: {identity.actor} lacks the scope for it ({' '.join(identity.scopes)}); {needed}"
    return f"not permitted: {identity.actor} is {'an' if title[0] in 'AEIOU' else 'a'} {title}; {needed}"


def _by_token() -> bool:
    return bool(os.environ.get(TOKEN, "").strip())


def _nobody(*, token: bool) -> str:
    if token:
        return f"{TOKEN} is not a valid token of this store (unknown, expired or revoked)"
    return "nobody is logged in, or the session has ended: `idqp login`"


@contextmanager
def _made(address: str, secret: str | None) -> Iterator[Store]:
    store = open_store(address, secret)
    try:
        yield store
    finally:
        store.close()
