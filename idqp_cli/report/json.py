"""The report as one JSON object; `report.schema.json` in this package describes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources

from idqp_cli.core.model import DatasetReport, Report, Result, Sample, Scalar, SchemaReport, Window
from idqp_cli.core.text import in_json
from idqp_cli.report.view import View

VERSION = 1
EXACT_INTEGER = 1 << 53


def render(report: Report, view: View) -> str:  # noqa: ARG001 - the object is the same to everyone
    """Return the report as JSON text, pure ASCII and valid for every parser."""
    return in_json(json.dumps(_report(report), indent=2, allow_nan=False)) + "\n"


def line(report: Report) -> str:
    """Return the report as one line of JSON text, for programs that read report after report."""
    return in_json(json.dumps(_report(report), allow_nan=False)) + "\n"


def schema() -> str:
    """Return the JSON Schema of the report."""
    return resources.files(__package__).joinpath("report.schema.json").read_text(encoding="utf-8")


def _report(report: Report) -> Mapping[str, object]:
    return {
        "version": VERSION,
        "run_id": report.run_id,
        "started_at": report.started_at.isoformat(),
        "duration_seconds": round(report.duration_seconds, 3),
        "status": report.status,
        "exit_code": int(report.exit_code),
        "score": report.score,
        "audit_head": report.audit_head,
        "datasets": [_dataset(dataset) for dataset in report.datasets],
    }


def _dataset(dataset: DatasetReport) -> Mapping[str, object]:
    return {
        "dataset": dataset.dataset,
        "source": dataset.source,
        "rows": dataset.rows,
        "status": dataset.status,
        "score": dataset.score,
        "message": dataset.message,
        "description": dataset.description,
        "owner": dataset.owner,
        "incident": None if dataset.check is None else dataset.check.incident,
        "sample": None if dataset.drawn is None else asdict(dataset.drawn),
        **({} if dataset.window is None else {"window": _window(dataset.window)}),
        **({} if dataset.increment is None else {"incremental": asdict(dataset.increment)}),
        "schema": None if dataset.schema is None else _schema(dataset.schema),
        "results": [_result(result) for result in dataset.results],
    }


def _window(window: Window) -> Mapping[str, object]:
    return {"begin": window.begin.isoformat(), "end": window.end.isoformat(), "late": window.late}


def _schema(schema: SchemaReport) -> Mapping[str, object]:
    return {
        "version": schema.version,
        "status": schema.status,
        "changes": [
            {
                "kind": change.kind,
                "column": change.column,
                "before": change.before,
                "after": change.after,
                "breaking": change.breaking,
            }
            for change in schema.changes
        ],
    }


def _result(result: Result) -> Mapping[str, object]:
    verdict = result.verdict
    interval = verdict.confidence_interval
    return {
        "rule": result.rule,
        "type": result.type,
        "columns": list(result.columns),
        "segment": result.segment,
        "status": result.status,
        "severity": result.severity,
        "metric_value": _value(verdict.metric_value),
        "threshold": _value(verdict.threshold),
        "confidence_interval": None if interval is None else list(interval),
        "statistical_power": verdict.statistical_power,
        "rows_evaluated": verdict.rows_evaluated,
        "rows_failed": verdict.rows_failed,
        "message": verdict.message,
        "description": result.description,
        "sql": result.sql,
        "samples": [as_values(sample) for sample in result.samples],
        "incident": result.incident,
    }


def as_values(sample: Sample) -> Mapping[str, object]:
    """Return a failing row, or a cell that does not parse, as plain values."""
    place: dict[str, object] = {} if sample.file is None else {"file": sample.file}
    place |= {"line": sample.line} if sample.partition is None else _message(sample)
    if sample.expected is not None:
        (value,) = sample.values.values()
        return {**place, "column": sample.column, "value": _value(value), "expected": sample.expected}
    return {
        **place,
        "key": {name: _value(value) for name, value in sample.key.items()},
        "values": {name: _value(value) for name, value in sample.values.items()},
        **(
            {"causes": [{"column": cause.column, "usual": cause.usual} for cause in sample.causes]}
            if sample.causes
            else {}
        ),
    }


def _message(sample: Sample) -> dict[str, object]:
    """Return which message a sample is, in the place of its line."""
    return {"line": None, "partition": sample.partition, "offset": sample.line}


def _value(value: Scalar | None) -> Scalar | None:
    """Return a value that JSON holds exactly: what is no finite number, or too large for one, is text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT_INTEGER:
        return str(value)
    return value
