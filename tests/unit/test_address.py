"""Addresses of stores: whatever their form, no secret of one is ever shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Shell
from idqp_cli.core.address import is_server, masked, without_secrets
from idqp_cli.core.errors import UsageError

SECRET = "s3cr3t"
ADDRESSES = [
    f"postgresql://ann:{SECRET}@host/db", f"postgresql://ann:{SECRET}@host:5432/db?sslmode=require", f"postgres://ann:{SECRET}@host",
    f"postgresql://ann:a#{SECRET}@host/db", f"postgresql://ann:%ZZ{SECRET}@host/db", f"postgresql://ann:{SECRET}@[::1]/db",
    f"postgresql://ann:{SECRET}@[::1/db", f"postgresql:/ann:{SECRET}@host/db", f"postgresql:///db?password={SECRET}",
    f"postgresql://host/db?user=ann&password={SECRET}", f"postgresql://ann:{SECRET}", f"postgresql://ann:@{SECRET}@host/db",
    f"postgresql://ann:{SECRET}/x@host/db", f"postgresql://:{SECRET}@/db", f"POSTGRESQL://ann:{SECRET}@host/db",
    f"mysql://ann:{SECRET}@host/db", f"host=localhost user=ann password={SECRET}", f"host=h password='{SECRET} and more' dbname=d",
    f"password = {SECRET}", f"postgresql://ann:{SECRET}@host:port/db", f"postgresql://ann:{SECRET}@h1,h2/db",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shown_without_its_password(address: str) -> None:
    assert SECRET not in masked(address)
    assert SECRET not in without_secrets(f'could not parse "{address}": near {SECRET}', address)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_command_shows_it(shell: Shell, address: str) -> None:
    shell.write("t.csv", "id\n1\n")
    shell.rules({"type": "range", "column": "id", "max": 0})
    commands = [["check", "--store", address], ["doctor", "--store", address]]
    if address in ADDRESSES[:2]:
        commands += [["store", "info", "--store", address], ["incident", "list", "--store", address]]
    for words in commands:
        ran = shell.idqp(*words, env={"PGCONNECT_TIMEOUT": "2"})
        assert SECRET not in ran.out + ran.err
        assert ran.code in {2, 3, 4}, ran.err
    written = [path for path in shell.folder.rglob("*") if SECRET in str(path)]
    assert not written


def test_a_rules_file_with_one_is_refused_by_its_line(shell: Shell) -> None:
    shell.write(
        "rules.yaml",
        json.dumps({"version": 1, "store": f"postgresql:/ann:{SECRET}@host/db", "datasets": {"t": {"path": "t.csv"}}}),
    )
    ran = shell.idqp("check")
    assert (ran.code, SECRET in ran.err) == (2, False)
    assert "rules.yaml:1:" in ran.err
    assert "write postgresql://" in ran.err


@pytest.mark.parametrize("path", [".idqp/state.db", "/tmp/a b.db", "C:/x.db", "postgresql", "my:store.db"])  # noqa: S108
def test_a_file_is_a_file(path: str) -> None:
    assert not is_server(path)
    assert masked(path) == path


@given(st.text(alphabet="abc:@/#?%=&' ", max_size=12), st.text(alphabet="xyz:@/#?% ", min_size=3, max_size=12))
def test_whatever_the_password_is_it_is_not_shown(user: str, rest: str) -> None:
    secret = f"q{SECRET}{rest}"
    shown = masked(f"postgresql://{user.replace(':', '').replace('@', '').replace('/', '')}:{secret}@host/db")
    assert SECRET not in shown


def test_a_server_is_named_in_one_way() -> None:
    with pytest.raises(UsageError, match="is no store"):
        is_server("mysql://a@b/c")
    assert masked("postgresql://ann:pw@host:5432/db?x=1") == "postgresql://ann@host:5432/db"
    assert masked(str(Path("a.db"))) == "a.db"
