"""Fetch the profile of a dataset: one scan that counts, then a table of drawn rows in which the rest is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.model import Column, Scalar
from idqp_cli.core.relation import Relation
from idqp_cli.ingest.database import Database
from idqp_cli.suggest import beyond, fetch_together, scan, shapes, together
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile, kind_of
from idqp_cli.suggest.scan import DISTINCT, EACH, HIGH, LOW, MALFORMED, PRESENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

# So many cells are drawn, of as many rows as they make, within bounds.
DRAWN_CELLS, FEWEST_ROWS, MOST_ROWS = 2_000_000, 1_000, 50_000
# The values of a column that are looked at: so many different ones of a text, and of another column.
MOST_TEXTS, MOST_VALUES = 5_000, 200
# Of so many columns with cells that do not parse so many of these are looked at.
MOST_STRANGE = 20
# Of a table with more columns these are counted, and no value is looked at.
WIDEST = 500
# A column of at most so many values is counted in all rows.
FEW_VALUES = 100


def profile(database: Database, relation: Relation, hidden: Iterable[str] = ()) -> Profile:
    """Return the profile of a relation; of the columns `hidden`, under pii, no value is looked at.

    Raises:
        QueryError: the data cannot be read.

    """
    names = {name.casefold() for name in hidden}
    columns = [one for one in relation.columns if one.name.casefold() not in names]
    if len(columns) > WIDEST or (relation.columns and not columns):
        # Where no value may be looked at, cells are counted.
        return _wide(database, relation, columns or relation.columns)
    rows, totals = _totals(database, relation, columns)
    step = _step(rows, len(columns))
    database.fetch(scan.drawn(relation, columns, step))
    try:
        sampled, sizes = _sizes(database, len(columns))
        exact = _every_value(database, relation, columns, totals, whole=sampled == rows)
        found = [
            _column(database, number, column, (rows, totals[number]), sizes[number], exact.get(number), sampled)
            for number, column in enumerate(columns)
        ]
        hashes = fetch_together.hashes(database, columns, sampled)
        orders = fetch_together.orders(database, found)
        bad = [one for one, column in zip(columns, found, strict=True) if column.malformed][:MOST_STRANGE]
        strange = {one.name: tuple(_counted(database.fetch(scan.strange(relation, one, MOST_STRANGE)))) for one in bad}
        things = beyond.of_things(database, found)
        found = [replace(one, strange=strange.get(one.name, ()), beyond=things.get(one.name)) for one in found]
    finally:
        database.fetch(scan.drop())
    return replace(fetch_together.together_of(relation.dataset, rows, sampled, found, hashes), orders=orders)


def _wide(database: Database, relation: Relation, columns: Sequence[Column]) -> Profile:
    """Return the profile of a table of very many columns, in which cells are counted and no value is looked at."""
    rows, found = 0, []
    for start in range(0, len(columns), scan.COUNTED_AT_ONCE):
        some = columns[start : start + scan.COUNTED_AT_ONCE]
        ((total, *cells),) = database.fetch(scan.counts(relation, some))
        rows = _int(total)
        found += [
            ColumnProfile(
                name=column.name,
                type=column.type,
                kind=kind_of(column),
                rows=rows,
                missing=rows - _int(there),
                malformed=0,
                distinct=0,
                exact=False,
                low=None,
                high=None,
                place=start + number,
            )
            for number, (column, there) in enumerate(zip(some, cells, strict=True))
        ]
    return Profile(relation.dataset, rows, 0, tuple(found))


def _totals(database: Database, relation: Relation, columns: Sequence[Column]) -> tuple[int, list[Sequence[object]]]:
    rows = 0
    found: list[Sequence[object]] = []
    for start in range(0, max(1, len(columns)), scan.AT_ONCE):
        ((total, *cells),) = database.fetch(scan.totals(relation, columns[start : start + scan.AT_ONCE]))
        rows = _int(total)
        found += [cells[at : at + EACH] for at in range(0, len(cells), EACH)]
    return rows, found


def _step(rows: int, columns: int) -> int:
    """Return of how many rows one is drawn."""
    wanted = min(MOST_ROWS, max(FEWEST_ROWS, DRAWN_CELLS // max(1, columns)))
    return 1 if rows <= wanted else -(-rows // wanted)


def _sizes(database: Database, columns: int) -> tuple[int, list[Sequence[object]]]:
    ((sampled, *cells),) = database.fetch(scan.sizes(columns))
    each: list[Sequence[object]] = [cells[at : at + 3] for at in range(0, len(cells), 3)]
    return _int(sampled), each


def _every_value(
    database: Database,
    relation: Relation,
    columns: Sequence[Column],
    totals: Sequence[Sequence[object]],
    *,
    whole: bool,
) -> dict[int, list[tuple[str, int]]]:
    """Count the values of the columns with few of them in all rows, where not all were drawn."""
    few = [
        number
        for number, column in enumerate(columns)
        if not whole and kind_of(column) is not Kind.OTHER and _int(totals[number][DISTINCT]) <= FEW_VALUES
    ]
    if not few:
        return {}
    if relation.columnar:
        return {
            number: _counted(database.fetch(scan.every_value(relation, columns[number], 2 * FEW_VALUES)))
            for number in few
        }
    ((*found,),) = database.fetch(scan.every_value_of(relation, [columns[number] for number in few]))
    pairs = (list(one.items()) if isinstance(one, dict) else [] for one in found)
    return {
        number: sorted(_counted(own), key=lambda one: (-one[1], one[0])) for number, own in zip(few, pairs, strict=True)
    }


def _counted(rows: Iterable[Sequence[object]]) -> list[tuple[str, int]]:
    return [(str(value), _int(cells)) for value, cells in rows if value is not None]


def _column(
    database: Database,
    number: int,
    column: Column,
    counted: tuple[int, Sequence[object]],
    sizes: Sequence[object],
    exact: list[tuple[str, int]] | None,
    drawn: int,
) -> ColumnProfile:
    rows, totals = counted
    cells, different, spaced = (_int(one) for one in sizes)
    kind = kind_of(column)
    limit = MOST_TEXTS if kind is Kind.TEXT else MOST_VALUES
    whole = drawn == rows
    values = exact
    if values is None:
        values = _counted(database.fetch(scan.frequent(number, limit))) if cells else []
    present, malformed = _int(totals[PRESENT]), _int(totals[MALFORMED])
    forms = shapes.forms(values)[0] if kind is Kind.TEXT else []
    numbers, ordered, worth = _numbers(database, number, kind, cells)
    ends: list[Scalar | None] = [_scalar(totals[end]) for end in (LOW, HIGH)]
    text = kind is Kind.TEXT
    return ColumnProfile(
        name=column.name,
        type=column.type,
        kind=kind,
        rows=rows,
        missing=rows - present - malformed,
        malformed=malformed,
        distinct=different if whole else len(exact) if exact is not None else _int(totals[DISTINCT]),
        exact=whole or exact is not None,
        low=None if text else ends[0],
        high=None if text else ends[1],
        values=tuple(values),
        complete=exact is not None or (whole and different == len(values)),
        sampled=cells,
        shapes=tuple((shapes.described(one), one.cells) for one in forms[:MOST_VALUES]),
        shortest=int(ends[0]) if text and isinstance(ends[0], int) else None,
        longest=int(ends[1]) if text and isinstance(ends[1], int) else None,
        spaced=spaced if text else 0,
        whole=_are_whole(numbers),
        ordered=ordered,
        place=number,
        worth=worth,
        doubted=text and column.doubt is not None,
        numbers=numbers,
    )


def _numbers(database: Database, number: int, kind: Kind, cells: int) -> tuple[NDArray[np.float64] | None, bool, float]:
    """Return the drawn numbers or times, ascending, whether they stand in this order, and how many they are worth."""
    if kind not in {Kind.NUMBER, Kind.TIME} or not cells:
        return None, False, 0.0
    found = database.arrays(scan.numbers(number))["n"].astype(np.float64)
    rising = bool((np.diff(found) >= 0).all())
    return (found if rising else np.sort(found)), rising, together.worth(found)


def _are_whole(numbers: NDArray[np.float64] | None) -> bool:
    return numbers is not None and bool((numbers == numbers.round()).all())


def _int(value: object) -> int:
    return int(str(value)) if value is not None else 0


def _scalar(value: object) -> Scalar | None:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return float(str(value))
