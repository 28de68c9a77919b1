"""One incident with all that is known of it: for a person, or as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.output import phrases
from idqp_cli.output.listing import Cell, event_rows, incident_rows, stamp
from idqp_cli.output.screen import BOLD, DIM, Line, Span, line
from idqp_cli.text import cell, clean, count, quantity
from idqp_cli.tracking import Alert, Event, Evidence, Incident, IncidentStatus

SHOWN_SAMPLES = 5


def lines(found: Incident, timeline: Sequence[Event], evidence: Evidence, alerts: Sequence[Alert]) -> Iterator[Line]:
    """Return the lines of the incident."""
    segment = "" if found.segment is None else f" = {cell(found.segment)}"
    yield line(Span(f"incident {found.number}", BOLD), f"  {found.severity}, {_standing(found)}")
    yield line(f"{clean(found.dataset)}: {clean(found.rule)}{segment}", indent=2)
    yield line(clean(found.message, 500), indent=2)
    seen = f"opened {stamp(found.opened_at)}, seen {count(found.occurrences, 'time')}, last {stamp(found.last_seen_at)}"
    yield line(Span(seen, DIM), indent=2)
    yield line()
    for event in timeline:
        value = "" if event.metric_value is None else f"  metric {quantity(event.metric_value)}"
        yield line(f"{stamp(event.at)}  {event.kind:<12}  {clean(event.actor)}", Span(value, DIM), indent=2)
        if event.detail:
            yield line(Span(clean(event.detail, 500), DIM), indent=6)
    for name, samples in (("first", evidence.first), ("last", evidence.last)):
        yield from _samples(name, samples)
    if alerts:
        yield line()
        yield line("alerts", indent=2)
    for alert in alerts:
        became = _became(alert)
        yield line(f"{stamp(alert.created_at)}  {clean(alert.channel)}  ", Span(became, DIM), indent=4)
    if found.status is IncidentStatus.OPEN:
        yield line()
        yield line(Span("next: ", DIM), f'idqp ack {found.number} -m "…"')


def as_values(
    found: Incident, timeline: Sequence[Event], evidence: Evidence, alerts: Sequence[Alert]
) -> Mapping[str, object]:
    """Return the incident as plain values."""
    (row,) = incident_rows([found])
    return {
        **row,
        "fingerprint": found.fingerprint,
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
            "delivered_at": stamp(alert.delivered_at),
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


def _standing(found: Incident) -> str:
    facts = [str(found.status)]
    if found.snoozed_until is not None:
        facts[0] += f" until {stamp(found.snoozed_until)}"
    if found.resolution is not None:
        facts[0] += f" as {found.resolution}"
    if found.assignee is not None:
        facts.append(f"assigned to {clean(found.assignee, 60)}")
    return ", ".join(facts)


def _samples(name: str, samples: str | None) -> Iterator[Line]:
    rows = _read(samples)
    if not rows:
        return
    yield line()
    yield line(f"failing rows of the {name} time", indent=2)
    for row in rows[:SHOWN_SAMPLES]:
        unit = "row" if row.get("unit") == "row" else "line"
        place = f"{unit} {row['line']:,}: " if isinstance(row.get("line"), int) else ""
        cells = {**_cells(row.get("key")), **_cells(row.get("values"))}
        yield line(Span(f"{place}{', '.join(phrases.pairs(cells.items()))}", DIM), indent=4)


def _read(samples: str | None) -> list[dict[str, object]]:
    try:
        rows = json.loads(samples) if samples else []
    except ValueError:
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _cells(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
