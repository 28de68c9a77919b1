"""Alerts, as they leave a process: what arrives, what waits, and what a crash in between does."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Shell
from idqp_cli.alerts import outbox
from idqp_cli.alerts.channel import Delivery
from idqp_cli.project import project as config
from idqp_cli.store import open_store
from receivers import Receiver, free_port, receiver

GOOD, BAD = "id,qty\n1,5\n", "id,qty\n1,-5\n"
RANGE = {"type": "range", "column": "qty", "min": 0, "tags": ["money"]}
KEY = {"IDQP_KEY": "R-0123456789-secret"}


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as stack:
        yield lambda *statuses, **headers: stack.enter_context(receiver(*statuses, **headers))


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, shell: Shell) -> Shell:
    """Return a project whose store is in either backend."""
    shell.write("t.csv", BAD)
    shell.write("good.csv", GOOD)
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        shell.write("store", cluster.address(request.getfixturevalue("database")))
    return shell


def rules(shell: Shell, channels: Mapping[str, object], *own: Mapping[str, object], **alerts: object) -> None:
    text: dict[str, Any] = {
        "version": 1,
        "datasets": {"t": {"path": "t.csv", "rules": list(own) or [RANGE]}},
        "alerts": {"channels": channels, **alerts},
    }
    if (shell.folder / "store").exists():
        text["store"] = (shell.folder / "store").read_text()
    shell.write("rules.yaml", json.dumps(text))


def slack(found: Receiver) -> dict[str, object]:
    return {"type": "slack", "webhook": f"{found.url}/hook"}


def pagerduty(found: Receiver) -> dict[str, object]:
    return {"type": "pagerduty", "routing_key": "${IDQP_KEY}", "url": f"{found.url}/v2/enqueue"}


def waiting(shell: Shell, *words: str) -> list[dict[str, Any]]:
    ran = shell.idqp("alert", "list", "--format", "json", *words, env=KEY)
    assert (ran.code, ran.err) == (0, "")
    found: list[dict[str, Any]] = ran.json
    return found


def actions(found: Receiver) -> list[tuple[str, str]]:
    return [(one.json["event_action"], one.json["dedup_key"]) for one in found.received]


def test_the_life_of_an_incident_as_its_channels_hear_it(project: Shell, receivers: Callable[..., Receiver]) -> None:
    chat, pager = receivers(), receivers(202)
    rules(project, {"chat": slack(chat), "oncall": pagerduty(pager)})
    for _ in range(3):
        ran = project.idqp("check", env=KEY)
        assert (ran.code, ran.err) == (1, "")
    assert [one.json["text"] for one in chat.received] == ["warning: t: range(qty) fails"]
    assert project.idqp("ack", "1", "-m", "at it", env=KEY).err == "idqp: acknowledged 1\n"
    project.idqp("check", env=KEY)
    project.write("t.csv", GOOD)
    assert project.idqp("check", env=KEY).code == 0
    project.write("t.csv", BAD)
    project.idqp("check", env=KEY)
    assert project.idqp("incident", "resolve", "1", "--reason", "expected", env=KEY).code == 0
    assert [one.json["text"] for one in chat.received] == [
        "warning: t: range(qty) fails", "t: range(qty) passes again", "warning: t: range(qty) fails again",
    ]  # fmt: skip
    done = actions(pager)
    assert [action for action, _ in done] == ["trigger", "acknowledge", "resolve", "trigger", "resolve"]
    assert len({key for _, key in done}) == 1
    assert {one["status"] for one in waiting(project)} == {"delivered"}
    shown = project.idqp("incident", "show", "1", "--format", "json").json
    assert [(one["channel"], one["status"]) for one in shown["alerts"]] == [
        ("chat", "delivered"), ("oncall", "delivered"), ("oncall", "delivered"), ("chat", "delivered"),
        ("oncall", "delivered"), ("chat", "delivered"), ("oncall", "delivered"), ("oncall", "delivered"),
    ]  # fmt: skip


@pytest.mark.parametrize(("statuses", "note", "status", "then"), [
    ([500], "answered 500; tried again from ", "waiting", "delivered"),
    ([429], "answered 429; tried again from ", "waiting", "delivered"),
    ([0], "hung up without an answer; tried again from ", "waiting", "delivered"),
    ([400], "refused it with 400; `idqp alert retry` tries again", "failed", "delivered"),
])  # fmt: skip
def test_a_channel_that_is_down_changes_no_verdict(
    shell: Shell, receivers: Callable[..., Receiver], statuses: list[int], note: str, status: str, then: str
) -> None:
    shell.write("t.csv", BAD)
    chat, other = receivers(*statuses, 200, Retry_After="3600"), receivers()
    rules(shell, {"chat": slack(chat), "other": slack(other)})
    ran = shell.idqp("check", "--format", "json")
    assert (ran.code, ran.json["status"], len(other.received)) == (1, "failed", 1)
    assert ran.err.startswith(f"idqp: not alerted: chat: {note}")
    (failed,) = waiting(shell, "--failed")
    assert (failed["channel"], failed["status"], failed["attempts"]) == ("chat", status, 1)
    if statuses == [429]:
        later = datetime.fromisoformat(failed["next_at"])
        assert later - datetime.now(UTC) > timedelta(minutes=55)
    assert shell.idqp("check").err == ""
    assert len(chat.received) == 1
    ran = shell.idqp("alert", "retry")
    assert (ran.code, ran.err) == (0, "idqp: delivered 1 message\n")
    assert [one["status"] for one in waiting(shell)] == ["delivered", then]
    assert len(chat.received) == 2
    assert shell.idqp("alert", "retry").err == "idqp: nothing waits for delivery\n"


def test_what_comes_later_waits_behind_what_did_not_arrive(project: Shell, receivers: Callable[..., Receiver]) -> None:
    pager = receivers(500, 202)
    rules(project, {"oncall": pagerduty(pager)})
    project.idqp("check", env=KEY)
    project.write("t.csv", GOOD)
    project.idqp("check", env=KEY)
    assert [action for action, _ in actions(pager)] == ["trigger"]
    assert project.idqp("alert", "retry", env=KEY).err == "idqp: delivered 2 messages\n"
    assert [action for action, _ in actions(pager)] == ["trigger", "trigger", "resolve"]


def test_an_environment_without_the_secret_leaves_delivery_to_one_that_has_it(
    shell: Shell, receivers: Callable[..., Receiver]
) -> None:
    shell.write("t.csv", BAD)
    pager = receivers(202)
    rules(shell, {"oncall": pagerduty(pager)})
    ran = shell.idqp("check")
    assert (ran.code, ran.err) == (1, "idqp: not alerted: oncall: ${IDQP_KEY} is not set in the environment\n")
    assert [one["attempts"] for one in waiting(shell)] == [0]
    assert shell.idqp("check", env=KEY).err == ""
    assert [action for action, _ in actions(pager)] == ["trigger"]


def test_no_secret_and_no_cell_is_kept_or_said(shell: Shell, receivers: Callable[..., Receiver]) -> None:
    shell.write("t.csv", "id,qty\n1,-4711\n")
    pager = receivers(500)
    rules(shell, {"oncall": pagerduty(pager), "chat": {"type": "slack", "webhook": "${IDQP_HOOK}"}})
    hook = {"IDQP_HOOK": "https://s3cr3t.invalid/T0/s3cr3t", **KEY}
    said = "".join(
        ran.out.partition("next:")[2] + ran.err
        for ran in (shell.idqp("check", env=hook), shell.idqp("alert", "retry", env=hook))
    )
    said += shell.idqp("alert", "list", "--format", "json", env=hook).out
    store = b"".join(path.read_bytes() for path in (shell.folder / ".idqp").iterdir())
    for secret in ("s3cr3t", KEY["IDQP_KEY"]):
        assert secret not in said
        assert secret.encode() not in store
    assert b"4711" not in pager.received[0].body


def test_snoozed_is_silent_until_its_time(shell: Shell, receivers: Callable[..., Receiver]) -> None:
    shell.write("t.csv", BAD)
    chat = receivers()
    rules(shell, {"chat": slack(chat)})
    shell.idqp("check")
    assert shell.idqp("incident", "snooze", "1", "--until", "4h", "-m", "later").err == "idqp: snoozed 1\n"
    shell.idqp("check")
    assert [one["status"] for one in shell.idqp("incident", "list", "--format", "json").json] == ["snoozed"]
    assert len(chat.received) == 1
    with closing(sqlite3.connect(shell.folder / ".idqp" / "state.db")) as store, store:
        store.execute("UPDATE incidents SET snoozed_until = '2024-01-31T00:00:00+00:00'")
    assert [one["status"] for one in shell.idqp("incident", "list", "--format", "json").json] == ["open"]
    shell.idqp("check")
    shell.idqp("check")
    assert [one.json["text"] for one in chat.received[1:]] == ["warning: t: range(qty) still fails"]


def test_escalation_and_routes(shell: Shell, receivers: Callable[..., Receiver]) -> None:
    shell.write("t.csv", BAD)
    chat, pager = receivers(), receivers(202)
    channels = {"chat": slack(chat), "oncall": pagerduty(pager)}
    routes = [{"match": {"severity": "critical", "tag": "mon*"}, "to": ["oncall"]}, {"to": "chat"}]
    rules(shell, channels, routes=routes)
    shell.idqp("check", env=KEY)
    shell.idqp("ack", "1", "-m", "at it", env=KEY)
    rules(shell, channels, {**RANGE, "severity": "critical"}, routes=routes)
    shell.idqp("check", env=KEY)
    assert [action for action, _ in actions(pager)] == ["trigger"]
    assert [one.json["text"] for one in chat.received] == [
        "warning: t: range(qty) fails", "critical: t: range(qty) fails, and is now critical",
    ]  # fmt: skip
    (found,) = shell.idqp("incident", "list", "--format", "json").json
    assert (found["status"], found["severity"]) == ("open", "critical")


def test_hundreds_of_failing_segments_are_one_digest_and_a_page_each(
    shell: Shell, receivers: Callable[..., Receiver]
) -> None:
    shell.write("t.csv", "id,qty\n" + "".join(f"{number},-1\n" for number in range(30)))
    chat, pager = receivers(), receivers(202)
    own = [{**RANGE, "name": f"r{number}", "segment_by": "id"} for number in range(10)]
    rules(shell, {"chat": slack(chat), "oncall": pagerduty(pager)}, *own)
    ran = shell.idqp("check", "--format", "json", env=KEY)
    assert (ran.code, ran.err) == (1, "")
    assert [one.json["text"] for one in chat.received] == ["warning: t: 300 opened"]
    assert len(chat.received[0].body) < 100_000
    assert len({key for action, key in actions(pager) if action == "trigger"}) == 300
    assert len(shell.idqp("incident", "show", "299", "--format", "json").json["alerts"]) == 2


def test_trying_a_channel(shell: Shell, receivers: Callable[..., Receiver]) -> None:
    chat, pager = receivers(), receivers(202)
    rules(
        shell,
        {
            "chat": slack(chat),
            "oncall": pagerduty(pager),
            "gone": {"type": "slack", "webhook": f"http://127.0.0.1:{free_port()}/"},
        },
    )
    ran = shell.idqp("alert", "test", "chat")
    assert (ran.code, ran.out, ran.err) == (0, "", "idqp: delivered to chat\n")
    assert "tests this channel; nothing is wrong" in json.dumps(chat.received[0].json)
    assert shell.idqp("alert", "test", "oncall", env=KEY).code == 0
    assert [action for action, _ in actions(pager)] == ["trigger", "resolve"]
    ran = shell.idqp("alert", "test", "gone")
    assert (ran.code, ran.err) == (4, "idqp: error: gone: connection refused\n")
    ran = shell.idqp("alert", "test", "oncall")
    assert (ran.code, ran.err) == (4, "idqp: error: oncall: ${IDQP_KEY} is not set in the environment\n")
    ran = shell.idqp("alert", "test", "mail")
    assert (ran.code, ran.err) == (
        2,
        "idqp: error: there is no channel 'mail'; the rules file has chat, oncall, gone\n",
    )


# Where a process dies: before it claims what it has committed, with a message in hand, and after it was delivered.
KILLED = """
import os, signal
from idqp_cli.alerts import outbox
from idqp_cli.store.sqlite_registry import SqliteOutbox as Outbox
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
if point == "committed": Outbox.claim_alerts = die
if point == "claimed": outbox.attempt = die
if point == "delivered": Outbox.settle_alert = die
"""
KILLS = int(os.environ.get("IDQP_KILLS", "20"))


def test_killed_between_commit_and_send(shell: Shell, receivers: Callable[..., Receiver]) -> None:
    """Every change is delivered, in order, and never two pages for one: IDQP_KILLS=200 for the long run."""
    pager, chat = receivers(202), receivers()
    rules(shell, {"oncall": pagerduty(pager), "chat": slack(chat)})
    for number in range(KILLS):
        shell.write("t.csv", BAD if number % 2 == 0 else GOOD)
        point = ("committed", "claimed", "delivered")[number % 3]
        ran = shell.idqp("check", env=KEY, first=f"point = '{point}'\n{KILLED}")
        # With everything in another's hands there is nothing to die of.
        assert ran.code in {-signal.SIGKILL, number % 2 == 0}
        assert "recorded as run" in ran.out
    later = datetime.now(UTC) + timedelta(hours=1)
    settings = config.load(str(shell.folder / "rules.yaml"), {}).alerts
    assert settings is not None
    store = open_store(str(shell.folder / ".idqp" / "state.db"))
    try:
        while claimed := store.claim_alerts(later, later + timedelta(seconds=1)):
            for alert in claimed:
                outcome = outbox.attempt(settings.channels[alert.channel], alert, Delivery(later, KEY))
                store.settle_alert(alert.number or 0, later, outcome.error, None)
    finally:
        store.close()
    found = waiting(shell)
    assert Counter(one["status"] for one in found) == {"delivered": 2 * KILLS}
    assert len({key for _, key in actions(pager)}) == 1
    assert changes([action for action, _ in actions(pager)]) == [
        ["trigger", "resolve"][number % 2] for number in range(KILLS)
    ]
    texts = [one.json["text"] for one in chat.received]
    assert len(changes(texts)) == KILLS


def changes(heard: list[str]) -> list[str]:
    """Leave out what was said twice in a row: it has the key of the first."""
    return [one for place, one in enumerate(heard) if place == 0 or heard[place - 1] != one]
