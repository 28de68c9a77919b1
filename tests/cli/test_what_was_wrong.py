"""What was wrong does not become usual: failed runs teach nothing until a person calls them expected."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from conftest import Ran, Shell

ROWS = {"type": "anomaly", "metric": "row_count"}


def rows(count: int, seed: int = 0, level: float = 50) -> str:
    dice = random.Random(seed * 1_000 + count)
    return "id,v\n" + "".join(f"{place},{dice.gauss(level, 9):.3f}\n" for place in range(count))


def backfilled(shell: Shell, counts: list[int]) -> None:
    for day, count in enumerate(counts):
        shell.write(f"old/t-{date(2024, 1, 1) + timedelta(day)}.csv", rows(count, day))
    assert shell.idqp("check", "t", "--backfill", "old/*.csv").code == 0


def status(ran: Ran, rule: str = "anomaly(row_count)") -> tuple[str, str]:
    found = [one for one in ran.json["datasets"][0]["results"] if one["rule"] == rule]
    return found[0]["status"], found[0]["message"]


def checked(shell: Shell, text: str, rule: str = "anomaly(row_count)") -> tuple[str, str]:
    shell.write("t.csv", text)
    return status(shell.idqp("check", "--format", "json"), rule)


def test_a_level_that_stays_is_offered_and_never_taken(shell: Shell) -> None:
    shell.rules(ROWS)
    backfilled(shell, [1000 + day % 7 for day in range(20)] + [300, 301, 302, 303])
    for count in (304, 304, 305):
        found, message = checked(shell, rows(count, 99))
        assert found == "failed"
    assert "7 runs at about 303: `idqp incident resolve 1 --reason expected` makes it usual" in message
    # The repaired file passes, and the way it came has taught nothing.
    found, message = checked(shell, rows(1003, 98))
    assert (found, "expected by 20 runs before" in message) == ("passed", True)
    assert checked(shell, rows(306, 97))[0] == "failed"
    assert shell.idqp("incident", "resolve", "1", "--reason", "expected").code == 0
    assert checked(shell, rows(307, 96))[0] == "passed"
    assert checked(shell, rows(150, 95))[0] == "failed"


def test_one_content_counts_once_however_it_came(shell: Shell) -> None:
    shell.rules(ROWS)
    backfilled(shell, [1000 + day % 7 for day in range(10)])
    same = (shell.folder / "old/t-2024-01-10.csv").read_text()
    shell.write("old2/t-2024-03-01.csv", same)
    shell.idqp("check", "t", "--backfill", "old2/t-2024-03-01.csv")
    for _ in range(3):
        assert "by 10 runs before" in checked(shell, same)[1]


def test_a_corrected_file_takes_the_place_of_the_one_of_its_date(shell: Shell) -> None:
    shell.rules(ROWS)
    backfilled(shell, [1000 + day % 7 for day in range(8)] + [1])
    shell.write("old/t-2024-01-09.csv", rows(1005, 9))
    ran = shell.idqp("check", "t", "--backfill", "old/*.csv")
    assert "kept the metrics of 1 file; 8 files known already" in ran.err
    assert "by 9 runs before" in checked(shell, rows(1002, 50))[1]


@pytest.mark.parametrize("baseline", ["previous", {"window": "7d"}])
def test_only_accepted_runs_are_a_baseline(shell: Shell, baseline: object) -> None:
    shell.rules({"type": "drift", "column": "v", "baseline": baseline, "name": "moved"})
    assert checked(shell, rows(400, 1), "moved")[0] == "skipped"
    assert checked(shell, rows(400, 2), "moved")[0] == "passed"
    for seed in (3, 4, 5):
        assert checked(shell, rows(400, seed, 90), "moved")[0] == "failed"
    assert checked(shell, rows(400, 6), "moved")[0] == "passed"
    assert checked(shell, rows(400, 7, 90), "moved")[0] == "failed"
    shell.idqp("incident", "resolve", "1", "--reason", "expected")
    assert checked(shell, rows(400, 8, 90), "moved")[0] == "passed"


def test_a_segment_is_judged_by_its_own_history_also_where_it_is_gone(shell: Shell) -> None:
    def countries(germany: int, france: int) -> str:
        return "c,v\n" + "de,1\n" * germany + "fr,1\n" * france

    shell.rules({**ROWS, "segment_by": "c", "name": "rows"})
    for day in range(10):
        shell.write(f"old/t-2024-01-{day + 1:02}.csv", countries(500 + day % 5, 50 + day % 3))
    assert shell.idqp("check", "t", "--backfill", "old/*.csv").code == 0
    for text, failing in ((countries(502, 51), set()), (countries(503, 5), {"fr"}), (countries(504, 0), {"fr"})):
        shell.write("t.csv", text)
        found = shell.idqp("check", "--format", "json").json["datasets"][0]["results"]
        own = {one["segment"]: one["status"] for one in found if one["rule"] == "rows"}
        assert set(own) == {"de", "fr"}
        assert {segment for segment, said in own.items() if said == "failed"} == failing


def test_a_time_in_the_future_hides_no_dead_feed(shell: Shell) -> None:
    old = f"{datetime.now(UTC) - timedelta(days=9):%Y-%m-%d %H:%M:%S}"
    text = f"id,at\n1,{old}\n2,2099-01-01 00:00:00\n"
    shell.rules({"type": "freshness", "column": "at", "max_age": "1d"})
    found, message = checked(shell, text, "freshness(at)")
    assert (found, "1 value in the future" in message, "9 d" in message) == ("failed", True, True)
    shell.rules({"type": "freshness", "column": "at", "max_age": "30d", "allow_future": "1h"})
    assert checked(shell, text, "freshness(at)")[0] == "failed"
    shell.rules({"type": "freshness", "column": "at", "max_age": "30d"})
    assert checked(shell, text, "freshness(at)")[0] == "passed"


@pytest.mark.parametrize(("zone", "found"), [("Asia/Tokyo", "passed"), ("America/New_York", "failed")])
def test_times_without_a_zone_are_of_the_zone_of_the_dataset(shell: Shell, zone: str, found: str) -> None:
    in_tokyo = datetime.now(UTC) + timedelta(hours=9) - timedelta(minutes=10)
    shell.rules({"type": "freshness", "column": "at", "max_age": "1h"}, timezone=zone)
    assert checked(shell, f"id,at\n1,{in_tokyo:%Y-%m-%d %H:%M:%S}\n", "freshness(at)")[0] == found


def test_what_counts_the_rows_is_no_outlier(shell: Shell) -> None:
    def file(count: int) -> str:
        dice = random.Random(count)
        lines = [f"INV-{one},u{one}@example.com,{dice.gauss(50, 9):.2f}" for one in range(count)]
        return "id,mail,v\n" + "\n".join(lines) + "\n"

    shell.rules({"type": "outliers", "baseline": "previous", "name": "odd"})
    shell.write("t.csv", file(1000))
    shell.idqp("check")
    assert checked(shell, file(1300), "odd")[0] == "passed"


@pytest.mark.parametrize("metric", ["row_count", "mean(v)"])
def test_a_table_that_never_changes_is_judged_after_eight_days(shell: Shell, metric: str) -> None:
    shell.rules({"type": "anomaly", "metric": metric})
    name, same = f"anomaly({metric})", rows(400, 1)
    for day in range(8):
        for _ in range(1 + day % 2):
            assert checked(shell, same, name)[0] == "skipped"
        a_day_earlier(shell)
    assert checked(shell, same, name)[0] == "passed"
    assert checked(shell, rows(200, 2, 90), name)[0] == "failed"
    assert checked(shell, same, name)[0] == "passed"


def a_day_earlier(shell: Shell) -> None:
    """Set all runs back by a day."""
    with closing(sqlite3.connect(shell.folder / ".idqp" / "state.db")) as store, store:
        for number, at in store.execute("SELECT id, run_at FROM check_runs").fetchall():
            earlier = datetime.fromisoformat(at) - timedelta(days=1)
            store.execute("UPDATE check_runs SET run_at = ? WHERE id = ?", [earlier.isoformat(), number])
            store.execute("UPDATE metrics SET run_at = ? WHERE check_run_id = ?", [earlier.isoformat(), number])
