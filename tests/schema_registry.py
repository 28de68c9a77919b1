"""A schema registry for tests: an HTTP server that keeps Confluent's REST contract, as far as its clients ask for it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest


@dataclass
class SchemaRegistry:
    """What is registered, and how the server answers: a `status` other than 200 or a `body` is its answer to everything."""

    url: str = ""
    status: int = 200
    body: bytes | None = None
    login: str | None = None
    schemas: dict[int, dict[str, Any]] = field(default_factory=dict)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def register(self, subject: str, found: dict[str, Any]) -> int:
        """Keep a schema under a subject; return its number, which is the same for the same schema."""
        plain = {name: found[name] for name in ("schema", "schemaType", "references") if found.get(name)}
        number = next((one for one, known in self.schemas.items() if known == plain), len(self.schemas) + 1)
        self.schemas[number] = plain
        versions = self.subjects.setdefault(subject, [])
        if number not in versions:
            versions.append(number)
        return number

    def answer(self, path: str, body: dict[str, Any] | None) -> tuple[int, Any]:
        """Return the status and the object of a request."""
        parts = [unquote(one) for one in path.strip("/").split("/")]
        match parts:
            case ["subjects", subject, "versions"] if body is not None:
                return 200, {"id": self.register(subject, body)}
            case ["subjects", subject] if body is not None:
                number = self.register(subject, body)
                return 200, {"id": number, "subject": subject, "version": 1, **self.schemas[number]}
            case ["schemas", "ids", number] if int(number) in self.schemas:
                return 200, self.schemas[int(number)]
            case ["subjects", subject, "versions", version] if subject in self.subjects:
                number = self.subjects[subject][-1 if version == "latest" else int(version) - 1]
                return 200, {"id": number, "subject": subject, "version": int(version), **self.schemas[number]}
            case ["schemas", "ids", _]:
                return 404, {"error_code": 40403, "message": "Schema not found"}
        return 404, {"error_code": 40401, "message": "Subject not found"}


@pytest.fixture
def registry() -> Iterator[SchemaRegistry]:
    """Return a registry that ends with the test."""
    found = SchemaRegistry()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, body: dict[str, Any] | None) -> None:
            found.asked.append(self.path)
            status, answer = found.answer(urlsplit(self.path).path, body)
            wanted = found.login and f"Basic {base64.b64encode(found.login.encode()).decode()}"
            if found.status != 200:
                status, answer = found.status, {"error_code": found.status, "message": "as told"}
            elif wanted and self.headers.get("Authorization") != wanted:
                status, answer = 401, {"error_code": 401, "message": "Unauthorized"}
            content = json.dumps(answer).encode()
            if found.body is not None:
                status, content = 200, found.body
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
