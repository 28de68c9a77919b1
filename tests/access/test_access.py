"""Roles, names, passwords, tokens and the session's file, each by itself."""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generated import fresh
from idqp_cli.access import names, passwords, roles, sessions, tokens
from idqp_cli.access.roles import Action
from idqp_cli.core.errors import IdqpError, NotPermittedError, StoreError, UsageError
from idqp_cli.core.text import clean
from idqp_cli.store.identity import Identity, Role
from idqp_cli.store.passwords import digest, fits, made_up_salt, sealed

STORE = "/somewhere/state.db"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def secret() -> str:
    return tokens.session(datetime.now(UTC))[0]


@pytest.mark.parametrize(("role", "actions"), [
    (Role.OWNER, set(Action)),
    (Role.MAINTAINER, {Action.READ, Action.RESPOND, Action.RECORD, Action.SEE, Action.CHANGE}),
    (Role.REVIEWER, {Action.READ, Action.RESPOND}),
    (Role.VIEWER, {Action.READ}),
    (Role.CI, {Action.READ, Action.RECORD}),
    (None, set()),
])  # fmt: skip
def test_the_role_table(role: Role | None, actions: set[Action]) -> None:
    identity = Identity("x", role, scopes=("runs:write",) if role is Role.CI else ())
    assert {action for action in Action if roles.may(identity, action)} == actions
    assert all(roles.may(Identity("x", role, open=True), action) for action in Action)


@pytest.mark.parametrize(
    ("scopes", "may"), [((), False), (("runs:read",), False), (("nonsense",), False), (("runs:write",), True)]
)
def test_a_token_records_only_with_the_scope_for_it(scopes: tuple[str, ...], may: bool) -> None:  # noqa: FBT001
    token = Identity("token:x", Role.CI, scopes=scopes)
    assert (roles.may(token, Action.READ), roles.may(token, Action.RECORD)) == (True, may)
    assert not roles.may(token, Action.MANAGE)


def test_the_roles_that_would_do_are_named() -> None:
    assert roles.enough(Action.RESPOND) == "a Reviewer, Maintainer or Owner"
    assert roles.enough(Action.MANAGE) == "an Owner"
    assert roles.enough(Action.RECORD) == "a Maintainer or Owner, or a token"


def test_the_documentation_is_made_from_the_table() -> None:
    fresh("docs/roles.md", roles.documentation())


HOSTILE = [
    "", " ", "ada", "@", "ada@", "@example.com", "a b@example.com", "ada@example..com", "ada@-example.com",
    "ada@example.com\n", "ada@example.com\x1b[2J", "ada@exa\x00mple.com", "\u202eada@example.com",
    "аda@example.com", "ada@exаmple.com", "ａｄａ@example.com", "ada\u200b@example.com", "ada@\u212a.com",
    "'; DROP TABLE users; --@example.com", "ada@example.com' OR '1'='1", "\udcff@example.com",
    "a" * 65 + "@example.com", "ada@" + "b" * 250, "a" * 1_000_000, "[bold]@example.com", "<ada@example.com>",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_address_is_refused_in_one_clean_line(text: str) -> None:
    if text == "ada@example.com\n":
        # White space around an address is no part of it.
        assert names.address(text) == "ada@example.com"
        return
    with pytest.raises(UsageError) as found:
        names.address(text)
    assert len(str(found.value)) < 200
    assert clean(found.value) == str(found.value)


@pytest.mark.parametrize("text", ["ada@example.com", "ADA@Example.COM ", "a.b+c_d'e@sub.example.co", "root@localhost"])
def test_an_address_is_kept_in_small_letters(text: str) -> None:
    assert names.address(text) == text.strip().lower()


@given(st.text())
def test_any_text_is_a_name_that_can_be_shown_or_refused(text: str) -> None:
    for read in (names.address, names.full_name, names.token):
        try:
            found = read(text)
        except IdqpError as error:
            shown = str(error)
        else:
            shown = found
            assert read(found) == found
        assert clean(shown) == shown


@pytest.mark.parametrize("text", ["", "\x1b]0;owned\x07", "a\nb", "x" * 101, "y" * 1_000_000, "\u202eevil"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        names.full_name(text)


def test_a_role_in_the_database_needs_a_database() -> None:
    assert names.database_role("ada", "postgresql://h/db") == "ada"
    for name, address in (("ada", "state.db"), ('a"; DROP', "postgresql://h/db"), ("x" * 64, "postgresql://h/db")):
        with pytest.raises(UsageError):
            names.database_role(name, address)


@pytest.mark.parametrize("password", ["x" * 73, "é" * 37, "😀" * 19, "\udcffxxxxxxxx", "short", ""])
def test_a_password_that_bcrypt_would_cut_or_that_is_too_short_is_refused(password: str) -> None:
    with pytest.raises(UsageError):
        passwords.acceptable(password)


@pytest.mark.parametrize("password", ["x" * 72, "é" * 36, "nul\0inside", "  spaces  "])
def test_a_password_fits_its_hash_and_no_other_does(password: str) -> None:
    kept = passwords.hashed(passwords.acceptable(password), cost=4)
    assert fits(sealed(kept), passwords.rehashed(password, kept[:29]))
    for other in (password[:-1], password + "x" if len(password) < 36 else "other"):
        assert not fits(sealed(kept), passwords.rehashed(other, kept[:29]))


def test_two_ways_to_type_a_character_are_one_password() -> None:
    kept = passwords.hashed("caf\u00e9 cafe", cost=4)
    assert passwords.rehashed("cafe\u0301 cafe", kept[:29]) == kept


def test_the_cost_is_12_and_a_stranger_costs_as_much() -> None:
    assert passwords.COST == 12
    assert re.fullmatch(r"\$2b\$12\$[./A-Za-z0-9]{53}", passwords.rehashed("x", made_up_salt("stranger@example.com")))


@pytest.mark.parametrize("salt", ["", "garbage", "$2b$12$short", "$2b$99$" + "a" * 22, "é" * 29])
def test_a_damaged_salt_is_told(salt: str) -> None:
    with pytest.raises(StoreError, match="damaged"):
        passwords.rehashed("password", salt)


def test_secrets_are_256_random_bits_and_only_their_hash_is_kept() -> None:
    found = [tokens.session(datetime.now(UTC)) for _ in range(100)]
    assert len({one for one, _ in found}) == 100
    for one, session in found:
        assert tokens.is_secret(one)
        assert session.digest == digest(one)
        assert one not in repr(session)


def test_a_session_is_kept_in_a_private_file_for_each_store(state: Path) -> None:
    one, other = secret(), secret()
    sessions.save(STORE, one)
    sessions.save(STORE, other)
    (file,) = (state / "idqp").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert (sessions.load(STORE), sessions.load("/elsewhere/state.db")) == (other, None)
    sessions.forget(STORE)
    sessions.forget(STORE)
    assert sessions.load(STORE) is None


def test_stores_are_told_apart_by_server_and_database_and_not_by_password(state: Path) -> None:
    assert sessions.path("postgresql://u:a@h/db") == sessions.path("postgresql://u:b@h/db?password=c")
    others = ["postgresql://u@h/db", "postgresql://v@h/db", "postgresql://u@i/db", "postgresql://u@h/dc",
              "postgresql://u@h:1/db", "postgresql://u@h/db?host=x", "postgresql://[x/db"]  # fmt: skip
    assert len({sessions.path(address) for address in others}) == len(others)
    assert str(state) in str(sessions.path("x"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666, 0o777, 0o620])
def test_a_session_that_others_can_reach_is_refused(state: Path, mode: int) -> None:
    sessions.save(STORE, secret())
    (file,) = (state / "idqp").iterdir()
    file.chmod(mode)
    with pytest.raises(NotPermittedError, match=f"mode {mode:o}"):
        sessions.load(STORE)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xfe\0", b"x" * 1_000_000, b"idqp_s_" + b"a" * 42,
                                     b"idqp_s_" + b"a" * 43 + b"\nmore", b"\x1b[2Jidqp_s_" + b"a" * 43])  # fmt: skip
def test_a_file_that_holds_no_session_is_refused(state: Path, content: bytes) -> None:
    sessions.save(STORE, secret())
    (file,) = (state / "idqp").iterdir()
    file.write_bytes(content)
    with pytest.raises(NotPermittedError, match="does not contain a session"):
        sessions.load(STORE)


def test_a_link_a_pipe_and_a_folder_are_no_session(state: Path) -> None:
    sessions.save(STORE, secret())
    (file,) = (state / "idqp").iterdir()
    moved = state / "moved"
    file.rename(moved)
    for make in (lambda at: at.symlink_to(moved), lambda at: os.mkfifo(at, 0o600), lambda at: at.mkdir(0o700)):
        make(file)
        with pytest.raises(NotPermittedError):
            sessions.load(STORE)
        if file.is_dir():
            file.rmdir()
        else:
            file.unlink()


def test_a_session_that_cannot_be_written_is_told(state: Path) -> None:
    (state / "idqp").write_text("in the way")
    assert sessions.load(STORE) is None
    with pytest.raises(NotPermittedError, match="cannot be written"):
        sessions.save(STORE, secret())
