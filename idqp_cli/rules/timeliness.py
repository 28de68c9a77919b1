"""Timeliness: is the data of today?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta

from idqp_cli.core import sql
from idqp_cli.core.model import Column, MetricName, Metrics, Status, Verdict
from idqp_cli.core.text import apart, clean, count, duration
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.given import Given
from idqp_cli.rules.literals import NOTHING, TIMES, refuse_doubtful
from idqp_cli.rules.needs import Need, Values
from idqp_cli.rules.rule import INNER, Duration, Kind, Rule, Takes, filtered, rule

# Clocks differ by so many seconds.
TOLERANCE = 300.0


@rule("freshness")
class Freshness(Rule):
    """The newest value of the column is at most `max_age` old. Without a column, the file itself is.

        {type: freshness, column: updated_at, max_age: 24h}

    `max_age` is a number with a unit: `90s`, `30m`, `24h`, `7d`, `2w`. Ages are exact
    to the second. Timestamps without a zone are in the `timezone` of the dataset,
    UTC by default. A date counts as its midnight.

    A value more than five minutes in the future is ignored, and the message counts
    such values. With `allow_future`, a value further in the future than that fails.
    A file with a modification time in the future fails.
    """

    takes = Takes.MAYBE_ONE
    exact = False

    max_age: Duration
    allow_future: Duration | None = None
    known: float | None = field(default=None, metadata=INNER)
    observed: str | None = field(default=None, metadata=INNER)

    def __post_init__(self) -> None:
        """Refuse to divide a file's age."""
        if self.segment_by is not None and not self.columns:
            raise ValueError("segment_by: needs a column")

    def kinds(self) -> Mapping[str, Kind]:
        return dict.fromkeys(self.columns, Kind.TIME)

    @property
    def needs_rows(self) -> bool:
        """The age of files is judged without a row; that of a column's times is not."""
        return bool(self.columns)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        if not columns:
            return Values({})
        (column,) = columns
        if column.type == NOTHING:
            return Values({"newest": f"max({sql.identifier(column.name)})"})
        refuse_doubtful(column, as_time=True)
        if not TIMES.fullmatch(column.type):
            raise NotEvaluableError(
                f"{clean(column.name, 60)} is {clean(column.type, 60)}, not a date or a timestamp; "
                "say its type under read.types"
            )
        name = sql.moment(column)
        zoned = column.type == "TIMESTAMP WITH TIME ZONE"
        kind = "TIMESTAMPTZ" if zoned else "TIMESTAMP"
        looked, value = sql.both(filtered(self), f"isfinite({name})"), f"epoch_us({name}::{kind})"
        if self.known is None:
            return Values({"newest": f"max({sql.where(looked, value)})"})
        limit = self.known + self._tolerance()
        limit = round((limit if zoned else _on_the_wall(limit, self.observed)) * 1_000_000)
        past, future = sql.both(looked, f"{value} <= {limit}"), sql.both(looked, f"{value} > {limit}")
        wanted: dict[MetricName, str] = {
            "newest": f"max({sql.where(past, value)})",
            "future": sql.count_where(future),
            "farthest": f"max({sql.where(future, value)})",
        }
        return Values(wanted if zoned or self.observed is None else {**wanted, "local": "1"})

    def knowing(self, given: Given) -> Rule:
        return replace(self, known=given.now.timestamp(), observed=given.zone)

    def _tolerance(self) -> float:
        return TOLERANCE if self.allow_future is None else self.allow_future

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        if not self.columns:
            return self._of_file(given)
        what, newest, now = (
            f"the newest value of {clean(self.columns[0], 60)}",
            metrics["newest"],
            given.now.timestamp(),
        )
        zone = given.zone if metrics.get("local") else None
        ahead, farthest = int(metrics.get("future") or 0), metrics.get("farthest")
        said = ""
        if ahead and farthest is not None:
            far = duration(_moment(farthest / 1e6, zone, now) - now)
            said = f"{count(ahead, 'value')} in the future" + ("" if self.private else f", up to {far}")
        if newest is None:
            why = f"all there is is {said}" if said else "there is no value"
            return Verdict(Status.FAILED, f"{what} is not known: {why}", threshold=self.max_age)
        age = now - _moment(newest / 1e6, zone, now)
        beyond = bool(ahead) and self.allow_future is not None
        if self.private:
            late = age > self.max_age
            found = "older than" if late else "in the future, not within" if beyond else "within"
            told = f"{what} is {found} {duration(self.max_age)} (pii, not shown)"
            return Verdict(Status.FAILED if late or beyond else Status.PASSED, told, threshold=self.max_age)
        bound, old = apart(self.max_age, age, show=duration)
        shown = f"{what} is {old} old" if age >= 0 else f"{what} is {duration(-age)} in the future"
        more = f"; {said}, {duration(self.allow_future or 0)} allowed" if beyond else f"; {said}, not looked at"
        return Verdict(
            status=Status.PASSED if age <= self.max_age and not beyond else Status.FAILED,
            message=f"{shown}, at most {bound} allowed{more if said else ''}",
            metric_value=age,
            threshold=self.max_age,
        )

    def _of_file(self, given: Given) -> Verdict:
        if given.modified_at is None:
            return Verdict(
                Status.ERROR,
                "nobody says when the file was written, as of standard input; name a column",
                threshold=self.max_age,
            )
        age = given.now.timestamp() - given.modified_at.timestamp()
        ahead = -age > self._tolerance()
        bound, old = apart(self.max_age, age, show=duration)
        shown = f"the file is {old} old" if age >= 0 else f"the file is {duration(-age)} in the future"
        return Verdict(
            status=Status.PASSED if age <= self.max_age and not ahead else Status.FAILED,
            message=f"{shown}, at most {bound} allowed",
            metric_value=age,
            threshold=self.max_age,
        )


def _on_the_wall(moment: float, zone: str | None) -> float:
    """Return a time (seconds of UTC) as the seconds that a clock in the zone shows."""
    if zone is None:
        return moment
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a dataset with a time zone has to pay

    offset = datetime.fromtimestamp(moment, ZoneInfo(zone)).utcoffset()
    return moment + (offset or timedelta()).total_seconds()


def _moment(shown: float, zone: str | None, now: float) -> float:
    """Return the time (seconds of UTC) at which a clock in the zone shows these seconds.

    Of two the later, unless that is in the future.
    """
    if zone is None:
        return shown
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only a dataset with a time zone has to pay

    try:
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=shown)).replace(tzinfo=ZoneInfo(zone))
        later, earlier = (local.replace(fold=fold).timestamp() for fold in (1, 0))
    except OverflowError:
        return shown
    return later if earlier <= later <= now else earlier
