"""Fetch what pairs of columns say of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.model import Column
from idqp_cli.ingest.database import Database
from idqp_cli.suggest import agreement, scan, together
from idqp_cli.suggest.candidates.keys import is_key, names_things
from idqp_cli.suggest.profile import ColumnProfile, Key, Kind, Order, Pair, Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray


# The order of times is looked for in so many columns.
MOST_TIMES = 8
# Pairs of columns are looked for in so many cells together, in at most so many columns, and keys in so many.
PAIRED_CELLS, MOST_PAIRED, MOST_KEYED = 30_000_000, 60, 14
# Of fewer rows pairs say too little.
FEWEST_ROWS = 1_000


def orders(database: Database, columns: Sequence[ColumnProfile]) -> tuple[Order, ...]:
    """Return how columns of times, of one type, stand to each other, either way round."""
    times = [number for number, one in enumerate(columns) if one.kind is Kind.TIME and one.distinct > 1][:MOST_TIMES]
    found = []
    for first in times:
        for second in times:
            if first != second and columns[first].type == columns[second].type:
                pair = database.arrays(scan.together(first, second))
                names = (columns[first].name, columns[second].name)
                found.append(together.order(names, pair["one"].astype("float64"), pair["other"].astype("float64")))
    return tuple(found)


def hashes(database: Database, columns: Sequence[Column], sampled: int) -> list[NDArray[np.uint64]]:
    """Return the hashes of the drawn cells, column by column; of as many rows as pairs of columns are looked for in."""
    if not columns or not sampled:
        return []
    width = min(len(columns), MOST_PAIRED)
    rows = min(sampled, max(FEWEST_ROWS, PAIRED_CELLS // (width * width)))
    found: dict[str, NDArray[np.generic]] = {}
    for start in range(0, len(columns), scan.AT_ONCE):
        some = range(start, min(len(columns), start + scan.AT_ONCE))
        found |= database.arrays(scan.hashes(some, rows))
    return [found[f"h{number}"].astype(np.uint64) for number in range(len(columns))]


def together_of(
    dataset: str,
    rows: int,
    sampled: int,
    columns: Sequence[ColumnProfile],
    hashes: Sequence[NDArray[np.uint64]],
) -> Profile:
    """Look at the columns together."""
    names = [one.name for one in columns]
    numbered = together.codes(hashes)
    gone = together.gone(names, numbered) if hashes else {}
    columns = [
        replace(one, runs=together.runs(own), gone_with=gone.get(one.name))
        for one, own in zip(columns, numbered, strict=False)
    ] or columns
    of_rows = len(hashes[0]) if hashes else 0
    equal = together.equal(names, hashes) if of_rows else []
    twins = {second for _, second in equal}
    several = [number for number, one in enumerate(columns) if one.distinct > 1 and one.name not in twins]
    firsts = [number for number in several if _groups(columns[number])][:MOST_PAIRED]
    seconds = [number for number in several if columns[number].distinct < columns[number].present][:MOST_PAIRED]
    pairs: list[Pair] = agreement.pairs(names, numbered, firsts, seconds) if of_rows else []
    parts = [number for number in several if _part_of_key(columns[number])][:MOST_KEYED]
    # One column that tells all rows apart leaves nothing to look for.
    looked_for = of_rows == rows and not any(map(is_key, columns))
    keys: list[Key] = together.keys(names, numbered, parts) if looked_for else []
    repeated, near = together.repeated(hashes), together.nearly_repeated(hashes)
    others = [own for own, one in zip(hashes, columns, strict=False) if not is_key(one)]
    besides = together.repeated(others) if others and len(others) < len(columns) else None
    return Profile(
        dataset,
        rows,
        sampled,
        tuple(columns),
        tuple(pairs),
        tuple(keys),
        (),
        tuple(equal),
        repeated,
        besides,
        near,
    )


def _groups(column: ColumnProfile) -> bool:
    """Tell whether a column may determine others: its values name things, and occur again."""
    # A day determines its month and year, and what else goes with time.
    return (
        column.kind is not Kind.TIME
        and names_things(column)
        and agreement.LEAST_GROUPS <= column.distinct < column.present
    )


def _part_of_key(column: ColumnProfile) -> bool:
    whole = not column.missing and not column.malformed and names_things(column)
    return whole and agreement.LEAST_GROUPS <= column.distinct < column.present
