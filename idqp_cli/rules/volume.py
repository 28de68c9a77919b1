"""Volume: is there as much data as there should be?"""

from __future__ import annotations

from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules.needs import Given, Need, Values
from idqp_cli.rules.rule import Rule, Takes, filtered, rule
from idqp_cli.text import count


@rule("row_count")
class RowCount(Rule):
    """The number of rows is at least `min` and at most `max`."""

    takes = Takes.NO_COLUMN

    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        """Refuse a rule without a bound, or whose bounds cannot be met."""
        if self.min is None and self.max is None:
            raise ValueError("needs min or max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")

    def needs(self, columns: tuple[Column, ...]) -> Need:  # noqa: ARG002 - rows are counted whole
        condition = filtered(self)
        return Values({"rows": "count(*)" if condition is None else f"count(*) FILTER (WHERE {condition})"})

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - a count needs nothing else
        rows = int(metrics["rows"] or 0)
        short = self.min is not None and rows < self.min
        over = self.max is not None and rows > self.max
        bound = f", at least {self.min:,} expected" if short else f", at most {self.max:,} expected" if over else ""
        return Verdict(
            status=Status.FAILED if short or over else Status.PASSED,
            message=count(rows, "row") + bound,
            metric_value=rows,
            threshold=self.max if over or self.min is None else self.min,
            rows_evaluated=rows,
        )
