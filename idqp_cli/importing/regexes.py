r"""Regular expressions of other engines as those of RE2, which finds patterns here; pure.

Each engine reads some parts in its own way: ECMAScript (JSON Schema, data
contracts) knows `\u00C0` and a `\s` of all white space, Python letters of all
languages in `\w`. RE2 looks neither ahead nor behind; what can be said by further
patterns of the same text is said by them, everything else is refused.

Sources: https://github.com/google/re2/wiki/Syntax, ECMA-262 (22.2), Python's `re`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from idqp_cli.core.text import clean
from idqp_cli.importing.values import NoEquivalentError

# The most repetitions of RE2; more are written as several.
MOST = 1000
PIECE = re.compile(
    r"\\(?:u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|c[A-Za-z]|[pP]\{[^}]*\}|x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|.)"
    r"|\(\?(?:P<\w+>|<[A-Za-z_]\w*>|#[^)]*\)|<?[=!]|>|[A-Za-z-]*[:)])"
    r"|\{\d*(?:,\d*)?\}[?+]?|[*+?][?+]?|.",
    re.DOTALL,
)
REPEATS = re.compile(r"\{(\d*)(,?)(\d*)\}([?+]?)")
SURROGATES = re.compile(r"\\u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})")


FLAGS = re.compile(r"\(\?[A-Za-z-]*[xaLud][A-Za-z-]*[:)]")


class Flavour(StrEnum):
    """Whose regular expressions they are; those of a warehouse, which may be any, are PLAIN."""

    PLAIN = "plain"
    ECMA = "ecma"
    PYTHON = "python"


# What the classes are inside brackets, where RE2 knows less.
_CLASSES: Mapping[Flavour, Mapping[str, str]] = {
    Flavour.PLAIN: {},
    Flavour.ECMA: {"s": r"\s\v\p{Z}\x{FEFF}"},
    Flavour.PYTHON: {"s": r"\s\v\x{1C}-\x{1F}\x{85}\p{Z}", "w": r"\p{L}\p{N}_", "d": r"\p{Nd}"},
}
_CATEGORIES: Mapping[str, str] = {
    "Letter": "L", "Lowercase_Letter": "Ll", "Uppercase_Letter": "Lu", "Titlecase_Letter": "Lt",
    "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M",
    "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me",
    "Number": "N", "Decimal_Number": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P",
    "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe", "Connector_Punctuation": "Pc",
    "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S",
    "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So", "Separator": "Z",
    "Space_Separator": "Zs", "Control": "Cc", "Format": "Cf",
}  # fmt: skip
_PROPERTY = re.compile(r"(?:(?:Script|sc|General_Category|gc)=|Is)?(\w+)")
# Java's and PCRE's own words for characters, inside brackets.
_HORIZONTAL = r"\t\p{Zs}"
ANYTHING, NOTHING = "(?s:.)", r"[^\x{0}-\x{10FFFF}]"


def plain(regex: str, flavour: Flavour) -> str:
    """Return a pattern of another engine, without what looks ahead or behind, as one of RE2.

    Raises:
        NoEquivalentError: a part of it has no equivalent.

    """
    found = list(pieces(regex, flavour))
    written: list[str] = []
    for at, piece in enumerate(found):
        if REPEATS.fullmatch(piece) and written:
            written.append(_repeated(written[-1], piece, flavour))
        elif piece.startswith(("(?=", "(?!", "(?<=", "(?<!")):
            raise NoEquivalentError("its pattern looks ahead or behind, which RE2 cannot")
        elif piece == "(?>" or (len(piece) > 1 and piece[0] in "*+?{" and piece.endswith("+")):
            raise NoEquivalentError("its pattern has a possessive part, which RE2 does not have")
        else:
            written.append(_outside(piece, flavour, first=at == 0))
    return "".join(written)


def pieces(regex: str, flavour: Flavour) -> list[str]:
    """Return the parts of a pattern: escapes, classes in brackets, repetitions, beginnings of groups, characters."""
    regex = SURROGATES.sub(_joined, regex)
    found, at = [], 0
    while at < len(regex):
        match = PIECE.match(regex, at)
        piece = regex[at] if match is None else match[0]
        if piece == "[":
            piece = regex[at : _closing(regex, at, flavour)]
        found.append(piece)
        at += len(piece)
    return found


def _joined(match: re.Match[str]) -> str:
    high, low = (int(part, 16) for part in match.groups())
    return f"\\u{{{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):X}}}"


def _closing(regex: str, start: int, flavour: Flavour) -> int:
    """Return where a class in brackets ends."""
    at = start + 1 + regex.startswith("^", start + 1)
    if flavour is not Flavour.ECMA and regex.startswith("]", at):
        at += 1
    while at < len(regex):
        if regex[at] == "]":
            return at + 1
        if regex.startswith("[:", at) and flavour is Flavour.PLAIN and (end := regex.find(":]", at)) > 0:
            at = end + 2
            continue
        at += 2 if regex[at] == "\\" else 1
    raise NoEquivalentError("its pattern has a bracket that does not close")


def _outside(piece: str, flavour: Flavour, *, first: bool) -> str:
    if piece.startswith("["):
        return _brackets(piece, flavour)
    if piece.startswith("(?#"):
        return ""
    if piece.startswith("(?<"):
        return f"(?P{piece[2:]}"
    if FLAGS.fullmatch(piece):
        return _flags(piece, first=first)
    if not piece.startswith("\\") or len(piece) == 1:
        return piece
    letter = piece[1]
    inside = _CLASSES[flavour].get(letter.lower())
    if letter in "sSdDwW" and inside is not None:
        return f"[{'^' if letter.isupper() else ''}{inside}]"
    if letter == "h" and flavour is Flavour.PLAIN:
        return f"[{_HORIZONTAL}]"
    if letter == "Z":
        return r"\z"
    return _escape(piece, flavour)


def _flags(piece: str, *, first: bool) -> str:
    if piece == "(?u)" and first:
        return ""
    raise NoEquivalentError(f"its pattern has the flags {clean(piece, 20)}, which RE2 does not have")


def _escape(piece: str, flavour: Flavour) -> str:
    """Return an escape of one character, or of a property."""
    kind, rest = piece[1], piece[2:]
    if kind in "uU" and rest:
        code = int(rest.strip("{}"), 16)
        if 0xD800 <= code <= 0xDFFF:
            raise NoEquivalentError(f"its pattern has half a character, {clean(piece, 20)}")
        return f"\\x{{{code:X}}}"
    if kind == "c" and rest:
        return f"\\x{{{ord(rest) % 32:X}}}"
    if kind in "pP" and rest.startswith("{"):
        return f"\\{kind}{_property(rest[1:-1])}"
    if flavour is not Flavour.PLAIN and kind in "zQECG":
        raise NoEquivalentError(f"its pattern has {clean(piece, 20)}, which its own engine does not know")
    if flavour is Flavour.ECMA and kind in "Aaez":
        raise NoEquivalentError(f"its pattern has {clean(piece, 20)}, which its own engine does not know")
    # RE2 escapes marks of ASCII alone, and no underscore.
    return kind if not rest and (kind == "_" or not kind.isascii()) else piece


def _property(name: str) -> str:
    match = _PROPERTY.fullmatch(name)
    if match is None:
        return f"{{{name}}}"
    word = match[1]
    return f"{{{_CATEGORIES.get(word, word)}}}"


def _brackets(piece: str, flavour: Flavour) -> str:
    """Return a class in brackets."""
    if flavour is Flavour.ECMA and piece in {"[]", "[^]"}:
        return NOTHING if piece == "[]" else ANYTHING
    negated = piece.startswith("[^")
    inner = piece[2 if negated else 1 : -1]
    if any(f"\\{one}" in inner and f"\\{one.upper()}" in inner for one in "sdw"):
        return NOTHING if negated else ANYTHING
    if flavour is Flavour.PLAIN and "&&" in inner:
        raise NoEquivalentError("its pattern may join classes by &&, which RE2 does not")
    written, at = [], 0
    while at < len(inner):
        match = PIECE.match(inner, at)
        part = inner[at] if match is None or inner[at] != "\\" else match[0]
        at += len(part)
        written.append(_in_brackets(part, flavour))
    return f"[{'^' if negated else ''}{''.join(written)}]"


def _in_brackets(part: str, flavour: Flavour) -> str:
    if part == "[" and flavour is not Flavour.PLAIN:
        # `[:` begins a name of POSIX in RE2 alone.
        return r"\["
    if len(part) < 2:
        return part
    inside = _CLASSES[flavour].get(part[1].lower())
    if part[1] in "sdw" and inside is not None:
        return inside
    if part[1] in "SDW" and inside is not None:
        raise NoEquivalentError(f"its pattern has {part} inside brackets, which RE2 reads in another way")
    if part == r"\b":
        return r"\x{8}"
    if part == r"\h" and flavour is Flavour.PLAIN:
        return _HORIZONTAL
    return _escape(part, flavour)


def _repeated(unit: str, piece: str, flavour: Flavour) -> str:
    """Return how often what stands before is repeated; more than RE2 takes in parts of a thousand."""
    match = REPEATS.fullmatch(piece)
    if match is None:
        return piece
    low, comma, high, lazy = match.groups()
    if lazy == "+":
        raise NoEquivalentError("its pattern has a possessive part, which RE2 does not have")
    if not low:
        # Python counts from 0; the others have no such repetition.
        return f"{{0,{high}}}{lazy}" if flavour is Flavour.PYTHON and comma and high else piece
    least, most = int(low), int(high) if high else int(low) if not comma else None
    if max(least, most or 0) <= MOST:
        return piece
    if unit == ")" or max(least, most or 0) > 10 * MOST:
        raise NoEquivalentError(f"its pattern repeats {clean(piece, 20)}, and RE2 repeats up to {MOST} times")
    parts = [f"{{{MOST}}}"] * (least // MOST) + ([f"{{{least % MOST}}}"] if least % MOST else [])
    if most is None:
        parts.append("*")
    else:
        more = most - least
        parts += [f"{{0,{MOST}}}"] * (more // MOST) + ([f"{{0,{more % MOST}}}"] if more % MOST else [])
    return unit.join(part + lazy for part in parts)
