"""Words and numbers as people read them, and foreign text made harmless.

Every string that idqp did not write itself (a cell, a column name, a path, the
text of an exception) passes through `clean` before a person or another
program's parser sees it.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

# Cc: C0 and C1 controls (ESC, BEL, CSI …); Cf: bidi and zero-width; Zl, Zp: line
# separators; Cs: lone surrogates; Cn: unassigned; Co: private use.
HARMFUL = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Cn", "Co"})
# A day or a month in the name of a file.
DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)(?:[-_.]?(\d\d))?(?!\d)")
SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Characters without a look of their own that are no control characters: fillers,
# joiners and variation selectors. All spaces but the plain one belong to them.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Cyrillic and Greek letters that look like Latin ones.
TWINS = frozenset("АВСЕНІЈКМОРЅТХУаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ")
# What a runner of GitHub, Azure or TeamCity takes for a command, wherever it stands in a line of a log.
COMMAND = re.compile(r"#(?=#(?:\[|vso\[|teamcity\[))")
LONGEST_CELL = 2_000
# With this many more digits, all that there are are shown.
MOST_DIGITS = 20
# What keeps a spreadsheet from taking a text for a formula.
APOSTROPHE = "'"
# How a text begins that spreadsheets take for a formula, in its wide forms, too.
FORMULA = re.compile("^ *[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]")


def clean(value: object, limit: int = 200) -> str:
    """Show `value` on one line, with control characters escaped and at most `limit` characters."""
    text = str(value)
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escaped(character) for character in text[: limit + 1])
    if "##" in text:
        text = COMMAND.sub(r"\\x23", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def in_json(text: str) -> str:
    """Write a JSON text so that no line of it is a command to a CI system; its values stay as they are."""
    return text.replace("##", r"#\u0023")


def one_line(text: str) -> str:
    """Put a text of several lines, like SQL, on one: without line breaks and indents."""
    return re.sub(r"\s*[\r\n]\s*", " ", text.strip())


def _escaped(character: str) -> str:
    if character in SHORT:
        return SHORT[character]
    if unicodedata.category(character) not in HARMFUL:
        return character
    return _by_code(character)


def _by_code(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cell(value: object, limit: int = 60) -> str:
    r"""Show a cell so that what is wrong with it can be seen, with about `limit` characters.

    Text is in quotes if it is empty, begins or ends with a space, or holds what
    does not show or looks like something else: `'shipped '`, `'a\u200bb'`.
    In quotes a backslash is doubled, so that an escape is always a character.
    """
    if not isinstance(value, str):
        return clean(value, limit)
    text = _ends(value)
    plain = text and not _ambiguous(text) and not _strange(text)
    return clean(text, limit) if plain else quoted(text, limit)


def quoted(value: object, limit: int = 60) -> str:
    """Show a cell in quotes, like `cell` where that is needed."""
    text = _ends(str(value))
    return f"'{_cut(text, _strange(text), limit)}'"


def _ends(text: str) -> str:
    """Return a text, or the begin and the end of one that is too long to look through."""
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL // 2]}…{text[-LONGEST_CELL // 2 :]}"


def _ambiguous(text: str) -> bool:
    """Tell whether the ends or the gaps of a text cannot be seen without quotes."""
    return text[:1] in {" ", "'"} or text[-1:] in {" ", "'"} or "  " in text


def _strange(text: str) -> set[int]:
    """Return the places of the characters that do not show, or look like others."""
    places = {match.start() for match in COMMAND.finditer(text)}
    if text.isascii() and text.isprintable():
        return places
    places |= {
        place
        for place, character in enumerate(text)
        if unicodedata.category(character) in HARMFUL or (character.isspace() and character != " ")
    }
    places |= {match.start() for match in UNSEEN.finditer(text)}
    if not unicodedata.is_normalized("NFC", text):
        marks = {place for place, character in enumerate(text) if unicodedata.combining(character)}
        # Without a mark it is one character that stands for another, like the sign of the ohm.
        places |= marks or {
            place for place, character in enumerate(text) if unicodedata.normalize("NFC", character) != character
        }
    for word in re.finditer(r"\w+", text):
        twins = [place for place in range(*word.span()) if text[place] in TWINS]
        letters = sum(character.isalpha() for character in word[0])
        if twins and (len(twins) == letters or re.search("[A-Za-z]", word[0])):
            places.update(twins)
    return places


def _escaped_pieces(text: str, strange: set[int]) -> list[str]:
    return [
        SHORT.get(character) or _by_code(character)
        if place in strange
        else "\\" + character
        if character in "\\'"
        else character
        for place, character in enumerate(text)
    ]


def _cut(text: str, strange: set[int], limit: int) -> str:
    """Escape a text; of a long one, keep its begin and what is around the first strange place, or else its end."""
    pieces = _escaped_pieces(text, strange)
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    first = min(strange, default=len(text) - 1 if text.endswith(" ") else 0)
    head = _fitting(pieces, limit - 1)
    if first < len(head):
        return "".join(head) + "…"
    head = _fitting(pieces, limit // 2 - 1)
    begin = max(len(head), first - limit // 4)
    rest = _fitting(pieces[begin:], limit - limit // 2 - 1)
    more = "…" if begin + len(rest) < len(pieces) else ""
    return f"{''.join(head)}{'…' if begin > len(head) else ''}{''.join(rest)}{more}"


def _fitting(pieces: Sequence[str], room: int) -> list[str]:
    """Return the first pieces, as many as fit."""
    kept: list[str] = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return kept


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most similar to `word`, None if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a slip of the pen has to pay

    return next(iter(get_close_matches(word, list(known), 1)), None)


def stamp(at: datetime) -> str:
    """Return a time as it is shown: UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def stamp_or_none(at: datetime | None) -> str | None:
    """Return a time as it is shown, None where there is none."""
    return None if at is None else stamp(at)


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: one that begins like one has an apostrophe before it."""
    return f"{APOSTROPHE}{cell}" if FORMULA.match(cell) else cell


def mask(cell: str) -> str:
    """Hide a personal value but for its first character and its length."""
    return "*" * len(cell) if len(cell) < 2 else cell[0] + "*" * min(len(cell) - 1, 20)


def listed(names: Sequence[str], most: int = 5) -> str:
    """Name a few things."""
    shown = ", ".join(names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def count(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`; nouns that end in -s take -es."""
    plural = noun if number == 1 else noun + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {plural}"


def percent(share: float, more: int = 0) -> str:
    """Show a share as a percentage that never rounds to 0 % or 100 % what is neither, with `more` than two decimals."""
    if more >= MOST_DIGITS:
        return f"{(Decimal(repr(share)) * 100).normalize()} %"
    value = Decimal(repr(share)) * 100 if more else share * 100
    shown = f"{value:.{2 + more}f}".rstrip("0").rstrip(".")
    if shown == "0" and value > 0:
        return f"<0.{'0' * (1 + more)}1 %"
    if shown == "100" and value < 100:
        return f">99.{'9' * (2 + more)} %"
    return f"{shown} %"


def quantity(value: float, more: int = 0) -> str:
    """Show a number with thousands separators and no needless zeros, with `more` than six digits."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.{6 + more}g}" if more < 10 else repr(value)
    decimals = max(0, 5 + more - math.floor(math.log10(abs(value))))
    shown = f"{Decimal(repr(value)) if more else value:,.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def duration(seconds: float, more: int = 0) -> str:
    """Show seconds in the two largest units that fit: `2 d 3 h`, `45 min`, `12 s`; with `more`, in all and exactly."""
    if seconds < 0:
        return "-" + duration(-seconds, more)
    if more:
        return _long_duration(seconds, 400 if more >= MOST_DIGITS else 3 * (more - 1))
    if seconds < 60:
        return f"{int(seconds)} s"
    return " ".join(_minutes(int(seconds // 60))[:2])


def _minutes(minutes: int) -> list[str]:
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    return [f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if number]


def _long_duration(seconds: float, decimals: int) -> str:
    minutes, rest = divmod(Decimal(repr(seconds)), 60)
    whole, _, fraction = f"{rest:f}".partition(".")
    shown = f"{whole}.{fraction[:decimals]}".rstrip("0").rstrip(".") if fraction[:decimals].strip("0") else whole
    parts = _minutes(int(minutes))
    return " ".join(parts if shown == "0" and parts else [*parts, f"{shown} s"])


def apart(bound: float, *values: float, show: Callable[[float, int], str] = quantity) -> tuple[str, ...]:
    """Show a bound and values compared with it, with so many digits that none reads like the bound unless it equals it.

    The texts come in the order of the numbers; `show` takes a number and how
    many more digits than usual.
    """
    told: tuple[str, ...] = ()
    for more in range(MOST_DIGITS + 1):
        told = tuple(show(number, more) for number in (bound, *values))
        if all(text != told[0] or number == bound for number, text in zip(values, told[1:], strict=True)):
            break
    return told


def date_in(path: str) -> str | None:
    """Return the date in a file's name, as it is written there without what stands between its parts; None without."""
    match = DATE.search(path.replace("\\", "/").rpartition("/")[2])
    return None if match is None else "".join(match.groups(""))
