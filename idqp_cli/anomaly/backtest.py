"""A metric's history judged again, as values that travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from idqp_cli.anomaly.options import MIN_HISTORY, Sensitivity
from idqp_cli.anomaly.profile import Limits
from idqp_cli.anomaly.series import Series
from idqp_cli.core.frozen import frozen


@frozen
class Run:
    """A run judged again; without a score while there was too little history, without a band where there is none."""

    at: datetime
    value: float | None
    score: float | None
    low: float | None
    high: float | None
    unusual: bool


@frozen
class Watched:
    """A metric with its history; `profiles` are those of a whole profile, which has no series.

    `expected` are the times (seconds of UTC) of alarms that a person called expected,
    and `limits` says at each sensitivity when a profile is unusual.
    `segment` is the value of the rule's `segment_by` column, None for all rows.
    """

    metric: str
    series: Series
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    min_history: int = MIN_HISTORY
    profiles: Mapping[str, Sequence[float | None]] | None = None
    expected: frozenset[float] = frozenset()
    segment: str | None = None
    limits: Mapping[Sensitivity, Limits] = field(default_factory=dict)


@frozen
class Cost:
    """What a sensitivity would have cost: runs that fail, and the alerts among them, each first of its row."""

    sensitivity: Sensitivity
    failing_runs: int
    alerts: int
    runs: int
