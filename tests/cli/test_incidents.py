"""The life of an incident, as someone at a terminal lives it."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

from conftest import Shell

GOOD, BAD = "id,qty\n1,5\n", "id,qty\n1,-5\n"
RANGE = {"type": "range", "column": "qty", "min": 0}


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write("t.csv", BAD)
    shell.rules(RANGE)
    return shell


def incidents(shell: Shell, *words: str) -> list[dict[str, Any]]:
    ran = shell.idqp("incident", "list", "--format", "json", *words)
    assert (ran.code, ran.err) == (0, "")
    found: list[dict[str, Any]] = ran.json
    return found


def test_an_incident_opens_counts_resolves_and_reopens_with_its_number(project: Shell) -> None:
    assert project.idqp("check", "--format", "json").json["datasets"][0]["results"][-1]["incident"] == 1
    project.idqp("check")
    (found,) = incidents(project)
    assert (found["incident"], found["status"], found["occurrences"], found["rule"]) == (1, "open", 2, "range(qty)")
    project.write("t.csv", GOOD)
    assert project.idqp("check").code == 0
    assert incidents(project) == []
    project.write("t.csv", BAD)
    project.idqp("check")
    (found,) = incidents(project)
    assert (found["incident"], found["status"], found["occurrences"]) == (1, "open", 3)
    shown = project.idqp("incident", "show", "1", "--format", "json").json
    assert [event["kind"] for event in shown["timeline"]] == ["opened", "seen", "resolved", "reopened"]
    assert [event["metric_value"] for event in shown["timeline"]] == [1, 1, 0, 1]


def test_an_acknowledged_incident_stays_so_until_it_is_resolved(project: Shell) -> None:
    project.idqp("check")
    ran = project.idqp("ack", "1", "-m", "looking at it")
    assert (ran.code, ran.out, ran.err) == (0, "", "idqp: acknowledged 1\n")
    project.idqp("check")
    (found,) = incidents(project)
    assert (found["status"], found["occurrences"]) == ("acknowledged", 2)
    shown = project.idqp("incident", "show", "1")
    assert "looking at it" in shown.out
    project.write("t.csv", GOOD)
    project.idqp("check")
    assert [found["status"] for found in incidents(project, "--all")] == ["resolved"]


def test_an_error_neither_opens_nor_resolves(project: Shell) -> None:
    project.idqp("check")
    for content, message in (("id,other\n1,5\n", "1 rule could not be checked: "), ("\0", "could not be checked: ")):
        project.write("t.csv", content)
        assert project.idqp("check").code == 3
        found = {one["rule"]: one for one in incidents(project) if one["rule"] != "schema"}
        assert {rule: (one["status"], one["occurrences"]) for rule, one in found.items() if rule != "check"} == {
            "range(qty)": ("open", 1)
        }
        assert found["check"]["message"].startswith(message)
    assert (found["check"]["severity"], found["check"]["occurrences"]) == ("critical", 2)
    project.write("t.csv", BAD)
    assert project.idqp("check").code == 1
    assert {one["rule"] for one in incidents(project) if one["rule"] != "schema"} == {"range(qty)"}


@pytest.mark.parametrize(("words", "code", "message"), [
    (["ack", "7", "-m", "x"], 2, "there is no incident 7"),
    (["ack", "1", "7", "-m", "x"], 2, "there is no incident 7"),
    (["ack", "1"], 2, "missing option '--message'"),
    (["ack", "one", "-m", "x"], 2, "'one' is not a valid int"),
    (["incident", "show", "7"], 2, "there is no incident 7"),
])  # fmt: skip
def test_what_cannot_be_acknowledged_is_said_and_nothing_is(
    project: Shell, words: list[str], code: int, message: str
) -> None:
    project.idqp("check")
    ran = project.idqp(*words)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert [found["status"] for found in incidents(project)] == ["open"]


def test_a_resolved_incident_cannot_be_acknowledged(project: Shell) -> None:
    project.idqp("check")
    project.write("t.csv", GOOD)
    project.idqp("check")
    assert "incident 1 is resolved" in project.idqp("ack", "1", "-m", "x").err


def test_incidents_as_a_table_and_as_csv(project: Shell) -> None:
    project.idqp("check")
    assert (
        project.idqp("incident", "list", "--format", "csv")
        .out.splitlines()[1]
        .startswith("1,open,warning,t,range(qty),")
    )
    table = project.idqp("incident", "list").out.splitlines()
    assert table[0].split()[:3] == ["incident", "status", "severity"]
    assert table[1].split()[:4] == ["1", "open", "warning", "t"]


def test_no_store_remembers_nothing(project: Shell) -> None:
    assert project.idqp("check", "--no-store").code == 1
    assert not (project.folder / ".idqp").exists()
    ran = project.idqp("incident", "list")
    assert (ran.code, "there is no store yet" in ran.err) == (4, True)


def test_the_store_is_private_and_records_the_run(project: Shell) -> None:
    ran = project.idqp("check", "--format", "json")
    store = project.folder / ".idqp" / "state.db"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    rows = sqlite3.connect(store)
    ((run_id, metrics),) = rows.execute("SELECT run_id, metrics FROM check_runs").fetchall()
    assert run_id == ran.json["run_id"]
    assert json.loads(metrics)["range(qty)"] == {
        "status": "failed",
        "metric_value": 1.0,
        "rows_evaluated": 1,
        "rows_failed": 1,
    }
    recorded = rows.execute(
        "SELECT name, rule_type, json_extract(params, '$.min'), severity FROM rules ORDER BY id"
    ).fetchall()
    assert recorded == [
        ("parse", "parse", None, "critical"),
        ("row_count", "row_count", 1, "critical"),
        ("range(qty)", "range", 0, "warning"),
    ]
    ((head,),) = rows.execute("SELECT seq || ':' || hash FROM audit_events ORDER BY seq DESC LIMIT 1").fetchall()
    assert ran.json["audit_head"] == head
    rows.close()


def test_the_store_is_where_it_is_said_to_be(project: Shell) -> None:
    assert project.idqp("check", "--store", "a.db").code == 1
    assert project.idqp("check", env={"IDQP_STORE": "b.db"}).code == 1
    assert {path.name for path in project.folder.glob("?.db")} == {"a.db", "b.db"}
    assert not (project.folder / ".idqp").exists()


def spoil(store: Any) -> None:  # noqa: ANN401
    store.parent.mkdir()
    store.write_bytes(b"no store at all, but long enough to be read as a page " * 40)


def future(store: Any) -> None:  # noqa: ANN401
    store.parent.mkdir()
    with closing(sqlite3.connect(store)) as db:
        db.execute("PRAGMA application_id = 0x69647170")
        db.execute("PRAGMA user_version = 99")
        db.execute("CREATE TABLE x (y)")


def foreign(store: Any) -> None:  # noqa: ANN401
    store.parent.mkdir()
    with closing(sqlite3.connect(store)) as db:
        db.execute("CREATE TABLE x (y)")


@pytest.mark.parametrize(("make", "message"), [
    (spoil, "the store does not answer: file is not a database"),
    (future, "the store was created by a newer idqp (version 99); upgrade idqp"),
    (foreign, "is an SQLite file, but not an idqp store"),
    (lambda store: store.mkdir(parents=True), "the store cannot be opened: is a directory"),
    (lambda store: store.parent.write_text(""), "the store cannot be opened: file exists"),
])  # fmt: skip
def test_a_store_that_does_not_work_is_4_and_the_report_is_there(shell: Shell, make: Any, message: str) -> None:  # noqa: ANN401
    shell.write("t.csv", BAD)
    shell.rules(RANGE)
    make(shell.folder / ".idqp" / "state.db")
    ran = shell.idqp("check", "--format", "json")
    assert (ran.code, ran.json["exit_code"], ran.json["status"], ran.json["audit_head"]) == (4, 4, "failed", None)
    assert ran.err.startswith("idqp: error: not recorded: ")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_many_first_runs_at_once_all_count(project: Shell) -> None:
    command = [sys.executable, "-m", "idqp_cli", "check"]
    env = {**os.environ, "IDQP_STORE": ""}
    runs = [
        subprocess.Popen(command, cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
        for _ in range(8)
    ]
    ends = [(run.communicate(timeout=120)[1], run.returncode) for run in runs]
    assert ends == [(b"", 1)] * 8
    (found,) = incidents(project)
    assert (found["incident"], found["occurrences"]) == (1, 8)


def test_the_severity_of_an_incident_follows_the_levels_of_its_rule(shell: Shell) -> None:
    shell.rules({**RANGE, "warn": "1%", "fail": "2 rows"})

    def check(bad: int, *words: str) -> int:
        shell.write("t.csv", "id,qty\n" + "".join(f"{at},{-1 if at < bad else 1}\n" for at in range(100)))
        return shell.idqp("check", *words).code

    found = []
    for bad in (2, 3, 2, 3):
        assert check(bad) == 1
        (one,) = incidents(shell)
        found.append((one["incident"], one["severity"], one["occurrences"]))
    assert found == [(1, "warning", 1), (1, "critical", 2), (1, "warning", 3), (1, "critical", 4)]
    assert (check(2, "--fail-on", "critical"), check(3, "--fail-on", "critical"), check(1)) == (0, 1, 0)
    assert incidents(shell) == []
