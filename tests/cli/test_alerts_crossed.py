"""Alerts with everything crossed: channels × pii × level × segments × silence × store, each pair at least once."""

from __future__ import annotations

import email
import email.policy
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from conftest import Cluster, Ran
from idqp_cli.cli.app import app, guarded
from receivers import Mailbox, Receiver, mail_server, receiver

FACTORS: Mapping[str, Sequence[str]] = {
    "channel": ("slack", "teams", "discord", "email", "webhook", "pagerduty", "opsgenie", "alertmanager"),
    "level": ("warning", "critical", "warn and fail"),
    "pii": ("yes", "no"),
    "segments": ("yes", "no"),
    "silence": ("yes", "no"),
    "store": ("sqlite", "postgresql"),
}
TRACKERS = {"webhook", "pagerduty", "opsgenie", "alertmanager"}
PERSON, NUMBER = "qzMarkerXv", ("7654321", "7,654,321", "7654320")
KEY, LOGIN = "R-0123456789-secret", "pg-98765-secret"
BAD = "who,qty,part\n" + "".join(f"{PERSON}{place},-7654321.25,{'ab'[place % 2]}\n" for place in range(6))
GOOD = BAD.replace("-7654321.25", "5")
LEVELS: Mapping[str, Mapping[str, object]] = {
    "warning": {"severity": "warning"},
    "critical": {"severity": "critical"},
    "warn and fail": {"warn": "1 row", "fail": "50%"},
}
PAST, NOW = {"from": "2024-01-01", "until": "2024-01-02"}, {"from": "2024-01-01", "until": "2124-01-01"}


def cases() -> list[tuple[str, ...]]:
    """Return combinations in which each value of a factor meets each of every other."""
    every = list(itertools.product(*FACTORS.values()))
    left = {pair for case in every for pair in itertools.combinations(enumerate(case), 2)}
    chosen = []
    while left:
        case = max(every, key=lambda one: sum(pair in left for pair in itertools.combinations(enumerate(one), 2)))
        left -= set(itertools.combinations(enumerate(case), 2))
        chosen.append(case)
    return chosen


@pytest.fixture
def idqp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return a function that runs idqp in process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("IDQP_STORE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IDQP_KEY", KEY)

    def run(*words: str) -> Ran:
        code = guarded(lambda: typer.main.get_command(app).main(list(words), prog_name="idqp", standalone_mode=False))
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return run


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def channel(name: str, stack: ExitStack) -> tuple[dict[str, object], Receiver | Mailbox]:
    """Start who listens; return the channel as the rules file says it, its key in the environment, and the listener."""
    if name == "email":
        box = stack.enter_context(mail_server(None))
        return {
            "type": name, "host": "127.0.0.1", "port": box.port, "tls": "none", "from": "idqp@example.com", "to": "ann@example.com",
        }, box  # fmt: skip
    found = stack.enter_context(receiver(202 if name in {"pagerduty", "opsgenie"} else 200))
    own: dict[str, dict[str, object]] = {
        "webhook": {"url": f"{found.url}/${{IDQP_KEY}}", "secret": "${IDQP_KEY}"},
        "pagerduty": {"routing_key": "${IDQP_KEY}", "url": f"{found.url}/v2/enqueue"},
        "opsgenie": {"api_key": "${IDQP_KEY}", "url": found.url},
        "alertmanager": {"url": found.url, "token": "${IDQP_KEY}"},
    }
    return {"type": name, **own.get(name, {"webhook": f"{found.url}/${{IDQP_KEY}}"})}, found


def heard(name: str, found: Receiver | Mailbox) -> list[tuple[str, str]]:
    """Return what begins and what ends, in order: of people the text, of trackers the key."""
    if isinstance(found, Mailbox):
        letters = [email.message_from_bytes(one, policy=email.policy.default) for one in found.letters]
        return [_of_people(str(letter["Subject"])) for letter in letters]
    return [one for got in found.received for one in _of_request(name, got.path, got.json)]


def _of_people(text: str) -> tuple[str, str]:
    return ("ends" if "passes again" in text or "recovered" in text else "begins"), text


def _of_request(name: str, path: str, said: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON
    now = datetime.now(UTC).isoformat()
    match name:
        case "pagerduty":
            return [({"trigger": "begins", "resolve": "ends"}[said["event_action"]], said["dedup_key"])]
        case "opsgenie" if "alias" in said:
            return [("begins", said["alias"])]
        case "opsgenie":
            _, _, _, alias, action = path.partition("?")[0].split("/")
            return [({"close": "ends"}[action], alias)]
        case "alertmanager":
            return [("ends" if one["endsAt"] <= now else "begins", json.dumps(one["labels"])) for one in said]
        case "webhook":
            return [
                ({"opened": "begins", "recovered": "ends"}[one["told"]], one["fingerprint"]) for one in said["news"]
            ]
        case _:
            return [_of_people(json.dumps(said))]


def kept(folder: Path, cluster: Cluster | None, database: str) -> str:
    """Return all that the store holds."""
    if cluster is None:
        with closing(sqlite3.connect(folder / ".idqp" / "state.db")) as connection:
            return "\n".join(connection.iterdump())
    tables = cluster.run("SELECT tablename FROM pg_tables WHERE schemaname = 'idqp'", database)
    return "\n".join(
        str(row) for (name,) in tables for row in cluster.run(f"SELECT t::text FROM idqp.{name} t", database)
    )


@pytest.mark.parametrize("case", cases(), ids=", ".join)
def test_what_begins_ends_and_no_cell_and_no_secret_is_told(
    request: pytest.FixtureRequest, idqp: Callable[..., Ran], tmp_path: Path, stack: ExitStack, case: tuple[str, ...]
) -> None:
    name, level, pii, segments, silence, store = case
    cluster: Cluster | None = request.getfixturevalue("cluster") if store == "postgresql" else None
    database: str = request.getfixturevalue("database") if cluster else ""
    own, listener = channel(name, stack)
    rule = {
        "type": "range",
        "column": "qty",
        "min": 0,
        **LEVELS[level],
        **({"segment_by": "part"} if segments == "yes" else {}),
    }
    dataset = {"path": "t.csv", "key": "who", "pii": ["who", *(["qty"] if pii == "yes" else [])], "rules": [rule]}
    said: list[str] = []

    def check(content: str, silences: Mapping[str, str], code: int) -> list[tuple[str, str]]:
        """Check, and return what is heard of it."""
        before = len(heard(name, listener))
        alerts = {
            "channels": {"it": own},
            "repeat": "never",
            "samples": True,
            **({"silences": [silences]} if silence == "yes" else {}),
        }
        rules: dict[str, object] = {"version": 1, "datasets": {"t": dataset}, "alerts": alerts}
        if cluster is not None:
            rules["store"] = cluster.address(database).replace("postgres@", f"postgres:{LOGIN}@")
        Path("rules.yaml").write_text(json.dumps(rules), encoding="utf-8")
        Path("t.csv").write_text(content, encoding="utf-8")
        ran = idqp("check", "-v", "-o", "json=out.json", "-o", "html=out.html")
        assert (ran.code, "not alerted" in ran.err, "not recorded" in ran.err) == (code, False, False), ran.err
        said.extend([ran.out, ran.err, Path("out.json").read_text("utf-8"), Path("out.html").read_text("utf-8")])
        return heard(name, listener)[before:]

    failed = 1
    if silence == "yes":
        assert check(BAD, NOW, failed) == []
    begun = check(BAD, PAST, failed)
    assert [what for what, _ in begun] == ["begins"] * (2 if segments == "yes" and name in TRACKERS else 1)
    assert check(BAD, PAST, failed) == []
    ended = check(GOOD, NOW, 0)
    assert [what for what, _ in ended] == ["ends"] * len(begun)
    assert check(GOOD, PAST, 0) == []
    if name in TRACKERS:
        assert {key for _, key in ended} == {key for _, key in begun}
    else:
        assert all(("warning" if level == "warning" else "critical") in text for _, text in begun)
    for words in (
        ["incident", "list", "--all"],
        ["incident", "show", "1"],
        ["alert", "list"],
        ["history", "t"],
        ["report"],
        ["doctor"],
    ):
        ran = idqp(*words)
        assert ran.code == 0, (words, ran.err)
        said.extend([ran.out, ran.err])
    # The number is shown where it may be, so that this would see it where it may not.
    assert any(mark in text for text in said for mark in NUMBER) == (pii == "no")
    stored = kept(tmp_path, cluster, database)
    assert "is outside its range" in stored or pii == "no"
    sent = [one.decode() for one in listener.letters] if isinstance(listener, Mailbox) else [
        json.dumps({key: value for key, value in one.json.items() if key != "routing_key"} if isinstance(one.json, dict) else one.json)
        for one in listener.received
    ]  # fmt: skip
    everything = "\n".join([*said, stored, *sent])
    assert [mark for mark in (PERSON, KEY, LOGIN, *(NUMBER if pii == "yes" else ())) if mark in everything] == []
