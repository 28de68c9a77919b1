"""Where a topic is: kafka://HOST:PORT[,HOST:PORT…]/TOPIC; pure."""

from __future__ import annotations

import re

from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.topics import BrokerSettings
from idqp_cli.core.urls import scheme, shown

ADDRESS = re.compile(r"[A-Za-z]+://([^/?#@]+)/([A-Za-z0-9._-]{1,249})")
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
PORT = 9092


@frozen
class Address:
    """A topic and the brokers to ask for it first, as HOST:PORT; `kind` is the scheme, `shown` what people see.

    `broker` says how they are reached.
    """

    kind: str
    brokers: tuple[str, ...]
    topic: str
    shown: str
    broker: BrokerSettings = BrokerSettings()


def address(path: str) -> Address:
    """Read the URL of a topic.

    Raises:
        UsageError: it is none; the text holds no password.

    """
    kind = scheme(path) or ""
    match = ADDRESS.fullmatch(path)
    if match is None or match[2] in {".", ".."}:
        raise UsageError(f"{shown(path)}: cannot be read; write {kind}://HOST:PORT/TOPIC, without a login")
    return Address(kind, tuple(_broker(one, path) for one in match[1].split(",")), match[2], shown(path))


def _broker(text: str, path: str) -> str:
    match = HOST.fullmatch(text)
    if match is None or not 0 < int(match[1] or PORT) < 1 << 16:
        raise UsageError(f"{shown(path)}: a broker is HOST:PORT")
    return text if match[1] else f"{text}:{PORT}"
