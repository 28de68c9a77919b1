"""What a rule is: it says what it needs of the data, and judges what it gets.

A rule type is one small class. Its fields are the keys of `rules.yaml`, the
types of the fields are their validation, and its docstring is its entry in the
reference. `needs` and `judge` are pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import Enum
from typing import ClassVar, TypeVar, dataclass_transform

from idqp_cli import sql
from idqp_cli.frozen import frozen
from idqp_cli.model import Column, Mark, Metrics, Severity, Status, Verdict
from idqp_cli.rules.needs import EFFECTIVE, EVALUATED, FAILED, UNSEEN, Given, Keys, Need, Rows
from idqp_cli.statistics import Z95, normal_quantile, power, settled_by, wilson
from idqp_cli.text import apart, clean, count, nearest, percent

# The marker types of fields: what the YAML value may be, decoded in config.py.
Share = float
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
    """The rule cannot be evaluated on this dataset; the text says why."""


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
        return None if "name" in self.marks else self.statement()

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

    threshold: Share = 0.0
    confidence: Confidence | None = None

    def fault(self) -> str:
        """Say in a few words what is wrong with a failing row."""
        raise NotImplementedError

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - a share needs nothing else
        """Compare the share, or its interval where a confidence is asked for, with the threshold."""
        return judged_share(metrics, self.threshold, self.confidence, self.fault())


def _interval(metrics: Metrics, z: float) -> tuple[tuple[float, float], float]:
    """Return the interval of the share, and how many independent rows each row looked at is worth."""
    evaluated, failed = metrics[EVALUATED] or 0, metrics[FAILED] or 0
    effective = metrics.get(EFFECTIVE, evaluated) or 0
    worth = effective / evaluated if evaluated else 1.0
    low, high = wilson(failed * worth, evaluated * worth, z)
    return (low, min(1.0, high + (metrics.get(UNSEEN) or 0))), worth


def _settled(rows: int | None, worth: float, *, sampled: bool) -> str:
    """Say how many rows would settle what this number did not."""
    if rows is None:
        return f"; {'only the whole file' if sampled else 'no number of rows'} would settle it"
    needed = count(math.ceil(rows / worth), "row")
    return f"; {'a sample of ' if sampled else ''}{needed} would settle it"


def _by_interval(interval: tuple[float, float], threshold: float) -> Status:
    low, high = interval
    if high <= threshold:
        return Status.PASSED
    return Status.FAILED if low > threshold else Status.INCONCLUSIVE


def judged_share(metrics: Metrics, threshold: float, confidence: float | None, fault: str) -> Verdict:
    """Judge the share of rows that fail; `fault` says in a few words what is wrong with them."""
    evaluated, failed = int(metrics[EVALUATED] or 0), int(metrics[FAILED] or 0)
    share = failed / evaluated if evaluated else 0.0
    sampled = EFFECTIVE in metrics
    z = Z95 if confidence is None else normal_quantile((1 + confidence) / 2)
    interval, worth = _interval(metrics, z)
    unsettled = ""
    if confidence is None and not sampled:
        status = Status.PASSED if share <= threshold else Status.FAILED
    else:
        status = _by_interval(interval, threshold)
        if status is Status.INCONCLUSIVE:
            unsettled = _settled(settled_by(share, threshold, z), worth, sampled=sampled)
    bound, told, *_ = apart(threshold, share, *interval, show=percent)
    allowed = f", {bound} allowed" if threshold else ""
    rows = count(evaluated, "row") + (" sampled" if sampled else "")
    found = f"{failed:,} of {rows}: {fault} ({told}{allowed})" if failed else f"none of {rows} fails"
    return Verdict(
        status=status,
        message=found + unsettled,
        metric_value=share,
        threshold=threshold,
        confidence_interval=interval,
        statistical_power=power(round(evaluated * worth), threshold),
        rows_evaluated=evaluated,
        rows_failed=failed,
    )


@frozen(kw_only=True)
class RowRule(ShareRule):
    """A rule that one row, looked at alone, obeys or breaks."""

    repeatable: ClassVar[bool] = True

    def failing(self, columns: tuple[Column, ...]) -> str:
        """Condition: the row breaks the rule; it does not hold where one of the columns is NULL."""
        raise NotImplementedError

    def needs(self, columns: tuple[Column, ...]) -> Need:
        """Count the rows in which every column has a value, and those that fail."""
        return Rows(columns, self.failing(columns), filtered(self))


@frozen(kw_only=True)
class KeyRule(ShareRule):
    """A rule about rows that share a key with others."""

    repeatable: ClassVar[bool] = True

    def needs(self, columns: tuple[Column, ...]) -> Need:
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
