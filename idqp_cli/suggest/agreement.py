"""How far a column determines another: the rows that disagree with their group; arrays in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from idqp_cli.core.frozen import frozen
from idqp_cli.suggest import second_values
from idqp_cli.suggest.profile import Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    T = TypeVar("T", bound=np.generic)

# A column says something of others if so many of its values are there twice or more.
LEAST_GROUPS = 3
# A pair whose rows disagree this often is looked at no further.
HOPELESS = 0.5
FEW_ROWS, FEW_OF_GROUP = 2, 0.1
# So many rows of a group with another value are no error.
SECOND = 5


def pairs(names: Sequence[str], columns: Sequence[Codes], firsts: Sequence[int], seconds: Sequence[int]) -> list[Pair]:
    """Return how far each of the `firsts` determines each of the `seconds`, where it does at all."""
    asked = ((first, second) for first in firsts for second in seconds if first != second)
    found = (_pair(columns[first], columns[second], (names[first], names[second])) for first, second in asked)
    return [pair for pair in found if pair is not None]


def _pair(mine: Codes, theirs: Codes, names: tuple[str, str]) -> Pair | None:
    both = (mine >= 0) & (theirs >= 0)
    one, other = mine[both], theirs[both]
    if len(one) < 2:
        return None
    found = _grouped(one, other)
    if found.groups < LEAST_GROUPS or found.others > HOPELESS * found.rows:
        return None
    by_chance = _grouped(one, np.random.default_rng(0).permutation(other)).others
    split, rare = (found.split, found.rare) if found.others else (0, 0)
    return Pair(
        *names, found.rows, found.groups, found.others, float(by_chance), split, rare, found.single, real=found.real
    )


@frozen
class _Groups:
    """The different pairs of values of two columns, a group for each value of the first; groups of one row aside.

    `owner`, `value` and `cells` are of the pairs, ascending: both values, and the rows that have them. Of each group
    `starts` is its first pair, `sizes` the number of its pairs, `totals` that of its rows, and `most` that of the
    rows of its most frequent pair.
    """

    owner: Codes
    value: Codes
    cells: Codes
    starts: Codes
    sizes: Codes
    totals: Codes
    most: Codes

    @cached_property
    def several(self) -> Mask:
        """Which groups have several rows."""
        return self.totals >= 2

    @property
    def rows(self) -> int:
        """The rows of these groups."""
        return int(self.totals[self.several].sum())

    @property
    def groups(self) -> int:
        """The number of these groups."""
        return int(self.several.sum())

    @cached_property
    def others(self) -> int:
        """The rows of these groups that do not have the most frequent value of their group."""
        return int((self.totals - self.most)[self.several].sum())

    def of_pairs(self, of_groups: NDArray[T]) -> NDArray[T]:
        """Return for each pair what is said of its group."""
        return np.repeat(of_groups, self.sizes)

    @cached_property
    def leading(self) -> Mask:
        """Which pairs are the most frequent ones of their groups."""
        return np.equal(self.cells, self.of_pairs(self.most))

    @cached_property
    def leaders(self) -> tuple[Codes, Codes]:
        """The values that are the most frequent ones of groups, and of how many."""
        clear = self.leading & self.of_pairs(self.several & (self.most > 1))
        return np.unique(self.value[clear], return_counts=True)

    @property
    def single(self) -> int:
        """The number of values that are the most frequent ones of one group alone."""
        return int((self.leaders[1] == 1).sum())

    @cached_property
    def beside(self) -> Mask:
        """Which pairs are beside the most frequent ones of their groups."""
        return ~self.leading & self.of_pairs(self.several)

    @cached_property
    def few(self) -> Mask:
        """Which pairs are of few rows; a value with a larger part of a group is a second one that it has."""
        most: NDArray[np.float64] = np.maximum(FEW_ROWS, FEW_OF_GROUP * self.of_pairs(self.totals))
        return np.less_equal(self.cells, most)

    @cached_property
    def strange(self) -> Mask:
        """Which pairs are of few rows, and of a value that is the most frequent one of no group."""
        return self.beside & self.few & ~np.isin(self.value, self.leaders[0])

    @property
    def rare(self) -> int:
        """The rows of the strange pairs."""
        return int(self.cells[self.strange].sum())

    @property
    def split(self) -> int:
        """The number of groups with a second value in so many rows that it is no error."""
        return len(np.unique(self.owner[self.beside & ~self.few & (self.cells >= SECOND)]))

    @property
    def real(self) -> bool:
        """Whether the rows that disagree are too much alike to be errors."""
        if not self.others:
            return False
        first = self.of_pairs(np.maximum.reduceat(np.where(self.leading, np.arange(len(self.value)), 0), self.starts))
        if second_values.shared(self.value[first], self.value, self.cells, self.beside & ~self.strange):
            return True
        several = self.of_pairs(self.several)
        unlike = np.arange(len(self.value)) != first
        return second_values.together(self.owner[several], self.cells[several], unlike[several])


def _grouped(one: Codes, other: Codes) -> _Groups:
    width = int(other.max()) + 1
    keys, cells = np.unique(one * width + other, return_counts=True)
    owner = keys // width
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    return _Groups(
        owner, keys % width, cells, starts, np.diff(np.r_[starts, len(keys)]),
        np.add.reduceat(cells, starts), np.maximum.reduceat(cells, starts),
    )  # fmt: skip
