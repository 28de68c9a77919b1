"""Volume: is there as much data as there should be?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Column, MetricKey, Metrics, Status, Verdict
from idqp_cli.core.text import clean, count, percent
from idqp_cli.rules.bounds import Exclusive, above, below, least, most, refuse_exclusive
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import OTHER, ROWS, Counts, Need, Values
from idqp_cli.rules.rule import Portion, Rule, Takes, filtered, refuse_bounds, rule


def asks_for_rows(rules: Iterable[Rule]) -> bool:
    """Tell whether one of the rules asks for a row of the whole dataset."""
    return any(isinstance(rule, RowCount) and rule.where is None and rule.min for rule in rules)


@rule("row_count")
class RowCount(Rule):
    """The number of rows is at least `min` and at most `max`, or `equals` that of another dataset.

        {type: row_count, min: 1000}

    `exclusive` (`min`, `max` or `both`) excludes the bound itself. With
    `change: 10%`, the number is at most 10 % above or below that of the last recorded
    run in which this rule did not fail. Without such a run, the rule is skipped.
    """

    takes = Takes.NO_COLUMN
    sizes = True
    repeatable = True

    min: int | None = None
    max: int | None = None
    exclusive: Exclusive | None = None
    equals: str | None = None
    change: Portion | None = None

    def __post_init__(self) -> None:
        """Refuse a rule without a bound, or whose bounds cannot be met."""
        if self.change is not None and (self.equals is not None or self.segment_by is not None):
            raise ValueError("change: goes without equals and segment_by")
        if self.equals is None:
            if self.change is None or self.min is not None or self.max is not None:
                refuse_bounds(self.min, self.max)
            refuse_exclusive(self.min, self.max, self.exclusive)
        elif self.min is not None or self.max is not None or self.exclusive is not None:
            raise ValueError("equals: goes without min, max and exclusive")
        elif self.segment_by is not None:
            raise ValueError("equals: goes without segment_by")

    @property
    def needs_rows(self) -> bool:
        """A dataset without a row is judged, too."""
        return False

    def others(self) -> Sequence[str]:
        return () if self.equals is None else (self.equals,)

    def watches(self) -> MetricKey | None:
        return None if self.change is None else MetricKey(self.name)

    def needs(self, columns: tuple[Column, ...]) -> Need:  # noqa: ARG002 - rows are counted whole
        if self.equals is not None:
            return Counts(self.equals, filtered(self))
        condition = filtered(self)
        return Values({ROWS: "count(*)" if condition is None else sql.count_where(condition)})

    def judge(self, metrics: Metrics, given: Given) -> Verdict:
        rows = int(metrics[ROWS] or 0)
        if self.equals is not None:
            other = int(metrics[OTHER] or 0)
            return Verdict(
                status=Status.PASSED if rows == other else Status.FAILED,
                message=f"{count(rows, 'row')}, {clean(self.equals, 60)} has {other:,}",
                metric_value=rows,
                threshold=other,
                rows_evaluated=rows,
            )
        short = self.min is not None and not above(rows, self.min, self.exclusive)
        over = self.max is not None and not below(rows, self.max, self.exclusive)
        bound = f", {least(self.exclusive)} {self.min:,} expected" if short else ""
        bound = f", {most(self.exclusive)} {self.max:,} expected" if over else bound
        if self.change is not None and not (short or over):
            return self._judge_change(rows, self.change, given)
        return Verdict(
            status=Status.FAILED if short or over else Status.PASSED,
            message=count(rows, "row") + bound,
            metric_value=rows,
            threshold=self.max if over or self.min is None else self.min,
            rows_evaluated=rows,
        )

    def _judge_change(self, rows: int, change: Portion, given: Given) -> Verdict:
        past = given.history.get((self.name, None))
        if past is None or not past.values:
            told = f"{count(rows, 'row')}; no run before to compare with yet"
            return Verdict(Status.SKIPPED, told, metric_value=rows, rows_evaluated=rows)
        before = int(past.values[-1])
        exact = change.exact
        apart = abs(rows - before) * exact.denominator > exact.numerator * before
        # The bound is the last number of rows that passes.
        allowed = before * exact
        bound = math.ceil(before - allowed) if rows < before else math.floor(before + allowed)
        asked = (
            f", {before:,} before: at most {percent(change)} more or less expected" if apart else f", {before:,} before"
        )
        return Verdict(
            status=Status.FAILED if apart else Status.PASSED,
            message=count(rows, "row") + asked,
            metric_value=rows,
            threshold=bound,
            rows_evaluated=rows,
        )
