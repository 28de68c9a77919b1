"""What passed is not checked again, until something changed that its verdict depends on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conftest import Ran, Shell, rules_text
from idqp_cli.core.model import Severity
from idqp_cli.pipeline import cache, run, targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config

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


def again(shell: Shell, *words: str, fail_on: Severity = Severity.WARNING) -> bool | int:
    """Check in process as the command does; return whether all was taken from the cache, or else the exit code."""
    where = str(shell.folder / "cache/idqp")
    project = config.load(str(shell.folder / "rules.yaml"), {})
    request = Request(project, targets.choose(project, Choice(words)), fail_on, "tester")
    spared = cache.spare(request, where)
    report = run.run(spared.request, Memory(None), lambda _: None).report
    assert cache.keep(spared, report) is None
    return True if not spared.request.targets else int(report.exit_code)


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
    assert again(cached) == 0
    fail_on = Severity.WARNING
    if change == "data":
        cached.write("t.csv", "id\n1\n-2\n")
    elif change == "rules":
        cached.rules({**RULE, "min": 2})
    elif change == "read":
        cached.rules(RULE, read={"missing_values": ["1"]})
    elif change == "fail-on":
        fail_on = Severity.CRITICAL
    else:
        (entry,) = (cached.folder / "cache/idqp").iterdir()
        entry.write_text('{"fingerprint": "another", "passed_at": "2026-01-01T00:00:00+00:00"}')
    assert again(cached, fail_on=fail_on) == (1 if change in {"data", "rules"} else 0)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"fingerprint": 1}', "\0\xff"])
def test_a_damaged_entry_is_no_pass(cached: Shell, content: str) -> None:
    again(cached)
    (entry,) = (cached.folder / "cache/idqp").iterdir()
    entry.write_text(content, encoding="latin-1")
    assert again(cached) is not True
    assert again(cached) is True


def test_the_same_content_at_the_same_place_with_another_time_is_the_same(cached: Shell) -> None:
    again(cached)
    os.utime(cached.folder / "t.csv", (0, 0))
    assert again(cached) is True


def test_what_changes_while_it_is_checked_is_not_remembered_as_what_it_was(cached: Shell) -> None:
    project = config.load(str(cached.folder / "rules.yaml"), {})
    request = Request(project, targets.choose(project, Choice()), Severity.WARNING, "tester")
    spared = cache.spare(request, str(cached.folder / "cache/idqp"))
    cached.write("t.csv", "id\n3\n")
    report = run.run(spared.request, Memory(None), lambda _: None).report
    assert cache.keep(spared, report) is None
    assert not (cached.folder / "cache").exists()


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
])  # fmt: skip
def test_what_fails_or_depends_on_more_than_content_is_never_cached(
    cached: Shell, rule: dict[str, object], dataset: dict[str, str]
) -> None:
    cached.rules(rule, **dataset)
    first, second = again(cached), again(cached)
    assert first is not True
    assert second is not True


@pytest.mark.parametrize("mode", ["none", "backward", "full_transitive"])
def test_a_registry_that_is_not_asked_keeps_nothing_from_the_cache(cached: Shell, mode: str) -> None:
    cached.rules(RULE, schema=mode)
    assert [again(cached), again(cached)] == [0, True]


def test_the_files_of_other_datasets_belong_to_the_content(cached: Shell) -> None:
    rules = json.loads(rules_text([{"type": "references", "column": "id", "dataset": "u"}]))
    rules["datasets"]["u"] = {"path": "u.csv"}
    cached.write("rules.yaml", json.dumps(rules))
    cached.write("u.csv", "id\n1\n2\n")
    assert [again(cached, "t"), again(cached, "t")] == [0, True]
    rules["datasets"]["u"]["rules"] = [{"type": "schema", "columns": {"id": "VARCHAR"}}]
    cached.write("rules.yaml", json.dumps(rules))
    assert again(cached, "t") is not True
    cached.write("u.csv", "id\n1\n3\n")
    assert again(cached, "t") == 1


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
    again(cached)
    (entry,) = (cached.folder / "cache/idqp").iterdir()
    os.utime(entry, (0, 0))
    cached.write("t.csv", "id\n5\n")
    again(cached)
    (left,) = (cached.folder / "cache/idqp").iterdir()
    assert left.name != entry.name
    assert Path(left).stat().st_mode & 0o777 == 0o600
