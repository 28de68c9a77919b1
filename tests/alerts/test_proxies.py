"""HTTPS_PROXY and NO_PROXY: honoured, with the checks of addresses that can be made, or refused aloud."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from idqp_cli.alerts.sending import Post, post
from idqp_cli.alerts.values import DELIVERED, Outcome
from idqp_cli.core.errors import OutputError
from idqp_cli.report import pushgateway
from receivers import authority, free_port, proxy, receiver

VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def sent(url: str) -> Outcome:
    return post(Post(url, b"{}", {"Content-Type": "application/json"}), allow_private=False)


def unknown(monkeypatch: pytest.MonkeyPatch, host: str, address: str | None = None) -> None:
    """Let this machine not know a host, or know it by an address."""
    real = socket.getaddrinfo

    def resolve(name: str, *rest: object, **more: object) -> object:
        if name != host:
            return real(name, *rest, **more)  # type: ignore[arg-type]
        if address is None:
            raise socket.gaierror(-2, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_host_that_only_the_proxy_knows_is_reached_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.pem))
    unknown(monkeypatch, "hooks.example.com")
    with receiver(tls=made.server) as found, proxy(int(found.url.rpartition(":")[2])) as way:
        monkeypatch.setenv(name, f"http://me:p%40ss@127.0.0.1:{way.port}")
        assert sent("https://hooks.example.com/hook?a=1") == DELIVERED
        assert way.asked == [("hooks.example.com:443", "Basic bWU6cEBzcw==")]
        assert [one.path for one in found.received] == ["/hook?a=1"]
        monkeypatch.setenv("NO_PROXY", "example.com")
        assert sent("https://hooks.example.com/hook") == Outcome("its name cannot be resolved", retry=True)
        assert len(way.asked) == 1


def test_the_certificate_is_that_of_the_receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = authority(tmp_path)
    unknown(monkeypatch, "hooks.example.com")
    with receiver(tls=made.server) as found, proxy(int(found.url.rpartition(":")[2])) as way:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{way.port}")
        assert sent("https://hooks.example.com/") == Outcome("its certificate is not trusted", retry=True)
        assert found.received == []


def test_a_host_that_is_private_here_is_refused_also_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown(monkeypatch, "hooks.example.com", "10.0.0.1")
    with proxy(free_port()) as way:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{way.port}")
        private = Outcome("its address is private; alerts.allow_private: true permits that")
        assert [sent(url) for url in ("https://hooks.example.com/", "https://169.254.169.254/")] == [private] * 2
        assert way.asked == []


@pytest.mark.parametrize(("address", "why"), [
    ("https://proxy.example.com:3128", "HTTPS_PROXY: only a proxy that begins with http:// can be used"),
    ("socks5://proxy.example.com", "HTTPS_PROXY: only a proxy that begins with http:// can be used"),
    ("http://", "HTTPS_PROXY is not an address like http://proxy.example.com:3128"),
    ("http://s3cr3t@proxy:99999", "HTTPS_PROXY is not an address like http://proxy.example.com:3128"),
])  # fmt: skip
def test_a_proxy_that_cannot_be_used_is_refused_aloud(monkeypatch: pytest.MonkeyPatch, address: str, why: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    assert sent("https://hooks.example.com/") == Outcome(why, retry=True)


def test_what_the_proxy_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown(monkeypatch, "hooks.example.com")
    with proxy(1, refuse=407) as way:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{way.port}")
        refused = Outcome("the proxy of HTTPS_PROXY refused with 407", retry=True)
        assert sent("https://hooks.example.com/") == refused


def test_this_machine_is_reached_without_a_proxy_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    assert sent(f"https://127.0.0.1:{free_port()}/") == Outcome("connection refused", retry=True)
    with receiver() as found:
        assert sent(found.url) == DELIVERED


def test_metrics_are_pushed_through_the_proxy_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.pem))
    unknown(monkeypatch, "hooks.example.com")
    with receiver(tls=made.server) as found, proxy(int(found.url.rpartition(":")[2])) as way:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{way.port}")
        pushgateway.push("https://hooks.example.com/prom", "t", "idqp_info 1\n")
        assert way.asked == [("hooks.example.com:443", "Basic bWU6cEBzcw==")]
        assert [one.path for one in found.received] == ["/prom/metrics/job/idqp/dataset@base64/dA=="]
        monkeypatch.setenv("NO_PROXY", "example.com")
        with pytest.raises(OutputError, match="does not answer"):
            pushgateway.push("https://hooks.example.com", "t", "")
        assert len(way.asked) == 1
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "socks5://s3cr3t@proxy.example.com")
    with pytest.raises(OutputError, match="only a proxy that begins with http://") as refused:
        pushgateway.push("https://hooks.example.com", "t", "")
    assert "s3cr3t" not in str(refused.value)
