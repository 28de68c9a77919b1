"""Patterns and forms of dates as others write them, in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping

# The letters of Java's and of the ISO's forms of dates, longest first.
LETTERS: Mapping[str, str] = {
    "yyyy": "%Y", "uuuu": "%Y", "YYYY": "%Y", "yy": "%y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "DD": "%d", "d": "%-d", "EEEE": "%A", "EEE": "%a", "HH": "%H", "hh24": "%H", "hh": "%I", "mm": "%M",
    "mi": "%M", "ss": "%S", "SSSSSS": "%f", "SSS": "%g", "a": "%p", "XXX": "%z", "Z": "%z", "z": "%z",
}  # fmt: skip
TOKEN = re.compile("|".join(sorted(LETTERS, key=len, reverse=True)) + r"|'([^']*)'|([^A-Za-z']+)|(T)|(.)", re.DOTALL)


def whole(regex: str) -> str:
    """Return a pattern that is searched for, of one that the whole value has to match."""
    if regex.startswith("^") and regex.endswith("$") and not regex.endswith("\\$") and "|" not in regex:
        return regex
    return f"^(?:{regex})$"


def strptime(form: str) -> str | None:
    """Return a form like yyyy-MM-dd or %Y-%m-%d as one of `strptime`; None if it is none."""
    if "%" in form:
        return form
    made = []
    for found in TOKEN.finditer(form.strip()):
        token = found[0]
        if found[4] is not None:
            return None
        made.append(LETTERS.get(token) or (found[1] if found[1] is not None else token))
    text = "".join(made)
    return text if "%" in text else None
