"""Parts of a standalone cluster die in the middle of a check: the right verdict, or one line and exit code 3."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from idqp_cli.core.errors import UnreadableError
from idqp_cli.engine.spark.cluster import connected
from idqp_cli.engine.spark.session import opened
from idqp_cli.ingest.resources import AS_IT_LIKES
from sail_server import sail
from spark_server import VENV, Spark, ended, served

__all__ = ["sail"]

on_cluster = pytest.mark.skipif(VENV not in os.environ, reason="it starts and kills Spark itself: make spark")
ROWS = 12_000
FILES = 4
ZOMBIE = "Z"
TICK = os.sysconf("SC_CLK_TCK")
# Each pair of rows is looked at, and one is found.
PAIRS = {"type": "query", "sql": "SELECT x.id FROM t x, t y WHERE x.a * y.a = 9 AND x.id + y.id < 1"}
UNIQUE = {"type": "unique", "column": "a"}
RIGHT = [("failed", ROWS), ("failed", 1)]


# Each test takes more of it away than the one before.
@pytest.fixture(scope="module")
def spark() -> Iterator[Spark]:
    """Return a server with a cluster of two Workers, whose executors run."""
    with served(Path(os.environ[VENV]), "standalone[2,1,1024]") as found:
        session = opened(found.address, found.address)
        until = time.monotonic() + 120
        while not all(executors(worker) for worker in found.workers):
            session.range(1_000).selectExpr("count(distinct id % 7)").collect()
            assert time.monotonic() < until
        session.stop()
        yield found


@pytest.fixture
def alone() -> Iterator[Spark]:
    """Return a server that computes by itself."""
    with served(Path(os.environ[VENV]), "local[2]") as found:
        yield found


def project(folder: Path) -> None:
    """Write a dataset whose check takes a while on a cluster."""
    (folder / "t").mkdir()
    for part in range(FILES):
        ids = range(part * ROWS // FILES, (part + 1) * ROWS // FILES)
        pq.write_table(pa.table({"id": ids, "a": [one % 7 - 3 for one in ids]}), folder / f"t/{part}.parquet")
    dataset = {"path": "t", "key": ["id"], "rules": [UNIQUE, PAIRS]}
    (folder / "rules.yaml").write_text(json.dumps({"version": 1, "datasets": {"t": dataset}}), encoding="utf-8")


@contextmanager
def checking(folder: Path, spark: Spark, *words: str, first: str = "") -> Iterator[subprocess.Popen[str]]:
    """Return a check, after the Python code `first`, of which an executor computes the pairs."""
    before = computed(spark)
    # pyspark takes a program without a file for its own doctests, and ends it.
    (folder / "started.py").write_text(f"{first}\nfrom idqp_cli.__main__ import main\nmain()\n", encoding="utf-8")
    command = [sys.executable, "started.py", "check", "--no-store", "--format", "json", "--engine", spark.address]
    with subprocess.Popen(
        [*command, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            while computed(spark) < before + 3:
                assert run.poll() is None, run.communicate()
                time.sleep(0.1)
            yield run
        finally:
            run.kill()


def processes() -> Iterator[tuple[int, int, float]]:
    """Yield each process of this machine, the one that has started it, and its seconds of CPU time."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent, *others = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            if state != ZOMBIE:
                yield int(stat.parent.name), int(parent), (int(others[9]) + int(others[10])) / TICK


def executors(worker: subprocess.Popen[bytes]) -> list[int]:
    return [one for one, parent, _ in processes() if parent == worker.pid]


def computed(spark: Spark) -> float:
    """Return the CPU time of the executors, or of a server that is its own."""
    workers = [worker.pid for worker in spark.workers]
    own = spark.server.pid
    return sum(seconds for one, parent, seconds in processes() if parent in workers or (one == own and not workers))


def an_executor(spark: Spark) -> None:
    os.kill(executors(spark.workers[0])[0], signal.SIGKILL)


def all_executors(spark: Spark) -> None:
    for worker in spark.workers:
        os.kill(executors(worker)[0], signal.SIGKILL)


def judged(out: str) -> list[tuple[object, ...]]:
    """Return the verdicts of a report."""
    (dataset,) = json.loads(out)["datasets"]
    return [(one["status"], one["rows_failed"]) for one in dataset["results"] if one["type"] in {"unique", "query"}]


@contextmanager
def stopped(spark: Spark) -> Iterator[None]:
    """Let a server do nothing, and say nothing, for a while."""
    spark.server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        spark.server.send_signal(signal.SIGCONT)


@on_cluster
@pytest.mark.parametrize("kill", [an_executor, all_executors])
def test_a_check_is_right_after_executors_die(tmp_path: Path, spark: Spark, kill: Callable[[Spark], None]) -> None:
    project(tmp_path)
    with checking(tmp_path, spark) as run:
        kill(spark)
        out, err = run.communicate(timeout=400)
    assert (run.returncode, err) == (1, ""), out
    assert judged(out) == RIGHT


@on_cluster
def test_a_server_that_hangs_is_waited_for_until_the_deadline(tmp_path: Path, spark: Spark) -> None:
    project(tmp_path)
    with checking(tmp_path, spark, "--deadline", "90s") as run, stopped(spark):
        out, err = run.communicate(timeout=150)
    assert (run.returncode, "Traceback" in out + err) == (3, False), (out, err)


@on_cluster
def test_a_host_that_vanishes_is_one_line(tmp_path: Path, spark: Spark) -> None:
    project(tmp_path)
    # By itself, idqp asks after five minutes.
    first = (
        "from idqp_cli.engine.spark import session\n"
        "session.PINGED = tuple((name, time // 20) for name, time in session.PINGED)"
    )
    with checking(tmp_path, spark, first=first) as run, stopped(spark):
        out, err = run.communicate(timeout=180)
    assert_lost(run.returncode, out, err, spark)


@on_cluster
def test_a_check_is_right_after_a_worker_dies(tmp_path: Path, spark: Spark) -> None:
    project(tmp_path)
    with checking(tmp_path, spark) as run:
        ended(spark.workers[0])
        out, err = run.communicate(timeout=400)
    assert (run.returncode, err) == (1, ""), out
    assert judged(out) == RIGHT


@on_cluster
def test_a_cluster_without_workers_is_waited_for_until_the_deadline(tmp_path: Path, spark: Spark) -> None:
    project(tmp_path)
    with checking(tmp_path, spark, "--deadline", "90s") as run:
        for worker in spark.workers:
            ended(worker)
        out, err = run.communicate(timeout=150)
    assert (run.returncode, "Traceback" in out + err) == (3, False), (out, err)
    assert "not judged within the deadline of 90 s" in out


@on_cluster
def test_a_server_that_dies_is_one_line(tmp_path: Path, alone: Spark) -> None:
    project(tmp_path)
    with checking(tmp_path, alone) as run:
        ended(alone.server)
        out, err = run.communicate(timeout=120)
    assert_lost(run.returncode, out, err, alone)


def assert_lost(code: int, out: str, err: str, spark: Spark) -> None:
    """See that a check has ended with one line about a server that does not answer."""
    told = f"{spark.address}: the Spark cluster does not answer; see that it runs, and check again"
    assert (code, told in err, err.count("\n")) == (3, True, 1), (out, err)


def test_a_session_that_has_expired_is_one_line(tmp_path: Path, sail: str) -> None:
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "t.parquet")
    with connected(sail, 0, AS_IT_LIKES) as cluster:
        # As a server itself does after an hour without a question.
        cluster.session.client.release_session()
        with pytest.raises(UnreadableError, match="ended the session; check again"):
            cluster.files([str(tmp_path / "t.parquet")])
