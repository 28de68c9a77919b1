"""Every command × every role × both stores, and what people at a terminal meet."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pexpect
import psycopg
import pytest
import typer

from conftest import Cluster, Ran, Shell, rules_text
from idqp_cli.access import passwords, roles, sessions, tokens
from idqp_cli.access.roles import COMMANDS, Action
from idqp_cli.cli import app
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser

PASSWORD = "correct horse battery"
KEPT = passwords.hashed(PASSWORD, cost=4)
RULE = {"type": "range", "column": "qty", "min": 0}
NOBODY, OPEN = "nobody", "open"
ACTORS = (*Role, NOBODY)

# What is typed for each command, by someone who may: {} is the actor's name, which makes what they make unique.
WORDS = {
    "check": "check",
    "ack": "ack 1 -m seen",
    "incident list": "incident list",
    "incident show": "incident show 1",
    "incident ack": "incident ack 1 -m seen",
    "incident assign": "incident assign 1 --to {}",
    "incident snooze": "incident snooze 1 --until 2100-01-01",
    "incident resolve": "incident resolve 1 --reason fixed",
    "incident reopen": "incident reopen 1 -m again",
    "alert list": "alert list",
    "alert retry": "alert retry",
    "history": "history t",
    "backtest": "backtest t --rule row_count",
    "baseline save": "baseline save t --name usual",
    "baseline list": "baseline list",
    "baseline drop": "baseline drop t --name usual",
    "schema show": "schema show t",
    "schema history": "schema history t",
    "schema diff": "schema diff t t",
    "schema check": "schema check t",
    "schema export": "schema export t --format ddl",
    "schema register": "schema register t",
    "schema import": "schema import t schema.json --format json-schema --accept -m why",
    "rule list": "rule list",
    "rule show": "rule show t range(qty)",
    "rule enable": "rule enable t range(qty)",
    "rule disable": "rule disable other range(qty)",
    "dataset list": "dataset list",
    "dataset add": "dataset add {}",
    "dataset remove": "dataset remove spare-{}",
    "user add": "user add new-{}@example.com --password-stdin",
    "user list": "user list",
    "user role": "user role spare@example.com reviewer",
    "user disable": "user disable spare@example.com",
    "user unlock": "user unlock spare@example.com",
    "user password": "user password spare@example.com --password-stdin",
    "token create": "token create {}",
    "token list": "token list",
    "token revoke": "token revoke spare",
    "audit list": "audit list",
    "audit verify": "audit verify",
    "audit head": "audit head",
    "store info": "store info",
    "store backup": "store backup copy-{}.db",
    "store prune": "store prune --older-than 9000d",
    "whoami": "whoami",
    "doctor": "doctor",
    "report": "report",
    # The two of them begin and end sessions, and have tests of their own; a move needs a second database.
    "login": None,
    "logout": None,
    "store upgrade": None,
    "store move": None,
    # They ask no store: the first only a channel, the others only the rules file and the code.
    "alert test": None,
    "init": None,
    "profile": None,
    "suggest": None,
    "rule lint": None,
    "rule export": None,
    "rule types": None,
    # It reads on for as long as there is something new: a test of its own has that.
    "watch": None,
    # The server has a table of its own.
    "serve": None,
}
# What an Owner does before each actor's turn.
BEFORE = {
    "incident resolve": "incident reopen 1 -m again",
    "incident reopen": "incident resolve 1 --reason fixed",
    "baseline drop": "baseline save t --name usual",
}
# Commands for people who may write that only read, or find nothing to write here.
IDLE = frozenset({
    "user list", "token list", "store backup", "store prune", "user unlock", "alert retry", "schema register",
})  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A folder with a closed store, and the secret of one person in each role."""

    folder: Path
    address: str
    owner: str
    secrets: dict[str, str]

    def remembered(self) -> tuple[dict[str, set[str]], int]:
        """Return the rows of each table but the audit log's, and how many rows that one has.

        When a token was last used is no change that anyone made.
        """
        if "://" not in self.owner:
            with closing(sqlite3.connect(self.owner)) as connection:
                names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                tables = {name: self._rows(connection.execute(f'SELECT * FROM "{name}"')) for name in names}
        else:
            with psycopg.connect(self.owner) as connection:
                found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'idqp'").fetchall()
                tables = {
                    name: self._rows(connection.execute(f'SELECT * FROM idqp."{name}"'.encode())) for (name,) in found
                }
        assert "tokens" in tables
        rows = {name: rows for name, rows in tables.items() if name not in {"audit_events", "audit_head"}}
        return rows, len(tables["audit_events"])

    @staticmethod
    def _rows(cursor: sqlite3.Cursor | psycopg.Cursor[Any]) -> set[str]:
        names = [column[0] for column in cursor.description or ()]
        return {
            repr({name: cell for name, cell in zip(names, row, strict=True) if name != "last_used_at"})
            for row in cursor
        }


def leaves() -> set[str]:
    group = typer.main.get_command(app.app)
    found = set()
    for name in app.COMMANDS:
        command = group.get_command(None, name)  # type: ignore[attr-defined]
        found |= {f"{name} {sub}" for sub in command.commands} if hasattr(command, "commands") else {name}
    return found


def test_every_command_has_a_place_in_the_table() -> None:
    assert leaves() == set(COMMANDS) == set(WORDS)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("roles")
    (folder / "t.csv").write_text("id,qty\n1,-5\n")
    (folder / "schema.json").write_text('{"type": "object", "properties": {"id": {"type": "integer"}}}')
    text = rules_text([RULE])
    (folder / "rules.yaml").write_text(
        text.replace(
            '"datasets": {',
            '"datasets": {"other": {"path": "t.csv", "rules": [' + '{"type": "range", "column": "qty", "min": 0}]},',
        )
    )
    owner, address = str(folder / "state.db"), str(folder / "state.db")
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.login_roles("shared")
        cluster.run("GRANT idqp_app TO shared")
        name = cluster.new_database()
        owner, address = cluster.address(name), cluster.address(name, "shared")
    at = datetime.now(UTC)
    secrets: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        assert idqp("check", "--store", owner).code == 1
    with closing(open_store(owner)) as store:
        for role in Role:
            store.add_dataset(f"spare-{role}", None, None, "test", at)
            if role is not Role.CI:
                store.add_user(NewUser(f"{role}@example.com", "x", role, KEPT), "test", at)
                secrets[role], session = tokens.session(at)
                assert store.log_in(f"{role}@example.com", KEPT, session, at)
        store.add_dataset("spare-nobody", None, None, "test", at)
        store.add_user(NewUser("spare@example.com", "x", Role.VIEWER, KEPT), "test", at)
    with closing(open_store(owner, secrets[Role.OWNER])) as store:
        for name in ("spare", "ci"):
            secret, kept = tokens.program(name, ("runs:write",), at + timedelta(days=1))
            store.create_token(kept, "test", at)
        secrets[Role.CI] = secret
    return Place(folder, address, owner, secrets)


def idqp(*words: str, stdin: str = "") -> Ran:
    """Run idqp in this process, with stdout, stderr and stdin of its own."""
    kept = sys.stdin, sys.stdout, sys.stderr
    out, err = io.StringIO(), io.StringIO()
    sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(stdin.encode())), out, err
    try:
        command = typer.main.get_command(app.app)
        code = app.guarded(lambda: command.main(args=list(words), prog_name="idqp", standalone_mode=False))
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
    return Ran(code, out.getvalue(), err.getvalue())


def test_everyone_may_change_their_own_password(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "state"))
    monkeypatch.setenv("IDQP_STORE", place.address)
    at = datetime.now(UTC)
    with closing(open_store(place.owner, place.secrets[Role.OWNER])) as store:
        store.add_user(NewUser("own@example.com", "x", Role.VIEWER, KEPT), "test", at)
        secret, session = tokens.session(at)
        assert store.log_in("own@example.com", KEPT, session, at)
    monkeypatch.setenv("IDQP_TOKEN", secret)
    assert idqp("user", "password", "owner@example.com", "--password-stdin", stdin="another one\n").code == 4
    assert idqp("user", "password", "own@example.com", "--password-stdin", stdin="short\n").code == 2
    done = idqp("user", "password", "own@example.com", "--password-stdin", stdin="another one\n")
    assert (done.code, done.err) == (
        0, "idqp: changed the password of own@example.com; all their sessions have ended\n",
    )  # fmt: skip
    assert idqp("whoami").code == 4
    monkeypatch.delenv("IDQP_TOKEN")
    assert idqp("login", "own@example.com", "--password-stdin", stdin="another one\n").code == 0
    idqp("logout")


@pytest.mark.parametrize("command", [command for command, words in WORDS.items() if words])
def test_every_role_may_what_the_table_says(place: Place, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "state"))
    monkeypatch.setenv("IDQP_STORE", place.address)
    action, words = COMMANDS[command], WORDS[command]
    wrote = False
    for actor in ACTORS:
        if command in BEFORE:
            monkeypatch.setenv("IDQP_TOKEN", place.secrets[Role.OWNER])
            idqp(*BEFORE[command].split(" "))
        monkeypatch.setenv("IDQP_TOKEN", place.secrets.get(actor, ""))
        before, audited = place.remembered()
        allowed = action is None or (actor != NOBODY and actor in roles.MAY[action])
        ran = idqp(*str(words).format(actor).split(" "), stdin=PASSWORD + "\n")
        if command == "whoami":
            allowed = actor != NOBODY
        if command == "store backup" and allowed and "://" in place.address:
            assert (ran.code, "SQLite" in ran.err or "pg_dump" in ran.err) == (2, True)
        elif command == "check":
            assert (actor, ran.code, "range(qty)" in ran.out) == (actor, 1 if allowed else 4, True)
            assert ("not recorded" in ran.err) is not allowed
        elif allowed:
            assert (actor, ran.code, ran.err if ran.code else "") == (actor, 0, "")
        else:
            assert (actor, ran.code, ran.out, ran.err.count("\n")) == (actor, 4, "", 1)
            if action is not None:
                assert roles.enough(action) in ran.err
        after, audited_after = place.remembered()
        changed = sorted(name for name in after if after[name] != before[name])
        # Nothing changes without a right to it, and nothing without a row in the audit log.
        assert not changed or (allowed and action not in {None, Action.READ})
        assert not changed or audited_after > audited, (actor, changed)
        wrote |= bool(changed)
    assert wrote == (action not in {None, Action.READ} and command not in IDLE)


def test_watch_records_for_who_may_record(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "state"))
    monkeypatch.setenv("IDQP_STORE", place.address)
    feed = place.folder / "feed"
    feed.mkdir(exist_ok=True)
    text = rules_text([RULE], "feed", incremental=True)
    (place.folder / "watch.yaml").write_text(text.replace('"t": {', '"feed": {'))
    for number, actor in enumerate(ACTORS):
        (feed / f"{number}.csv").write_text(f"id,qty\n{number},5\n")
        monkeypatch.setenv("IDQP_TOKEN", place.secrets.get(actor, ""))
        before, _ = place.remembered()
        ran = idqp("watch", "--rules", "watch.yaml", "--until-end")
        after, _ = place.remembered()
        allowed = actor != NOBODY and actor in roles.MAY[COMMANDS["watch"] or Action.RECORD]
        assert (actor, ran.code) == (actor, 0 if allowed else 4), ran.err
        assert (actor, before != after) == (actor, allowed)


def test_cells_under_pii_are_shown_to_who_may_see_them(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "state"))
    monkeypatch.setenv("IDQP_STORE", place.address)
    (place.folder / "pii.csv").write_text("who,qty\nqzCell,-5\n")
    text = rules_text([RULE], "pii.csv", pii=["who"], key=["who"])
    (place.folder / "pii.yaml").write_text(text.replace('"t": {', '"people": {'))
    for actor in ACTORS:
        monkeypatch.setenv("IDQP_TOKEN", place.secrets.get(actor, ""))
        may = actor in {Role.OWNER, Role.MAINTAINER}
        plain, ran = idqp("check", "-r", "pii.yaml"), idqp("check", "-r", "pii.yaml", "--show-data")
        assert "qzCell" not in plain.out + plain.err
        assert (actor, ran.code, "qzCell" in ran.out) == (actor, 1 if may else 4, may)
        assert may or (ran.out, ran.err.count("\n"), roles.enough(Action.SEE) in ran.err or actor == NOBODY) == (
            "",
            1,
            True,
        )


def test_a_token_records_what_the_next_run_compares_with(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "state"))
    monkeypatch.setenv("IDQP_STORE", place.address)
    drift = {"type": "drift", "column": "qty", "baseline": "previous", "min_rows": 1}
    (place.folder / "drift.yaml").write_text(rules_text([drift]))
    (place.folder / "t-2024-01-01.csv").write_text("id,qty\n1,-6\n")
    for actor, code in (Role.CI, 0), (Role.CI, 0), (Role.MAINTAINER, 0), (Role.REVIEWER, 4), (NOBODY, 4):
        monkeypatch.setenv("IDQP_TOKEN", place.secrets.get(actor, ""))
        ran = idqp("check", "-r", "drift.yaml")
        assert (actor, ran.code, "not recorded" in ran.err) == (actor, code, code == 4), ran.err
        filled = idqp("check", "-r", "drift.yaml", "t", "--backfill", "t-2024-01-01.csv")
        assert (actor, filled.code, filled.err.count("\n")) == (actor, code, 1)
    monkeypatch.setenv("IDQP_TOKEN", place.secrets[Role.VIEWER])
    # One of each of the two files: a run over the same data takes the place of the one before it.
    assert idqp("baseline", "list", "--runs", "--format", "csv").out.count("run: ") == 2


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A folder with data, rules, an open store and a state folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(shell.folder / "state"))
    monkeypatch.delenv("IDQP_TOKEN", raising=False)
    monkeypatch.chdir(shell.folder)
    shell.write("t.csv", "id,qty\n1,-5\n")
    shell.rules(RULE)
    address = str(shell.folder / "state.db")
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        address = cluster.address(request.getfixturevalue("database"))
    monkeypatch.setenv("IDQP_STORE", address)
    return shell


@pytest.fixture
def sqlite(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a store that one Owner has closed, whose password is cheap to check."""
    monkeypatch.setenv("XDG_STATE_HOME", str(shell.folder / "state"))
    monkeypatch.delenv("IDQP_TOKEN", raising=False)
    monkeypatch.chdir(shell.folder)
    shell.write("t.csv", "id,qty\n1,-5\n")
    shell.rules(RULE)
    address = str(shell.folder / "state.db")
    monkeypatch.setenv("IDQP_STORE", address)
    with closing(open_store(address)) as store:
        store.add_user(NewUser("ada@example.com", "Ada", Role.OWNER, KEPT), "test", datetime.now(UTC))
    return address


def log_in(password: str = PASSWORD) -> Ran:
    return idqp("login", "ada@example.com", "--password-stdin", stdin=password)


@pytest.mark.usefixtures("home")
def test_the_first_user_is_an_owner_and_closes_the_store() -> None:
    assert idqp("check").code == 1
    assert log_in().code == 2
    refused = idqp("user", "add", "ada@example.com", "--role", "viewer", "--password-stdin", stdin=PASSWORD)
    assert (refused.code, "must be an Owner" in refused.err) == (2, True)
    added = idqp("user", "add", "Ada@Example.com", "--name", "Ada Ł", "--password-stdin", stdin=PASSWORD + "\r\n")
    assert (added.code, added.out) == (0, "")
    assert "added ada@example.com as Owner" in added.err
    assert "enforcement: " in added.err
    if "://" not in os.environ["IDQP_STORE"]:
        assert idqp("user", "list").code == 4
    assert "logged in as ada@example.com, Owner" in log_in().err
    assert idqp("whoami", "--format", "json").json[0]["actor"] == "ada@example.com"
    for words in (["user", "role", "ada@example.com", "Viewer"], ["user", "disable", "ada@example.com"]):
        ran = idqp(*words)
        assert (ran.code, "the last Owner" in ran.err) == (2, True)
    assert idqp("user", "role", "ada@example.com", "ci").code == 2
    assert idqp("logout").err == "idqp: logged out\n"
    assert idqp("logout").err == "idqp: nobody was logged in\n"


def test_a_wrong_password_a_stranger_and_a_locked_person_get_the_same_line(sqlite: str) -> None:
    lines = {log_in("wrong").err for _ in range(5)}
    lines |= {log_in().err, idqp("login", "stranger@example.com", "--password-stdin", stdin=PASSWORD).err}
    assert len(lines) == 1
    assert "locked for a while" in lines.pop()
    with closing(open_store(sqlite)) as store:
        store.unlock_user("ada@example.com", "test", datetime.now(UTC))
    assert log_in().code == 0


def test_a_disabled_person_is_out_at_once(sqlite: str) -> None:
    assert log_in().code == 0
    assert idqp("user", "add", "bob@example.com", "--role", "owner", "--password-stdin", stdin=PASSWORD).code == 0
    assert idqp("user", "disable", "bob@example.com").code == 0
    assert idqp("login", "bob@example.com", "--password-stdin", stdin=PASSWORD).code == 4
    with closing(open_store(sqlite)) as store:
        store.change_role("bob@example.com", Role.OWNER, "test", datetime.now(UTC))
    last = idqp("user", "disable", "ada@example.com")
    assert (last.code, "the last Owner" in last.err) == (2, True)


@pytest.mark.parametrize("words", [
    ["user", "add", "a@b.c", "--password", "secret-on-argv"],
    ["login", "a@b.c", "secret-on-argv"],
])  # fmt: skip
@pytest.mark.usefixtures("sqlite")
def test_a_password_is_no_argument(words: list[str]) -> None:
    assert idqp(*words).code == 2


@pytest.mark.parametrize(("stdin", "message"), [
    ("", "empty"), ("\n", "empty"), ("short", "shorter than 8"), ("x" * 73, "longer than 72 bytes"),
    ("x" * 1_000_000, "longer than 72 bytes"), ("one line\nand more", "more than one line"),
])  # fmt: skip
@pytest.mark.usefixtures("sqlite")
def test_what_is_no_password_adds_nobody(stdin: str, message: str) -> None:
    assert log_in().code == 0
    ran = idqp("user", "add", "eve@example.com", "--password-stdin", stdin=stdin)
    assert (ran.code, message in ran.err, ran.err.count("\n")) == (2, True, 1)
    assert len(idqp("user", "list", "--format", "json").json) == 1


@pytest.mark.usefixtures("sqlite")
def test_without_a_terminal_there_is_no_prompt() -> None:
    ran = idqp("login", "ada@example.com")
    assert (ran.code, "--password-stdin" in ran.err) == (2, True)


@pytest.mark.usefixtures("sqlite")
def test_no_password_at_the_prompt_is_no_bug() -> None:
    child = pexpect.spawn(sys.executable, ["-m", "idqp_cli", "login", "ada@example.com"], encoding="utf-8", timeout=30)
    child.expect("Password: ")
    child.sendeof()
    child.expect("no password was typed")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


@pytest.mark.usefixtures("sqlite")
def test_the_prompt_does_not_echo() -> None:
    child = pexpect.spawn(sys.executable, ["-m", "idqp_cli", "login", "ada@example.com"], encoding="utf-8", timeout=30)
    child.expect("Password: ")
    child.sendline(PASSWORD)
    child.expect("logged in as ada@example.com, Owner")
    assert PASSWORD not in str(child.before)
    child.expect(pexpect.EOF)


def test_a_session_ends_and_clocks_that_move_extend_none(sqlite: str) -> None:
    now = datetime.now(UTC)
    secret, session = tokens.session(now)
    with closing(open_store(sqlite)) as store:
        assert store.log_in("ada@example.com", KEPT, replace(session, expires_at=now - timedelta(seconds=1)), now)
    sessions.save(sqlite, secret)
    ran = idqp("whoami")
    assert (ran.code, "the session has ended" in ran.err) == (4, True)


def test_a_clock_that_was_wrong_locks_nobody_out_for_long(sqlite: str) -> None:
    now = datetime.now(UTC)
    with closing(open_store(sqlite)) as store:
        for _ in range(9):
            store.log_in("ada@example.com", "wrong", tokens.session(now)[1], now + timedelta(days=365))
    assert log_in().code == 0
    secret, session = tokens.session(now + timedelta(days=365))
    with closing(open_store(sqlite)) as store:
        assert store.log_in("ada@example.com", KEPT, session, now + timedelta(days=365))
    sessions.save(sqlite, secret)
    assert idqp("whoami").code == 4


@pytest.mark.parametrize("token", ["garbage", "idqp_ci_" + "a" * 43, "' OR 1=1 --", "x" * 100_000, "é"])
@pytest.mark.usefixtures("sqlite")
def test_a_token_that_is_none_is_refused_and_beats_the_session(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log_in().code == 0
    monkeypatch.setenv("IDQP_TOKEN", token)
    ran = idqp("incident", "list")
    assert (ran.code, "IDQP_TOKEN is not a valid token" in ran.err, ran.err.count("\n")) == (4, True, 1)
    assert token not in ran.err


@pytest.mark.usefixtures("sqlite")
def test_a_token_works_until_it_is_revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert log_in().code == 0
    made = idqp("token", "create", "nightly", "--days", "1")
    reader = idqp("token", "create", "reader", "--scope", "runs:read").out.strip()
    assert idqp("token", "create", "nightly").code == 2
    assert made.out.strip() not in idqp("token", "list", "--format", "json").out
    monkeypatch.setenv("IDQP_TOKEN", made.out.strip())
    assert idqp("check").code == 1
    assert idqp("ack", "1", "-m", "x").code == 4
    monkeypatch.setenv("IDQP_TOKEN", reader)
    assert idqp("incident", "list").code == 0
    ran = idqp("check")
    assert (ran.code, "lacks the scope" in ran.err) == (4, True)
    monkeypatch.delenv("IDQP_TOKEN")
    assert idqp("token", "revoke", "nightly").code == 0
    monkeypatch.setenv("IDQP_TOKEN", made.out.strip())
    assert idqp("check").code == 4


def test_a_session_open_to_others_records_nothing_and_the_report_is_there(sqlite: str) -> None:
    assert log_in().code == 0
    file = sessions.path(sqlite)
    assert file is not None
    file.chmod(0o644)
    ran = idqp("check")
    assert (ran.code, "range(qty)" in ran.out, "not recorded" in ran.err, "mode 644" in ran.err) == (
        4,
        True,
        True,
        True,
    )
    assert idqp("logout").code == 4
    assert not file.exists()


@pytest.mark.usefixtures("home")
def test_a_rule_that_the_store_disables_is_skipped_and_says_so() -> None:
    assert idqp("check").code == 1
    assert idqp("rule", "disable", "t", "range(qty)").code == 0
    ran = idqp("check", "--format", "json")
    result = ran.json["datasets"][0]["results"][-1]
    assert (ran.code, result["rule"], result["status"]) == (0, "range(qty)", "skipped")
    assert "disabled in the store" in result["message"]
    assert [row["status"] for row in idqp("rule", "list", "--format", "json").json] == ["disabled in the store"]
    assert idqp("rule", "show", "t", "range(qty)", "--format", "json").json["status"] == "disabled in the store"
    assert idqp("check", "--no-store").code == 1
    (ended,) = idqp("incident", "list", "--all", "--format", "json").json
    assert (ended["status"], ended["resolution"]) == ("resolved", "no longer checked")
    assert idqp("rule", "enable", "t", "range(qty)").code == 0
    assert idqp("check").code == 1
    assert idqp("rule", "disable", "t", "rnge(qty)").code == 2
    assert idqp("rule", "disable", "u", "range(qty)").code == 2


@pytest.mark.usefixtures("home")
def test_a_rule_with_a_bound_that_json_has_no_number_for_is_shown(shell: Shell) -> None:
    shell.write("rules.yaml", rules_text([{**RULE, "max": "inf"}]).replace('"inf"', ".inf"))
    ran = shell.idqp("rule", "show", "t", "range(qty)", "--format", "json")
    assert (ran.code, ran.json["max"]) == (0, "Infinity")


@pytest.mark.usefixtures("home")
def test_a_dataset_that_was_removed_is_not_recorded() -> None:
    assert idqp("check").code == 1
    assert idqp("dataset", "remove", "t").code == 0
    ran = idqp("check")
    assert (ran.code, "was removed" in ran.err) == (4, True)
    assert idqp("dataset", "add", "t", "--owner", "me").code == 0
    assert idqp("check").code == 1
    for name in ("a b", "'; DROP TABLE datasets; --", "x" * 101, "\x1b[2J"):
        ran = idqp("dataset", "add", name)
        assert (ran.code, "\x1b" in ran.err) == (2, False)


@pytest.mark.parametrize(
    "words", ["user list", "token list", "dataset list", "rule list", "audit list", "whoami", "doctor"]
)
@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.usefixtures("sqlite")
def test_every_list_has_three_forms(words: str, form: str) -> None:
    assert log_in().code == 0
    ran = idqp(*words.split(), "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\n")


@pytest.mark.usefixtures("home")
def test_the_audit_chain_is_walked_and_held_against_an_anchor() -> None:
    idqp("check")
    head = idqp("audit", "head").out.strip()
    idqp("check")
    assert idqp("audit", "verify", "--expect", head).code == 0
    forged = f"{head.partition(':')[0]}:{'0' * 64}"
    ran = idqp("audit", "verify", "--expect", forged)
    assert (ran.code, "is not the one that was expected" in ran.err) == (4, True)
    assert idqp("audit", "verify", "--expect", "garbage").code == 2
    assert len(idqp("audit", "list", "--limit", "2", "--format", "json").json) == 2


@pytest.mark.usefixtures("home")
def test_the_doctor_says_who_is_kept_from_what() -> None:
    rows = {row["what"]: row for row in idqp("doctor", "--format", "json").json}
    if "://" not in os.environ["IDQP_STORE"]:
        assert "there is no store yet" in rows["store answers"]["value"]
        idqp("check")
        rows = {row["what"]: row for row in idqp("doctor", "--format", "json").json}
    # Nothing holds the owner of a database, as whom the test connects.
    assert rows["enforcement"]["value"].startswith("advisory: ")
    assert rows["store"]["source"] == "the environment"
    Path("state.db").unlink(missing_ok=True)
    Path("state.db").write_text("no store at all " * 100)
    broken = idqp("doctor", "--store", "state.db")
    assert (broken.code, "store answers  " in broken.out) == (4, True)
