"""Traces, as a real receiver of OTLP over HTTP hears them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.testclient import TestClient

from conftest import rules_text
from idqp_cli.server import app
from idqp_cli.store import open_store
from server_place import API, HERE, settings

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Return the spans that arrive at the place which the environment names."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces":
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
        yield spans
        server.shutdown()
        thread.join()


def attributes(span: Any) -> dict[str, Any]:  # noqa: ANN401
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_requests_and_checks_are_spans(
    collector: list[Any], tmp_path: Path, key_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("id\n1\n")
    (tmp_path / "rules.yaml").write_text(rules_text([{"type": "unique", "column": "id"}], "t.csv"))
    address = str(tmp_path / "state.db")
    open_store(address).close()
    given = settings(address, key_folder, checks=1, rules=str(tmp_path / "rules.yaml"))
    with TestClient(app.made(given, logging=False), "http://127.0.0.1:8000") as client:
        seen = client.get(
            f"{API}/incidents/77?q=secret",
            headers={"X-Request-Id": "mine-1", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"},
        )
        assert seen.status_code == 404
        check = client.post(f"{API}/checks", json={"dataset": "t"}, headers=HERE).json()["check"]
        while client.get(f"{API}/checks/{check}").json()["ended_at"] is None:
            time.sleep(0.1)
    by_name: dict[str, Any] = {}
    for span in collector:
        by_name.setdefault(span.name, span)
    shown = by_name["GET /incidents/{incident}"]
    assert shown.trace_id.hex() == TRACE
    told = attributes(shown)
    assert (told["http.request.id"], told["http.response.status_code"]) == ("mine-1", 404)
    assert "secret" not in str(collector)
    assert attributes(by_name["POST /checks"])["idqp.check"] == check
    assert attributes(by_name["check"]) == {"idqp.check": check, "idqp.dataset": "t"}


def test_no_request_waits_for_traces_that_do_not_arrive(
    tmp_path: Path, key_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    given = settings(str(tmp_path / "state.db"), key_folder)
    with TestClient(app.made(given, logging=False), "http://127.0.0.1:8000") as client:
        assert client.get(f"{API}/healthz").status_code == 200
    told = capsys.readouterr().err
    assert "traces do not arrive" in told
    assert "Traceback" not in told
