"""Durations as people write them, like 90s, 24h or 1d12h; pure."""

from __future__ import annotations

import re

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = 36525 * 86400
DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)")


def seconds_of(text: str) -> float | None:
    """Return the seconds of a duration like 24h or 1d12h; None if it is none."""
    parts = DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * UNITS[unit] for number, unit in parts)
