"""The names of metrics that a rule has of each of several columns; pure."""

from __future__ import annotations

from enum import Enum

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Metrics


class Fact(Enum):
    """What a rule finds out of each of several columns."""

    # Cells that are not of the column's type, and the cells of a column of text.
    BAD = "bad"
    TEXTS = "texts"
    # Of the former, those that are a word for a missing value.
    ABSENT = "absent"
    # Cells that a declared schema forbids.
    NULL = "null"
    OUTSIDE = "outside"
    LENGTH = "length"
    # All rows have moved from the baseline's, so that no row is judged by the column.
    MOVED = "moved"
    # Nearly all numbers lie beyond the baseline's.
    SHIFTED = "shifted"


@frozen
class OfColumn:
    """The name of a metric of a column: what was found out, and of which column."""

    fact: Fact
    column: str


def of_columns(metrics: Metrics, fact: Fact) -> dict[str, int | float | None]:
    """Return the metrics of this fact by the names of their columns."""
    return {name.column: number for name, number in metrics.items() if isinstance(name, OfColumn) and name.fact is fact}
