"""What a store keeps beside runs and incidents: people, what they may, and what was learnt; frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from idqp_cli.anomaly.saved_model import Lesson
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import IncidentStatus
from idqp_cli.core.model import Scalar
from idqp_cli.store.identity import Role


@frozen
class User:
    """A person. `database_role` is the role that PostgreSQL knows the person by."""

    email: str
    full_name: str
    role: Role
    created_at: datetime
    database_role: str | None = None
    disabled_at: datetime | None = None
    locked_until: datetime | None = None


@frozen
class NewUser:
    """A person to be added. `password_hash` is bcrypt's whole text; None where the database knows the person."""

    email: str
    full_name: str
    role: Role
    password_hash: str | None
    database_role: str | None = None


@frozen
class Session:
    """A login that is to be kept: the SHA-256 of its token in hex, and when it ends."""

    digest: str
    expires_at: datetime


@frozen
class Token:
    """A token for programs, without its secret."""

    name: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@frozen
class NewToken:
    """A token to be kept: the SHA-256 of its secret in hex."""

    name: str
    digest: str
    scopes: tuple[str, ...]
    expires_at: datetime


@frozen
class RecordedRule:
    """A rule as it was when a run checked it; `params` are its keys by name."""

    name: str
    type: str
    params: Mapping[str, Scalar | Sequence[Scalar] | None]
    threshold: float | None
    severity: str
    enabled: bool


@frozen
class RecordedDataset:
    """A dataset that the store knows; `removed_at` is None while it may be recorded."""

    name: str
    description: str | None
    owner: str | None
    created_at: datetime
    removed_at: datetime | None = None


@frozen
class IncidentUpdate:
    """What a person does to an incident, as a whole: each field is what holds afterwards.

    `kind` and `detail` stand in the timeline; `resolution` is the reason of a
    resolved incident.
    """

    number: int
    kind: str
    detail: str
    status: IncidentStatus
    assignee: str | None = None
    snoozed_until: datetime | None = None
    resolution: str | None = None


@frozen
class Wanted:
    """Which incidents to list, as of a time: all that is given must hold.

    Without statuses, those that are not resolved; `since` is about when they were last seen. `words` stand in the
    dataset, the rule or the message. `before` is a number; `limit` how many at most.
    """

    at: datetime
    numbers: tuple[int, ...] = ()
    statuses: tuple[IncidentStatus, ...] = ()
    severities: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    since: datetime | None = None
    words: str = ""
    before: int | None = None
    limit: int | None = None


@frozen
class RunsWanted:
    """Which runs to list, newest number first: all that is given must hold; `before` is a number."""

    limit: int
    datasets: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    since: datetime | None = None
    before: int | None = None
    run: str | None = None


@frozen
class RecordedRun:
    """What a run said of one dataset; `run` is what all datasets of the run share."""

    number: int
    run: str
    dataset: str
    at: datetime
    actor: str
    status: str
    score: float | None
    rows: int | None


@frozen
class RecordedResult:
    """What a rule said in a recorded run."""

    rule: str
    segment: str | None
    status: str
    value: float | None
    rows_evaluated: int | None
    rows_failed: int | None


@frozen
class Measurement:
    """What a metric was in the run at a time; `content` tells its data from other data, `source` is what it read."""

    at: datetime
    value: float | None
    content: str | None = None
    source: str | None = None


@frozen
class MetricPoint:
    """What a rule said of one run, and its metric; `content` and `source` are those of a `Measurement`."""

    run_id: str
    at: datetime
    value: float | None
    status: str
    rows_evaluated: int | None = None
    rows_failed: int | None = None
    content: str | None = None
    source: str | None = None


@frozen
class OfRun:
    """The run at a time, which left a baseline; `content` tells its data from other data, None where nothing does."""

    at: datetime
    content: str | None = None

    def __str__(self) -> str:
        """Return what lists and the audit log call it: `run: TIME CONTENT`."""
        return f"run: {self.at.astimezone(UTC).isoformat()}{'' if self.content is None else f' {self.content}'}"


@frozen
class OfSnapshot:
    """The snapshot that a person saved under a name."""

    name: str

    def __str__(self) -> str:
        """Return what lists and the audit log call it: its name."""
        return self.name


Origin = OfRun | OfSnapshot


@frozen
class Baseline:
    """What a dataset was like in a run or in a snapshot: the summary of its columns, as JSON text."""

    dataset: str
    origin: Origin
    summary: str
    created_at: datetime
    created_by: str


@frozen
class ModelKey:
    """Which model of a dataset it is: what left it, and what it was taught."""

    origin: Origin
    lesson: Lesson

    def __str__(self) -> str:
        """Return what the audit log calls it: `run: TIME CONTENT: RULE DIGEST` or `snapshot: NAME: RULE DIGEST`."""
        match self.origin:
            case OfSnapshot():
                origin = f"snapshot: {self.origin}"
            case OfRun(content=None):
                origin = f"{self.origin} -"
            case _:
                origin = f"{self.origin}"
        return f"{origin}: {self.lesson.rule} {self.lesson.digest}"


@frozen
class Model:
    """A trained model: its settings as JSON text, its numbers as the bytes of arrays."""

    dataset: str
    key: ModelKey
    settings: str
    arrays: bytes
    created_at: datetime


@frozen
class AuditEntry:
    """One row of the audit chain."""

    sequence: int
    at: str
    actor: str
    action: str
    object: str
    detail: str
    previous_hash: str
    hash: str
