"""Statistics of a column that are exact whatever its digits are: sums of integers, put together in Python; pure.

DuckDB adds integers up in 128 bits, and multiplies decimals in 38 digits; a
mean or a spread it computes in floating point. Here a number is an integer of
units, and a wide one is taken apart into pieces whose sums and squares fit.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from itertools import combinations_with_replacement

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, MetricName, Metrics
from idqp_cli.rules.literals import INTEGERS

COUNT, UNIT, VALUE = "count", "unit", "value"
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
# Integers of so many digits are BIGINTs.
MAX_WIDTH = 18
NARROW = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
LIMB = 32
MASK = (1 << LIMB) - 1


@frozen
class Limb:
    """The name of the sum of the pieces at a place; 0 is the lowest 32 bits."""

    at: int


@frozen
class Product:
    """The name of the sum of the products of the pieces at two places."""

    at: int
    other: int


@frozen
class Units:
    """A number as SQL for an integer of units, `unit` of which make one.

    A `wide` one is a HUGEINT, whose sum may not fit, and else a BIGINT; `total` is the sum of the others.
    """

    value: str
    unit: int
    wide: bool = False
    total: str = ""


def units(column: Column, where: str | None) -> Units | None:
    """Return a column of exact numbers as units, in the rows that `where` holds for; None of other columns."""
    cell = sql.where(where, sql.identifier(column.name))
    if column.type in NARROW:
        return Units(f"({cell})::BIGINT", 1, total=f"sum({cell})")
    if INTEGERS.fullmatch(column.type):
        return Units(f"({cell})::HUGEINT", 1, wide=True)
    decimal = DECIMAL.fullmatch(column.type)
    if decimal is None:
        return None
    unit = 10 ** int(decimal[2])
    if int(decimal[1]) <= MAX_WIDTH:
        value = f"(({cell})::DECIMAL(38,{decimal[2]}) * {unit})::BIGINT"
        return Units(value, unit, total=_digits(f"sum({cell})"))
    # No product of such decimals fits; their digits do.
    return Units(_digits(cell), unit, wide=True)


def of_one(column: Column, value: str) -> dict[MetricName, str] | None:
    """Return the aggregates of a statistic that is one of the values of a DECIMAL; None of other columns."""
    decimal = DECIMAL.fullmatch(column.type)
    return None if decimal is None else {VALUE: _digits(value), UNIT: str(10 ** int(decimal[2]))}


def sums(found: Units) -> dict[MetricName, str]:
    """Return the aggregates of a sum and a mean."""
    pieces = _limbs(found)
    parts: dict[MetricName, str] = (
        {Limb(at): f"sum({piece})" for at, piece in enumerate(pieces)} if found.wide else {Limb(0): found.total}
    )
    return {COUNT: f"count({found.value})", UNIT: str(found.unit), **parts}


def squares(found: Units) -> dict[MetricName, str]:
    """Return the aggregates of a spread."""
    pieces = _limbs(found)
    products: dict[MetricName, str] = {
        Product(at, other): f"sum({pieces[at]} * {pieces[other]})"
        for at, other in combinations_with_replacement(range(len(pieces)), 2)
    }
    if not found.wide:
        # Two pieces of 32 bits without a sign.
        products[Product(0, 0)] = f"sum({pieces[0]}::UBIGINT * {pieces[0]}::UBIGINT)"
    return {**sums(found), **products}


def _digits(decimal: str) -> str:
    return f"replace(({decimal})::VARCHAR, '.', '')::HUGEINT"


def _limbs(found: Units) -> list[str]:
    """Return the pieces of 32 bits, the lowest first; the highest has the sign."""
    number = 4 if found.wide else 2
    shifted = [f"({found.value} >> {LIMB * at})" if at else found.value for at in range(number)]
    return [*(f"({one} & {MASK})" for one in shifted[:-1]), shifted[-1]]


def value_of(metrics: Metrics) -> Fraction | None:
    """Return a statistic that is one of the values."""
    found = metrics[VALUE]
    return None if found is None else Fraction(int(found), int(metrics[UNIT] or 1))


def total(metrics: Metrics) -> Fraction | None:
    """Return the sum; None of no value."""
    return Fraction(_total(metrics), int(metrics[UNIT] or 1)) if metrics[COUNT] else None


def mean(metrics: Metrics) -> Fraction | None:
    """Return the mean; None of no value."""
    found = total(metrics)
    return None if found is None else found / int(metrics[COUNT] or 1)


def variance(metrics: Metrics) -> Fraction | None:
    """Return the variance of a sample (n - 1); None of less than two values."""
    number = int(metrics[COUNT] or 0)
    if number < 2:
        return None
    squared = 0
    for name, product in metrics.items():
        if isinstance(name, Product):
            twice = 1 if name.at == name.other else 2
            squared += (int(product or 0) << LIMB * (name.at + name.other)) * twice
    return Fraction(number * squared - _total(metrics) ** 2, number * (number - 1) * int(metrics[UNIT] or 1) ** 2)


def root(square: Fraction) -> float:
    """Return the square root of a variance."""
    # The root of an integer of 128 bits or more, so that nothing is rounded before the last step.
    shift = max(0, 256 - square.numerator.bit_length() + square.denominator.bit_length()) // 2
    return float(Fraction(math.isqrt((square.numerator << 2 * shift) // square.denominator), 1 << shift))


def _total(metrics: Metrics) -> int:
    return sum(int(piece or 0) << LIMB * name.at for name, piece in metrics.items() if isinstance(name, Limb))
