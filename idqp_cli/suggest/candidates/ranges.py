"""Ranges: how small and how large numbers and times may be."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from idqp_cli.core.text import count, quantity
from idqp_cli.rules.rule import Bound
from idqp_cli.rules.validity import Range
from idqp_cli.suggest import apart, nature, tails
from idqp_cli.suggest.apart import Bulk
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.candidates.keys import is_code, is_key, named_as_key
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from idqp_cli.suggest.tails import Bounds

if TYPE_CHECKING:
    from idqp_cli.suggest.tails import Floats

PERCENT = re.compile(r"pct|percent|proportion|share|ratio|rate|prob|confidence|completeness|humid", re.IGNORECASE)
# Coordinates are of one region if they reach over this share of the earth at most.
REGION = 0.05
DAY = 86_400.0
# What may well be below 0 tomorrow.
SIGNED = re.compile(
    r"temp|celsius|balance|saldo|change|diff|delta|profit|gain|error|offset|elev|altitude|(?:^|_)alt(?:$|_)",
    re.IGNORECASE,
)
# A bound that lies so many times as far from the middle as the last number says nothing: a slip of the point passes it.
SAYS_NOTHING = 10
# And what lies so many times as far out as a bound is no error yet.
NEAR = 1.2
# So few numbers below 0, of so small a share, are errors beside numbers that reach so much further up than down.
FLIPPED, RARELY, SKEWED = 3, 0.005, 2


def candidates(profile: Profile, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of numbers and times that they stay within what their tails, or nature, allow."""
    done = {one.rule.columns[0] for one in found if one.rule.type == "accepted_values"}
    for column in profile.columns:
        if column.name in done or is_key(column):
            continue
        one = None
        if column.kind is Kind.NUMBER:
            one = _numbers(column)
        elif column.kind is Kind.TIME:
            one = _times(column)
        if one is not None:
            yield one


def _numbers(column: ColumnProfile) -> Candidate | None:
    low, high, numbers = column.low, column.high, column.numbers
    if numbers is None or not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    if column.whole and (named_as_key(column.name) or is_code(column)):
        return None
    seen = _seen(column, low, high)
    # Where each number is near the one before it, as in a series that grows, they say little of the next ones.
    telling = low < high and column.worth >= tails.LEAST
    bulk = apart.bulk(numbers) if telling and column.beyond is None else None
    if bulk is not None:
        return _apart(column, numbers, bulk)
    natural = nature.natural(column, float(low), float(high))
    if natural is not None:
        years = column.whole and (
            nature.YEAR.search(nature.plain_name(column.name)) is not None or nature.is_year(column)
        )
        told = "with room for years around them" if years else "by its name it has no others"
        told = "they are times of a clock" if natural == (0, nature.MIDNIGHT) else told
        place = _place(numbers, natural) if telling and not column.whole else None
        if place is not None:
            return _range(column, *place, f"{seen}, all of one region; with room for its tails")
        found = _range(column, natural[0], natural[1], f"{seen}; {told}")
        # By chance one of size + 1 numbers is the odd one out, and the bounds are wider than the others.
        return found if found is None else replace(found, strength=1 - 1 / (len(numbers) + 1))
    reach = _reach(column, numbers) if telling else None
    if reach is None:
        if (
            low >= 0
            and low < high
            and not SIGNED.search(column.name)
            and column.present >= tails.LEAST
            and float(low) <= 0.5 * float(numbers[len(numbers) // 2])
        ):
            return _range(column, 0, None, seen)
        return None
    return _tailed(column, numbers, reach, (low, high))


def _tailed(column: ColumnProfile, numbers: Floats, reach: Bounds, ends: tuple[float, float]) -> Candidate | None:
    """Bound numbers by their tails, or by 0 or 100 where these are natural."""
    inside = numbers >= (-math.inf if reach.low is None else reach.low)
    usual = numbers[inside & (numbers <= (math.inf if reach.high is None else reach.high))]
    if not len(usual):
        return None
    first, last, middle = float(usual[0]), float(usual[-1]), float(usual[len(usual) // 2])
    step = tails.step_of(first, last)
    least = None if reach.low is None else tails.outward(reach.low, step, up=False)
    most = None if reach.high is None else tails.outward(reach.high, step, up=True)
    # Where no number lies beyond it.
    if most is not None and ends[1] <= most and most - middle > SAYS_NOTHING * (last - middle):
        most = None
    if least is not None and ends[0] >= least and middle - least > SAYS_NOTHING * (middle - first):
        least = None
    flipped = _flipped(column, numbers)
    if least is not None and (least < 0 <= first or flipped):
        least = None
    if least is None and (first >= 0 or flipped) and not SIGNED.search(column.name):
        least = 0
    share = PERCENT.search(column.name) is not None
    if share and first >= 0 and (most is None or most > 100 >= last):
        most = 1 if last <= 1 and last > 0.2 else 100 if last <= 100 else most
    room = any(end not in {None, 0, 1, 100} for end in (least, most))
    told = [
        _seen(column, *ends),
        *([_above_0(flipped)] if flipped else []),
        *(["with room for its tails"] if room else []),
    ]
    one = _range(column, least, most, "; ".join(told))
    # By chance the next number lies outside of all others in two of size + 1 cases, and the bounds are wider.
    return one if one is None or not room else replace(one, strength=1 - 2 / (len(numbers) + 1))


def _apart(column: ColumnProfile, numbers: Floats, bulk: Bulk) -> Candidate | None:
    """Bound numbers of which some lie far apart from the bulk: with room for its tails, but not as far as to them."""
    inside = numbers[(numbers >= bulk.low) & (numbers <= bulk.high)]
    reach, step = tails.bounds(inside) or Bounds(None, None), tails.step_of(bulk.low, bulk.high)
    if bulk.low == bulk.high:
        reach = Bounds(bulk.low, bulk.high)
    least = _end(bulk.low, bulk.ends[0], reach.low, step, up=False)
    most = _end(bulk.high, bulk.ends[1], reach.high, step, up=True)
    natural = None if column.whole else nature.natural(column, bulk.low, bulk.high)
    if natural is not None:
        least = natural[0] if least is None else max(natural[0], least)
        most = natural[1] if most is None else min(natural[1], most)
    flipped = 0 if natural is not None else _flipped(column, inside)
    if natural is None and (bulk.low >= 0 or flipped) and not SIGNED.search(column.name):
        least = 0 if least is None or least < 0 else least
    years = nature.usual_year(replace(column, numbers=inside)) if column.whole else None
    if years is not None:
        least, most = years
    some = f"{bulk.apart:,} of {count(len(numbers), 'value')} {'lie' if bulk.apart > 1 else 'lies'} outside"
    why = f"{some} {_shown(bulk.low)} to {_shown(bulk.high)}, where all others are"
    found = _range(column, least, most, f"{why}; {_above_0(flipped)}" if flipped else why)
    return None if found is None else replace(found, certain=True)


def _end(end: float, other: float | None, tail: float | None, step: float, *, up: bool) -> float | None:
    """Bound one side of a bulk that ends there: its tail may reach farther, but half way to another number at most."""
    if other is None:
        return None if tail is None else tails.outward(tail, step, up=up)
    if up:
        return -(_end(-end, -other, None if tail is None else -tail, step, up=False) or 0.0)
    half = (end + other) / 2
    bound = tails.outward(half if tail is None else max(tail, half), step, up=False)
    return bound if bound > other else end


def _reach(column: ColumnProfile, numbers: Floats) -> Bounds | None:
    """Return how far numbers may go; no end where some lie beyond that are of a kind, and further where they are near.

    An error is unlike the rest: what passes a bound by little is none.
    """
    found = tails.bounds(numbers)
    if found is None:
        return None
    middle, ends = float(numbers[len(numbers) // 2]), list[float | None]()
    for end, last in ((found.low, float(numbers[0])), (found.high, float(numbers[-1]))):
        beyond = end is not None and abs(last - middle) > abs(end - middle)
        if end is None or (beyond and column.beyond is not None):
            ends.append(None)
        elif beyond and abs(last - middle) <= NEAR * abs(end - middle):
            ends.append(middle + NEAR * (end - middle))
        else:
            ends.append(end)
    return Bounds(*ends)


def _flipped(column: ColumnProfile, numbers: Floats) -> int:
    """Count the few numbers below 0 among those that are above 0 by nature, as amounts are: they reach far up alone."""
    below, size = int((numbers < 0).sum()), len(numbers)
    if SIGNED.search(column.name) or not 0 < below <= min(FLIPPED, RARELY * size):
        return 0
    start, middle, end = (float(numbers[int(share * (size - 1))]) for share in (0.01, 0.5, 0.99))
    return below if start > 0 and end - middle > SKEWED * (middle - start) else 0


def _above_0(flipped: int) -> str:
    return f"all but {flipped:,} are above 0"


def _place(numbers: Floats, natural: tuple[int, int]) -> tuple[float, float] | None:
    """Return the bounds of coordinates that are all of one region, with room for their tails."""
    reach = tails.bounds(numbers)
    if reach is None or reach.low is None or reach.high is None:
        return None
    beyond = numbers[0] < reach.low or numbers[-1] > reach.high
    if beyond or reach.high - reach.low > REGION * (natural[1] - natural[0]):
        return None
    step = tails.step_of(float(numbers[0]), float(numbers[-1]))
    return tails.outward(reach.low, step, up=False), tails.outward(reach.high, step, up=True)


def _range(column: ColumnProfile, least: float | None, most: float | None, seen: str) -> Candidate | None:
    if least is None and most is None:
        return None
    below = least is not None and isinstance(column.low, (int, float)) and column.low < least
    above = most is not None and isinstance(column.high, (int, float)) and column.high > most
    low, high = None if least is None else _plain(least), None if most is None else _plain(most)
    rule = Range(name="", line=0, columns=(column.name,), min=low, max=high)
    return Candidate(rule, seen, known=below or above)


def _seen(column: ColumnProfile, low: float, high: float) -> str:
    return f"{count(column.present, 'value')} from {_shown(low)} to {_shown(high)}"


def _shown(value: float) -> str:
    """Show a number; one of four digits, which may be a year, without a mark between them."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 10_000 else quantity(value)


def _plain(value: float) -> Bound:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _times(column: ColumnProfile) -> Candidate | None:
    """Bound times by their tails, where some lie far outside of them; else time goes on."""
    numbers = column.numbers
    if numbers is None or not isinstance(column.low, str) or not isinstance(column.high, str):
        return None
    reach = tails.bounds(numbers)
    if reach is None:
        return None
    least = None
    if reach.low is not None and float(numbers[0]) < reach.low:
        least = _day(reach.low - 1)
    most = None
    if reach.high is not None and float(numbers[-1]) > reach.high:
        most = _day(reach.high + DAY)
    if least is None and most is None:
        return None
    why = f"{count(column.present, 'value')} from {column.low} to {column.high}"
    return Candidate(Range(name="", line=0, columns=(column.name,), min=least, max=most), why, known=True)


def _day(seconds: float) -> str | None:
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date().isoformat()
    except OverflowError:
        return None
