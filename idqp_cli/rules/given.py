"""What rules know beside the data: the time, what earlier runs left, and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import MetricKey

if TYPE_CHECKING:
    from idqp_cli.anomaly.saved_model import Learnt
    from idqp_cli.anomaly.series import Series
    from idqp_cli.anomaly.summary import Summary


@frozen
class Refused:
    """The last runs in a row that a rule refused, oldest first, and `accept`, the command that makes them usual.

    Of each there is what the rule compares: `shares` are the shares of rows that
    failed, `metrics` the values of a profile, `summaries` those of columns, empty
    where a run left none.
    """

    accept: str
    shares: tuple[float, ...] = ()
    metrics: tuple[Mapping[str, float | None], ...] = ()
    summaries: tuple[Mapping[str, Summary], ...] = ()


@frozen
class Past:
    """The past as rules judge by it; see `Given`."""

    history: Mapping[tuple[str, str | None], Series] = field(default_factory=dict)
    profiles: Mapping[MetricKey, Sequence[float | None]] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, Summary]] = field(default_factory=dict)
    models: Mapping[str, Learnt] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Refused] = field(default_factory=dict)


@frozen
class Given:
    """What is known before the data is read: the time to judge by, the file's age, and what the past was.

    `baselines` and `models` are by the name of the rule that asked for them, and
    `history` by the rule and the segment; a baseline that there is not yet is not
    among them; `faults` says of one that cannot be had why, and `refused`, also by
    rule, what a whole run was like that was not accepted. `profiles` has
    every kept metric's values, run by run. `observed` are the metrics of this run's
    other rules, by rule, for one that `follows` them. `segment` is the one that is
    judged, None for all rows; `zone` is the time zone of the dataset, UTC if None.
    """

    now: datetime
    modified_at: datetime | None
    history: Mapping[tuple[str, str | None], Series] = field(default_factory=dict)
    profiles: Mapping[MetricKey, Sequence[float | None]] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, Summary]] = field(default_factory=dict)
    models: Mapping[str, Learnt] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    observed: Mapping[str, float | None] = field(default_factory=dict)
    segment: str | None = None
    zone: str | None = None
    refused: Mapping[str, Refused] = field(default_factory=dict)
