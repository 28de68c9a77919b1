"""TLS before a server of the tests, by a private authority; and a proxy that passes connections on."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import trustme

CHUNK = 1 << 16


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _joined(one: socket.socket, other: socket.socket) -> None:
    back = threading.Thread(target=_pass_on, args=(other, one), daemon=True)
    back.start()
    _pass_on(one, other)
    back.join(5)
    one.close()
    other.close()


@contextmanager
def _serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    threads = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                one = threading.Thread(target=serve, args=(client,), daemon=True)
                one.start()
                threads.append(one)

    main = threading.Thread(target=accept, daemon=True)
    main.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        main.join(5)


@contextmanager
def encrypted(upstream: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Return the https address of a server, and the path of the certificate of the authority that has signed its own."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    place = urlsplit(upstream)

    def serve(client: socket.socket) -> None:
        try:
            wrapped = context.wrap_socket(client, server_side=True)
        except OSError:
            client.close()
            return
        _joined(wrapped, socket.create_connection((place.hostname or "", place.port or 80)))

    with _serving(serve) as port:
        yield f"https://localhost:{port}", str(folder / "ca.pem")


class Relay:
    """Passes connections on to a server as long as it is up; down, it hangs up and takes none."""

    def __init__(self, port: int) -> None:
        self._port, self._open, self._up = port, list[socket.socket](), True
        self._lock = threading.Lock()

    def serve(self, client: socket.socket) -> None:
        with self._lock:
            if not self._up:
                client.close()
                return
            upstream = socket.create_connection(("127.0.0.1", self._port))
            self._open += [client, upstream]
        _joined(client, upstream)

    def down(self) -> None:
        with self._lock:
            self._up = False
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def up(self) -> None:
        with self._lock:
            self._up = True


@contextmanager
def relay(port: int) -> Iterator[tuple[int, Relay]]:
    """Return the port of a relay to the server at `port`, and what takes it down and up again."""
    found = Relay(port)
    with _serving(found.serve) as own:
        yield own, found


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a proxy for https, and the list of the places that it was asked to connect to."""
    asked: list[str] = []

    def serve(client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = client.recv(CHUNK)
            if not chunk:
                client.close()
                return
            head += chunk
        verb, place = head.split(b" ", 2)[:2]
        if verb != b"CONNECT":
            client.sendall(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")
            client.close()
            return
        asked.append(place.decode())
        host, _, port = place.decode().partition(":")
        other = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        _joined(client, other)

    with _serving(serve) as port:
        yield f"http://127.0.0.1:{port}", asked
