"""Attacks by files that are sent to `POST /checks`: each is refused, or judged without harm; nothing is left of it."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import zstandard

from conftest import rules_text
from idqp_cli.server.routes import uploads
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from server_place import API, HERE, Place
from serving_processes import served
from upload_place import CSV, LIMIT, file, judged, posted, raw, refused, sent, text


def test_files_are_judged_and_their_report_is_for_whoever_may(sending: Place) -> None:
    rules = rules_text([{"type": "range", "column": "qty", "min": 0}], "orders.csv")
    found = judged(sending, file("orders.csv", kind="text/csv"), text("rules", rules))
    assert (found["status"], found["exit_code"], found["run"], found["uploaded"]) == ("done", 1, None, ["orders.csv"])
    report = sending.get(f"/checks/{found['check']}/report")
    (failed,) = [one for one in report["datasets"][0]["results"] if one["status"] == "failed"]
    assert (failed["rule"], failed["rows_failed"]) == ("range(qty)", 1)
    assert "-7" not in json.dumps(failed["samples"])
    # Nothing but the request is in the store.
    assert [run["run"] for run in sending.get("/runs")["items"]] == ["run-2", "run-1"]
    uploaded = [one for one in sending.get("/audit")["items"] if one["action"] == "check.upload"]
    assert [one["actor"] for one in uploaded] == ["maintainer@example.com"]
    for role, status in ((Role.MAINTAINER, 200), (Role.REVIEWER, 403), (Role.VIEWER, 403), (None, 401)):
        assert sending.ask("GET", f"/checks/{found['check']}/report", role).status_code == status, role
    # The server's own rules, for a file that is not the server's.
    other = judged(sending, file("other.csv", b"id,qty\n1,-1\n"), text("dataset", "t"))
    assert other["exit_code"] == 1
    assert sending.get(f"/checks/{other['check']}/report")["datasets"][0]["source"] == "other.csv"


@pytest.mark.parametrize("addresses", ["postgresql"], indirect=True)
def test_the_database_keeps_a_report_from_others_whatever_the_server_does(
    sending: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = judged(sending, file("orders.csv"))["check"]
    monkeypatch.setattr("idqp_cli.access.roles.may", lambda identity, action: True)
    answers = {role: sending.ask("GET", f"/checks/{check}/report", role).status_code for role in Role}
    assert answers == {Role.OWNER: 200, Role.MAINTAINER: 200, Role.REVIEWER: 404, Role.VIEWER: 404, Role.CI: 404}


NAMES = [
    "../../evil.csv", "..\\..\\evil.csv", "/etc/cron.d/evil.csv", "a/b.csv", ".hidden.csv", "-rf.csv",
    "--rules=x.csv", "<script>alert(1)</script>.csv", "<img src=x onerror=alert(1)>.csv", "a\tb.csv", "a\x1b[31m.csv",
    "*.csv", "[a].csv", "{a,b}.csv", "$(id).csv", "`id`.csv", "a;b.csv", "a|b.csv", "", ".csv", "x" * 300 + ".csv",
    "\u202efdp.csv", "s3://bucket/a.csv",
]  # fmt: skip
KINDS = [
    ("rules.yaml", ""), ("a.html", "text/html"), ("a.csv", "text/html"), ("a.csv", "image/svg+xml"), ("a.db", ""),
    ("a.sqlite", ""), ("a.duckdb", ""), ("a.xlsx", ""), ("a.zip", ""), ("a.csv.zip", ""), ("a.parquet.gz", ""), ("a", ""),
    ("a.gz", ""), ("a.parquet", "application/x-sqlite3"), ("a.csv.gz", "text/csv"),
]  # fmt: skip


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_a_name_or_a_kind_that_no_file_has_here_is_refused(sending: Place, temporary: Path) -> None:
    for name in NAMES:
        answer = raw(sending, [("file", name, "", CSV)])
        assert (name, answer.status_code) == (name, 422), answer.text
        refused(answer, "invalid")
        assert not any(one in answer.text for one in "\x1b\t"), name
    for name, kind in KINDS:
        refused(raw(sending, [("file", name, kind, CSV)]), "unsupported-media-type")
    refused(sent(sending, file("a.csv"), file("a.csv")), "invalid")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_what_is_no_upload_is_refused(sending: Place, temporary: Path) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid\r\n'
    refused(posted(sending, b"", "multipart/form-data"), "bad-request")
    refused(posted(sending, part, f"multipart/form-data; boundary={'b' * 5000}"), "bad-request")
    for body in (b"", b"nothing", part, part + b"--c--", b"--b\r\nX: 1\r\n\r\n1\r\n--b--", b"--b\r\n" + b"a" * 100_000):
        refused(posted(sending, body), "bad-request")
    long = b"--b\r\nContent-Disposition: form-data; name=file; filename=" + b"a" * 1_000_000
    refused(posted(sending, long), "bad-request")
    refused(posted(sending, b"--b\r\n" + b"X-A: 1\r\n" * 10_000), "bad-request")
    refused(posted(sending, b"--b--\r\n"), "invalid")
    refused(posted(sending, part, "multipart/mixed; boundary=b"), "invalid")
    refused(raw(sending, [("file", "a.csv", "", CSV)] * 10_000), "invalid")
    refused(raw(sending, [("file", f"a{number}.csv", "", b"") for number in range(10_000)]), "too-large")
    refused(sent(sending, *[text("field", "x")] * 10_000), "invalid")
    refused(sent(sending, file("a.csv"), text("rules", "x" * 300_000)), "too-large")
    refused(sent(sending, file("a.csv"), text("rules", "x"), text("dataset", "t")), "invalid")
    refused(sent(sending, file("a.csv"), text("dataset", "../../etc/passwd")), "not-found")
    refused(sent(sending, file("a.csv", b"a" * (LIMIT + 1))), "too-large")
    unsized = sending.ask("POST", "/checks", Role.MAINTAINER, content=endless(part), headers={
        "Content-Type": "multipart/form-data; boundary=b",
    })  # fmt: skip
    refused(unsized, "too-large")
    assert list(temporary.iterdir()) == []
    assert sending.get("/checks")["items"] == []


def endless(part: bytes) -> Iterator[bytes]:
    yield part
    for _ in range(100):
        yield b"x" * 100_000


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_files_of_nobody_are_not_even_read(sending: Place) -> None:
    for role, status in ((None, 401), (Role.VIEWER, 403), (Role.REVIEWER, 403)):
        assert sent(sending, file("../x.html", b"a" * 10 * LIMIT), role=role).status_code == status
    # Another site's form can send a multipart body, and no header of ours.
    bare = sending.client.post(f"{API}/checks", files=[file("a.csv")])
    refused(bare, "csrf")


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """Listen, and note whoever connects."""
    came: list[object] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        door.settimeout(0.2)
        over = threading.Event()

        def note() -> None:
            while not over.is_set():
                try:
                    connection, who = door.accept()
                except TimeoutError:
                    continue
                came.append(who)
                connection.close()

        thread = threading.Thread(target=note)
        thread.start()
        try:
            yield door.getsockname()[1], came
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_rules_that_were_sent_lead_nowhere(sending: Place, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("word\nhunter2\n")
    rule = {"type": "completeness", "column": "word"}
    with listening() as (port, came):
        paths = [
            f"http://127.0.0.1:{port}/a.csv", f"https://127.0.0.1:{port}/a.csv",
            f"postgresql://127.0.0.1:{port}/d", "file:///etc/passwd", "/etc/passwd", "../../../../../../etc/passwd",
            str(tmp_path / "secret.csv"), "../../../secret.csv", "/proc/self/environ", "/dev/zero", "../tmp",
        ]  # fmt: skip
        datasets: dict[str, Any] = {f"d{number}": {"path": path, "rules": [rule]} for number, path in enumerate(paths)}
        refers = {"type": "references", "column": "id", "dataset": "d6", "to": "word"}
        datasets["own"] = {"path": "a.csv", "rules": [refers]}
        found = judged(sending, file("a.csv"), text("rules", json.dumps({"version": 1, "datasets": datasets})))
        assert found["exit_code"] == 3, found
        report = sending.get(f"/checks/{found['check']}/report")
        assert {one["rows"] for one in report["datasets"] if one["dataset"] != "own"} == {None}
        for word in ("hunter2", "root:", "IDQP_TOKEN"):
            assert word not in json.dumps(report)
        for place in ("/etc/passwd", f"http://127.0.0.1:{port}/a.csv"):
            query = {"type": "query", "sql": f"SELECT * FROM read_csv('{place}')", "name": "q"}
            found = judged(sending, file("a.csv"), text("rules", rules_text([query], "a.csv")))
            assert found["exit_code"] == 2, found
        assert came == []


@pytest.mark.thorough
@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_a_bomb_does_no_more_than_fail(sending: Place) -> None:
    bombs = [
        file("rows.csv.gz", gzip.compress(b"id,qty\n" + b"1,2\n" * 500_000, 1)),
        file("line.csv.gz", gzip.compress(b"id,qty\n" + b"1" * 40_000_000, 1)),
        file("line.csv.zst", zstandard.compress(b"id,qty\n" + b"1" * 40_000_000)),
        file("twice.csv.gz", gzip.compress(gzip.compress(b"0" * 100_000_000))),
        file("columns.csv", ",".join(f"c{number}" for number in range(100_000)).encode()),
        file("no.csv.gz", CSV), file("no.parquet", b"PAR1" + b"\xff" * 1000 + b"PAR1"), file("deep.jsonl", b"[" * 100_000),
    ]  # fmt: skip
    for bomb in bombs:
        found = judged(sending, bomb)
        assert found["exit_code"] in {0, 1, 3}, (bomb[1][0], found)
        assert "Traceback" not in str(found["message"])
        assert sending.client.get(f"{API}/healthz").status_code == 200


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_rules_that_cannot_be_used_say_where(sending: Place) -> None:
    found = judged(sending, file("a.csv"), text("rules", "version: 1\ndatasets: <b>\n"))
    assert (found["status"], found["exit_code"]) == ("failed", 2)
    assert str(found["message"]).startswith("rules.yaml:2")
    for name in ("IDQP_TOKEN", "PATH"):
        told = judged(sending, file("a.csv"), text("rules", rules_text([], "${" + name + "}")))
        assert sending.programs["nightly"] not in json.dumps(told)


@pytest.mark.parametrize("addresses", ["sqlite"], indirect=True)
def test_whoever_stops_sending_is_not_waited_for(
    sending: Place, monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr(uploads, "SILENCE", 0.2)
    assert slow(sending, [b"--b\r\n"]) == 408
    monkeypatch.setattr(uploads, "LONGEST", 0.5)
    assert slow(sending, [b"--b\r\n", *[b"x"] * 1000]) == 408
    assert list(temporary.iterdir()) == []


def slow(place: Place, pieces: list[bytes]) -> int:
    """Send pieces slowly and then nothing more; return the status of the answer."""
    headers = {**HERE, **place.headers(Role.MAINTAINER), "Content-Type": "multipart/form-data; boundary=b"}
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": f"{API}/checks", "query_string": b"",
        "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "root_path": "",
        "headers": [(key.lower().encode(), value.encode()) for key, value in headers.items()],
    }  # fmt: skip
    left, answers = iter(pieces), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        for piece in left:
            return {"type": "http.request", "body": piece, "more_body": True}
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Any) -> None:  # noqa: ANN401
        answers.append(message)

    async def asked() -> None:
        await place.client.app(scope, receive, send)

    asyncio.run(asked())
    return int(answers[0]["status"])


def test_the_memory_of_the_server_does_not_grow_with_what_is_sent(tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "state.db"))):
        pass
    with served(tmp_path, "--store", str(tmp_path / "state.db")) as (address, process):
        small = httpx2.post(f"{address}{API}/checks", files=[file("a.csv")], headers=HERE)
        assert small.status_code == 202, small.text
        before = peak(process.pid)
        large = httpx2.post(
            f"{address}{API}/checks", files=[file("a.csv.gz", bytes(90_000_000))], headers=HERE, timeout=60
        )
        assert large.status_code == 202, large.text
        assert peak(process.pid) - before < 40_000_000


def peak(process: int) -> int:
    """Return the most memory that a process has taken, in bytes."""
    (line,) = [one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
