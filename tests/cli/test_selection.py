"""`--select`, `--exclude` and `--as-of`."""

from __future__ import annotations

import json

import pytest

from conftest import Shell


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write("t.csv", "id,at\n1,2024-01-01T00:00:00Z\n")
    rules = [
        {"type": "completeness", "column": "id", "tags": ["core", "daily"]},
        {"type": "unique", "column": "id", "severity": "critical"},
        {"type": "completeness", "column": "at", "name": "has a time"},
        {"type": "unique", "column": "at", "enabled": False},
    ]
    datasets = {"orders": {"path": "t.csv", "rules": rules}, "old": {"path": "t.csv", "rules": rules[:1]}}
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    return shell


@pytest.mark.parametrize(("words", "expected"), [
    ([], {"orders": ["completeness(id)", "unique(id)", "has a time"], "old": ["completeness(id)"]}),
    (["--select", "type:unique"], {"orders": ["unique(id)"]}),
    (["--select", "completeness(*)"], {"orders": ["completeness(id)"], "old": ["completeness(id)"]}),
    (["--select", "tag:da?ly", "--exclude", "dataset:old"], {"orders": ["completeness(id)"]}),
    (["--select", "severity:critical", "--select", "rule:has*"], {"orders": ["unique(id)", "has a time"]}),
    (["--exclude", "type:completeness"], {"orders": ["unique(id)"], "old": []}),
    (["--exclude", "*(id)", "orders"], {"orders": ["has a time"]}),
])  # fmt: skip
def test_selected_rules(project: Shell, words: list[str], expected: dict[str, list[str]]) -> None:
    ran = project.idqp("check", "--no-store", "--format", "json", *words)
    found = {one["dataset"]: [result["rule"] for result in one["results"][2:]] for one in ran.json["datasets"]}
    assert (ran.code, found) == (0, expected)


@pytest.mark.parametrize(("words", "message"), [
    (["--select", "type:nope"], "no rule matches --select type:nope"),
    (["--select", "colour:red"], "cannot select by 'colour'; by dataset, rule, type, tag, severity"),
    (["--as-of", "yesterday"], "--as-of takes a time like 2024-01-31T06:00:00Z, not 'yesterday'"),
])  # fmt: skip
def test_what_selects_nothing_is_said(project: Shell, words: list[str], message: str) -> None:
    ran = project.idqp("check", *words)
    assert (ran.code, ran.out, message in ran.err) == (2, "", True)


@pytest.mark.parametrize(("as_of", "code"), [
    ("2024-01-01T12:00:00Z", 0), ("2024-01-02", 0), ("2024-01-02T00:00:01", 1), ("2024-01-02T02:00:00+02:00", 0),
])  # fmt: skip
def test_ages_are_as_of_a_time(shell: Shell, as_of: str, code: int) -> None:
    shell.write("t.csv", "id,at\n1,2024-01-01T00:00:00Z\n")
    shell.rules({"type": "freshness", "column": "at", "max_age": "24h"})
    assert shell.idqp("check", "--as-of", as_of).code == code


@pytest.mark.parametrize(
    ("failed", "rows", "status"), [(0, 1000, "passed"), (5, 1000, "inconclusive"), (30, 1000, "failed")]
)
def test_an_interval_is_judged_where_a_confidence_is_asked_for(
    shell: Shell, failed: int, rows: int, status: str
) -> None:
    shell.write("t.csv", "id,n\n" + "".join(f"{row},{-1 if row < failed else 1}\n" for row in range(rows)))
    shell.rules({"type": "range", "column": "n", "min": 0, "threshold": "1%", "confidence": 0.95})
    ran = shell.idqp("check", "--format", "json")
    result = ran.json["datasets"][0]["results"][-1]
    assert (result["status"], ran.code) == (status, {"passed": 0, "inconclusive": 3, "failed": 1}[status])
    assert ("would settle it" in result["message"]) == (status == "inconclusive")
