"""How a notice reads, whatever channel it goes to; pure."""

from __future__ import annotations

from collections.abc import Iterator

from idqp_cli.alerts.values import ENDS, News, Notice, Told
from idqp_cli.core.text import apart, count, duration, quantity, stamp

SHOWN = 10
VERBS = {
    Told.OPENED: "fails",
    Told.ESCALATED: "fails, and is now",
    Told.REOPENED: "fails again",
    Told.REMINDER: "still fails",
    Told.LOWERED: "still fails, and is now",
    Told.RECOVERED: "passes again",
    Told.UNCHECKED: "is no longer checked",
    Told.REROUTED: "still fails, but is told elsewhere: it is now",
    Told.ACKNOWLEDGED: "is acknowledged",
    Told.RESOLVED: "is resolved",
}

SEVERITIES = frozenset({Told.ESCALATED, Told.LOWERED, Told.REROUTED})


def subject(notice: Notice) -> str:
    """Say the whole notice in one line."""
    where = notice.dataset or "several datasets"
    if len(notice.news) == 1 and not notice.digest:
        return f"{_severity(notice)}{where}: {headline(notice.news[0])}"
    told = ", ".join(f"{number:,} {told}" for told, number in notice.counts.items())
    return f"{_severity(notice)}{where}: {told}"


def headline(news: News) -> str:
    """Say what happened to one incident."""
    segment = "" if news.segment is None else f" = {news.segment}"
    verb = VERBS[news.told] + (f" {news.severity}" if news.told in SEVERITIES else "")
    return f"{news.rule}{segment} {verb}" + (f" by {news.by}" if news.by else "")


def details(news: News, notice: Notice) -> Iterator[str]:
    """Say what broke, how bad it is, since when, and the command that shows more; a line each."""
    if news.told not in ENDS:
        yield news.message
    yield from _metric(news)
    if news.rows_evaluated is not None and news.rows_failed is not None and news.told not in ENDS:
        yield f"{news.rows_failed:,} of {count(news.rows_evaluated, 'row')} fail"
    lasted = duration((notice.at - news.since).total_seconds())
    times = count(news.occurrences, "time")
    first = "first seen" if news.told is Told.REOPENED else "since"
    seen = f"{first} {stamp(news.since)}"
    yield f"{seen}, {lasted}; seen {times}" if lasted != "0 s" else f"{seen}; seen {times}"
    yield from news.samples
    yield f"idqp incident show {news.number}"


def rest(notice: Notice, shown: int) -> str | None:
    """Say how many incidents are not shown, and the command that lists them; None if there are none."""
    more = sum(notice.counts.values()) - shown
    if more <= 0:
        return None
    dataset = "" if notice.dataset is None else f" --dataset {notice.dataset}"
    return f"and {count(more, 'other')}: idqp incident list{dataset}"


def lines(notice: Notice) -> Iterator[str]:
    """Return the notice as plain text."""
    for news in notice.news[:SHOWN]:
        where = "" if notice.dataset is not None else f"{news.dataset}: "
        yield f"{news.severity}: {where}{headline(news)}"
        for detail in details(news, notice):
            yield f"    {detail}"
        yield ""
    more = rest(notice, min(SHOWN, len(notice.news)))
    if more is not None:
        yield more


def _severity(notice: Notice) -> str:
    return "" if notice.over else f"{notice.severity}: "


def _metric(news: News) -> Iterator[str]:
    if news.metric_value is None:
        return
    if news.threshold is None:
        yield f"metric {quantity(news.metric_value)}"
    else:
        bound, metric = apart(news.threshold, news.metric_value)
        yield f"metric {metric}, threshold {bound}"
    if news.history:
        values = [*news.history, news.metric_value]
        yield f"trend {' → '.join(quantity(value) for value in values)}"
