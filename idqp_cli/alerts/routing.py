"""From what happened to incidents to the notices that people get; pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from fnmatch import translate
from functools import cache
from math import isfinite

from idqp_cli.alerts.channel import Channel
from idqp_cli.alerts.values import ENDS, Match, News, Notice, Route, Silence, Told
from idqp_cli.frozen import frozen
from idqp_cli.model import Sample, Severity
from idqp_cli.text import clean, mask
from idqp_cli.tracking import ChangeKind, Incident, IncidentChange, IncidentStatus

# Names and messages are shown shortened; the command that a notice names shows all.
NAME, MESSAGE, CELL = 100, 300, 60
TREND, SAMPLES, DETAILED = 4, 3, 20
BY_RUN = {
    ChangeKind.OPENED: Told.OPENED,
    ChangeKind.ESCALATED: Told.ESCALATED,
    ChangeKind.REOPENED: Told.REOPENED,
    ChangeKind.RESOLVED: Told.RECOVERED,
}
BY_PERSON = {
    ChangeKind.REOPENED: Told.REOPENED,
    ChangeKind.ACKNOWLEDGED: Told.ACKNOWLEDGED,
    ChangeKind.RESOLVED: Told.RESOLVED,
}


@frozen
class AlertSettings:
    """What the rules file says under `alerts`.

    Above `digest` incidents for one channel in one run, it gets one message for
    all of them. `repeat` is how long an incident that nobody acknowledges stays
    unspoken of; None for ever.
    """

    channels: Mapping[str, Channel] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    silences: tuple[Silence, ...] = ()
    digest: int = 20
    repeat: timedelta | None = timedelta(hours=24)
    samples: bool = False
    allow_private: bool = False


@frozen
class Occasion:
    """What is told of at once: a run, or a person's command; `key` is no other's.

    `tags` are those of rules, by dataset and rule.
    """

    key: str
    at: datetime
    tags: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)


@frozen
class _Item:
    """An incident that there is something to tell of."""

    told: Told
    incident: Incident
    change: IncidentChange | None = None
    by: str | None = None


def of_run(settings: AlertSettings, changes: Iterable[IncidentChange], occasion: Occasion) -> tuple[Notice, ...]:
    """Route what a run did; each change has its number."""
    items = [
        _Item(told, change.after, change)
        for change in changes
        if (told := _told(change, settings.repeat, occasion.at)) is not None
    ]
    return _route(settings, items, occasion)


def of_person(
    settings: AlertSettings, changes: Iterable[tuple[ChangeKind, Incident]], actor: str, occasion: Occasion
) -> tuple[Notice, ...]:
    """Route what a person did."""
    items = [_Item(BY_PERSON[kind], incident, by=actor) for kind, incident in changes if kind in BY_PERSON]
    return _route(settings, items, occasion)


def _told(change: IncidentChange, repeat: timedelta | None, at: datetime) -> Told | None:
    """Say what a change is to people: None is silence, as for all that is acknowledged or snoozed."""
    after, before = change.after, change.before
    if change.kind is ChangeKind.RESOLVED:
        # What nobody heard of does not end either.
        return Told.RECOVERED if after.alerted_at is not None else None
    if change.kind is ChangeKind.SEEN and after.status is IncidentStatus.OPEN and repeat is not None:
        woken = before is not None and before.status is IncidentStatus.SNOOZED
        due = after.alerted_at is None or at - after.alerted_at >= repeat
        return Told.REMINDER if woken or due else None
    return BY_RUN.get(change.kind)


def _route(settings: AlertSettings, items: Sequence[_Item], occasion: Occasion) -> tuple[Notice, ...]:
    if not items or not settings.channels:
        return ()
    heard: dict[str, list[_Item]] = {name: [] for name in settings.channels}
    for item in items:
        subject = _Subject.of(item.incident, occasion)
        silent = any(_silenced(silence, subject, occasion.at) for silence in settings.silences)
        for name in _names(settings, subject):
            channel = settings.channels[name]
            if item.told in channel.hears and (not silent or (channel.tracks and item.told in ENDS)):
                heard[name].append(item)
    return tuple(
        notice
        for name, listed in heard.items()
        for notice in _notices(name, settings.channels[name], listed, settings, occasion)
    )


@frozen
class _Subject:
    """What routes and silences look at."""

    severity: tuple[str, ...]
    dataset: tuple[str, ...]
    tag: tuple[str, ...]
    type: tuple[str, ...]

    @classmethod
    def of(cls, incident: Incident, occasion: Occasion) -> _Subject:
        tags = tuple(occasion.tags.get((incident.dataset, incident.rule), ()))
        return cls((str(incident.severity),), (incident.dataset,), tags, (incident.rule_type,))


def _names(settings: AlertSettings, subject: _Subject) -> Iterable[str]:
    """Return the channels that hear of the subject: those of every route that matches; without routes, all."""
    if not settings.routes:
        return settings.channels
    return dict.fromkeys(name for route in settings.routes if matches(route.match, subject) for name in route.to)


def matches(match: Match, subject: _Subject) -> bool:
    """Tell whether each list of `match` that is given holds a pattern for the subject."""
    return all(
        not patterns or any(_pattern(pattern).fullmatch(value) for pattern in patterns for value in values)
        for patterns, values in (
            (match.severity, subject.severity),
            (match.dataset, subject.dataset),
            (match.type, subject.type),
            (match.tag, subject.tag),
        )
    )


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def _silenced(silence: Silence, subject: _Subject, at: datetime) -> bool:
    return holds(silence, at) and matches(silence.match, subject)


def holds(silence: Silence, at: datetime) -> bool:
    """Tell whether it is the silence's time."""
    if (silence.since is not None and at < silence.since) or (silence.until is not None and at >= silence.until):
        return False
    day = at.weekday()
    if silence.between is not None:
        begins, ends = silence.between
        now = at.time()
        if begins <= ends:
            if not begins <= now < ends:
                return False
        elif now < ends:
            # Behind midnight, it is still the silence of the day before.
            day = (day - 1) % 7
        elif now < begins:
            return False
    return not silence.days or day in silence.days


def _notices(
    name: str, channel: Channel, items: Sequence[_Item], settings: AlertSettings, occasion: Occasion
) -> Iterator[Notice]:
    """Yield one notice for each dataset, or for each incident if the channel takes one at a time, or one digest."""
    if len(items) > settings.digest:
        yield _notice(f"{occasion.key}:digest", name, items, settings, occasion, digest=True)
        return
    groups: dict[str, list[_Item]] = {}
    for item in items:
        own = str(item.incident.number) if channel.single else item.incident.dataset
        groups.setdefault(own, []).append(item)
    for own, group in groups.items():
        # The name of a dataset may be any path, of any length.
        key = own if channel.single else hashlib.sha256(own.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        yield _notice(f"{occasion.key}:{key}", name, group, settings, occasion, digest=False)


def _notice(
    key: str, channel: str, items: Sequence[_Item], settings: AlertSettings, occasion: Occasion, *, digest: bool
) -> Notice:
    datasets = {item.incident.dataset for item in items}
    ranked = sorted(items, key=lambda item: (item.told in ENDS, -item.incident.severity.rank))
    return Notice(
        key=key,
        channel=channel,
        at=occasion.at,
        dataset=clean(datasets.pop(), NAME) if len(datasets) == 1 else None,
        severity=max((item.incident.severity for item in items), key=lambda one: Severity(one).rank),
        counts=dict(Counter(item.told for item in items)),
        news=tuple(_news(item, settings) for item in (ranked[:DETAILED] if digest else ranked)),
        digest=digest,
        numbers=tuple(item.incident.number for item in items),
    )


def _news(item: _Item, settings: AlertSettings) -> News:
    incident, change = item.incident, item.change
    verdict = None if change is None else change.result.verdict
    escalated = change is not None and change.before is not None and item.told is Told.ESCALATED
    samples = change.result.samples[:SAMPLES] if change is not None and settings.samples else ()
    return News(
        number=incident.number,
        fingerprint=incident.fingerprint,
        told=item.told,
        dataset=clean(incident.dataset, NAME),
        rule=clean(incident.rule, NAME),
        rule_type=clean(incident.rule_type, NAME),
        severity=incident.severity,
        severity_before=change.before.severity if escalated and change and change.before else None,
        since=incident.opened_at,
        occurrences=incident.occurrences,
        message=clean(incident.message, MESSAGE),
        # The value of a segment is a cell's.
        segment=clean(mask(incident.segment), CELL) if settings.samples and incident.segment else None,
        metric_value=_finite(incident.metric_value if verdict is None else verdict.metric_value),
        threshold=None if verdict is None else _finite(verdict.threshold),
        history=() if change is None else tuple(filter(isfinite, change.history[-TREND:])),
        rows_failed=None if verdict is None else verdict.rows_failed,
        rows_evaluated=None if verdict is None else verdict.rows_evaluated,
        samples=tuple(_sample(sample) for sample in samples),
        by=None if item.by is None else clean(item.by, NAME),
    )


def _finite(value: float | None) -> float | None:
    """Return a number that JSON has."""
    return value if value is not None and isfinite(value) else None


def _sample(sample: Sample) -> str:
    """Show a failing row: where it is, and its cells masked."""
    place = "" if sample.line is None else f"{sample.unit} {sample.line:,}: "
    cells = {**sample.key, **sample.values}
    told = (
        f"{clean(name, CELL)} {'is missing' if value is None else '= ' + clean(mask(str(value)), CELL)}"
        for name, value in cells.items()
    )
    return clean(place + ", ".join(told), MESSAGE)
