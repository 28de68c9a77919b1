"""What alerts are made of: the settings that say who hears what, and the notices that travel; frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, time, timedelta
from enum import StrEnum

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Severity

# Text in which ${IDQP_NAME} stands for a variable of the environment, read when a message is delivered.
Template = str
# A template in which {dataset} also stands for a field of the message.
Words = str
# A template that names a variable: the rules file holds no secret.
Secret = str


class Told(StrEnum):
    """What people are told of an incident."""

    OPENED = "opened"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    LOWERED = "lowered"
    REMINDER = "reminder"
    RECOVERED = "recovered"
    UNCHECKED = "unchecked"
    REROUTED = "rerouted"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


# What is over for a channel, whether or not the incident is.
ENDS = frozenset({Told.RECOVERED, Told.UNCHECKED, Told.REROUTED, Told.RESOLVED})


@frozen
class Match:
    """Which incidents a route or a silence is about; each list that is given must hold a pattern that matches."""

    severity: tuple[str, ...] = ()
    dataset: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    type: tuple[str, ...] = ()


@frozen
class Route:
    """The channels that hear of the incidents that match, once they have failed so often."""

    match: Match
    to: tuple[str, ...]
    tell_after: int | None = None


@frozen
class Silence:
    """When incidents that match are not spoken of; all that is given must hold.

    `between` is a time of each day and the later one that ends it, also behind
    midnight; `days` are numbers from Monday, 0. Both, and `cron`, are by the
    clock of the time zone `zone`, UTC if none is said. `cron` says when a
    silence begins that lasts for `lasts`.
    """

    match: Match
    since: datetime | None = None
    until: datetime | None = None
    between: tuple[time, time] | None = None
    days: tuple[int, ...] = ()
    zone: str | None = None
    cron: str | None = None
    lasts: timedelta | None = None


@frozen
class News:
    """What there is to tell of one incident, cleaned of all that could harm a reader.

    `history` are the metric's values of earlier runs, oldest first; `samples`
    are masked rows; `by` is the person who acted, None for a run. `since` is
    when it was last opened; `severity_before` what the channel last heard, where
    that is another.
    """

    number: int
    fingerprint: str
    told: Told
    dataset: str
    rule: str
    rule_type: str
    severity: Severity
    since: datetime
    occurrences: int
    message: str
    severity_before: Severity | None = None
    segment: str | None = None
    metric_value: float | None = None
    threshold: float | None = None
    history: tuple[float, ...] = ()
    rows_failed: int | None = None
    rows_evaluated: int | None = None
    samples: tuple[str, ...] = ()
    by: str | None = None


@frozen
class Notice:
    """One message to one channel. `key` is the same for the same message, whoever makes it again.

    `counts` has how many incidents are told as what; of a digest `news` has
    only the worst, and `dataset` is None where there are several. `numbers` are
    those of all incidents that it tells of, and `told` what of each, with its
    severity. `only` are the recipients whom it has not reached yet, where others
    have it already; none are all.
    """

    key: str
    channel: str
    at: datetime
    dataset: str | None
    severity: Severity
    counts: Mapping[Told, int]
    news: tuple[News, ...]
    digest: bool = False
    numbers: tuple[int, ...] = ()
    told: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    only: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Tell whether all that it tells of has ended."""
        return set(self.counts) <= ENDS


@frozen
class Outcome:
    """What became of a delivery: `error` is None when it arrived; `retry` says whether trying again may help.

    `after` is how many seconds the receiver asks to wait. `left` are the
    recipients whom a message did not reach that has reached others.
    """

    error: str | None = None
    retry: bool = False
    after: float | None = None
    left: tuple[str, ...] = ()


DELIVERED = Outcome()


class Undelivered(Exception):  # noqa: N818 - it is an outcome, and ends as one
    """Why a message cannot be delivered; holds no address and no secret."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome
