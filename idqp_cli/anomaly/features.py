"""Columns as numbers that a model can take: what is asked of each cell, in SQL; pure.

Numbers, times and booleans are one number each. Text of few values is its
rarity and one number for each value; text of many values is its shape: its
length, its classes of characters, and how rare the shape is. A cell that is
missing is NaN, which the encoding makes a value of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column

# Text with at most so many different values is told apart by value.
FEW_VALUES = 20
# The most frequent values that together make up so much of a column are its usual ones.
USUAL = 0.99
KNOWN_SHAPES = 50
MAX_TEXT = 200
SAMPLED_TEXTS = 20_000


class Kind(StrEnum):
    """What is asked of a column's cells."""

    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"
    WORD = "word"
    TEXT = "text"


class Role(StrEnum):
    """What a feature is: a quantity with a scale of its own, a rarity, or whether the cell is a certain value."""

    QUANTITY = "quantity"
    RARITY = "rarity"
    MEMBER = "member"


@frozen
class Field:
    """A column as a model sees it; `common` are its values (WORD) or shapes (TEXT) with their share of the rows.

    They were counted in `rows` rows, of which the share `present` had a value.
    """

    name: str
    kind: Kind
    common: tuple[tuple[str, float], ...] = ()
    rows: int = 0
    present: float = 1.0

    @property
    def roles(self) -> tuple[Role, ...]:
        """What the field's features are, in the order of `expressions`."""
        if self.kind is Kind.WORD:
            return (Role.RARITY, *(Role.MEMBER for _ in self.common))
        if self.kind is Kind.TEXT:
            return (Role.QUANTITY,) * 4 + (Role.RARITY,)
        return (Role.QUANTITY,)


def rarity(share: float, least: float) -> float:
    """Return how often a value's share of the rows doubles before it is `least`, the share of one that is usual.

    Among values of which each is a little rarer than the one before it, none is
    far from the last of the usual ones; beside three usual values a misspelt one is.
    """
    return max(0.0, math.log2(least / share)) if least > 0 else 0.0


def texts(column: Column) -> tuple[str, str]:
    """Return SQL for a cell as text, and for its shape."""
    text = f"left({sql.as_text(column)}, {MAX_TEXT})"
    return text, _shape(text)


def text_field(name: str, cells: Sequence[tuple[str | None, str | None]]) -> Field:
    """Describe a column of text by sampled cells and their shapes."""
    values = Counter(text for text, _ in cells if text is not None)
    rows = len(cells)
    present = values.total() / max(1, rows)
    if len(values) <= FEW_VALUES and len(values) * 4 <= values.total():
        return Field(name, Kind.WORD, _shares(values, FEW_VALUES, rows), rows, present)
    shapes = Counter(shape for _, shape in cells if shape is not None)
    return Field(name, Kind.TEXT, _shares(shapes, KNOWN_SHAPES, rows), rows, present)


def _shares(counted: Counter[str], limit: int, rows: int) -> tuple[tuple[str, float], ...]:
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return tuple((text, number / rows) for text, number in ranked)


def expressions(field: Field, column: Column) -> tuple[str, ...]:
    """Return SQL for the field's features of a row: numbers, NULL where the cell is missing."""
    name = sql.identifier(column.name)
    match field.kind:
        case Kind.NUMBER:
            return (f"CAST({name} AS DOUBLE)",)
        case Kind.TIME:
            return (f"epoch({sql.moment(column)})",)
        case Kind.FLAG:
            return (f"CAST({name} AS INTEGER)",)
        case Kind.WORD:
            text, _ = texts(column)
            members = tuple(f"CAST({text} = {sql.literal(value)} AS INTEGER)" for value, _ in field.common)
            return (_rarity(text, field), *members)
        case Kind.TEXT:
            text, shape = texts(column)
            digits, letters = _length(text, "[^0-9]"), _length(text, "[^A-Za-z]")
            length = f"length({sql.as_text(column)})"
            return length, digits, letters, f"length({text}) - {digits} - {letters}", _rarity(shape, field)


def _shape(text: str) -> str:
    """Return SQL for the shape of a text: runs of digits, capitals and small letters each as one character."""
    for run, mark in (("[0-9]+", "9"), ("[A-Z]+", "A"), ("[a-z]+", "a")):
        text = f"regexp_replace({text}, '{run}', '{mark}', 'g')"
    return text


def _length(text: str, without: str) -> str:
    return f"length(regexp_replace({text}, '{without}', '', 'g'))"


def _rarity(text: str, field: Field) -> str:
    """Return SQL for how rare a text is; one that was never seen is as rare as half a row."""
    usual = least(field)
    unseen = sql.literal(rarity(0.5 / max(1, field.rows), usual))
    if not field.common:
        return f"CASE WHEN {text} IS NOT NULL THEN {unseen} END"
    known = " ".join(
        f"WHEN {sql.literal(value)} THEN {sql.literal(rarity(share, usual))}" for value, share in field.common
    )
    return f"CASE WHEN {text} IS NOT NULL THEN CASE {text} {known} ELSE {unseen} END END"


def least(field: Field) -> float:
    """Return the share of the least frequent of the usual values; 0 where too many are needed to make up the usual."""
    present, total = sum(share for _, share in field.common), 0.0
    for _, share in field.common:
        total += share
        if total >= USUAL * max(present, field.present):
            return share
    return 0.0
