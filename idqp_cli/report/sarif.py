"""The report as SARIF 2.1.0, the format of static analysis results (OASIS), as code scanning reads it.

A failed rule is a result: at the lines of the data that show it, related to its
line in the rules file. What could not be checked is a notification of the run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from idqp_cli import __version__
from idqp_cli.core.errors import ExitCode
from idqp_cli.core.model import DatasetReport, Report, Result, Severity, Status
from idqp_cli.core.text import clean, in_json
from idqp_cli.report import locations, wording
from idqp_cli.report.locations import Place
from idqp_cli.report.view import View

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

Json = Mapping[str, object]


def render(report: Report, view: View) -> str:
    """Return the report as JSON text, pure ASCII."""
    results = [
        (dataset, result)
        for dataset in report.datasets
        for result in wording.ranked(dataset.results)
        if result.status in {Status.FAILED, Status.INCONCLUSIVE}
    ]
    identities = list(dict.fromkeys(_identity(dataset, result) for dataset, result in results))
    described = {_identity(dataset, result): _descriptor(dataset, result) for dataset, result in reversed(results)}
    run = {
        "tool": {"driver": {
            "name": "idqp", "version": __version__, "rules": [described[identity] for identity in identities],
        }},
        "automationDetails": {"id": f"idqp/{report.run_id}"},
        "invocations": [_invocation(report, view)],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(dataset, result, report, view, identities.index(_identity(dataset, result)))
            for dataset, result in results
        ],
    }  # fmt: skip
    return in_json(json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=2, allow_nan=False)) + "\n"


def _identity(dataset: DatasetReport, result: Result) -> str:
    return f"{clean(dataset.dataset)}/{clean(result.rule)}"


def _descriptor(dataset: DatasetReport, result: Result) -> Json:
    purpose = wording.purpose(result)
    return {
        "id": _identity(dataset, result),
        "name": clean(result.type),
        "shortDescription": _message(f"{clean(result.rule)} holds in {clean(dataset.dataset)}"),
        **({"fullDescription": _message(purpose)} if purpose else {}),
        "defaultConfiguration": {"level": LEVELS[result.severity]},
        "properties": {"tags": ["data quality", result.severity]},
    }


def _result(dataset: DatasetReport, result: Result, report: Report, view: View, index: int) -> Json:
    told = (wording.message(result), wording.about(result), wording.bounds(result), wording.incident(result, report))
    segment = "" if result.segment is None else f"{wording.rule(result)}: "
    rule = locations.of_rule(report, result, view)
    key = "\0".join((dataset.dataset, result.rule, result.segment or ""))
    verdict = {"kind": "fail", "level": LEVELS[result.severity]}
    if result.status is Status.INCONCLUSIVE:
        verdict = {"kind": "open", "level": "none"}
    return {
        "ruleId": _identity(dataset, result),
        "ruleIndex": index,
        **verdict,
        "message": _message(segment + "; ".join(part for part in told if part)),
        "locations": [_location(place) for place in locations.of_data(dataset, result, view)],
        "relatedLocations": [] if rule is None else [{"id": 1, **_location(rule), "message": _message("the rule")}],
        "partialFingerprints": {"rule/v1": hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()},
    }


def _invocation(report: Report, view: View) -> Json:
    return {
        "executionSuccessful": report.exit_code in {ExitCode.PASSED, ExitCode.FAILED},
        "exitCode": int(report.exit_code),
        "startTimeUtc": _time(report.started_at),
        "endTimeUtc": _time(report.started_at + timedelta(seconds=report.duration_seconds)),
        "toolExecutionNotifications": list(_notifications(report, view)),
    }


def _notifications(report: Report, view: View) -> Iterator[Json]:
    for dataset in report.datasets:
        if dataset.message is not None:
            text = f"{clean(dataset.dataset)}: {'; '.join(wording.unread(dataset, report))}"
            yield {"level": "error", "message": _message(text)}
        for result in dataset.results:
            if result.status is Status.ERROR:
                parts = (wording.message(result), wording.about(result), wording.incident(result, report))
                told = "; ".join(part for part in parts if part)
                text = f"{clean(dataset.dataset)}: {wording.rule(result)}: {told}"
                rule = locations.of_rule(report, result, view)
                located = {} if rule is None else {"locations": [_location(rule)]}
                yield {"level": "error", "message": _message(text), **located}


def _location(place: Place) -> Json:
    absolute = place.path.startswith("/")
    artifact = {"uri": "file://" + quote(place.path) if absolute else quote(place.path)}
    if not absolute:
        artifact["uriBaseId"] = "%SRCROOT%"
    region = {} if place.line is None else {"region": {"startLine": place.line}}
    told = {"message": _message(place.told)} if place.told else {}
    return {"physicalLocation": {"artifactLocation": artifact, **region}, **told}


def _message(text: str) -> Json:
    # Brackets before a parenthesis would be a link (section 3.11.6 of the standard).
    return {"text": text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text}


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
