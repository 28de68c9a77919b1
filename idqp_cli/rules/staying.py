"""A change that stays: runs in a row that a rule refused for the same reason, and what makes them usual; pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

# So many runs in a row within this share of each other are a level that stays.
STAYS, SAME_LEVEL = 3, 0.05
# A change is the same if it differs by no more than this share of itself.
SAME_CHANGE = 0.25


def offer(alike: Iterable[bool], accept: str) -> str:
    """Say what makes a run usual that was refused like those before it.

    `alike` tells of each run before, the last first, whether it was as this one is.
    """
    runs = 1 + sum(1 for _ in takewhile(bool, alike))
    return f"; {runs} runs like this in a row: `{accept}` makes it usual" if runs >= STAYS and accept else ""
