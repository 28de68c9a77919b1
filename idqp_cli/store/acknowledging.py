"""Acknowledge several incidents at once, on any store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from idqp_cli.errors import UsageError
from idqp_cli.model import Incident, IncidentStatus
from idqp_cli.store.interface import Ledger
from idqp_cli.store.recorded import unknown_incident
from idqp_cli.store.values import IncidentUpdate


def acknowledge(
    ledger: Ledger, numbers: Sequence[int], comment: str, actor: str, at: datetime
) -> Mapping[int, IncidentStatus]:
    """Acknowledge all of the incidents or none; return the status that each had."""
    before: dict[int, Incident] = {}
    for number in numbers:
        found = ledger.incident(number)
        if found is None:
            raise UsageError(unknown_incident(number))
        if found.status is IncidentStatus.RESOLVED:
            raise UsageError(f"incident {number} is resolved; there is nothing to acknowledge")
        before[number] = found
    for number, incident in before.items():
        kept = IncidentUpdate(
            number, IncidentStatus.ACKNOWLEDGED, comment, IncidentStatus.ACKNOWLEDGED, incident.assignee,
            incident.snoozed_until,
        )  # fmt: skip
        ledger.update_incident(kept, actor, at)
    return {number: incident.status for number, incident in before.items()}
