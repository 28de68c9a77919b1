from datetime import UTC, date, datetime, timedelta

import pytest

from idqp_cli.core.dataset import Dataset, ServiceLevel
from idqp_cli.core.incident import PastEvent, PastRun
from idqp_cli.incidents.review import Review, Times, reach, review, times
from idqp_cli.report import review_page

NOW = datetime(2024, 1, 31, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def event(number: int, kind: str, at: datetime, resolution: str | None = None) -> PastEvent:
    return PastEvent(number, "d", at, kind, resolution)


@pytest.mark.parametrize(("seconds", "expected"), [
    ([], Times(0, None, None)),
    ([5.0], Times(1, 5.0, 5.0)),
    ([3.0, 1.0], Times(2, 2.0, 3.0)),
    ([float(number) for number in range(1, 21)], Times(20, 10.5, 19.0)),
    ([float(number) for number in range(1, 101)], Times(100, 50.5, 95.0)),
])  # fmt: skip
def test_times(seconds: list[float], expected: Times) -> None:
    assert times(seconds) == expected


def test_what_happened_is_counted_and_timed() -> None:
    events = [
        event(1, "opened", SINCE - 2 * DAY, "false_positive"),
        event(2, "opened", SINCE + DAY, "fixed"),
        event(2, "acknowledged", SINCE + DAY + HOUR, "fixed"),
        event(2, "acknowledged", SINCE + DAY + 2 * HOUR, "fixed"),
        event(1, "acknowledged", SINCE + 2 * DAY, "false_positive"),
        event(2, "assigned", SINCE + 2 * DAY, "fixed"),
        event(2, "resolved", SINCE + 3 * DAY, "fixed"),
        event(1, "resolved", SINCE + 4 * DAY, "false_positive"),
        event(2, "reopened", SINCE + 5 * DAY, None),
        event(2, "resolved", SINCE + 5 * DAY + HOUR, None),
        event(3, "opened", SINCE + 6 * DAY),
        event(4, "opened", SINCE - 9 * DAY),
        event(4, "acknowledged", SINCE - 8 * DAY),
        event(4, "escalated", SINCE + DAY),
    ]
    found = review(events, [], [], SINCE, NOW)
    assert (found.opened, found.acknowledged, found.resolved, found.reopened) == (2, 3, 3, 1)
    assert found.to_acknowledge == times([3600, 4 * 86400])
    assert found.to_resolve == times([2 * 86400, 6 * 86400, 3600])
    assert found.false_positives == 0.5
    assert found.datasets == ()


def test_nothing_happened() -> None:
    found = review([], [], [], SINCE, NOW)
    assert (found.opened, found.to_resolve, found.false_positives) == (0, Times(0, None, None), None)
    assert "time to resolve: none" in text(found)


def test_scores_by_day_and_the_service_level() -> None:
    level = ServiceLevel(99, timedelta(days=60))
    datasets = [Dataset("d", "d.csv", sla=level), Dataset("quiet", "q.csv", sla=level), Dataset("free", "f.csv")]
    runs = [
        PastRun("d", NOW - 59 * DAY, 100.0),
        PastRun("d", NOW - 40 * DAY, 98.9),
        PastRun("d", SINCE + HOUR, 99.0),
        PastRun("d", SINCE + 2 * HOUR, 80.0),
        PastRun("d", SINCE + DAY, None),
        PastRun("free", SINCE + DAY, 50.0),
    ]
    assert reach(datasets, SINCE, NOW) == NOW - 60 * DAY
    assert reach(datasets[2:], SINCE, NOW) == SINCE
    own, free, quiet = review([], runs, datasets, SINCE, NOW).datasets
    assert (own.dataset, own.runs, own.scores) == ("d", 3, ((date(2024, 1, 1), 89.5),))
    assert (own.target, own.since, own.within) == (99, NOW - 60 * DAY, 2 / 5)
    assert (free.dataset, free.target, free.within, free.scores) == ("free", None, None, ((date(2024, 1, 2), 50.0),))
    assert (quiet.dataset, quiet.runs, quiet.within, quiet.scores) == ("quiet", 0, None, ())
    shown = text(review([], runs, datasets, SINCE, NOW))
    assert "score 89.5 (2024-01-01) to 89.5 (2024-01-01), lowest 89.5 (2024-01-01)" in shown
    assert "service level: 40 % of the runs at 99 or more since 2023-12-02 00:00:00Z" in shown
    assert "service level: no run at 99 or more" in shown


def text(found: Review) -> str:
    lines = review_page.lines(found)
    return "\n".join("".join(span.text for span in line.spans) for line in lines)
