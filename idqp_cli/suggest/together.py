"""What columns have to do with each other, from the hashes of drawn cells; arrays in, values out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.statistics import wilson
from idqp_cli.suggest.profile import Key, Order
from idqp_cli.suggest.second_values import EXPECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

# One-sided 95 %.
SURE = 1.6448536269514722
MOST_IN_KEY = 3
# In so many of the rows without a value another column has none either, which chance would make this seldom.
GONE, BY_CHANCE = 0.95, 0.001


def codes(hashes: Sequence[NDArray[np.uint64]]) -> list[Codes]:
    """Return the values of each column as numbers from 0; a cell that is missing is −1."""
    found = []
    for column in hashes:
        values, numbered = np.unique(column, return_inverse=True)
        numbered = numbered.astype(np.int64)
        if len(values) and values[0] == 0:
            numbered -= 1
        found.append(numbered)
    return found


def gone(names: Sequence[str], columns: Sequence[Codes]) -> dict[str, str]:
    """Return the columns that are missing only where another is, which is so more often; each with that one."""
    rows = len(columns[0]) if columns else 0
    missing = {name: own for name, column in zip(names, columns, strict=True) if (own := column < 0).any()}
    cells = {name: int(own.sum()) for name, own in missing.items()}
    found = {}
    for name, own in missing.items():
        for other in sorted((one for one in cells if cells[one] > cells[name]), key=lambda one: cells[one]):
            both = int((own & missing[other]).sum())
            # So many rows would not all be among those of the other by chance.
            chance = cells[name] * math.log(cells[other] / rows)
            if both >= GONE * cells[name] and chance < math.log(BY_CHANCE):
                found[name] = other
                break
    return found


def worth(numbers: NDArray[np.float64]) -> float:
    """Return how many independent numbers say as much as these in their order, by the correlation of neighbours."""
    if len(numbers) < 3:
        return float(len(numbers))
    # By ranks, so that one great number does not hide the others.
    ranks = np.argsort(np.argsort(numbers, kind="stable"), kind="stable").astype(np.float64)
    centred = ranks - ranks.mean()
    together = float((centred[1:] * centred[:-1]).sum() / (centred * centred).sum())
    return len(numbers) * (1 - max(0.0, together)) / (1 + max(0.0, together))


def runs(column: Codes) -> int:
    """Count the runs of rows with the same value."""
    return int((column[1:] != column[:-1]).sum()) + 1 if len(column) else 0


def keys(names: Sequence[str], columns: Sequence[Codes], parts: Sequence[int]) -> list[Key]:
    """Return the least sets of two or three columns whose values tell all rows apart, where that is no chance.

    `parts` are the columns that may be part of a key, in the order of preference.
    """
    found: list[tuple[int, ...]] = []
    keys_found = []
    for chosen in _subsets(parts):
        if any(set(known) <= set(chosen) for known in found):
            continue
        if any((columns[number] < 0).any() for number in chosen):
            continue
        expected = _alike_by_chance([columns[number] for number in chosen])
        if expected < EXPECTED or not _apart([columns[number] for number in chosen]):
            continue
        found.append(chosen)
        keys_found.append(Key(tuple(names[number] for number in chosen), expected))
    return keys_found


def _subsets(parts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    from itertools import combinations  # noqa: PLC0415 - only where a profile is made

    for size in range(2, MOST_IN_KEY + 1):
        yield from combinations(parts, size)


def _alike_by_chance(columns: Sequence[Codes]) -> float:
    """Return how many pairs of rows would be alike in all columns if these had nothing to do with each other."""
    rows = len(columns[0])
    alike = rows * (rows - 1) / 2
    for column in columns:
        shares = np.bincount(column) / rows
        alike *= float((shares * shares).sum())
    return alike


def _apart(columns: Sequence[Codes]) -> bool:
    combined = columns[0]
    for column in columns[1:]:
        combined = combined * (int(column.max()) + 1) + column
        _, combined = np.unique(combined, return_inverse=True)
    return int(combined.max()) + 1 == len(combined)


def order(names: tuple[str, str], one: NDArray[np.float64], other: NDArray[np.float64]) -> Order:
    """Return in how many rows one column is above another, and in how many it would be if rows were mixed up."""
    import numpy as np  # noqa: PLC0415 - only where a profile is made

    above = int((one > other).sum())
    below = np.searchsorted(np.sort(other), one, "left")
    chance = float(below.sum() / len(other)) if len(other) else 0.0
    return Order(*names, len(one), above, chance)


def equal(names: Sequence[str], hashes: Sequence[NDArray[np.uint64]]) -> list[tuple[str, str]]:
    """Return the pairs of columns whose cells are the same in every row."""
    seen: dict[int, list[int]] = {}
    found = []
    for number, column in enumerate(hashes):
        alike = seen.setdefault(hash(column.tobytes()), [])
        twin = next((one for one in alike if np.array_equal(hashes[one], column)), None)
        if twin is None:
            alike.append(number)
        else:
            found.append((names[twin], names[number]))
    return found


def repeated(hashes: Sequence[NDArray[np.uint64]]) -> int:
    """Count the rows that are equal to another in all columns."""
    if not hashes or not len(hashes[0]):
        return 0
    mixed = np.zeros(len(hashes[0]), dtype=np.uint64)
    for column in hashes:
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + column
        mixed ^= mixed >> np.uint64(29)
    _, counts = np.unique(mixed, return_counts=True)
    return int(counts[counts > 1].sum())


def nearly_repeated(hashes: Sequence[NDArray[np.uint64]]) -> float:
    """Return how many pairs of different rows would be equal if chance decided once more.

    Pairs that differ in one column alone are counted, each by how often two cells of that column are equal.
    Columns that depend on each other make such pairs, so no independence is assumed.
    """
    if not hashes or not len(hashes[0]):
        return 0.0
    mixed = [_mixed_up(column, number) for number, column in enumerate(hashes)]
    whole = np.sum(mixed, axis=0, dtype=np.uint64)
    _, first = np.unique(whole, return_index=True)
    expected = 0.0
    for column, own in zip(hashes, mixed, strict=True):
        _, alike = np.unique((whole - own)[first], return_counts=True)
        pairs = float((alike * (alike - 1) / 2).sum())
        _, cells = np.unique(column, return_counts=True)
        same = float(((cells / len(column)) ** 2).sum())
        expected += pairs * same / (1 - same) if same < 1 else 0.0
    return expected


def _mixed_up(column: NDArray[np.uint64], number: int) -> NDArray[np.uint64]:
    """Return hashes that tell equal cells of different columns apart (the finalizer of SplitMix64, G. Steele, 2014)."""
    mixed = column + np.uint64((number + 1) * 0x9E3779B97F4A7C15 & (1 << 64) - 1)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def share_below(others: int, rows: int) -> float:
    """Return the share of rows that are unlike their group at most, one-sided 95 %."""
    return wilson(others, rows, SURE)[1] if rows else 1.0


def far_from(others: int, chance: float) -> bool:
    """Tell whether so few rows differ that chance, of which so many would, does not explain it."""
    if chance <= 0:
        return False
    # Chernoff's bound of a Poisson number of mean `chance` that is at most `others`.
    if others >= chance:
        return False
    exponent = others - chance + (others * math.log(chance / others) if others else 0.0)
    return exponent < -EXPECTED
