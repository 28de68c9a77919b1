"""Traces for OpenTelemetry, if the environment names where they go: a span for each request and each check."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING

from idqp_cli.server.workers import log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Span

WHERE = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
MISSING = "traces are not sent: they need their extra: pip install 'idqp[serve,otel]'"
# In seconds: how long the server is silent about traces that do not arrive, and how long it waits for the last ones.
SILENT, LAST = 60.0, 3000


class Tracing:
    """Where the spans of this process go; nowhere, unless the environment says where."""

    def __init__(self) -> None:
        """Read the environment."""
        self._provider: TracerProvider | None = None
        if any(os.environ.get(name) for name in WHERE):
            if all(map(_there, NEEDED)):
                self._begin()
            else:
                log(MISSING)

    def _begin(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        # It writes tracebacks; what does not arrive is said in a line.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "idqp"}
        provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(_told(OTLPSpanExporter())))
        self._provider = provider

    def request(self, name: str, headers: Mapping[str, str]) -> AbstractContextManager[Span | None]:
        """Begin the span of a request, within the trace that its headers name."""
        if self._provider is None:
            return nullcontext()
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        around = TraceContextTextMapPropagator().extract(headers)
        return self._provider.get_tracer("idqp").start_as_current_span(name, around, kind=SpanKind.SERVER)

    @contextmanager
    def check(self, name: str, dataset: str | None) -> Iterator[Span | None]:
        """Begin the span of a check."""
        if self._provider is None:
            yield None
            return
        with self._provider.get_tracer("idqp").start_as_current_span("check") as span:
            span.set_attributes({"idqp.check": name, "idqp.dataset": dataset or "*"})
            yield span

    def end(self) -> None:
        """Send what was not sent yet."""
        if self._provider is not None:
            self._provider.force_flush(LAST)
            self._provider.shutdown()


def _there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _told(exporter: SpanExporter) -> SpanExporter:
    """Return an exporter that says so in the log when spans do not arrive."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: PLC0415

    class Told(SpanExporter):
        quiet_until = 0.0

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            try:
                result = exporter.export(spans)
            except Exception:  # noqa: BLE001 - what a trace could not be sent for harms no request
                result = SpanExportResult.FAILURE
            if result is not SpanExportResult.SUCCESS and time.monotonic() > self.quiet_until:
                log("traces do not arrive; see OTEL_EXPORTER_OTLP_ENDPOINT")
                self.quiet_until = time.monotonic() + SILENT
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = LAST) -> bool:
            return exporter.force_flush(timeout_millis)

    return Told()
