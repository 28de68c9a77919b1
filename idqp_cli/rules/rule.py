"""What a rule is: it says what it needs of the data, and judges what it gets.

A rule type is one small class. Its fields are the keys of `rules.yaml`, the
types of the fields are their validation, and its docstring is its entry in the
reference. `needs` and `judge` are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, field, fields
from enum import Enum
from typing import Annotated, ClassVar, TypeVar, dataclass_transform

from idqp_cli.core import sql
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Mark, MetricKey, Metrics, Severity, Verdict
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import Need
from idqp_cli.rules.shares import Level, Share

# Types of fields that say more of the YAML value than its Python type does.
Portion = Annotated[Share, "portion"]
Confidence = Annotated[float, "confidence"]
Duration = Annotated[float, "duration"]
Smallest = Annotated[float, "smallest"]
Bound = int | float | str
# Marks a field that is no key of the rules file: it holds what was found out about the rule or the data.
INNER: Mapping[str, bool] = {"inner": True}


class Takes(Enum):
    """How many columns a rule type is about."""

    NO_COLUMN = "none"
    MAYBE_ONE = "maybe one"
    ONE = "one"
    SEVERAL = "several"
    SEVERAL_AND_ONE = "several, and one that depends on them"
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
    # Whether the rule knows what is usual, and is judged after the rules that only look at the data.
    detects: ClassVar[bool] = False
    # Whether a sample of the rows is judged like all of them.
    sampled: ClassVar[bool] = False
    # Whether the metric is the share of the rows looked at that fail.
    of_rows: ClassVar[bool] = False
    # Whether the rule counts the rows of the dataset.
    sizes: ClassVar[bool] = False
    # YAML keys that are not named like their fields.
    keys: ClassVar[Mapping[str, str]] = {}

    name: str
    line: int = field(metadata=INNER)
    # Where the values of the keys stand in the rules file; under "", the rule itself.
    marks: Mapping[str, Mark] = field(default_factory=dict, compare=False, repr=False, metadata=INNER)
    columns: tuple[str, ...] = field(default=(), metadata=INNER)
    # The names, in lower case, of the dataset's columns with personal values.
    hidden: tuple[str, ...] = field(default=(), repr=False, metadata=INNER)
    # Whether no value of any column may be told.
    veiled: bool = field(default=False, repr=False, metadata=INNER)
    description: str | None = None
    where: str | None = None
    segment_by: str | None = None
    min_rows: int = 1
    severity: Severity = Severity.WARNING
    enabled: bool = True
    tags: tuple[str, ...] = ()

    @property
    def needs_rows(self) -> bool:
        """Whether the rule is about rows or cells, so that it has nothing to say of a dataset without a row."""
        return True

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
        return self.veiled or any(column.casefold() in self.hidden for column in self.columns)

    def without_values(self, statement: str) -> str:
        """Return the user's SQL as it may be shown: without its texts, if it names a column with personal values."""
        plain = statement.casefold().replace('""', '"')
        named = self.veiled or any(name in plain for name in self.hidden)
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

    def among(self, own: Dataset, datasets: Mapping[str, Dataset]) -> Rule:  # noqa: ARG002 - most rules name theirs
        """Return the rule, of the dataset `own`, with what it must know of the rules file's other datasets."""
        return self

    def known_tables(self) -> Sequence[str]:
        """Return the names of the datasets that a SELECT of the rule may name, where it knows them."""
        return ()

    def selects(self) -> Mapping[str, str]:
        """Return the user's SELECTs in the rule by their keys, to be examined before any data is read."""
        return {}

    def leaves_out(self) -> Sequence[str]:
        """Return the names of the columns that a rule about all columns does not look at."""
        return ()

    def types(self) -> Mapping[str, str]:
        """Return the types that the rule declares for columns of text files."""
        return {}

    def on(self, relation: Relation) -> Rule:  # noqa: ARG002 - most rules know enough
        """Return the rule with what it judges of the relation itself: its columns, or how it was read."""
        return self

    def concerns(self, own: tuple[Column, ...], columns: tuple[Column, ...]) -> tuple[Column, ...]:  # noqa: ARG002
        """Return the columns that show why a row fails; `own` are the rule's, `columns` those of the data."""
        return own

    def watches(self) -> MetricKey | None:
        """Return what the rule judges by the history of, if it does."""
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

    @property
    def compares(self) -> bool:
        """Whether the rule judges by what earlier runs left."""
        return any(one is not None for one in (self.watches(), self.baseline(), self.learns_from()))

    @property
    def judges_by_past(self) -> bool:
        """Whether the rule has a verdict only where there are earlier runs; a file or a snapshot is there without."""
        own = self.baseline()
        return self.watches() is not None or (own is not None and own.file is None and own.snapshot is None)

    def knowing(self, given: Given) -> Rule:  # noqa: ARG002 - most rules need no past to say what they need
        """Return the rule with what it must know of the past before it can say what it needs."""
        return self

    def measured(self, metrics: Metrics) -> Mapping[MetricKey, float | None]:  # noqa: ARG002 - most keep their verdict's alone
        """Return the metrics to be kept beside the verdict's own."""
        return {}

    def of_nothing(self) -> Metrics:
        """Return the metrics of a segment that has no row."""
        return {}

    def levels(self) -> tuple[Level, ...]:
        """Return what is allowed at each level of the rule, the most severe first; none of a rule without a limit."""
        return ()

    def formats(self) -> Mapping[str, str]:
        """Return the `strptime` formats in the rule by their keys, to be examined before any data is read."""
        return {}

    def needs(self, columns: tuple[Column, ...]) -> Need:
        """Say what to fetch; `columns` are the rule's own, as they stand in the data."""
        raise NotImplementedError

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        """Judge the metrics that `needs` asked for."""
        raise NotImplementedError


def key_fields(rule_type: type[Rule]) -> tuple[Field[object], ...]:
    """Return the fields of a rule type that keys of the rules file fill; `columns` is filled apart."""
    return tuple(one for one in fields(rule_type) if not one.metadata.get("inner"))


def filtered(rule: Rule) -> str | None:
    """Return the rule's `where` as a condition that stands alone, or None without one."""
    return None if rule.where is None else sql.isolated(rule.where)


def baseline_name(dataset: str, path: str) -> str:
    """Return the name under which the baseline file at `path` of a dataset is known during a run."""
    return f"{dataset}:{path}"


RULE_TYPES: dict[str, type[Rule]] = {}
AnyRule = TypeVar("AnyRule", bound=Rule)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
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
