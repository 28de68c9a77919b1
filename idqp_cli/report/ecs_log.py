"""A run as log records with the field names of the Elastic Common Schema, for log shippers; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from idqp_cli import __version__
from idqp_cli.core.model import DatasetReport, Report, RunStatus
from idqp_cli.core.text import clean
from idqp_cli.report import wording

ECS_VERSION = "8.11.0"
OUTCOMES = {RunStatus.PASSED: "success", RunStatus.FAILED: "failure", RunStatus.ERROR: "unknown"}
LEVELS = {RunStatus.PASSED: "info", RunStatus.FAILED: "warning", RunStatus.ERROR: "error"}


def record(at: datetime, level: str, message: str, **more: object) -> Mapping[str, object]:
    """Return one log record; `message` is clean, `at` is UTC."""
    return {
        "@timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
        "log.level": level,
        "message": message,
        "ecs.version": ECS_VERSION,
        "service.name": "idqp",
        "service.version": __version__,
        **more,
    }


def records(report: Report, at: datetime) -> Iterator[Mapping[str, object]]:
    """Return a record of each dataset that was checked, and one of the run."""
    for dataset in report.datasets:
        labels = {
            "dataset": clean(dataset.dataset), "run_id": report.run_id, "status": dataset.status,
            "score": dataset.score, "rows": dataset.rows,
        }  # fmt: skip
        event = _event("check-dataset", dataset.status, report)
        yield record(at, LEVELS[dataset.status], _told(dataset), **event, labels=labels)
    event = {
        **_event("check", report.status, report),
        "event.duration": round(report.duration_seconds * 1e9),
        "process.exit_code": int(report.exit_code),
    }
    told = f"{report.status}: {wording.numbers(report)} in {wording.took(report)}"
    labels = {"run_id": report.run_id, "status": report.status, "score": report.score}
    yield record(at, LEVELS[report.status], told, **event, labels=labels)


def _event(action: str, status: RunStatus, report: Report) -> Mapping[str, object]:
    return {
        "event.kind": "event",
        "event.dataset": "idqp.check",
        "event.action": action,
        "event.outcome": OUTCOMES[status],
        "event.start": report.started_at.isoformat(),
    }


def _told(dataset: DatasetReport) -> str:
    name = clean(dataset.dataset)
    if dataset.message is not None:
        return f"{name}: not checked: {clean(dataset.message, wording.LONG)}"
    wrong = [result for result in wording.ranked(dataset.results) if result.status in wording.ORDER[:3]]
    shown = "; ".join(f"{wording.rule(result)}: {wording.message(result)}" for result in wrong[:3])
    more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return f"{name}: {dataset.status}" + (f": {shown}{more}" if wrong else "")
