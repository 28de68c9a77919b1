"""Acknowledge several incidents at once, on any store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from idqp_cli import incidents
from idqp_cli.errors import UsageError
from idqp_cli.incidents import Action, Trigger
from idqp_cli.store.interface import Ledger
from idqp_cli.store.recorded import unknown_incident
from idqp_cli.store.values import IncidentUpdate
from idqp_cli.tracking import IncidentStatus


def acknowledge(
    ledger: Ledger, numbers: Sequence[int], comment: str, actor: str, at: datetime
) -> Mapping[int, IncidentStatus]:
    """Acknowledge all of the incidents or none; return the status that each had."""
    before: dict[int, IncidentStatus] = {}
    updates = []
    for number in numbers:
        found = ledger.incident(number)
        if found is None:
            raise UsageError(unknown_incident(number))
        kind, after = incidents.act(found, Action(Trigger.ACKNOWLEDGE), at)
        updates.append(
            IncidentUpdate(number, kind, comment, after.status, after.assignee, after.snoozed_until, after.resolution)
        )
        before[number] = found.status
    for update in updates:
        ledger.update_incident(update, actor, at)
    return before
