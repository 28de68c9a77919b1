"""The names of people and tokens, as they are written down; pure.

An address is ASCII, so that no two that look the same are two people.
"""

from __future__ import annotations

import re
import unicodedata

from idqp_cli.address import is_server
from idqp_cli.errors import UsageError
from idqp_cli.store.identity import Role
from idqp_cli.text import clean

ADDRESS = re.compile(r"[a-z0-9._%+'=&/-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,187}[a-z0-9])?")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# PostgreSQL cuts longer names.
DATABASE_ROLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,62}")


def address(text: str) -> str:
    """Return an e-mail address in small letters.

    Raises:
        UsageError: it is none, or not ASCII.

    """
    found = text.strip().lower() if len(text) < 1000 else ""
    if not text.isascii() or not ADDRESS.fullmatch(found) or ".." in found:
        raise UsageError(f"'{clean(text, 60)}' is no e-mail address like ada@example.com (ASCII)")
    return found


def full_name(text: str) -> str:
    """Return a person's name.

    Raises:
        UsageError: it is empty, over 100 characters, or holds control characters.

    """
    found = unicodedata.normalize("NFC", text.strip()) if len(text) < 1000 else ""
    if not 1 <= len(found) <= 100 or clean(found) != found:
        raise UsageError(f"'{clean(text, 60)}' is no name: 1 to 100 characters, without control characters")
    return found


def token(text: str) -> str:
    """Return a token's name.

    Raises:
        UsageError: it is more than letters, digits and . _ -.

    """
    if not NAME.fullmatch(text):
        raise UsageError(f"'{clean(text, 60)}': a token's name is letters, digits, _ . - (64 at most)")
    return text


def database_role(text: str, address: str) -> str:
    """Return the name of a PostgreSQL role that a person of the store at `address` has.

    Raises:
        UsageError: it is more than plain characters, or the store is no PostgreSQL database.

    """
    if not is_server(address):
        raise UsageError("--database-role is for PostgreSQL stores; an SQLite file knows no roles of its own")
    if not DATABASE_ROLE.fullmatch(text):
        raise UsageError(f"'{clean(text, 60)}': a database role is letters, digits, _ . @ - (63 at most)")
    return text


def role(found: Role, *, first: bool = False) -> Role:
    """Return a person's role; the `first` person is the Owner.

    Raises:
        UsageError: it is the one that only tokens have, or not the first person's.

    """
    if first and found is not Role.OWNER:
        raise UsageError("the first user must be an Owner; say --role owner")
    if found is Role.CI:
        raise UsageError("the role ci is for tokens: `idqp token create NAME`")
    return found
