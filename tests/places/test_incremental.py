"""An incremental dataset: a run reads the files that no recorded run has read, and no other."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog

from conftest import Cluster, Shell, rules_text
from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import DatasetReport, Report, Result, Severity
from idqp_cli.pipeline import increments, targets
from idqp_cli.pipeline import run as pipeline
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.run import Outcome
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config
from idqp_cli.store import open_store
from remote_servers import S3

UNIQUE: dict[str, object] = {"type": "unique", "column": "id"}
THERE: dict[str, object] = {"type": "completeness", "column": "v"}
# How many commits and kills there are; `make nightly` asks for more.
COMMITS = int(os.environ.get("IDQP_COMMITS", "4"))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.address(request.getfixturevalue("database"))


def ran(
    folder: Path, choice: Choice | None = None, *, store: str | None = None, every: bool = False, **more: object
) -> Outcome:
    """Check the datasets of the rules file in a folder, in process."""
    project = config.load(str(folder / "rules.yaml"), {})
    chosen = targets.choose(project, choice or Choice())
    memory = Memory(store or project.store)
    try:
        request = Request(project, chosen, Severity.WARNING, "tester", every=every, **more)  # type: ignore[arg-type]
        outcome = pipeline.run(request, memory, lambda _: None)
        assert (memory.failure, memory.bug) == (None, None)
        return outcome
    finally:
        memory.close()


def rules(folder: Path, *own: dict[str, object], path: str = "d", **more: object) -> None:
    (folder / "rules.yaml").write_text(rules_text(own or (UNIQUE, THERE), path, incremental=True, **more))


def put(folder: Path, name: str, ids: Sequence[int], value: str = "a") -> Path:
    """Write a file of the dataset."""
    path = folder / "d" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("id,v\n" + "".join(f"{one},{value}\n" for one in ids))
    return path


def only(report: Report) -> DatasetReport:
    (found,) = report.datasets
    return found


def of(report: DatasetReport, kind: str) -> Result:
    (found,) = (one for one in report.results if one.type == kind)
    return found


def read(outcome: Outcome) -> tuple[int | None, int, int]:
    """Return the rows and the numbers of new and of seen files; nothing was new where there is no report."""
    if not outcome.report.datasets:
        assert outcome.report.exit_code == 0
        assert "nothing new to read; " in outcome.remarks[0]
        return 0, 0, 0
    found = only(outcome.report)
    assert found.increment is not None, found
    return found.rows, found.increment.new_files, found.increment.seen_files


def test_a_run_reads_what_no_recorded_run_has_read(tmp_path: Path, store: str) -> None:
    rules(tmp_path)
    first = put(tmp_path, "b.csv", [1, 2])
    assert read(ran(tmp_path, store=store)) == (2, 1, 0)
    assert read(ran(tmp_path, store=store)) == (0, 0, 0)
    put(tmp_path, "c.csv", [3, 4, 5])
    assert read(ran(tmp_path, store=store)) == (3, 1, 1)
    put(tmp_path, "a/late.csv", [6])
    assert read(ran(tmp_path, store=store)) == (1, 1, 2)
    os.utime(first, (1, 1))
    assert read(ran(tmp_path, store=store)) == (0, 0, 0)
    was = first.stat()
    first.write_text("id,v\n7,b\n8,b\n")
    os.utime(first, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert read(ran(tmp_path, store=store)) == (2, 1, 2)
    os.rename(first, tmp_path / "d" / "other.csv")
    assert read(ran(tmp_path, store=store)) == (2, 1, 2)
    assert read(ran(tmp_path, store=store, every=True)) == (6, 3, 0)
    assert read(ran(tmp_path, store=store)) == (0, 0, 0)


def test_a_run_that_fails_has_seen_its_files_and_its_incidents_stay_open(tmp_path: Path, store: str) -> None:
    rules(tmp_path, UNIQUE, THERE, {"type": "row_count", "min": 2})
    put(tmp_path, "a.csv", [1], "")
    failed = only(ran(tmp_path, store=store).report)
    numbers = {one.type: one.incident for one in failed.results if one.incident is not None}
    assert set(numbers) == {"completeness", "row_count"}
    assert read(ran(tmp_path, store=store)) == (0, 0, 0)
    put(tmp_path, "b.csv", [2, 3])
    passed = only(ran(tmp_path, store=store).report)
    assert passed.status == "passed"
    assert of(passed, "row_count").verdict.message == "2 rows (of 1 new file alone)"
    opened = open_store(store)
    try:
        left = {one.number for one in opened.incidents(resolved=False)}
    finally:
        opened.close()
    # The rows are still there; the number of rows was that of new files, and is so again.
    assert left == {numbers["completeness"]}
    put(tmp_path, "a.csv", [1])
    ran(tmp_path, store=store)
    ran(tmp_path, store=store, every=True)
    opened = open_store(store)
    try:
        assert opened.incidents(resolved=False) == ()
    finally:
        opened.close()


def test_a_run_that_could_not_check_or_judged_a_part_reads_its_files_again(tmp_path: Path, store: str) -> None:
    broken: dict[str, object] = {"type": "range", "column": "price", "min": 0}
    rules(tmp_path, UNIQUE, broken)
    put(tmp_path, "a.csv", [1, 2])
    assert only(ran(tmp_path, store=store).report).status == "error"
    rules(tmp_path, UNIQUE, THERE)
    for partly in ({"choice": Choice(select=("unique*",))}, {"sample": (1, 0)}):
        assert read(ran(tmp_path, store=store, **partly))[1:] == (1, 0)
    assert read(ran(tmp_path, store=store)) == (2, 1, 0)
    put(tmp_path, "b.csv", [3])
    named = Choice((str(tmp_path / "d" / "a.csv"),))
    assert read(ran(tmp_path, named, store=store)) == (2, 1, 0)
    (tmp_path / "d" / "bad.parquet").write_bytes(b"PAR1nothing")
    unread = ran(tmp_path, store=store).report
    assert only(unread).message
    (tmp_path / "d" / "bad.parquet").unlink()
    assert read(ran(tmp_path, store=store)) == (1, 1, 1)


def test_keys_are_compared_with_those_that_were_checked_before(
    tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    both: dict[str, object] = {"type": "unique", "columns": ["id", "v"], "where": "id > 1"}
    rules(tmp_path, UNIQUE, both)
    put(tmp_path, "a.csv", [1, 2, 3])
    put(tmp_path, "b.csv", [4, 5, 6])
    ran(tmp_path)
    put(tmp_path, "c.csv", [1, 7, 7, 8, 5])
    found = only(ran(tmp_path, sample=None).report)
    one, two = (result for result in found.results if result.type == "unique")
    assert (one.verdict.rows_evaluated, one.verdict.rows_failed) == (5, 4)
    assert [sample.values["id"] for sample in one.samples] == [1, 7, 7, 5]
    assert "(also compared with 2 files checked before)" in one.verdict.message
    assert (two.verdict.rows_evaluated, two.verdict.rows_failed) == (4, 3)
    put(tmp_path, "d.csv", [2, 9])
    done = shell.idqp("check", "--quarantine", "bad", "--good", "good", "--format", "json")
    assert done.code == 1, done.err
    assert "id,v" in (shell.folder / "bad" / "t.csv").read_text()
    assert (shell.folder / "bad" / "t.csv").read_text().splitlines()[1].startswith("2,a")
    assert (shell.folder / "good" / "t.csv").read_text().splitlines() == ["id,v", "9,a"]
    monkeypatch.setattr(increments, "LOOKED_BACK", 1)
    put(tmp_path, "e.csv", [2, 10])
    far = of_all(only(ran(tmp_path).report), "unique")
    assert {one.status for one in far} == {"skipped"}
    assert all("would be compared with those of all files" in one.verdict.message for one in far)


def of_all(report: DatasetReport, kind: str) -> list[Result]:
    return [one for one in report.results if one.type == kind]


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_keys_of_every_format_are_compared(tmp_path: Path, form: str) -> None:
    rules(tmp_path, {"type": "unique", "column": "key"}, path=f"d/*.{form}")
    (tmp_path / "d").mkdir()
    kind = "json" if form == "jsonl" else form
    for name, first in (("a", 0), ("b", 5)):
        with duckdb.connect() as database:
            database.execute(
                f"COPY (SELECT i + 0.5 AS n, 'k' || i AS key FROM range({first}, {first + 10}) t(i)) TO '{tmp_path}/d/{name}.{form}' (FORMAT {kind})"
            )
        report = only(ran(tmp_path).report)
    verdict = of(report, "unique").verdict
    assert (verdict.rows_evaluated, verdict.rows_failed) == (10, 5)


def test_what_needs_all_rows_gets_them_or_says_that_it_is_skipped(tmp_path: Path) -> None:
    parent: dict[str, object] = {"type": "references", "column": "v", "dataset": "t", "to": "id"}
    equal: dict[str, object] = {"type": "row_count", "equals": "u"}
    to: dict[str, object] = {"type": "references", "column": "id", "dataset": "t", "to": "id"}
    text = {
        "version": 1,
        "datasets": {
            "t": {"path": "d", "incremental": True, "rules": [parent, equal]},
            "u": {"path": "u.csv", "rules": [to]},
        },
    }
    (tmp_path / "rules.yaml").write_text(json.dumps(text))
    put(tmp_path, "a.csv", [1, 2], "1")
    (tmp_path / "u.csv").write_text("id,v\n1,1\n2,1\n3,1\n")
    ran(tmp_path)
    put(tmp_path, "b.csv", [3], "2")
    t, u = ran(tmp_path).report.datasets
    assert (t.rows, of(t, "references").status, of(u, "references").status) == (1, "passed", "passed")
    (equals,) = (one for one in t.results if one.rules_line and one.type == "row_count")
    assert (equals.status, "compares the number of all rows" in equals.verdict.message) == ("skipped", True)
    (u,) = ran(tmp_path).report.datasets
    assert of(u, "references").verdict.rows_evaluated == 3


def test_objects_are_new_by_their_tags(tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.env.items():
        monkeypatch.setenv(name, value)
    bucket = s3.bucket()
    rules(tmp_path, UNIQUE, path=f"s3://{bucket}/in/*.csv")
    s3.put(bucket, "in/a.csv", b"id\n1\n2\n")
    assert read(ran(tmp_path)) == (2, 1, 0)
    s3.put(bucket, "in/a.csv", b"id\n1\n2\n")
    assert read(ran(tmp_path)) == (0, 0, 0)
    s3.put(bucket, "in/a.csv", b"id\n1\n3\n")
    s3.put(bucket, "in/0.csv", b"id\n3\n")
    found = ran(tmp_path)
    assert read(found) == (3, 2, 0)
    s3.put(bucket, "in/b.csv", b"id\n3\n")
    again = ran(tmp_path)
    assert read(again) == (1, 1, 2)
    assert of(only(again.report), "unique").verdict.rows_failed == 1


def numbers(first: int, last: int) -> pa.Table:
    return pa.table({"id": pa.array(range(first, last), pa.int64())})


def test_commits_of_delta_are_read_once_and_compactions_not_again(tmp_path: Path, store: str) -> None:
    rules(tmp_path, UNIQUE)
    table = str(tmp_path / "d")
    write_deltalake(table, numbers(0, 3))
    assert read(ran(tmp_path, store=store)) == (3, 1, 0)
    for first in (3, 6):
        write_deltalake(table, numbers(first, first + 3), mode="append")
    found = ran(tmp_path, store=store)
    assert read(found) == (6, 2, 1)
    assert "also compared with 1 file checked before" in of(only(found.report), "unique").verdict.message
    DeltaTable(table).optimize.compact()
    assert read(ran(tmp_path, store=store)) == (0, 0, 0)
    write_deltalake(table, numbers(8, 11), mode="append")
    found = ran(tmp_path, store=store)
    assert (read(found), of(only(found.report), "unique").verdict.rows_failed) == ((3, 1, 1), 1)
    # The compaction holds rows that no run has read, so that it is read.
    write_deltalake(table, numbers(20, 22), mode="append")
    DeltaTable(table).optimize.compact()
    assert read(ran(tmp_path, store=store))[1] == 1
    assert read(ran(tmp_path, store=store)) == (0, 0, 0)
    # A row that is deleted writes its file anew.
    DeltaTable(table).delete("id = 20")
    assert read(ran(tmp_path, store=store))[1] == 1


def test_snapshots_of_iceberg_are_read_once_and_compactions_not_again(tmp_path: Path) -> None:
    catalog = SqlCatalog("c", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("n")
    table = catalog.create_table("n.t", numbers(0, 1).schema, location=f"file://{tmp_path}/d")
    rules(tmp_path, UNIQUE)
    table.append(numbers(0, 3))
    assert read(ran(tmp_path)) == (3, 1, 0)
    table.append(numbers(3, 5))
    assert read(ran(tmp_path)) == (2, 1, 1)
    table.delete("id = 1")
    (newest,) = (tmp_path / "d" / "metadata").glob("00003-*.metadata.json")
    written = newest.read_text()
    # The library compacts nothing: a file that it has written in the place of another is called a compaction here.
    last = json.loads(written)
    last["snapshots"][-1]["summary"]["operation"] = "replace"
    newest.write_text(json.dumps(last))
    compacted = read(ran(tmp_path))
    newest.write_text(written)
    assert compacted == (0, 0, 0)
    assert read(ran(tmp_path)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"path": "-"}, "incremental: takes a folder, a glob, a file, or a table of Delta or Iceberg"),
        ({"path": "postgresql://h/d?table=t"}, "incremental: takes a folder"),
        ({"read": {"version": 3}}, "incremental: goes without read.version"),
        ({"read": {"as_of": "2026-01-01"}}, "incremental: goes without read.as_of"),
    ],
)
def test_what_has_no_files_is_not_incremental(tmp_path: Path, more: dict[str, object], told: str) -> None:
    rules(tmp_path, UNIQUE, **more)  # type: ignore[arg-type]
    with pytest.raises(RulesError, match=told):
        config.load(str(tmp_path / "rules.yaml"), {})


def test_a_run_with_limits_reads_the_same(shell: Shell) -> None:
    rules(shell.folder)
    put(shell.folder, "a.csv", [1, 2])
    assert shell.idqp("check", "--memory-limit", "1GB").code == 0
    put(shell.folder, "b.csv", [2])
    done = shell.idqp("check", "--memory-limit", "1GB", "--format", "json")
    (found,) = done.json["datasets"]
    assert (done.code, found["rows"], found["incremental"]) == (1, 1, {"new_files": 1, "seen_files": 1})
    again = shell.idqp("check", "--memory-limit", "1GB")
    assert (again.code, again.err) == (
        0,
        "idqp: t: nothing new to read; 2 files checked before, which --all reads again\n",
    )
    assert shell.idqp("check", "--no-store", "--format", "json").json["datasets"][0]["rows"] == 3


def test_every_file_is_judged_once_though_runs_are_killed(tmp_path: Path, store: str) -> None:
    chance = random.Random(COMMITS)
    rules(tmp_path, UNIQUE)
    words = [sys.executable, "-m", "idqp_cli", "check", "--store", store, "--quiet"]
    killed = 0
    for number in range(COMMITS):
        pq_file = tmp_path / "d" / f"{number}.parquet"
        pq_file.parent.mkdir(exist_ok=True)
        pq.write_table(numbers(number * 10, number * 10 + 10), pq_file)
        with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0.2, 1.5))
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert subprocess.run(words, cwd=tmp_path, check=False, capture_output=True, timeout=60).returncode == 0
    assert killed
    opened = open_store(store)
    try:
        rows = opened.metrics("t", "unique(id)")["unique(id)", None]
        assert sum(point.rows_evaluated or 0 for point in rows) == 10 * COMMITS
        assert len({point.run_id for point in rows}) == len(rows)
    finally:
        opened.close()
