"""What a rule is: it says what it needs of the data, and judges what it gets.

A rule type is one small class. Its fields are the keys of `rules.yaml`, the
types of the fields are their validation, and its docstring is its entry in the
reference. `needs` and `judge` are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import Enum, StrEnum
from typing import ClassVar, TypeVar, dataclass_transform

from idqp_cli import sql
from idqp_cli.frozen import frozen
from idqp_cli.model import Column, Mark, Metrics, Severity, Status, Verdict
from idqp_cli.rules.needs import EVALUATED, Given, Keys, Need, Rows
from idqp_cli.rules.shares import NOTHING, Level, Limit, Share, judged_levels
from idqp_cli.text import clean, nearest

# The marker types of fields: what the YAML value may be, decoded in config.py.
Portion = Share
Confidence = float
Duration = float
Smallest = float
Bound = int | float | str


class Takes(Enum):
    """How many columns a rule type is about."""

    NO_COLUMN = "none"
    MAYBE_ONE = "maybe one"
    ONE = "one"
    SEVERAL = "several"
    ANY = "any"
    ALL = "all"


class Of(StrEnum):
    """Of which rows a share is: those with a value, or all, also those without."""

    VALUES = "values"
    ALL = "all"


class Kind(Enum):
    """What a rule takes a column's cells for; it helps to read cells that are text in the file.

    `TEXT` is for rules about how a cell is written; a rule about its value goes before.
    """

    NUMBER = "number"
    TIME = "time"
    TEXT = "text"


@frozen
class Baseline:
    """What a distribution is compared with: the previous run, a window of runs, a saved snapshot, or a file."""

    window: Duration | None = None
    snapshot: str | None = None
    file: str | None = None


class NotEvaluableError(Exception):
    """The rule cannot be evaluated on this dataset; the text says why.

    `without_values` says it without the values in the rule, for a rule about personal ones.
    """

    def __init__(self, message: str, without_values: str | None = None) -> None:
        """Say why, and where that tells a value, the same without it."""
        super().__init__(message)
        self.without_values = message if without_values is None else without_values


@frozen(kw_only=True)
class Rule:
    """What must hold of a dataset; the keys that every rule takes."""

    type: ClassVar[str]
    takes: ClassVar[Takes] = Takes.ONE
    # Whether the rule can be judged for each value of `segment_by` by itself.
    divisible: ClassVar[bool] = True
    # Whether the verdict depends on the data and the rule alone, not on when it is asked, or on what was before.
    repeatable: ClassVar[bool] = False
    # Whether the verdict depends on every digit of the values, so that rounded ones will not do.
    exact: ClassVar[bool] = True
    # YAML keys that are not named like their fields.
    keys: ClassVar[Mapping[str, str]] = {}

    name: str
    line: int
    # Where the values of the keys stand in the rules file; under "", the rule itself.
    marks: Mapping[str, Mark] = field(default_factory=dict, compare=False, repr=False)
    columns: tuple[str, ...] = ()
    # The names, in lower case, of the dataset's columns with personal values.
    hidden: tuple[str, ...] = field(default=(), repr=False)
    description: str | None = None
    where: str | None = None
    segment_by: str | None = None
    min_rows: int = 1
    severity: Severity = Severity.WARNING
    enabled: bool = True
    tags: tuple[str, ...] = ()

    def kinds(self) -> Mapping[str, Kind]:
        """Return what the cells must be of the columns whose meaning the rule knows."""
        return {}

    def statement(self) -> str | None:
        """Return the SQL that the rule is made of, None where it is not SQL."""
        return None

    @property
    def told_by(self) -> str | None:
        """The SQL that tells a rule without a name of its own from others of its type."""
        statement = None if "name" in self.marks else self.statement()
        return None if statement is None else self.without_values(statement)

    @property
    def private(self) -> bool:
        """Whether the rule is about a column with personal values, so that no value of it may be told or kept."""
        return any(column.casefold() in self.hidden for column in self.columns)

    def without_values(self, statement: str) -> str:
        """Return the user's SQL as it may be shown: without its texts, if it names a column with personal values."""
        plain = statement.casefold().replace('""', '"')
        named = any(name in plain for name in self.hidden)
        return sql.without_texts(statement) if named else statement

    def patterns(self) -> Mapping[str, str]:
        """Return the regular expressions in the rule by their keys, to be compiled before any data is read."""
        return {}

    def conditions(self) -> Mapping[str, str]:
        """Return the user's SQL in the rule by its keys, to be examined before any data is read."""
        return {} if self.where is None else {"where": self.where}

    def others(self) -> Sequence[str]:
        """Return the names of the other datasets that the rule looks at."""
        return ()

    def baselines(self) -> Sequence[str]:
        """Return the paths of the files of rows that the rule compares with, read like the dataset."""
        return ()

    def selects(self) -> Mapping[str, str]:
        """Return the user's SELECTs in the rule by their keys, to be examined before any data is read."""
        return {}

    def types(self) -> Mapping[str, str]:
        """Return the types that the rule declares for columns of text files."""
        return {}

    def on(self, columns: tuple[Column, ...]) -> Rule:  # noqa: ARG002 - most rules know enough
        """Return the rule for a dataset with these columns, where it judges them."""
        return self

    def watches(self) -> str | None:
        """Return what the metric is kept under whose history the rule judges by, if it does."""
        return None

    def follows(self) -> Sequence[str]:
        """Return the names of the rules of this dataset whose metrics the rule judges."""
        return ()

    def baseline(self) -> Baseline | None:
        """Return the baseline that the rule judges by, if it does."""
        return None

    def learns_from(self) -> Baseline | None:
        """Return the baseline whose rows the rule's model is trained on, if that is a run or a snapshot."""
        return None

    def knowing(self, given: Given) -> Rule:  # noqa: ARG002 - most rules need no past to say what they need
        """Return the rule with what it must know of the past before it can say what it needs."""
        return self

    def measured(self, metrics: Metrics) -> Mapping[str, float | None]:  # noqa: ARG002 - most keep their verdict's alone
        """Return the metrics to be kept beside the verdict's own, by what they are kept under."""
        return {}

    def of_nothing(self) -> Metrics:
        """Return the metrics of a segment that has no row."""
        return {}

    def formats(self) -> Mapping[str, str]:
        """Return the `strptime` formats in the rule by their keys, to be examined before any data is read."""
        return {}

    def needs(self, columns: tuple[Column, ...]) -> Need:
        """Say what to fetch; `columns` are the rule's own, as they stand in the data."""
        raise NotImplementedError

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        """Judge the metrics that `needs` asked for."""
        raise NotImplementedError


@frozen(kw_only=True)
class ShareRule(Rule):
    """A rule about rows: its metric is the share of the rows looked at that fail."""

    threshold: Limit = NOTHING
    warn: Limit | None = None
    fail: Limit | None = None
    min_share: Portion | None = None
    confidence: Confidence | None = None

    def levels(self) -> tuple[Level, ...]:
        """Return the most rows that may fail at each level of the rule, the most severe first."""
        written = ((self.fail, Severity.CRITICAL), (self.warn, Severity.WARNING))
        levels = tuple(Level(limit, severity) for limit, severity in written if limit is not None)
        if self.min_share is not None:
            return (Level(Share(1 - self.min_share.exact)),)
        return levels or (Level(self.threshold),)

    def fault(self) -> str:
        """Say in a few words what is wrong with a failing row."""
        raise NotImplementedError

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - a share needs nothing else
        """Compare the share, or its interval where a confidence is asked for, with the levels."""
        if self.min_share is not None and not metrics[EVALUATED]:
            return Verdict(Status.SKIPPED, "there is no value to look at, of which a share could hold")
        return judged_levels(metrics, self.levels(), self.confidence, self.fault())


@frozen(kw_only=True)
class RowRule(ShareRule):
    """A rule that one row, looked at alone, obeys or breaks."""

    repeatable: ClassVar[bool] = True

    of: Of = Of.VALUES

    def failing(self, columns: tuple[Column, ...]) -> str:
        """Condition: the row breaks the rule; it does not hold where one of the columns is NULL."""
        raise NotImplementedError

    def needs(self, columns: tuple[Column, ...]) -> Need:
        """Count the rows in which every column has a value, or all of them, and those that fail."""
        if self.of is Of.VALUES:
            return Rows(columns, self.failing(columns), filtered(self))
        if self.min_share is not None:
            # A cell that is missing does not hold.
            absent = [f"NOT coalesce({sql.present(column)}, false)" for column in columns]
            return Rows((), sql.either([*absent, self.failing(columns)]), filtered(self))
        return Rows((), sql.both(*map(sql.present, columns), self.failing(columns)), filtered(self))


@frozen(kw_only=True)
class KeyRule(ShareRule):
    """A rule about rows that share a key with others."""

    repeatable: ClassVar[bool] = True

    def needs(self, columns: tuple[Column, ...]) -> Keys:
        """Count the rows whose key is whole, and those whose key occurs again."""
        spelled = tuple(map(as_spelled, columns))
        return Keys(columns, filtered(self), () if spelled == columns else spelled)


def as_spelled(column: Column) -> Column:
    """Return the column by which cells are told apart: the texts, where `idqp` alone takes them for decimal numbers.

    `1.10` and `1.1` may be two versions.
    """
    decimal = column.type in sql.FLOATS or column.type.startswith("DECIMAL")
    return Column(column.text, "VARCHAR") if column.text is not None and decimal and not column.declared else column


def filtered(rule: Rule) -> str | None:
    """Return the rule's `where` as a condition that stands alone, or None without one."""
    return None if rule.where is None else sql.isolated(rule.where)


def baseline_name(dataset: str, path: str) -> str:
    """Return the name under which the baseline file at `path` of a dataset is known during a run."""
    return f"{dataset}:{path}"


RULE_TYPES: dict[str, type[Rule]] = {}
AnyRule = TypeVar("AnyRule", bound=Rule)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def rule(name: str) -> Callable[[type[AnyRule]], type[AnyRule]]:
    """Make a class the rule type `name`, with its fields as keys."""

    def declare(cls: type[AnyRule]) -> type[AnyRule]:
        made = frozen(kw_only=True)(cls)
        made.type = name
        RULE_TYPES[name] = made
        return made

    return declare


def refuse_bounds(low: Bound | None, high: Bound | None) -> None:
    """Refuse a range without a bound, or whose bounds cannot be met.

    Raises:
        ValueError: with what is wrong.

    """
    if low is None and high is None:
        raise ValueError("needs min or max")
    if low is None or high is None:
        return
    if isinstance(low, str) != isinstance(high, str):
        raise ValueError("min and max must be of one kind, both numbers or both text")
    if low > high:  # type: ignore[operator] # both text or both numbers, by the lines above
        raise ValueError(f"min {clean(low)} is above max {clean(high)}")


def resolve(names: tuple[str, ...], columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Find columns by name: exactly, or without case where that leaves one.

    Raises:
        NotEvaluableError: a name is not there; the text names what is.

    """
    return tuple(_resolved(name, columns) for name in names)


def _resolved(name: str, columns: tuple[Column, ...]) -> Column:
    for matches in (
        [column for column in columns if column.name == name],
        [column for column in columns if column.name.casefold() == name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
    near = nearest(name, (column.name for column in columns))
    if near:
        raise NotEvaluableError(f"column '{clean(name)}' is not in the data; did you mean '{clean(near)}'?")
    known = ", ".join(clean(column.name, 60) for column in columns[:20])
    more = f" and {len(columns) - 20:,} more" if len(columns) > 20 else ""
    raise NotEvaluableError(f"column '{clean(name)}' is not in the data; its columns are {known}{more}")
