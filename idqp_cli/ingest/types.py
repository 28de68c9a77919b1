"""The type of a column of text cells, decided from all that its cells look like.

A cell has one shape; a column's type follows from how many cells have which
shape, by `settle`. The same patterns serve Python's `re`, which sees a sample,
and DuckDB's RE2, which sees every cell: a guess from the sample is confirmed or
corrected by the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from idqp_cli import sql

DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
CLOCK = r"[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
ZONE = r"(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
DIGITS = r"[ \t]*[+-]?\d+[ \t]*"
MOMENT = rf"[ \t]*{DAY}(?:{CLOCK})?[ \t]*"
ZONED_MOMENT = rf"[ \t]*{DAY}(?:{CLOCK}(?:{ZONE})?)?[ \t]*"

SCALED = r"[ \t]*[+-]?(?:\d+(?:\.\d{{0,{scale}}}0*)?|\.\d{{{least},{scale}}}0*)[ \t]*"
# What a DOUBLE would round, or take for a number though it is a code.
ROUNDED = r"[ \t]*[+-]?(?:\d{16,}|0\d+)[ \t]*"
INTEGERS = frozenset(
    sign + size for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
PATTERNS: Mapping[str, str] = {
    "TIMESTAMP": MOMENT,
    "TIMESTAMP WITH TIME ZONE": ZONED_MOMENT,
    "BOOLEAN": r"(?i:true|false|0|1)",
    "TIME": r"[ \t]*(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?[ \t]*",
    "UUID": r"(?i:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})",
}

# In the order in which a cell is tried; each holds what no earlier one does.
# A DOUBLE holds integers of 15 digits exactly, a BIGINT of 18; spaces around a number or
# a date do not change what it says.
SHAPES: Mapping[str, str] = {
    "int": r"[ \t]*[+-]?(?:0|[1-9]\d{0,14})[ \t]*",
    "long": r"[ \t]*[+-]?[1-9]\d{15,17}[ \t]*",
    "big": r"[ \t]*[+-]?[1-9]\d{18,37}[ \t]*",
    "code": r"[ \t]*[+-]?0\d+[ \t]*",
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
FAMILIES: Mapping[str, tuple[str, ...]] = {
    NUMBER: ("int", "long", "big", "number", "special"),
    TIME: ("date", "time", "zoned"),
    BOOL: ("bool",),
}
TEXT = "VARCHAR"


def shape(cell: str) -> str:
    """Return the shape of one cell."""
    found = PATTERN.fullmatch(cell)
    return found.lastgroup if found and found.lastgroup else WORD


def shapes(cells: Iterable[str]) -> dict[str, int]:
    """Count the cells of each shape."""
    repeated: dict[str, int] = {}
    for cell in cells:
        repeated[cell] = repeated.get(cell, 0) + 1
    counts: dict[str, int] = {}
    for cell, times in repeated.items():
        kind = shape(cell)
        counts[kind] = counts.get(kind, 0) + times
    return counts


def settle(counts: Mapping[str, int], expected: str | None = None) -> str:
    """Decide a column's DuckDB type from its cells' shapes.

    A column is of the family that most of its cells belong to, if the others are
    so few that they are errors and not the column's nature: words (`abc`, `n/a`)
    up to a tenth, or a single one beside three good cells; texts with digits
    (`4B`, `A12`) up to a hundredth, because a column of codes has many. Where a
    rule says what the column holds (`expected`, a family), up to a half.
    A number with a leading zero makes a column of codes, which stay text.
    """
    total = sum(counts.values())
    if total == 0:
        return {NUMBER: "DOUBLE", TIME: "TIMESTAMP", None: TEXT}.get(expected, TEXT)
    members = dict(FAMILIES)
    if expected == NUMBER:
        members[NUMBER] = (*members[NUMBER], "code")
    sizes = {family: sum(counts.get(kind, 0) for kind in kinds) for family, kinds in members.items()}
    family = expected if expected and sizes[expected] * 2 >= total else max(sizes, key=lambda name: sizes[name])
    good = sizes[family]
    words = counts.get(WORD, 0)
    others = total - good - words
    few = good * 2 >= total if family == expected else words <= max(good >= 3, total // 10) and others <= total // 100
    codes = counts.get("code", 0) and family != expected
    only_special = family == NUMBER and family != expected and counts.get("special", 0) * 2 > good
    # Integers that a DOUBLE would round, beside decimals: no number type holds both as they are.
    rounded = family == NUMBER and family != expected and counts.get("number", 0) and _beyond_double(counts)
    if not few or codes or only_special or rounded:
        return TEXT
    return _narrowest(family, counts)


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


def _beyond_double(counts: Mapping[str, int]) -> int:
    return counts.get("long", 0) + counts.get("big", 0)


def _narrowest(family: str, counts: Mapping[str, int]) -> str:
    if family == BOOL:
        return "BOOLEAN"
    if family == TIME:
        return "TIMESTAMP WITH TIME ZONE" if counts.get("zoned") else "TIMESTAMP" if counts.get("time") else "DATE"
    if counts.get("number") or counts.get("special"):
        return "DOUBLE"
    return "HUGEINT" if counts.get("big") else "BIGINT"


def read_as(text: str, kind: str, *, lenient: bool) -> str:
    """Return SQL that reads the SQL text `text` as the type `kind`, and is NULL where it cannot.

    DuckDB's own casts are too kind: '1.75' is the integer 2 to them, '0x10' is
    16, and the time of day of '2024-01-01 23:59' vanishes from a DATE. A text
    that the type itself would write in the same way needs no closer look. With
    `lenient` a number may have leading zeros, because a person says that it is one.
    """
    return sql.told_apart(text, _read_as(text, kind, lenient=lenient))


def _read_as(text: str, kind: str, *, lenient: bool) -> str:
    cast = f"TRY_CAST({text} AS {kind})"
    if kind in INTEGERS:
        pattern = DIGITS if lenient else f"{SHAPES['int']}|{SHAPES['long']}|{SHAPES['big']}"
        return f"CASE WHEN {cast}::VARCHAR = {text} OR {_like(text, pattern)} THEN {cast} END"
    if kind in {"DOUBLE", "FLOAT"}:
        # With a point in it there is no such integer.
        exact = "" if lenient else f" AND (contains({text}, '.') OR NOT {_like(text, ROUNDED)})"
        return f"CASE WHEN NOT contains({text}, '_'){exact} THEN {cast} END"
    if kind == "DATE":
        same = f"strlen({text}) = 10 AND {cast}::VARCHAR = {text}"
        return f"CASE WHEN ({same}) OR {_like(text, SHAPES['date'])} THEN {cast} END"
    if kind == "BOOLEAN":
        other = f"CASE WHEN {_like(text, PATTERNS[kind])} THEN {cast} END"
        return f"CASE {text} WHEN 'true' THEN true WHEN 'false' THEN false ELSE {other} END"
    if kind == "TIMESTAMP":
        # A longer text may have a year of five digits.
        same = f"strlen({text}) = 19 AND {cast}::VARCHAR = {text}"
        return f"CASE WHEN ({same}) OR {_like(text, MOMENT)} THEN {cast} END"
    if kind in PATTERNS:
        return f"CASE WHEN {_like(text, PATTERNS[kind])} THEN {cast} END"
    if (decimal := re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)) is not None:
        # A DECIMAL cast rounds; a text with more digits than the scale is not of the type.
        scale = decimal[1]
        return f"CASE WHEN {_like(text, SCALED.format(scale=scale, least=min(1, int(scale))))} THEN {cast} END"
    return cast


def shape_counts(texts: Sequence[str], table: str) -> str:
    """Return the SELECT that counts the cells of each shape in columns of a table, given as SQL: see `by_column`.

    The cells of all columns go through one expression: one for each would be slow to plan for thousands.
    """
    cells = f"SELECT unnest(range({len(texts)})) AS i, unnest([{', '.join(texts)}]) AS t FROM {table}"
    shapes = " ".join(f"WHEN {_like('t', pattern)} THEN {sql.literal(kind)}" for kind, pattern in SHAPES.items())
    shape = f"CASE {shapes} ELSE {sql.literal(WORD)} END"
    return f"SELECT i, {shape} AS s, count(*) FROM ({cells}) WHERE t IS NOT NULL GROUP BY i, s"


def by_column(rows: Iterable[Sequence[object]], columns: int) -> list[dict[str, int]]:
    """Return what `shape_counts` counted, column by column: how many cells have which shape."""
    counts: list[dict[str, int]] = [{} for _ in range(columns)]
    for column, kind, number in rows:
        counts[int(str(column))][str(kind)] = int(str(number))
    return counts


def _like(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {sql.literal(pattern)})"
