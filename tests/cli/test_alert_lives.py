"""What is open is heard of, and what is over ends: keys, silences, what is no longer checked, what never was."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Ran, Shell
from idqp_cli.access import tokens
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser
from receivers import Receiver, receiver

GOOD, BAD = "id,qty\n1,5\n", "id,qty\n1,-5\n"
RANGE = {"type": "range", "column": "qty", "min": 0}
KEY = {"IDQP_KEY": "R-0123456789-secret"}
PAST = {"from": "2024-01-01", "until": "2024-01-02"}
NOW = {"from": "2024-01-01", "until": "2124-01-01"}


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as stack:
        yield lambda *statuses, **headers: stack.enter_context(receiver(*statuses, **headers))


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, shell: Shell) -> Shell:
    """Return a project whose store is in either backend."""
    shell.write("t.csv", BAD)
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        shell.write("store", cluster.address(request.getfixturevalue("database")))
    return shell


def rules(shell: Shell, channels: Mapping[str, object], datasets: Mapping[str, object], **alerts: object) -> None:
    text: dict[str, Any] = {"version": 1, "datasets": datasets, "alerts": {"channels": channels, **alerts}}
    if (shell.folder / "store").exists():
        text["store"] = (shell.folder / "store").read_text()
    shell.write("rules.yaml", json.dumps(text))


def one(*own: Mapping[str, object], **dataset: object) -> dict[str, object]:
    return {"t": {"path": "t.csv", "schema": "none", "rules": list(own) or [RANGE], **dataset}}


def slack(found: Receiver) -> dict[str, object]:
    return {"type": "slack", "webhook": f"{found.url}/hook"}


def pagerduty(found: Receiver) -> dict[str, object]:
    return {"type": "pagerduty", "routing_key": "${IDQP_KEY}", "url": f"{found.url}/v2/enqueue"}


def texts(found: Receiver) -> list[str]:
    return [got.json["text"] for got in found.received]


def pages(found: Receiver) -> list[str]:
    return [got.json["event_action"] for got in found.received]


def check(shell: Shell, *words: str) -> Ran:
    ran = shell.idqp("check", *words, env=KEY)
    assert "Traceback" not in ran.err
    assert "not alerted" not in ran.err
    assert "not recorded" not in ran.err
    return ran


def incidents(shell: Shell, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell.idqp("incident", "list", "--format", "json", *words).json
    return found


def states(shell: Shell) -> dict[str, tuple[str, str | None]]:
    return {
        f"{found['dataset']}: {found['rule']}": (found["status"], found["resolution"])
        for found in incidents(shell, "--all")
    }


def store_path(shell: Shell) -> str:
    given = shell.folder / "store"
    return given.read_text() if given.exists() else str(shell.folder / ".idqp" / "state.db")


def test_each_page_of_a_digest_is_acknowledged_and_ends_by_itself(
    project: Shell, receivers: Callable[..., Receiver]
) -> None:
    chat, pager, hook = receivers(), receivers(202), receivers()
    project.write("t.csv", "id,qty\n" + "".join(f"s{number},-1\n" for number in range(5)))
    channels = {
        "chat": slack(chat),
        "oncall": pagerduty(pager),
        "prom": {"type": "alertmanager", "url": hook.url},
    }
    rules(project, channels, one({**RANGE, "segment_by": "id"}), digest=3)
    check(project)
    assert texts(chat) == ["warning: t: 5 opened"]
    opened = {got.json["dedup_key"] for got in pager.received}
    assert (pages(pager), len(opened)) == (["trigger"] * 5, 5)
    assert project.idqp("ack", "--dataset", "t", "-m", "at it", env=KEY).code == 0
    assert pages(pager)[5:] == ["acknowledge"] * 5
    project.write("t.csv", "id,qty\n" + "".join(f"s{number},1\n" for number in range(5)))
    check(project)
    assert texts(chat)[1:] == ["t: 5 recovered"]
    assert pages(pager)[10:] == ["resolve"] * 5
    assert {got.json["dedup_key"] for got in pager.received[10:]} == opened
    assert [len(got.json) for got in hook.received] == [5, 5]
    first, last = ([one["labels"] for one in got.json] for got in hook.received)
    assert first == last
    assert all(alert["endsAt"] <= datetime.now(UTC).isoformat() for alert in hook.received[1].json)


def test_a_lowered_severity_ends_the_higher_alert(project: Shell, receivers: Callable[..., Receiver]) -> None:
    chat, pager, prom = receivers(), receivers(202), receivers()
    channels = {"chat": slack(chat), "oncall": pagerduty(pager), "prom": {"type": "alertmanager", "url": prom.url}}
    routes = [{"match": {"severity": "critical"}, "to": ["oncall", "chat"]}, {"to": ["prom"]}]
    for severity in ("critical", "warning", "critical"):
        rules(project, channels, one({**RANGE, "severity": severity}), routes=routes)
        check(project)
    assert pages(pager) == ["trigger", "resolve", "trigger"]
    assert texts(chat) == [
        "critical: t: range(qty) fails", "t: range(qty) still fails, but is told elsewhere: it is now warning",
        "critical: t: range(qty) fails, and is now critical",
    ]  # fmt: skip
    now = datetime.now(UTC).isoformat()
    assert [{alert["labels"]["severity"]: alert["endsAt"] > now for alert in got.json} for got in prom.received] == [
        {"critical": True},
        {"warning": True, "critical": False},
        {"critical": True, "warning": False},
    ]
    project.write("t.csv", GOOD)
    check(project)
    assert pages(pager)[3:] == ["resolve"]
    assert texts(chat)[3:] == ["t: range(qty) passes again"]


@pytest.mark.parametrize("repeat", ["never", "24h"])
def test_a_silence_delays_and_swallows_nothing(shell: Shell, receivers: Callable[..., Receiver], repeat: str) -> None:
    chat, pager = receivers(), receivers(202)
    channels = {"chat": slack(chat), "oncall": pagerduty(pager)}
    critical = {**RANGE, "severity": "critical"}

    def run(content: str, rule: Mapping[str, object], silence: Mapping[str, str]) -> None:
        shell.write("t.csv", content)
        rules(shell, channels, one(rule), silences=[silence], repeat=repeat)
        check(shell)

    run(BAD, RANGE, NOW)
    assert (texts(chat), pages(pager)) == ([], [])
    run(BAD, RANGE, PAST)
    run(BAD, RANGE, PAST)
    assert (texts(chat), pages(pager)) == (["warning: t: range(qty) fails"], ["trigger"])
    run(BAD, critical, NOW)
    assert len(chat.received) == 1
    run(BAD, critical, PAST)
    assert texts(chat)[1:] == ["critical: t: range(qty) fails, and is now critical"]
    run(GOOD, critical, NOW)
    assert (texts(chat)[2:], pages(pager)[-1]) == (["t: range(qty) passes again"], "resolve")
    run(BAD, critical, NOW)
    assert len(chat.received) == 3
    run(BAD, critical, PAST)
    run(BAD, critical, PAST)
    assert texts(chat)[3:] == ["critical: t: range(qty) fails again"]
    assert pages(pager)[-2:] == ["resolve", "trigger"]
    # What began and ended in a silence was never there for anyone.
    run(GOOD, critical, PAST)
    run(BAD, critical, NOW)
    run(GOOD, critical, NOW)
    assert len(chat.received) == 5


def test_what_a_silence_held_back_is_told_by_a_run_of_another_dataset(
    project: Shell, receivers: Callable[..., Receiver]
) -> None:
    chat = receivers()
    project.write("o.csv", GOOD)
    datasets = {**one(), "o": {"path": "o.csv"}}
    rules(project, {"chat": slack(chat)}, datasets, silences=[NOW], repeat="never")
    check(project, "t")
    rules(project, {"chat": slack(chat)}, datasets, silences=[PAST], repeat="never")
    check(project, "o")
    check(project, "o")
    assert texts(chat) == ["warning: t: range(qty) fails"]


def test_a_snooze_that_ends_in_a_silence_is_spoken_of_behind_it(
    shell: Shell, receivers: Callable[..., Receiver]
) -> None:
    chat = receivers()
    shell.write("t.csv", BAD)
    rules(shell, {"chat": slack(chat)}, one(), repeat="never")
    check(shell)
    assert shell.idqp("incident", "snooze", "1", "--until", "4h").code == 0
    with closing(sqlite3.connect(shell.folder / ".idqp" / "state.db")) as store, store:
        store.execute("UPDATE incidents SET snoozed_until = '2024-01-31T00:00:00+00:00'")
    for silence in (NOW, PAST, PAST):
        rules(shell, {"chat": slack(chat)}, one(), silences=[silence], repeat="never")
        check(shell)
    assert texts(chat) == ["warning: t: range(qty) fails", "warning: t: range(qty) still fails"]


def test_an_incident_is_told_after_so_many_failures(shell: Shell, receivers: Callable[..., Receiver]) -> None:
    chat, pager = receivers(), receivers(202)
    routes = [{"to": ["chat"]}, {"to": ["oncall"], "tell_after": 2}]
    rules(shell, {"chat": slack(chat), "oncall": pagerduty(pager)}, one(), routes=routes, tell_after=3)
    heard = []
    for content in (BAD, GOOD, BAD, BAD, BAD, BAD, GOOD):
        shell.write("t.csv", content)
        check(shell)
        heard.append((len(chat.received), len(pager.received)))
    assert heard == [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (2, 2)]
    assert texts(chat) == ["warning: t: range(qty) fails again", "t: range(qty) passes again"]


GONE = ("resolved", "no longer checked")


@pytest.mark.parametrize(("content", "after"), [
    ("id,qty\nb,1\n", {"t": {"rules": [{**RANGE, "segment_by": "id", "name": "r"}]}}),
    (None, {"t": {"rules": [{**RANGE, "segment_by": "id", "name": "renamed"}]}}),
    (None, {"t": {"rules": [{**RANGE, "name": "r"}]}}),
    (None, {"t": {"rules": [{**RANGE, "segment_by": "id", "name": "r", "enabled": False}]}}),
    (None, {"t": {"rules": []}}),
    (None, {"other": {"rules": [{**RANGE, "segment_by": "id", "name": "r"}]}}),
])  # fmt: skip
def test_what_is_no_longer_judged_ends_and_the_trackers_hear_it(
    project: Shell, receivers: Callable[..., Receiver], content: str | None, after: Mapping[str, Mapping[str, object]]
) -> None:
    chat, pager = receivers(), receivers(202)
    project.write("t.csv", "id,qty\na,-1\nb,1\n")
    channels = {"chat": slack(chat), "oncall": pagerduty(pager)}
    rules(project, channels, one({**RANGE, "segment_by": "id", "name": "r"}))
    check(project)
    project.write("t.csv", content or "id,qty\na,-1\nb,1\n")
    rules(project, channels, {name: {"path": "t.csv", "schema": "none", **own} for name, own in after.items()})
    check(project)
    assert states(project)["t: r"] == GONE
    key = pager.received[0].json["dedup_key"]
    assert [got.json["event_action"] for got in pager.received if got.json["dedup_key"] == key] == [
        "trigger", "resolve",
    ]  # fmt: skip
    assert "t: r is no longer checked" in " ".join(texts(chat)) or any("1 unchecked" in text for text in texts(chat))
    shown = project.idqp("incident", "show", "1").out
    assert "resolved as no longer checked" in shown
    assert "no longer checked" in shown.partition("opened")[2]


def test_a_rule_that_is_disabled_ends_and_one_that_comes_back_says_reopened(
    project: Shell, receivers: Callable[..., Receiver]
) -> None:
    chat = receivers()
    rules(project, {"chat": slack(chat)}, one())
    check(project)
    assert project.idqp("rule", "disable", "t", "range(qty)").code == 0
    check(project)
    assert states(project) == {"t: range(qty)": GONE}
    assert project.idqp("rule", "enable", "t", "range(qty)").code == 0
    ran = check(project)
    assert "incident 1, reopened" in ran.out
    assert texts(chat) == [
        "warning: t: range(qty) fails", "t: range(qty) is no longer checked", "warning: t: range(qty) fails again",
    ]  # fmt: skip
    assert check(project).out.count("reopened") == 0


@pytest.mark.parametrize("words", [["--select", "type:unique"], ["--exclude", "type:range"], ["--sample", "1"]])
def test_what_a_run_was_not_asked_to_judge_stays_open(shell: Shell, words: list[str]) -> None:
    shell.write("t.csv", "id,qty\na,-1\nb,-1\n")
    own = ({**RANGE, "segment_by": "id"}, {"type": "unique", "column": "id"})
    rules(shell, {}, one(*own))
    check(shell)
    assert {found["status"] for found in incidents(shell)} == {"open"}
    before = len(incidents(shell))
    check(shell, *words)
    assert len([found for found in incidents(shell) if found["resolution"] is None]) >= before


def test_a_part_of_the_files_ends_no_segment_of_the_others(shell: Shell) -> None:
    shell.write("d/a.csv", "id,qty\na,-1\n")
    shell.write("d/b.csv", "id,qty\nb,-1\n")
    rules(shell, {}, {"t": {"path": "d/*.csv", "rules": [{**RANGE, "segment_by": "id"}]}})
    check(shell)
    check(shell, "d/a.csv")
    assert [found["segment"] for found in incidents(shell)] == ["b", "a"]


def test_another_rules_file_on_the_same_store_ends_nothing(shell: Shell) -> None:
    shell.write("t.csv", BAD)
    rules(shell, {}, one())
    check(shell)
    first = (shell.folder / "rules.yaml").read_text()
    rules(shell, {}, {"u": {"path": "t.csv", "rules": [RANGE]}})
    shell.write("second.yaml", (shell.folder / "rules.yaml").read_text())
    shell.write("rules.yaml", first)
    check(shell, "--rules", "second.yaml")
    assert {found["dataset"] for found in incidents(shell)} == {"t", "u"}


def test_a_dataset_that_is_removed_ends(project: Shell, receivers: Callable[..., Receiver]) -> None:
    pager = receivers(202)
    rules(project, {"oncall": pagerduty(pager)}, one())
    check(project)
    assert project.idqp("dataset", "remove", "t", env=KEY).err == "idqp: removed t; its runs and incidents stay\n"
    assert (states(project), pages(pager)) == ({"t: range(qty)": GONE}, ["trigger", "resolve"])


def test_a_schema_that_is_accepted_ends_its_page(project: Shell, receivers: Callable[..., Receiver]) -> None:
    pager = receivers(202)
    datasets = {"t": {"path": "t.csv"}}
    rules(project, {"oncall": pagerduty(pager)}, datasets)
    check(project)
    project.write("t.csv", "id\n1\n")
    check(project)
    ran = project.idqp("schema", "register", "t", "--accept", "-m", "agreed", env=KEY)
    assert ran.code == 0, ran.err
    assert pages(pager) == ["trigger", "resolve"]


@pytest.mark.parametrize("word", ["d.csv", "typo.csv", "we'ird \N{PILE OF POO} name.csv"])
def test_a_file_that_no_dataset_names_leaves_no_trace(shell: Shell, word: str) -> None:
    for name in ("d.csv", "we'ird \N{PILE OF POO} name.csv"):
        shell.write(name, "PK\3\4 is no table")
    assert shell.idqp("check", word).code == 3
    assert shell.idqp("check", "-", stdin=b"PK\3\4 is no table").code == 3
    assert not (shell.folder / ".idqp").exists()
    shell.write("t.csv", BAD)
    rules(shell, {}, one())
    check(shell)
    head = shell.idqp("audit", "head").out
    assert shell.idqp("check", word).code == 3
    assert shell.idqp("audit", "head").out == head
    assert [found["dataset"] for found in shell.idqp("dataset", "list", "--format", "json").json] == ["t"]
    assert {found["dataset"] for found in incidents(shell, "--all")} == {"t"}


@pytest.mark.parametrize(("content", "said"), [
    (b"\0", "could not be checked: "),
    (None, "could not be checked: "),
    (b"id,other\n1,2\n", "1 rule could not be checked: range(qty): "),
])  # fmt: skip
def test_what_cannot_be_checked_is_heard_and_ends_when_it_can(
    project: Shell, receivers: Callable[..., Receiver], content: bytes | None, said: str
) -> None:
    chat, pager = receivers(), receivers(202)
    project.write("d/t.csv", GOOD)
    rules(project, {"chat": slack(chat), "oncall": pagerduty(pager)}, one(path="d/*.csv"))
    check(project)
    assert chat.received == []
    (project.folder / "d" / "t.csv").unlink()
    if content is not None:
        project.write("d/t.csv", content)
    for _ in range(2):
        assert check(project).code == 3
    (found,) = incidents(project)
    assert (found["rule"], found["severity"], found["occurrences"]) == ("check", "critical", 2)
    assert found["message"].startswith(said)
    assert texts(chat) == ["critical: t: check fails"]
    project.write("d/t.csv", GOOD)
    assert check(project).code == 0
    assert (texts(chat)[1:], pages(pager)) == (["t: check passes again"], ["trigger", "resolve"])


def long_ago(shell: Shell, hours: int) -> None:
    """Set the last run of `t` back."""
    at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    with closing(sqlite3.connect(shell.folder / ".idqp" / "state.db")) as store, store:
        store.execute("UPDATE check_runs SET run_at = ? WHERE dataset_id = 1", [at])


@pytest.mark.parametrize("seen_by", [["check", "o"], ["alert", "retry"]])
def test_a_dataset_that_is_not_checked_in_time_is_heard(
    shell: Shell, receivers: Callable[..., Receiver], seen_by: list[str]
) -> None:
    chat = receivers()
    shell.write("t.csv", GOOD)
    shell.write("o.csv", GOOD)
    rules(shell, {"chat": slack(chat)}, {**one(expect_every="1d"), "o": {"path": "o.csv"}})
    check(shell, "t")
    ran = shell.idqp("report", "--missed")
    assert (ran.code, ran.out) == (0, "no dataset is overdue\n")
    long_ago(shell, 23)
    assert shell.idqp(*seen_by).code == 0
    assert incidents(shell) == []
    long_ago(shell, 25)
    ran = shell.idqp("report", "--missed", "--format", "json")
    assert (ran.code, [(found["dataset"], found["expect_every"]) for found in ran.json]) == (3, [("t", "1 d")])
    assert incidents(shell) == []
    for _ in range(2):
        assert shell.idqp(*seen_by).code == 0
    (found,) = incidents(shell)
    assert (found["dataset"], found["rule"], found["severity"]) == ("t", "check", "critical")
    assert found["message"].startswith("was not checked since ")
    assert found["message"].endswith("expected every 1 d")
    assert texts(chat) == ["critical: t: check fails"]
    check(shell, "t")
    assert texts(chat)[1:] == ["t: check passes again"]
    assert shell.idqp("report", "--missed").code == 0


def test_a_dataset_that_was_never_checked_is_overdue_from_when_the_rules_say_so(project: Shell) -> None:
    project.write("o.csv", GOOD)
    rules(project, {}, {**one(expect_every="1s"), "o": {"path": "o.csv"}})
    check(project, "o")
    project.idqp("incident", "list")
    time.sleep(1.1)
    check(project, "o")
    (found,) = incidents(project)
    assert (found["rule"], found["message"]) == ("check", "has never been checked; expected every 1 s")


def test_every_write_has_its_audit_row(project: Shell, receivers: Callable[..., Receiver]) -> None:
    chat = receivers(500, 200)
    rules(project, {"chat": slack(chat)}, one())
    project.idqp("check", env=KEY)
    assert project.idqp("alert", "retry", env=KEY).err == "idqp: delivered 1 message\n"
    with closing(open_store(store_path(project))) as store:
        done = [entry.action for entry in store.audit()]
    assert done == [
        "check.record", "schema.record", "incident.opened", "alert.queue", "alert.claim", "alert.fail",
        "alert.retry", "alert.claim", "alert.deliver",
    ]  # fmt: skip
    assert project.idqp("audit", "verify").code == 0


def test_a_token_that_looks_leaves_an_audit_row(project: Shell) -> None:
    rules(project, {}, one())
    check(project)
    at = datetime.now(UTC)
    with closing(open_store(store_path(project))) as store:
        store.add_user(NewUser("ann@x", "Ann", Role.OWNER, "$2b$12$" + "a" * 53), "me", at)
        secret, token = tokens.program("ci", ("runs:read",), at + timedelta(days=1))
        store.create_token(token, "me", at)
    assert project.idqp("incident", "show", "1", env={"IDQP_TOKEN": secret}).code == 0
    with closing(open_store(store_path(project))) as store:
        *_, last = store.audit()
    assert (last.action, last.object, last.actor) == ("token.use", "ci", "token:ci")


def test_a_channel_that_limits_gets_more_than_one_message_and_the_next_run_goes_on_in_order(
    shell: Shell, receivers: Callable[..., Receiver]
) -> None:
    chat, pager = receivers(200, 429, 200, Retry_After="1"), receivers(202, 429, 202, 429, 202, Retry_After="1")
    names = [f"d{number}" for number in range(4)]
    shell.write("t.csv", BAD)
    datasets = {name: {"path": "t.csv", "schema": "none", "rules": [RANGE]} for name in names}
    rules(shell, {"chat": slack(chat), "oncall": pagerduty(pager)}, datasets)
    check(shell)
    heard = [got.json["payload"]["source"] for got in pager.received]
    assert list(dict.fromkeys(heard)) == names
    assert len(heard) == 6
    # What waits behind the pause comes as one.
    told = texts(chat)
    assert (told[0], told[-1]) == ("warning: d0: range(qty) fails", "warning: several datasets: 3 opened")
    assert {found["status"] for found in shell.idqp("alert", "list", "--format", "json").json} == {"delivered"}
