"""Secrets that stand for someone: 256 random bits behind a prefix that secret scanners know."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from idqp_cli.store.passwords import digest

if TYPE_CHECKING:
    from idqp_cli.store.values import NewToken, Session

SESSION, PROGRAM = "idqp_s_", "idqp_ci_"
SECRET = re.compile(r"idqp_(?:s|ci)_[A-Za-z0-9_-]{43}")
SESSION_LASTS = timedelta(hours=12)


def session(at: datetime) -> tuple[str, Session]:
    """Return a new session's secret, and what the store keeps of it."""
    from idqp_cli.store.values import Session  # noqa: PLC0415 - every command reads this module

    secret = SESSION + _random()
    return secret, Session(digest(secret), at + SESSION_LASTS)


def program(name: str, scopes: tuple[str, ...], expires_at: datetime) -> tuple[str, NewToken]:
    """Return a new token's secret, and what the store keeps of it."""
    from idqp_cli.store.values import NewToken  # noqa: PLC0415 - every command reads this module

    secret = PROGRAM + _random()
    return secret, NewToken(name, digest(secret), scopes, expires_at)


def is_secret(text: str) -> bool:
    """Tell whether this can be a secret at all."""
    return SECRET.fullmatch(text) is not None


def _random() -> str:
    import secrets  # noqa: PLC0415 - every command reads this module, and hardly one makes a secret

    return secrets.token_urlsafe(32)
