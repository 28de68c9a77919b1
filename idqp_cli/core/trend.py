"""What earlier runs found, as far as a report draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from idqp_cli.core.frozen import frozen


@frozen
class Point:
    """A number at a time (UTC); None where a run could not tell it."""

    at: datetime
    value: float | None


@frozen
class History:
    """A dataset over its runs, oldest first: its score, and the metric of each rule and segment."""

    scores: tuple[Point, ...] = ()
    metrics: Mapping[tuple[str, str | None], tuple[Point, ...]] = field(default_factory=dict)
