"""Real receivers on loopback: HTTP servers that behave badly, and a mail server with TLS."""

from __future__ import annotations

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
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


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

    def log_message(self, *_: object) -> None:
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
    made.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    made.cert_pem.write_to_path(str(folder / "ca.pem"))
    return Authority(folder / "ca.pem", context)


@dataclass
class Mailbox:
    """A mail server: where it is, and what arrived."""

    port: int
    letters: list[bytes] = field(default_factory=list)
    refuse: str | None = None

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: ANN401, ARG002, N802
        if self.refuse is not None:
            return self.refuse
        self.letters.append(envelope.content)
        return "250 kept"


@contextmanager
def mail_server(tls: ssl.SSLContext | None, *, refuse: str | None = None) -> Iterator[Mailbox]:
    """Run a mail server that wants STARTTLS and the login idqp:secret, or neither without `tls`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Mailbox(port, refuse=refuse)

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
