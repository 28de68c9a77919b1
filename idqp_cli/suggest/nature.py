"""Bounds that nature sets: of coordinates, directions, times of a clock, months and years; pure."""

from __future__ import annotations

import re

from idqp_cli.suggest.profile import ColumnProfile

LATITUDE = re.compile(r"(?:^|[^a-z])lat(?:itude)?(?:$|[^a-z])", re.IGNORECASE)
LONGITUDE = re.compile(r"(?:^|[^a-z])(?:lon|lng|long)(?:itude)?(?:$|[^a-z])", re.IGNORECASE)
# Bounds of integers that count steps of a clock or a calendar, where all or nearly all are seen.
CYCLES = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59), "second": (0, 59), "weekday": (0, 7)}
BEARING = re.compile(r"(?:^|[^a-z])(?:dir|direction|bearing|heading|azimuth)(?:$|[^a-z])", re.IGNORECASE)
CIRCLE, FEWEST_BEARINGS = 360, 12
# Of so many numbers up to these, none has more than 59 as its last two digits by chance.
LATE, MIDNIGHT, FEWEST_TIMES = 2200, 2400, 60
YEAR = re.compile(r"year(?:value)?s?$|^year|^yr$|yr$")
FIRST_YEAR, LAST_YEAR = 1700, 2150
# A year of our time.
FIRST_RECENT, LAST_RECENT = 1950, 2050


def natural(column: ColumnProfile, low: float, high: float) -> tuple[int, int] | None:
    """Return the bounds that nature sets, where the name says so and the numbers fit."""
    if not column.whole:
        if LATITUDE.search(column.name) and low >= -90 and high <= 90:
            return (-90, 90)
        return (-180, 180) if LONGITUDE.search(column.name) and low >= -180 and high <= 180 else None
    if BEARING.search(column.name) and low >= 0 and high <= CIRCLE and column.distinct >= FEWEST_BEARINGS:
        return (0, CIRCLE)
    if _is_clock(column, low, high):
        return (0, MIDNIGHT)
    usual = usual_year(column)
    if usual is not None:
        return usual
    name = plain_name(column.name)
    for word, (least, most) in CYCLES.items():
        if name.endswith(word) and least <= low and high <= most and column.distinct > (most - least) / 3:
            return (least, most)
    return None


def _is_clock(column: ColumnProfile, low: float, high: float) -> bool:
    """Tell whether whole numbers are times of a clock, like 1345: none has more than 59 minutes."""
    numbers = column.numbers
    if numbers is None or low < 0 or not LATE <= high <= MIDNIGHT or column.distinct < FEWEST_TIMES:
        return False
    return bool(((numbers % 100) < 60).all())


def plain_name(name: str) -> str:
    """Return the letters of a name, without a unit in brackets behind it."""
    return re.sub(r"[^a-z]", "", re.sub(r"[(\[].*", "", name).casefold())


def names_years(column: ColumnProfile) -> bool:
    """Tell whether numbers are years, by the name of the column or as the one of our time that all rows have."""
    return YEAR.search(plain_name(column.name)) is not None or is_year(column)


def is_year(column: ColumnProfile) -> bool:
    """Tell whether all rows have one number, which is a year of our time: that of the file, so the next has another."""
    return column.whole and column.low == column.high and _is_recent(column.low)


def _is_recent(value: object) -> bool:
    return isinstance(value, (int, float)) and FIRST_RECENT <= value <= LAST_RECENT


def usual_year(column: ColumnProfile) -> tuple[int, int] | None:
    """Return the years around those of a column, as far on both sides as these reach, and ten at least."""
    numbers = column.numbers
    if numbers is None or not len(numbers) or not names_years(column):
        return None
    low, high = int(numbers[0]), int(numbers[-1])
    if not FIRST_YEAR <= low <= high <= LAST_YEAR:
        # Some are no years; those of the middle are.
        low, high = (int(numbers[round((len(numbers) - 1) * share)]) for share in (0.1, 0.9))
    if not FIRST_YEAR <= low <= high <= LAST_YEAR:
        return None
    margin = max(10, (high - low) // 2)
    return low - margin, high + margin
