"""A metric's history as values that travel, without what it takes to judge it."""

from __future__ import annotations

from idqp_cli.anomaly.options import Direction
from idqp_cli.core.frozen import frozen


@frozen
class Series:
    """A metric's values in the order of their times (seconds of UTC).

    `share` says that the values are shares of rows, from 0 to 1;
    `false_positives` counts the alarms on it that a person called false. `zone` is
    the time zone of its days, UTC if None, and `holidays` are days of it, counted
    from 1970-01-01. `min_change` is the smallest change that matters, below 1 as a
    share of what is usual. `refused` are the values of the last alarms in a row (of
    a profile the scores of the first alarm of each row that nobody called fixed),
    and `accept` is the command that makes them usual. `expected` are the times of
    alarms that a person called expected.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]
    share: bool = False
    false_positives: int = 0
    zone: str | None = None
    holidays: frozenset[int] = frozenset()
    direction: Direction = Direction.BOTH
    min_change: float = 0.01
    refused: tuple[float, ...] = ()
    accept: str = ""
    expected: frozenset[float] = frozenset()


@frozen
class Strange:
    """A metric's score in a batch, its value, and the median of those before."""

    metric: str
    score: float
    value: float | None
    before: float | None
