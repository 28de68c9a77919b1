"""Real receivers on loopback: HTTP servers that behave badly, and a mail server with TLS."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


@dataclass(frozen=True)
class Received:
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - a message is looked into freely
        return json.loads(self.body)


@dataclass
class Receiver:
    """What an HTTP server got, and how it answers: each status once, the last one from then on.

    A status of 0 hangs up without an answer, -1 in the middle of one, -2 never
    answers, and -3 answers a byte a second.
    """

    statuses: list[int]
    headers: dict[str, str]
    received: list[Received] = field(default_factory=list)
    url: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)

    def next_status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


class _Requests(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.received.append(Received(self.path, dict(self.headers), body))
        status = self.receiver.next_status()
        if status == 0:
            self.connection.shutdown(socket.SHUT_RDWR)
        elif status == -1:
            self.wfile.write(b"HTTP/1.1 20")
            self.connection.shutdown(socket.SHUT_RDWR)
        elif status == -2:
            self.receiver.stopped.wait(20)
        elif status == -3:
            for byte in b"HTTP/1.1 200 OK\r\n" * 9:
                if self.receiver.stopped.wait(1):
                    break
                self.wfile.write(bytes([byte]))
        else:
            self.send_response(status)
            for name, value in self.receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    do_PUT = do_POST  # noqa: N815 - the name that the server looks for

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class ProxyServer:
    """A proxy for https: what it was asked to reach, with which login; everything is on this machine."""

    port: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    refuse: int | None = None
    to: int = 0


@contextmanager
def proxy(to: int, *, refuse: int | None = None) -> Iterator[ProxyServer]:
    """Run a proxy that leads every host to the port `to` of this machine, or answers with a status."""
    found = ProxyServer(refuse=refuse, to=to)

    class Requests(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            found.asked.append((self.path, self.headers["Proxy-Authorization"]))
            if found.refuse is not None:
                self.send_error(found.refuse)
                return
            self.send_response(200)
            self.end_headers()
            with socket.create_connection(("127.0.0.1", found.to)) as other:
                back = threading.Thread(target=_pass_on, args=(other, self.connection), daemon=True)
                back.start()
                _pass_on(self.connection, other)
                back.join(5)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    server.daemon_threads = True
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def receiver(*statuses: int, tls: ssl.SSLContext | None = None, **headers: str) -> Iterator[Receiver]:
    """Run an HTTP server that answers with these statuses."""
    found = Receiver(list(statuses) or [200], {name.replace("_", "-"): value for name, value in headers.items()})
    own = type("Requests", (_Requests,), {"receiver": found})
    server = ThreadingHTTPServer(("127.0.0.1", 0), own)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # who hangs up does it on purpose
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    found.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody knows, and a certificate of it for this machine."""

    pem: Path
    server: ssl.SSLContext


def authority(folder: Path) -> Authority:
    """Make the certificates."""
    made = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1", "localhost", "hooks.example.com").configure_cert(context)
    made.cert_pem.write_to_path(str(folder / "ca.pem"))
    return Authority(folder / "ca.pem", context)


@dataclass
class Mailbox:
    """A mail server: where it is, and what arrived."""

    port: int
    letters: list[bytes] = field(default_factory=list)
    refuse: str | None = None
    refused: dict[str, str] = field(default_factory=dict)
    recipients: list[list[str]] = field(default_factory=list)
    slow: float = 0

    async def handle_RCPT(  # noqa: N802 - the name that the server looks for
        self, _server: SMTP, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: ANN401, ARG002, N802
        if self.refuse is not None:
            return self.refuse
        await asyncio.sleep(self.slow)
        self.letters.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 kept"


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None, *, refuse: str | None = None, refused: dict[str, str] | None = None, slow: float = 0
) -> Iterator[Mailbox]:
    """Run a mail server that wants STARTTLS and the login idqp:secret, or neither without `tls`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Mailbox(port, refuse=refuse, refused=refused or {}, slow=slow)

    def login(_server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword) -> AuthResult:
        right = (data.login, data.password) == (b"idqp", b"secret")
        return AuthResult(success=right, handled=right)

    settings: dict[str, Any] = {}
    if tls is not None:
        settings = {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": login}
    controller = Controller(box, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(seconds: float, found: Any) -> Any:  # noqa: ANN401 - whatever it finds
    """Return what `found()` finds, as soon as it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("not in time")
