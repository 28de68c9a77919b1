"""A file without a byte, and others that have no column: zero rows, in every command, and no word of SQL."""

from __future__ import annotations

import gzip

import pytest

from conftest import Shell

EMPTY = {
    "zero.csv": b"",
    "blank.csv": b"\n\n\n",
    "mark.csv": b"\xef\xbb\xbf",
    "zero.csv.gz": gzip.compress(b""),
    "zero.jsonl": b"",
    "empty.json": b"[]",
}
OPTIONS = [(), ("--sample", "10"), ("--quarantine", "bad", "--good", "good"), ("--untrusted",), ("--verify",)]


@pytest.fixture(params=EMPTY)
def empty(request: pytest.FixtureRequest, shell: Shell) -> tuple[Shell, str]:
    (shell.folder / request.param).write_bytes(EMPTY[request.param])
    return shell, request.param


def test_a_check_says_that_there_is_no_row(empty: tuple[Shell, str]) -> None:
    shell, name = empty
    for option in OPTIONS:
        ran = shell.idqp("check", name, *option, "--format", "json")
        assert ran.code == 1, ran.err
        (dataset,) = ran.json["datasets"]
        assert dataset["rows"] == 0
        assert {one["rule"]: one["status"] for one in dataset["results"]} == {"parse": "passed", "row_count": "failed"}


def test_so_it_is_with_rules(empty: tuple[Shell, str]) -> None:
    shell, name = empty
    shell.rules(
        {"type": "duplicates"}, {"type": "query", "sql": "SELECT * FROM t"}, {"type": "row_count", "max": 9}, path=name
    )
    ran = shell.idqp("check", "--format", "json", "--no-store")
    (dataset,) = ran.json["datasets"]
    assert dataset["rows"] == 0
    assert "idqp:" not in ran.out + ran.err.replace("idqp: ", "")


def test_other_commands_read_it(empty: tuple[Shell, str]) -> None:
    shell, name = empty
    assert "0 rows · 0 columns" in shell.idqp("profile", name).out
    assert shell.idqp("suggest", name).code == 0
    assert shell.idqp("init", name).code == 0
    assert shell.idqp("check").code == 1
