"""The life of an incident: which result changes it, and how; pure.

`TRANSITIONS` is the whole of it. An incident is one rule that fails on one
dataset; it keeps its number for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.model import ChangeKind, Incident, IncidentChange, IncidentStatus, Result, Status

# A rule, and the segment that it holds for.
Place = tuple[str, str | None]

# Where the incident is, and what the rule's result is now → what happens, and where it is then.
# Any other result (error, skipped, inconclusive) says nothing and changes nothing.
TRANSITIONS: Mapping[tuple[IncidentStatus | None, Status], tuple[ChangeKind, IncidentStatus]] = {
    (None, Status.FAILED): (ChangeKind.OPENED, IncidentStatus.OPEN),
    (IncidentStatus.OPEN, Status.FAILED): (ChangeKind.SEEN, IncidentStatus.OPEN),
    (IncidentStatus.ACKNOWLEDGED, Status.FAILED): (ChangeKind.SEEN, IncidentStatus.ACKNOWLEDGED),
    (IncidentStatus.RESOLVED, Status.FAILED): (ChangeKind.REOPENED, IncidentStatus.OPEN),
    (IncidentStatus.OPEN, Status.PASSED): (ChangeKind.RESOLVED, IncidentStatus.RESOLVED),
    (IncidentStatus.ACKNOWLEDGED, Status.PASSED): (ChangeKind.RESOLVED, IncidentStatus.RESOLVED),
}


def changes(dataset: str, results: Iterable[Result], known: Mapping[Place, Incident]) -> tuple[IncidentChange, ...]:
    """Say what the results do to the incidents of a dataset; `known` has the last one of each rule and segment."""
    found = []
    for result in results:
        incident = known.get((result.rule, result.segment))
        transition = TRANSITIONS.get((incident.status if incident else None, result.status))
        if transition is not None:
            found.append(IncidentChange(transition[0], dataset, result, incident.number if incident else None))
    return tuple(found)


def after(change: IncidentChange, before: IncidentStatus | None) -> IncidentStatus:
    """Return where the incident is after `change`."""
    return TRANSITIONS[before, change.result.status][1]
