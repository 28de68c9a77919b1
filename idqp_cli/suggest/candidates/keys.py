"""Keys: columns that tell rows apart, where that is what they are for and no chance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from idqp_cli.core.text import count, listed
from idqp_cli.rules.uniqueness import Unique
from idqp_cli.suggest.candidate import Candidate
from idqp_cli.suggest.profile import ColumnProfile, Kind, Profile
from idqp_cli.suggest.second_values import EXPECTED

# Of so many rows of a key few may be repeated by error.
FEW = 0.02
NAMED = re.compile(
    r"(?:^|[^a-z])(?:id|ids|key|uuid|guid|isbn|ean|sku|code|no|nr|num|serial|index|email|slug|url|fips)(?:$|[^a-z])"
    r"|(?:number|code|zip|phone|uuid|postcode)(?:$|[^a-z])"
)
JOINED = re.compile(r"[a-z]id(?:$|[^a-z])")
WORDS_IN_ID = re.compile(
    r"(?:paid|bid|grid|valid|humid|covid|void|solid|liquid|mid|rapid|acid|aid|fluid|hybrid)(?:$|[^a-z])"
)
# Whole numbers that all have so many digits are codes.
CODE_DIGITS = 5
# A code of so many characters is made to be one of a kind.
LONG = 16
# And one of so few at the begin of a table is how its things are called.
SHORT = 8
FEWEST_CODES, FEWEST_TIMES = 10, 20
# So few whole numbers, each so often, are kinds of things.
FEW_NUMBERS, OFTEN = 50, 10
# A name has fewer characters, or fewer spaces.
LONGEST_NAME, WORDS = 40, 4
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def candidates(profile: Profile, _: Sequence[Candidate]) -> Iterator[Candidate]:
    """Ask of a column that is a key, or of a few that are one together, that no value comes twice."""
    single = [one for one in profile.columns if is_key(one)]
    for column in single:
        repeated = column.present - column.distinct if column.exact else 0
        some = (
            f"all {count(column.present, 'value')} differ"
            if not repeated
            else (f"{column.distinct:,} of {count(column.present, 'value')} differ")
        )
        yield Candidate(Unique(name="", line=0, columns=(column.name,)), some, known=bool(repeated))
    if single:
        return
    for key in sorted(profile.keys, key=lambda one: (len(one.columns), -one.chance))[:1]:
        why = f"{listed(key.columns)} together tell all {count(profile.rows, 'row')} apart"
        yield Candidate(Unique(name="", line=0, columns=key.columns), why)


def is_key(column: ColumnProfile) -> bool:
    """Tell whether a column tells rows apart, and not by chance."""
    rows, distinct = column.present, column.distinct
    if rows < 2 or column.missing > FEW * column.rows or (column.kind is Kind.NUMBER and not column.whole):
        return False
    if column.kind not in {Kind.NUMBER, Kind.TEXT, Kind.TIME} and column.type != "UUID":
        return False
    # An approximate count may be off by some percent; the rule itself counts exactly.
    if distinct < (1 - FEW if column.exact else 0.9) * rows:
        return False
    if column.kind is Kind.TEXT:
        return _is_code(column)
    if column.kind is Kind.TIME and column.exact and distinct < rows and not _regular(column):
        # Two things may well happen at one time.
        return False
    return (
        _expected(column) >= EXPECTED or _regular(column) or (column.kind is Kind.NUMBER and named_as_key(column.name))
    )


def named_as_key(name: str) -> bool:
    """Tell whether a column is called what keys are called."""
    plain = CAMEL.sub("_", name).casefold()
    joined = JOINED.search(plain) is not None and WORDS_IN_ID.search(plain) is None
    return joined or NAMED.search(plain) is not None


def is_code(column: ColumnProfile) -> bool:
    """Tell whether whole numbers are codes, like postal codes: all have as many digits, and many."""
    if not column.whole or not isinstance(column.low, (int, float)) or not isinstance(column.high, (int, float)):
        return False
    if not 0 < column.low <= column.high < 1e18 or column.distinct < FEWEST_CODES:
        return False
    digits = len(str(int(column.low)))
    return digits >= CODE_DIGITS and digits == len(str(int(column.high)))


def names_things(column: ColumnProfile) -> bool:
    """Tell whether a column's values name things, and measure or count none: texts, days, keys and other codes."""
    if column.kind is not Kind.NUMBER:
        return column.kind is not Kind.OTHER and not is_prose(column)
    if not column.whole:
        return False
    return named_as_key(column.name) or is_code(column) or _numbered(column)


def is_prose(column: ColumnProfile) -> bool:
    """Tell whether texts are sentences, which name nothing: most are of five words or more."""
    if column.kind is not Kind.TEXT or (column.longest or 0) <= LONGEST_NAME:
        return False
    short = sum(cells for shape, cells in column.shapes if shape.count(" ") < WORDS)
    return 2 * short < column.sampled


def _numbered(column: ColumnProfile) -> bool:
    """Tell whether numbers are those of a list, like years and months: few, or nearly each of a range."""
    if not isinstance(column.low, (int, float)) or not isinstance(column.high, (int, float)):
        return False
    if column.distinct <= FEW_NUMBERS and OFTEN * column.distinct <= column.present:
        return True
    return 5 * column.distinct <= column.present and is_dense(column)


def is_dense(column: ColumnProfile) -> bool:
    """Tell whether numbers are nearly each of a range."""
    low, high = column.low, column.high
    return isinstance(low, (int, float)) and isinstance(high, (int, float)) and high - low + 1 <= 1.5 * column.distinct


def _expected(column: ColumnProfile) -> float:
    """Return how many pairs of rows would be alike if the values were drawn from as wide a range, evenly."""
    if column.numbers is None or len(column.numbers) < 2:
        return 0.0
    span = float(column.numbers[-1] - column.numbers[0]) + 1
    return column.present * (column.present - 1) / 2 / max(1.0, span)


def _regular(column: ColumnProfile) -> bool:
    """Tell whether times follow each other at one pace: hours, days, months, years."""
    numbers = column.numbers
    if column.kind is not Kind.TIME or numbers is None or len(numbers) < FEWEST_TIMES:
        return False
    steps = sorted(float(one) for one in numbers[1:] - numbers[:-1] if one > 0)
    usual = steps[len(steps) // 2] if steps else 0.0
    # A month has 28 days to 31, and a day may be left out.
    alike = sum(0.85 * usual <= one <= 1.15 * usual for one in steps)
    return usual > 0 and alike >= 0.9 * (len(numbers) - 1)


def _is_code(column: ColumnProfile) -> bool:
    """Tell whether texts are codes: of few shapes and one word each, or named as a key."""
    if column.longest is None or column.longest > 64 or not column.shapes:
        return column.type == "UUID"
    cells = sum(number for _, number in column.shapes)
    spaced = sum(number for shape, number in column.shapes if " " in shape)
    one_word = not spaced and cells >= 0.9 * column.sampled
    digits = sum(number for shape, number in column.shapes if "9" in shape)
    if not one_word or named_as_key(column.name):
        return one_word
    if column.place == 0 and column.longest <= SHORT:
        return True
    # Codes that happen to differ are no key: a key stands first, or is long enough to tell all things apart.
    meant = column.place == 0 or (column.shortest or 0) >= LONG
    return meant and digits >= 0.9 * cells and len(column.shapes) <= 8
