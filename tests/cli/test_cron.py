"""Runs that nobody watches: no two at once, and none that outlives its time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import Shell
from idqp_cli.core.deadline import within
from idqp_cli.core.errors import BusyError
from idqp_cli.core.model import Severity
from idqp_cli.ingest.resources import Resources
from idqp_cli.pipeline import lock, targets
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config

RULE = {"type": "range", "column": "id", "min": 0}
# Some seconds of work in one scan of its own, for every machine.
SLOW = {
    "type": "query",
    "name": "slow",
    "sql": "SELECT 1 FROM t WHERE (SELECT max((r.range * id) % 7) FROM range(4000000000) AS r) < 0",
}


@contextmanager
def reading(shell: Shell, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a check that waits for its standard input, and holds what it has locked."""
    command = [sys.executable, "-m", "idqp_cli", "check", "-", "--dataset", "t", *words]
    with subprocess.Popen(command, cwd=shell.folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as run:
        for _ in range(600):
            if list(shell.folder.glob("**/locks/t-*.lock")) and list(shell.folder.glob("tmp/*/stdin")):
                break
            time.sleep(0.05)
        try:
            yield run
        finally:
            run.kill()


@pytest.fixture
def project(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    (shell.folder / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(shell.folder / "tmp"))
    # Here too, not only in the processes that are started.
    monkeypatch.setattr(tempfile, "tempdir", None)
    shell.write("t.csv", "id\n1\n2\n")
    shell.rules(RULE)
    return shell


def test_two_runs_of_a_dataset_never_overlap(project: Shell) -> None:
    with reading(project, "--lock") as first:
        ran = project.idqp("check", "--lock")
        said = f"idqp: error: t: another run (process {first.pid}) is checking it; not checked\n"
        assert (ran.code, ran.out, ran.err) == (3, "", said)
        assert project.idqp("check", "--lock", "--no-store").code == 3
        assert project.idqp("check").code == 0
        assert project.idqp("check", "t.csv", "--lock", "--store", "elsewhere/state.db").code == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_is_gone_with_its_run_however_it_ends(project: Shell, how: signal.Signals) -> None:
    with reading(project, "--lock") as first:
        first.send_signal(how)
        first.wait()
    assert project.idqp("check", "--lock").code == 0


def test_all_datasets_are_locked_or_none(tmp_path: Path) -> None:
    with lock.held(str(tmp_path), ["b"]):
        with pytest.raises(BusyError, match="b: another run"), lock.held(str(tmp_path), ["a", "b", "c"]):
            pass
        with lock.held(str(tmp_path), ["a", "c", "a"]):
            pass


@pytest.mark.parametrize(("one", "other"), [("a/b", "a_b"), ("x" * 300, "x" * 301), ("\udcff", "_"), ("..", ".")])
def test_names_that_look_alike_have_locks_of_their_own(tmp_path: Path, one: str, other: str) -> None:
    with lock.held(str(tmp_path), [one]), lock.held(str(tmp_path), [other]):
        assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.usefixtures("project")
def test_the_locks_of_a_store_on_a_server_lie_in_a_folder_of_the_user(tmp_path: Path) -> None:
    one, other = lock.folder("postgresql://h/a"), lock.folder("postgresql://h/b")
    own = Path(one).parent
    assert (own.parent, own.stat().st_mode & 0o777, one != other) == (tmp_path / "tmp", 0o700, True)
    own.rmdir()
    own.symlink_to(tmp_path)
    with pytest.raises(BusyError, match="belongs to another user"):
        lock.folder("postgresql://h/a")


def test_a_lock_that_cannot_be_had_is_no_pass(project: Shell) -> None:
    project.write(".idqp/locks", "a file in the way")
    ran = project.idqp("check", "--lock")
    assert (ran.code, ran.out, "cannot be locked" in ran.err) == (3, "", True)


def test_what_is_not_judged_by_the_deadline_is_an_error(project: Shell) -> None:
    outliers = [{"type": "outliers", "name": method, "column": "id", "method": method} for method in ("knn", "mad")]
    project.rules(RULE, SLOW, *outliers)
    rules = config.load(str(project.folder / "rules.yaml"), {})
    limited = Resources(threads=1, deadline=within(15))
    request = Request(rules, targets.choose(rules, Choice()), Severity.WARNING, "tester", resources=limited)
    began = time.monotonic()
    report = pipeline.run(request, Memory(None), lambda _: None).report
    assert time.monotonic() - began < 30
    results = {result.rule: result for result in report.datasets[0].results}
    assert (report.exit_code, report.status) == (3, "error")
    assert {name: results[name].status for name in ("parse", "row_count", "range(id)", "slow")} == {
        "parse": "passed", "row_count": "passed", "range(id)": "passed", "slow": "error",
    }  # fmt: skip
    assert results["slow"].verdict.message == "stopped: it took more than its share of the deadline of 15 s"
    assert list((project.folder / "tmp").iterdir()) == []


def test_a_deadline_that_is_kept_changes_nothing(project: Shell) -> None:
    assert project.idqp("check", "--deadline", "1h").code == 0


@pytest.mark.parametrize("time_limit", ["0s", "30", ""])
def test_a_deadline_that_is_none_is_refused(project: Shell, time_limit: str) -> None:
    ran = project.idqp("check", "--deadline", time_limit)
    assert (ran.code, ran.out) == (2, "")
    assert "--deadline takes a duration like 30s or 5m" in ran.err


def test_a_dataset_that_the_deadline_leaves_no_time_for_is_not_checked(project: Shell) -> None:
    ran = project.idqp("check", "--deadline", "0.000001s", "--quiet")
    assert ran.code == 3
    assert "t: not judged within the deadline of 1e-06 s" in ran.err


def test_a_pipe_that_never_ends_meets_the_deadline(project: Shell) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as held, os.fdopen(reader, "rb") as stdin:
        held.write(b"id\n1\n")
        held.flush()
        done = subprocess.run(
            [sys.executable, "-m", "idqp_cli", "check", "-", "--dataset", "t", "--deadline", "1s"],
            cwd=project.folder, stdin=stdin, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 3
    assert list((project.folder / "tmp").iterdir()) == []


def test_standard_input_that_ends_in_time_is_checked(project: Shell) -> None:
    text = "id\n" + "1\n" * 700_000 + "-1\n"
    assert project.idqp("check", "-", "--dataset", "t", "--deadline", "50s", stdin=text.encode()).code == 1
