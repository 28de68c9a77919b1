"""Who is told what: on change only, once for each channel and dataset, and at most one digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from idqp_cli.alerts.pagerduty import PagerDuty
from idqp_cli.alerts.payload import read, written
from idqp_cli.alerts.routing import AlertSettings, Occasion, of_person, of_run
from idqp_cli.alerts.silences import holds
from idqp_cli.alerts.slack import Slack
from idqp_cli.alerts.values import Match, Notice, Route, Silence, Told
from idqp_cli.core.incident import ChangeKind, Incident, IncidentChange, IncidentStatus
from idqp_cli.core.model import Result, Sample, Severity, Status, Verdict

NOW = datetime(2024, 1, 31, 12, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
OPEN, ACKNOWLEDGED, SNOOZED, RESOLVED = IncidentStatus
DATA, ONCALL = Slack(webhook="${IDQP_HOOK}"), PagerDuty(routing_key="${IDQP_KEY}")
BOTH = AlertSettings(channels={"data": DATA, "oncall": ONCALL})


def incident(number: int = 1, dataset: str = "d", status: IncidentStatus = OPEN, **values: object) -> Incident:
    made = Incident(
        number, dataset, f"unique({number})", "unique", None, Severity.WARNING, status, NOW - 3 * HOUR, NOW,
        NOW if status is RESOLVED else None, 2, 0.25, "25 % of the rows", fingerprint=f"{number:032x}",
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type] # of the fields' types


def change(kind: ChangeKind, after: Incident, before: Incident | None = None, **verdict: object) -> IncidentChange:
    status = Status.PASSED if kind in {ChangeKind.RESOLVED, ChangeKind.PASSED} else Status.FAILED
    judged = Verdict(status, after.message, after.metric_value, 0.1, rows_evaluated=100, rows_failed=25)
    result = Result(after.rule, after.rule_type, (), after.severity, replace(judged, **verdict))  # type: ignore[arg-type]
    return IncidentChange(kind, after.dataset, result, after.number, after, before)


def told(
    settings: AlertSettings, *changes: IncidentChange, at: datetime = NOW, **given: object
) -> Mapping[str, list[Notice]]:
    routed = of_run(settings, changes, Occasion("run", at, **given))  # type: ignore[arg-type]
    found: dict[str, list[Notice]] = {}
    for notice in routed:
        assert read(written(notice)) == replace(notice, numbers=())
        assert {news.number for news in notice.news} <= set(notice.numbers)
        found.setdefault(notice.channel, []).append(notice)
    return found


SPOKEN = NOW - HOUR
LONG_AGO = NOW - 24 * HOUR


@pytest.mark.parametrize(("kind", "after", "before", "expected"), [
    (ChangeKind.OPENED, incident(), None, Told.OPENED),
    (ChangeKind.ESCALATED, incident(alerted_at=SPOKEN), incident(), Told.ESCALATED),
    (ChangeKind.REOPENED, incident(alerted_at=SPOKEN), incident(status=RESOLVED), Told.REOPENED),
    (ChangeKind.RESOLVED, incident(status=RESOLVED, alerted_at=SPOKEN), incident(), Told.RECOVERED),
    (ChangeKind.RESOLVED, incident(status=RESOLVED, alerted_at=SPOKEN), incident(status=ACKNOWLEDGED), Told.RECOVERED),
    (ChangeKind.RESOLVED, incident(status=RESOLVED), incident(), None),
    (ChangeKind.PASSED, incident(alerted_at=LONG_AGO), incident(), None),
    (ChangeKind.SEEN, incident(alerted_at=SPOKEN), incident(), None),
    (ChangeKind.SEEN, incident(alerted_at=LONG_AGO), incident(), Told.REMINDER),
    (ChangeKind.SEEN, incident(alerted_at=LONG_AGO + timedelta(seconds=1)), incident(), None),
    (ChangeKind.SEEN, incident(), incident(), Told.REMINDER),
    (ChangeKind.SEEN, incident(status=ACKNOWLEDGED, alerted_at=LONG_AGO), incident(status=ACKNOWLEDGED), None),
    (ChangeKind.SEEN, incident(status=SNOOZED, alerted_at=LONG_AGO), incident(status=SNOOZED), None),
    (ChangeKind.SEEN, incident(status=OPEN, alerted_at=SPOKEN), incident(status=SNOOZED), Told.REMINDER),
])  # fmt: skip
def test_what_a_run_does_is_told_on_change_only(
    kind: ChangeKind, after: Incident, before: Incident | None, expected: Told | None
) -> None:
    found = told(BOTH, change(kind, after, before))
    if expected is None:
        assert found == {}
    else:
        for name in ("data", "oncall"):
            (notice,) = found[name]
            assert [news.told for news in notice.news] == [expected]
            assert notice.counts == {expected: 1}


def test_without_reminders_nothing_is_repeated() -> None:
    never = replace(BOTH, repeat=None)
    assert told(never, change(ChangeKind.SEEN, incident(alerted_at=LONG_AGO), incident())) == {}


def test_without_channels_or_changes_nobody_is_told() -> None:
    assert told(AlertSettings(), change(ChangeKind.OPENED, incident())) == {}
    assert told(BOTH) == {}


def test_one_message_for_each_dataset_and_one_page_for_each_incident() -> None:
    found = told(BOTH, *(change(ChangeKind.OPENED, incident(number, "de"[number % 2])) for number in range(1, 5)))
    assert [(notice.dataset, [news.number for news in notice.news]) for notice in found["data"]] == [
        ("e", [1, 3]), ("d", [2, 4]),
    ]  # fmt: skip
    assert len({notice.key for notice in found["data"]}) == 2
    assert [(notice.key, [news.number for news in notice.news]) for notice in found["oncall"]] == [
        ("run:1", [1]), ("run:2", [2]), ("run:3", [3]), ("run:4", [4]),
    ]  # fmt: skip


def test_ten_thousand_are_one_digest_for_people_and_a_page_each() -> None:
    many = [change(ChangeKind.OPENED, incident(number, f"d{number % 7}")) for number in range(1, 10_001)]
    many[5000] = replace(many[5000], after=replace(many[5000].after, severity=Severity.CRITICAL))
    notice, *pages = of_run(BOTH, many, Occasion("run", NOW))
    assert (notice.channel, notice.digest, notice.dataset, len(notice.news)) == ("data", True, None, 20)
    assert (notice.counts, notice.severity, notice.key) == ({Told.OPENED: 10_000}, Severity.CRITICAL, "run:digest")
    assert notice.news[0].number == 5001
    assert len(written(notice)) < 20_000
    assert len(notice.numbers) == 10_000
    assert [(page.channel, page.digest, page.numbers) for page in pages] == [
        ("oncall", False, (number,)) for number in range(1, 10_001)
    ]


def test_a_digest_begins_above_its_number() -> None:
    changes = [change(ChangeKind.OPENED, incident(number)) for number in range(1, 4)]
    few, many = replace(BOTH, digest=3), replace(BOTH, digest=2)
    assert [notice.digest for notices in told(few, *changes).values() for notice in notices] == [False] * 4
    assert [notice.digest for notices in told(many, *changes).values() for notice in notices] == [True, *[False] * 3]


@pytest.mark.parametrize(("match", "expected"), [
    (Match(), True),
    (Match(severity=("warning",)), True),
    (Match(severity=("critical", "warning")), True),
    (Match(severity=("critical",)), False),
    (Match(dataset=("flights",)), True),
    (Match(dataset=("fl*",)), True),
    (Match(dataset=("Fl*",)), False),
    (Match(type=("unique",)), True),
    (Match(type=("range", "u?ique")), True),
    (Match(type=("range",)), False),
    (Match(tag=("money",)), True),
    (Match(tag=("slow", "m*")), True),
    (Match(tag=("slow",)), False),
    (Match(tag=("money",), severity=("critical",)), False),
    (Match(tag=("money",), severity=("warning",), dataset=("flights",), type=("unique",)), True),
])  # fmt: skip
def test_routes_match(match: Match, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    settings = replace(BOTH, routes=(Route(match, ("data",)),))
    found = told(
        settings, change(ChangeKind.OPENED, incident(1, "flights")), tags={("flights", "unique(1)"): ["money", "x"]}
    )
    assert list(found) == (["data"] if expected else [])


def test_all_routes_that_match_count_and_a_channel_hears_once() -> None:
    routes = (Route(Match(severity=("critical",)), ("oncall", "data")), Route(Match(), ("data",)))
    critical = change(ChangeKind.OPENED, incident(1, severity=Severity.CRITICAL))
    found = told(replace(BOTH, routes=routes), critical, change(ChangeKind.OPENED, incident(2)))
    assert {name: [news.number for notice in notices for news in notice.news] for name, notices in found.items()} == {
        "data": [1, 2], "oncall": [1],
    }  # fmt: skip


NIGHT = (time(22), time(6))


@pytest.mark.parametrize(("silence", "at", "expected"), [
    (Silence(Match(), since=NOW), NOW, True),
    (Silence(Match(), since=NOW), NOW - HOUR, False),
    (Silence(Match(), until=NOW), NOW, False),
    (Silence(Match(), since=NOW - HOUR, until=NOW + HOUR), NOW, True),
    (Silence(Match(), between=(time(12), time(13))), NOW, True),
    (Silence(Match(), between=(time(11), time(12))), NOW, False),
    (Silence(Match(), between=NIGHT), NOW, False),
    (Silence(Match(), between=NIGHT), NOW + 10 * HOUR, True),
    (Silence(Match(), between=NIGHT), NOW + 17 * HOUR, True),
    (Silence(Match(), between=NIGHT), NOW + 18 * HOUR, False),
    (Silence(Match(), days=(2,)), NOW, True),
    (Silence(Match(), days=(0, 6)), NOW, False),
    (Silence(Match(), between=NIGHT, days=(2,)), NOW + 17 * HOUR, True),
    (Silence(Match(), between=NIGHT, days=(3,)), NOW + 17 * HOUR, False),
    (Silence(Match(), between=NIGHT, days=(2,), until=NOW), NOW + 17 * HOUR, False),
    (Silence(Match(), between=(time(13), time(14)), zone="Europe/Berlin"), NOW, True),
    (Silence(Match(), between=(time(12), time(13)), zone="Europe/Berlin"), NOW, False),
    (Silence(Match(), days=(3,), zone="Asia/Tokyo"), NOW + 4 * HOUR, True),
    (Silence(Match(), cron="0 12 * * wed", lasts=HOUR), NOW, True),
    (Silence(Match(), cron="0 12 * * wed", lasts=HOUR), NOW - timedelta(seconds=1), False),
    (Silence(Match(), cron="0 12 * * wed", lasts=HOUR), NOW + HOUR, False),
    (Silence(Match(), cron="0 22 * * mon-fri", lasts=8 * HOUR), NOW + 17 * HOUR, True),
    (Silence(Match(), cron="0 13 31 1 *", lasts=HOUR, zone="Europe/Berlin"), NOW, True),
    # The clock goes forward at 1:00 UTC on the last Sunday in March.
    (Silence(Match(), cron="0 1 * * *", lasts=3 * HOUR, zone="Europe/Berlin"), datetime(2024, 3, 31, 2, 59, tzinfo=UTC), True),
    (Silence(Match(), cron="0 1 * * *", lasts=3 * HOUR, zone="Europe/Berlin"), datetime(2024, 3, 31, 3, tzinfo=UTC), False),
])  # fmt: skip
def test_silences_have_their_time(silence: Silence, at: datetime, expected: bool) -> None:  # noqa: FBT001
    assert holds(silence, at) is expected


def test_a_silence_holds_back_what_begins_and_not_what_ends() -> None:
    quiet = replace(BOTH, silences=(Silence(Match(dataset=("d",)), since=NOW - HOUR),))
    opened, other = change(ChangeKind.OPENED, incident(1)), change(ChangeKind.OPENED, incident(2, "e"))
    assert {name: [notice.dataset for notice in notices] for name, notices in told(quiet, opened, other).items()} == {
        "data": ["e"], "oncall": ["e"],
    }  # fmt: skip
    recovered = change(ChangeKind.RESOLVED, incident(status=RESOLVED, alerted_at=SPOKEN), incident())
    assert list(told(quiet, recovered)) == ["data", "oncall"]


def test_what_a_silence_held_back_is_told_behind_it() -> None:
    held = change(ChangeKind.SEEN, incident(alerted_at=None), incident())
    assert list(told(BOTH, held)) == ["data", "oncall"]


@pytest.mark.parametrize(("kind", "heard"), [
    (ChangeKind.ACKNOWLEDGED, {"oncall": Told.ACKNOWLEDGED}),
    (ChangeKind.RESOLVED, {"oncall": Told.RESOLVED}),
    (ChangeKind.REOPENED, {"data": Told.REOPENED, "oncall": Told.REOPENED}),
    (ChangeKind.ASSIGNED, {}),
    (ChangeKind.SNOOZED, {}),
    (ChangeKind.JUDGED, {}),
])  # fmt: skip
def test_what_a_person_does_reaches_who_keeps_track(kind: ChangeKind, heard: Mapping[str, Told]) -> None:
    routed = of_person(BOTH, [(kind, incident())], "an\x1bn", Occasion("act", NOW))
    assert {notice.channel: notice.news[0].told for notice in routed} == heard
    assert all(notice.news[0].by == "an\\x1bn" for notice in routed)


def test_news_says_what_how_bad_since_when_and_the_trend() -> None:
    opened = change(ChangeKind.OPENED, incident(7))
    opened = replace(opened, history=(0.9, 0.01, 0.02, 0.05, 0.2))
    (notice,) = told(replace(BOTH, channels={"data": DATA}), opened)["data"]
    (news,) = notice.news
    assert (news.number, news.dataset, news.rule, news.since) == (7, "d", "unique(7)", NOW - 3 * HOUR)
    assert (news.metric_value, news.threshold, news.history) == (0.25, 0.1, (0.01, 0.02, 0.05, 0.2))
    assert (news.rows_failed, news.rows_evaluated, news.occurrences) == (25, 100, 2)


def test_an_escalation_says_what_it_was_before() -> None:
    after, before = incident(severity=Severity.CRITICAL), incident()
    (notice,) = told(replace(BOTH, channels={"data": DATA}), change(ChangeKind.ESCALATED, after, before))["data"]
    assert (notice.severity, notice.news[0].severity_before) == (Severity.CRITICAL, Severity.WARNING)


def test_cells_are_told_only_where_asked_for_and_masked() -> None:
    samples = (Sample(3, {"id": 4711}, {"name": "Grace Hopper", "mail": None}),)
    made = change(ChangeKind.OPENED, incident(segment="Berlin"))
    made = replace(made, result=replace(made.result, samples=samples, segment="Berlin"))
    one = replace(BOTH, channels={"data": DATA})
    (notice,) = told(one, made)["data"]
    assert not any(cell in written(notice) for cell in ("Berlin", "4711", "Grace", "B*****"))
    (notice,) = told(replace(one, samples=True), made)["data"]
    assert notice.news[0].samples == ("line 3: id = 4***, name = G***********, mail is missing",)
    assert notice.news[0].segment == "B*****"


@pytest.mark.parametrize("number", [float("inf"), float("nan"), None])
def test_numbers_that_json_lacks_are_left_out(number: float | None) -> None:
    made = change(ChangeKind.OPENED, incident(metric_value=number), threshold=number)
    made = replace(made, history=(0.1, float("inf")))
    (notice,) = told(replace(BOTH, channels={"data": DATA}), made)["data"]
    assert (notice.news[0].metric_value, notice.news[0].threshold, notice.news[0].history) == (None, None, (0.1,))
