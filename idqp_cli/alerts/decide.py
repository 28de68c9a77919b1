"""What one channel is told of one incident; pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from idqp_cli.alerts.values import ENDS, Told
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import NO_LONGER_CHECKED, ChangeKind, Heard, Incident, IncidentChange, IncidentStatus, Story
from idqp_cli.core.model import Severity

BY_RUN = {
    ChangeKind.OPENED: Told.OPENED,
    ChangeKind.ESCALATED: Told.ESCALATED,
    ChangeKind.REOPENED: Told.REOPENED,
}
BY_PERSON = {
    ChangeKind.REOPENED: Told.REOPENED,
    ChangeKind.ACKNOWLEDGED: Told.ACKNOWLEDGED,
    ChangeKind.RESOLVED: Told.RESOLVED,
}


@frozen
class Knowledge:
    """An incident as it is now, and how a channel stands to it.

    `heard` is what the channel was last told, None for nothing; `recorded` says
    that this was written down. `subscribed` says that a route leads to it,
    `silent` that a silence holds.
    """

    incident: Incident
    heard: Heard | None
    recorded: bool
    story: Story | None
    subscribed: bool
    silent: bool
    tell_after: int
    hears: Collection[Told]

    @property
    def open(self) -> bool:
        """Tell whether the channel knows the incident, and nothing of an end."""
        return self.heard is not None and self.heard.told not in ENDS

    @property
    def before(self) -> Severity | None:
        """How bad the incident was when the channel last heard of it."""
        return None if not self.open or self.heard is None or not self.heard.severity else Severity(self.heard.severity)

    @property
    def again(self) -> bool:
        """Tell whether the incident was opened after the channel last heard of it."""
        return self.story is not None and self.heard is not None and self.heard.at < self.story.begun_at

    @property
    def woken(self) -> bool:
        """Tell whether a snooze ended of which the channel has not heard since."""
        snoozed = None if self.story is None else self.story.snoozed_at
        return snoozed is not None and self.heard is not None and self.heard.at < snoozed


def by_run(
    kind: ChangeKind | None, known: Knowledge, change: IncidentChange | None, repeat: timedelta | None, at: datetime
) -> Told | None:
    """Say what to tell after a run; `kind` is what it did to the incident, None if nothing."""
    incident = known.incident
    if kind is ChangeKind.RESOLVED or incident.status is IncidentStatus.RESOLVED:
        # What nobody heard of does not end either; what was heard of ends also in a silence.
        over = Told.UNCHECKED if incident.resolution == NO_LONGER_CHECKED else Told.RECOVERED
        return over if known.open and kind is ChangeKind.RESOLVED else None
    if kind is ChangeKind.PASSED or (kind is None and incident.passes):
        return None
    if not known.subscribed:
        return Told.REROUTED if known.open else None
    if known.silent or incident.status is IncidentStatus.SNOOZED:
        return None
    lowered = known.before is not None and incident.severity.rank < known.before.rank
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        return Told.LOWERED if lowered else None
    if not known.open or known.again or kind in {ChangeKind.OPENED, ChangeKind.REOPENED}:
        return _first(kind, known)
    if kind is ChangeKind.ESCALATED or (known.before is not None and incident.severity.rank > known.before.rank):
        return Told.ESCALATED
    if lowered and Told.LOWERED in known.hears:
        return Told.LOWERED
    return Told.REMINDER if _speaks_again(kind, known, change, repeat, at) else None


def _first(kind: ChangeKind | None, known: Knowledge) -> Told | None:
    """Say how to tell of an incident that the channel does not know, or not since it was opened again."""
    story = known.story
    if story is not None and story.failures < known.tell_after:
        return None
    if kind in BY_RUN:
        return BY_RUN[kind]
    if known.heard is not None and known.heard.told == Told.REROUTED and not known.again:
        return Told.ESCALATED
    if story is None:
        return Told.REMINDER
    return Told.REOPENED if story.reopened else Told.OPENED


def _speaks_again(
    kind: ChangeKind | None, known: Knowledge, change: IncidentChange | None, repeat: timedelta | None, at: datetime
) -> bool:
    """Tell whether it is time to say that the incident is still there."""
    asleep = change is not None and change.before is not None and change.before.status is IncidentStatus.SNOOZED
    if known.woken or asleep:
        return True
    if kind is None or repeat is None:
        return False
    return known.heard is None or at - known.heard.at >= repeat


def by_person(kind: ChangeKind | None, known: Knowledge) -> Told | None:
    """Say what to tell after a person did something."""
    if kind not in BY_PERSON:
        return None
    if kind is ChangeKind.REOPENED:
        return Told.REOPENED if known.subscribed and not known.silent else None
    # A page that is known is acknowledged and ends, whatever holds for new ones.
    knows = known.open if known.recorded else known.subscribed
    return BY_PERSON[kind] if knows else None
