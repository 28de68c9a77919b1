"""Metrics for a Prometheus Pushgateway, which keeps those of each dataset until the next run."""

from __future__ import annotations

import base64
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from idqp_cli.alerts import proxies
from idqp_cli.alerts.address import Endpoint
from idqp_cli.alerts.values import Undelivered
from idqp_cli.core.errors import OutputError, UsageError
from idqp_cli.core.text import clean

if TYPE_CHECKING:
    from http.client import HTTPConnection

SECONDS = 10


def examined(url: str | None) -> str | None:
    """Return a URL that can be a Pushgateway's; None without one.

    Raises:
        UsageError: it cannot.

    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError("--push takes the URL of a Pushgateway, like http://localhost:9091")
    return url


def push(url: str, dataset: str, metrics: str) -> None:
    """Replace what the Pushgateway at `url` keeps of a dataset by `metrics`, Prometheus' text format.

    Raises:
        OutputError: it does not answer, or does not take them; the text holds no password.

    """
    parts = urlsplit(url)
    host, name = parts.hostname or "", clean(dataset)
    shown = f"the Pushgateway at {clean(host)}"
    headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    # Base64, for whatever the name holds.
    key = base64.urlsafe_b64encode(name.encode()).decode()
    path = f"{quote(parts.path.rstrip('/'), safe='/%')}/metrics/job/idqp/dataset@base64/{key}"
    from http.client import HTTPException  # noqa: PLC0415 - 10 ms that only a push pays

    tls = parts.scheme == "https"
    try:
        with closing(_connection(Endpoint(host, parts.port or (443 if tls else 80), path, tls))) as connection:
            connection.request("PUT", path, metrics.encode("utf-8", "backslashreplace"), headers)
            status = connection.getresponse().status
    except Undelivered as why:
        raise OutputError(f"{name}: {shown} is not reached: {why.outcome.error}") from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise OutputError(f"{name}: {shown} does not answer: {clean(reason).lower()}") from None
    if status not in {200, 202}:
        raise OutputError(f"{name}: {shown} does not take the metrics: status {status}")


def _connection(where: Endpoint) -> HTTPConnection:
    """Return a connection, through the proxy of HTTPS_PROXY if there is one and NO_PROXY does not leave the host out.

    Raises:
        Undelivered: the proxy cannot be used, or refuses.
        OSError: it does not answer.

    """
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415

    if not where.tls:
        return HTTPConnection(where.host, where.port, timeout=SECONDS)
    proxy = proxies.proxy_for(where)
    if proxy is None:
        return HTTPSConnection(where.host, where.port, timeout=SECONDS)
    import ssl  # noqa: PLC0415

    return proxies.tunnelled(where, proxy, ssl.create_default_context(), SECONDS)
