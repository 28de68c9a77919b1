"""From what happened to incidents to the notices that people get; pure.

What a channel is told follows from what it was last told and from how the
incident is now. So a silence only delays, and no channel is left behind with
what has ended.
"""

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
from idqp_cli.alerts.decide import BY_PERSON, Knowledge, by_person, by_run
from idqp_cli.alerts.silences import holds
from idqp_cli.alerts.values import ENDS, Match, News, Notice, Route, Silence, Told
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import ChangeKind, Heard, Incident, IncidentChange, Story
from idqp_cli.core.model import Sample, Severity
from idqp_cli.core.text import clean, mask

# Names and messages are shown shortened; the command that a notice names shows all.
NAME, MESSAGE, CELL = 100, 300, 60
TREND, SAMPLES, DETAILED = 4, 3, 20
# As many incidents go to a program in one message.
AT_ONCE = 200
# What was told before matters for these.
CONTRASTED = ENDS | {Told.ESCALATED, Told.LOWERED, Told.REMINDER}


@frozen
class AlertSettings:
    """What the rules file says under `alerts`.

    Above `digest` incidents for one channel in one run, it gets one message for
    all of them. `repeat` is how long an incident that nobody acknowledges stays
    unspoken of; None for ever. `tell_after` is how often one fails before it is told of.
    """

    channels: Mapping[str, Channel] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    silences: tuple[Silence, ...] = ()
    digest: int = 20
    repeat: timedelta | None = timedelta(hours=24)
    tell_after: int = 1
    samples: bool = False
    allow_private: bool = False


@frozen
class Occasion:
    """What is told of at once: a run, or a person's command; `key` is no other's.

    `tags` are those of rules, by dataset and rule. `heard` is what each channel
    was last told of an incident, by its number; `stories` are how they go.
    """

    key: str
    at: datetime
    tags: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    heard: Mapping[int, Mapping[str, Heard]] = field(default_factory=dict)
    stories: Mapping[int, Story] = field(default_factory=dict)


@frozen
class _Item:
    """An incident that there is something to tell a channel of; `before` is how bad it was when it last heard."""

    told: Told
    incident: Incident
    change: IncidentChange | None = None
    by: str | None = None
    before: Severity | None = None
    since: datetime | None = None


def of_run(
    settings: AlertSettings,
    changes: Iterable[IncidentChange],
    occasion: Occasion,
    standing: Iterable[Incident] = (),
) -> tuple[Notice, ...]:
    """Route what a run did, and what it left as it is of which a channel is still to hear; all have their numbers."""
    done = [(change.kind, change.after, change) for change in changes]
    left = [(None, incident, None) for incident in standing]
    return _route(settings, (*done, *left), None, occasion)


def of_person(
    settings: AlertSettings, changes: Iterable[tuple[ChangeKind, Incident]], actor: str, occasion: Occasion
) -> tuple[Notice, ...]:
    """Route what a person did."""
    done = [(kind, incident, None) for kind, incident in changes if kind in BY_PERSON]
    return _route(settings, done, actor, occasion)


def _route(
    settings: AlertSettings,
    done: Sequence[tuple[ChangeKind | None, Incident, IncidentChange | None]],
    actor: str | None,
    occasion: Occasion,
) -> tuple[Notice, ...]:
    if not done or not settings.channels:
        return ()
    heard: dict[str, list[_Item]] = {name: [] for name in settings.channels}
    for kind, incident, change in done:
        subject = _Subject.of(incident, occasion)
        silent = any(_silenced(silence, subject, occasion.at) for silence in settings.silences)
        subscribed = _subscribed(settings, subject)
        story, said = occasion.stories.get(incident.number), occasion.heard.get(incident.number)
        for name, channel in settings.channels.items():
            known = Knowledge(
                incident=incident,
                heard=_heard(incident, change, name in subscribed) if said is None else said.get(name),
                recorded=said is not None,
                story=story,
                subscribed=name in subscribed,
                silent=silent,
                tell_after=subscribed.get(name, 1),
                hears=channel.hears,
            )
            told = (
                by_run(kind, known, change, settings.repeat, occasion.at) if actor is None else by_person(kind, known)
            )
            if told is not None and told in channel.hears:
                before = _before(told, known, change)
                since = None if story is None or told is Told.REOPENED else min(story.begun_at, occasion.at)
                heard[name].append(_Item(told, incident, change, actor, before, since))
    return tuple(
        notice
        for name, listed in heard.items()
        for notice in _notices(name, settings.channels[name], listed, settings, occasion)
    )


def _heard(incident: Incident, change: IncidentChange | None, subscribed: bool) -> Heard | None:  # noqa: FBT001
    """Return what a channel heard of an incident of which it is only known when people were last told."""
    if incident.alerted_at is None or not subscribed:
        return None
    before = None if change is None or change.before is None else change.before.severity
    return Heard(None, before, incident.alerted_at)


def _before(told: Told, known: Knowledge, change: IncidentChange | None) -> Severity | None:
    """Return how bad it was when the channel last heard, or before this run, where that is not how it is now."""
    before = known.before if told in CONTRASTED else None
    if before is None and told is Told.ESCALATED and change is not None and change.before is not None:
        before = change.before.severity
    return None if before == known.incident.severity else before


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


def _subscribed(settings: AlertSettings, subject: _Subject) -> Mapping[str, int]:
    """Return the channels that hear of the subject, and after how many failures; without routes, all."""
    if not settings.routes:
        return dict.fromkeys(settings.channels, settings.tell_after)
    channels: dict[str, int] = {}
    for route in settings.routes:
        if matches(route.match, subject):
            after = settings.tell_after if route.tell_after is None else route.tell_after
            channels.update({name: min(after, channels.get(name, after)) for name in route.to})
    return channels


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


def _notices(
    name: str, channel: Channel, items: Sequence[_Item], settings: AlertSettings, occasion: Occasion
) -> Iterator[Notice]:
    """Yield one notice for each dataset, or for each incident if the channel takes one at a time, or one digest.

    What keeps track of incidents has to hear of each, and gets no digest.
    """
    if len(items) > settings.digest and not channel.tracks:
        yield _notice(f"{occasion.key}:digest", name, items, settings, occasion, digest=True)
        return
    groups: dict[str, list[_Item]] = {}
    for item in items:
        own = str(item.incident.number) if channel.single else item.incident.dataset
        groups.setdefault(own, []).append(item)
    for own, group in groups.items():
        # The name of a dataset may be any path, of any length.
        key = own if channel.single else hashlib.sha256(own.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        for begin in range(0, len(group), AT_ONCE):
            part = "" if begin == 0 else f":{begin}"
            chosen = group[begin : begin + AT_ONCE]
            yield _notice(f"{occasion.key}:{key}{part}", name, chosen, settings, occasion, digest=False)


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
        told=tuple((str(item.told), str(item.incident.severity)) for item in items),
    )


def _news(item: _Item, settings: AlertSettings) -> News:
    incident, change = item.incident, item.change
    verdict = None if change is None else change.result.verdict
    samples = change.result.samples[:SAMPLES] if change is not None and settings.samples else ()
    return News(
        number=incident.number,
        fingerprint=incident.fingerprint,
        told=item.told,
        dataset=clean(incident.dataset, NAME),
        rule=clean(incident.rule, NAME),
        rule_type=clean(incident.rule_type, NAME),
        severity=incident.severity,
        severity_before=item.before,
        since=item.since or incident.opened_at,
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
    partition = "" if sample.partition is None else f"partition {sample.partition} "
    place = "" if sample.line is None else f"{partition}{sample.unit} {sample.line:,}: "
    cells = {**sample.key, **sample.values}
    told = (
        f"{clean(name, CELL)} {'is missing' if value is None else '= ' + clean(mask(str(value)), CELL)}"
        for name, value in cells.items()
    )
    return clean(place + ", ".join(told), MESSAGE)
