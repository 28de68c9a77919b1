"""Times as people write them: a moment in ISO 8601, or a length before or after another; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from idqp_cli.core import durations
from idqp_cli.core.errors import UsageError
from idqp_cli.core.text import clean, stamp

# Times from which a century can be added or taken, so that none in between is beyond the calendar.
EARLIEST, LATEST = datetime(200, 1, 1, tzinfo=UTC), datetime(9799, 12, 31, tzinfo=UTC)


def utc(text: str) -> datetime | None:
    """Return the UTC of a time in ISO 8601; None if it is none, or too near to the ends of the calendar."""
    try:
        time = datetime.fromisoformat(text)
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if EARLIEST <= time <= LATEST else None


def ago(text: str, at: datetime, option: str) -> datetime:
    """Read a time, or how long before `at` it was.

    Raises:
        UsageError: it is neither; the text names the `option`.

    """
    return at - _length(text) if _is_length(text) else _moment(text, option)


def ahead(text: str, at: datetime, option: str) -> datetime:
    """Read a time, or how long after `at` it will be.

    Raises:
        UsageError: it is neither, or not after `at`.

    """
    moment = at + _length(text) if _is_length(text) else _moment(text, option)
    if moment <= at:
        raise UsageError(f"{option}: {stamp(moment)} is in the past")
    return moment


def _is_length(text: str) -> bool:
    return durations.seconds_of(text) is not None


def _length(text: str) -> timedelta:
    return timedelta(seconds=min(durations.seconds_of(text) or 0, durations.LONGEST))


def _moment(text: str, option: str) -> datetime:
    moment = utc(text)
    if moment is None:
        raise UsageError(f"{option} takes a time like 2024-01-31T06:00:00Z or a length like 7d, not '{clean(text)}'")
    return moment
