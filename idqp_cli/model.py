"""The values that travel through a run, each frozen and built complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
    RESOLVED = "resolved"


class ChangeKind(StrEnum):
    """What a run did to an incident."""

    OPENED = "opened"
    SEEN = "seen"
    REOPENED = "reopened"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Column:
    """A column of a relation.

    `type` is DuckDB's name of the type. `text` names the column that holds the
    cell's text beside it, where the cells were text in the file and `type` was
    read from them; None where the file itself is typed. `declared` says that a
    person chose the type, not idqp.
    """

    name: str
    type: str
    text: str | None = None
    declared: bool = True


@dataclass(frozen=True)
class Sample:
    """A failing row: its line in the file (or row, where lines are none), key and values.

    For a cell that did not parse, `column` names it and `expected` its type.
    """

    line: int | None
    key: Mapping[str, Scalar | None]
    values: Mapping[str, Scalar | None]
    file: str | None = None
    column: str | None = None
    expected: str | None = None


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
    """One difference between two schemas; `before` and `after` are types, None where absent."""

    kind: str
    column: str
    before: str | None
    after: str | None
    breaking: bool


@dataclass(frozen=True)
class SchemaReport:
    """How the observed schema stands to the latest stored version (None: none is stored)."""

    version: str | None
    status: str
    changes: tuple[SchemaChange, ...] = ()


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


@dataclass(frozen=True)
class IncidentChange:
    """What a result does to an incident; `number` is None until the store has given one."""

    kind: ChangeKind
    dataset: str
    result: Result
    number: int | None


@dataclass(frozen=True)
class Event:
    """One entry of an incident's timeline."""

    at: datetime
    kind: str
    actor: str
    detail: str
    metric_value: float | None = None


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
class Dataset:
    """What the rules file says of a dataset, its rules aside.

    `path` is a file, a glob or `-`, relative to the folder of the rules file.
    `key` names the columns that tell failing rows apart; `pii` those to mask.
    """

    name: str
    path: str
    description: str | None = None
    owner: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    key: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    schema: str = "none"
    allow_empty: bool = False
    samples: int = 5


FILE_COLUMN = "idqp:file"
ROW_COLUMN = "idqp:row"
GROUP_COLUMN = "idqp:group"


@dataclass(frozen=True)
class Relation:
    """A dataset as SQL: its columns, and table expressions that give its rows.

    `scan` is read first and notes the lines that are no rows; `rescan` gives the
    same rows again; `numbered` gives them with the number of the file
    (`FILE_COLUMN`, from 0) and of the row in it (`ROW_COLUMN`, from 1).
    `doubts` are what the reader decided by itself and cannot be sure of.
    `columnar` says that a scan of one column costs but its share of the file;
    `size` is that of its files in bytes.
    """

    dataset: str
    columns: tuple[Column, ...]
    scan: str
    rescan: str
    numbered: str
    doubts: tuple[str, ...] = ()
    columnar: bool = False
    size: int = 0


@dataclass(frozen=True)
class Rejected:
    """A line that is no row: its place, and why."""

    file: int
    record: int
    reason: str


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
