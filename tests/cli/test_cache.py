"""What passed is not checked again, until something changed that its verdict depends on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conftest import Ran, Shell, rules_text

RULE = {"type": "range", "column": "id", "min": 0}


@pytest.fixture
def cached(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("XDG_CACHE_HOME", str(shell.folder / "cache"))
    shell.write("t.csv", "id\n1\n2\n")
    shell.rules(RULE)
    return shell


def check(shell: Shell, *words: str) -> Ran:
    return shell.idqp("check", "--no-store", "--cache", *words)


def skipped(ran: Ran) -> bool:
    return "not checked again" in ran.err


def test_an_unchanged_file_is_not_checked_again_and_that_is_said(cached: Shell) -> None:
    first, second = check(cached), check(cached)
    assert (first.code, skipped(first), second.code, skipped(second)) == (0, False, 0, True)
    assert second.err.startswith("idqp: unchanged since they passed, and not checked again: t (20")
    assert "nothing to check" in second.out
    assert check(cached, "--format", "json").json["datasets"] == []
    assert check(cached, "--quiet").err == ""
    assert not skipped(check(cached, "--no-cache"))
    assert not (cached.folder / ".idqp").exists()


@pytest.mark.parametrize("change", ["data", "rules", "read", "fail-on", "entry"])
def test_any_change_is_checked(cached: Shell, change: str) -> None:
    check(cached)
    words: list[str] = []
    if change == "data":
        cached.write("t.csv", "id\n1\n-2\n")
    elif change == "rules":
        cached.rules({**RULE, "min": 2})
    elif change == "read":
        cached.rules(RULE, read={"missing_values": ["1"]})
    elif change == "fail-on":
        words = ["--fail-on", "critical"]
    else:
        (entry,) = (cached.folder / "cache/idqp").iterdir()
        entry.write_text('{"fingerprint": "another", "passed_at": "2026-01-01T00:00:00+00:00"}')
    ran = check(cached, *words)
    assert not skipped(ran)
    assert ran.code == (1 if change in {"data", "rules"} else 0)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"fingerprint": 1}', "\0\xff"])
def test_a_damaged_entry_is_no_pass(cached: Shell, content: str) -> None:
    check(cached)
    (entry,) = (cached.folder / "cache/idqp").iterdir()
    entry.write_text(content, encoding="latin-1")
    assert not skipped(check(cached))
    assert skipped(check(cached))


def test_the_same_content_at_the_same_place_with_another_time_is_the_same(cached: Shell) -> None:
    check(cached)
    os.utime(cached.folder / "t.csv", (0, 0))
    assert skipped(check(cached))


@pytest.mark.parametrize(("rule", "dataset"), [
    ({**RULE, "min": 9}, {}),
    ({**RULE, "min": 9, "severity": "info"}, {}),
    ({"type": "range", "column": "gone", "min": 0}, {}),
    ({"type": "freshness", "max_age": "7d"}, {}),
    ({"type": "expression", "expression": "id < epoch(NOW())"}, {}),
    ({"type": "expression", "expression": "id < year(current_date)"}, {}),
    ({"type": "expression", "expression": 'id < year("today"())'}, {}),
    ({**RULE, "where": "current_timestamp > TIMESTAMP '2020-01-01'"}, {}),
    ({"type": "query", "sql": "SELECT * FROM t WHERE localtimestamp < TIMESTAMP '2020-01-01'"}, {}),
    (RULE, {"schema": "backward"}),
])  # fmt: skip
def test_what_fails_or_depends_on_more_than_content_is_never_cached(
    cached: Shell, rule: dict[str, object], dataset: dict[str, str]
) -> None:
    cached.rules(rule, **dataset)
    assert not skipped(check(cached))
    assert not skipped(check(cached))


def test_the_files_of_other_datasets_belong_to_the_content(cached: Shell) -> None:
    rules = json.loads(rules_text([{"type": "references", "column": "id", "dataset": "u"}]))
    rules["datasets"]["u"] = {"path": "u.csv"}
    cached.write("rules.yaml", json.dumps(rules))
    cached.write("u.csv", "id\n1\n2\n")
    assert [check(cached, "t").code, skipped(check(cached, "t"))] == [0, True]
    cached.write("u.csv", "id\n1\n3\n")
    ran = check(cached, "t")
    assert (ran.code, skipped(ran)) == (1, False)


def test_datasets_that_changed_are_checked_beside_those_that_did_not(cached: Shell) -> None:
    cached.write("a.csv", "id\n1\n")
    cached.write("b.csv", "id\n1\n")
    check(cached, "a.csv", "b.csv")
    cached.write("b.csv", "id\n1\n2,3,4\n")
    ran = check(cached, "a.csv", "b.csv", "--format", "json")
    assert (ran.code, [one["dataset"] for one in ran.json["datasets"]]) == (1, ["b.csv"])


def test_standard_input_is_never_cached(cached: Shell) -> None:
    for _ in range(2):
        ran = cached.idqp("check", "-", "--dataset", "t", "--no-store", "--cache", stdin=b"id\n1\n")
        assert (ran.code, skipped(ran)) == (0, False)


@pytest.mark.parametrize("words", [[], ["--no-store", "--good", "g"], ["--no-store", "--sample", "1"]])
def test_a_run_that_leaves_something_behind_takes_nothing_from_the_cache(cached: Shell, words: list[str]) -> None:
    assert cached.idqp("check", "--cache", *words).code == 2


def test_a_cache_that_cannot_be_written_is_a_line_and_no_error(cached: Shell) -> None:
    cached.write("cache", "a file in the way")
    ran = check(cached)
    assert ran.code == 0
    assert "the cache cannot be written" in ran.err


def test_old_entries_go(cached: Shell) -> None:
    check(cached)
    (entry,) = (cached.folder / "cache/idqp").iterdir()
    os.utime(entry, (0, 0))
    cached.write("t.csv", "id\n5\n")
    check(cached)
    (left,) = (cached.folder / "cache/idqp").iterdir()
    assert left.name != entry.name
    assert Path(left).stat().st_mode & 0o777 == 0o600
