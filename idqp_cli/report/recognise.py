"""Is a file a report of idqp? One that is a whole report in its format is; words that reports have too do not count."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

REPORT = {
    "version", "run_id", "started_at", "duration_seconds", "status", "exit_code", "score", "audit_head", "datasets",
}  # fmt: skip
DATASET = {"dataset", "source", "rows", "status", "score", "message", "sample", "schema", "results"}
# Keys that reports of earlier versions do not have.
LATER_DATASET, LATER_RESULT = {"incident", "description", "owner", "incremental", "window"}, {"description", "sql"}
RESULT = {
    "rule", "type", "columns", "segment", "status", "severity", "metric_value", "threshold", "confidence_interval",
    "statistical_power", "rows_evaluated", "rows_failed", "message", "samples", "incident",
}  # fmt: skip
SARIF, RUN = {"$schema", "version", "runs"}, {"tool", "automationDetails", "invocations", "columnKind", "results"}
FINDING = {
    "ruleId", "ruleIndex", "kind", "level", "message", "locations", "relatedLocations", "partialFingerprints",
}  # fmt: skip
SUITES, SUITE = {"name", "time", "tests", "failures", "errors"}, {
    "name", "tests", "failures", "errors", "skipped", "timestamp",
}  # fmt: skip
PAGE = re.compile(
    rb'<!DOCTYPE html>\n<html lang="en">\n <head>\n  <meta charset="utf-8">\n'
    rb"  <meta http-equiv=\"Content-Security-Policy\""
    rb" content=\"default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'\">\n.*"
    rb"  <title>idqp: (?:passed|failed|error), [0-9-]+ [0-9:]+Z</title>\n.*"
    rb"  <footer>idqp [^<]*, run [0-9a-f]+[^<]*</footer>\n </body>\n</html>\n",
    re.DOTALL,
)
HEALTH = {"idqp", "time", "state", "datasets"}
METRICS = re.compile(rb"(?:(?:# (?:HELP|TYPE) )?idqp_[a-z_]+[ {][^\n]*\n)+")
INFO = re.compile(rb"# HELP idqp_info [^\n]*\n# TYPE idqp_info gauge\nidqp_info\{version=")
# A larger file is no report.
MOST_BYTES = 1 << 28


def is_report(content: bytes) -> bool:
    """Tell whether a file's content is a whole report as JSON, SARIF, JUnit or HTML, or metrics, and nothing else."""
    if content.startswith(b"<!DOCTYPE html>"):
        return PAGE.fullmatch(content) is not None
    if content.startswith(b"# HELP idqp_"):
        return INFO.match(content) is not None and METRICS.fullmatch(content) is not None
    if content.startswith(b"<?xml "):
        return _is_junit(content)
    return content.startswith(b"{") and _is_json(content)


def _is_json(content: bytes) -> bool:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return _is_own(value) or _is_sarif(value) or _is_health(value)


def _is_health(value: Any) -> bool:  # noqa: ANN401 - JSON is looked into freely
    return isinstance(value, dict) and value.keys() == HEALTH and value["idqp"] == "watch"


def _is_own(value: Any) -> bool:  # noqa: ANN401 - JSON is looked into freely
    if not _has(value, REPORT) or not isinstance(value["datasets"], list):
        return False
    return all(
        _has(dataset, DATASET, LATER_DATASET)
        and isinstance(dataset["results"], list)
        and all(_has(result, RESULT, LATER_RESULT) for result in dataset["results"])
        for dataset in value["datasets"]
    )


def _is_sarif(value: Any) -> bool:  # noqa: ANN401
    if not _has(value, SARIF) or not isinstance(value["runs"], list) or len(value["runs"]) != 1:
        return False
    (run,) = value["runs"]
    if not _has(run, RUN) or not isinstance(run["results"], list):
        return False
    tool: Any = run["tool"].get("driver") if _has(run["tool"], {"driver"}) else None
    named = _has(tool, {"name", "version", "rules"}) and tool["name"] == "idqp"
    return named and all(_has(one, FINDING) for one in run["results"])


def _has(value: object, keys: set[str], more: frozenset[str] | set[str] = frozenset()) -> bool:
    """Tell whether a value is an object of just these keys, and maybe of some `more`."""
    return isinstance(value, Mapping) and keys <= value.keys() <= keys | more


def _is_junit(content: bytes) -> bool:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return False
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - only a file that begins like one has to pay

    try:
        root = ET.fromstring(content)  # noqa: S314 - without entities nothing can grow
    except (ET.ParseError, ValueError, LookupError):
        return False
    return (
        (root.tag, root.get("name")) == ("testsuites", "idqp")
        and set(root.keys()) == SUITES
        and all(
            _is_suite(suite.tag, dict(suite.attrib), [(one.tag, dict(one.attrib)) for one in suite]) for suite in root
        )
    )


def _is_suite(tag: str, own: Mapping[str, str], parts: list[tuple[str, dict[str, str]]]) -> bool:
    if tag != "testsuite" or own.keys() != SUITE or not parts or parts[0] != ("properties", {}):
        return False
    return all(
        one == "testcase" and set(said) == {"name", "classname"} and said["classname"] == own["name"]
        for one, said in parts[1:]
    )
