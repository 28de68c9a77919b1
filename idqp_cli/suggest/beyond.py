"""Whether numbers far outside belong to a few things, whose numbers are so: the flights to one island, one country."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from idqp_cli.ingest.database import Database
from idqp_cli.suggest import apart, scan, tails
from idqp_cli.suggest.profile import ColumnProfile, Kind

# So many numbers beyond say something of what they have in common, and things come so often at least.
FEWEST, LEAST_THINGS, OFTEN = 3, 5, 5
# Beyond are the numbers of one thing, or of so few for each number; by chance they would be so this seldom.
FEW, CHANCE = 0.25, 0.001
MOST_THINGS = 20


def of_things(database: Database, columns: Sequence[ColumnProfile]) -> dict[str, str]:
    """Return the columns whose numbers beyond the tails all belong to a few things, each with the column of these."""
    things = [one for one in columns if _names_things(one)][:MOST_THINGS]
    return dict(_found(database, columns, things)) if things else {}


def _names_things(column: ColumnProfile) -> bool:
    recurs = LEAST_THINGS <= column.distinct <= column.present / OFTEN
    return column.kind is Kind.TEXT and recurs and bool(column.values)


def _found(
    database: Database, columns: Sequence[ColumnProfile], things: Sequence[ColumnProfile]
) -> Iterator[tuple[str, str]]:
    for column in columns:
        numbers = column.numbers
        if column.kind is not Kind.NUMBER or numbers is None or column.worth < tails.LEAST:
            continue
        bulk = apart.bulk(numbers)
        reach = tails.bounds(numbers) if bulk is None else bulk
        if reach is None:
            continue
        low, high = reach.low, reach.high
        below = 0 if low is None else int((numbers < low).sum())
        beyond = below + (0 if high is None else int((numbers > high).sum()))
        if beyond < FEWEST:
            continue
        ((_, *different),) = database.fetch(scan.beyond(column.place, low, high, [one.place for one in things]))
        for thing, number in zip(things, different, strict=True):
            if _few(int(str(number)), beyond, thing):
                yield column.name, thing.name
                break


def _few(different: int, beyond: int, thing: ColumnProfile) -> bool:
    """Tell whether numbers belong to few things, where those of rows that are drawn by chance would not."""
    if not different or (different != 1 and different > FEW * beyond):
        return False
    # The rows of so many things are as many as those of the most frequent ones at most, whichever they are.
    commonest = sum(cells for _, cells in thing.values[:different]) / max(1, thing.sampled)
    ways = math.lgamma(thing.distinct + 1) - math.lgamma(different + 1) - math.lgamma(thing.distinct - different + 1)
    return commonest < 1 and ways + beyond * math.log(max(commonest, 1e-9)) < math.log(CHANCE)
