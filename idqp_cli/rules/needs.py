"""What a rule needs to know of the data before it can judge.

A need is data, not code: the engine reads it, fetches it in as few scans as it
can, and gives back named numbers. `Rows`, `Keys` and `Values` are SQL text and
nothing else, so another engine can take them as they are. A rule that needs
more than the dataset itself (the time, a file's age, later a baseline or a
metric's history) finds it in `Given`, fetched before the scan is planned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

EVALUATED = "evaluated"
FAILED = "failed"


@dataclass(frozen=True)
class Given:
    """What is known before the data is read: the time to judge by, and the file's age."""

    now: datetime
    modified_at: datetime | None


@dataclass(frozen=True)
class Rows:
    """Count the rows that `looked` holds for, and those among them that `failing` holds for.

    Gives the metrics `evaluated` and `failed`. Both are conditions on one row,
    so the failing rows can also be shown, set apart or counted by segment.
    """

    looked: str
    failing: str


@dataclass(frozen=True)
class Keys:
    """Count the rows that `looked` holds for, and those whose `key` occurs more than once.

    `key` holds SQL expressions. Gives the metrics `evaluated` and `failed`.
    """

    looked: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class Values:
    """Compute named SQL aggregates over the dataset; gives a metric of each name."""

    aggregates: Mapping[str, str]


Need = Rows | Keys | Values
