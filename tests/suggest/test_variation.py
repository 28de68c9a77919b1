"""What files of one dataset teach: bounds that hold for the next file, and rules that later files broke."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import Cell, csv_text
from idqp_cli.core.model import Status, Verdict
from idqp_cli.pipeline.looking import Wanted
from idqp_cli.pipeline.suggesting import learn
from idqp_cli.rules.completeness import Completeness
from idqp_cli.rules.drift import Drift
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.timeliness import Freshness
from idqp_cli.rules.validity import AcceptedValues
from idqp_cli.rules.volume import RowCount
from idqp_cli.suggest import variation
from idqp_cli.suggest.candidate import Candidate, share
from idqp_cli.suggest.judge import Suggestion
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from idqp_cli.suggest.variation import NEWEST, File

DAY = 86_400.0
DRIFT = Candidate(Drift(name="drift(c)", line=0, columns=("c",)), "")


def passed(value: float) -> Verdict:
    return Verdict(Status.PASSED, "", metric_value=value)


def files(rule: str, *values: float) -> list[File]:
    return [File(at * DAY, {rule: passed(value)}) for at, value in enumerate(values)]


def times() -> Profile:
    column = ColumnProfile(
        name="at", type="TIMESTAMP", kind=Kind.TIME, rows=9, missing=0, malformed=0, distinct=9, exact=True,
        low="2024-01-01", high="2024-01-09", place=0,
    )  # fmt: skip
    return Profile("t", 9, 9, (column,))


def found(rows: list[File], now: float = 0.0) -> Mapping[type, Rule]:
    return {type(one.rule): one.rule for one in variation.candidates(times(), rows, now)}


@pytest.mark.parametrize("seed", range(20))
def test_the_next_file_has_as_many_rows_as_the_bound_asks(seed: int) -> None:
    chance = random.Random(seed)
    rows = [round(chance.lognormvariate(7, 0.3)) for _ in range(12)]
    bound = found(files("row_count", *rows))[RowCount]
    assert isinstance(bound, RowCount)
    assert bound.min is not None
    assert min(rows) / 10 < bound.min <= 0.8 * min(rows)


def test_how_old_the_newest_time_may_be_follows_from_the_rhythm() -> None:
    daily = files(NEWEST + "at", *(number * DAY for number in range(10)))
    rule = found(daily, now=9.5 * DAY)[Freshness]
    assert isinstance(rule, Freshness)
    assert rule.max_age == 2 * DAY
    assert Freshness not in found(daily, now=30 * DAY)
    assert Freshness not in found(files(NEWEST + "at", *([1.0, 2.0] * 5)), now=3.0)


def test_two_files_say_nothing_of_the_next_one() -> None:
    assert not found(files("row_count", 100, 101))


def test_the_share_that_may_be_missing_is_that_of_the_emptiest_file_and_more() -> None:
    rule = Completeness(name="r", line=0, columns=("c",), threshold=share(0.1, 2))
    one = Suggestion(rule, "why", 1.0, 100, 0)
    (kept,) = variation.kept([one], files("r", *([0.02, 0.1, 0.2] * 3)), frozenset())
    assert isinstance(kept.rule, Completeness)
    assert kept.rule.threshold is not None
    assert float(kept.rule.threshold) > 0.2
    (same,) = variation.kept([one], files("r", 0.05, 0.05, 0.05), frozenset())
    assert same == one


def test_what_has_bent_is_left_out_and_what_fails_today_is_a_finding() -> None:
    rule = AcceptedValues(name="r", line=0, columns=("c",), values=("a", "b"))
    one = Suggestion(rule, "why", 1.0, 100, 0)
    assert variation.kept([one], [], frozenset({"r"})) == ()
    assert variation.kept([replace(one, failed=1)], [], frozenset({"r"})) == (replace(one, failed=1),)


def test_a_distance_that_has_been_seen_passes() -> None:
    usual, wide = (variation.by_history(DRIFT, files("drift(c)", 0.01, far)) for far in (0.05, 0.25))
    assert usual is not None
    assert wide is not None
    assert [one.rule.threshold for one in (usual, wide) if isinstance(one.rule, Drift)] == [None, 0.4]
    assert variation.by_history(DRIFT, files("drift(c)", 0.9)) is None
    assert variation.by_history(DRIFT, []) is None


def test_files_of_days(tmp_path: Path) -> None:
    chance = random.Random(1)
    for day in range(1, 11):
        # From the eighth day on there is a third state.
        states = ["open", "paid"] if day < 8 else ["open", "paid", "sent"]
        rows: list[tuple[Cell, ...]] = [(chance.choice(states), "ab"[n % 2], n % 9 or None) for n in range(120)]
        (tmp_path / f"sales_2024-01-{day:02}.csv").write_text(csv_text(("state", "kind", "n"), rows))
    paths = sorted(map(str, tmp_path.iterdir()))
    (learnt,) = learn(paths, (), Wanted(0.9), lambda _: None)
    names = {one.rule.name: one.rule for one in learnt.suggestions}
    assert {"accepted_values(kind)", "row_count", "drift(kind)"} <= names.keys()
    assert "accepted_values(state)" not in names
    bound = names["row_count"]
    assert isinstance(bound, RowCount)
    assert bound.min == 96
