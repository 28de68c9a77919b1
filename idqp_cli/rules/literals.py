"""Values of the rules file as literals of a column's type."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal

from idqp_cli.core import sql
from idqp_cli.core.model import Column, Scalar
from idqp_cli.core.text import clean
from idqp_cli.rules.columns import NotEvaluableError

INTEGERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
NUMBERS = re.compile(rf"{INTEGERS.pattern}|FLOAT|DOUBLE|DECIMAL.*")
Number = int | float
SCALE = re.compile(r"DECIMAL\(\d+,(\d+)\)")
MAX_DIGITS = 38
# The cells of a column of JSON are read as text.
TEXT = re.compile(r"VARCHAR|JSON|ENUM.*")
TIMES = re.compile(r"DATE|TIMESTAMP.*")
NANOSECONDS = re.compile(r"TIMESTAMP(TZ)?_NS")
TIMES_OF_DAY = re.compile(r"TIME(_NS| WITH TIME ZONE)?")
NESTED = re.compile(r"(STRUCT|MAP|UNION)\(.*|.*\]", re.DOTALL)
BYTES = "BLOB"
# What a column has the type of that has no value in the whole file.
NOTHING = '"NULL"'
ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
CLOCK = re.compile(r"\d\d?:\d\d(:\d\d(\.\d{1,9})?)?([+-]\d\d(:?\d\d)?|Z)?")
UUID = re.compile(r"(?i)[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
BEYOND_MICROSECONDS = re.compile(r"\.\d{6}\d*[1-9]")
# The times that are a number of nanoseconds since 1970 in 64 bits; by whole days.
FIRST_NANOSECOND, LAST_NANOSECOND = "1677-09-22", "2262-04-11"


def literals_as(values: Iterable[Scalar], column: Column) -> list[str]:
    """Write values as literals of the column's type, without numbers that the column cannot hold.

    One fraction in a list would make DuckDB compare all of it as rounded numbers,
    and a large integer beside a DOUBLE is rounded itself.
    """
    return [literal_as(value, column) for value in values if _held(_number(value), column)]


def literals_of(values: Iterable[Scalar], column: Column) -> list[str]:
    """Write values as literals of the column's type, without those that the type cannot hold."""
    return literals_as([value for value in values if not finer(value, column) and not beyond(value, column)], column)


def finer(value: Scalar, column: Column) -> bool:
    """Tell whether a time has more digits than the column's type, so that it lies between two of its values."""
    counted = TIMES.fullmatch(column.type) or TIMES_OF_DAY.fullmatch(column.type)
    exact = column.type.endswith("_NS") or column.type == "DATE"
    return bool(counted) and not exact and isinstance(value, str) and BEYOND_MICROSECONDS.search(value) is not None


def beyond(value: Scalar, column: Column) -> bool:
    """Tell whether a time is too early or too late for a column that counts nanoseconds."""
    return (
        NANOSECONDS.fullmatch(column.type) is not None
        and isinstance(value, str)
        and ISO_DAY.match(value) is not None
        and not FIRST_NANOSECOND <= value[:10] < LAST_NANOSECOND
    )


def refuse_unwritten(column: Column) -> None:
    """Refuse a column whose cells are no text, and that nobody writes as one.

    Raises:
        NotEvaluableError: it is nested, or bytes.

    """
    if NESTED.fullmatch(column.type):
        raise NotEvaluableError(f"{clean(column.name, 60)} is {clean(column.type, 60)}, which is no text")
    if column.type == BYTES:
        raise NotEvaluableError(
            f"{clean(column.name, 60)} is BLOB, bytes and not text; if they are UTF-8, say VARCHAR under read.types"
        )


def refuse_nested(column: Column) -> None:
    """Refuse a column whose values nobody puts in order.

    Raises:
        NotEvaluableError: it is nested.

    """
    if NESTED.fullmatch(column.type):
        raise NotEvaluableError(f"{clean(column.name, 60)} is {clean(column.type, 60)}, which has no order")


def compared(values: Iterable[Scalar], column: Column) -> Column:
    """Return the column that values are compared with: the texts of the cells, where a value is a text.

    A value that the rules file has in quotes is a text, so cells that `idqp`
    alone takes for numbers are compared by how they are written.
    """
    if column.text is not None and not column.declared and _as_texts(values, column.type):
        return Column(column.text, "VARCHAR")
    return column


def _as_texts(values: Iterable[Scalar], kind: str) -> bool:
    """Tell whether one of the values is a text to cells of a type."""
    texts = [value for value in values if isinstance(value, str)]
    if kind == "BOOLEAN":
        return any(value not in {"true", "false"} for value in texts)
    if TIMES.fullmatch(kind):
        return wordy(texts)
    return bool(texts) and bool(NUMBERS.fullmatch(kind))


def refuse_doubtful(column: Column, *, as_time: bool = False) -> None:
    """Refuse to compare the texts of a column that looks like numbers or dates, or with `as_time` of any text.

    Raises:
        NotEvaluableError: texts would be compared, and not what they mean.

    """
    if as_time and TEXT.fullmatch(column.type):
        why = "; say its type under read.types" if column.doubt is None else f": {column.doubt}"
        raise NotEvaluableError(f"{clean(column.name, 60)} is {clean(column.type, 60)}, not a date or a timestamp{why}")
    if column.doubt is not None:
        raise NotEvaluableError(f"{clean(column.name, 60)} is text: {column.doubt}")


def wordy(values: Iterable[Scalar]) -> bool:
    """Tell whether one of the values is a text, and no date or time."""
    return any(isinstance(value, str) and not ISO_DAY.match(value) for value in values)


def _held(number: Number | None, column: Column) -> bool:
    if INTEGERS.fullmatch(column.type):
        return number is None or (isinstance(number, int) and abs(number) < 1 << 127)
    if number is not None and (scale := SCALE.fullmatch(column.type)) is not None:
        return _has_digits(number, int(scale[1]))
    return column.type != "DOUBLE" or not isinstance(number, int) or is_double(number)


def is_double(number: int) -> bool:
    """Tell whether an integer is one of those that a DOUBLE holds."""
    return abs(number) < 1 << 1023 and float(number) == number


def literal_as(value: Scalar, column: Column) -> str:
    """Write `value` as a literal of the column's type, so that the comparison is that type's own.

    DuckDB compares 10 with '9' as numbers and '10' with '9' as text; here a
    value that the type does not have is an error of the rule.
    """
    if column.type == NOTHING:
        return "NULL"
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
            if (scale := SCALE.fullmatch(column.type)) is not None:
                return _beside_decimal(number, int(scale[1]))
            # 0.1 as a FLOAT is another number than 0.1 as a DOUBLE.
            return f"{sql.literal(number)}::FLOAT" if column.type == "FLOAT" else sql.literal(number)
    elif TIMES.fullmatch(column.type):
        if isinstance(value, str) and ISO_DAY.match(value):
            return _moment(value, column)
    elif isinstance(value, str) and _is_written(value, column):
        if column.type == BYTES and not value.isascii():
            return f"encode({sql.literal(value)})"
        return f"{sql.literal(value)}::{column.type}"
    told = f"{clean(column.name, 60)} is {clean(column.type, 60)}, and {{}} is no value of that type"
    raise NotEvaluableError(told.format(f"'{clean(value, 60)}'"), told.format("a value of the rule"))


def _moment(value: str, column: Column) -> str:
    """Write a time beside a column of times, in a type that has all that is written."""
    if beyond(value, column):
        sign = "-" if value[:10] < FIRST_NANOSECOND else ""
        return f"'{sign}infinity'::{column.type}"
    if NANOSECONDS.fullmatch(column.type):
        return f"{sql.literal(value)}::{column.type}"
    # Not the column's type: a DATE literal would drop the time of the bound.
    kind = "TIMESTAMPTZ" if column.type == "TIMESTAMP WITH TIME ZONE" else "TIMESTAMP"
    return f"{sql.literal(value)}::{kind}"


def _is_written(value: str, column: Column) -> bool:
    """Tell whether a text is a value of the type, where DuckDB is too kind, or says no more than that it is none."""
    if TIMES_OF_DAY.fullmatch(column.type):
        return CLOCK.fullmatch(value) is not None
    return column.type != "UUID" or UUID.fullmatch(value) is not None


def _beside_decimal(number: float, scale: int) -> str:
    """Write a number exactly, if a DECIMAL has the digits for it beside a column with `scale` digits."""
    return sql.decimal(Decimal(repr(number))) if _has_digits(number, scale) else sql.literal(float(number))


def _has_digits(number: float, scale: int) -> bool:
    if not math.isfinite(number):
        return False
    whole, _, fraction = f"{abs(Decimal(repr(number))):f}".partition(".")
    return len(whole) + max(len(fraction), scale) <= MAX_DIGITS


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
