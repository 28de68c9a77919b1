"""A server that takes files to be checked, and how they are sent to it; for tests/server."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from conftest import rules_text
from idqp_cli.access.admission import TOKEN
from idqp_cli.server import app
from idqp_cli.server.uploads import PREFIX
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from server_place import Place, filled, settings

CSV = b"id,qty\n1,5\n2,-7\n"
LIMIT = 2_000_000
Part = tuple[str, tuple[str | None, bytes, str]]


def file(name: str, body: bytes = CSV, kind: str = "application/octet-stream") -> Part:
    return "file", (name, body, kind)


def text(field: str, value: str) -> Part:
    return field, (None, value.encode(), "text/plain")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that private folders are made in."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def sending(
    addresses: tuple[str, str], key_folder: Path, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Return a server that takes files of 2 MB and has rules for the dataset `t`."""
    monkeypatch.chdir(tmp_path)
    owned, address = addresses
    with closing(open_store(owned)) as store:
        programs = filled(store, datetime.now(UTC))
    monkeypatch.setenv(TOKEN, programs["nightly"])
    (tmp_path / "rules.yaml").write_text(rules_text([{"type": "range", "column": "qty", "min": 0}], "t.csv"))
    given = settings(address, key_folder, checks=1, upload_bytes=LIMIT, check_memory="400MB", upload_seconds=25)
    with TestClient(app.made(given, logging=False), "http://127.0.0.1:8000") as client:
        yield Place(client, address, owned, programs)
    assert list(temporary.glob(f"{PREFIX}*")) == []


def sent(place: Place, *parts: Part, role: Role | None = Role.MAINTAINER) -> httpx2.Response:
    return place.ask("POST", "/checks", role, files=list(parts))


def judged(place: Place, *parts: Part) -> dict[str, Any]:
    """Send files, and return the check when it has ended."""
    answer = sent(place, *parts)
    assert answer.status_code == 202, answer.text
    return ended(place, answer.json()["check"])


def ended(place: Place, check: str) -> dict[str, Any]:
    until = time.monotonic() + 90
    while True:
        found: dict[str, Any] = place.get(f"/checks/{check}")
        if found["ended_at"] is not None:
            return found
        assert time.monotonic() < until
        time.sleep(0.1)


def raw(place: Place, parts: Sequence[tuple[str, str, str, bytes]], role: Role = Role.MAINTAINER) -> httpx2.Response:
    """Send parts as no client would write them."""
    body = b""
    for field, name, kind, data in parts:
        named = name.replace("\\", "\\\\")
        body += f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{named}"\r\n'.encode()
        body += (f"Content-Type: {kind}\r\n" if kind else "").encode() + b"\r\n" + data + b"\r\n"
    return posted(place, body + b"--b--\r\n", role=role)


def posted(
    place: Place, body: bytes, kind: str = "multipart/form-data; boundary=b", role: Role = Role.MAINTAINER
) -> httpx2.Response:
    return place.ask("POST", "/checks", role, content=body, headers={"Content-Type": kind})


def refused(answer: httpx2.Response, code: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["code"] == code, answer.text
