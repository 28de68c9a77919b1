"""A batch against the batches before it: how often usual ones alarm, and that faults are found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from idqp_cli.anomaly import conformal, left_out
from idqp_cli.anomaly.history import usual
from idqp_cli.anomaly.options import MIN_HISTORY, Sensitivity
from idqp_cli.anomaly.profile import Judged, Limits, judge, runs_needed
from idqp_cli.baselines.accepted import Answers, Today, verdicts
from idqp_cli.baselines.metrics import alarmed
from idqp_cli.core.model import MetricKey, Status, Verdict
from idqp_cli.rules.anomaly import Anomaly
from idqp_cli.rules.given import Given
from idqp_cli.store.values import MetricPoint

Floats = NDArray[np.float64]
Dice = np.random.Generator
DATASETS, METRICS = 400, 40
MEDIUM = Limits(1.0, Sensitivity.MEDIUM.false_alarms)


def heavy(dice: Dice, runs: int) -> Floats:
    return 50 + dice.standard_t(2, size=(runs, METRICS))


def correlated(dice: Dice, runs: int) -> Floats:
    common = dice.normal(size=(runs, 3)) @ dice.normal(size=(3, METRICS))
    return 100 + 20 * (common + 0.2 * dice.normal(size=(runs, METRICS)))


def counts(dice: Dice, runs: int) -> Floats:
    return dice.poisson(dice.gamma(1, 2, size=METRICS), size=(runs, METRICS)).astype(float)


def wild(dice: Dice, runs: int) -> Floats:
    return 100 + dice.normal(size=(runs, METRICS)) * np.exp(dice.normal(size=(runs, 1)))


def judged(values: Floats, limits: Limits = MEDIUM) -> Judged:
    """Judge the last row by those before it."""
    names = [f"m{place:03}" for place in range(values.shape[1])]
    history = {name: column[:-1].tolist() for name, column in zip(names, values.T, strict=True)}
    return judge(history, dict(zip(names, values[-1].tolist(), strict=True)), limits)


def alarms(sample: Callable[[Dice, int], Floats], runs: int, limits: Limits) -> float:
    """Return the share of simulated datasets whose last run, one like the others, is unusual."""
    dice = np.random.default_rng(2_024)
    return sum(judged(sample(dice, runs + 1), limits).unusual for _ in range(DATASETS)) / DATASETS


def at_most(rate: float) -> float:
    """Return the share that one experiment in a thousand goes beyond, if the rate is kept."""
    return rate + 3.1 * math.sqrt(rate * (1 - rate) / DATASETS)


@pytest.mark.parametrize("sample", [heavy, correlated, counts, wild])
@pytest.mark.parametrize("rate", [0.05, pytest.param(0.2, marks=pytest.mark.thorough)])
def test_usual_runs_alarm_as_often_as_is_said(sample: Callable[[Dice, int], Floats], rate: float) -> None:
    runs = runs_needed(rate) + 6
    found = alarms(sample, runs, Limits(0.01, rate))
    assert found <= at_most(rate)
    # The bound is no excuse to never alarm.
    assert found >= rate / 5


@pytest.mark.parametrize("sample", [heavy, correlated, counts, wild])
@pytest.mark.parametrize("runs", [MIN_HISTORY, 20])
def test_short_histories_alarm_rarely(sample: Callable[[Dice, int], Floats], runs: int) -> None:
    assert alarms(sample, runs, MEDIUM) <= 0.075


@pytest.mark.parametrize("runs", [MIN_HISTORY, 20, 60, 150])
@pytest.mark.parametrize("sample", [heavy, correlated])
def test_a_planted_fault_is_found_and_named_first(sample: Callable[[Dice, int], Floats], runs: int) -> None:
    found = 0
    for seed in range(20):
        values = sample(np.random.default_rng(seed), runs + 1)
        values[-1, [5, 7, 20]] *= 1_000
        one = judged(values)
        found += one.unusual and {strange.metric for strange in one.strangest[:3]} == {"m005", "m007", "m020"}
    assert found >= 19


def test_a_fault_in_one_metric_is_found() -> None:
    values = correlated(np.random.default_rng(3), 40)
    values[-1, 5] *= 100
    found = judged(values)
    assert (found.unusual, found.strangest[0].metric) == (True, "m005")


@pytest.mark.parametrize("following", [False, True])
@pytest.mark.parametrize("runs", [9, 10, 31, 204])
def test_leaving_out_by_sorting_is_leaving_out(runs: int, following: bool) -> None:  # noqa: FBT001
    dice = np.random.default_rng(runs)
    for values in (dice.normal(size=(runs, 3)), dice.integers(0, 3, size=(runs, 3)).astype(float)):
        floors = np.full((runs - 1, 3), 0.01)
        found = left_out.each(values, floors, following=following)
        for place in range(runs - 1):
            others = np.delete(values, [place, place + 1] if following else [place], axis=0)
            for metric in range(3):
                centre, half = usual(others[:, metric], 0.01)
                assert found[place, metric] == pytest.approx(abs(values[place, metric] - centre) / half, abs=1e-9)
        for metric in range(3):
            centre, half = usual(values[:-1, metric], 0.01)
            last = left_out.last(values, floors[0])[metric]
            assert last == pytest.approx(abs(values[-1, metric] - centre) / half, abs=1e-9)


def test_a_rank_and_what_stands_for_it() -> None:
    assert conformal.bound(range(1, 20), 0.05) == 19
    assert conformal.bound(range(1, 40), 0.05) == 38
    assert (conformal.runs_needed(0.05), conformal.runs_needed(0.03)) == (19, 33)
    # Of ten logarithms with the mean 0 and the deviation 1: 1.833 is Student's quantile for nine.
    logs = np.array([-1.5, -1.0, -1.0, -0.5, 0.0, 0.0, 0.5, 1.0, 1.0, 1.5])
    logs = (logs - logs.mean()) / logs.std(ddof=1)
    assert math.log(conformal.bound(np.exp(logs).tolist(), 0.05)) == pytest.approx(1.833 * math.sqrt(1.1), abs=0.01)


def test_alarms_that_nobody_answered_may_be_false() -> None:
    scores = [0.5 + place / 100 for place in range(40)]
    bounds = [conformal.bound(scores, 0.05, beyond) for beyond in (0, 2, 6, 10)]
    assert bounds == sorted(bounds)
    assert bounds[0] < scores[-1] <= bounds[2] < bounds[3] < 2
    assert conformal.bound(scores, 0.05, 1_000) == conformal.bound(scores, 0.05, 20)


def test_alarms_do_not_make_the_next_more_frequent() -> None:
    """Runs that alarmed are no history: without a word for that, ever more of those like them would alarm."""
    after: list[bool] = []
    for seed in range(3):
        values, kept, rows = heavy(np.random.default_rng(seed), 110), list(range(MIN_HISTORY)), 0
        said = [False] * MIN_HISTORY
        for run in range(MIN_HISTORY, len(values)):
            said.append(judged(values[[*kept, run]], Limits(1.0, 0.03, alarms=rows)).unusual)
            rows += said[-1] and not said[-2]
            kept += [] if said[-1] else [run]
        after += said[50:]
    assert sum(after) / len(after) <= 0.06


def test_false_positives_widen_the_band() -> None:
    values = correlated(np.random.default_rng(3), 40)
    values[-1, [5, 6, 7]] += 1_000
    without, one, many = (judged(values, Limits(1.0, 0.03, false_positives=times)) for times in (0, 1, 9))
    assert without.unusual
    assert one.threshold == pytest.approx(1.25 * without.threshold)
    assert many.threshold == pytest.approx(1.25**4 * without.threshold)


def test_an_alarm_counts_once_for_each_row_of_them() -> None:
    start, day = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)
    said = ["passed", "failed", "failed", "passed", "failed", "passed", "failed"]
    points = [MetricPoint(str(place), start + place * day, 1.0 + place, one) for place, one in enumerate(said)]
    own = Answers(fixed=frozenset({start + 4 * day}), false_positives=2)
    found = alarmed(points, Today(start + 9 * day), own, verdicts(points, own))
    # The first of two in a row, not the one that was fixed, and the last.
    assert (found.refused, found.false_positives, found.values) == ((2.0, 7.0), 2, ())
    assert alarmed(points, Today(start + 6 * day), own, verdicts(points, own)).refused == (2.0,)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("before", "today", "found"),
    [
        (5e-324, 5e-324, False), (1e-310, 2e-310, False), (5e-324, 1.0, True), (1.0, 1.7e308, True), (0.0, 0.0, False),
        (1.0, math.nan, True), (math.nan, 3.0, True), (math.nan, math.nan, False), (-1.0, -1e300, True),
    ],
)  # fmt: skip
def test_the_largest_and_the_smallest_numbers(before: float, today: float, found: bool) -> None:  # noqa: FBT001
    values = np.full((21, 2), before)
    values[-1] = today
    assert judged(values, Limits(1.0, 0.1, least={"m000": 0.005, "m001": 0.005})).unusual == found


def run_by_run(values: Floats) -> list[bool]:
    return [judged(values[: end + 1]).unusual for end in range(MIN_HISTORY, len(values))]


def test_what_grows_or_has_a_season_is_no_alarm() -> None:
    dice = np.random.default_rng(1)
    days = np.arange(60)
    weekly = np.where(days % 7 >= 5, 200.0, 1_000.0) * (1 + 0.02 * dice.normal(size=60))
    growing = 1_000 + 25 * days + dice.normal(size=60)
    doubling = 100 * 1.05**days
    for column in (weekly, growing, doubling):
        values = np.column_stack([column * factor for factor in (1, 2, 3)] + [5 + dice.normal(size=(60, 10))])
        assert sum(run_by_run(values)) <= 2


@pytest.mark.parametrize(
    ("before", "today"), [(1_000_000.0, 1_000_001.0), (0.0, 1.3e-16), (-1e-16, 3e-16), (7.25, 7.25 * (1 + 1e-6))]
)
@pytest.mark.parametrize("metric", ["evenness", "word_growth", "mean", "stddev"])
def test_a_constant_that_moves_by_nothing_is_no_alarm(metric: str, before: float, today: float) -> None:
    moves = {f"{metric}(c{place})": [before] * 30 + [today] for place in range(5)}
    bounds = {f"{side}(c{place})": [limit] * 31 for place in range(5) for side, limit in (("min", -1.0), ("max", 1.0))}
    assert judge_profile({**moves, **bounds}).status == Status.PASSED


def judge_profile(metrics: Mapping[str, Sequence[float] | Floats], **options: object) -> Verdict:
    rule = Anomaly(name="profile", line=0, metric="profile", **options)  # type: ignore[arg-type]
    profiles = {MetricKey(None, name): [float(one) for one in own[:-1]] for name, own in metrics.items()}
    given = Given(datetime.now(UTC), None, profiles=profiles)
    return rule.judge({name: float(own[-1]) for name, own in metrics.items()}, given)


@pytest.mark.parametrize(("min_change", "status"), [(0.01, Status.FAILED), (0.1, Status.PASSED), (50.0, Status.PASSED)])
def test_the_smallest_change_that_matters(min_change: float, status: Status) -> None:
    values = [1_000.0] * 30 + [1_040.0]
    metrics = {f"mean(c{place})": values for place in range(4)}
    assert judge_profile(metrics, min_change=min_change).status == status
    shares = {f"completeness(c{place})": [0.0] * 30 + [0.04] for place in range(4)}
    assert judge_profile(shares, min_change=50.0).status == Status.FAILED


def test_the_metrics_that_are_named() -> None:
    dice = np.random.default_rng(4)
    names = [f"{metric}({column})" for column in ("a", "b", "c") for metric in ("mean", "median", "stddev", "high")]
    usual_ = {name: dice.normal(100, 1, size=41) for name in ["row_count", *names]}

    def named(**moved: float) -> list[str]:
        metrics = {name: own.copy() for name, own in usual_.items()}
        for name, own in metrics.items():
            own[-1] *= moved.get(name if "(" not in name else name.partition("(")[2][:-1], 1.0)
        message = judge_profile(metrics).message
        return [part.partition(" is ")[0] for part in message.partition(": ")[2].split("; ")]

    # All metrics of one column, each of two columns, and a column whose change is small beside another's.
    assert {name.partition("(")[2] for name in named(b=2.0)} == {"b)"}
    assert {name.partition("(")[2] for name in named(b=2.0, c=2.0)[:2]} == {"b)", "c)"}
    assert {name.partition("(")[2] for name in named(b=20.0, c=1.1)} == {"b)"}
    # Fewer rows than usual move much else.
    assert "row_count" in named(a=2.0, b=2.0, c=2.0, row_count=0.94)
    assert "row_count" not in named(a=2.0, b=2.0, c=2.0)


def test_a_history_too_short_for_a_rate_is_skipped() -> None:
    dice = np.random.default_rng(2)
    short = {f"mean(c{place})": dice.normal(100, 1, size=31) for place in range(4)}
    verdict = judge_profile(short, false_alarms=0.02)
    assert (verdict.status, verdict.message) == (
        Status.SKIPPED,
        "22 more runs needed to hold 2 % of false alarms: the history has 30 of 52",
    )
    enough = {f"mean(c{place})": dice.normal(100, 1, size=53) for place in range(4)}
    assert judge_profile(enough, false_alarms=0.02).status == Status.PASSED
    with pytest.raises(ValueError, match="false_alarms: goes with a profile"):
        Anomaly(name="rows", line=0, metric="row_count", false_alarms=0.02)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"from 0\.5 %"):
        Anomaly(name="rows", line=0, metric="profile", false_alarms=0.001)  # type: ignore[arg-type]
