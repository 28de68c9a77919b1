"""`idqp check` on a server of Spark's protocol: as on DuckDB, or one line that says what is not there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Shell, rules_text
from idqp_cli.core.errors import UsageError
from idqp_cli.engine.spark.session import address
from sail_server import own_sail, sail

__all__ = ["own_sail", "sail"]

RULES = [
    {"type": "unique", "column": "id"},
    {"type": "range", "column": "amount", "min": 0, "max": 100},
    {"type": "accepted_values", "column": "status", "values": ["paid", "open"]},
    {"type": "completeness", "column": "email"},
]
ROWS = {
    "id": [1, 2, 2, 4],
    "amount": [10.0, -5.0, 20.0, 5.5],
    "status": ["paid", "open", "opne", "paid"],
    "email": ["a@example.com", None, "c@example.com", "d@example.com"],
}


def project(folder: Path, path: str, **dataset: object) -> None:
    rules = {"version": 1, "datasets": {"orders": {"path": path, "key": ["id"], "rules": RULES, **dataset}}}
    (folder / "rules.yaml").write_text(json.dumps(rules), encoding="utf-8")


def verdicts(report: dict[str, Any]) -> list[tuple[object, ...]]:
    (dataset,) = report["datasets"]
    return [
        (rule["rule"], rule["status"], rule["rows_failed"], [sample["key"] for sample in rule["samples"]])
        for rule in dataset["results"]
        if rule["type"] != "parse"
    ]


@pytest.mark.parametrize(
    "path", ["orders.parquet", "orders.csv", "orders.jsonl", "table:parquet.`{folder}/orders.parquet`"]
)
def test_a_dataset_is_judged_as_on_duckdb(shell: Shell, tmp_path: Path, sail: str, path: str) -> None:
    table = pa.table(ROWS)
    pq.write_table(table, tmp_path / "orders.parquet")
    lines = [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]
    (tmp_path / "orders.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    csv = "".join(",".join("" if cell is None else str(cell) for cell in line.values()) + "\n" for line in lines)
    (tmp_path / "orders.csv").write_text(",".join(ROWS) + "\n" + csv, encoding="utf-8")
    project(tmp_path, "orders.parquet")
    here = shell.idqp("check", "--format", "json", "--no-store")
    project(tmp_path, path.format(folder=tmp_path))
    there = shell.idqp("check", "--format", "json", "--engine", sail)
    assert (here.code, there.code) == (1, 1)
    assert verdicts(there.json) == verdicts(here.json)
    # The client has loggers of its own, which write to stderr what Spark refuses.
    assert "Traceback" not in there.err
    assert '"logger"' not in there.err
    kept = json.loads(shell.idqp("incident", "list", "--format", "json").out)
    assert {one["rule"] for one in kept} == {one[0] for one in verdicts(here.json) if one[1] == "failed"}


def test_personal_cells_stay_hidden(shell: Shell, tmp_path: Path, sail: str) -> None:
    pq.write_table(pa.table(ROWS), tmp_path / "orders.parquet")
    project(tmp_path, "orders.parquet", pii=["status"])
    ran = shell.idqp("check", "--engine", sail, "-v")
    assert ran.code == 1
    assert "opne" not in ran.out + ran.err


@pytest.mark.parametrize("option", [["--verify"], ["--explain"]])
def test_options_that_need_the_rows_here_are_refused(shell: Shell, tmp_path: Path, option: list[str]) -> None:
    pq.write_table(pa.table(ROWS), tmp_path / "orders.parquet")
    project(tmp_path, "orders.parquet")
    ran = shell.idqp("check", "--engine", "sc://127.0.0.1:1", *option)
    assert ran.code == 2
    assert option[0] in ran.err
    assert "not with engine: spark" in ran.err


def test_a_cluster_that_is_not_there_is_one_line(shell: Shell, tmp_path: Path) -> None:
    project(tmp_path, "orders.parquet")
    began = time.monotonic()
    ran = shell.idqp("check", "--engine", "sc://127.0.0.1:1/;token=secret-canary")
    assert ran.code == 3
    assert ran.err.count("\n") <= 2
    assert "sc://127.0.0.1:1: the Spark cluster does not answer" in ran.err + ran.out
    assert "secret-canary" not in ran.err + ran.out
    assert time.monotonic() - began < 60


def test_what_the_cluster_does_not_find_is_one_line(shell: Shell, tmp_path: Path, sail: str) -> None:
    project(tmp_path, "nothing.parquet")
    ran = shell.idqp("check", "--engine", sail)
    assert ran.code == 3
    assert "nothing.parquet" in ran.out + ran.err


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="write sc://HOST:15002"):
        address("http://user:pw@host")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orders.csv", 'id,amount,status,email\n1,10.0,paid,a@b.example\n2,5.0,"canary-cell,open\n3,1,paid,x,y,z\n'),
        ("orders.jsonl", '{"id": 1, "amount": 1.5, "status": "paid", "email": null}\n{"id": 2, "canary-cell": \n'),
    ],
)
def test_a_line_that_does_not_parse_is_told_without_its_text(
    shell: Shell, tmp_path: Path, sail: str, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    project(tmp_path, name)
    ran = shell.idqp("check", "--engine", sail, "--format", "json")
    assert ran.code == 3
    assert "canary-cell" not in ran.out + ran.err
    assert "Traceback" not in ran.err


# Last: a server may go on for a while with what it was asked to end.
def endless(folder: Path) -> None:
    """Ask for what no cluster finishes in time."""
    pq.write_table(pa.table({"id": range(30_000), "a": [number % 7 for number in range(30_000)]}), folder / "t.parquet")
    query = {"type": "query", "sql": "SELECT x.id FROM t x, t y, t z WHERE x.a + y.a * z.a < -1"}
    (folder / "rules.yaml").write_text(rules_text([query], "t.parquet"), encoding="utf-8")


def test_a_deadline_ends_what_runs_on_the_cluster(shell: Shell, tmp_path: Path, own_sail: str) -> None:
    endless(tmp_path)
    # The first statements on Spark are slow ones.
    seconds = 40 if "IDQP_SPARK" in os.environ else 8
    began = time.monotonic()
    ran = shell.idqp("check", "--no-store", "--engine", own_sail, "--deadline", f"{seconds}s")
    assert ran.code == 3
    assert f"not judged within the deadline of {seconds} s" in ran.out
    assert time.monotonic() - began < seconds + 50


def test_ctrl_c_ends_a_check_on_a_cluster(tmp_path: Path, own_sail: str) -> None:
    endless(tmp_path)
    command = [sys.executable, "-m", "idqp_cli", "check", "--no-store", "--engine", own_sail]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no thread here
    ) as run:  # fmt: skip
        time.sleep(12)
        assert run.poll() is None
        run.send_signal(signal.SIGINT)
        try:
            out, err = run.communicate(timeout=60)
        finally:
            run.kill()
    assert (run.returncode, out, err) == (130, "", "idqp: interrupted\n")
