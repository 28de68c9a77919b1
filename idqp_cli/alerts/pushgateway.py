"""Metrics for a Prometheus Pushgateway, which keeps those of each dataset until the next run."""

from __future__ import annotations

import base64
from urllib.parse import quote, unquote, urlsplit

from idqp_cli.errors import OutputError, UsageError
from idqp_cli.text import clean

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
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # noqa: PLC0415 - 10 ms that only a push pays

    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, parts.port, timeout=SECONDS)
    try:
        connection.request("PUT", path, metrics.encode("utf-8", "backslashreplace"), headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise OutputError(f"{name}: {shown} does not answer: {clean(reason).lower()}") from None
    finally:
        connection.close()
    if status not in {200, 202}:
        raise OutputError(f"{name}: {shown} does not take the metrics: status {status}")
