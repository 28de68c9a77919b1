"""The life of an incident: what a run or a person does to it, and where it is then; pure.

`TRANSITIONS` is the whole of it. An incident is one rule that fails on one
dataset, or on one segment of it; it keeps its number for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from idqp_cli.core.errors import UsageError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import ChangeKind, Incident, IncidentChange, IncidentStatus, Reason, fingerprint
from idqp_cli.core.model import Result, RuleKey, Severity, Status


class Trigger(StrEnum):
    """What makes an incident change: the first four are a run's, the others a person's."""

    FAILS = "the rule fails"
    WORSENS = "the rule fails with a higher severity"
    PASSES = "the rule passes, fewer than `resolve_after` times in a row"
    RECOVERS = "the rule passes, `resolve_after` times in a row"
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    REOPEN = "reopen"


OPEN, ACKNOWLEDGED, SNOOZED, RESOLVED = IncidentStatus

# Where the incident is, and what happens → what that is called, and where it is then.
# What is not here changes nothing when a run does it, and is refused to a person.
TRANSITIONS: Mapping[tuple[IncidentStatus | None, Trigger], tuple[ChangeKind, IncidentStatus]] = {
    (None, Trigger.FAILS): (ChangeKind.OPENED, OPEN),
    (OPEN, Trigger.FAILS): (ChangeKind.SEEN, OPEN),
    (OPEN, Trigger.WORSENS): (ChangeKind.ESCALATED, OPEN),
    (OPEN, Trigger.PASSES): (ChangeKind.PASSED, OPEN),
    (OPEN, Trigger.RECOVERS): (ChangeKind.RESOLVED, RESOLVED),
    (OPEN, Trigger.ACKNOWLEDGE): (ChangeKind.ACKNOWLEDGED, ACKNOWLEDGED),
    (OPEN, Trigger.ASSIGN): (ChangeKind.ASSIGNED, OPEN),
    (OPEN, Trigger.SNOOZE): (ChangeKind.SNOOZED, SNOOZED),
    (OPEN, Trigger.RESOLVE): (ChangeKind.RESOLVED, RESOLVED),
    (ACKNOWLEDGED, Trigger.FAILS): (ChangeKind.SEEN, ACKNOWLEDGED),
    (ACKNOWLEDGED, Trigger.WORSENS): (ChangeKind.ESCALATED, OPEN),
    (ACKNOWLEDGED, Trigger.PASSES): (ChangeKind.PASSED, ACKNOWLEDGED),
    (ACKNOWLEDGED, Trigger.RECOVERS): (ChangeKind.RESOLVED, RESOLVED),
    (ACKNOWLEDGED, Trigger.ACKNOWLEDGE): (ChangeKind.ACKNOWLEDGED, ACKNOWLEDGED),
    (ACKNOWLEDGED, Trigger.ASSIGN): (ChangeKind.ASSIGNED, ACKNOWLEDGED),
    (ACKNOWLEDGED, Trigger.SNOOZE): (ChangeKind.SNOOZED, SNOOZED),
    (ACKNOWLEDGED, Trigger.RESOLVE): (ChangeKind.RESOLVED, RESOLVED),
    (SNOOZED, Trigger.FAILS): (ChangeKind.SEEN, SNOOZED),
    (SNOOZED, Trigger.WORSENS): (ChangeKind.ESCALATED, OPEN),
    (SNOOZED, Trigger.PASSES): (ChangeKind.PASSED, SNOOZED),
    (SNOOZED, Trigger.RECOVERS): (ChangeKind.RESOLVED, RESOLVED),
    (SNOOZED, Trigger.ACKNOWLEDGE): (ChangeKind.ACKNOWLEDGED, ACKNOWLEDGED),
    (SNOOZED, Trigger.ASSIGN): (ChangeKind.ASSIGNED, SNOOZED),
    (SNOOZED, Trigger.SNOOZE): (ChangeKind.SNOOZED, SNOOZED),
    (SNOOZED, Trigger.RESOLVE): (ChangeKind.RESOLVED, RESOLVED),
    (RESOLVED, Trigger.FAILS): (ChangeKind.REOPENED, OPEN),
    (RESOLVED, Trigger.WORSENS): (ChangeKind.REOPENED, OPEN),
    (RESOLVED, Trigger.RESOLVE): (ChangeKind.JUDGED, RESOLVED),
    (RESOLVED, Trigger.REOPEN): (ChangeKind.REOPENED, OPEN),
}


@frozen
class Action:
    """What a person does to an incident, and what it takes: an assignee, a time, a reason."""

    trigger: Trigger
    assignee: str | None = None
    until: datetime | None = None
    reason: Reason | None = None


def standing(incident: Incident, at: datetime) -> Incident:
    """Return the incident as it is at a time: one whose snooze has ended is open."""
    if incident.status is SNOOZED and (incident.snoozed_until is None or incident.snoozed_until <= at):
        return replace(incident, status=OPEN, snoozed_until=None)
    return incident


def changes(
    dataset: str, results: Iterable[Result], known: Mapping[RuleKey, Incident], at: datetime, resolve_after: int = 1
) -> tuple[IncidentChange, ...]:
    """Say what the results do to the incidents of a dataset; `known` has the last one of each rule and segment."""
    made = []
    for result in results:
        stored = known.get((result.rule, result.segment))
        before = None if stored is None else standing(stored, at)
        trigger = _trigger(result, before, resolve_after)
        transition = TRANSITIONS.get((before.status if before else None, trigger)) if trigger else None
        if transition is not None:
            kind, status = transition
            after = _opened(dataset, result, at) if before is None else _observed(before, kind, status, result, at)
            made.append(IncidentChange(kind, dataset, result, before.number if before else None, after, stored))
    return tuple(made)


def act(incident: Incident, action: Action, at: datetime) -> tuple[ChangeKind, Incident]:
    """Return what a person's action on an incident is called, and the incident after it.

    Raises:
        UsageError: an incident that is where this one is cannot be treated so.

    """
    incident = standing(incident, at)
    transition = TRANSITIONS.get((incident.status, action.trigger))
    if transition is None:
        raise UsageError(_refusal(incident, action.trigger))
    kind, status = transition
    if action.trigger is Trigger.ASSIGN:
        return kind, replace(incident, assignee=action.assignee)
    return kind, replace(
        incident,
        status=status,
        snoozed_until=action.until if status is SNOOZED else None,
        resolution=action.reason if status is RESOLVED else None,
        resolved_at=None if status is not RESOLVED else incident.resolved_at or at,
        passes=0 if kind is ChangeKind.REOPENED else incident.passes,
    )


def _refusal(incident: Incident, trigger: Trigger) -> str:
    if trigger is Trigger.REOPEN:
        return f"incident {incident.number} is {incident.status}; only one that is resolved can be reopened"
    hint = f"`idqp incident reopen {incident.number}` comes first"
    return f"incident {incident.number} is resolved; there is nothing to {trigger}; {hint}"


def _trigger(result: Result, before: Incident | None, resolve_after: int) -> Trigger | None:
    """Return what a result is to its incident; an error, or one that is skipped or inconclusive, says nothing."""
    if result.status is Status.FAILED:
        worse = before is not None and result.severity.rank > Severity(before.severity).rank
        return Trigger.WORSENS if worse else Trigger.FAILS
    if result.status is Status.PASSED and before is not None:
        return Trigger.RECOVERS if before.passes + 1 >= resolve_after else Trigger.PASSES
    return None


def _opened(dataset: str, result: Result, at: datetime) -> Incident:
    return Incident(
        number=0,
        dataset=dataset,
        rule=result.rule,
        rule_type=result.type,
        segment=result.segment,
        severity=result.severity,
        status=OPEN,
        opened_at=at,
        last_seen_at=at,
        resolved_at=None,
        occurrences=1,
        metric_value=result.verdict.metric_value,
        message=result.verdict.message,
        fingerprint=fingerprint(dataset, result.rule, result.segment),
    )


def _observed(before: Incident, kind: ChangeKind, status: IncidentStatus, result: Result, at: datetime) -> Incident:
    if result.status is Status.PASSED:
        resolved = kind is ChangeKind.RESOLVED
        until = None if resolved else before.snoozed_until
        return replace(
            before,
            status=status,
            passes=before.passes + 1,
            resolved_at=at if resolved else None,
            resolution=None,
            snoozed_until=until,
        )
    return replace(
        before,
        rule_type=result.type,
        severity=result.severity,
        status=status,
        last_seen_at=at,
        resolved_at=None,
        resolution=None,
        snoozed_until=before.snoozed_until if status is SNOOZED else None,
        occurrences=before.occurrences + 1,
        passes=0,
        metric_value=result.verdict.metric_value,
        message=result.verdict.message,
    )


def after(change: IncidentChange, before: IncidentStatus | None) -> IncidentStatus:  # noqa: ARG001 - the change has it
    """Return where the incident is after `change`."""
    return change.after.status
