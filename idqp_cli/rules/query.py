"""Query: what no other rule type says, in SQL."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules.bounds import Exclusive, above, below, least, most, refuse_exclusive
from idqp_cli.rules.needs import ROWS, VALUE, Given, Need, Select
from idqp_cli.rules.rule import Rule, Takes, refuse_bounds, rule
from idqp_cli.text import apart, count, quantity


@rule("query")
class Query(Rule):
    """The SELECT returns no row: it returns the failing ones. With `min` or `max` it returns one number.

    The dataset is a table of its name. The SELECT can read it and nothing else;
    `where` does not go with it, because the SELECT has its own. The metric is the
    number of rows returned; with bounds it is the number, one row of one column,
    which is at least `min` and at most `max`. `exclusive` (`min`, `max` or `both`)
    takes a bound itself out of the range. Without a number (NULL) it is an error.
    """

    takes = Takes.NO_COLUMN
    repeatable = True
    divisible = False

    sql: str
    threshold: int = 0
    min: float | None = None
    max: float | None = None
    exclusive: Exclusive | None = None

    def __post_init__(self) -> None:
        """Refuse a `where` beside the SELECT's own."""
        if self.where is not None:
            raise ValueError("where: belongs into the SELECT")
        if self._bounded:
            refuse_bounds(self.min, self.max)
            if self.threshold:
                raise ValueError("threshold: goes without min and max, which are bounds of one number")
        refuse_exclusive(self.min, self.max, self.exclusive)

    @property
    def _bounded(self) -> bool:
        """Whether the SELECT returns one number."""
        return self.min is not None or self.max is not None

    def statement(self) -> str:
        return self._select()

    def selects(self) -> Mapping[str, str]:
        return {"sql": self._select()}

    def needs(self, columns: tuple[Column, ...]) -> Need:  # noqa: ARG002 - the SELECT names its columns
        return Select(self._select(), self._bounded)

    def _select(self) -> str:
        return self.sql.rstrip().removesuffix(";")

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - rows have no age
        rows = int(metrics[ROWS] or 0)
        if self._bounded:
            return self._judge_number(rows, metrics[VALUE])
        allowed = f", at most {self.threshold:,} allowed" if self.threshold else ""
        return Verdict(
            status=Status.PASSED if rows <= self.threshold else Status.FAILED,
            message=f"{count(rows, 'row')} returned{allowed}",
            metric_value=rows,
            threshold=self.threshold,
            rows_failed=rows,
        )

    def _judge_number(self, rows: int, value: float | None) -> Verdict:
        if rows != 1:
            return Verdict(
                Status.ERROR, f"{count(rows, 'row')} returned; with min or max the SELECT returns one number"
            )
        if value is None:
            return Verdict(Status.ERROR, "NULL returned; with min or max the SELECT returns one number")
        low = self.min is not None and not above(value, self.min, self.exclusive)
        high = self.max is not None and not below(value, self.max, self.exclusive)
        bound, shown = apart((self.max if high else self.min) or 0, value)
        asked = most(self.exclusive) if high else least(self.exclusive)
        return Verdict(
            status=Status.FAILED if low or high else Status.PASSED,
            message=f"{shown}, {asked} {bound} expected" if low or high else quantity(value),
            metric_value=value,
            threshold=self.max if high or self.min is None else self.min,
        )
