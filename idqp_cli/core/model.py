"""What a run finds: verdicts, results and reports, each frozen and built complete."""

from collections.abc import Hashable, Mapping
from datetime import datetime
from enum import StrEnum

from idqp_cli.core.frozen import frozen

Scalar = bool | int | float | str

# What a rule calls a number that it asks for: a word, or a value of the rule's own, such as a fact and a column.
MetricName = Hashable
Metrics = Mapping[MetricName, int | float | None]

# A rule, and the segment that it holds for.
RuleKey = tuple[str, str | None]
# A metric, and the segment that it is measured in; None is all rows.
MetricPlace = tuple["MetricKey", str | None]


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


@frozen
class MetricKey:
    """Whose values a history has: those of a metric like `mean(x)`, or of a rule's verdicts, where `metric` is None.

    A metric has the rule on whose rows it is measured; None is all rows of the dataset.
    """

    rule: str | None
    metric: str | None = None

    def __str__(self) -> str:
        """Return what people call it: `mean(x)`, `RULE: mean(x)` or `RULE`."""
        return ": ".join(part for part in (self.rule, self.metric) if part is not None)


@frozen
class Mark:
    """A place in the rules file: line and column, both from 1."""

    line: int
    column: int


@frozen
class Column:
    """A column of a relation.

    `type` is DuckDB's name of the type. `text` names the column that holds the
    cell's text beside it, where the cells were text in the file and `type` was
    read from them; None where the file itself is typed. `declared` says that a
    person chose the type, not idqp. `nullable` is false where the file itself
    declares that no cell is missing. `rounded` says why the values are not
    exactly those of the file; None where they are. `doubt` says why a column is
    text though it looks like numbers or dates. `plain` is false where the text of
    a value is not how programs write it. `enum` are the texts that the file itself
    limits the column to.
    """

    name: str
    type: str
    text: str | None = None
    declared: bool = True
    nullable: bool = True
    rounded: str | None = None
    doubt: str | None = None
    plain: bool = True
    enum: tuple[str, ...] | None = None


@frozen
class Cause:
    """Why a row is anomalous: a column, and what is usual in it."""

    column: str
    usual: str


@frozen
class Sample:
    """A failing row: its line in the file (or row, where lines are none), key and values.

    `unit` says which of the two `line` counts. For a cell that did not parse,
    `column` names it and `expected` its type. An anomalous row has `causes`, the
    most important first. Of a message, `line` is the offset in its `partition`.
    """

    line: int | None
    key: Mapping[str, Scalar | None]
    values: Mapping[str, Scalar | None]
    file: str | None = None
    column: str | None = None
    expected: str | None = None
    causes: tuple[Cause, ...] = ()
    unit: str = "line"
    partition: int | None = None


@frozen
class Distribution:
    """How a column's values fell into the same bins before and now, as shares of the rows (0 to 1)."""

    bins: tuple[str, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]


@frozen
class Verdict:
    """What a rule says of the metrics that it asked for; `distribution` is what it compared with a baseline.

    `severity` is how bad the level is that was passed; None where the rule's own holds.
    """

    status: Status
    message: str
    metric_value: float | None = None
    threshold: float | None = None
    confidence_interval: tuple[float, float] | None = None
    statistical_power: float | None = None
    rows_evaluated: int | None = None
    rows_failed: int | None = None
    distribution: Distribution | None = None
    severity: Severity | None = None


@frozen
class Result:
    """A rule's verdict on a dataset, with the rows that show it.

    `rules_line` is the rule's line in the rules file, None for a rule that nobody wrote.
    `since` is when its incident was opened, or last opened again (UTC); `reopened` says that this run did so.
    `sql` tells a rule without a name of its own from others of its type.
    `description` is what the rules file says that the rule is for.
    `state` is where its incident is in its life, and `assignee` who is responsible for it.
    `by_past` says that the rule judges by earlier runs, so that without any it is skipped.
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
    sql: str | None = None
    reopened: bool = False
    description: str | None = None
    by_past: bool = False
    state: str | None = None
    assignee: str | None = None

    @property
    def status(self) -> Status:
        """The verdict's status."""
        return self.verdict.status


@frozen
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


@frozen
class SchemaReport:
    """How the observed schema stands to the latest stored version (None: none is stored)."""

    version: str | None
    status: str
    changes: tuple[SchemaChange, ...] = ()


@frozen
class Drawn:
    """A uniform sample: `rows` drawn by `seed` from the `of` rows (None: not counted) of a dataset.

    They come from `groups` of its `of_groups` row groups; a text file is one.
    """

    rows: int
    of: int | None
    seed: int
    groups: int
    of_groups: int


@frozen
class Increment:
    """How many files were read because they are new, and how many were not, because runs before have read them."""

    new_files: int
    seen_files: int


@frozen
class Window:
    """A window of the time of events, from `begin` to before `end`; `late` messages of earlier ones are not judged."""

    begin: datetime
    end: datetime
    late: int = 0


@frozen
class DatasetReport:
    """All that a run found out about one dataset; `message` says why it could not be read.

    `drawn` says which rows stand for the others, None where all were read.
    `files` are the paths that were read, as they are shown; none for standard input.
    `content` tells the data from other data, where a rule judges by the past.
    `description` and `owner` are the rules file's words.
    `check` says of a dataset that could not be checked which incident that is; None where nothing remembers it.
    `suggested` says that nobody wrote its rules: they were suggested for its data.
    `increment` says which files were read of an incremental dataset; None of another.
    `window` says which messages of a topic were read, where they are divided by the time of events.
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
    content: str | None = None
    description: str | None = None
    owner: str | None = None
    check: Result | None = None
    suggested: bool = False
    increment: Increment | None = None
    window: Window | None = None


@frozen
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
