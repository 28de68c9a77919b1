"""What a dataset looks like: each column by itself, and columns together; frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Scalar
from idqp_cli.rules.literals import NUMBERS, TEXT, TIMES
from idqp_cli.suggest import placeholders

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Kind(StrEnum):
    """What the cells of a column are taken for."""

    NUMBER = "number"
    TIME = "time"
    TEXT = "text"
    BOOLEAN = "boolean"
    OTHER = "other"


def kind_of(column: Column) -> Kind:
    """Return what the cells of a column are taken for, by its type."""
    if NUMBERS.fullmatch(column.type):
        return Kind.NUMBER
    if TIMES.fullmatch(column.type):
        return Kind.TIME
    if TEXT.fullmatch(column.type):
        return Kind.TEXT
    return Kind.BOOLEAN if column.type == "BOOLEAN" else Kind.OTHER


@frozen
class ColumnProfile:
    """What a column looks like.

    `rows` are all rows; `missing` and `malformed` count the cells that are not
    there, and those that are no value of the type. `low` and `high` are the exact
    ends of the values: numbers, or the texts of times and of other values.
    `distinct` counts the values, exactly if `exact`. `values` are the most frequent
    ones as they are written, each with its number of cells, the most frequent first;
    all of them and counted in all rows if `complete`, else those of the `sampled`
    cells. `shapes` are those of the sampled texts, see `shapes.py`. `shortest` and
    `longest` are lengths of texts in characters; `spaced` counts the texts that begin or
    end with white space. `whole` says that no number has a fraction; `ordered`
    that the sampled values never fall from one row to the next; `runs` counts how often
    a row has another value than the one before it. `place` is the column's, from 0. `worth` is how many rows that
    have nothing to do with each other would say as much as the drawn numbers.
    `doubted` says that a column is text though most cells are numbers; `strange` are
    the most frequent texts that do not parse, each with its cells. `numbers` are the
    sampled numbers, or times in seconds since 1970, ascending. `beyond` names a column of
    things to which all numbers beyond the tails belong, and `gone_with` one that is missing in
    nearly all rows in which this one is, and in more.
    """

    name: str
    type: str
    kind: Kind
    rows: int
    missing: int
    malformed: int
    distinct: int
    exact: bool
    low: Scalar | None
    high: Scalar | None
    values: tuple[tuple[str, int], ...] = ()
    complete: bool = False
    sampled: int = 0
    shapes: tuple[tuple[str, int], ...] = ()
    shortest: int | None = None
    longest: int | None = None
    spaced: int = 0
    whole: bool = False
    ordered: bool = False
    runs: int = 0
    place: int = 0
    worth: float = 0.0
    doubted: bool = False
    beyond: str | None = None
    gone_with: str | None = None
    strange: tuple[tuple[str, int], ...] = ()
    numbers: Floats | None = field(default=None, compare=False, repr=False)

    @property
    def present(self) -> int:
        """The number of cells that have a value."""
        return self.rows - self.missing - self.malformed

    @cached_property
    def absent(self) -> tuple[str, ...]:
        """The texts that stand for no value: among values that are texts, and among those that do not parse."""
        found = [text for text, _ in self.strange if placeholders.is_one(text)]
        if self.kind is Kind.TEXT:
            found += placeholders.among([text for text, _ in self.values])
        return tuple(found)

    @property
    def quartiles(self) -> tuple[float, ...]:
        """The quartiles of the sampled numbers or times; none of other columns."""
        if self.numbers is None or not len(self.numbers):
            return ()
        last = len(self.numbers) - 1
        return tuple(float(self.numbers[round(last * share)]) for share in (0.25, 0.5, 0.75))

    def histogram(self, bins: int) -> tuple[int, ...]:
        """Count the sampled numbers or times in so many bins of equal width from the least to the greatest."""
        if self.numbers is None or not len(self.numbers):
            return ()
        low, high = float(self.numbers[0]), float(self.numbers[-1])
        if low == high:
            return (len(self.numbers),)
        import numpy as np  # noqa: PLC0415 - only where a profile is shown

        counts, _ = np.histogram(self.numbers, bins=bins, range=(low, high))
        return tuple(int(one) for one in counts)


@frozen
class Pair:
    """How far a column determines another, in the sampled rows whose value of the first occurs again.

    `rows` are these rows and `groups` their values of the first column; `others`
    the rows that do not have the most frequent value of their group; `chance` how many
    these would be if the second column had nothing to do with the first. `split`
    counts the groups with a second value in so many rows that it is no error; `rare`
    the rows of `others` whose value is no group's most frequent one, and `single`
    the values that are so of one group alone. `real` says that groups of one
    value have the same other value in some rows, more often than errors would.
    """

    first: str
    second: str
    rows: int
    groups: int
    others: int
    chance: float
    split: int
    rare: int
    single: int = 0
    real: bool = False


@frozen
class Key:
    """Columns whose values together tell all sampled rows apart; `chance` is how many would be alike by chance."""

    columns: tuple[str, ...]
    chance: float


@frozen
class Order:
    """A column whose values are at most those of another in `rows` rows but `others`; `chance`: in mixed-up rows."""

    first: str
    second: str
    rows: int
    others: int
    chance: float


@frozen
class Profile:
    """What a dataset looks like: its rows, its columns, and what these have to do with each other.

    `sampled` is the number of rows that what is not counted in all was looked for in.
    `repeated` counts the sampled rows that are equal to another in all columns.
    `equal` are pairs of columns with the same cells. `besides` counts the sampled rows that are equal to
    another in all but the columns that are keys by themselves; None where there are none of these. `near` is how
    many more pairs of rows chance would make equal in another file of this size.
    """

    dataset: str
    rows: int
    sampled: int
    columns: tuple[ColumnProfile, ...]
    pairs: tuple[Pair, ...] = ()
    keys: tuple[Key, ...] = ()
    orders: tuple[Order, ...] = ()
    equal: tuple[tuple[str, str], ...] = ()
    repeated: int = 0
    besides: int | None = None
    near: float = 0.0

    @cached_property
    def absent(self) -> tuple[str, ...]:
        """The texts that stand for no value in some column."""
        return tuple(dict.fromkeys(text for column in self.columns for text in column.absent))

    @property
    def whole(self) -> bool:
        """Whether every row was looked at."""
        return self.sampled == self.rows

    def column(self, name: str) -> ColumnProfile:
        """Return the profile of a column."""
        return next(one for one in self.columns if one.name == name)

    def named(self, names: Sequence[str]) -> tuple[ColumnProfile, ...]:
        """Return the profiles of some columns."""
        return tuple(map(self.column, names))
