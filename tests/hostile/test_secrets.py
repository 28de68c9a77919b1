"""Secrets in every place that idqp reads one from: in no output, log, alert, audit row, error or file that it writes."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from hostile.extent import LONG
from hostile.spoken import said
from idqp_cli.ingest.places import web
from idqp_cli.report.formats import Format

NUMBERS = count(10)


def canary() -> str:
    """Return a text that stands nowhere else."""
    return f"k4n4ry{next(NUMBERS)}q"


CELLS = {name: canary() for name in ("who", "mail", "phone", "iban", "born", "home", "note", "id")}
# What variables of the environment hold, those of idqp and those of others that its libraries read.
ENVIRONMENT = {
    name: canary()
    for name in (
        "IDQP_SLACK", "IDQP_PAGERDUTY", "IDQP_PASSWORD", "IDQP_HOOK", "IDQP_OPSGENIE", "IDQP_BEARER", "IDQP_DISCORD", "IDQP_TOKEN",
        "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_STORAGE_KEY", "GITHUB_TOKEN", "DATABASE_URL",
        "GOOGLE_API_KEY",
    )
}  # fmt: skip
# Addresses of stores, good and bad in every way; nothing answers at port 1.
STORES = {
    form.format("") + str(number): form.format(canary())
    for number, form in enumerate((
        "postgresql://me:{}@127.0.0.1:1/db", "postgres://me:{}@127.0.0.1:1/db", "postgresql://127.0.0.1:1/db?user=me&password={}",
        "postgresql://me:{}@[::1]:1/db", "postgresql://me:{}@[bad/db", "postgresql://me:{}@127.0.0.1:port/db", "postgresql:/me:{}@h/db",
        "postgresql://me:a@{}@127.0.0.1:1/db", "postgresql://me:%70{}@127.0.0.1:1/db", "postgresql://me:{}@127.0.0.1:1,127.0.0.1:1/db",
        "host=127.0.0.1 port=1 dbname=db password={}", "host=127.0.0.1 password = '{} x'", "mysql://me:{}@127.0.0.1/db",
        "postgresql://me:{}@127.0.0.1:1/db?nonsense=1", "POSTGRESQL://me:{}@127.0.0.1:1/db", "postgresql://me:{}@/db?host=/nowhere",
        "postgresql://me:{}\x00@127.0.0.1:1/db",
    ))
}  # fmt: skip
# Addresses of data.
DATA = tuple(
    form.format(canary())
    for form in (
        "http://me:{}@127.0.0.1:1/x.csv", "http://127.0.0.1:1/x.csv?sig={}&X-Amz-Signature=1", "https://127.0.0.1:1/x.csv?token={}",
        "postgresql://me:{}@127.0.0.1:1/db#t", "postgresql://127.0.0.1:1/db?password={}#t", "s3://key:{}@bucket/x.csv",
    )
)  # fmt: skip
ALL = (*CELLS.values(), *ENVIRONMENT.values(), *(one for one in map(str, STORES.values())), *DATA)
LISTS = (
    ("incident", "list", "--all"), ("incident", "show", "1"), ("audit", "list"), ("alert", "list"), ("rule", "list"), ("history", "t"),
    ("schema", "show", "t"), ("store", "info"), ("doctor",), ("user", "list"), ("whoami",), ("baseline", "list"), ("report",),
)  # fmt: skip


def canaries(text: str) -> set[str]:
    """Return the canaries that a text shows."""
    return {f"k4n4ry{number}q" for number in range(10, 10 + 99) if f"k4n4ry{number}q" in text}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("IDQP_STORE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        if name != "IDQP_TOKEN":
            monkeypatch.setenv(name, value)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    monkeypatch.chdir(tmp_path)
    rows = [",".join([*CELLS, "n"])] + [
        ",".join([*(f"{cell}{number % 3}" for cell in CELLS.values()), str(number)]) for number in range(30)
    ]
    (tmp_path / "t.csv").write_text("\n".join(rows) + f'\n{CELLS["who"]},"x\n')
    channels = {
        "slack": {"type": "slack", "webhook": "http://127.0.0.1:1/${IDQP_SLACK}"},
        "pager": {"type": "pagerduty", "routing_key": "${IDQP_PAGERDUTY}"},
        "mail": {"type": "email", "host": "127.0.0.1", "port": 1, "from": "a@b.de", "to": ["a@b.de"], "user": "me", "password": "${IDQP_PASSWORD}"},
        "hook": {"type": "webhook", "url": "http://127.0.0.1:1/x", "secret": "${IDQP_HOOK}"},
        "genie": {"type": "opsgenie", "url": "http://127.0.0.1:1", "api_key": "${IDQP_OPSGENIE}"},
        "manager": {"type": "alertmanager", "url": "http://127.0.0.1:1", "token": "${IDQP_BEARER}"},
        "discord": {"type": "discord", "webhook": "http://127.0.0.1:1/${IDQP_DISCORD}"},
    }  # fmt: skip
    rules: list[dict[str, object]] = [
        {"type": "range", "column": "n", "max": 5}, {"type": "length", "column": "who", "max": 3},
        {"type": "pattern", "column": "mail", "regex": "@"}, {"type": "unique", "column": "iban"},
        {"type": "expression", "expression": "CAST(phone AS INTEGER) > 0"}, {"type": "query", "sql": "SELECT note, home FROM t"},
        {"type": "accepted_values", "column": "born", "values": ["x"], "segment_by": "home"},
        {"type": "drift", "column": "who", "min_rows": 1}, {"type": "schema", "columns": {"gone": "VARCHAR"}},
    ]  # fmt: skip
    text = {
        "version": 1, "datasets": {"t": {"path": "t.csv", "pii": list(CELLS), "key": ["who", "n"], "rules": rules}},
        "alerts": {"allow_private": True, "channels": channels, "routes": [{"to": list(channels)}]},
    }  # fmt: skip
    (tmp_path / "rules.yaml").write_text(json.dumps(text))
    return tmp_path


def written(folder: Path) -> dict[str, str]:
    """Return all that stands in files which idqp wrote, and in the store."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in {"t.csv", "rules.yaml"}:
            found[str(path.relative_to(folder))] = path.read_bytes().decode("latin-1")
    for path in folder.rglob("*.db"):
        with closing(sqlite3.connect(path)) as store:
            found[f"{path.name}, dumped"] = "\n".join(store.iterdump())
    return found


def test_there_are_forty() -> None:
    assert len(set(ALL)) >= 40


@pytest.mark.parametrize("logs", ["text", "json"])
def test_cells_and_the_environment_are_nowhere(folder: Path, logs: str) -> None:
    env = {"IDQP_LOG": logs}
    outputs = [word for form in Format for word in ("-o", f"{form}=out.{form}")]
    told = {}
    for words in (("check", "-v", *outputs, "--metrics-file", "m.prom"), ("check", "--sample", "10", "--no-store")):
        told[" ".join(words)] = "".join(map(str, said(*words, env=env)))
    assert any("could not be delivered" in one or "alert" in one for one in told.values()), told
    for words in LISTS if logs == "text" else LISTS[:1]:
        told[" ".join(words)] = "".join(map(str, said(*words, env=env)))
    for name in json.loads((folder / "rules.yaml").read_text())["alerts"]["channels"]:
        told[f"alert test {name}"] = "".join(map(str, said("alert", "test", name, env=env)))
    found = {name: shown for name, text in (told | written(folder)).items() if (shown := canaries(text))}
    assert found == {}
    assert "range(n)" in "".join(written(folder).values())


def test_a_token_that_is_wrong_is_not_repeated(folder: Path) -> None:
    env = {"IDQP_TOKEN": ENVIRONMENT["IDQP_TOKEN"]}
    said("user", "add", "ann@example.com", "--password-stdin", stdin=f"{CELLS['who']} is long\n".encode())
    told = [said(*words, env=env) for words in (("check",), ("whoami",), ("incident", "list"))]
    assert canaries(str(told)) == set()
    assert all(code in {1, 3, 4} for code, _, _ in told)
    assert {name for name, text in written(folder).items() if canaries(text)} == set()


def test_addresses_of_stores_are_not_repeated(folder: Path) -> None:
    wrong = {}
    for address in STORES.values():
        code, out, err = said("check", "--format", "json", "--select", "type:range", "--store", address)
        if canaries(out + err) or code not in {2, 4} or err.count("\n") != 1:
            wrong[address] = (code, err)
        if "\0" not in address:
            code, out, err = said("store", "info", env={"IDQP_STORE": address})
            if canaries(out + err) or code not in {2, 4} or err.count("\n") != 1:
                wrong[f"{address}, info"] = (code, err)
    assert wrong == {}
    assert {name for name, text in written(folder).items() if canaries(text)} == set()


def test_addresses_of_data_are_not_repeated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "PAUSES", (0.01,))
    wrong = {}
    for number, address in enumerate(DATA):
        (folder / "own.yaml").write_text(json.dumps({"version": 1, "datasets": {"t": {"path": address}}}))
        ways = (("check", "--rules", "own.yaml", "--store", "own.db"), ("check", address, "--no-store"))
        for words in ways if LONG else ways[number % 2 :][:1]:
            code, out, err = said(*words)
            if canaries(out + err) or code not in {2, 3}:
                wrong[address, words[1]] = (code, out + err)
        (folder / "own.yaml").unlink()
    assert wrong == {}
    assert {name for name, text in written(folder).items() if canaries(text)} == set()
    assert os.listdir(folder / "tmp") == []
