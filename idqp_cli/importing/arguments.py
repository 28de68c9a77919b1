"""The arguments of a call, as they are written in code or SQL; pure."""

from __future__ import annotations

import re

OPENING, CLOSING = "([{", ")]}"


def split(text: str, string: re.Pattern[str]) -> list[str]:
    """Return what stands between the commas; none inside of brackets, or of a text that `string` matches, divides."""
    parts, depth, begin, at = [], 0, 0, 0
    while at < len(text):
        match = string.match(text, at)
        if match is not None:
            at = match.end()
            continue
        depth += (text[at] in OPENING) - (text[at] in CLOSING)
        if text[at] == "," and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return [part.strip() for part in (*parts, text[begin:]) if part.strip()]
