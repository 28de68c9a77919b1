"""A check of another tool that has no equal here: an error of each run, so that it is not missed."""

from __future__ import annotations

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Metrics, Verdict
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import Need
from idqp_cli.rules.rule import Rule, Takes


@frozen(kw_only=True)
class Untaken(Rule):
    """A check that cannot be said; nobody writes it. `why` is the reason."""

    type = "untaken"
    takes = Takes.NO_COLUMN
    divisible = False
    exact = False

    why: str

    @property
    def needs_rows(self) -> bool:
        """A dataset without a row is told of it, too."""
        return False

    def needs(self, columns: tuple[Column, ...]) -> Need:  # noqa: ARG002 - whatever they are
        """Say why nothing can be fetched."""
        raise NotEvaluableError(self.why)

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - nothing was fetched
        """Say it again; nobody asks."""
        raise NotEvaluableError(self.why)
