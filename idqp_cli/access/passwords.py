"""Passwords: which are taken, and bcrypt's text of them; pure but for the salt's random bits."""

from __future__ import annotations

import unicodedata

from idqp_cli.core.errors import StoreError, UsageError

COST = 12
SHORTEST = 8  # characters
LONGEST = 72  # bytes; bcrypt looks at no more


def acceptable(password: str) -> str:
    """Return a new password, or say why it is none.

    Raises:
        UsageError: it is too short or too long.

    """
    if len(password) < SHORTEST:
        raise UsageError(f"the password is shorter than {SHORTEST} characters")
    _encoded(password)
    return password


def hashed(password: str, cost: int = COST) -> str:
    """Return bcrypt's text of a new password, with a salt of its own.

    Raises:
        UsageError: it is over 72 bytes.

    """
    import bcrypt  # noqa: PLC0415 - only those who log people in pay for it

    return bcrypt.hashpw(_encoded(password), bcrypt.gensalt(cost)).decode("ascii")


def rehashed(password: str, salt: str) -> str:
    """Return bcrypt's text of a password with a known salt (`$2b$12$…`, 29 characters).

    It takes as long for someone unknown, whose salt the store makes up.

    Raises:
        UsageError: the password is longer than 72 bytes.
        StoreError: the salt is none.

    """
    import bcrypt  # noqa: PLC0415

    encoded = _encoded(password)
    try:
        return bcrypt.hashpw(encoded, salt.encode("utf-8", "backslashreplace")).decode("ascii")
    except ValueError:
        raise StoreError("the store does not answer: a stored password is damaged") from None


def _encoded(password: str) -> bytes:
    """Return a password's bytes; two ways to type one character are the same."""
    try:
        encoded = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        raise UsageError("the password is not UTF-8 text") from None
    if len(encoded) > LONGEST:
        raise UsageError(f"the password is longer than {LONGEST} bytes, the limit of bcrypt; use a shorter one")
    return encoded
