"""Memory, threads and temporary folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from conftest import Shell

RULES: list[dict[str, object]] = [{"type": "unique", "column": "t"}, {"type": "range", "column": "n", "max": 199_990}]


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write("t.csv", "n,t\n" + "".join(f"{number},text-{number * 7919 % 200_003}\n" for number in range(200_000)))
    shell.rules(*RULES)
    return shell


@pytest.mark.parametrize("words", [["--threads", "1"], ["--threads", "2"], ["--memory-limit", "100MB"]])
def test_the_verdict_does_not_depend_on_resources(project: Shell, words: list[str]) -> None:
    ran = project.idqp("check", "--no-store", "--format", "json", *words)
    unique, limits = ran.json["datasets"][0]["results"][-2:]
    assert (ran.code, unique["rows_failed"], limits["rows_failed"]) == (1, 0, 9)
    assert [sample["line"] for sample in limits["samples"]] == [199_993, 199_994, 199_995, 199_996, 199_997]


@pytest.mark.parametrize("words", [["--memory-limit", "much"], ["--threads", "0"]])
def test_resources_that_are_none_are_refused(project: Shell, words: list[str]) -> None:
    ran = project.idqp("check", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_what_a_killed_run_left_behind_is_swept_away_by_the_next(project: Shell) -> None:
    temporary = project.folder / "tmp"
    temporary.mkdir()
    env = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "idqp_cli", "check", "-"]
    with subprocess.Popen(command, cwd=project.folder, stdin=subprocess.PIPE, env=env) as run:
        deadline = time.monotonic() + 30
        while not list(temporary.glob("*/stdin")) and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
    (left,) = temporary.iterdir()
    assert project.idqp("check", "--no-store", env=env).code == 1
    assert list(temporary.iterdir()) == [left]
    os.utime(left, (0, 0))
    assert project.idqp("check", "--no-store", env=env).code == 1
    assert list(temporary.iterdir()) == []


def test_a_folder_that_is_in_use_or_none_of_ours_is_left_alone(project: Shell) -> None:
    temporary = project.folder / "tmp"
    (temporary / "idqp-foreign").mkdir(parents=True)
    os.utime(temporary / "idqp-foreign", (0, 0))
    assert project.idqp("check", "--no-store", env={"TMPDIR": str(temporary)}).code == 1
    assert [path.name for path in temporary.iterdir()] == ["idqp-foreign"]
