"""How a store keeps what proves who someone is; pure.

A password is hashed by bcrypt where it is typed; the store keeps bcrypt's salt
and the SHA-256 of its text, so that no one who reads the store, and no one who
listens to it, has what a login takes. Tokens are 256 random bits; their SHA-256
is enough.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

SALT_LENGTH = 29
ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TRIES = 5
CLOCKS_DIFFER = timedelta(minutes=5)
# How long a login can be renewed.
LONGEST_LOGIN = timedelta(days=30)
SHORTEST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)


def sealed(password_hash: str) -> str:
    """Return what is kept of bcrypt's text: its salt, a colon, and the SHA-256 of the whole."""
    return f"{password_hash[:SALT_LENGTH]}:{digest(password_hash)}"


def fits(kept: str | None, password_hash: str) -> bool:
    """Tell whether bcrypt's text is the one that was kept, in constant time."""
    return kept is not None and hmac.compare_digest(kept.encode(), sealed(password_hash).encode())


def digest(secret: str) -> str:
    """Return the SHA-256 of a token in hex."""
    return hashlib.sha256(secret.encode("utf-8", "backslashreplace")).hexdigest()


def made_up_salt(email: str) -> str:
    """Return a salt for someone unknown: always the same, and like any other."""
    octets = hashlib.sha256(f"idqp:{email}".encode("utf-8", "backslashreplace")).digest()
    return "$2b$12$" + "".join(ALPHABET[octet % 64] for octet in octets[:21]) + ".Oeu"[octets[21] % 4]


def locked_until(tries: int, at: datetime) -> datetime | None:
    """Return until when `tries` wrong passwords, the last one at `at`, lock a person out."""
    if tries < TRIES:
        return None
    return at + min(SHORTEST_LOCK * (1 << min(tries - TRIES, 10)), LONGEST_LOCK)


def locks(until: datetime, at: datetime) -> bool:
    """Tell whether a lock holds at `at`; one that reaches too far ahead is from a clock that was wrong."""
    return at < until <= at + LONGEST_LOCK
