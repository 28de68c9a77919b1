"""Values of the rules file as literals of a column's type."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from idqp_cli import sql
from idqp_cli.model import Column, Scalar
from idqp_cli.rules.rule import NotEvaluableError
from idqp_cli.text import clean

INTEGERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
NUMBERS = re.compile(rf"{INTEGERS.pattern}|FLOAT|DOUBLE|DECIMAL.*")
TEXT = re.compile(r"VARCHAR|ENUM.*")
TIMES = re.compile(r"DATE|TIMESTAMP.*")


def literals_as(values: Iterable[Scalar], column: Column) -> list[str]:
    """Write values as literals of the column's type, without those that a column of integers cannot hold.

    One fraction in a list would make DuckDB compare all of it as rounded numbers.
    """
    if not INTEGERS.fullmatch(column.type):
        return [literal_as(value, column) for value in values]
    numbers = [(value, _number(value)) for value in values]
    return [
        literal_as(value, column)
        for value, number in numbers
        if number is None or (isinstance(number, int) and abs(number) < 1 << 127)
    ]


def literal_as(value: Scalar, column: Column) -> str:
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
