"""Which requests may come from another site's page; pure.

A browser adds cookies by itself, and an open store asks for nothing at all. A
request that changes something and brings no `Authorization` must show that a
page of this server, or of an allowed origin, has made it: only such a page can
set a header of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from idqp_cli.server.settings import LOOPBACK

HEADER = "x-idqp-request"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def forged(method: str, headers: Mapping[str, str], allowed: Collection[str]) -> str | None:
    """Return why a request may be another site's doing, None if it is not; header names are in small letters."""
    if method in SAFE or headers.get("authorization"):
        return None
    if not headers.get(HEADER):
        return "a request without Authorization needs the header X-IDQP-Request: 1"
    origin = headers.get("origin")
    if origin is not None and origin not in allowed and urlsplit(origin).netloc != headers.get("host"):
        return "the Origin is not this server's; --origin allows others"
    return None


def rebound(host: str | None) -> bool:
    """Tell whether a name that is not this machine's was made to lead to it."""
    try:
        name = urlsplit(f"//{host or ''}").hostname
    except ValueError:
        return True
    return name not in LOOPBACK
