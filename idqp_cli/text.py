"""Words and numbers as people read them, and foreign text made harmless.

Every string that idqp did not write itself (a cell, a column name, a path, the
text of an exception) passes through `clean` before a person or another
program's parser sees it.
"""

import math
import unicodedata
from collections.abc import Iterable

# Cc: C0 and C1 controls (ESC, BEL, CSI …); Cf: bidi and zero-width; Zl, Zp: line
# separators; Cs: lone surrogates; Cn: unassigned; Co: private use.
HARMFUL = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Cn", "Co"})
SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def clean(value: object, limit: int = 200) -> str:
    """Show `value` on one line, with control characters escaped and at most `limit` characters."""
    text = str(value)
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escaped(character) for character in text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _escaped(character: str) -> str:
    if character in SHORT:
        return SHORT[character]
    if unicodedata.category(character) not in HARMFUL:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like `word`; None where none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a slip of the pen has to pay

    return next(iter(get_close_matches(word, list(known), 1)), None)


def mask(cell: str) -> str:
    """Hide a personal value but for its first character and its length."""
    return "*" * len(cell) if len(cell) < 2 else cell[0] + "*" * min(len(cell) - 1, 20)


def count(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`; nouns that end in -s take -es."""
    plural = noun if number == 1 else noun + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {plural}"


def percent(share: float) -> str:
    """Show a share as a percentage that never rounds to 0 % or 100 % what is neither."""
    value = share * 100
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    if shown == "0" and value > 0:
        return "<0.01 %"
    if shown == "100" and value < 100:
        return ">99.99 %"
    return f"{shown} %"


def quantity(value: float) -> str:
    """Show a number with thousands separators and no needless zeros."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.6g}"
    decimals = max(0, 5 - math.floor(math.log10(abs(value))))
    shown = f"{value:,.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def duration(seconds: float) -> str:
    """Show seconds in the two largest units that fit: `2 d 3 h`, `45 min`, `12 s`."""
    if seconds < 0:
        return "-" + duration(-seconds)
    if seconds < 60:
        return f"{int(seconds)} s"
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if number]
    return " ".join(parts[:2])
