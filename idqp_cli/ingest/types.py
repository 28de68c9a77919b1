"""The type of a column of text cells, decided from all that its cells look like.

A cell has one shape; a column's type follows from how many cells have which
shape, by `settle`. The same patterns serve Python's `re`, which sees a sample,
and DuckDB's RE2, which sees every cell: a guess from the sample is confirmed or
corrected by the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
FRACTION = r"(?:\.\d{1,9})?"
HOUR = r"[T ](?:[01]\d|2[0-3]):[0-5]\d"
CLOCK = rf"{HOUR}(?::[0-5]\d{FRACTION})?"
# A TIMESTAMP holds microseconds; a finer time would be rounded.
MICROSECONDS = rf"{HOUR}(?::[0-5]\d(?:\.\d{{1,6}}0*)?)?"
ZONE = r"(?: ?(?:Z|UTC|GMT|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?))"
UTC = r"(?: ?(?:Z|UTC|GMT))"
DIGITS = r"[ \t]*[+-]?\d+[ \t]*"
MOMENT = rf"[ \t]*{DAY}(?:{MICROSECONDS}{UTC}?)?[ \t]*"
NANOSECONDS = rf"[ \t]*{DAY}(?:{CLOCK}{UTC}?)?[ \t]*"
ZONED_MOMENT = rf"[ \t]*{DAY}(?:{MICROSECONDS}{ZONE}?)?[ \t]*"

SCALED = r"[ \t]*[+-]?(?:\d+(?:\.\d{{0,{scale}}}0*)?|\.\d{{{least},{scale}}}0*)[ \t]*"
# What a DOUBLE would round, or take for a number though it is a code.
ROUNDED = r"[ \t]*[+-]?(?:\d{16,}|0\d+)[ \t]*"
LONG = r"[ \t]*[+-]?\d{16,}[ \t]*"
# Python and others write the DOUBLE that they hold with up to 17 digits.
EXACT_DIGITS, DOUBLE_DIGITS, MAX_DIGITS = 15, 17, 38
INTEGERS = frozenset(
    sign + size for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
PATTERNS: Mapping[str, str] = {
    "TIMESTAMP": MOMENT,
    "TIMESTAMP_NS": NANOSECONDS,
    "TIMESTAMP WITH TIME ZONE": ZONED_MOMENT,
    "BOOLEAN": r"[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|0|1",
    "TIME": r"[ \t]*(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?[ \t]*",
    "UUID": r"(?i:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
}

# In the order in which a cell is tried; each holds what no earlier one does.
# A DOUBLE holds integers of 15 digits exactly, a BIGINT of 18; spaces around a number or
# a date do not change what it says.
SHAPES: Mapping[str, str] = {
    "code": r"[ \t]*(?:[+-]?0\d+|\+[1-9]\d{6,14})[ \t]*",
    "int": r"[ \t]*[+-]?(?:0|[1-9]\d{0,14})[ \t]*",
    "long": r"[ \t]*[+-]?[1-9]\d{15,17}[ \t]*",
    "big": r"[ \t]*[+-]?[1-9]\d{18,37}[ \t]*",
    "number": r"[ \t]*[+-]?(?:(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d{1,3})?|\d+[eE][+-]?\d{1,3})[ \t]*",
    "special": r"[ \t]*[+-]?(?:[nN][aA][nN]|[iI]nf(?:inity)?)[ \t]*",
    "bool": r"true|false|True|False|TRUE|FALSE",
    "date": rf"[ \t]*{DAY}[ \t]*",
    "time": rf"[ \t]*{DAY}{CLOCK}[ \t]*",
    "zoned": rf"[ \t]*{DAY}{CLOCK}{ZONE}[ \t]*",
    "coded": r"(?s).*\d.*",
}
WORD = "word"

PATTERN = re.compile(
    "|".join(f"(?P<{shape}>{pattern.removeprefix('(?s)')})" for shape, pattern in SHAPES.items()), re.ASCII | re.DOTALL
)

NUMBER, TIME, BOOL = "number", "time", "bool"
TEXT = "VARCHAR"
# What a rule takes a column for whose cells it looks at as they are written.
WRITTEN = "text"
# Shapes of their own among numbers and times: an integer with an exponent (`1E5`), which may be a code; what a
# DOUBLE would round; what a TIMESTAMP would round.
POWER, FINE, NANO, NANO_ZONED = "power", "fine", "nano", "nano zoned"
PLAIN_NUMBER = r"[ \t]*[+-]?0*(\d*)(?:\.(\d*))?[ \t]*"
POWERS = r"[ \t]*\d+[eE]\d{1,3}[ \t]*"
FINER = r"[^.]*\.\d{6}\d*[1-9]\d*\D.*|[^.]*\.\d{6}\d*[1-9]\d*"
FAMILIES: Mapping[str, tuple[str, ...]] = {
    NUMBER: ("int", "long", "big", "number", POWER, FINE, "special"),
    TIME: ("date", "time", NANO, "zoned", NANO_ZONED),
    BOOL: ("bool",),
}


PLAIN: Mapping[str, tuple[str, ...]] = {
    NUMBER: ("int", "long", "big", "number"),
    TIME: ("date", "time", "zoned"),
}


def is_number(kind: str) -> bool:
    """Tell whether a type is one of numbers."""
    return kind in INTEGERS or kind in {"DOUBLE", "FLOAT"} or kind.startswith("DECIMAL")


def family(cell: str) -> str | None:
    """Return the family of one cell; of a code it is that of numbers."""
    kind = shape(cell)
    return next((name for name, kinds in PLAIN.items() if kind in kinds), NUMBER if kind == "code" else None)


def shape(cell: str) -> str:
    """Return the shape of one cell."""
    found = PATTERN.fullmatch(cell)
    return found.lastgroup if found and found.lastgroup else WORD


def shapes(cells: Iterable[str]) -> dict[str, int]:
    """Count the cells of each shape, and among numbers and times those of a shape of their own."""
    repeated: dict[str, int] = {}
    for cell in cells:
        repeated[cell] = repeated.get(cell, 0) + 1
    counts: dict[str, int] = {}
    for cell, times in repeated.items():
        kind = _finer(cell, shape(cell))
        counts[kind] = counts.get(kind, 0) + times
    return counts


def _finer(cell: str, kind: str) -> str:
    if kind == "number":
        return POWER if re.fullmatch(POWERS, cell) else FINE if _is_fine(cell) else kind
    if kind in {"time", "zoned"} and re.fullmatch(FINER, cell):
        return NANO if kind == "time" else NANO_ZONED
    return kind


def _is_fine(cell: str) -> bool:
    if "e" in cell or "E" in cell:
        return False
    before, _, behind = cell.strip(" \t").lstrip("+-0").partition(".")
    number = f"{before}{behind}".lstrip("0") if not before else before + behind
    return len(number.rstrip("0")) > DOUBLE_DIGITS or len(before) > EXACT_DIGITS


def digits(cells: Iterable[str]) -> tuple[int, int]:
    """Return the most digits before and behind the point that a number among the cells has."""
    before = behind = 0
    for cell in cells:
        found = re.fullmatch(PLAIN_NUMBER, cell)
        if found:
            before, behind = max(before, len(found[1])), max(behind, len((found[2] or "").rstrip("0")))
    return before, behind


def settle(counts: Mapping[str, int], expected: str | None = None, digits: tuple[int, int] | None = None) -> str:
    """Decide a column's DuckDB type from its cells' shapes.

    A column is of the family that most of its cells belong to, if the others are
    so few that they are errors and not the column's nature: words (`abc`, `n/a`)
    up to a tenth, or a single one beside three good cells; texts with digits
    (`4B`, `A12`) up to a hundredth, because a column of codes has many. Where a
    rule says what the column holds (`expected`, a family), up to a half; none,
    where a rule looks at the text. A number with a leading zero makes a column of
    codes, which stay text. `digits` are the most digits before and behind the
    point; numbers that a DOUBLE would round are a DECIMAL if it has so many.
    """
    total = sum(counts.values())
    if total == 0:
        return {NUMBER: "DOUBLE", TIME: "TIMESTAMP", None: TEXT}.get(expected, TEXT)
    members = dict(FAMILIES)
    if expected == NUMBER:
        members[NUMBER] = (*members[NUMBER], "code")
    sizes = {family: sum(counts.get(kind, 0) for kind in kinds) for family, kinds in members.items()}
    said = expected if expected in sizes else None
    family = said if said and sizes[said] * 2 >= total else max(sizes, key=lambda name: sizes[name])
    good = sizes[family]
    if not _few(counts, good, total, certain=family == said) or (expected == WRITTEN and good < total):
        return TEXT
    if family == NUMBER and family != said and not _countable(counts, good):
        return TEXT
    return _narrowest(family, counts, digits)


def _few(counts: Mapping[str, int], good: int, total: int, *, certain: bool) -> bool:
    """Tell whether the cells that are not good are so few that they are errors."""
    words = counts.get(WORD, 0)
    others = total - good - words
    return good * 2 >= total if certain else words <= max(good >= 3, total // 10) and others <= total // 100


def _countable(counts: Mapping[str, int], good: int) -> bool:
    """Tell whether what looks like numbers is a column of numbers, and not of codes or of what is no number."""
    return not counts.get("code", 0) and all(counts.get(kind, 0) * 2 <= good for kind in ("special", POWER))


# In each, a type reads all that those before it read.
WIDENING = (("BIGINT", "HUGEINT", "DOUBLE"), ("DATE", "TIMESTAMP"))


def keep(registered: str | None, settled: str, expected: bool) -> str:  # noqa: FBT001 - a third answer of one question
    """Return the type that a column is read as which the registry has as `registered` and which looks like `settled`.

    Both are guesses. It is the registered one, so that what no longer fits it is
    seen cell by cell, unless the guess has only grown wider, or rules now say
    what the column holds (`expected`) which was taken for text.
    """
    if registered is None:
        return settled
    if registered == TEXT:
        return settled if expected else TEXT
    wider = any(
        registered in chain and settled in chain and chain.index(settled) > chain.index(registered)
        for chain in WIDENING
    )
    return settled if wider else registered


def kept(registered: str | None, counts: Mapping[str, int], settled: str, expected: str | None) -> str:
    """Return the type that a column is read as which the registry has as `registered`, by the shapes of its cells.

    Cells with digits may be what the column holds from now on, like the first
    postcode with a leading zero, so the guess gives way to them. Words are seen
    cell by cell, as what no longer fits.
    """
    if settled != TEXT or registered is None or expected == WRITTEN:
        return settled
    family = next((kinds for name, kinds in FAMILIES.items() if family_of(registered) == name), ())
    strange = sum(number for kind, number in counts.items() if kind not in {*family, WORD})
    return settled if strange or counts.get("special") else keep(registered, settled, expected is not None)


def family_of(kind: str) -> str | None:
    """Return the family of a type, None of text."""
    if kind == "BOOLEAN":
        return BOOL
    if kind.startswith(("DATE", "TIMESTAMP")):
        return TIME
    return None if kind == TEXT else NUMBER


def _narrowest(family: str, counts: Mapping[str, int], digits: tuple[int, int] | None) -> str:
    if family == BOOL:
        return "BOOLEAN"
    if family == TIME:
        return _moment(counts)
    beyond = counts.get("long", 0) + counts.get("big", 0)
    if counts.get(FINE) or (beyond and (counts.get("number") or counts.get(POWER))):
        return _decimal(counts, digits)
    if counts.get("number") or counts.get(POWER) or (counts.get("special") and not beyond):
        return "DOUBLE"
    return "HUGEINT" if counts.get("big") else "BIGINT"


def _moment(counts: Mapping[str, int]) -> str:
    zoned = counts.get("zoned") or counts.get(NANO_ZONED)
    if counts.get(NANO_ZONED) or (counts.get(NANO) and zoned):
        return TEXT
    if counts.get(NANO):
        return "TIMESTAMP_NS"
    return "TIMESTAMP WITH TIME ZONE" if zoned else "TIMESTAMP" if counts.get("time") else "DATE"


def _decimal(counts: Mapping[str, int], digits: tuple[int, int] | None) -> str:
    before, behind = digits or (0, MAX_DIGITS + 1)
    fits = before + behind <= MAX_DIGITS and not counts.get(POWER)
    return f"DECIMAL({MAX_DIGITS},{behind})" if fits else TEXT


def rounds(counts: Mapping[str, int]) -> bool:
    """Tell whether there are numbers among the cells that a DOUBLE would round, so that their `digits` matter."""
    return bool(counts.get(FINE) or counts.get("long") or counts.get("big"))
