"""The proxy that the environment names for https, as curl and Python's own clients read it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from idqp_cli.alerts.address import Endpoint, is_loopback
from idqp_cli.alerts.values import Outcome, Undelivered
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from http.client import HTTPSConnection
    from ssl import SSLContext

FAILED = "Tunnel connection failed: "


@frozen
class Proxy:
    """Where a proxy listens, and the login for it as a header."""

    host: str
    port: int
    authorization: str | None = None


def proxy_for(where: Endpoint) -> Proxy | None:
    """Return the proxy of HTTPS_PROXY or ALL_PROXY, None where there is none or NO_PROXY leaves the host out.

    This machine is reached without one, unless the proxy runs on it too.

    Raises:
        Undelivered: the proxy cannot be used; the text says why, without its address.

    """
    if not where.tls:
        return None
    from urllib import request  # noqa: PLC0415 - 20 ms that only a delivery has to pay

    known = request.getproxies_environment()
    address = known.get("https") or known.get("all")
    bypassed = request.proxy_bypass_environment  # type: ignore[attr-defined] # unknown to the types, and documented
    if not address or bypassed(f"{where.host}:{where.port}", known):
        return None
    proxy = _read(address)
    return None if is_loopback(where.host) and not is_loopback(proxy.host) else proxy


def tunnelled(where: Endpoint, proxy: Proxy, context: SSLContext, seconds: float) -> HTTPSConnection:
    """Return a connection to `where` through the proxy, encrypted from here to there.

    Raises:
        Undelivered: the proxy refuses.
        OSError: it does not answer.

    """
    from http.client import HTTPSConnection  # noqa: PLC0415

    connection = HTTPSConnection(proxy.host, proxy.port, timeout=seconds, context=context)
    headers = {} if proxy.authorization is None else {"Proxy-Authorization": proxy.authorization}
    connection.set_tunnel(where.host, where.port, headers)
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        if str(error).startswith(FAILED):
            status = str(error).removeprefix(FAILED)[:3]
            raise Undelivered(Outcome(f"the proxy of HTTPS_PROXY refused with {status}", retry=True)) from None
        raise
    return connection


def _read(address: str) -> Proxy:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise Undelivered(Outcome("HTTPS_PROXY is not an address like http://proxy.example.com:3128", retry=True))
    if parts.scheme != "http":
        raise Undelivered(Outcome("HTTPS_PROXY: only a proxy that begins with http:// can be used", retry=True))
    login = None
    if parts.username is not None:
        plain = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        login = f"Basic {base64.b64encode(plain).decode()}"
    return Proxy(host, port or 80, login)
