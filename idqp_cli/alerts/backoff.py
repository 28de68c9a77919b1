"""When to try again what could not be delivered; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=6)
TRIES = 20


def next_try(tries: int, at: datetime, after: float | None, *, retry: bool) -> datetime | None:
    """Return when to try again after `tries` tries, the last one at `at`; None: never by itself.

    The pause doubles from a minute to 6 hours, and is at least the `after`
    seconds that the receiver asked for (a day at most). 20 tries take 3 days.
    """
    if not retry or tries >= TRIES:
        return None
    pause = min(FIRST * (1 << min(tries - 1, 10)), LONGEST)
    asked = timedelta(seconds=min(after or 0, 86400))
    return at + max(pause, asked)
