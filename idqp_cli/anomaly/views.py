"""The sides from which a series is looked at: its level, its change, its season, its means and its movement."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly import season
from idqp_cli.anomaly.options import MIN_HISTORY
from idqp_cli.core.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of so many values the most extreme half percent can be seen.
MANY = 200
# What lies further back than this many values says little of today.
REMEMBERED = 5_000
# A season or a trend is there if it explains this share of the spread.
EXPLAINED = 0.3
MEAN_OF, SEASON_MEAN_OF, MOVES_OF = 8, 12, 30
# A view over several values needs this many times as many of history.
VIEW_NEEDS = 10
# A series grows if its median change lies so many standard errors from 0.
GROWS = 4.0
# The standard error of a median, in median absolute deviations of normal values, for one value.
MEDIAN_ERROR = 1.2533 * 1.4826
# A step this many times as long as usual is a gap.
GAP = 1.5


@frozen
class View:
    """A side of a series, one number for each value.

    The last number times `stretch` plus `moved` is the value again; `moved` is None where it cannot be.
    """

    name: str
    numbers: Floats
    moved: float | None
    stretch: float = 1.0


def all_views(values: Floats) -> dict[str, Floats]:
    """Return the views that need no more than the values."""
    change = np.r_[0.0, np.diff(values)]
    ordinal = np.arange(1, len(values) + 1)
    off = values - values[0]
    spread = np.sqrt(np.maximum(np.cumsum(off * off) / ordinal - (np.cumsum(off) / ordinal) ** 2, 0))
    # The thousandth part of the spread keeps a series that stood still from moving infinitely much.
    moves = np.log(_mean_of_last(np.abs(change), MOVES_OF) + spread / 1_000 + 1e-300)
    return {"change": change, "mean": _mean_of_last(values, MEAN_OF), "movement": moves}


def seasons_of(times: Floats, values: Floats, local: Floats) -> dict[str, tuple[Floats, Floats]]:
    """Return the residuals of each season the series can have, and their means over the last few."""
    found = season.residuals(times, values, local)
    return {name: (own, _mean_of_last(np.nan_to_num(own), SEASON_MEAN_OF)) for name, own in found.items()}


def views_of(
    times: Floats, values: Floats, count: int, views: dict[str, Floats], seasons: dict[str, tuple[Floats, Floats]]
) -> tuple[list[View], str | None]:
    """Return the views to judge by what comes behind the first `count` values, and the season found in these."""
    first = max(0, count - REMEMBERED)
    known = values[first:count]
    today = float(values[count])
    steps = steps_of(times)
    trend, slope = _trend(times, values, first, count)
    level = values - trend
    gap = float(steps[count])
    # What is foretold over a long time is less certain.
    stretch = _doubt(gap, count - first) if slope else 1.0
    shown = level
    if stretch > 1:
        level = level - float(np.median(level[first:count]))
        shown = level.copy()
        shown[count] /= stretch
    growth = _growth(views["change"][first:count], steps[first:count])
    uncertain = np.sqrt(np.maximum(steps, 1.0))
    uncertain[count] = _doubt(gap, count - first)
    change = (views["change"] - growth * steps) / uncertain
    found = [
        View("level", shown, today - float(level[count]), stretch),
        View("change", change, float(values[count - 1]) + growth * gap, float(uncertain[count])),
    ]
    if count >= VIEW_NEEDS * MEAN_OF:
        found.append(View("mean", views["mean"], None))
    if count >= VIEW_NEEDS * MOVES_OF:
        found.append(View("movement", views["movement"], None))
    name = _season(known, {name: own[0][first:count] for name, own in seasons.items()})
    if name is not None:
        own, means = seasons[name]
        if slope and gap > GAP:
            own = own.copy()
            own[count] -= slope * float(times[count] - times[count - 1]) * (1 - 1 / gap)
        if not math.isnan(own[count]):
            found.append(View("season", np.nan_to_num(own), today - float(own[count])))
        if count >= VIEW_NEEDS * SEASON_MEAN_OF:
            found.append(View("season mean", means, None))
    return found, name


def _season(known: Floats, residuals: dict[str, Floats]) -> str | None:
    """Return the season that explains most of the spread, if any explains enough."""
    best, least = None, 1 - EXPLAINED
    for name, own in residuals.items():
        there = ~np.isnan(own)
        if there.sum() < max(2 * MIN_HISTORY, len(known) / 3):
            continue
        spread = float(np.mean(np.abs(known[there] - np.median(known[there]))))
        if spread and float(np.mean(np.abs(own[there]))) < least * spread:
            best, least = name, float(np.mean(np.abs(own[there]))) / spread
    return best


def steps_of(times: Floats) -> Floats:
    """Return the time before each value, in usual steps of the series; 1 for the first."""
    passed = np.diff(times)
    usual = float(np.median(passed[passed > 0])) if (passed > 0).any() else 1.0
    found: Floats = np.r_[1.0, passed / usual]
    return found


def _doubt(gap: float, known: int) -> float:
    """Return how many times less certain a value is after a gap, in steps, than after one step.

    Steps add up like those of a random walk; beyond as many as were seen, how fast
    the series moves is a guess too.
    """
    return math.sqrt(max(1.0, gap)) * max(1.0, gap / known)


def _growth(change: Floats, steps: Floats) -> float:
    """Return by how much a series grows in a usual step; 0 where that cannot be told from chance."""
    regular = (steps >= 1 / GAP) & (steps <= GAP)
    regular[0] = False
    if regular.sum() < MIN_HISTORY - 1:
        return 0.0
    rates = change[regular] / steps[regular]
    middle = float(np.median(rates))
    error = MEDIAN_ERROR * float(np.median(np.abs(rates - middle))) / math.sqrt(len(rates))
    # What falls back once a week does not grow in between.
    whole = float(change[1:].sum() / steps[1:].sum()) if steps[1:].sum() > 0 else 0.0
    return middle if abs(middle) > GROWS * error and whole * middle > 0 and abs(whole) > abs(middle) / 2 else 0.0


def _trend(times: Floats, values: Floats, first: int, count: int) -> tuple[Floats, float]:
    """Return a straight line through the series, the median slope over half of it, and its slope per second.

    0 where that explains little.
    """
    line = np.zeros(len(values))
    first = max(first, count - MANY)
    own, at = values[first:count], times[first:count]
    half = len(own) // 2
    passed = at[half:] - at[: len(at) - half]
    if half < MIN_HISTORY or not (passed > 0).all():
        return line, 0.0
    slope = float(np.median((own[half:] - own[: len(own) - half]) / passed))
    straight = own - slope * (at - at[-1])
    spread, left = (float(np.mean(np.abs(one - np.median(one)))) for one in (own, straight))
    if left > (1 - EXPLAINED) * spread:
        return line, 0.0
    return slope * (times - at[-1]), slope


def _mean_of_last(values: Floats, count: int) -> Floats:
    """Return the mean of each value and those before it, `count` at most."""
    sums = np.cumsum(np.r_[0.0, values])
    ends = np.arange(1, len(values) + 1)
    begins = np.maximum(ends - count, 0)
    found: Floats = (sums[ends] - sums[begins]) / (ends - begins)
    return found
