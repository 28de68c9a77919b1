"""What a store costs: a run of 15 rules recorded, and a large store beside an empty one.

`python tests/benchmarks/store.py [--postgresql]` fills a store with 100,000 runs and
1,000,000 incidents (all but three resolved; 100 datasets) and one with a single run,
and takes turns at both: `incident list`, `ack`, and recording a run. It prints
the smallest CPU milliseconds of each (user + system) and their ratio; for
PostgreSQL the smallest wall milliseconds, since the server works too.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from idqp_cli.core.model import DatasetReport, Result, RunStatus, Severity, Status, Verdict
from idqp_cli.incidents.lifecycle import changes
from idqp_cli.store import Store, open_store
from idqp_cli.store.audit import GENESIS, entry_hash
from idqp_cli.store.values import RecordedRule
from postgres_server import Cluster

RUNS, INCIDENTS, DATASETS, TURNS = 100_000, 1_000_000, 100, 15
RULES = 15
START = datetime(2025, 1, 1, tzinfo=UTC)


def record(store: Store, run: int, dataset: str = "d0") -> None:
    """Record a run of 15 rules, of which three fail."""
    at = datetime.now(UTC)
    results = tuple(
        Result(
            f"range(c{number})", "range", (f"c{number}",), Severity.WARNING,
            Verdict(Status.FAILED if number < 3 else Status.PASSED, "said", 0.25, rows_evaluated=100, rows_failed=25),
        )
        for number in range(RULES)
    )  # fmt: skip
    rules = [RecordedRule(one.rule, one.type, {"min": 0, "max": 5}, 0.0, "warning", enabled=True) for one in results]
    report = DatasetReport(dataset, "t.csv", 100, RunStatus.FAILED, 80.0, None, results)
    with store.writing() as ledger:
        known = ledger.latest_incidents(dataset, [(one.rule, one.segment) for one in results])
        ledger.record_run(f"r{run}", at, "me", report, rules)
        ledger.record_changes(f"r{run}", at, "me", changes(dataset, results, known, at))


def fill(path: Path) -> None:
    """Put the runs and incidents into an SQLite store, with their metrics, events and audit chain."""
    with closing(open_store(str(path))) as store:
        for number in range(DATASETS):
            record(store, number, f"d{number}")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        # The lists of both stores are as long: three incidents that are not resolved.
        db.execute("UPDATE incidents SET status = 'resolved' WHERE id > 3")
        moments = [(START + timedelta(minutes=5 * number)).isoformat() for number in range(RUNS)]
        db.executemany(
            "INSERT INTO check_runs (run_id, dataset_id, run_at, actor, source, rows, status, score, metrics)"
            " VALUES (?, ?, ?, 'me', 't.csv', 100, 'failed', 80, '{}')",
            ((f"b{n}", n % DATASETS + 1, at) for n, at in enumerate(moments)),
        )
        db.execute(
            "INSERT INTO metrics (check_run_id, dataset_id, rule, run_at, status, value)"
            " SELECT r.id, r.dataset_id, 'range(c' || c.value || ')', r.run_at, 'passed', 0.1"
            " FROM check_runs r, json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14]') c WHERE r.run_id LIKE 'b%'"
        )
        db.executemany(
            "INSERT INTO incidents (dataset_id, rule, rule_type, segment, severity, status, created_at, last_seen_at,"
            " resolved_at, occurrences, metric_value, description)"
            " VALUES (?, ?, 'range', ?, 'warning', ?, ?, ?, ?, 3, 0.5, 'said')",
            (
                (
                    n % DATASETS + 1, f"range(c{n // DATASETS % 15})", f"s{n}", "resolved",
                    moments[n % RUNS], moments[n % RUNS], moments[n % RUNS],
                )
                for n in range(INCIDENTS)
            ),
        )  # fmt: skip
        db.execute(
            "INSERT INTO incident_events (incident_id, at, kind, actor, detail)"
            " SELECT i.id, i.created_at, k.value, 'me', '' FROM incidents i, json_each('[\"opened\",\"resolved\"]') k"
        )
        sequence, previous = db.execute("SELECT seq, hash FROM audit_head").fetchone()
        rows = []
        for number in range(RUNS):
            entry = {
                "seq": sequence + number + 1, "at": moments[number], "actor": "me", "action": "check.record",
                "object": "d", "detail": "{}",
            }  # fmt: skip
            found = entry_hash(previous, entry)
            rows.append((*entry.values(), previous, found))
            previous = found
        db.executemany("INSERT INTO audit_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        db.execute("UPDATE audit_head SET seq = ?, hash = ?", [rows[-1][0], previous])
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert previous != GENESIS


def command(address: str, *words: str) -> Callable[[], None]:
    """Return a run of idqp as a process of its own."""

    def run() -> None:
        done = subprocess.run(
            [sys.executable, "-m", "idqp_cli", *words, "--store", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0

    return run


def recording(address: str) -> Callable[[], None]:
    """Return ten recordings of a run of 15 rules, in this process."""
    store = open_store(address)

    def run() -> None:
        for number in range(10):
            record(store, number)

    return run


def cost(work: Callable[[], None], *, wall: bool) -> float:
    """Return what the work takes, in milliseconds of CPU time or by the clock."""

    def now() -> float:
        if wall:
            return time.perf_counter()
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    before = now()
    work()
    return (now() - before) * 1000


def compare(large: str, empty: str, *, wall: bool) -> None:
    """Print each work's cost on both stores."""
    works: dict[str, Callable[[str], Callable[[], None]]] = {
        "incident list": lambda address: command(address, "incident", "list"),
        "ack": lambda address: command(address, "ack", "1", "-m", "known"),
        "record a run (of ten)": recording,
    }
    for name, work in works.items():
        ours, theirs = work(large), work(empty)
        taken = [(cost(ours, wall=wall), cost(theirs, wall=wall)) for _ in range(TURNS)]
        big, small = min(one for one, _ in taken), min(one for _, one in taken)
        share = 10 if work is recording else 1
        sys.stdout.write(f"{name:<24}{big / share:9.2f} ms {small / share:9.2f} ms   × {big / small:.2f}\n")


def main() -> None:
    """Fill, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", action="store_true")
    with_server = parser.parse_args().postgresql
    with tempfile.TemporaryDirectory() as folder:
        large, empty = Path(folder, "large.db"), Path(folder, "empty.db")
        fill(large)
        with closing(open_store(str(empty))) as store:
            record(store, 1)
        sys.stdout.write(f"{os.path.getsize(large) / 1e6:,.0f} MB    large        empty\n")
        compare(str(large), str(empty), wall=False)
        if with_server:
            server = Cluster(settings=())
            server.start()
            try:
                for name, path in (("large", large), ("empty", empty)):
                    server.run(f"CREATE DATABASE {name}")
                    with closing(open_store(str(path))) as store:
                        store.move(server.address(name))
                    server.run("ANALYZE", name)
                sys.stdout.write("postgresql, by the clock\n")
                compare(server.address("large"), server.address("empty"), wall=True)
            finally:
                server.stop()
                shutil.rmtree(server.folder)


if __name__ == "__main__":
    main()
