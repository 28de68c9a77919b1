"""Lists fit the screen: what is not a sentence stays whole, and what is one gives way."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idqp_cli.core.incident import Event
from idqp_cli.report import grid, incident_page
from idqp_cli.report.stdout import plain

COLUMNS = ("incident", "status", "dataset", "rule", "opened at", "message")
ROWS = [
    ("7", "acknowledged", "orders", "accepted_values(status)", "2026-11-28 10:00:00Z", "3 of 1,000 rows (0.3 %) are not an accepted value, at most 0 expected"),
    ("112", "open", "客户", "unique(id)", "2026-11-28 11:00:00Z", ""),
]  # fmt: skip


def shown(width: int | None) -> list[str]:
    return plain(grid.lines(COLUMNS, ROWS, width, frozenset({"incident"}))).splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_list_fits_the_screen(width: int) -> None:
    lines = shown(width)
    assert max(map(grid.measured, lines)) <= width
    for row in ROWS:
        assert all(any(cell in line for line in lines) for cell in row[:-1])
    words = " ".join(" ".join(lines).split())
    assert all(word in words for word in ROWS[0][-1].split())


def test_the_message_gives_way_first() -> None:
    assert shown(200)[0] == "incident  status        dataset  rule                     opened at             message"
    assert shown(None) == shown(200)
    narrow = shown(80)
    assert narrow[0] == "incident  status        dataset  rule                     opened at"
    assert narrow[2] == "    3 of 1,000 rows (0.3 %) are not an accepted value, at most 0 expected"
    assert shown(60)[:2] == ["7  acknowledged  orders  accepted_values(status)", "    2026-11-28 10:00:00Z"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(categories=["L", "N", "Zs"]), max_size=25)] * 4), min_size=1, max_size=5
    ),
    st.integers(30, 120),
)
def test_no_line_is_wider_than_the_screen(rows: list[tuple[str, ...]], width: int) -> None:
    lines = grid.lines(("incident", "dataset", "message", "detail"), rows, width)
    texts = ["".join(span.text for span in one.spans) for one in lines]
    # A cell that is not a sentence is never broken, however narrow the screen is.
    longest = max(grid.measured(cell) for row in rows for cell in row[:2])
    assert max(map(grid.measured, texts)) <= max(width, longest + grid.INDENT, grid.NARROWEST + grid.INDENT)


def event(day: int, kind: str, value: float | None = None, detail: str = "") -> Event:
    return Event(datetime(2026, 11, day, tzinfo=UTC), kind, "ann", detail, value)


def test_repeats_of_an_event_are_one_line() -> None:
    timeline = [event(1, "opened", 0.2), *(event(day, "seen", day / 10) for day in range(2, 6)), event(6, "resolved")]
    lines = [
        line for _, events in groupby(timeline, incident_page.alike) for line in incident_page.events(list(events))
    ]
    assert plain(lines).splitlines() == [
        "  2026-11-01 00:00:00Z  opened        ann  metric 0.2",
        "  2026-11-02 00:00:00Z  seen 4 times until 2026-11-05 00:00:00Z  ann  metric 0.2 to 0.5  ▁▃▆█",
        "  2026-11-06 00:00:00Z  resolved      ann",
    ]


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([], ""), ([1.0, 1.0], ""), ([0.0, 1.0], "▁█"), ([float("inf"), 1.0, 2.0], "▁█"), ([1e308, -1e308], "█▁")],
)
def test_a_sparkline_is_drawn_of_any_numbers(values: list[float], drawn: str) -> None:
    assert incident_page.sparkline(values) == drawn


@pytest.mark.parametrize("width", range(5, 40))
def test_a_number_is_not_parted_from_its_percent_sign(width: int) -> None:
    lines = grid.wrapped("1 of 5 rows (20 %, 1 % allowed) and 100 % more", width)
    assert not [line for line in lines if line.startswith("%")] or width < len("(20 %,")
    assert "".join(lines).replace(" ", "") == "1of5rows(20%,1%allowed)and100%more"
