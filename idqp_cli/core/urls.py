"""Where a path leads that is a URL, and how it is shown: without a password and without a signature."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from idqp_cli.core.address import masked
from idqp_cli.core.text import clean

# One letter is a drive, not a scheme.
URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
WEB = ("https", "http")
DATABASES = ("postgresql", "postgres", "mysql", "mariadb", "sqlite", "duckdb")
BUCKETS = ("s3", "s3a", "s3n", "gs", "gcs", "az", "azure", "abfs", "abfss", "adl")
STREAMS = ("kafka",)
# A key and its secret before the name of a bucket, where no client reads them. The secret may hold a slash.
LOGIN = re.compile(r"^([^:]+://[^/@:]*):(?:.*@|[^@]*$)")
TABLE = re.compile(r"[?&]table=([^&]*)")
# Names of query parameters that hold what opens a file: signatures, tokens and keys.
SIGNED = re.compile(
    r"(?:^|[-_])(?:sig|signature|token|credential|password|secret|key|apikey|accesskeyid)$", re.IGNORECASE
)


def scheme(path: str) -> str | None:
    """Return the scheme of a URL, in lower case; None for a path of this machine."""
    match = URL.match(path)
    return match[1].lower() if match else None


def is_url(path: str) -> bool:
    """Tell whether a path is a URL."""
    return URL.match(path) is not None


def is_stream(path: str) -> bool:
    """Tell whether a path names a topic."""
    return scheme(path) in STREAMS


def shown(path: str) -> str:
    """Return a path as it may be shown: of a web address no login and no query, of a server no password."""
    kind = scheme(path)
    if kind is None:
        return clean(path)
    if kind in BUCKETS:
        path = LOGIN.sub(r"\1@", path)
        # A key may hold a question mark; behind one that begins a signature, nothing is shown.
        return clean(f"{path.partition('?')[0]}?…" if _signed(path.partition("?")[2]) else path)
    if kind in DATABASES:
        table = TABLE.search(path)
        return clean(f"{masked(path)}?table={table[1]}" if table else masked(path))
    if kind in STREAMS:
        beginning, _, rest = path.partition("://")
        place = re.split(r"[?#]", rest, maxsplit=1)[0]
        return clean(f"{beginning}://{place.rpartition('@')[2]}")
    if kind not in WEB:
        return masked(path)
    beginning, _, rest = path.partition("://")
    place, *hidden = re.split(r"[?#]", rest, maxsplit=1)
    host, slash, name = place.partition("/")
    return clean(f"{beginning}://{host.rpartition('@')[2]}{slash}{name}{'?…' if hidden and hidden[0] else ''}")


def all_shown(paths: Iterable[str]) -> str:
    """Return several paths as they may be shown."""
    return ", ".join(map(shown, paths))


def secret(path: str) -> bool:
    """Tell whether a URL holds a password, a token or a signature."""
    kind = scheme(path)
    if kind is None:
        return False
    if kind in BUCKETS:
        return LOGIN.match(path) is not None or _signed(path.partition("?")[2])
    try:
        parts = urlsplit(path)
    except ValueError:
        return False
    return bool(parts.password) or _signed(parts.query)


def _signed(query: str) -> bool:
    pairs = (pair.partition("=") for pair in query.split("&"))
    return any(value and SIGNED.search(name) for name, _, value in pairs)
