"""What a store remembers: incidents, their timeline and the messages about them; and what it says of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Result, Severity


class IncidentStatus(StrEnum):
    """Where an incident is in its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class ChangeKind(StrEnum):
    """What happened to an incident, by a run or by a person."""

    OPENED = "opened"
    SEEN = "seen"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    PASSED = "passed"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    JUDGED = "judged"


# Why an incident ended of which no run can say any more whether it is over.
NO_LONGER_CHECKED = "no longer checked"


class Reason(StrEnum):
    """Why a person resolved an incident; the detectors learn from it."""

    FIXED = "fixed"
    EXPECTED = "expected"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"


@frozen
class Incident:
    """A rule that fails on a dataset, from the first failure until it is resolved.

    Times are UTC. `number` is what people say; it stays when an incident reopens.
    `passes` counts the runs that passed since it was last seen; `resolution` is
    why a person resolved it, or that it is no longer checked. `alerted_at` is when people were last told of it.
    """

    number: int
    dataset: str
    rule: str
    rule_type: str
    segment: str | None
    severity: Severity
    status: IncidentStatus
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    occurrences: int
    metric_value: float | None
    message: str
    assignee: str | None = None
    snoozed_until: datetime | None = None
    resolution: str | None = None
    passes: int = 0
    fingerprint: str = ""
    alerted_at: datetime | None = None


@frozen
class IncidentChange:
    """What a result does to an incident; `number` is None until the store has given one.

    `before` and `after` are the whole incident, None before it is opened;
    `history` is what its metric was in earlier runs, oldest first.
    """

    kind: ChangeKind
    dataset: str
    result: Result
    number: int | None
    after: Incident
    before: Incident | None = None
    history: tuple[float, ...] = ()


@frozen
class Act:
    """One occasion that is recorded and alerted: its unique key, its time, and who acted."""

    key: str
    at: datetime
    actor: str


@frozen
class Heard:
    """What a channel was last told of an incident, how bad it was then, and when; None where that is not known."""

    told: str | None
    severity: str | None
    at: datetime


@frozen
class Story:
    """How an incident goes since it was last opened: whether it was so again, and how often it was seen to fail.

    `snoozed_at` is when a person last snoozed it since then.
    """

    begun_at: datetime
    reopened: bool
    failures: int
    snoozed_at: datetime | None = None


@frozen
class Event:
    """One entry of an incident's timeline; `reason` is why a person resolved the incident, `detail` is for people."""

    at: datetime
    kind: str
    actor: str
    detail: str
    metric_value: float | None = None
    reason: str | None = None


@frozen
class Alert:
    """A message in the outbox. `payload` is JSON text; `number` is None until the store has given one.

    `incidents` are the numbers of those it tells of, and `told` what is told of
    each and its severity; they are written, and not read back. `given_up` says that it is not tried again by itself.
    """

    channel: str
    dedup_key: str
    payload: str
    created_at: datetime
    next_at: datetime
    number: int | None = None
    attempts: int = 0
    delivered_at: datetime | None = None
    last_error: str | None = None
    incidents: tuple[int, ...] = ()
    given_up: bool = False
    told: tuple[tuple[str, str], ...] = ()


@frozen
class Evidence:
    """The failing rows that an incident was opened with, and those it was last seen with, as JSON texts."""

    first: str | None
    last: str | None


@frozen
class PastEvent:
    """An entry of an incident's timeline, with what the incident is."""

    incident: int
    dataset: str
    at: datetime
    kind: str
    resolution: str | None


@frozen
class PastRun:
    """When a dataset was checked, and its score."""

    dataset: str
    at: datetime
    score: float | None


class Enforcement(StrEnum):
    """Who holds people to their roles: only idqp itself, or the database server."""

    ADVISORY = "advisory"
    SERVER = "server"


@frozen
class StoreInfo:
    """What `store info` says of a store."""

    backend: str
    address: str
    version: int
    newest_version: int
    enforcement: Enforcement
    said: str
    rows: Mapping[str, int]
    size: int
    head: str


def fingerprint(dataset: str, rule: str, segment: str | None) -> str:
    """Return what an incident is known by to other systems: 32 hex digits, the same for ever."""
    identity = json.dumps([dataset, rule, segment], ensure_ascii=True)
    return hashlib.sha256(identity.encode()).hexdigest()[:32]
