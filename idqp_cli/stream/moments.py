"""The time of an event, as a message has it; pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

# A number beyond is milliseconds since 1970: in seconds it would be the year 5138.
MILLISECONDS = 1e11
MOST = 1e15
# A number as CSV has it. Eight digits are a date, and fewer would be of the year 1970.
WRITTEN = re.compile(r"\d{9,15}(?:\.\d{1,9})?")


def moment(value: object, zone: str | None) -> float | None:
    """Return a time in seconds since 1970; None of a value that is none. Without a zone it is in `zone`, or UTC."""
    match value:
        case bool():
            return None
        case int() | float():
            # Python has whole numbers of any length, and cannot make all of them floating-point ones.
            return _finite(value / 1000 if abs(value) >= MILLISECONDS else value) if abs(value) < MOST else None
        case str() if WRITTEN.fullmatch(value.strip()):
            return moment(float(value), zone)
        case str():
            try:
                return _seconds(datetime.fromisoformat(value.strip()), zone)
            except ValueError:
                return None
        case datetime():
            return _seconds(value, zone)
        case date():
            return _seconds(datetime(value.year, value.month, value.day), zone)  # noqa: DTZ001 - its zone comes next
    return None


def _finite(seconds: float) -> float | None:
    """Return a time that the calendar has."""
    return float(seconds) if 0 <= seconds < 253_402_300_800 else None


def _seconds(time: datetime, zone: str | None) -> float | None:
    if time.tzinfo is None:
        if zone is None:
            time = time.replace(tzinfo=UTC)
        else:
            from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a dataset with a time zone has to pay

            time = time.replace(tzinfo=ZoneInfo(zone))
    try:
        return _finite(time.timestamp())
    except OverflowError:
        return None
