"""A metric against its own history: what is usual, what is not, and that nothing breaks it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idqp_cli.anomaly.history import alarms, judge, scores
from idqp_cli.anomaly.options import MIN_HISTORY, Sensitivity
from idqp_cli.anomaly.series import Series

DAY = 86_400
THRESHOLD = Sensitivity.MEDIUM.threshold
MONDAY = datetime(2024, 1, 1, tzinfo=UTC).timestamp()


def daily(values: Sequence[float], **of_series: bool | int) -> Series:
    times = tuple(MONDAY + DAY * day for day in range(len(values)))
    return Series(times, tuple(values), **of_series)  # type: ignore[arg-type]


def noise(count: int, level: float = 1_000, spread: float = 10, seed: int = 1) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(level, spread) for _ in range(count)]


def weekly(count: int) -> list[float]:
    return [value * (0.2 if day % 7 >= 5 else 1.0) for day, value in enumerate(noise(count))]


def monthly(count: int) -> list[float]:
    days = [datetime.fromtimestamp(MONDAY + DAY * day, UTC).day for day in range(count)]
    return [value * (5.0 if day == 1 else 1.0) for day, value in zip(days, noise(count), strict=True)]


def rising(count: int) -> list[float]:
    return [value + 20 * day for day, value in enumerate(noise(count))]


CASES = [
    ("noise, as ever", noise(30), 1_005, False),
    ("noise, half of it", noise(30), 500, True),
    ("eight values, as ever", noise(8), 1_005, False),
    ("eight values, twice", noise(8), 2_000, True),
    ("a constant stays", [7.0] * 20, 7, False),
    ("a constant changes", [7.0] * 20, 8, True),
    ("zeros stay", [0.0] * 20, 0, False),
    ("one after zeros", [0.0] * 20, 1, True),
    ("a trend goes on", rising(40), 1_800, False),
    ("a trend ends", rising(40), 1_300, True),
    ("a Monday as Mondays are", weekly(70), 1_000, False),
    ("a Monday like a Sunday", weekly(70), 200, True),
    ("a Saturday as Saturdays are", weekly(75), 200, False),
    ("a Saturday like a Friday", weekly(75), 1_000, True),
    ("the first of a month", monthly(366), 5_000, False),
    ("an ordinary first of a month", monthly(366), 1_000, True),
    ("back from an anomaly", [*noise(30), 5_000], 1_000, False),
    ("the second anomaly", [*noise(20), 5_000, *noise(10, seed=2)], 5_000, True),
    ("infinity", noise(30), math.inf, True),
    ("minus infinity", noise(30), -math.inf, True),
    ("infinities in the past", [*noise(30), math.inf, -math.inf, math.nan], 1_000, False),
    ("the largest numbers", [1e300 + 1e298 * n for n in noise(30, 0, 1)], -1e308, True),
    ("the largest numbers, as ever", [1e300 + 1e298 * n for n in noise(30, 0, 1)], 1e300, False),
]


@pytest.mark.parametrize(("values", "today", "unusual"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_judges(values: list[float], today: float, *, unusual: bool) -> None:
    found = judge(daily(values), MONDAY + DAY * len(values), today, THRESHOLD)
    assert (found.score > THRESHOLD) == unusual, found
    assert all(map(math.isfinite, (found.score, found.low, found.high)))


def test_names_the_season_that_it_found() -> None:
    assert judge(daily(weekly(70)), MONDAY + DAY * 70, 1_000, THRESHOLD).season == "day of week"
    assert judge(daily(monthly(366)), MONDAY + DAY * 366, 5_000, THRESHOLD).season == "day of month"
    assert judge(daily(noise(70)), MONDAY + DAY * 70, 1_000, THRESHOLD).season is None


def test_finds_the_hours_of_a_day_and_survives_a_change_of_clocks() -> None:
    start = datetime(2024, 3, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    times = [start.timestamp() + 3_600 * hour for hour in range(24 * 40)]
    local = [datetime.fromtimestamp(at, ZoneInfo("Europe/Berlin")).hour for at in times]
    values = [
        100 + 50 * math.sin(hour / 24 * math.tau) + one
        for hour, one in zip(local, noise(len(times), 0, 1), strict=True)
    ]
    found = judge(Series(tuple(times[:-1]), tuple(values[:-1])), times[-1], values[-1], THRESHOLD)
    assert (found.season, found.score <= THRESHOLD) == ("hour of day", True)


def test_the_band_is_where_a_value_passes() -> None:
    history, at = daily(noise(60)), MONDAY + DAY * 60
    band = judge(history, at, 1_000, THRESHOLD)
    for inside in (band.low + 0.01, band.high - 0.01):
        assert judge(history, at, inside, THRESHOLD).score <= THRESHOLD
    for outside in (band.low - 0.01, band.high + 0.01):
        assert judge(history, at, outside, THRESHOLD).score > THRESHOLD


def test_false_positives_widen_the_band() -> None:
    at = MONDAY + DAY * 30
    narrow, wide = (judge(daily(noise(30), false_positives=many), at, 1_000, THRESHOLD) for many in (0, 1))
    assert wide.high - wide.low == pytest.approx(1.25 * (narrow.high - narrow.low), rel=0.01)


def test_a_share_stays_between_nothing_and_all() -> None:
    found = judge(daily([0.0] * 20, share=True), MONDAY + DAY * 20, 0.0, THRESHOLD)
    assert [found.low, found.high] == pytest.approx([0.0, 0.007])


def test_false_alarms_on_usual_days_are_rare() -> None:
    alarming = 0
    for seed in range(12):
        values = noise(60, seed=seed)
        for count in range(MIN_HISTORY, 60):
            alarming += judge(daily(values[:count]), MONDAY + DAY * count, values[count], THRESHOLD).score > THRESHOLD
    assert alarming / (12 * 52) < 0.02


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(allow_nan=False), min_size=MIN_HISTORY + 1, max_size=40))
def test_any_history_gives_a_finite_score(values: list[float]) -> None:
    known = [value for value in values[:-1] if math.isfinite(value)]
    if len(known) >= MIN_HISTORY:
        found = judge(daily(values[:-1]), MONDAY + DAY * 50, values[-1], THRESHOLD)
        assert all(map(math.isfinite, (found.score, found.low, found.high)))
        assert found.low <= found.high
    assert np.isfinite(scores(daily(values))).all()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=120), st.integers(10, 29))
def test_a_score_knows_nothing_of_what_comes_later(values: list[float], cut: int) -> None:
    whole, part = scores(daily(values)), scores(daily([*values[:cut], *[0.0] * (len(values) - cut)]))
    assert whole[:cut].tolist() == pytest.approx(part[:cut].tolist(), rel=1e-6, abs=1e-6)


def test_a_hundred_thousand_values_are_judged() -> None:
    values = noise(100_000)
    assert judge(daily(values), MONDAY + DAY * 100_000, 1_000, THRESHOLD).score <= THRESHOLD
    assert len(scores(daily(values[:10_000]))) == 10_000


def test_repeated_alarms_are_one() -> None:
    assert alarms([0, 5, 5, 0, 0, 0, 0, 0, 0, 5], 1.4) == (1, 9)
    assert alarms([0.0] * 10, 1.4) == ()


def test_after_a_gap_a_growing_series_is_expected_further_on_and_less_surely() -> None:
    values = [100_000 + 1_000 * day + one for day, one in enumerate(noise(40, 0, 30))]
    at = MONDAY + DAY * 48
    band = judge(daily(values), at, 148_000, THRESHOLD)
    assert band.score <= THRESHOLD
    assert band.high - band.low > 0
    assert judge(daily(values), at, 140_000, THRESHOLD).score > THRESHOLD
    whole = [100_000 + 1_000 * day for day in range(40)]
    assert judge(daily(whole), at, 148_000, THRESHOLD).score <= THRESHOLD


@pytest.mark.parametrize("days", [20, 250, 400])
def test_a_change_that_does_not_matter_is_none_however_long_nothing_changed(days: int) -> None:
    at = MONDAY + DAY * days
    assert judge(daily([1e6] * days), at, 1e6 + 1, THRESHOLD).score <= THRESHOLD
    assert judge(daily([1e6] * days), at, 1.1e6, THRESHOLD).score > THRESHOLD
    assert judge(daily([1e6] * days, min_change=0.2), at, 1.1e6, THRESHOLD).score <= THRESHOLD  # type: ignore[arg-type]
    assert judge(daily([1e6] * days, min_change=2e5), at, 1.1e6, THRESHOLD).score <= THRESHOLD  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("direction", "value", "unusual"),
    [("down", 500, True), ("down", 2_000, False), ("up", 500, False), ("up", 2_000, True), ("both", 500, True)],
)
def test_one_side_alone(direction: str, value: float, *, unusual: bool) -> None:
    found = judge(daily(noise(60), direction=direction), MONDAY + DAY * 60, value, THRESHOLD)  # type: ignore[arg-type]
    assert (found.score > THRESHOLD) == unusual


def test_days_are_those_of_the_time_zone() -> None:
    zone = ZoneInfo("America/New_York")
    start = datetime(2024, 1, 1, 22, tzinfo=zone)
    times = [datetime(start.year, start.month, start.day, 22, tzinfo=zone).timestamp() + DAY * day for day in range(71)]
    local = [datetime.fromtimestamp(at, zone) for at in times]
    values = [one * (0.2 if moment.weekday() >= 5 else 1.0) for one, moment in zip(noise(71), local, strict=True)]
    found = judge(
        Series(tuple(times[:-1]), tuple(values[:-1]), zone="America/New_York"), times[-1], values[-1], THRESHOLD
    )
    assert (found.season, found.score <= THRESHOLD) == ("day of week", True)


def test_the_last_day_of_a_month_has_its_own_level() -> None:
    ends = [(datetime.fromtimestamp(MONDAY + DAY * (day + 1), UTC).day == 1) for day in range(366)]
    values = [one * (5.0 if end else 1.0) for one, end in zip(noise(366), ends, strict=True)]
    last = max(day for day, end in enumerate(ends) if end)
    found = judge(daily(values[:last]), MONDAY + DAY * last, values[last], THRESHOLD)
    assert (found.season, found.score <= THRESHOLD) == ("days to the end of the month", True)
    assert judge(daily(values[:last]), MONDAY + DAY * last, 1_000, THRESHOLD).score > THRESHOLD
    assert judge(daily(values[: last - 10]), MONDAY + DAY * (last - 10), 1_500, THRESHOLD).score > THRESHOLD


def loads(days: int, late: Mapping[int, int]) -> list[float]:
    """Return `days` usual days with five times as much on the first of a month, or on the day `late` has for a month."""
    dates = [datetime.fromtimestamp(MONDAY + DAY * day, UTC) for day in range(days)]
    return [
        value * (5.0 if at.day == late.get(at.month, 1) else 1.0)
        for at, value in zip(dates, noise(days), strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize("late", [{}, {4: 12}, {2: 9, 4: 6}, {month: 1 + month * 5 % 9 for month in range(1, 13)}])
@pytest.mark.parametrize("days", [80, 112, 136, 200, 291])
def test_a_month_end_load_that_comes_late_widens_nothing_for_the_rest_of_the_month(
    days: int, late: Mapping[int, int]
) -> None:
    series, at = daily(loads(days, late)), MONDAY + DAY * days
    assert 14 <= datetime.fromtimestamp(at, UTC).day <= 27
    found = judge(series, at, 1_005, THRESHOLD)
    assert (found.score <= THRESHOLD, found.high - found.low < 300) == (True, True)
    assert judge(series, at, 700, THRESHOLD).score > THRESHOLD
    assert judge(series, at, 1_300, THRESHOLD).score > THRESHOLD


@pytest.mark.parametrize("day", range(1, 10))
def test_a_month_end_load_may_come_on_any_day_on_which_one_came(day: int) -> None:
    late = {1: 9, 2: 2, 3: 5, 4: 7, 5: day}
    days = [datetime.fromtimestamp(MONDAY + DAY * one, UTC) for one in range(180)]
    today = next(place for place, one in enumerate(days) if (one.month, one.day) == (5, day))
    values = loads(180, late)
    for place in (today, today + 1, today + 2):
        assert judge(daily(values[:place]), MONDAY + DAY * place, values[place], THRESHOLD).score <= THRESHOLD
    assert judge(daily(values[: today + 14]), MONDAY + DAY * (today + 14), 5_000, THRESHOLD).score > THRESHOLD


def test_a_holiday_is_judged_by_its_level_alone_and_widens_nothing() -> None:
    holidays = frozenset(int(MONDAY // DAY) + day for day in (30, 45, 60, 70))
    values = [200 if day in {30, 45, 60} else one for day, one in enumerate(weekly(70))]
    series = daily(values, holidays=holidays)  # type: ignore[arg-type]
    assert judge(series, MONDAY + DAY * 70, 200, THRESHOLD).score <= THRESHOLD
    assert judge(series, MONDAY + DAY * 71, 200, THRESHOLD).score > THRESHOLD
