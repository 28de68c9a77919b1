"""What a distribution is known by: a column in bins, without its rows."""

from __future__ import annotations

from enum import StrEnum

from idqp_cli.core.frozen import frozen

OTHER = "(other)"
# So many bins of about equal counts, and so many texts by name.
BINS, TEXTS = 20, 50


class Shape(StrEnum):
    """What a summary's bins are: ranges of numbers, ranges of times (seconds of UTC), or texts."""

    NUMBER = "number"
    TIME = "time"
    TEXT = "text"


@frozen
class Summary:
    """A column in bins.

    Bin i of numbers and times holds what is above `edges[i - 1]` and at most
    `edges[i]`, so there is one more count than edges; `low` and `high` are the
    smallest and the largest finite value, `deviation` their standard deviation.
    Texts have a count each, and the last count is that of all others. The first
    bin of numbers and times ends just below `low`, and the last begins at `high`:
    of what the summary was made of, none lies in them. `means` are the means of
    the bins, None where there is none; `missing` counts the cells without a value,
    None where they were not counted.
    """

    shape: Shape
    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    deviation: float = 0.0
    means: tuple[float | None, ...] = ()
    missing: int | None = None

    @property
    def rows(self) -> int:
        """The number of values."""
        return sum(self.counts)
