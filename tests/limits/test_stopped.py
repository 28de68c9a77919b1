"""Limits hold also inside one function call of DuckDB: what goes beyond them is stopped, and the rest is judged."""

from __future__ import annotations

import gzip
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Shell
from hostile.bombs import FILES

EVEN: dict[str, object] = {"type": "expression", "name": "even", "expression": "id % 2 = 0"}
UNIQUE: dict[str, object] = {"type": "unique", "column": "id"}
# Each row takes seconds, in little memory.
SLOW = {
    "distance": "levenshtein(repeat('x', 60000 + id), repeat('y', 60000)) >= 0",
    "likeness": "jaro_similarity(repeat('x', 300000 + id), repeat('y', 300000)) < 2",
}
# Each row takes more memory than the one before, or a gigabyte at once.
LARGE = {
    "texts": "length(repeat('x', id * 10000000)) >= 0",
    "series": "len(generate_series(0, 100000000 + a)) > 0",
    "lists": "len(list_zip(range(50000000 + a), range(50000000 + a))) > 0",
}
# A hung process is a failure after so many seconds.
HUNG = 170


def bomb(name: str, expression: str) -> dict[str, object]:
    return {"type": "expression", "name": name, "expression": expression}


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write("t.csv", "id,a,t,g\n" + "".join(f"{one},{one % 7},x{one},{'nsew'[one % 4]}\n" for one in range(1000)))
    return shell


class Pace:
    """How fast the machine is at this moment: by what the same command takes on a project without a bomb."""

    def __init__(self, shell: Shell) -> None:
        shell.write("calm/t.csv", "id\n1\n2\n")
        calm = Shell(shell.folder / "calm")
        calm.rules(EVEN)
        began = time.monotonic()
        assert calm.idqp("check", "--no-store", "--deadline", "1h").code == 1
        self.calm = time.monotonic() - began

    def deadline(self, processes: int) -> int:
        """Return a deadline in seconds in which so many processes can start, each with time to work."""
        return min(120, math.ceil((1.5 + 3 * self.calm) * processes))

    def soon(self, deadline: float) -> float:
        """Return after how many seconds a command with this deadline is to have ended."""
        return deadline + 5 + 10 * self.calm


def results(report: dict[str, Any], dataset: int = 0) -> dict[str, tuple[str, str]]:
    assert report["datasets"][dataset]["message"] is None
    return {one["rule"]: (one["status"], one["message"]) for one in report["datasets"][dataset]["results"]}


def test_bombs_are_errors_and_the_others_are_judged(project: Shell) -> None:
    project.rules(*(bomb(*one) for one in SLOW.items()), bomb("lists", LARGE["lists"]), EVEN, UNIQUE)
    pace = Pace(project)
    deadline = pace.deadline(4)
    began = time.monotonic()
    ran = project.idqp("check", "--no-store", "--format", "json", "--deadline", f"{deadline}s", "--memory-limit", "2GB")
    assert time.monotonic() - began < pace.soon(deadline)
    found = results(ran.json)
    assert ran.code == 3
    assert {name: status for name, (status, _) in found.items()} == {
        "row_count": "passed", "parse": "passed", "even": "failed", "unique(id)": "passed", **dict.fromkeys([*SLOW, "lists"], "error")
    }  # fmt: skip
    assert all(f"the deadline of {deadline} s" in found[name][1] for name in SLOW)
    # Which of the two it meets first is the machine's to say.
    assert "memory" in found["lists"][1] or "deadline" in found["lists"][1]
    assert ran.err.count("\n") == len(SLOW) + 1


@pytest.mark.parametrize("name", ["texts", "series"])
def test_memory_is_kept_by_all_processes(project: Shell, name: str) -> None:
    project.rules(bomb(name, LARGE[name]), EVEN, UNIQUE)
    code, most, out = measured(project, "check", "--no-store", "--memory-limit", "500MB", "--format", "json")
    found = results(json.loads(out))
    assert {one: status for one, (status, _) in found.items()} == {
        "row_count": "passed", "parse": "passed", name: "error", "even": "failed", "unique(id)": "passed",
    }  # fmt: skip
    assert "memory" in found[name][1]
    assert (code, most < 500e6 * 1.25) == (3, True)


def measured(project: Shell, *words: str) -> tuple[int, int, str]:
    """Run idqp; return its exit code, the most memory that its processes had at once, in bytes, and its report."""
    most = 0
    command = [sys.executable, "-m", "idqp_cli", *words]
    with subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            most = max(most, sum(map(resident, [run.pid, *children(run.pid)])))
            time.sleep(0.01)
        assert run.stdout is not None
        return run.returncode, most, run.stdout.read().decode()


def children(process: int) -> list[int]:
    """Return the processes that a process started, and those that these started."""
    try:
        started = [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []
    return [one for child in started for one in (child, *children(child))]


def resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@pytest.mark.one_in(2)
@pytest.mark.parametrize("words", [
    ("profile", "wide.csv.gz"), ("profile", "wide.csv.gz", "--format", "html"), ("suggest", "wide.csv.gz"), ("suggest", "wide*"),
    ("init", "wide.csv.gz", "--output", "new.yaml"), ("schema", "show", "wide.csv.gz"), ("schema", "export", "wide.csv.gz", "--format", "ddl"),
    ("baseline", "save", "t", "--name", "one", "--store", "s.db"), ("schema", "register", "t", "--store", "s.db"),
])  # fmt: skip
def test_what_looks_at_data_ends_by_the_deadline(project: Shell, words: tuple[str, ...]) -> None:
    wide = ",".join(f"c{one}" for one in range(10_000)) + "\n" + ("1," * 9_999 + "1\n") * 50
    project.write("wide.csv.gz", gzip.compress(wide.encode()))
    project.rules(path="wide.csv.gz")
    pace = Pace(project)
    began = time.monotonic()
    ran = project.idqp(*words, "--deadline", "1s")
    assert time.monotonic() - began < pace.soon(1)
    assert (ran.code, ran.out, ran.err) == (3, "", "idqp: error: not done within the deadline of 1 s\n")
    assert not (project.folder / "new.yaml").exists()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("where", ["where", "segment_by", "query", "parquet"])
def test_bombs_stand_anywhere(project: Shell, where: str) -> None:
    heavy = SLOW["distance"]
    rule: dict[str, object] = {"type": "range", "name": "bomb", "column": "a", "max": 9}
    if where == "where":
        rule["where"] = heavy
    elif where == "segment_by":
        rule |= {"where": heavy, "segment_by": "g"}
    elif where == "query":
        rule = {"type": "query", "name": "bomb", "sql": "SELECT unnest(range(id, 100000000)) FROM t"}
    else:
        rule = bomb("bomb", heavy)
        duckdb.sql(f"COPY (FROM '{project.folder}/t.csv') TO '{project.folder}/t.parquet'")
    project.rules(rule, EVEN, {**UNIQUE, "segment_by": "g"}, path="t.parquet" if where == "parquet" else "t.csv")
    pace = Pace(project)
    deadline = pace.deadline(2)
    began = time.monotonic()
    ran = project.idqp("check", "--no-store", "--format", "json", "--deadline", f"{deadline}s")
    assert time.monotonic() - began < pace.soon(deadline)
    found = results(ran.json)
    assert (ran.code, found["bomb"][0], found["even"][0]) == (3, "error", "failed")
    assert found["unique(id)"][0] == "passed"


def test_a_bomb_in_one_dataset_leaves_time_for_the_next(project: Shell) -> None:
    one = {"path": "t.csv", "rules": [bomb("bomb", SLOW["distance"])]}
    project.write(
        "rules.yaml", json.dumps({"version": 1, "datasets": {"a": one, "b": {"path": "t.csv", "rules": [EVEN]}}})
    )
    ran = project.idqp("check", "--no-store", "--format", "json", "--deadline", f"{Pace(project).deadline(3)}s")
    assert (ran.code, results(ran.json, 0)["bomb"][0], results(ran.json, 1)["even"][0]) == (3, "error", "failed")


def test_a_file_that_takes_too_much_leaves_the_next_to_be_judged(project: Shell) -> None:
    project.write("bomb.csv.zst", dict(FILES)["rows.csv.zst"]())
    bad = {"path": "bomb.csv.zst", "rules": [{"type": "row_count", "min": 1}]}
    project.write(
        "rules.yaml", json.dumps({"version": 1, "datasets": {"a": bad, "b": {"path": "t.csv", "rules": [EVEN]}}})
    )
    ran = project.idqp("check", "--no-store", "--format", "json", "--memory-limit", "400MB")
    assert (ran.code, results(ran.json, 1)["even"][0]) == (3, "failed")
    assert ran.json["datasets"][0]["message"] is not None


@pytest.mark.thorough
def test_a_file_that_takes_long_to_be_opened_waits_for_the_others(project: Shell) -> None:
    project.write("bomb.csv.gz", dict(FILES)["line.csv.gz"]())
    refers = {"type": "references", "column": "id", "dataset": "a", "to": "id"}
    datasets = {
        "a": {"path": "bomb.csv.gz", "rules": [{"type": "row_count", "min": 1}]},
        "b": {"path": "t.csv", "rules": [EVEN]},
        "c": {"path": "t.csv", "rules": [refers]},
        "d": {"path": "t.csv", "rules": [{"type": "drift", "column": "a", "baseline": {"file": "bomb.csv.gz"}}]},
    }
    project.write("rules.yaml", json.dumps({"version": 1, "datasets": datasets}))
    pace = Pace(project)
    deadline = pace.deadline(4)
    began = time.monotonic()
    ran = project.idqp("check", "--no-store", "--format", "json", "--deadline", f"{deadline}s")
    assert time.monotonic() - began < pace.soon(deadline)
    told = {one["dataset"]: one["message"] for one in ran.json["datasets"]}
    assert (ran.code, list(told), results(ran.json, 1)["even"][0]) == (3, ["a", "b", "c", "d"], "failed")
    assert f"the deadline of {deadline} s" in told["a"]
    # Either it was judged that what the rule refers to was not there, or there was no time left for that.
    rest = [one["status"] for dataset in ran.json["datasets"][2:] for one in dataset["results"]]
    assert "error" in rest or told["c"] is not None


def test_a_file_that_takes_long_to_be_checked_waits_for_the_others(project: Shell) -> None:
    project.write("bomb.csv.gz", dict(FILES)["wide.csv.gz"]())
    bad = {"path": "bomb.csv.gz", "rules": [{"type": "row_count", "min": 1}]}
    project.write(
        "rules.yaml", json.dumps({"version": 1, "datasets": {"a": bad, "b": {"path": "t.csv", "rules": [EVEN]}}})
    )
    ran = project.idqp("check", "--no-store", "--format", "json", "--deadline", f"{Pace(project).deadline(3)}s")
    # A machine that checks it in half of the time has no reason to let it wait.
    assert results(ran.json, 1)["even"][0] == "failed"
    assert ran.code == (3 if ran.json["datasets"][0]["message"] else 1)


MANY: list[dict[str, object]] = [
    EVEN, UNIQUE,
    {"type": "range", "column": "a", "max": 4, "where": "g <> 'n'", "segment_by": "g"},
    {"type": "query", "name": "none", "sql": "SELECT * FROM t WHERE a > 5"},
    {"type": "outliers", "column": "id", "method": "iqr"},
    {"type": "outliers", "column": "id", "method": "knn"},
    {"type": "sequence", "column": "id"},
    {"type": "pattern", "column": "t", "regex": "x[0-8]*"},
    {"type": "statistic", "column": "a", "statistic": "mean", "max": 2},
    {"type": "drift", "column": "a", "baseline": {"file": "before.csv"}},
    {"type": "references", "column": "a", "dataset": "other", "to": "a"},
    {"type": "anomaly", "metric": "row_count"},
]  # fmt: skip


@pytest.mark.parametrize("words", [[], ["--sample", "100"], ["--quarantine", "bad", "--good", "good"]])
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "bad.csv", "parquet"])
@pytest.mark.one_in(3)
def test_a_limit_that_is_kept_changes_nothing(project: Shell, kind: str, words: list[str]) -> None:
    text = (project.folder / "t.csv").read_bytes()
    project.write("before.csv", text[:4000].rpartition(b"\n")[0] + b"\n")
    if kind == "csv.gz":
        project.write("t.csv.gz", gzip.compress(text))
    elif kind == "bad.csv":
        project.write("t.bad.csv", text + b'1,2\n"x"y,1,2,n\n7,x,y,s\n')
    elif kind == "parquet":
        duckdb.sql(f"COPY (FROM '{project.folder}/t.csv') TO '{project.folder}/t.parquet'")
    rules = {"version": 1, "datasets": {
        "t": {"path": f"t.{kind}", "key": "id", "pii": ["t"], "rules": MANY},
        "other": {"path": "before.csv", "rules": [UNIQUE]},
    }}  # fmt: skip
    project.write("rules.yaml", json.dumps(rules))
    plain = project.idqp("check", "--no-store", "--format", "json", *words)
    limited = project.idqp(
        "check", "--no-store", "--format", "json", "--deadline", "1h", "--memory-limit", "4GB", *words
    )
    assert plain.code in (1, 3)
    assert (limited.code, limited.err, timeless(limited.json)) == (plain.code, plain.err, timeless(plain.json))


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in {"run_id", "started_at", "duration_seconds"}}


def test_what_is_wrong_with_the_rules_is_said_as_without_a_limit(project: Shell) -> None:
    project.rules({"type": "expression", "expression": "read_text('/etc/passwd') = a"})
    plain, limited = (project.idqp("check", "--no-store", *words) for words in ([], ["--deadline", "1h"]))
    assert plain.code == 2
    assert (limited.code, limited.out, limited.err) == (plain.code, plain.out, plain.err)


def test_what_is_learnt_under_a_limit_is_remembered(project: Shell) -> None:
    project.rules(
        EVEN, {"type": "anomaly", "metric": "row_count"}, {"type": "drift", "column": "a", "baseline": "previous"}
    )
    codes = [project.idqp("check", "--store", "s.db", "--deadline", "1h").code for _ in range(2)]
    listed = project.idqp("incident", "list", "--store", "s.db", "--format", "json")
    assert (codes, len(listed.json)) == ([1, 1], 1)


@contextmanager
def at_work(project: Shell, *words: str, env: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Check a bomb; give the process, and the number of the one that is at the bomb."""
    command = [sys.executable, "-m", "idqp_cli", "check", "--no-store", "--deadline", "1h", *words]
    with subprocess.Popen(
        command, cwd=project.folder, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as run:  # fmt: skip
        try:
            until, working = time.monotonic() + HUNG, None
            while working is None and time.monotonic() < until:
                time.sleep(0.05)
                working = next((one for one in children(run.pid) if computed(one) > STARTED), None)
            assert working is not None
            yield run, working
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)


# A process has started with less than half of these seconds of computing.
STARTED = 2.5


def computed(process: int) -> float:
    """Return the seconds that a process has computed."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_ctrl_c_ends_a_statement_that_duckdb_does_not(project: Shell) -> None:
    project.rules(bomb("bomb", SLOW["distance"]))
    temporary = project.folder / "tmp"
    temporary.mkdir()
    with at_work(project, env={"TMPDIR": str(temporary)}) as (run, _):
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(HUNG) == 130
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("killed", [signal.SIGSEGV, signal.SIGBUS, signal.SIGKILL])
def test_a_process_that_breaks_down_takes_one_rule_with_it(project: Shell, killed: signal.Signals) -> None:
    project.rules(bomb("bomb", SLOW["distance"]), EVEN)
    with at_work(project, "--format", "json", env={}) as (run, working):
        os.kill(working, killed)
        out, _ = run.communicate(timeout=HUNG)
    found = results(json.loads(out))
    assert (run.returncode, found["bomb"], found["even"][0]) == (
        3, ("error", f"stopped: the process that read the data ended by {killed.name}"), "failed"
    )  # fmt: skip
