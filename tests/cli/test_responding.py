"""What people do to incidents, and what `idqp report` makes of it."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from conftest import Shell

BAD = "id,qty,mail\n1,-5,a@b.c\n2,-6,\n"
RULES = (
    {"type": "range", "column": "qty", "min": 0},
    {"type": "completeness", "column": "mail", "severity": "critical"},
    {"type": "unique", "column": "id"},
)


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write("t.csv", BAD)
    shell.rules(*RULES, key=["id"], pii=["mail"])
    assert shell.idqp("check").code == 1
    return shell


def listed(shell: Shell, *words: str) -> list[int]:
    ran = shell.idqp("incident", "list", "--format", "json", *words)
    assert (ran.code, ran.err) == (0, "")
    return [row["incident"] for row in ran.json]


def shown(shell: Shell, number: int) -> dict[str, Any]:
    found: dict[str, Any] = shell.idqp("incident", "show", str(number), "--format", "json").json
    return found


def test_each_of_them_in_turn(project: Shell) -> None:
    assert project.idqp("incident", "assign", "1", "--to", "ann", "-m", "yours").err == "idqp: assigned 1\n"
    assert project.idqp("incident", "ack", "1", "-m", "at it").err == "idqp: acknowledged 1\n"
    assert project.idqp("incident", "resolve", "1", "--reason", "fixed").err == "idqp: resolved 1\n"
    assert (
        project.idqp("incident", "resolve", "1", "--reason", "false_positive", "-m", "no").err == "idqp: resolved 1\n"
    )
    found = shown(project, 1)
    assert (found["status"], found["resolution"], found["assignee"]) == ("resolved", "false_positive", "ann")
    assert project.idqp("incident", "reopen", "1", "-m", "again").err == "idqp: reopened 1\n"
    assert project.idqp("incident", "assign", "1", "--nobody").code == 0
    found = shown(project, 1)
    assert (found["status"], found["resolution"], found["assignee"]) == ("open", None, None)
    assert [(event["kind"], event["detail"]) for event in found["timeline"]][1:] == [
        ("assigned", "to ann: yours"), ("acknowledged", "at it"), ("resolved", "fixed"), ("judged", "false_positive: no"),
        ("reopened", "again"), ("assigned", "to nobody"),
    ]  # fmt: skip


def test_by_number_by_filter_and_all_or_none(project: Shell) -> None:
    assert listed(project) == [2, 1]
    assert listed(project, "--severity", "critical") == [2]
    assert listed(project, "--rule", "range(qty)") == [1]
    assert listed(project, "--dataset", "other") == []
    assert listed(project, "--since", "1h", "--dataset", "t") == [2, 1]
    assert listed(project, "--since", "2999-01-01") == []
    assert project.idqp("ack", "--severity", "critical", "-m", "mine").err == "idqp: acknowledged 2\n"
    assert project.idqp("ack", "--dataset", "t", "-m", "rest").err == "idqp: acknowledged 1\n"
    assert project.idqp("ack", "--dataset", "t", "-m", "rest").err == "idqp: no incident is so; nothing is done\n"
    assert listed(project, "--status", "acknowledged", "--status", "open") == [2, 1]
    assert project.idqp("incident", "assign", "1", "2", "--to", "ann").err == "idqp: assigned 1, 2\n"
    assert listed(project, "--assignee", "ann") == [2, 1]
    assert (
        project.idqp("incident", "resolve", "--assignee", "ann", "--reason", "expected").err == "idqp: resolved 1, 2\n"
    )
    assert (listed(project), listed(project, "--all"), listed(project, "--status", "resolved")) == ([], [2, 1], [2, 1])
    assert project.idqp("incident", "reopen", "2").code == 0
    ran = project.idqp("incident", "reopen", "1", "2")
    assert (ran.code, ran.err) == (2, "idqp: error: incident 2 is open; only one that is resolved can be reopened\n")
    assert listed(project) == [2]


@pytest.mark.parametrize(("words", "message"), [
    (["ack", "-m", "x"], "name incidents: by their numbers, or by --dataset, --rule, --severity, --status, …"),
    (["ack", "1", "--dataset", "t", "-m", "x"], "name incidents by their numbers or by options, not by both"),
    (["incident", "ack", "9", "-m", "x"], "there is no incident 9; `idqp incident list --all` shows them"),
    (["incident", "assign", "1"], "say --to NAME, or --nobody"),
    (["incident", "assign", "1", "--to", " "], "--to is empty"),
    (["incident", "snooze", "1", "--until", "soon"], "--until takes a time like 2024-01-31T06:00:00Z or a length like 7d, not 'soon'"),
    (["incident", "snooze", "1", "--until", "2020-01-01"], "--until: 2020-01-01 00:00:00Z is in the past"),
    (["incident", "list", "--since", "yesterday"], "--since takes a time like 2024-01-31T06:00:00Z or a length like 7d, not 'yesterday'"),
    (["report", "--since", ""], "--since takes a time like 2024-01-31T06:00:00Z or a length like 7d, not ''"),
])  # fmt: skip
def test_refusal(shell: Shell, words: list[str], message: str) -> None:
    shell.write("t.csv", BAD)
    shell.rules(*RULES)
    shell.idqp("check")
    ran = shell.idqp(*words)
    assert (ran.code, ran.out, ran.err) == (2, "", f"idqp: error: {message}\n")


def test_an_incident_has_its_first_and_last_rows_masked(project: Shell) -> None:
    project.write("t.csv", "id,qty,mail\n3,-7,\n3,1,\n")
    project.idqp("check")
    found = shown(project, 1)
    assert [(row["line"], row["values"]["qty"]) for row in found["first_samples"]] == [(2, -5), (3, -6)]
    assert [(row["line"], row["values"]["qty"]) for row in found["last_samples"]] == [(2, -7)]
    text = project.idqp("incident", "show", "1").out
    assert "failing rows of the first run\n    line 2: id = 1, qty = -5\n" in text
    assert "failing rows of the last run\n    line 2: id = 3, qty = -7\n" in text
    assert (found["occurrences"], [event["metric_value"] for event in found["timeline"]]) == (2, [1, 0.5])


def test_it_resolves_after_so_many_passes(shell: Shell) -> None:
    shell.write("t.csv", BAD)
    text = shell.folder / "rules.yaml"
    shell.rules(RULES[0], schema="none")
    text.write_text('{"defaults": {"resolve_after": 2}, ' + text.read_text().strip()[1:])
    shell.idqp("check")
    shell.write("t.csv", "id,qty,mail\n1,1,a@b.c\n")
    for expected in ("open", "resolved"):
        assert shell.idqp("check").code == 0
        assert shown(shell, 1)["status"] == expected
    assert [event["kind"] for event in shown(shell, 1)["timeline"]] == ["opened", "passed", "resolved"]


def test_lists_as_csv_and_table(project: Shell) -> None:
    project.idqp("incident", "snooze", "1", "--until", "2999-01-01")
    rows = list(csv.DictReader(io.StringIO(project.idqp("incident", "list", "--format", "csv").out)))
    assert [(row["incident"], row["status"], row["snoozed_until"]) for row in rows] == [
        ("2", "open", ""), ("1", "snoozed", "2999-01-01 00:00:00Z"),
    ]  # fmt: skip
    assert "snoozed" in project.idqp("incident", "list").out
    assert "warning, snoozed until 2999-01-01 00:00:00Z" in project.idqp("incident", "show", "1").out


def test_the_report(project: Shell) -> None:
    text = project.folder / "rules.yaml"
    text.write_text(text.read_text().replace('"path"', '"sla": {"score": 99, "within": "30d"}, "path"', 1))
    project.idqp("ack", "1", "-m", "x")
    project.idqp("incident", "resolve", "1", "--reason", "false_positive")
    with closing(sqlite3.connect(project.folder / ".idqp" / "state.db")) as store, store:
        store.execute(
            "UPDATE incident_events SET at = strftime('%Y-%m-%dT%H:%M:%f+00:00', at, '-2 hours') WHERE kind = 'opened'"
        )
    found = project.idqp("report", "--format", "json").json
    assert (found["opened"], found["acknowledged"], found["resolved"], found["reopened"]) == (2, 1, 1, 0)
    assert 7200 <= found["time_to_acknowledge"]["mean"] < 7300
    assert 7200 <= found["time_to_resolve"]["p95"] < 7300
    assert found["false_positive_share"] == 1
    (dataset,) = found["datasets"]
    assert (dataset["dataset"], dataset["runs"], len(dataset["scores"]), dataset["share_within_sla"]) == ("t", 1, 1, 0)
    shown = project.idqp("report", "--since", "7d")
    assert (shown.code, shown.err) == (0, "")
    assert "2 opened, 1 acknowledged, 1 resolved, 0 reopened" in shown.out
    assert "service level: 0 % of the runs at 99 or more" in shown.out
    assert project.idqp("report", "--format", "csv").out.startswith(
        "dataset,runs,score,sla_score,sla_since,share_within_sla\nt,1,"
    )
