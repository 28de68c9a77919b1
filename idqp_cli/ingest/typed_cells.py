"""Cells of text as SQL: what they look like, and how each is read as its column's type; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from idqp_cli.core import sql
from idqp_cli.ingest.types import (
    DIGITS,
    DOUBLE_DIGITS,
    EXACT_DIGITS,
    FINE,
    FINER,
    INTEGERS,
    LONG,
    MOMENT,
    NANO,
    NANO_ZONED,
    PATTERNS,
    PLAIN_NUMBER,
    POWER,
    POWERS,
    ROUNDED,
    SCALED,
    SHAPES,
    WORD,
)

# The shapes of texts that begin with a letter.
BEGUN_BY_LETTERS = ("special", "bool", "coded")


def read_as(text: str, kind: str, *, lenient: bool, declared: bool = False) -> str:
    """Return SQL that reads the SQL text `text` as the type `kind`, and is NULL where it cannot.

    DuckDB's own casts are too kind: '1.75' is the integer 2 to them, '0x10' is
    16, and the time of day of '2024-01-01 23:59' vanishes from a DATE. A text
    that the type itself would write in the same way needs no closer look. With
    `lenient` a number may have leading zeros, because a person says that it is
    one; what a DOUBLE rounds is read as one only where it is `declared`.
    """
    return sql.told_apart(text, _read_as(text, kind, lenient=lenient, declared=declared))


def _read_as(text: str, kind: str, *, lenient: bool, declared: bool) -> str:
    cast = f"TRY_CAST({text} AS {kind})"
    if kind in INTEGERS:
        pattern = DIGITS if lenient else f"{SHAPES['int']}|{SHAPES['long']}|{SHAPES['big']}"
        return f"CASE WHEN {cast}::VARCHAR = {text} OR {_like(text, pattern)} THEN {cast} END"
    if kind in {"DOUBLE", "FLOAT"}:
        # With a point in it there is no such integer.
        whole = f" AND (contains({text}, '.') OR NOT {_like(text, LONG if lenient else ROUNDED)})"
        exact = "" if declared else f"{whole} AND ({_held(text, cast)} OR NOT {_fine(text)})"
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
    if kind == "TIMESTAMP WITH TIME ZONE":
        # DuckDB reads an offset only where it follows the time at once.
        apart = sql.either(f"contains({text}, ' {sign}')" for sign in "+-Z")
        closed = text
        for sign in "Z+-":
            closed = f"replace({closed}, ' {sign}', '{sign}')"
        cast = f"TRY_CAST(CASE WHEN {apart} THEN {closed} ELSE {text} END AS {kind})"
    if kind in PATTERNS:
        return f"CASE WHEN {_like(text, PATTERNS[kind])} THEN {cast} END"
    if (decimal := re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)) is not None:
        # A DECIMAL cast rounds; a text with more digits than the scale is not of the type.
        scale = decimal[1]
        return f"CASE WHEN {_like(text, SCALED.format(scale=scale, least=min(1, int(scale))))} THEN {cast} END"
    return cast


def shape_counts(texts: Sequence[str], table: str, *, at_once: bool = False) -> str:
    """Return the SELECT that counts the cells of each shape in columns of a table, given as SQL: see `by_column`.

    The cells of all columns go through one expression: one for each would be slow to plan for thousands.
    With `at_once` cells that say the same are looked at once, which takes room for all that say different things.
    """
    cells = f"SELECT unnest(range({len(texts)})) AS i, unnest([{', '.join(texts)}]) AS t FROM {table}"
    tried = {kind: f"WHEN {_like('t', pattern)} THEN {_finer_shape(kind)}" for kind, pattern in SHAPES.items()}
    shape = f"CASE {' '.join(tried.values())} ELSE {sql.literal(WORD)} END"
    # Numbers and times begin with a digit, a sign, a point or a blank; the sign of any other text is beyond the digits.
    words = f"CASE {' '.join(tried[kind] for kind in BEGUN_BY_LETTERS)} ELSE {sql.literal(WORD)} END"
    shape = f"CASE WHEN ascii(t) > {ord('9')} THEN {words} ELSE {shape} END"
    if at_once:
        once = f"SELECT i, t, count(*) AS m FROM ({cells}) WHERE t IS NOT NULL GROUP BY i, t"
        return f"SELECT i, {shape} AS s, sum(m)::BIGINT FROM ({once}) GROUP BY i, s"
    return f"SELECT i, {shape} AS s, count(*) FROM ({cells}) WHERE t IS NOT NULL GROUP BY i, s"


def _finer_shape(kind: str) -> str:
    named = sql.literal(kind)
    if kind == "number":
        power, fine = f"WHEN {_like('t', POWERS)} THEN '{POWER}'", f"WHEN {_fine('t')} THEN '{FINE}'"
        return f"CASE {power} {fine} ELSE {named} END"
    if kind in {"time", "zoned"}:
        return f"CASE WHEN {_like('t', FINER)} THEN '{NANO if kind == 'time' else NANO_ZONED}' ELSE {named} END"
    return named


def _held(text: str, cast: str) -> str:
    """Condition: a decimal number has by its length alone no more digits than a DOUBLE; cheaper than to count them."""
    signs = f"prefix({text}, '-')::INT + (prefix({text}, '0.') OR prefix({text}, '-0.'))::INT"
    short = f"strlen({text}) <= {DOUBLE_DIGITS + 1} + {signs}"
    return f"(strlen({text}) <= {EXACT_DIGITS + 1} OR ({short} AND {cast} BETWEEN -1e15 AND 1e15))"


def _fine(text: str) -> str:
    """Condition: a decimal number has more digits than a DOUBLE; zeros at its ends do not count.

    With an exponent it is a floating-point number, whatever its digits.
    """
    bare = f"ltrim({text}, '+-0 \t')"
    number = f"rtrim(ltrim(replace({bare}, '.', ''), '0'), '0 \t')"
    long = f"strlen({number}) > {DOUBLE_DIGITS} OR strlen(split_part({bare}, '.', 1)) > {EXACT_DIGITS}"
    return f"(({long}) AND NOT contains({text}, 'e') AND NOT contains({text}, 'E'))"


def digit_counts(texts: Sequence[str], table: str) -> str:
    """Return the SELECT of the most digits before and behind the point of a number, for each text given as SQL."""
    parts = []
    for text in texts:
        number = f"CASE WHEN {_like(text, PLAIN_NUMBER)} THEN {text} END"
        parts += [
            f"coalesce(max(strlen(regexp_extract({number}, {sql.literal(PLAIN_NUMBER)}, 1))), 0)",
            f"coalesce(max(strlen(rtrim(regexp_extract({number}, {sql.literal(PLAIN_NUMBER)}, 2), '0'))), 0)",
        ]
    return f"SELECT {', '.join(parts)} FROM {table}"


def by_column(rows: Iterable[Sequence[object]], columns: int) -> list[dict[str, int]]:
    """Return what `shape_counts` counted, column by column: how many cells have which shape."""
    counts: list[dict[str, int]] = [{} for _ in range(columns)]
    for column, kind, number in rows:
        counts[int(str(column))][str(kind)] = int(str(number))
    return counts


def _like(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {sql.literal(pattern)})"
