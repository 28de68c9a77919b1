"""The only place that touches the network: connect to an address that was checked, and send one request.

The name is resolved once, and the connection goes to the address that was
judged: a name that answers differently the second time leads nowhere. Behind
the proxy of HTTPS_PROXY, what the name means here is judged, if it means
anything here. No redirect, and no word of a reply but its status is kept.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from idqp_cli.alerts import proxies
from idqp_cli.alerts.address import Endpoint, endpoint, permitted
from idqp_cli.alerts.values import DELIVERED, Outcome, Undelivered
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from http.client import HTTPConnection

SECONDS = 5.0
T = TypeVar("T")
AGAIN = frozenset({408, 425, 429})
PRIVATE = Outcome("its address is private; alerts.allow_private: true permits that")


@frozen
class Post:
    """A request that is ready to be sent."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"


def post(request: Post, *, allow_private: bool, seconds: float = SECONDS) -> Outcome:
    """Send a request, and say what became of it."""
    try:
        where = endpoint(request.url)
        return within(seconds, lambda: _post(request, where, allow_private=allow_private, seconds=seconds))
    except Undelivered as why:
        return why.outcome
    except (OSError, ValueError) as error:
        return Outcome(reason(error), retry=True)


def within(seconds: float, call: Callable[[], T]) -> T:
    """Call, and raise TimeoutError if it takes longer, whatever it hangs on: the resolver, a dripping reply.

    What hangs is left behind; it cannot keep the process from ending.
    """
    results: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((call(), None))
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            results.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        value, error = results.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value] # without an error, it is what the call returned


def connected(host: str, port: int, *, allow_private: bool, seconds: float) -> socket.socket:
    """Connect to a host, at one of its addresses that a message may go to.

    Raises:
        Undelivered: it has none.
        OSError: it does not answer.

    """
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [one for one in addresses if permitted(host, str(one[4][0]), allow_private=allow_private)]
    if not allowed:
        raise Undelivered(PRIVATE)
    failure: OSError | None = None
    for family, kind, protocol, _, address in allowed:
        one = socket.socket(family, kind, protocol)
        try:
            one.settimeout(seconds)
            one.connect(address)
            return one
        except OSError as error:
            one.close()
            failure = error
    raise failure or OSError


def reason(error: Exception, seconds: float = SECONDS) -> str:
    """Say why a delivery failed, in words that hold nothing of what was sent, nor to where."""
    # An exception's own text may hold the address; its type does not.
    from http.client import HTTPException  # noqa: PLC0415 - loaded already where one was raised
    from ssl import SSLCertVerificationError, SSLError  # noqa: PLC0415

    match error:
        case TimeoutError():
            return f"did not answer within {seconds:g} s"
        case socket.gaierror():
            return "its name cannot be resolved"
        case SSLCertVerificationError():
            return "its certificate is not trusted"
        case SSLError():
            return "no TLS connection comes about"
        case HTTPException() | ConnectionResetError() | BrokenPipeError():
            return "hung up without an answer"
        case OSError() if error.strerror:
            return error.strerror.lower()
        case _:
            return type(error).__name__


def _post(request: Post, where: Endpoint, *, allow_private: bool, seconds: float) -> Outcome:
    from http.client import HTTPException  # noqa: PLC0415 - with ssl 30 ms that only a delivery has to pay

    connection = _connection(where, allow_private=allow_private, seconds=seconds)
    try:
        connection.request(request.method, where.target, request.body, {"User-Agent": "idqp", **request.headers})
        reply = connection.getresponse()
        return _outcome(reply.status, reply.headers.get("Retry-After"))
    except HTTPException as error:
        return Outcome(reason(error), retry=True)
    finally:
        connection.close()


def _connection(where: Endpoint, *, allow_private: bool, seconds: float) -> HTTPConnection:
    import ssl  # noqa: PLC0415
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415

    context = ssl.create_default_context() if where.tls else None
    proxy = proxies.proxy_for(where)
    if context is not None and proxy is not None:
        _judge(where, allow_private=allow_private)
        return proxies.tunnelled(where, proxy, context, seconds)
    if context is None:
        connection = HTTPConnection(where.host, where.port, timeout=seconds)
    else:
        connection = HTTPSConnection(where.host, where.port, timeout=seconds, context=context)
    raw = connected(where.host, where.port, allow_private=allow_private, seconds=seconds)
    try:
        # With its socket in place, it does not look up the name again.
        connection.sock = raw if context is None else context.wrap_socket(raw, server_hostname=where.host)
    except OSError:
        raw.close()
        raise
    return connection


def _judge(where: Endpoint, *, allow_private: bool) -> None:
    """Refuse a host that is known here and private; what only the proxy knows is for it to judge."""
    try:
        addresses = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return
    if not any(permitted(where.host, str(one[4][0]), allow_private=allow_private) for one in addresses):
        raise Undelivered(PRIVATE)


def _outcome(status: int, retry_after: str | None) -> Outcome:
    if 200 <= status < 300:
        return DELIVERED
    if 300 <= status < 400:
        return Outcome(f"answered {status}; redirects are not followed")
    if status in AGAIN or status >= 500:
        return Outcome(f"answered {status}", retry=True, after=_seconds(retry_after))
    return Outcome(f"refused it with {status}")


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After: seconds, also with a fraction, or a date."""
    if retry_after is None:
        return None
    whole, point, part = retry_after.strip().partition(".")
    if whole.isdecimal() and (part.isdecimal() or not point):
        return float(f"{whole[:9]}{point}{part[:9]}")
    from datetime import UTC, datetime  # noqa: PLC0415 - as rare as a receiver that answers with a date
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
