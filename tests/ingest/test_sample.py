"""`--sample N`: uniform, drawn again by the same seed, and judged by what it is worth.

`IDQP_TRIALS=1000` tries the verdicts by so many seeds.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Shell, rules_text
from idqp_cli.core.model import DatasetReport, Severity, Status
from idqp_cli.core.statistics import design_effect, groups_to_draw, unseen
from idqp_cli.pipeline import run, targets
from idqp_cli.pipeline.memory import Memory
from idqp_cli.pipeline.request import Request
from idqp_cli.pipeline.targets import Choice
from idqp_cli.project import project as config

ROWS = 409_600
TRIALS = int(os.environ.get("IDQP_TRIALS", "50"))
BAD = {
    "scattered": "hash(i) % 100 < 3",
    "all at the end": f"i >= {ROWS * 97 // 100}",
}


def write(folder: Path, name: str, bad: str, rows: int = ROWS) -> None:
    form = "FORMAT parquet, ROW_GROUP_SIZE 2048" if name.endswith("parquet") else "FORMAT csv"
    select = f"SELECT i AS id, CASE WHEN NOT ({bad}) THEN 'x' END AS t, NULL::INT AS other FROM range({rows}) r(i)"
    duckdb.sql(f"COPY ({select}) TO '{folder / name}' ({form})")


def sampled(folder: Path, path: str, rules: list[dict[str, Any]], rows: int, seed: int = 0) -> DatasetReport:
    (folder / "rules.yaml").write_text(rules_text(rules, path))
    project = config.load(str(folder / "rules.yaml"), {})
    request = Request(project, targets.choose(project, Choice()), Severity.WARNING, "tester", sample=(rows, seed))
    return run.run(request, Memory(None), lambda _: None).report.datasets[0]


def complete(threshold: float, **keys: object) -> dict[str, Any]:
    return {"type": "completeness", "column": "t", "threshold": threshold, "name": str(threshold), **keys}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_at_most_one_verdict_in_twenty_is_wrong(tmp_path: Path, bad: str) -> None:
    write(tmp_path, "t.parquet", bad)
    # 3 % of the rows are missing.
    right = {"0.01": Status.FAILED, "0.02": Status.FAILED, "0.04": Status.PASSED, "0.1": Status.PASSED}
    wrong: Counter[str] = Counter()
    settled: Counter[str] = Counter()
    for seed in range(TRIALS):
        report = sampled(tmp_path, "t.parquet", [complete(float(threshold)) for threshold in right], 5_000, seed)
        assert report.drawn is not None
        assert report.drawn.groups < report.drawn.of_groups == 200
        for result in report.results:
            if result.rule in right and result.status is not Status.INCONCLUSIVE:
                settled[result.rule] += 1
                wrong[result.rule] += result.status is not right[result.rule]
    assert all(wrong[rule] <= TRIALS / 20 for rule in right), wrong
    # Clear cases are answered: always where failures are scattered, mostly where whole row groups fail.
    answered = 0.95 if "hash" in bad else 0.5
    assert min(settled["0.1"], settled["0.01"]) >= TRIALS * answered, settled


@pytest.mark.parametrize("path", ["t.parquet", "t.csv"])
def test_every_row_is_as_likely_as_any_other(tmp_path: Path, path: str) -> None:
    write(tmp_path, path, "false", 4_096)
    seen: Counter[int] = Counter()
    for seed in range(60):
        report = sampled(tmp_path, path, [{"type": "completeness", "column": "other", "name": "o"}], 1_024, seed)
        assert report.rows == 1_024
        seen.update(sample.line or 0 for result in report.results for sample in result.samples)
    # The first lines that fail are the smallest of the sample: five in each, spread over the first rows.
    assert 250 <= sum(seen.values()) <= 300
    assert max(seen) < 120
    assert all(0 <= number <= 35 for number in seen.values())


@pytest.mark.parametrize("text", ["plain", "quoted", "parquet", "gzip"])
def test_the_same_seed_draws_the_same_rows_and_names_their_lines(shell: Shell, text: str) -> None:
    rows = [f"{i},{'x' if i % 10 else ''}" for i in range(2, 1_002)]
    body = "id,t\n" + "\n".join(rows) + "\n"
    if text == "quoted":
        body = body.replace("7,x", '7,"x\ny"')
    name = {"parquet": "t.parquet", "gzip": "t.csv.gz"}.get(text, "t.csv")
    shell.write("t.csv", body)
    if text == "parquet":
        duckdb.sql(f"COPY (FROM '{shell.folder}/t.csv') TO '{shell.folder}/t.parquet'")
    if text == "gzip":
        duckdb.sql(f"COPY (FROM '{shell.folder}/t.csv') TO '{shell.folder}/t.csv.gz' (FORMAT csv, COMPRESSION gzip)")
    shell.rules({"type": "completeness", "column": "t", "name": "c"}, path=name, key=["id"])
    first, again, other = (
        shell.idqp("check", "--no-store", "--format", "json", "--sample", "300", "--seed", seed).json["datasets"][0]
        for seed in "778"
    )
    assert first == again
    assert first["sample"]["rows"] == 300
    (result,) = (result for result in first["results"] if result["rule"] == "c")
    (unlike,) = (result for result in other["results"] if result["rule"] == "c")
    assert result["samples"] != unlike["samples"]
    assert len(result["samples"]) == 5
    for sample in result["samples"]:
        extra = (sample["key"]["id"] - 2) // 10 if text == "quoted" else 0
        above = 1 if text == "parquet" else 0
        line = sample["key"]["id"] - above
        assert sample["line"] - line in ({0} if not extra else range(extra - 1, extra + 2))


def test_what_takes_every_row_is_skipped_and_says_so(shell: Shell) -> None:
    shell.write("t.csv", "id,t\n" + "1,x\n" * 500)
    shell.rules(
        {"type": "unique", "column": "id"},
        {"type": "row_count", "min": 10},
        {"type": "statistic", "column": "id", "statistic": "mean", "max": 3},
        {"type": "completeness", "column": "t", "threshold": "5%"},
    )
    ran = shell.idqp("check", "--no-store", "--sample", "100", "-v")
    assert ran.code == 0
    assert "a sample of 100 rows" in ran.out
    assert "takes every row; check without --sample" in ran.out
    assert "3 skipped, 2 passed" in ran.out


def test_none_failing_passes_and_says_what_that_does_not_prove(shell: Shell) -> None:
    shell.write("t.csv", "id,t\n" + "1,x\n" * 500)
    shell.rules({"type": "completeness", "column": "t"})
    ran = shell.idqp("check", "--no-store", "--sample", "100")
    assert ran.code == 0
    ran = shell.idqp("check", "--no-store", "--sample", "100", "-v")
    assert "none of 100 rows sampled fails; of all at most 3.7 % may" in ran.out


def test_a_sample_says_how_many_rows_would_settle_it(shell: Shell) -> None:
    shell.write("t.csv", "id,t\n" + ("1,x\n" * 49 + "1,\n") * 100)
    shell.rules({"type": "completeness", "column": "t", "threshold": "3%"})
    ran = shell.idqp("check", "--no-store", "--sample", "300")
    assert ran.code == 3
    assert "a sample of" in ran.out.partition("allowed")[2]


def test_a_sample_as_large_as_the_file_is_the_file(shell: Shell) -> None:
    shell.write("t.csv", 'id,t\n1,"x"\n2,\n')
    shell.rules({"type": "completeness", "column": "t"}, {"type": "unique", "column": "id"})
    report = shell.idqp("check", "--no-store", "--sample", "2", "--format", "json").json["datasets"][0]
    assert (report["rows"], report["sample"]) == (2, None)
    assert [result["status"] for result in report["results"] if result["type"] == "unique"] == ["passed"]


def test_a_broken_line_in_the_sample_is_named_by_its_line(shell: Shell) -> None:
    shell.write("t.csv", "id,t\n" + "".join(f"{i},{'x' if i % 2 else 'x,y'}\n" for i in range(2, 402)))
    shell.rules(path="t.csv")
    report = shell.idqp("check", "--no-store", "--sample", "50", "--format", "json").json["datasets"][0]
    (parse,) = (result for result in report["results"] if result["type"] == "parse")
    assert parse["status"] == "failed"
    assert parse["samples"]
    assert all(sample["line"] % 2 == 0 for sample in parse["samples"])


def test_rows_that_are_set_apart_take_the_whole_file(shell: Shell) -> None:
    shell.write("t.csv", "id\n1\n")
    shell.rules()
    ran = shell.idqp("check", "--sample", "5", "--quarantine", "bad")
    assert (ran.code, ran.out) == (2, "")
    assert "take every row; leave out --sample" in ran.err


@pytest.mark.parametrize(
    ("groups", "effect"),
    [
        ([], 1.0),
        ([(50, 5)], 1.0),
        ([(50, 0)] * 10, 1.0),
        ([(50, 5)] * 10, 1.0),
        # Whole groups fail: each is worth one row.
        ([(50, 50)] * 5 + [(50, 0)] * 5, 50 * 10 / 9 * 0.5),
    ],
)
def test_design_effect(groups: list[tuple[int, int]], effect: float) -> None:
    assert design_effect(groups, 20) == pytest.approx(effect)


def test_unseen_groups_are_what_one_draw_in_twenty_misses() -> None:
    assert unseen(200, 200) == 0
    assert unseen(0, 10) == 1
    # (1 - 0.25)^n = 0.05
    assert unseen(250, 1_000) * 1_000 == pytest.approx(10.41, abs=0.01)
    for share in (0.5, 0.05, 0.005):
        groups = groups_to_draw(1_000, share)
        assert unseen(groups, 1_000) <= share < unseen(groups - 1, 1_000)
