"""The address of a store: a file, or a server whose password is never shown."""

from __future__ import annotations

import re
from urllib.parse import unquote

from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean

POSTGRES = ("postgresql", "postgres")
# One slash too few is a slip of the hand, and no file; a letter alone is a drive.
URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(/+)(.*)", re.DOTALL)
KEYWORDS = re.compile(r"(?:^|\s)(?:host|hostaddr|port|dbname|user|password|service)\s*=", re.IGNORECASE)
SECRET = re.compile(r"((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&]+)", re.IGNORECASE)
SEPARATORS = re.compile(r"%..|[@#%/?:&=,\[\]\s]+")
PLACE = re.compile(r"[^:/]*(?::\d*)?(?:/.*)?", re.DOTALL)
HIDDEN = "***"


def is_server(address: str) -> bool:
    """Tell whether a store's address is a PostgreSQL database, and not a file.

    Raises:
        UsageError: it is meant as a server's, and cannot be read as one.

    """
    url = URL.fullmatch(address)
    if url is None and KEYWORDS.search(address) is None:
        return False
    if url is None or url[2] != "//":
        raise UsageError(f"store: '{masked(address)}' cannot be read; write postgresql://USER@HOST/DATABASE")
    if url[1].lower() not in POSTGRES:
        raise UsageError(f"store: '{clean(url[1], 20)}://' is no store; name a file, or postgresql://…")
    return True


def masked(address: str) -> str:
    """Return an address as it may be shown: of a server the user, host and database only, of a file its path."""
    url = URL.fullmatch(address)
    if url is None:
        return clean(SECRET.sub(rf"\g<1>{HIDDEN}", address) if KEYWORDS.search(address) else address)
    _, scheme, slashes, rest = url[0], url[1], url[2], url[3]
    user, at, place = rest.rpartition("@")
    if not at and not PLACE.fullmatch(place):
        place = HIDDEN
    name = user.partition(":")[0].partition("/")[0]
    return clean(f"{scheme}:{slashes}{name}{at if name else ''}{re.split(r'[?#]', place)[0]}")


def without_secrets(text: str, address: str) -> str:
    """Return a message about an address without the address itself and without its passwords."""
    hidden = text.replace(address, masked(address))
    for secret in sorted(_secrets(address), key=len, reverse=True):
        hidden = hidden.replace(secret, HIDDEN)
    return SECRET.sub(rf"\g<1>{HIDDEN}", hidden)


def _secrets(address: str) -> set[str]:
    """Return the passwords in an address, and their pieces: who reads it wrong may cut a password in two."""
    secrets = {match[2].strip("'") for match in SECRET.finditer(address)}
    url = URL.fullmatch(address)
    if url is not None:
        user, at, place = url[3].rpartition("@")
        if at or not PLACE.fullmatch(place):
            secrets.add((user if at else place).partition(":")[2])
    whole = {form for secret in secrets if secret for form in (secret, unquote(secret))}
    pieces = {piece for secret in whole for piece in SEPARATORS.split(secret) if len(piece) > 2 and not piece.isdigit()}
    return whole | pieces
