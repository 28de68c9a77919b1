"""Which data each check in code of Deequ is of, where the code checks more than one data frame."""

from __future__ import annotations

import re
from collections.abc import Sequence

from idqp_cli.importing.deequ.dqx_owners import plain

ON_DATA = re.compile(r"\.\s*onData\(\s*(\w+)\s*\)")
ADDED = re.compile(r"\.\s*addChecks?\(\s*(?:[\[(]\s*|Seq\(\s*)?(\w*)")
GIVEN = re.compile(r"(\w+)\s*(?::\s*\w+)?\s*=\s*[\\(\s]*(?:\w+\.)?$")


def of_calls(text: str, places: Sequence[tuple[int, bool]]) -> list[str | None]:
    """Return the data that each call of Deequ is about; None for all if the code has one data frame, or none.

    A place is where a call begins, and whether it begins a check.
    """
    frames = [(one.start(), one[1]) for one in ON_DATA.finditer(text)]
    if len({name for _, name in frames}) < 2:
        return [None] * len(places)
    added = [(one.end(), one[1]) for one in ADDED.finditer(text)]
    found: list[str | None] = []
    variable, first = "", 0
    for at, begins in places:
        if begins:
            given = GIVEN.search(text, max(0, at - 200), at)
            variable, first = (given[1] if given else ""), at
        here = next((place for place, name in added if variable and name == variable and place > first), at)
        found.append(next((plain(name) for place, name in reversed(frames) if place < here), None))
    return found
