"""Which addresses a message may go to: judged after the name is resolved, on the address that is connected to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from idqp_cli.alerts.values import Outcome, Undelivered
from idqp_cli.core.frozen import frozen

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# An IPv6 address of these holds an IPv4 address in its last 32 bits.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
COMPATIBLE = ipaddress.IPv6Network("::/96")


@frozen
class Endpoint:
    """Where a message goes: `target` is the path with its query, as it is sent."""

    host: str
    port: int
    target: str
    tls: bool


def endpoint(url: str) -> Endpoint:
    """Take a URL apart; http is for loopback alone.

    Raises:
        Undelivered: it is no URL to deliver to; the text says why without showing it.

    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _refused("the address is not a URL") from None
    if any(ord(character) <= 32 or ord(character) >= 127 for character in url):
        raise _refused("the address contains spaces, control or non-ASCII characters")
    if parts.scheme not in {"https", "http"} or not host:
        raise _refused("the address must begin with https://")
    if parts.username is not None or parts.password is not None:
        raise _refused("the address contains a user name; use the channel's own keys")
    if parts.scheme == "http" and not is_loopback(host):
        raise _refused("the address must begin with https://; http:// works only for loopback")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    tls = parts.scheme == "https"
    return Endpoint(host, port or (443 if tls else 80), target, tls)


def is_loopback(host: str) -> bool:
    """Tell whether a host, as it was written, is this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def permitted(host: str, resolved: str, *, allow_private: bool) -> bool:
    """Tell whether a message to `host` may go to the address that its name was resolved to.

    A host that is written as loopback reaches loopback alone. Any other reaches
    what is public, and with `allow_private` also private and link-local addresses.
    """
    address = _inner(ipaddress.ip_address(resolved.partition("%")[0]))
    if is_loopback(host):
        return address.is_loopback
    if address.is_multicast or address.is_unspecified or (address.is_reserved and not address.is_loopback):
        return False
    return address.is_global or allow_private


def _inner(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 address leads to, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64 or (address in COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _refused(reason: str) -> Undelivered:
    return Undelivered(Outcome(reason))
