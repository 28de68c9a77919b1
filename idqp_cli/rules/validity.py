"""Validity: is each value one that can be?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeGuard

from idqp_cli import sql
from idqp_cli.model import Column, Scalar
from idqp_cli.rules.rule import Bound, Kind, NotEvaluableError, RowRule, Takes, rule
from idqp_cli.text import clean

INTEGERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
NUMBERS = re.compile(rf"{INTEGERS.pattern}|FLOAT|DOUBLE|DECIMAL.*")
TEXT = re.compile(r"VARCHAR|ENUM.*")
TIMES = re.compile(r"DATE|TIMESTAMP.*")


@rule("accepted_values")
class AcceptedValues(RowRule):
    """Every value is one of `values`.

    Values are compared in the column's type: in a text column `1` is the text
    '1', in a number column it is the number.
    """

    values: tuple[Scalar, ...]

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        accepted = ", ".join(_as(value, column) for value in self.values)
        return f"{sql.identifier(column.name)} NOT IN ({accepted})"

    def fault(self) -> str:
        shown = ", ".join(clean(value, 40) for value in self.values[:8])
        more = f" and {len(self.values) - 8} more" if len(self.values) > 8 else ""
        return f"{clean(self.columns[0], 60)} is none of {shown}{more}"


class Exclusive(StrEnum):
    """Which bounds of a range do not belong to it."""

    MIN = "min"
    MAX = "max"
    BOTH = "both"


@rule("range")
class Range(RowRule):
    """Every value is at least `min` and at most `max`.

    Bounds are numbers, dates or timestamps (ISO 8601), or text; `exclusive`
    (`min`, `max` or `both`) takes a bound itself out of the range.
    """

    min: Bound | None = None
    max: Bound | None = None
    exclusive: Exclusive | None = None

    def __post_init__(self) -> None:
        """Refuse a range without a bound, or whose bounds cannot be met."""
        if self.min is None and self.max is None:
            raise ValueError("needs min or max")
        if self.min is not None and self.max is not None:
            if isinstance(self.min, str) != isinstance(self.max, str):
                raise ValueError("min and max must be of one kind, both numbers or both text")
            if self.min > self.max:  # type: ignore[operator] # both text or both numbers, by the line above
                raise ValueError(f"min {clean(self.min)} is above max {clean(self.max)}")

    def kinds(self) -> Mapping[str, Kind]:
        bound = self.max if self.min is None else self.min
        if not isinstance(bound, str):
            return {self.columns[0]: Kind.NUMBER}
        return {self.columns[0]: Kind.TIME} if re.match(r"\d{4}-\d\d-\d\d", bound) else {}

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        name = sql.identifier(column.name)
        below = "<=" if self.exclusive in {Exclusive.MIN, Exclusive.BOTH} else "<"
        above = ">=" if self.exclusive in {Exclusive.MAX, Exclusive.BOTH} else ">"
        outside = []
        if self.min is not None:
            # Between two integers the bound is the upper one; a comparison as DOUBLE would not be exact.
            bound, sign = (math.ceil(self.min), "<") if _between(self.min, column) else (self.min, below)
            outside.append(f"{name} {sign} {_bound(bound, column)}")
        if self.max is not None:
            bound, sign = (math.floor(self.max), ">") if _between(self.max, column) else (self.max, above)
            outside.append(f"{name} {sign} {_bound(bound, column)}")
        return sql.either(outside)

    def fault(self) -> str:
        opening = "(" if self.min is None or self.exclusive in {Exclusive.MIN, Exclusive.BOTH} else "["
        closing = ")" if self.max is None or self.exclusive in {Exclusive.MAX, Exclusive.BOTH} else "]"
        low = "-∞" if self.min is None else clean(self.min, 40)
        high = "∞" if self.max is None else clean(self.max, 40)
        return f"{clean(self.columns[0], 60)} is outside {opening}{low}, {high}{closing}"


@rule("pattern")
class Pattern(RowRule):
    r"""In every text one of the patterns is found; with `negate: true`, none of them.

    `regex` is an RE2 regular expression that is searched for, so anchor it with
    ^ and $ (`'^\d{5}$'`); `like` is an SQL LIKE pattern of the whole text. Each
    may be a list. A column that is not text is looked at as text.
    """

    regex: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    negate: bool = False

    def __post_init__(self) -> None:
        """Refuse a rule without a pattern."""
        if not self.regex and not self.like:
            raise ValueError("needs regex or like")

    def patterns(self) -> Sequence[str]:
        return self.regex

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        cell = sql.as_text(column)
        found = sql.either(
            [f"regexp_matches({cell}, {sql.literal(pattern)})" for pattern in self.regex]
            + [f"{cell} LIKE {sql.literal(pattern)}" for pattern in self.like]
        )
        return found if self.negate else f"NOT ({found})"

    def fault(self) -> str:
        shown = " or ".join(clean(pattern, 60) for pattern in (*self.regex, *self.like))
        return f"{clean(self.columns[0], 60)} {'matches' if self.negate else 'does not match'} {shown}"


@rule("expression")
class Expression(RowRule):
    """The SQL expression is true of every row; a row for which it is NULL passes, as in an SQL CHECK."""

    takes = Takes.NO_COLUMN

    expression: str

    def conditions(self) -> Sequence[str]:
        return (*super().conditions(), self.expression)

    def failing(self, columns: tuple[Column, ...]) -> str:  # noqa: ARG002 - the expression names its columns
        return f"{sql.isolated(self.expression)} IS FALSE"

    def fault(self) -> str:
        return f"{clean(self.expression, 120)} is false"


def _between(bound: Bound, column: Column) -> TypeGuard[float]:
    """Tell whether the column holds integers and the bound lies between two of them."""
    if not isinstance(bound, float) or not math.isfinite(bound) or bound.is_integer():
        return False
    return INTEGERS.fullmatch(column.type) is not None


def _bound(bound: Bound, column: Column) -> str:
    if TEXT.fullmatch(column.type) and not isinstance(bound, str):
        raise NotEvaluableError(
            f"{clean(column.name, 60)} is {clean(column.type, 60)}, and the bound {bound} is a number;"
            " say its type under read.types, or put the bound in quotes"
        )
    return _as(bound, column)


def _as(value: Scalar, column: Column) -> str:
    """Write `value` as a literal of the column's type, so that the comparison is that type's own.

    DuckDB compares 10 with '9' as numbers and '10' with '9' as text; here a
    value that the type does not have is an error of the rule.
    """
    if TEXT.fullmatch(column.type):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return sql.literal(str(value))
        return sql.literal(str(value).lower() if isinstance(value, bool) else value)
    if column.type == "BOOLEAN":
        if isinstance(value, bool) or str(value) in {"true", "false"}:
            return sql.literal(str(value).lower() == "true")
    elif NUMBERS.fullmatch(column.type):
        number = _number(value)
        if number is not None:
            # 0.1 as a FLOAT is another number than 0.1 as a DOUBLE.
            return f"{sql.literal(number)}::FLOAT" if column.type == "FLOAT" else sql.literal(number)
    elif TIMES.fullmatch(column.type):
        if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
            # Not the column's type: a DATE literal would drop the time of the bound.
            kind = "TIMESTAMPTZ" if column.type == "TIMESTAMP WITH TIME ZONE" else "TIMESTAMP"
            return f"{sql.literal(value)}::{kind}"
    elif isinstance(value, str):
        return f"{sql.literal(value)}::{column.type}"
    raise NotEvaluableError(
        f"{clean(column.name, 60)} is {clean(column.type, 60)}, and '{clean(value, 60)}' is no value of that type"
    )


def _number(value: Scalar) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = int(value) if re.fullmatch(r"[+-]?\d{1,100}", value) else float(value)
        except ValueError:
            return None
    if isinstance(value, float) and math.isnan(value):
        return None
    return int(value) if isinstance(value, float) and math.isfinite(value) and value.is_integer() else value
