"""Which runs say what is usual: one content counts once, and once a day where it never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from idqp_cli.baselines.accepted import Answers, Ran, Today, Verdicts, counted

FIRST = datetime(2024, 3, 1, 9, tzinfo=UTC)


def counts(contents: str, *, a_day: int = 1, least: int = 8, source: str | None = "t.csv") -> int:
    """Return how many runs count of those over these contents, a letter each, so many a day."""
    runs = [
        Ran(FIRST + timedelta(days=place // a_day, minutes=place % a_day), 1.0, content, source)
        for place, content in enumerate(contents)
    ]
    return len(counted(runs, Today(FIRST + timedelta(days=400)), Answers(), Verdicts(), least))


@pytest.mark.parametrize(
    ("contents", "a_day", "least", "count"),
    [
        ("aaaaaaa", 1, 8, 1),
        ("aaaaaaaa", 1, 8, 8),
        ("a" * 20, 1, 8, 20),
        ("a" * 24, 24, 8, 1),
        ("a" * 14, 2, 8, 1),
        ("a" * 16, 2, 8, 8),
        ("a" * 20, 1, 30, 1),
        ("aaaaaaaabbbbbbbbc", 1, 8, 17),
        ("aaaaaaaabbbbc", 1, 8, 10),
        ("abcdeff", 1, 8, 6),
        ("abcdefgh" + "h" * 20, 1, 8, 8),
    ],
)
def test_a_content_counts_once_and_daily_where_it_hardly_ever_changes(
    contents: str, a_day: int, least: int, count: int
) -> None:
    assert counts(contents, a_day=a_day, least=least) == count


def test_what_was_refused_does_not_count_daily() -> None:
    runs = [Ran(FIRST + timedelta(days=day), 1.0, "a", "t.csv") for day in range(20)]
    said = Verdicts(frozenset(), frozenset({"a"}))
    assert counted(runs, Today(FIRST + timedelta(days=30)), Answers(), said) == []


def test_one_file_of_one_date_counts_once_on_whatever_days_it_is_read() -> None:
    assert counts("a" * 20, source="t-2024-03-01.csv") == 1
