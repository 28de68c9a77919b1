"""Numbers that lie far apart from all others, also where there are many of them; arrays in, values out.

The distances of clean numbers from their middle may have any tail, light or heavy: of normal, lognormal, Pareto's
and Student's distributions the logarithm of the distance has a log-concave density. Then its density does not rise
again beyond the bulk, and its hazard rate never falls (B. Y. An, Journal of Economic Theory 80, 1998). Numbers
that do not belong break both: behind a steep edge of the bulk nearly nothing follows, and then they. Two tests
against chance, of the density and of the hazard, look for such an edge. Numbers that have come from another place,
as those of a second city, lie together, and are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of fewer numbers, and of fewer on one side of the middle, nothing is known.
LEAST, LEAST_OF_SIDE = 25, 8
# Chance explains so much evidence (a logarithm) in less than one of 1,000 columns of the heaviest tails; simulated.
ENOUGH = 12.0
# Half of the numbers that lie apart are so many times as far from the middle as the last of the others, or farther.
FAR = 3
# At most this share of them lies apart, and so many edges are tried.
MOST, EDGES = 1 / 3, 60
# The hazard inside of an edge is that of this share of the numbers there.
INSIDE, FEWEST_INSIDE = (0.125, 0.25, 0.5, 0.75), 3
# Of those on both sides each has this share; and most differ, and at most this share lies as near together as the bulk.
BALANCED, DIFFERENT, TOGETHER, PAIR = 0.25, 0.8, 0.34, 2


@frozen
class Bulk:
    """The numbers from `low` to `high` that belong together; `apart` others lie below or above, the next at `ends`."""

    low: float
    high: float
    apart: int
    ends: tuple[float | None, float | None]


def bulk(numbers: Floats) -> Bulk | None:
    """Return the bulk of ascending numbers if others lie apart from it."""
    size = len(numbers)
    if size < LEAST or numbers[0] == numbers[-1]:
        return None
    spread, step = _spread(numbers)
    middle = float(numbers[size // 2])
    distances = spread - middle
    both = np.sort(np.abs(distances))
    edge = _edge(both[both > 0])
    if edge is not None:
        found = _outside(numbers, distances, edge, edge)
        if found is not None and _is_balanced(numbers, found) and not (middle == 0 and edge <= step):
            return found
    below = above = np.inf
    for up in (False, True):
        own = distances if up else -distances[::-1]
        own = own[own > 0]
        edge = _edge(own) if len(own) >= LEAST_OF_SIDE else None
        # Of one number again and again others may lie to one side: it is where they begin.
        if (
            edge is None
            or edge <= step
            or _outside(numbers, distances, *((np.inf, edge) if up else (edge, np.inf))) is None
        ):
            continue
        below, above = (below, edge) if up else (edge, above)
    return _outside(numbers, distances, below, above) if min(below, above) < np.inf else None


def _spread(numbers: Floats) -> tuple[Floats, float]:
    """Spread numbers that are equal over the step between numbers, and return half of it, too.

    Numbers are rounded, and a number that many rows have is no edge by itself.
    """
    different, first, cells = np.unique(numbers, return_index=True, return_counts=True)
    step = float(np.diff(different).min())
    place = np.arange(len(numbers)) - np.repeat(first, cells)
    share = (place + 0.5) / np.repeat(cells, cells) - 0.5
    return np.where(np.repeat(cells, cells) > 1, numbers + step * share, numbers), step / 2


def _outside(numbers: Floats, distances: Floats, below: float, above: float) -> Bulk | None:
    """Return the bulk within these distances, if what lies outside does not lie together."""
    first, last = int((distances < -below).sum()), len(numbers) - int((distances > above).sum())
    outside = np.concatenate((numbers[:first], numbers[last:]))
    width = 2 * min(below, above)
    if len(np.unique(outside)) < DIFFERENT * len(outside):
        return None
    together = np.searchsorted(outside, outside + width, "right") - np.arange(len(outside))
    if int(together.max()) > max(PAIR, TOGETHER * len(outside)):
        return None
    ends = (float(numbers[first - 1]) if first else None, float(numbers[last]) if last < len(numbers) else None)
    return Bulk(float(numbers[first]), float(numbers[last - 1]), len(outside), ends)


def _is_balanced(numbers: Floats, found: Bulk) -> bool:
    below, above = int((numbers < found.low).sum()), int((numbers > found.high).sum())
    return min(below, above) >= BALANCED * found.apart


def _edge(distances: Floats) -> float | None:
    """Return the distance, of ascending ones above 0, beyond which numbers lie apart."""
    size = len(distances)
    counts = np.arange(1, int(MOST * size) + 1)
    counts = counts[distances[size - (counts + 1) // 2] >= FAR * distances[size - counts - 1]]
    if not len(counts):
        return None
    logs = np.log(distances)
    found = max(_hazard(logs, counts), _valley(logs, counts))
    return float(distances[size - found[1] - 1]) if found[0] >= ENOUGH else None


def _hazard(logs: Floats, counts: NDArray[np.int64]) -> tuple[float, int]:
    """Return the evidence that the hazard falls at one of the edges, and how many numbers lie beyond it.

    Of exponential excesses, which have an even hazard, the part that lies beyond the edge is a beta number; the
    evidence is Chernoff's bound of it.
    """
    size = len(logs)
    tail = np.append(np.cumsum(logs[::-1])[::-1], 0.0)
    last = size - counts - 1
    beyond = tail[size - counts] - counts * logs[last]
    best = (0.0, 0)
    for share in INSIDE:
        inside = np.maximum(FEWEST_INSIDE, ((size - counts) * share).astype(np.int64))
        start = last - inside
        known = start >= 0
        start = np.maximum(start, 0)
        whole = tail[start + 1] - (counts + inside) * logs[start]
        part, usual = beyond / np.maximum(whole, 1e-300), counts / (counts + inside)
        fit = known & (part > usual) & (part < 1)
        part = np.where(fit, part, usual)
        evidence = -(counts * np.log(part / usual) + inside * np.log((1 - part) / (1 - usual)))
        # Chernoff's bound is e to the power of minus the evidence.
        at = int(np.argmax(evidence))
        best = max(best, (float(evidence[at]), int(counts[at])))
    return best


def _valley(logs: Floats, counts: NDArray[np.int64]) -> tuple[float, int]:
    """Return the evidence that the density rises again beyond one of the edges, and how many numbers lie beyond it.

    Beyond the edge each number is before a place as probable as this part is long, at least; the evidence is
    Chernoff's bound of the binomial number of them.
    """
    size = len(logs)
    best = (0.0, 0)
    some = counts[np.unique(np.linspace(0, len(counts) - 1, EDGES).round().astype(np.int64))]
    for count in some[some > PAIR]:
        edge, beyond = logs[size - count - 1], logs[size - count :]
        half = (size - count) // 2
        # A valley lies between two hills: before it numbers are denser than behind.
        if half * (beyond[-1] - edge) <= count * (edge - logs[size - count - 1 - half]):
            continue
        # The place is a number itself, and the end is the last one: they are not counted.
        chance = (beyond[1:] - edge) / (beyond[-1] - edge)
        part = np.minimum(np.arange(1, count) / (count - 2), 1.0)
        fit = (part < chance) & (chance < 1)
        part, chance = part[fit], chance[fit]
        if len(part):
            evidence = (count - 2) * (part * np.log(part / chance) + (1 - part) * np.log((1 - part) / (1 - chance)))
            best = max(best, (float(evidence.max()), int(count)))
    return best
