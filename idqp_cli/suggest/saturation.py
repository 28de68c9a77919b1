"""Whether all values of a column have been seen, and which of them are none that it should have; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from idqp_cli.core.frozen import frozen

# A value that is seen so often on average is missed with a probability of less than 1 % (e^-5).
OFTEN = 5
# A value that belongs is seen at least so many times as often as one that does not.
APART = 5
# So many values would lie between the two, if the rare ones were the tail of the others: then chance is below 5 %.
EXPECTED = 3.0
# The rare values have at most this share of the cells.
FEW = 0.1
# A list of more values is a table of its own.
MOST = 50


@frozen
class Closed:
    """A closed set of values, each with its cells, and the values outside of it, which are rare and unlike it.

    `slips` are outside of it as well: typing errors of the values inside.
    """

    inside: tuple[tuple[str, int], ...]
    outside: tuple[tuple[str, int], ...]
    slips: tuple[tuple[str, int], ...] = ()


def closed(values: Sequence[tuple[str, int]], most: int = MOST) -> Closed | None:
    """Divide the values of a column, the most frequent first, into those that it has and errors; None if it is open."""
    if not values:
        return None
    if values[-1][1] >= OFTEN and len(values) <= most:
        return Closed(tuple(values), ())
    rest = total = sum(cells for _, cells in values)
    best: tuple[float, int] | None = None
    for at in range(1, min(len(values), most + 1)):
        inside, outside = values[at - 1][1], values[at][1]
        rest -= inside
        if inside < max(OFTEN, APART * outside) or rest > FEW * total:
            continue
        ratio = inside / outside
        if best is None or ratio > best[0]:
            best = (ratio, at)
    if best is None or best[1] < 2:
        return None
    usual, rare = values[: best[1]], values[best[1] :]
    apart = _gap(len(rare), rare[0][1], usual[-1][1]) or _twins([text for text, _ in usual], [text for text, _ in rare])
    return Closed(tuple(usual), tuple(rare)) if apart else None


def none_missed(values: Sequence[tuple[str, int]]) -> float:
    """Return how sure it is that no value was missed which comes as often as one of these, from 0 to 1.

    A value that comes `n` times on average is missed with a probability of e^-n (S.-D. Poisson), so that for each value
    that was seen `n` times about e^-n / (1 - e^-n) were missed. With the sum of these, none was with e^-sum.
    """
    return math.exp(-sum(math.exp(-cells) / -math.expm1(-cells) for _, cells in values))


def _gap(rare: int, most: int, least: int) -> bool:
    """Tell whether a gap between the counts of rare and of usual values is none that an open vocabulary would leave.

    In one, of the values that are seen r times there are about 1 / (r (r + 1)) of all (Zipf).
    """
    return rare / most * (1 - (most + 1) / least) >= EXPECTED


def _twins(inside: Sequence[str], outside: Sequence[str]) -> bool:
    """Tell whether the values outside are nearly all misspelt ones from inside."""
    alike = sum(any(near(one, other) for other in inside) for one in outside)
    return alike >= 0.9 * len(outside)


def near(one: str, other: str) -> bool:
    """Tell whether two texts differ by case and marks alone, or by few edits for their length."""
    first, second = _plain(one), _plain(other)
    if first == second:
        return True
    allowed = max(len(first), len(second)) // 4
    return allowed > 0 and abs(len(first) - len(second)) <= allowed and distance(first, second, allowed) <= allowed


def _plain(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


def distance(one: str, other: str, most: int) -> int:
    """Return the number of edits between two texts (V. I. Levenshtein, 1966), or more than `most`."""
    before = list(range(len(other) + 1))
    for row, mine in enumerate(one, 1):
        current = [row]
        for column, theirs in enumerate(other, 1):
            current.append(min(before[column] + 1, current[-1] + 1, before[column - 1] + (mine != theirs)))
        if min(current) > most:
            return most + 1
        before = current
    return before[-1]
