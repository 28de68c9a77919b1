"""Memory, threads and temporary folders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import duckdb
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


WIDE = range(800)


@pytest.mark.parametrize(("ending", "memory"), [("csv", "900MB"), ("parquet", "300MB")])
def test_many_rules_on_a_wide_file_take_little_memory(shell: Shell, ending: str, memory: str) -> None:
    lines = [",".join(f"c{one}" for one in WIDE), *(",".join(str(row * one % 97) for one in WIDE) for row in range(9))]
    shell.write("t.csv", "\n".join(lines) + "\n")
    if ending == "parquet":
        duckdb.sql(f"COPY (FROM '{shell.folder}/t.csv') TO '{shell.folder}/t.parquet'")
    each: list[dict[str, object]] = [
        {"type": "statistic", "statistic": "median", "max": 80},
        {"type": "range", "max": 80},
    ]
    shell.rules(*({**rule, "column": f"c{one}"} for rule in each for one in WIDE), path=f"t.{ending}")
    ran = shell.idqp("check", "--no-store", "--format", "json", "--memory-limit", memory)
    failed = [one["rule"] for one in ran.json["datasets"][0]["results"] if one["status"] == "failed"]
    columns = {one: [row * one % 97 for row in range(9)] for one in WIDE}
    medians = {f"statistic(c{one})" for one, cells in columns.items() if sorted(cells)[4] > 80}
    ranges = {f"range(c{one})" for one, cells in columns.items() if max(cells) > 80}
    assert (ran.code, set(failed)) == (1, medians | ranges)


def test_as_many_cells_that_do_not_parse_as_columns_are_all_counted(shell: Shell) -> None:
    names = [f"c{one}" for one in range(1_500)]
    rows = [",".join("x" if row == 7 else "1" for _ in names) for row in range(20)]
    shell.write("t.csv", "\n".join([",".join(names), *rows]) + "\n")
    ran = shell.idqp("check", "t.csv", "--no-store", "--format", "json")
    (parse,) = [one for one in ran.json["datasets"][0]["results"] if one["rule"] == "parse"]
    assert (ran.code, parse["metric_value"], parse["rows_failed"]) == (1, 1_500, 1)
