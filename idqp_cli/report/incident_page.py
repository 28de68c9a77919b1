"""One incident with all that is known of it: for a person, or as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import isfinite

from idqp_cli.core.incident import Alert, Event, Evidence, Incident, IncidentStatus
from idqp_cli.core.text import cell, clean, count, quantity, stamp, stamp_or_none
from idqp_cli.report import wording
from idqp_cli.report.listing import Cell, event_rows, incident_rows
from idqp_cli.report.stdout import BOLD, DIM, Line, Span, line

SHOWN_SAMPLES = 5
BARS, MOST_BARS = "▁▂▃▄▅▆▇█", 30


def lines(found: Incident, timeline: Sequence[Event], evidence: Evidence, alerts: Sequence[Alert]) -> Iterator[Line]:
    """Return the lines of the incident."""
    segment = "" if found.segment is None else f" = {cell(found.segment)}"
    yield line(Span(f"incident {found.number}", BOLD), f"  {found.severity}, {_standing(found)}")
    yield line(f"{clean(found.dataset)}: {clean(found.rule)}{segment}", indent=2)
    yield line(clean(found.message, 500), indent=2)
    seen = f"opened {stamp(found.opened_at)}, seen {count(found.occurrences, 'time')}, last {stamp(found.last_seen_at)}"
    yield line(Span(seen, DIM), indent=2)
    yield line()
    for _, repeated in groupby(timeline, alike):
        yield from events(list(repeated))
    if evidence.first == evidence.last:
        yield from _samples("failing rows", evidence.last)
    else:
        yield from _samples("failing rows of the first run", evidence.first)
        yield from _samples("failing rows of the last run", evidence.last)
    if alerts:
        yield line()
        yield line("alerts", indent=2)
    for alert in alerts:
        became = _became(alert)
        yield line(f"{stamp(alert.created_at)}  {clean(alert.channel)}  ", Span(became, DIM), indent=4)
    if found.status is IncidentStatus.OPEN:
        yield line()
        yield line(Span("next: ", DIM), f'idqp ack {found.number} -m "…"')


def alike(event: Event) -> tuple[str, str, str | None]:
    """Return what events have in common that are shown as one: what happened, by whom, and what was said of it."""
    return event.kind, event.actor, event.detail


def events(found: Sequence[Event]) -> Iterator[Line]:
    """Return the lines of an event, or of one that was repeated."""
    first, last = found[0], found[-1]
    values = [event.metric_value for event in found if event.metric_value is not None]
    when = stamp(first.at)
    what = f"{first.kind:<12}  {clean(first.actor)}"
    value = f"  metric {quantity(values[0])}" if values else ""
    if len(found) > 1:
        what = f"{first.kind} {count(len(found), 'time')} until {stamp(last.at)}  {clean(first.actor)}"
        low, high = (quantity(bound(values)) for bound in (min, max)) if values else ("", "")
        value = f"  metric {low}" + (f" to {high}  {sparkline(values)}" if low != high else "") if values else ""
    yield line(f"{when}  {what}", Span(value, DIM), indent=2)
    if first.detail:
        yield line(Span(clean(first.detail, 500), DIM), indent=6)


def sparkline(values: Sequence[float]) -> str:
    """Draw the last values as a row of bars between their least and their greatest."""
    drawn = [value for value in values if isfinite(value)][-MOST_BARS:]
    if not drawn or min(drawn) == max(drawn):
        return ""
    low, step = min(drawn), max(drawn) / (len(BARS) - 1) - min(drawn) / (len(BARS) - 1)
    return "".join(BARS[round(one / step - low / step)] for one in drawn)


def as_values(
    incident: Incident, timeline: Sequence[Event], evidence: Evidence, alerts: Sequence[Alert]
) -> Mapping[str, object]:
    """Return the incident as plain values."""
    (row,) = incident_rows([incident])
    return {
        **row,
        "fingerprint": incident.fingerprint,
        "timeline": event_rows(timeline),
        "first_samples": _read(evidence.first),
        "last_samples": _read(evidence.last),
        "alerts": alert_rows(alerts),
    }


def alert_rows(alerts: Sequence[Alert]) -> list[Mapping[str, Cell]]:
    """Return messages as rows of named cells."""
    return [
        {
            "alert": alert.number,
            "channel": alert.channel,
            "created_at": stamp(alert.created_at),
            "status": _status(alert),
            "attempts": alert.attempts,
            "delivered_at": stamp_or_none(alert.delivered_at),
            "next_at": None if _status(alert) in {"delivered", "failed"} else stamp(alert.next_at),
            "error": alert.last_error,
        }
        for alert in alerts
    ]


def _status(alert: Alert) -> str:
    if alert.delivered_at is not None:
        return "delivered"
    return "failed" if alert.given_up else "waiting"


def _became(alert: Alert) -> str:
    if alert.delivered_at is not None:
        return f"delivered {stamp(alert.delivered_at)}"
    error = "" if alert.last_error is None else f": {clean(alert.last_error)}"
    return f"{_status(alert)} after {count(alert.attempts, 'try').replace('trys', 'tries')}{error}"


def _standing(incident: Incident) -> str:
    facts = [str(incident.status)]
    if incident.snoozed_until is not None:
        facts[0] += f" until {stamp(incident.snoozed_until)}"
    if incident.resolution is not None:
        facts[0] += f" as {incident.resolution}"
    if incident.assignee is not None:
        facts.append(f"assigned to {clean(incident.assignee, 60)}")
    return ", ".join(facts)


def _samples(name: str, samples: str | None) -> Iterator[Line]:
    rows = _read(samples)
    if not rows:
        return
    yield line()
    yield line(name, indent=2)
    for row in rows[:SHOWN_SAMPLES]:
        unit = row.get("unit") if row.get("unit") in {"row", "offset"} else "line"
        partition = f"partition {row['partition']} " if isinstance(row.get("partition"), int) else ""
        place = f"{partition}{unit} {row['line']:,}: " if isinstance(row.get("line"), int) else ""
        cells = {**_cells(row.get("key")), **_cells(row.get("values"))}
        yield line(Span(f"{place}{', '.join(wording.pairs(cells.items()))}", DIM), indent=4)


def _read(samples: str | None) -> list[dict[str, object]]:
    try:
        rows = json.loads(samples) if samples else []
    except ValueError:
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _cells(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
