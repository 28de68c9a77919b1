"""Reports in files, and the formats as users get them."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xmlschema

from conftest import Shell
from idqp_cli.report.formats import Format

RANGE = {"type": "range", "column": "qty", "min": 0}


@pytest.fixture
def failing(shell: Shell) -> Shell:
    shell.write("t.csv", "id,qty\n1,5\n2,-7\n")
    shell.rules(RANGE, key=["id"])
    return shell


def test_every_format_at_once_and_stdout_stays_one_report(failing: Shell) -> None:
    words = [word for form in Format for word in ("--output", f"{form}=out/report.{form}")]
    ran = failing.idqp("check", "--format", "json", *words)
    assert (ran.code, ran.err, ran.json["status"]) == (1, "", "failed")
    written = {path.name: path.read_text() for path in (failing.folder / "out").iterdir()}
    # A report that does not show by itself that it is one is noted.
    noted = json.loads(written.pop(".idqp-written.json"))
    assert set(written) == {f"report.{form}" for form in Format}
    assert all(f"report.{form}" not in str(noted) for form in ("json", "junit", "sarif", "html"))
    assert json.loads(written["report.json"]) == ran.json
    xmlschema.XMLSchema(Path(__file__).parents[1] / "data/schemas/junit-10.xsd").validate(written["report.junit"])
    (found,) = json.loads(written["report.sarif"])["runs"][0]["results"]
    physical = [place["physicalLocation"] for place in (*found["locations"], *found["relatedLocations"])]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in physical] == [
        ("t.csv", 3),
        ("rules.yaml", rule_line(failing)),
    ]
    assert "incident 1, new" in written["report.html"]
    assert written["report.table"].startswith("t  t.csv")


def rule_line(shell: Shell) -> int:
    lines = (shell.folder / "rules.yaml").read_text().splitlines()
    # The rule begins with the brace on the line before.
    return next(number for number, line in enumerate(lines) if '"type": "range"' in line)


@pytest.mark.parametrize(("made", "reason"), [
    (lambda folder: (folder / "out").mkdir(), "is a directory"),
    (lambda folder: (folder / "out").symlink_to("gone/deeper/still"), None),
    (lambda folder: (folder / "out").symlink_to("out"), "too many levels of symbolic links"),
    (lambda folder: (folder / "out").symlink_to("t.csv/below"), "not a directory"),
    (lambda folder: (folder / "out").symlink_to("/proc/1/below"), "no such file or directory"),
    (lambda folder: (folder / "out").symlink_to("/dev/full"), "no space left on device"),
    (lambda folder: (folder / "out").symlink_to("/dev/null"), None),
])  # fmt: skip
def test_a_file_that_cannot_be_written_is_4_and_changes_no_verdict(
    failing: Shell, made: Callable[[Path], None], reason: str | None
) -> None:
    made(failing.folder)
    ran = failing.idqp("check", "--format", "json", "--output", "html=out", "--output", "junit=good.xml")
    assert (failing.folder / "good.xml").exists()
    assert ran.json["status"] == "failed"
    assert ran.code == ran.json["exit_code"] == (1 if reason is None else 4)
    assert ran.err == ("" if reason is None else f"idqp: error: out: the html report cannot be written: {reason}\n")
    assert not list(failing.folder.glob(".idqp-*"))


def test_what_is_no_regular_file_is_written_to_as_it_is(failing: Shell) -> None:
    ran = failing.idqp("check", "--output", "sarif=/dev/stderr")
    assert (ran.code, json.loads(ran.err)["version"]) == (1, "2.1.0")


def test_data_that_could_not_be_checked_wins_over_a_file_that_could_not_be_written(shell: Shell) -> None:
    shell.rules(RANGE)
    assert shell.idqp("check", "--output", "html=/dev/full").code == 3


def test_a_report_replaces_the_last_in_one_step_and_keeps_its_mode_and_its_link(failing: Shell) -> None:
    assert failing.idqp("check", "--output", "html=kept.html").code == 1
    kept = failing.folder / "kept.html"
    kept.chmod(0o640)
    (failing.folder / "link.html").symlink_to("kept.html")
    before = kept.stat().st_ino
    assert failing.idqp("check", "--output", "html=link.html").code == 1
    assert (failing.folder / "link.html").is_symlink()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert kept.stat().st_ino != before
    assert kept.read_text().startswith("<!DOCTYPE html>")
    with mask(0o027):
        assert failing.idqp("check", "--output", "html=new.html").code == 1
    assert stat.S_IMODE((failing.folder / "new.html").stat().st_mode) == 0o640


@contextmanager
def mask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize(("words", "message"), [
    (["report.xml"], "--output takes FORMAT=PATH, with one of table, json, "),
    (["xml=report.xml"], "--output takes FORMAT=PATH"),
    (["html="], "--output takes FORMAT=PATH"),
    (["html=a", "--output", "json=./a"], "--output: ./a is named twice"),
])  # fmt: skip
def test_what_is_no_output_is_2_before_anything_is_read(failing: Shell, words: list[str], message: str) -> None:
    ran = failing.idqp("check", "--output", *words)
    assert (ran.code, ran.out, message in ran.err) == (2, "", True)
    assert not (failing.folder / ".idqp").exists()


@pytest.mark.parametrize("words", [
    ["--output", "html=rules.yaml"], ["--output", "html=link"], ["--output", "json=d/../t.csv"],
    ["--metrics-file", "t.csv"], ["--output", "json=.idqp/state.db"], ["t.csv", "--output", "json=t.csv"],
])  # fmt: skip
def test_nothing_is_written_over_what_the_check_needs(failing: Shell, words: list[str]) -> None:
    failing.rules(RANGE, path="*.csv")
    (failing.folder / "link").symlink_to("t.csv")
    (failing.folder / "d").mkdir()
    before = (failing.folder / "t.csv").read_text(), (failing.folder / "rules.yaml").read_text()
    ran = failing.idqp("check", *words)
    assert (ran.code, "would overwrite checked data" in ran.err) == (2, True)
    assert before == ((failing.folder / "t.csv").read_text(), (failing.folder / "rules.yaml").read_text())


def test_in_github_actions_the_summary_grows_and_paths_begin_at_the_repository(failing: Shell) -> None:
    failing.write("summary.md", "before\n")
    env = {"GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_WORKSPACE": str(failing.folder.parent)}
    ran = failing.idqp("check", "--format", "github", env=env)
    assert failing.idqp("check", env=env).code == ran.code == 1
    assert (failing.folder / "summary.md").read_text().split("\n## ")[0] == "before"
    assert (failing.folder / "summary.md").read_text().count("## idqp: failed\n") == 2
    data, rule, summary = ran.out.splitlines()
    folder = failing.folder.name
    assert data.startswith(
        f"::warning file={folder}/t.csv,line=3,title=t%3A range(qty)::1 of 2 rows: qty is outside [0, ∞) (50 %25)%0A"
    )
    assert rule.startswith(f"::notice file={folder}/rules.yaml,line={rule_line(failing)},")
    assert summary.startswith("idqp: failed: 1 failed, 2 passed in ")


def test_since_when_an_incident_is_open(failing: Shell) -> None:
    assert "range(qty)  incident 1, new\n" in failing.idqp("check").out
    assert "range(qty)  incident 1, since 20" in failing.idqp("check").out


def test_which_incidents_a_pass_resolves(failing: Shell) -> None:
    failing.idqp("check")
    failing.write("t.csv", "id,qty\n1,5\n2,7\n")
    words = [word for form in ("html", "markdown") for word in ("--output", f"{form}=report.{form}")]
    assert " passed, incident 1 resolved\n" in failing.idqp("check", *words).out
    written = {form: (failing.folder / f"report.{form}").read_text() for form in ("html", "markdown")}
    assert "✅ 4 passed, incident 1 resolved\n" in written["markdown"]
    assert "incident 1 resolved</span>" in written["html"]
    # It is resolved by the first pass alone.
    again = failing.idqp("check")
    assert "resolved" not in again.out
    failing.write("t.csv", "id,qty\n1,-5\n2,-7\n")
    failing.idqp("check")
    failing.write("t.csv", "id,qty\n1,5\n2,7\n")
    assert failing.idqp("check", "-v").out.count("incident 1 resolved") == 1


def test_many_incidents_that_end_at_once_are_counted(failing: Shell) -> None:
    failing.write("t.csv", "id,qty\n1,-5\n")
    failing.rules(*({**RANGE, "name": f"rule {number}"} for number in range(12)))
    failing.idqp("check")
    failing.write("t.csv", "id,qty\n1,5\n")
    assert " passed, incidents 1, 2, 3, 4, 5, 6, 7, 8 and 4 more resolved\n" in failing.idqp("check").out


def test_what_does_not_fail_the_run_fails_no_test_case(failing: Shell) -> None:
    failing.rules({**RANGE, "severity": "info"})
    ran = failing.idqp("check", "--format", "junit")
    assert (ran.code, "<failure" in ran.out, "<system-out>1 of 2 rows" in ran.out) == (0, False, True)
    assert "<failure" in failing.idqp("check", "--format", "junit", "--fail-on", "info").out
