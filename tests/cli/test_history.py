"""Anomalies and drift as users meet them: backfill, history, backtest, baselines."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from conftest import Shell
from idqp_cli.baselines.metrics import answered
from idqp_cli.core.incident import Event

ROWS, MEAN = {"type": "anomaly", "metric": "row_count"}, {"type": "anomaly", "metric": "mean(a)"}


def table(seed: int, level: float = 50, texts: str = "xyyz") -> str:
    dice = random.Random(seed)
    rows = [f"{dice.gauss(level, 10):.2f},{dice.choice(texts)}" for _ in range(500 + dice.randint(-9, 9))]
    return "\n".join(["a,b", *rows]) + "\n"


def backfilled(shell: Shell, *rules: Mapping[str, object], days: int = 10, odd: Sequence[int] = ()) -> None:
    shell.rules(*rules)
    for day in range(1, days + 1):
        shell.write(f"old/t-2024-01-{day:02}.csv", table(day, 90 if day in odd else 50))
    ran = shell.idqp("check", "t", "--backfill", "old/*.csv")
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert f"kept the metrics of {days} files; 0 files known already" in ran.err


def test_a_history_from_older_files_judges_today(shell: Shell) -> None:
    backfilled(shell, ROWS, MEAN, {"type": "anomaly", "metric": "profile"})
    shell.write("t.csv", table(99))
    assert shell.idqp("check").code == 0
    shell.write("t.csv", table(100, 80, "xxxx"))
    ran = shell.idqp("check", "--format", "json")
    found = {result["rule"]: result for result in ran.json["datasets"][0]["results"]}
    assert ran.code == 1
    assert [found[f"anomaly({name})"]["status"] for name in ("row_count", "mean(a)", "profile")] == [
        "passed",
        "failed",
        "failed",
    ]
    assert "expected by 11 runs before" in found["anomaly(mean(a))"]["message"]
    assert found["anomaly(mean(a))"]["threshold"] == 1.4
    assert "(b) is 0, usually" in found["anomaly(profile)"]["message"]


def test_a_file_is_backfilled_once_and_opens_no_incident(shell: Shell) -> None:
    backfilled(shell, MEAN, odd=[10])
    again = shell.idqp("check", "t", "--backfill", "old/*.csv")
    assert "kept the metrics of 0 files; 10 files known already" in again.err
    assert shell.idqp("incident", "list", "--all", "--format", "json").json == []


@pytest.mark.parametrize("asked", [["t", "--backfill"], ["--dataset", "t", "--backfill"], ["--backfill"]])
def test_the_files_that_a_shell_fills_in_are_all_backfilled(shell: Shell, asked: Sequence[str]) -> None:
    shell.rules(MEAN)
    files = [str(shell.write(f"old/t-2024-01-{day:02}.csv", table(day))) for day in (1, 2, 3)]
    ran = shell.idqp("check", *asked, *files)
    assert (ran.code, ran.err) == (0, "idqp: kept the metrics of 3 files; 0 files known already\n")


def test_the_report_draws_how_a_failed_rule_went(shell: Shell) -> None:
    backfilled(shell, {"type": "range", "column": "a", "max": 95})
    shell.write("t.csv", table(1, 90))
    assert shell.idqp("check", "--output", "html=report.html").code == 1
    page = (shell.folder / "report.html").read_text()
    assert "Metric: 11 runs from 2024-01-01" in page
    shell.idqp("check", "--no-store", "--output", "html=report.html")
    assert "Metric: " not in (shell.folder / "report.html").read_text()


def test_the_report_draws_the_score_and_what_drifted(shell: Shell) -> None:
    shell.rules({"type": "drift", "column": "a", "baseline": "previous"})
    for seed, level in ((1, 50), (2, 50), (1, 90)):
        shell.write("t.csv", table(seed, level))
        ran = shell.idqp("check", "--output", "html=report.html")
    page = (shell.folder / "report.html").read_text()
    assert ran.code == 1
    assert "Score: 3 runs from" in page
    assert "Distribution: shares of the rows in 12 bins, before and now" in page


def test_a_sample_is_no_baseline(shell: Shell) -> None:
    shell.rules({"type": "drift", "column": "a", "baseline": "previous"}, MEAN)
    shell.write("t.csv", table(1))
    ran = shell.idqp("check", "--sample", "100", "-v")
    assert (ran.code, ran.out.count("takes every row; check without --sample")) == (0, 2)
    assert shell.idqp("baseline", "list", "--runs").out == "no baseline\n"
    shell.idqp("check")
    assert "run: " in shell.idqp("baseline", "list", "--runs").out


def test_a_rule_disabled_in_the_store_keeps_no_metric_of_older_files(shell: Shell) -> None:
    shell.rules(MEAN)
    shell.write("t.csv", table(1))
    shell.write("t-2024-01-01.csv", table(2))
    shell.idqp("check")
    shell.idqp("rule", "disable", "t", "anomaly(mean(a))")
    assert shell.idqp("check", "t", "--backfill", "t-2024-01-01.csv").code == 0
    ran = shell.idqp("history", "t", "--metric", "mean(a)", "--format", "csv")
    assert ran.out.count("\n") == 2


def test_too_short_a_history_says_how_much_is_missing(shell: Shell) -> None:
    backfilled(shell, {**MEAN, "min_history": 9}, days=7)
    shell.write("t.csv", table(1))
    result = shell.idqp("check", "--format", "json").json["datasets"][0]["results"][-1]
    assert (result["status"], result["message"]) == ("skipped", "2 more runs needed: the history has 7 of 9")


def test_a_run_without_a_store_has_no_history(shell: Shell) -> None:
    backfilled(shell, MEAN)
    shell.write("t.csv", table(1))
    result = shell.idqp("check", "--no-store", "--format", "json").json["datasets"][0]["results"][-1]
    assert result["status"] == "skipped"


def test_the_metric_of_another_rule_is_judged(shell: Shell) -> None:
    range_rule = {"type": "range", "column": "a", "max": 60, "threshold": "100%", "name": "high"}
    backfilled(shell, {"type": "anomaly", "metric": "high"}, range_rule)
    shell.write("t.csv", table(100, 80))
    found = shell.idqp("check", "--format", "json").json["datasets"][0]["results"]
    assert [result["status"] for result in found if result["rule"] == "anomaly(high)"] == ["failed"]


def test_history_is_plotted_and_listed(shell: Shell) -> None:
    backfilled(shell, MEAN, odd=[10])
    assert "mean(a)" in shell.idqp("history", "t").out.splitlines()
    plot = shell.idqp("history", "t", "--metric", "mean(a)").out
    assert plot.count("✗") == 1
    assert "2024-01-01 00:00" in plot
    runs = shell.idqp("history", "t", "--metric", "mean(a)", "--format", "json").json
    assert [run["at"][:10] for run in runs if run["unusual"]] == ["2024-01-10"]
    assert runs[0]["score"] is None
    assert shell.idqp("history", "t", "--metric", "mean(a)", "--format", "csv").out.startswith(
        "at,value,low,high,score,unusual\n"
    )


def test_backtest_says_what_would_have_fired_and_what_it_costs(shell: Shell) -> None:
    backfilled(shell, MEAN, odd=[9, 10])
    found = shell.idqp("backtest", "t", "--rule", "anomaly(mean(a))", "--format", "json").json
    assert [alert["at"][:10] for alert in found["alerts"]] == ["2024-01-09"]
    assert [cost["sensitivity"] for cost in found["costs"]] == ["low", "medium", "high"]
    assert "1 alert at sensitivity medium" in shell.idqp("backtest", "t", "--rule", "mean(a)").out


def test_a_misspelt_metric_is_a_usage_error(shell: Shell) -> None:
    backfilled(shell, MEAN)
    ran = shell.idqp("history", "t", "--metric", "mean_a")
    assert (ran.code, ran.err) == (2, "idqp: error: t: 'mean_a' has no history; did you mean 'mean(a)'?\n")
    shell.rules({"type": "anomaly", "metric": "meen(a)"})
    ran = shell.idqp("check")
    assert ran.code == 2
    assert "'meen(a)' is neither a rule nor a metric" in ran.err


@pytest.mark.parametrize("method", ["psi", "js", "ks", "chi2", "wasserstein"])
def test_drift_from_the_previous_run(shell: Shell, method: str) -> None:
    shell.rules({"type": "drift", "column": "a", "method": method})
    codes = []
    for seed, level in ((1, 50), (2, 50), (3, 90)):
        shell.write("t.csv", table(seed, level))
        codes.append(shell.idqp("check").code)
    assert codes == [0, 0, 1]


def test_a_repeated_check_does_not_make_what_drifted_usual(shell: Shell) -> None:
    shell.rules(
        {"type": "drift", "column": "a"}, {"name": "week", "type": "drift", "column": "a", "baseline": {"window": "7d"}}
    )
    shell.write("t.csv", table(1, 50))
    assert shell.idqp("check").code == 0
    shell.write("t.csv", table(2, 90))
    for _ in range(3):
        ran = shell.idqp("check", "--format", "json")
        statuses = [result["status"] for result in ran.json["datasets"][0]["results"][-2:]]
        assert (ran.code, statuses) == (1, ["failed", "failed"])


def test_a_snapshot_that_is_not_there_is_an_error_that_says_what_makes_it(shell: Shell) -> None:
    shell.write("t.csv", table(1))
    shell.rules({"type": "drift", "column": "a", "baseline": {"snapshot": "gold"}})
    ran = shell.idqp("check")
    assert ran.code == 3
    assert "there is no snapshot gold; `idqp baseline save t --name gold` makes it" in ran.err


def test_drift_from_a_snapshot_and_from_a_file(shell: Shell) -> None:
    shell.write("t.csv", table(1))
    shell.write("gold.csv", table(2))
    shell.rules(
        {"type": "drift", "column": "b", "method": "chi2", "baseline": {"snapshot": "gold"}},
        {"type": "drift", "column": "a", "method": "ks", "baseline": {"file": "gold.csv"}, "where": "b <> 'x'"},
    )
    assert "saved a baseline of 2 columns" in shell.idqp("baseline", "save", "t", "--name", "gold").err
    assert [row["baseline"] for row in shell.idqp("baseline", "list", "--format", "json").json] == ["gold"]
    assert shell.idqp("check").code == 0
    shell.write("t.csv", table(1, 80, "xyyy"))
    ran = shell.idqp("check", "--format", "json")
    of_text, of_numbers = ran.json["datasets"][0]["results"][-2:]
    assert (of_text["status"], of_numbers["status"]) == ("failed", "failed")
    assert "z from" in of_text["message"]
    assert shell.idqp("baseline", "drop", "t", "--name", "gold").code == 0
    assert shell.idqp("baseline", "drop", "t", "--name", "gold").code == 2


def test_neither_size_nor_chance_alone_is_drift(shell: Shell) -> None:
    shell.rules({"type": "drift", "column": "a", "min_rows": 5})
    for text in ("a\n" + "1\n2\n" * 5, "a\n" + "1\n2\n2\n" * 3):
        shell.write("t.csv", text)
        ran = shell.idqp("check", "--format", "json")
    result = ran.json["datasets"][0]["results"][-1]
    assert result["status"] == "passed"


def test_a_baseline_keeps_no_personal_values(shell: Shell) -> None:
    shell.rules({"type": "drift", "column": "b"}, pii=["b"])
    shell.write("t.csv", table(1))
    assert "b is pii" in shell.idqp("check").err
    shell.idqp("baseline", "save", "t", "--name", "gold")
    assert [row["columns"] for row in shell.idqp("baseline", "list", "--format", "json").json] == [1]


def test_people_teach_the_history() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    kinds = [
        ("opened", None),
        ("seen", None),
        ("resolved", "fixed"),
        ("reopened", None),
        ("resolved", None),
        ("judged", "false_positive"),
    ]
    timeline = [
        # What a person writes is no reason.
        Event(start + timedelta(days=day), kind, "ann", "expected: a bug", reason=reason)
        for day, (kind, reason) in enumerate(kinds)
    ]
    found = answered(timeline)
    assert found.fixed == {start, start + timedelta(days=1)}
    assert found.false_positives == 1


def test_segments_are_judged_again_each_by_its_own_history(shell: Shell) -> None:
    rule = {"type": "anomaly", "metric": "row_count", "segment_by": "c", "name": "rows"}
    shell.rules(rule)
    odd = "f'r\\né"
    for day in range(14):
        text = "c,v\n" + "de,1\n" * (500 + day % 5) + f'"{odd}",1\n' * (5 if day == 12 else 50 + day % 3)
        shell.write(f"old/t-2024-01-{day + 1:02}.csv", text)
    assert shell.idqp("check", "t", "--backfill", "old/*.csv").code == 0
    rows = shell.idqp("history", "t", "--metric", "rows", "--format", "json").json
    assert [row["segment"] for row in rows] == ["de"] * 14 + [odd] * 14
    assert [(row["segment"], row["at"][:10]) for row in rows if row["unusual"]] == [(odd, "2024-01-13")]
    table = shell.idqp("history", "t", "--metric", "rows").out
    assert "rows = de  14 runs" in table
    found = shell.idqp("backtest", "t", "--rule", "rows", "--format", "json").json
    assert [(row["segment"], row["at"][:10]) for row in found["alerts"]] == [(odd, "2024-01-13")]
    assert [(cost["sensitivity"], cost["runs"]) for cost in found["costs"]][1] == ("medium", 2 * (14 - 8))
    shown = shell.idqp("backtest", "t", "--rule", "rows", "--format", "csv").out
    assert shown.startswith("segment,at,value")
    assert "rows: row_count" in shell.idqp("history", "t").out
    assert len(shell.idqp("history", "t", "--metric", "rows: row_count", "--format", "json").json) == 28
