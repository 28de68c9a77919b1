"""The bound of a range as SQL, compared exactly with the values of a column."""

from __future__ import annotations

import math

from idqp_cli.core.model import Column
from idqp_cli.core.text import clean
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.literals import (
    INTEGERS,
    TEXT,
    is_double,
    literal_as,
)
from idqp_cli.rules.rule import Bound


def between(bound: Bound, column: Column, towards: float) -> float | None:
    """Return the number of the column's type next to a bound that lies between two of them; None for one that is one.

    Beside integers a fraction, and beside a DOUBLE a large integer, would be compared as rounded numbers.
    """
    if isinstance(bound, float) and math.isfinite(bound) and not bound.is_integer():
        up = math.ceil(bound) if towards > 0 else math.floor(bound)
        return up if INTEGERS.fullmatch(column.type) else None
    if column.type != "DOUBLE" or not isinstance(bound, int) or is_double(bound) or abs(bound) >= 1 << 1023:
        return None
    near = float(bound)
    return near if (near > bound) == (towards > 0) else math.nextafter(near, towards)


def bound_of(bound: Bound, column: Column) -> str:
    """Return the bound as SQL. Raises NotEvaluableError: it is a number, and the column has texts."""
    if TEXT.fullmatch(column.type) and not isinstance(bound, str):
        told = (
            f"{clean(column.name, 60)} is {clean(column.type, 60)}, and the bound {bound} is a number;"
            " say its type under read.types, or put the bound in quotes"
        )
        raise NotEvaluableError(told, told.replace(f"the bound {bound}", "the bound"))
    return literal_as(bound, column)
