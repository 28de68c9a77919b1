"""The names of people and tokens, as they are written down; pure.

An address is ASCII, so that no two that look the same are two people.
"""

from __future__ import annotations

import re
import unicodedata

from idqp_cli.core.address import is_server
from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean
from idqp_cli.store.identity import Role

ADDRESS = re.compile(r"[a-z0-9._%+'=&/-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,187}[a-z0-9])?")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# PostgreSQL cuts longer names.
DATABASE_ROLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,62}")


def address(text: str) -> str:
    """Return an e-mail address in small letters.

    Raises:
        UsageError: it is none, or not ASCII.

    """
    address = text.strip().lower() if len(text) < 1000 else ""
    if not text.isascii() or not ADDRESS.fullmatch(address) or ".." in address:
        raise UsageError(f"'{clean(text, 60)}' is not an e-mail address like ada@example.com (ASCII)")
    return address


def full_name(text: str) -> str:
    """Return a person's name.

    Raises:
        UsageError: it is empty, over 100 characters, or holds control characters.

    """
    name = unicodedata.normalize("NFC", text.strip()) if len(text) < 1000 else ""
    if not 1 <= len(name) <= 100 or clean(name) != name:
        raise UsageError(f"'{clean(text, 60)}' is not a name: use 1 to 100 characters, without control characters")
    return name


def token(text: str) -> str:
    """Return a token's name.

    Raises:
        UsageError: it is more than letters, digits and . _ -.

    """
    if not NAME.fullmatch(text):
        raise UsageError(f"'{clean(text, 60)}': a token name consists of letters, digits, _ . - (at most 64)")
    return text


def database_role(text: str, address: str) -> str:
    """Return the name of a PostgreSQL role that a person of the store at `address` has.

    Raises:
        UsageError: it is more than plain characters, or the store is not a PostgreSQL database.

    """
    if not is_server(address):
        raise UsageError("--database-role needs a PostgreSQL store; SQLite has no roles")
    if not DATABASE_ROLE.fullmatch(text):
        raise UsageError(f"'{clean(text, 60)}': a database role consists of letters, digits, _ . @ - (at most 63)")
    return text


def role(chosen: Role, *, first: bool = False) -> Role:
    """Return a person's role; the `first` person is the Owner.

    Raises:
        UsageError: it is the one that only tokens have, or not the first person's.

    """
    if first and chosen is not Role.OWNER:
        raise UsageError("the first user must be an Owner; use --role owner")
    if chosen is Role.CI:
        raise UsageError("the role ci is for tokens: `idqp token create NAME`")
    return chosen
