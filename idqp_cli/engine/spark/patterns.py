"""Regular expressions that mean the same to RE2 (DuckDB) and to Java (Spark); pure.

Sources: https://github.com/google/re2/wiki/Syntax and java.util.regex.Pattern. What
one of the two reads in another way is written out, or refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# One piece of a pattern outside brackets: an escape, a group's beginning, a character.
PIECE = re.compile(r"\\(?:[pP]\{[^}]*\}|[pP].|x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|.)|\(\?:?|.", re.DOTALL)
# Escapes of single characters. Classes are written out: those of RE2 are ASCII alone.
SAME = frozenset([r"\n", r"\t", r"\r", r"\f", r"\\", r"\A", r"\z"]) | {
    f"\\{mark}" for mark in "^$.|?*+()[]{}-/,:;@#%&=<>_'\"!~ `"
}
# Characters by their number, and the families of characters of Unicode.
NUMBERED = re.compile(r"\\x\{[0-9A-Fa-f]+\}|\\[pP]\{(?:L[ultmo]?|M[nce]?|N[dlo]?|P[dsceifo]?|S[mcko]?|Z[slp]?)\}")
IN_BRACKETS = {r"\v": r"\x0B", r"\s": r"\t\n\f\r ", r"\d": "0-9", r"\w": "0-9A-Za-z_"}
WRITTEN = {
    **{escape: f"[{letters}]" for escape, letters in IN_BRACKETS.items()},
    **{escape.upper(): f"[^{letters}]" for escape, letters in IN_BRACKETS.items()},
}
OUTSIDE = {".": r"[^\n]", "$": r"\z"}
# With the flag s at its beginning, `.` is any character.
ANY = {**OUTSIDE, ".": "(?s:.)"}
# `(?:` alone groups without a meaning of its own; `(?i)` folds ASCII in Java and all letters in RE2.
GROUP = "(?:"


class ForeignPatternError(ValueError):
    """A pattern that the two engines read in different ways; the text names the part."""


def java(pattern: str) -> str:
    """Return an RE2 pattern as one that Java matches at the same places.

    Raises:
        ForeignPatternError: a part of it has another meaning there.

    """
    outside, pattern = _without_flag(pattern)
    written, position = [], 0
    while position < len(pattern):
        if pattern[position] == "[":
            text, position = _brackets(pattern, position)
        else:
            piece = _piece(pattern, position)
            text, position = _outside(piece, outside), position + len(piece)
        written.append(text)
    return "".join(written)


def _piece(pattern: str, position: int) -> str:
    found = PIECE.match(pattern, position)
    return pattern[position] if found is None else found[0]


def _without_flag(pattern: str) -> tuple[Mapping[str, str], str]:
    """Return a pattern without the flag s for all of it, and what characters outside brackets are."""
    if pattern.startswith("(?s)"):
        return ANY, pattern.removeprefix("(?s)")
    if pattern.startswith("(?s:") and pattern.endswith(")"):
        # A group that ends before the end leaves a bracket without its other, and is refused.
        return ANY, f"(?:{pattern.removeprefix('(?s:')}"
    return OUTSIDE, pattern


def _outside(piece: str, outside: Mapping[str, str]) -> str:
    if piece in outside:
        return outside[piece]
    if piece in WRITTEN:
        return WRITTEN[piece]
    if piece.startswith("(?"):
        if piece != GROUP:
            raise ForeignPatternError(piece)
        return piece
    if len(piece) > 1 and piece not in SAME and not NUMBERED.fullmatch(piece):
        raise ForeignPatternError(piece)
    return piece


def _brackets(pattern: str, start: int) -> tuple[str, int]:
    """Return a class in brackets as Java has it, and where it ends; there `&&` and a further `[` have a meaning."""
    position = start + 1
    opening = "["
    if pattern[position : position + 1] == "^":
        opening, position = "[^", position + 1
    written = [opening]
    first = True
    while position < len(pattern):
        piece = _piece(pattern, position)
        if piece == "]" and not first:
            return "".join([*written, "]"]), position + 1
        if pattern.startswith(("[:", "[=", "[."), position):
            raise ForeignPatternError(pattern[position : position + 2])
        piece = pattern[position] if piece.startswith("(") else piece
        if len(piece) > 1 and piece not in SAME | IN_BRACKETS.keys() and not NUMBERED.fullmatch(piece):
            raise ForeignPatternError(piece)
        # RE2 takes these for themselves.
        written.append(f"\\{piece}" if piece in {"[", "]", "&", "^"} else IN_BRACKETS.get(piece, piece))
        position += len(piece)
        first = False
    raise ForeignPatternError("[")
