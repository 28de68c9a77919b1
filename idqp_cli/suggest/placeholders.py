"""Which texts of a column are words for no value, like `N/A`; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# What programs and people write where there is no value.
PLACEHOLDERS = frozenset({
    "n/a", "#n/a", "na", "nan", "null", "none", "nil", "n.a.", "#ref!", "#value!", "#div/0!", "#name?", "?", "??",
    "***", "-", "--", "<na>", "undefined", "missing",
})  # fmt: skip
# These are no names, codes or marks of their own, wherever they stand.
SURELY = frozenset(["n/a", "#n/a", "nan", "null", "n.a.", "#ref!", "#value!", "#div/0!", "#name?", "<na>", "undefined"])
WORD = re.compile(r"[^\W\d_]")


def is_one(text: str) -> bool:
    """Tell whether a text is what is written where there is no value."""
    return text.strip().casefold() in PLACEHOLDERS


def among(texts: Sequence[str]) -> Iterator[str]:
    """Yield those of a column's texts that stand for no value.

    Among words `none` and `NA` may be words of their own; a column of such words alone has these values.
    """
    found = [text for text in texts if is_one(text)]
    if not found or len(found) == len(texts):
        return
    worded = any(WORD.search(text) for text in texts if not is_one(text))
    yield from (text for text in found if not worded or text.strip().casefold() in SURELY)
