"""Timeliness: is the data of today?"""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli import sql
from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules.literals import NOTHING, TIMES, refuse_doubtful
from idqp_cli.rules.needs import Given, Need, Values
from idqp_cli.rules.rule import Duration, Kind, NotEvaluableError, Rule, Takes, filtered, rule
from idqp_cli.text import apart, clean, duration


@rule("freshness")
class Freshness(Rule):
    """The newest value of the column is at most `max_age` old; without a column, the file itself is.

    `max_age` is a number with a unit: `90s`, `30m`, `24h`, `7d`, `2w`. Ages are
    exact seconds; timestamps without a zone are UTC, a date is its midnight.
    """

    takes = Takes.MAYBE_ONE
    exact = False

    max_age: Duration

    def __post_init__(self) -> None:
        """Refuse to divide a file's age."""
        if self.segment_by is not None and not self.columns:
            raise ValueError("segment_by: needs a column")

    def kinds(self) -> Mapping[str, Kind]:
        return dict.fromkeys(self.columns, Kind.TIME)

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
        moment = sql.moment(column)
        kind = "TIMESTAMPTZ" if column.type == "TIMESTAMP WITH TIME ZONE" else "TIMESTAMP"
        looked = sql.both(filtered(self), f"isfinite({moment})")
        return Values({"newest": f"epoch_us(max({sql.where(looked, f'{moment}::{kind}')}))"})

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        if not self.columns and given.modified_at is None:
            return Verdict(
                Status.ERROR, "standard input has no modification time; name a column", threshold=self.max_age
            )
        if self.columns:
            what, newest = f"the newest {clean(self.columns[0], 60)}", metrics["newest"]
            seconds = None if newest is None else newest / 1e6
        else:
            what, seconds = "the file", given.modified_at.timestamp() if given.modified_at else None
        if seconds is None:
            return Verdict(Status.FAILED, f"{what} is not known: there is no value", threshold=self.max_age)
        age = given.now.timestamp() - seconds
        bound, old = apart(self.max_age, age, show=duration)
        shown = f"{what} is {old} old" if age >= 0 else f"{what} is {duration(-age)} in the future"
        return Verdict(
            status=Status.PASSED if age <= self.max_age else Status.FAILED,
            message=f"{shown}, at most {bound} allowed",
            metric_value=age,
            threshold=self.max_age,
        )
