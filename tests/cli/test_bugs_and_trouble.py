"""A bug while a run is remembered is exit 70 with the report; trouble of the store is exit 4 with what to do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import typer

from conftest import Ran, Shell
from idqp_cli.baselines import metrics, recall, saved
from idqp_cli.cli.app import app, guarded
from idqp_cli.core.errors import StoreError, UsageError
from idqp_cli.pipeline import record, sweep
from idqp_cli.store import sqlite, sqlite_ledger

Idqp = Callable[..., Ran]


@pytest.fixture
def idqp(shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Idqp:
    """Return a function that runs idqp in process, in a folder with a dataset that fails a rule."""
    shell.write("t.csv", "a,b\n1,9\n2,8\n")
    rules = [
        {"type": "range", "column": "b", "max": 5},
        {"type": "anomaly", "metric": "row_count"},
        {"type": "drift", "column": "b"},
    ]
    shell.write("rules.yaml", json.dumps({"version": 1, "datasets": {"t": {"path": "t.csv", "rules": rules}}}))
    monkeypatch.chdir(shell.folder)
    # Other tests of this process leave stores that are damaged.
    monkeypatch.setattr(sqlite, "OPENED", set())
    for name in ("IDQP_STORE", "IDQP_TOKEN", "IDQP_DEBUG", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> Ran:
        code = guarded(lambda: typer.main.get_command(app).main(list(words), prog_name="idqp", standalone_mode=False))
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return run


def raising(error: Exception) -> Callable[..., object]:
    def fails(*_: object, **__: object) -> object:
        raise error

    return fails


PLACES = [
    (record, "record"), (metrics, "past"), (recall, "recalled"), (saved, "keep"), (sweep, "sweep"),
    (sqlite_ledger, "audit"), (metrics, "trends"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "name"), PLACES)
@pytest.mark.parametrize("error", [TypeError("x"), KeyError("x"), AttributeError("x"), ZeroDivisionError("x")])
def test_a_bug_is_told_as_one_and_the_report_is_there(
    idqp: Idqp, monkeypatch: pytest.MonkeyPatch, module: object, name: str, error: Exception
) -> None:
    assert idqp("check").code == 1
    monkeypatch.setattr(module, name, raising(error))
    drawing = ["--output", "html=r.html"] if name == "trends" else []
    ran = idqp("check", "--format", "json", *drawing)
    assert (ran.code, ran.json["exit_code"], ran.json["status"]) == (70, 70, "failed")
    assert ran.err.endswith(f"a bug in idqp: {type(error).__name__}; set IDQP_DEBUG=1 to see where, and report it\n")
    monkeypatch.setenv("IDQP_DEBUG", "1")
    with pytest.raises(type(error)):
        idqp("check", *drawing)


@pytest.mark.parametrize(("module", "name"), PLACES[:-1])
@pytest.mark.parametrize("error", [StoreError("gone; do this"), UsageError("no; do that")])
def test_trouble_of_the_store_is_no_bug(
    idqp: Idqp, monkeypatch: pytest.MonkeyPatch, module: object, name: str, error: Exception
) -> None:
    assert idqp("check").code == 1
    monkeypatch.setattr(module, name, raising(error))
    ran = idqp("check", "--format", "json")
    assert (ran.code, ran.json["exit_code"], ran.json["status"]) == (4, 4, "failed")
    assert ran.err == f"idqp: error: not recorded: {error}\n"


def test_a_bug_of_a_run_that_passed_is_shown_also_where_little_is_said(
    idqp: Idqp, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write("t.csv", "a,b\n1,1\n2,2\n")
    assert idqp("check", "--quiet").out == ""
    monkeypatch.setattr(record, "record", raising(TypeError("x")))
    ran = idqp("check", "--quiet")
    assert (ran.code, "range(b)" in ran.out or "passed" in ran.out) == (70, True)
    assert "not recorded" in ran.err
    assert idqp("check", "--no-store").code == 0
