"""One request, to receivers that behave badly; and where a message may go to."""

from __future__ import annotations

import re
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from idqp_cli.alerts.address import endpoint, is_loopback, permitted
from idqp_cli.alerts.backoff import next_try
from idqp_cli.alerts.sending import Post, post
from idqp_cli.alerts.values import DELIVERED, Outcome, Undelivered
from receivers import authority, free_port, receiver

NOW = datetime(2024, 1, 31, tzinfo=UTC)


def sent(url: str, *, allow_private: bool = False, seconds: float = 5.0) -> Outcome:
    return post(Post(url, b"{}", {"Content-Type": "application/json"}), allow_private=allow_private, seconds=seconds)


@pytest.mark.parametrize(("status", "outcome"), [
    (200, DELIVERED),
    (202, DELIVERED),
    (204, DELIVERED),
    (400, Outcome("refused it with 400")),
    (403, Outcome("refused it with 403")),
    (404, Outcome("refused it with 404")),
    (408, Outcome("answered 408", retry=True)),
    (500, Outcome("answered 500", retry=True)),
    (503, Outcome("answered 503", retry=True)),
    (0, Outcome("hung up without an answer", retry=True)),
    (-1, Outcome("hung up without an answer", retry=True)),
])  # fmt: skip
def test_what_the_receiver_answers(status: int, outcome: Outcome) -> None:
    with receiver(status) as found:
        assert sent(found.url) == outcome
    assert [(one.path, one.body) for one in found.received] == [("/", b"{}")]


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/", "/elsewhere"])
def test_redirects_are_not_followed(location: str) -> None:
    with receiver(302, Location=location) as found:
        assert sent(found.url + "/hook?a=1") == Outcome("answered 302; redirects are not followed")
    assert [one.path for one in found.received] == ["/hook?a=1"]


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7), ("0", 0), ("-1", None), ("soon", None), ("9" * 40, 999999999)]
)
def test_too_many_requests(asked: str, seconds: float | None) -> None:
    with receiver(429, Retry_After=asked) as found:
        assert sent(found.url) == Outcome("answered 429", retry=True, after=seconds)


def test_a_date_to_retry_after() -> None:
    later = datetime.now(UTC) + timedelta(seconds=100)
    with receiver(503, Retry_After=format_datetime(later, usegmt=True)) as found:
        after = sent(found.url).after
    assert after is not None
    assert 90 < after <= 100


@pytest.mark.parametrize("status", [-2, -3])
def test_what_never_ends_is_left(status: int) -> None:
    begun = time.monotonic()
    with receiver(status) as found:
        assert sent(found.url, seconds=1.5) == Outcome("did not answer within 5 s", retry=True)
    assert time.monotonic() - begun < 4


def test_nobody_listens() -> None:
    assert sent(f"http://127.0.0.1:{free_port()}/") == Outcome("connection refused", retry=True)


def test_certificates_are_held_against_the_authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = authority(tmp_path)
    with receiver(tls=made.server) as found:
        assert sent(found.url) == Outcome("its certificate is not trusted", retry=True)
        assert found.received == []
        monkeypatch.setenv("SSL_CERT_FILE", str(made.pem))
        assert sent(found.url) == DELIVERED
    with receiver() as plain:
        assert sent(plain.url.replace("http:", "https:")).error == "no TLS connection comes about"


@pytest.mark.parametrize(("url", "why"), [
    ("http://example.com/", "the address must begin with https://; http:// works only for loopback"),
    ("http://169.254.169.254/latest", "the address must begin with https://; http:// works only for loopback"),
    ("http://127.0.0.1.example.com/", "the address must begin with https://; http:// works only for loopback"),
    ("ftp://example.com/", "the address must begin with https://"),
    ("file:///etc/passwd", "the address must begin with https://"),
    ("https:///nowhere", "the address must begin with https://"),
    ("//example.com", "the address must begin with https://"),
    ("", "the address must begin with https://"),
    ("https://me:secret@example.com/", "the address contains a user name; use the channel's own keys"),
    ("https://example.com:99999/", "the address is not a URL"),
    ("https://[::1/", "the address is not a URL"),
    ("https://example.com/a b", "the address contains spaces, control or non-ASCII characters"),
    ("https://example.com/\r\nHost: other", "the address contains spaces, control or non-ASCII characters"),
    ("https://exämple.com/", "the address contains spaces, control or non-ASCII characters"),
])  # fmt: skip
def test_no_address_to_deliver_to(url: str, why: str) -> None:
    with pytest.raises(Undelivered, match=f"^{re.escape(why)}$"):
        endpoint(url)
    assert sent(url) == Outcome(why)


PRIVATE = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "fe80::1%eth0", "fd00::1",
    "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "127.0.0.1", "::1", "::ffff:127.0.0.1", "198.18.0.1",
]  # fmt: skip
NEVER = ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1", "::ffff:0.0.0.0"]  # noqa: S104
PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_permitted_by_the_operator_alone(address: str) -> None:
    assert not permitted("hooks.example.com", address, allow_private=False)
    assert permitted("hooks.example.com", address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_addresses_of_no_one(address: str) -> None:
    assert not permitted("hooks.example.com", address, allow_private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert permitted("hooks.example.com", address, allow_private=False)


def test_loopback_as_written_is_loopback_alone() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("localhost.example.com", "127.1", "0x7f000001", "2130706433", "example.com", "")))
    assert permitted("localhost", "127.0.0.1", allow_private=False)
    assert not permitted("localhost", "10.0.0.1", allow_private=True)
    assert not permitted("localhost", "8.8.8.8", allow_private=True)


def test_the_address_that_was_judged_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is asked for first, and private from then on, leads nowhere private."""
    answers = ["93.184.216.34", "127.0.0.1", "127.0.0.1"]
    asked: list[str] = []
    connected: list[tuple[str, int]] = []

    def resolve(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(asked) - 1], port))]

    def connect(_self: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    assert sent("https://rebinding.example.com/") == Outcome("connection refused", retry=True)
    assert asked == ["rebinding.example.com"]
    assert connected == [("93.184.216.34", 443)]
    assert (
        sent("https://rebinding.example.com/").error
        == "its address is private; alerts.allow_private: true permits that"
    )
    assert connected == [("93.184.216.34", 443)]


def test_pauses() -> None:
    pauses = [next_try(tries, NOW, None, retry=True) for tries in range(1, 21)]
    minutes = [None if pause is None else int((pause - NOW).total_seconds() / 60) for pause in pauses]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[360] * 10, None]
    assert next_try(1, NOW, None, retry=False) is None
    assert next_try(1, NOW, 300, retry=True) == NOW + timedelta(seconds=300)
    assert next_try(1, NOW, 3, retry=True) == NOW + timedelta(minutes=1)
    assert next_try(1, NOW, 1e12, retry=True) == NOW + timedelta(days=1)
