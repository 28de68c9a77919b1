"""Every option of `check` with every other: no bug, a whole report or none, and a refusal is one line."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import typer

from app_table import commands
from conftest import Ran, Shell
from idqp_cli.cli.app import app, guarded
from idqp_cli.ingest.database import Database, Row

# A value for each option that takes one; flags are found by themselves.
VALUES = {
    "--rules": "rules.yaml", "--dataset": "t", "--format": "json", "--output": "json=out.json",
    "--metrics-file": "out.prom", "--push": "http://127.0.0.1:9", "--fail-on": "critical", "--store": "other.db",
    "--set": "day=1", "--select": "type:range", "--exclude": "type:outliers", "--quarantine": "bad", "--good": "good",
    "--sample": "5", "--seed": "7", "--memory-limit": "200MB", "--threads": "1", "--changed-since": "HEAD",
    "--deadline": "60s", "--as-of": "2024-02-01", "--backfill": "old-2024-01-01.csv", "--engine": "duckdb",
}  # fmt: skip
RULES: list[Mapping[str, object]] = [
    {"type": "completeness", "column": "a"},
    {"type": "unique", "column": "a", "threshold": 0.5},
    {"type": "range", "column": "b", "max": 20},
    {"type": "outliers", "columns": ["b"], "method": "mad"},
    {"type": "sequence", "column": "a", "where": "a < 5"},
    {"type": "row_count", "min": 1, "segment_by": "c"},
    {"type": "drift", "column": "b"},
    {"type": "anomaly", "metric": "mean(b)"},
    {"type": "freshness", "max_age": "7d"},
]
# So many tests share the pairs of options.
PARTS = 24
FORKING = frozenset({"--deadline", "--memory-limit"})
VERDICT = re.compile(r"^(passed|failed|error|not checked)\b", re.MULTILINE)


def options() -> list[tuple[str, ...]]:
    """Return every option of `check` as the words of a command line."""
    (command,) = [one for words, one in commands() if words == ("check",)]
    # That one confines the process that it runs in for good: it has tests of its own, in other processes.
    found = [one for one in command.params if one.param_type_name == "option" and "--untrusted" not in one.opts]
    names = [max(one.opts, key=len) for one in found if not one.is_flag]
    assert set(names) == set(VALUES)
    return [(max(one.opts, key=len), *(() if one.is_flag else (VALUES[max(one.opts, key=len)],))) for one in found]


@pytest.fixture
def idqp(shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return a function that runs idqp in process, in a folder with a small project that git knows."""
    lines = ["a,b,c", *(f"{number},{number % 7 if number != 30 else 900},{'xy'[number % 2]}" for number in range(40))]
    shell.write("t.csv", "\n".join(lines) + "\n")
    shell.write("old-2024-01-01.csv", "\n".join(lines[:30]) + "\n")
    shell.rules(*RULES)
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=shell.folder, check=True)
    monkeypatch.chdir(shell.folder)
    for name in ("IDQP_STORE", "IDQP_PUSH", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shell.folder / "cache"))

    def run(*words: str) -> Ran:
        code = guarded(lambda: typer.main.get_command(app).main(list(words), prog_name="idqp", standalone_mode=False))
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return run


def whole(words: Sequence[str], ran: Ran) -> bool:
    """Tell whether what stands on stdout is a whole report, or nothing where nothing is to be said."""
    if "json" in words and ran.out:
        return bool(ran.json["exit_code"] == ran.code)
    return not ran.out or (ran.out.endswith("\n") and (VERDICT.search(ran.out) is not None or "--explain" in words))


@pytest.mark.one_in(10)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_option_with_every_other(shell: Shell, idqp: Callable[..., Ran], part: int) -> None:
    wrong = []
    for one, other in itertools.islice(itertools.combinations(options(), 2), part, None, PARTS):
        words = ("check", *one, *other)
        # These divide the process that they run in.
        ran = (shell.idqp if FORKING & {*words} else idqp)(*words)
        refused = ran.code == 2 and (ran.out or ran.err.count("\n") != 1 or not ran.err.startswith("idqp: error: "))
        if ran.code not in {0, 1, 2, 3, 4} or refused or not whole(words, ran):
            wrong.append((" ".join(words), ran))
    assert wrong == []


@pytest.mark.parametrize("method", ["zscore", "mad", "iqr", "isolation_forest", "knn", "lstm", "ensemble"])
def test_outliers_are_explained(idqp: Callable[..., Ran], method: str) -> None:
    order = {"order_by": "a"} if method == "lstm" else {}
    rules = [{"type": "outliers", "columns": ["b"], "method": method, **order}]
    Path("rules.yaml").write_text(json.dumps({"version": 1, "datasets": {"t": {"path": "t.csv", "rules": rules}}}))
    ran = idqp("check", "--explain", "-v")
    assert (ran.code, ran.err) == (0, "")
    assert "outliers" in ran.out


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0001-01-01", "x", ""])
@pytest.mark.parametrize(
    "words",
    [
        ("check", "--as-of"),
        ("incident", "list", "--since"),
        ("report", "--since"),
        ("incident", "snooze", "1", "--until"),
    ],
)
def test_a_time_at_the_ends_of_the_calendar_is_refused(
    idqp: Callable[..., Ran], words: Sequence[str], moment: str
) -> None:
    idqp("check", "-q")
    ran = idqp(*words, moment)
    assert ran.code == 2
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["--version"], ["doctor"], ["check"]])
def test_a_full_disk_behind_stdout_is_one_line(shell: Shell, words: Sequence[str]) -> None:
    shell.write("t.csv", "a\n1\n")
    shell.rules()
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "idqp_cli", *words], cwd=shell.folder, stdout=full, stderr=subprocess.PIPE, check=False,
            env={**os.environ, "IDQP_STORE": ""},
        )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.decode().count("\n") == 1


def test_the_score_does_not_depend_on_what_is_remembered(idqp: Callable[..., Ran]) -> None:
    scores = [idqp("check", "--format", "json", *words).json["score"] for words in ([], [], ["--no-store"])]
    assert len(set(scores)) == 1


def test_a_sample_passes_what_it_can_judge_and_names_the_rest(idqp: Callable[..., Ran]) -> None:
    ran = idqp("check", "--no-store", "--sample", "20", "--select", "type:completeness", "--select", "type:unique")
    assert ran.code == 0
    assert "a sample cannot judge them: row_count, unique(a)" in ran.err
    told = idqp("check", "--no-store", "--sample", "20", "--select", "type:completeness", "-v")
    assert re.search(r"none of 20 rows sampled fails; of all at most [\d.]+ % may", told.out)


@pytest.mark.parametrize("against", ["previous", {"file": "t.csv"}, {"window": "28d"}])
def test_a_file_is_parsed_a_few_times_whatever_is_compared(
    idqp: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, against: object
) -> None:
    names = [f"c{number}" for number in range(30)]
    rows = "".join(",".join(str((row * place) % 97) for place in range(30)) + "\n" for row in range(200))
    Path("t.csv").write_text(",".join(names) + "\n" + rows, encoding="utf-8")
    rules = [{"type": "drift", "column": name, "baseline": against} for name in names]
    rules += [{**rules[0], "where": "c1 > 3", "name": "some"}]
    Path("rules.yaml").write_text(json.dumps({"version": 1, "datasets": {"t": {"path": "t.csv", "rules": rules}}}))
    scans: list[str] = []
    fetch = Database.fetch

    def counted(self: Database, statement: str) -> list[Row]:
        scans.extend(["scan"] * statement.count("read_csv"))
        return fetch(self, statement)

    monkeypatch.setattr(Database, "fetch", counted)
    for words in (("check", "-q"), ("check", "-q"), ("baseline", "save", "t", "--name", "now")):
        scans.clear()
        assert idqp(*words).code == 0
        assert 1 <= len(scans) <= 6, words
