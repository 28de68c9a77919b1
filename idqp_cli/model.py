"""The values that travel through a run, each frozen and built complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

Scalar = bool | int | float | str
Metrics = Mapping[str, int | float | None]


class Severity(StrEnum):
    """How bad it is when a rule fails, mildest first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The place in the order from mild (0) to severe."""
        return list(Severity).index(self)


class Status(StrEnum):
    """What became of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    SKIPPED = "skipped"


class RunStatus(StrEnum):
    """What became of a dataset or of a whole run."""

    PASSED = "passed"
    ERROR = "error"
    FAILED = "failed"


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


class Reason(StrEnum):
    """Why a person resolved an incident; the detectors learn from it."""

    FIXED = "fixed"
    EXPECTED = "expected"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Mark:
    """A place in the rules file: line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Column:
    """A column of a relation.

    `type` is DuckDB's name of the type. `text` names the column that holds the
    cell's text beside it, where the cells were text in the file and `type` was
    read from them; None where the file itself is typed. `declared` says that a
    person chose the type, not idqp. `nullable` is false where the file itself
    declares that no cell is missing.
    """

    name: str
    type: str
    text: str | None = None
    declared: bool = True
    nullable: bool = True


@dataclass(frozen=True)
class Cause:
    """Why a row is anomalous: a column, and what is usual in it."""

    column: str
    usual: str


@dataclass(frozen=True)
class Sample:
    """A failing row: its line in the file (or row, where lines are none), key and values.

    For a cell that did not parse, `column` names it and `expected` its type. An
    anomalous row has `causes`, the most important first.
    """

    line: int | None
    key: Mapping[str, Scalar | None]
    values: Mapping[str, Scalar | None]
    file: str | None = None
    column: str | None = None
    expected: str | None = None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a rule says of the metrics that it asked for."""

    status: Status
    message: str
    metric_value: float | None = None
    threshold: float | None = None
    confidence_interval: tuple[float, float] | None = None
    statistical_power: float | None = None
    rows_evaluated: int | None = None
    rows_failed: int | None = None


@dataclass(frozen=True)
class Result:
    """A rule's verdict on a dataset, with the rows that show it.

    `rules_line` is the rule's line in the rules file, None for a rule that nobody wrote.
    `since` is when its incident was opened, or opened again in this run (UTC).
    """

    rule: str
    type: str
    columns: tuple[str, ...]
    severity: Severity
    verdict: Verdict
    samples: tuple[Sample, ...] = ()
    segment: str | None = None
    incident: int | None = None
    rules_line: int | None = None
    since: datetime | None = None

    @property
    def status(self) -> Status:
        """The verdict's status."""
        return self.verdict.status


@dataclass(frozen=True)
class SchemaChange:
    """One difference between two schemas; `before` and `after` are what it was and is, None where absent.

    `breaks` names who cannot go on: readers of old data, writers, or both.
    `since` is the version before, where that is not the latest; `hint` is more to know.
    """

    kind: str
    column: str
    before: str | None
    after: str | None
    breaking: bool
    breaks: tuple[str, ...] = ()
    since: str | None = None
    hint: str | None = None


@dataclass(frozen=True)
class SchemaReport:
    """How the observed schema stands to the latest stored version (None: none is stored)."""

    version: str | None
    status: str
    changes: tuple[SchemaChange, ...] = ()


@dataclass(frozen=True)
class Step:
    """What a check would fetch in one statement: for which rules, how, why so, and the SQL."""

    rules: tuple[str, ...]
    how: str
    why: str
    statement: str


@dataclass(frozen=True)
class Explained:
    """How a dataset would be checked; `refused` says by rule why one cannot be, `message` why none can."""

    dataset: str
    source: str
    steps: tuple[Step, ...]
    refused: Mapping[str, str]
    message: str | None = None


@dataclass(frozen=True)
class Drawn:
    """A uniform sample: `rows` drawn by `seed` from the `of` rows (None: not counted) of a dataset.

    They come from `groups` of its `of_groups` row groups; a text file is one.
    """

    rows: int
    of: int | None
    seed: int
    groups: int
    of_groups: int


@dataclass(frozen=True)
class DatasetReport:
    """All that a run found out about one dataset; `message` says why it could not be read.

    `drawn` says which rows stand for the others, None where all were read.
    `files` are the paths that were read, as they are shown; none for standard input.
    """

    dataset: str
    source: str
    rows: int | None
    status: RunStatus
    score: float | None
    schema: SchemaReport | None
    results: tuple[Result, ...]
    message: str | None = None
    drawn: Drawn | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """One run of `idqp check`; `fail_on` is the mildest severity that fails it."""

    run_id: str
    started_at: datetime
    duration_seconds: float
    status: RunStatus
    exit_code: int
    score: float | None
    audit_head: str | None
    datasets: tuple[DatasetReport, ...]
    rules_file: str | None = None
    fail_on: Severity = Severity.WARNING


@dataclass(frozen=True)
class Incident:
    """A rule that fails on a dataset, from the first failure until it is resolved.

    Times are UTC. `number` is what people say; it stays when an incident reopens.
    `passes` counts the runs that passed since it was last seen; `resolution` is
    why a person resolved it. `alerted_at` is when people were last told of it.
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Event:
    """One entry of an incident's timeline."""

    at: datetime
    kind: str
    actor: str
    detail: str
    metric_value: float | None = None


@dataclass(frozen=True)
class Alert:
    """A message in the outbox. `payload` is JSON text; `number` is None until the store has given one.

    `incidents` are the numbers of those it tells of; they are written, and not
    read back. `given_up` says that it is not tried again by itself.
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


@dataclass(frozen=True)
class Evidence:
    """The failing rows that an incident was opened with, and those it was last seen with, as JSON texts."""

    first: str | None
    last: str | None


@dataclass(frozen=True)
class PastEvent:
    """An entry of an incident's timeline, with what the incident is."""

    incident: int
    dataset: str
    at: datetime
    kind: str
    resolution: str | None


@dataclass(frozen=True)
class PastRun:
    """When a dataset was checked, and its score."""

    dataset: str
    at: datetime
    score: float | None


@dataclass(frozen=True)
class ReadOptions:
    """How a dataset's text files are read; None leaves a choice to the sniffer.

    `skip` is a number of lines before the header; `types` maps a column to a
    DuckDB type; `missing_values` are the unquoted texts that mean "not there".
    """

    missing_values: tuple[str, ...] = ()
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip: int | None = None
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceLevel:
    """The score that each run of a dataset should reach, and how far back that is looked at."""

    score: float
    within: timedelta


@dataclass(frozen=True)
class Dataset:
    """What the rules file says of a dataset, its rules aside.

    `path` is a file, a glob or `-`, relative to the folder of the rules file.
    `key` names the columns that tell failing rows apart; `pii` those to mask.
    `schema` is the mode in which its schema may change; `schema_last` limits
    against how many versions a transitive mode holds it.
    """

    name: str
    path: str
    description: str | None = None
    owner: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    key: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    schema: str = "full"
    schema_last: int | None = None
    allow_empty: bool = False
    samples: int = 5
    sla: ServiceLevel | None = None


FILE_COLUMN = "idqp:file"
ROW_COLUMN = "idqp:row"
GROUP_COLUMN = "idqp:group"


@dataclass(frozen=True)
class Relation:
    """A dataset as SQL: its columns, and table expressions that give its rows.

    `scan` is read first and notes the lines that are no rows; `rescan` gives the
    same rows again; `numbered` gives them with the number of the file
    (`FILE_COLUMN`, from 0) and of the row in it (`ROW_COLUMN`, from 1).
    `doubts` are what the reader decided by itself and cannot be sure of;
    `strays` says which files have other columns than the first.
    `columnar` says that a scan of one column costs but its share of the file;
    `size` is that of its files in bytes.
    """

    dataset: str
    columns: tuple[Column, ...]
    scan: str
    rescan: str
    numbered: str
    doubts: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    columnar: bool = False
    size: int = 0


@dataclass(frozen=True)
class Rejected:
    """A line that is no row: its place, why, and how many cells a row has there."""

    file: int
    record: int
    reason: str
    cells: int


@dataclass(frozen=True)
class RowPlace:
    """Which row a sample is: the number of its file (from 0), and of the row in it (from 1)."""

    file: int
    row: int


@dataclass(frozen=True)
class Written:
    """A file that was written, and its number of rows."""

    path: str
    rows: int


class Enforcement(StrEnum):
    """Who holds people to their roles: only idqp itself, or the database server."""

    ADVISORY = "advisory"
    SERVER = "server"


@dataclass(frozen=True)
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
