"""What people do to incidents: all of those that are named, or none, with whom to tell of it, in one transaction."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from idqp_cli.alerts.routing import AlertSettings
from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import Act, Incident, IncidentStatus
from idqp_cli.core.text import stamp_or_none
from idqp_cli.incidents import lifecycle
from idqp_cli.incidents.lifecycle import Action, Trigger
from idqp_cli.pipeline import notify
from idqp_cli.store import Store
from idqp_cli.store.plain import unknown_incident
from idqp_cli.store.values import IncidentUpdate, Wanted


@frozen
class Deed:
    """What someone does, when, and what there is to say about it."""

    action: Action
    comment: str
    actor: str
    at: datetime


def act(
    store: Store, numbers: Sequence[int], deed: Deed, settings: AlertSettings, tags: notify.Tags | None = None
) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
    """Do something to all of the incidents or, if it cannot be done to one, to none.

    `tags` are those of the rules. Returns the incidents after it, and the
    channels that wait for a message.

    Raises:
        UsageError: an incident is unknown, or is where this cannot be done to it.

    """
    with store.writing() as ledger:
        done = []
        for number in dict.fromkeys(numbers):
            found = ledger.incident(number)
            if found is None:
                raise UsageError(unknown_incident(number))
            done.append(lifecycle.act(found, deed.action, deed.at))
        for kind, after in done:
            update = IncidentUpdate(
                after.number, kind, _detail(deed), after.status, after.assignee, after.snoozed_until, after.resolution
            )
            ledger.update_incident(update, deed.actor, deed.at)
        # Two people at one moment are two occasions.
        act = Act(f"{deed.at.isoformat()}:{os.urandom(4).hex()}", deed.at, deed.actor)
        told = notify.tell_of_person(ledger, settings, done, act, tags or {})
    return tuple(after for _, after in done), told


def _detail(deed: Deed) -> str:
    """Say in the timeline what was done."""
    action = deed.action
    match action.trigger:
        case Trigger.ASSIGN:
            facts = f"to {action.assignee}" if action.assignee else "to nobody"
        case Trigger.SNOOZE:
            facts = f"until {stamp_or_none(action.until)}"
        case Trigger.RESOLVE:
            facts = str(action.reason)
        case _:
            facts = ""
    return ": ".join(part for part in (facts, deed.comment) if part)


def chosen(store: Store, wanted: Wanted, otherwise: tuple[IncidentStatus, ...]) -> list[int]:
    """Return the numbers of the incidents that are wanted, oldest first; without a status, those `otherwise`."""
    asked = wanted if wanted.statuses else replace(wanted, statuses=otherwise)
    return sorted(incident.number for incident in store.wanted_incidents(asked))
