"""What completes a line: a table of lines, and the names it knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app_table import table
from conftest import Shell
from generated import fresh
from idqp_cli.cli import completion
from idqp_cli.cli.completion import answers, shells
from idqp_cli.cli.completion.names import Here
from idqp_cli.project import project as config

RULES = """\
version: 1
datasets:
  flights:
    path: f.csv
    rules:
      - {type: range, column: id, min: 0}
      - {type: range, column: id, max: 9}
      - {type: unique, columns: [id, b]}
      - {type: row_count, max: 10}
      - {name: it's "odd" $(touch pwned), type: unique, column: id}
  fares: {path: g.csv, rules: [{type: row_count, min: 1}, {type: schema, columns: {id: any}}]}
"""
FORMATS = ["table", "json", "junit", "sarif", "markdown", "github", "html"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_is_of_the_app() -> None:
    fresh("idqp_cli/cli/completion/commands.json", json.dumps(table(), indent=1) + "\n")


@pytest.mark.parametrize("shell", shells.FILES)
def test_the_scripts_are_those_that_ship(shell: str) -> None:
    fresh(f"completions/{shells.FILES[shell]}", shells.script(shell))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("line", "found"), [
    ("che", ["check"]),
    ("rule li", ["list", "lint"]),
    ("check ", ["flights", "fares", ":files"]),
    ("check flights ", ["fares", ":files"]),
    ("check fl", ["flights", ":files"]),
    ("check --dataset ", ["flights", "fares"]),
    ("check --dataset=fa", ["--dataset=fares"]),
    ("check --dataset = fa", ["fares"]),
    ("check --format ", FORMATS),
    ("check --format =", FORMATS),
    ("check --output ht", ["html="]),
    ("check --format json fl", ["flights", ":files"]),
    ("check --fail-on=w", ["--fail-on=warning"]),
    ("check --quarantine ", [":folders"]),
    ("check --store ", []),
    ("check --memory-limit 1GB fl", ["flights", ":files"]),
    ("check --no-cache fl", ["flights", ":files"]),
    ("check --fail", ["--fail-on"]),
    ("check -- --fail", [":files"]),
    ("check --select uni", ["unique(id, b)"]),
    ("check --rules gone.yaml fl", [":files"]),
    ("check - --dataset fl", ["flights"]),
    ("rule types len", ["length"]),
    ("nonsense ", ["init", "check"]),
    ("ack ", []),
])  # fmt: skip
def test_what_fits(line: str, found: list[str]) -> None:
    fitting = [one.value for one in answers.answers(table(), line.split(" "), Here({}))]
    assert fitting[: len(found)] == found
    assert len(fitting) == len(found) or line == "nonsense "


@pytest.mark.usefixtures("here")
def test_rules_have_the_names_that_they_have_elsewhere() -> None:
    project = config.load("rules.yaml", {})
    for dataset, rules in project.rules.items():
        assert list(Here({}).rules({}, dataset)) == [rule.name for rule in rules]


@pytest.mark.parametrize("content", [None, b"", b"[]", b"datasets: 1", b"datasets: {t: [1]}", b"datasets: {t: {rules: [1, {type: [x]}, {}]}}", b"\xff", b"{", b"a: &a [*a]"])  # fmt: skip
def test_a_rules_file_that_cannot_be_read_has_no_names(here: Path, content: bytes | None) -> None:
    if content is None:
        (here / "rules.yaml").unlink()
    else:
        (here / "rules.yaml").write_bytes(content)
    assert list(Here({}).rules({}, "t")) == list(Here({}).rules({}, None)) == []
    assert set(Here({}).datasets({})) <= {"t"}
    assert list(Here({}).incidents({})) == []


def test_incidents_are_the_open_ones_newest_first_and_the_store_is_left_alone(shell: Shell) -> None:
    shell.write("t.csv", "id\n-1\n-1\n")
    shell.rules({"type": "range", "column": "id", "min": 0}, {"type": "unique", "column": "id"})
    assert shell.idqp("complete", "--", "ack", "").out == ""
    assert not (shell.folder / ".idqp").exists()
    shell.idqp("check")
    ran = shell.idqp("complete", "--", "ack", "")
    assert (ran.code, ran.out) == (0, "2\twarning t: unique(id)\n1\twarning t: range(id)\n")
    assert shell.idqp("complete", "--", "ack", "2", "").out == "1\twarning t: range(id)\n"
    assert shell.idqp("complete", "--", "incident", "show", "--store", ".idqp/state.db", "").out == ran.out
    assert shell.idqp("complete", "--", "ack", "", env={"IDQP_STORE": "postgresql://u:p@h/d"}).out == ""
    shell.write(".idqp/state.db", b"no store")
    assert shell.idqp("complete", "--", "ack", "").out == ""


@pytest.mark.parametrize("words", [[], ["--script"], ["--script", "tcsh"], ["check"]])
def test_what_asks_for_nothing_is_refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert completion.main(words) == 2
    assert capsys.readouterr().err.startswith("idqp: error: complete takes")


def test_names_that_would_not_be_read_as_they_are_written_are_left_out(shell: Shell) -> None:
    shell.rules(
        {"type": "unique", "column": "a", "name": "a\tb"}, {"type": "unique", "column": "a", "name": "\x1b[31m"}
    )
    assert shell.idqp("complete", "--", "check", "--select", "").out == ""
