"""Which runs are usual: what a rule said of them, what people answered, and which of them one file stands for.

A run that a rule failed teaches that rule nothing, until a person resolves its
incident as `expected`. The content of a file counts once, whatever made the run.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from idqp_cli.anomaly.options import MIN_HISTORY
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import ChangeKind, Event, Reason
from idqp_cli.core.model import RuleKey, Status
from idqp_cli.core.text import clean, date_in
from idqp_cli.store import Store
from idqp_cli.store.values import MetricPoint

# Two runs this close together with the same value saw the same data, where nothing tells their data apart.
SAME_DATA = timedelta(hours=1)
SEEN = {ChangeKind.OPENED, ChangeKind.SEEN, ChangeKind.REOPENED, ChangeKind.ESCALATED}
ANSWERED = {ChangeKind.RESOLVED, ChangeKind.JUDGED}

Value = TypeVar("Value")


@frozen
class Answers:
    """What people said of a rule's incident: the times of runs under each reason, and how often it was a false alarm.

    `incident` is its number, None where there is none yet.
    """

    fixed: frozenset[datetime] = frozenset()
    false_positives: int = 0
    expected: frozenset[datetime] = frozenset()
    incident: int | None = None


@frozen
class Verdicts:
    """What a rule refused and nobody called `expected`: runs by their times, and contents; and what was expected."""

    refused: frozenset[datetime] = frozenset()
    contents: frozenset[str] = frozenset()
    expected: frozenset[datetime] = frozenset()

    def accepts(self, at: datetime, content: str | None) -> bool:
        """Tell whether a run over this content may say what is usual."""
        return at not in self.refused and (content is None or content not in self.contents)


@frozen
class Ran(Generic[Value]):
    """What a run measured; `source` is what it read, and `content` tells its data from other data."""

    at: datetime
    value: Value
    content: str | None
    source: str | None


@frozen
class Today:
    """The run that is to be judged: its time, and what it reads, None where that is unknown."""

    now: datetime
    source: str | None = None


def answers(store: Store, dataset: str, rules: Collection[str]) -> dict[RuleKey, Answers]:
    """Return what people said of the incidents of these rules, by rule and segment."""
    if not rules:
        return {}
    return {
        (incident.rule, incident.segment): replace(answered(store.timeline(incident.number)), incident=incident.number)
        for incident in store.incidents(resolved=True)
        if incident.dataset == dataset and incident.rule in rules
    }


def answered(timeline: Iterable[Event]) -> Answers:
    """Read an incident's timeline: each failure belongs to the next answer, and a later answer replaces an earlier."""
    spells: list[tuple[list[datetime], str | None]] = []
    failures: list[datetime] = []
    for event in timeline:
        if event.kind in SEEN:
            failures.append(event.at)
        elif event.kind in ANSWERED:
            if failures:
                spells.append((failures, event.reason))
                failures = []
            elif spells:
                spells[-1] = (spells[-1][0], event.reason)
    fixed, expected = (
        frozenset(at for times, reason in spells if reason == wanted for at in times)
        for wanted in (Reason.FIXED, Reason.EXPECTED)
    )
    return Answers(fixed, sum(reason == Reason.FALSE_POSITIVE for _, reason in spells), expected)


def verdicts(points: Iterable[MetricPoint], reply: Answers, *, errors: bool = False) -> Verdicts:
    """Say which runs a rule refused, from its own results; with `errors` also those that it could not judge.

    Of several runs over one content the newest says what it is.
    """
    bad = {Status.FAILED, Status.ERROR} if errors else {Status.FAILED}
    said = {point.at: point for point in points if point.status in bad or point.status == Status.PASSED}
    ordered = [said[at] for at in sorted(said)]
    expected = reached(ordered, reply)
    newest = {point.content: point.status for point in ordered}
    welcome = {point.content for point in ordered if point.at in expected} - {None}
    refused = [
        point
        for point in ordered
        if point.status in bad
        and point.at not in expected
        and (point.content is None or (point.content not in welcome and newest[point.content] in bad))
    ]
    return Verdicts(
        frozenset(point.at for point in refused),
        frozenset(point.content for point in refused if point.content is not None),
        expected,
    )


def in_a_row(points: Iterable[MetricPoint], said: Verdicts, now: datetime) -> list[MetricPoint]:
    """Return the last runs before `now` that a rule failed one after the other, oldest first."""
    row: list[MetricPoint] = []
    for point in points:
        if point.at < now and point.status in {Status.PASSED, Status.FAILED}:
            row = [*row, point] if point.status == Status.FAILED and point.at in said.refused else []
    return row


def reached(ordered: Sequence[MetricPoint], reply: Answers) -> frozenset[datetime]:
    """Return the times that an answer `expected` is about: failures without an incident in the same row among them.

    `ordered` are the rule's results, oldest first.
    """
    about: set[datetime] = set(reply.expected)
    row: list[datetime] = []
    for point in ordered:
        if point.status == Status.PASSED:
            row = []
            continue
        row.append(point.at)
        if point.at in reply.expected:
            about.update(row)
    return frozenset(about - reply.fixed)


def counted(
    runs: Iterable[Ran[Value]], today: Today, reply: Answers, said: Verdicts, least: int = MIN_HISTORY
) -> list[Ran[Value]]:
    """Return the runs before today's that say what is usual, oldest first.

    One content counts once, when it first came. A later run over the data of the
    same date, by the name of the file or by its time, takes the place of the earlier.
    If fewer than `least` runs are left, a content that was seen on at least `least`
    days counts once for each of these days: such data hardly ever changes.
    """
    known = list(runs)
    once = _counted(known, today, reply, said, frozenset())
    if len(once) >= least:
        return once
    # Today's run takes the place of those that were made earlier in the day.
    this_day = (None if today.source is None else date_in(today.source)) or today.now.date().isoformat()
    earlier = [run for run in known if _day(run) != this_day]
    days: dict[str, set[str]] = {}
    for run in earlier:
        if run.content is not None and run.at < today.now:
            days.setdefault(run.content, set()).add(_day(run))
    static = frozenset(content for content, seen in days.items() if len(seen) >= least)
    return _counted(earlier, today, reply, said, static) if static else once


def _day(run: Ran[Value]) -> str:
    """Return the date of the data: that in the name of the file, else that of the run."""
    return (None if run.source is None else date_in(run.source)) or run.at.date().isoformat()


def _counted(
    runs: Iterable[Ran[Value]], today: Today, reply: Answers, said: Verdicts, static: frozenset[str]
) -> list[Ran[Value]]:
    """Count each content once; those that are `static` once a day."""
    kept: dict[str | datetime, Ran[Value]] = {}
    seen: set[tuple[str, str]] = set()
    today_is = None if today.source is None else date_in(today.source)
    last: Ran[Value] | None = None
    for run in runs:
        if run.at >= today.now or run.at in reply.fixed or not said.accepts(run.at, run.content):
            continue
        date = None if run.source is None else date_in(run.source)
        content = None if run.content is None else (run.content, _day(run) if run.content in static else "")
        if content is not None and content in seen:
            continue
        if run.content is None and last is not None and run.value == last.value and run.at - last.at < SAME_DATA:
            continue
        if date is not None and date == today_is:
            continue
        key: str | datetime = run.at if date is None else date
        earlier = kept.get(key)
        last = run if earlier is None else replace(run, at=min(run.at, earlier.at))
        kept[key] = last
        if content is not None:
            seen.add(content)
    return sorted(kept.values(), key=lambda run: run.at)


def command(dataset: str, place: RuleKey, reply: Answers) -> str:
    """Return the command that makes usual what a rule refused."""
    rule, _ = place
    named = (
        f"--dataset {shlex.quote(clean(dataset))} --rule {shlex.quote(clean(rule))}"
        if reply.incident is None
        else str(reply.incident)
    )
    return f"idqp incident resolve {named} --reason {Reason.EXPECTED}"
