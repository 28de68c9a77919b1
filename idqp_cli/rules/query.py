"""Query: what no other rule type says, in SQL."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules.needs import Given, Need, Select
from idqp_cli.rules.rule import Rule, Takes, rule
from idqp_cli.text import count


@rule("query")
class Query(Rule):
    """The SELECT returns no row: it returns the failing ones.

    The dataset is a table of its name. The SELECT can read it and nothing else;
    `where` does not go with it, because the SELECT has its own. The metric is the
    number of rows returned.
    """

    takes = Takes.NO_COLUMN
    repeatable = True
    divisible = False

    sql: str
    threshold: int = 0

    def __post_init__(self) -> None:
        """Refuse a `where` beside the SELECT's own."""
        if self.where is not None:
            raise ValueError("where: belongs into the SELECT")

    def statement(self) -> str:
        return self._select()

    def selects(self) -> Mapping[str, str]:
        return {"sql": self._select()}

    def needs(self, columns: tuple[Column, ...]) -> Need:  # noqa: ARG002 - the SELECT names its columns
        return Select(self._select())

    def _select(self) -> str:
        return self.sql.rstrip().removesuffix(";")

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - rows have no age
        rows = int(metrics["rows"] or 0)
        allowed = f", at most {self.threshold:,} allowed" if self.threshold else ""
        return Verdict(
            status=Status.PASSED if rows <= self.threshold else Status.FAILED,
            message=f"{count(rows, 'row')} returned{allowed}",
            metric_value=rows,
            threshold=self.threshold,
            rows_failed=rows,
        )
