"""People, tokens and audit entries as rows of named cells, for lists; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from idqp_cli.core.text import stamp, stamp_or_none
from idqp_cli.store.identity import Identity
from idqp_cli.store.values import AuditEntry, Token, User

Cell = str | int | float | None
USER_COLUMNS = ("email", "name", "role", "status", "database_role", "created_at", "disabled_at", "locked_until")
TOKEN_COLUMNS = ("token", "scopes", "status", "created_by", "created_at", "expires_at", "last_used_at", "revoked_at")
AUDIT_COLUMNS = ("seq", "at", "actor", "action", "object", "detail", "hash")
IDENTITY_COLUMNS = ("actor", "role", "scopes", "store", "expires_at")


def user_rows(users: Iterable[User], now: datetime) -> list[Mapping[str, Cell]]:
    """Return users as rows of named cells."""
    return [
        {
            "email": user.email,
            "name": user.full_name,
            "role": user.role,
            "status": _user_status(user, now),
            "database_role": user.database_role,
            "created_at": stamp(user.created_at),
            "disabled_at": stamp_or_none(user.disabled_at),
            "locked_until": stamp_or_none(user.locked_until),
        }
        for user in users
    ]


def token_rows(tokens: Iterable[Token], now: datetime) -> list[Mapping[str, Cell]]:
    """Return tokens as rows of named cells."""
    return [
        {
            "token": token.name,
            "scopes": " ".join(token.scopes),
            "status": "revoked" if token.revoked_at else "expired" if token.expires_at <= now else "valid",
            "created_by": token.created_by,
            "created_at": stamp(token.created_at),
            "expires_at": stamp(token.expires_at),
            "last_used_at": stamp_or_none(token.last_used_at),
            "revoked_at": stamp_or_none(token.revoked_at),
        }
        for token in tokens
    ]


def audit_rows(entries: Iterable[AuditEntry]) -> list[Mapping[str, Cell]]:
    """Return audit entries as rows of named cells."""
    return [
        {
            "seq": entry.sequence,
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "object": entry.object,
            "detail": entry.detail,
            "hash": entry.hash,
        }
        for entry in entries
    ]


def identity_row(identity: Identity) -> Mapping[str, Cell]:
    """Return who acts as named cells."""
    return {
        "actor": identity.actor,
        "role": None if identity.open else identity.role,
        "scopes": " ".join(identity.scopes),
        "store": "open: no users yet, everyone may do everything" if identity.open else "closed",
        "expires_at": stamp_or_none(identity.expires_at),
    }


def _user_status(user: User, now: datetime) -> str:
    if user.disabled_at is not None:
        return "disabled"
    return "locked" if user.locked_until is not None and user.locked_until > now else "active"
