"""What a server is told when it starts, as a value that travels to its processes."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from urllib.parse import urlsplit

from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# What an environment variable can hold of it, for the processes of one server.
VARIABLE = "IDQP_SERVING"
# By which a login provider knows the server.
SECRET = "IDQP_OIDC_SECRET"  # noqa: S105 - the variable's name
SIZE = re.compile(r"([0-9]{1,6})\s*([KMG]?B)?", re.IGNORECASE)
UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}


@frozen
class Settings:
    """How to serve: from where, to whom, and within which limits.

    `rules` is the rules file, None for the one of this folder. `keys` is the
    folder of the signing keys. `writes` is how many writes a minute one user may
    do. `check_seconds` and `check_memory` limit one check. `upload_bytes` is how
    large an upload may be, 0 for none, and `upload_seconds` how long its check takes.
    `oidc` is the issuer of a login provider, which knows the server as `oidc_client`.
    The processes share answers and counts through `redis`, and read
    from `read_store`, a replica of the store. `public` is the address that browsers have.
    """

    store: str
    keys: str
    rules: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    origins: tuple[str, ...] = ()
    writes: int = 10
    connections: int = 8
    checks: int = 1
    check_seconds: int = 900
    check_memory: str = "1GB"
    upload_bytes: int = 100_000_000
    upload_seconds: int = 300
    oidc: str | None = None
    oidc_client: str = "idqp"
    redis: str | None = None
    read_store: str | None = None
    public: str = "http://127.0.0.1:8000"

    @property
    def local(self) -> bool:
        """Whether only this machine can connect."""
        return self.host in LOOPBACK


def written(settings: Settings) -> str:
    """Return settings as text."""
    return json.dumps(asdict(settings))


def read(text: str) -> Settings:
    """Return the settings that `written` made a text of."""
    plain = json.loads(text)
    return Settings(**{**plain, "origins": tuple(plain["origins"])})


def listening(text: str) -> tuple[str, int]:
    """Return the host and the port of HOST:PORT, or of a port alone.

    Raises:
        UsageError: it is neither.

    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"--listen takes HOST:PORT like 127.0.0.1:8000, not '{clean(text, 60)}'")
    return host, int(port)


def size(text: str) -> int:
    """Return the bytes of a size like 100MB.

    Raises:
        UsageError: it is none.

    """
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--upload-limit takes a size like 100MB or 2GB, or 0, not '{clean(text, 60)}'")
    return int(found[1]) * UNITS[(found[2] or "").upper()]


def refuse_insecure(given: Settings) -> None:
    """Refuse a login provider that others could pretend to be.

    Raises:
        UsageError: its address is not https, or no address.

    """
    if given.oidc is not None and not secure(given.oidc):
        raise UsageError(f"--oidc takes an issuer like https://login.example.com, not '{clean(given.oidc, 60)}'")


def secure(address: str) -> bool:
    """Tell whether an address is https, or of this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def origin(text: str, option: str = "--origin") -> str:
    """Return an origin that browsers may call from, or have the server at.

    Raises:
        UsageError: it is more or less than `https://HOST[:PORT]`.

    """
    scheme, slashes, host = text.partition("://")
    if scheme not in {"http", "https"} or not slashes or not host or any(one in host for one in "/*?#@ "):
        raise UsageError(f"{option} takes an origin like https://quality.example.com, not '{clean(text, 60)}'")
    return text
