"""Rules whose metric is the share of the rows looked at that fail; pure."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Metrics, Status, Verdict
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import EVALUATED, Keys, Need, Rows
from idqp_cli.rules.rule import Confidence, Portion, Rule, filtered
from idqp_cli.rules.shares import NOTHING, Level, Limit, Share, judged_levels, leveled


class Of(StrEnum):
    """Of which rows a share is: those with a value, or all, also those without."""

    VALUES = "values"
    ALL = "all"


@frozen(kw_only=True)
class ShareRule(Rule):
    """A rule about rows: its metric is the share of the rows looked at that fail."""

    of_rows: ClassVar[bool] = True

    threshold: Limit = NOTHING
    warn: Limit | None = None
    fail: Limit | None = None
    min_share: Portion | None = None
    confidence: Confidence | None = None

    def levels(self) -> tuple[Level, ...]:
        """Return the most rows that may fail at each level of the rule, the most severe first."""
        levels = leveled(self.warn, self.fail)
        if self.min_share is not None:
            return (Level(Share(1 - self.min_share.exact)),)
        return levels or (Level(self.threshold),)

    def fault(self) -> str:
        """Say in a few words what is wrong with a failing row."""
        raise NotImplementedError

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - a share needs nothing else
        """Compare the share, or its interval where a confidence is asked for, with the levels."""
        if self.min_share is not None and not metrics[EVALUATED]:
            return Verdict(Status.SKIPPED, "there is no value to look at, of which a share could hold")
        return judged_levels(metrics, self.levels(), self.confidence, self.fault())


@frozen(kw_only=True)
class RowRule(ShareRule):
    """A rule that one row, looked at alone, obeys or breaks."""

    repeatable: ClassVar[bool] = True

    of: Of = Of.VALUES

    def failing(self, columns: tuple[Column, ...]) -> str:
        """Condition: the row breaks the rule; it does not hold where one of the columns is NULL."""
        raise NotImplementedError

    def needs(self, columns: tuple[Column, ...]) -> Need:
        """Count the rows in which every column has a value, or all of them, and those that fail."""
        if self.of is Of.VALUES:
            return Rows(columns, self.failing(columns), filtered(self))
        if self.min_share is not None:
            # A cell that is missing does not hold.
            absent = [f"NOT coalesce({sql.present(column)}, false)" for column in columns]
            return Rows((), sql.either([*absent, self.failing(columns)]), filtered(self))
        return Rows((), sql.both(*map(sql.present, columns), self.failing(columns)), filtered(self))


@frozen(kw_only=True)
class KeyRule(ShareRule):
    """A rule about rows that share a key with others."""

    repeatable: ClassVar[bool] = True

    of: Of = Of.VALUES

    def __post_init__(self) -> None:
        """Refuse a share that must hold of rows without a key."""
        refuse_holding(self)

    def needs(self, columns: tuple[Column, ...]) -> Keys:
        """Count the rows whose key is whole, or all of them, and those whose key occurs again."""
        spelled = tuple(map(as_spelled, columns))
        return Keys(columns, filtered(self), () if spelled == columns else spelled, every=self.of is Of.ALL)


def refuse_holding(rule: KeyRule | ShareRule) -> None:
    """Refuse a share of all rows that must hold, for a rule that says nothing of a row by itself.

    Raises:
        ValueError: with what is wrong.

    """
    if getattr(rule, "of", Of.VALUES) is Of.ALL and rule.min_share is not None:
        raise ValueError("of: goes without min_share here; a row without a value is beside no other, and holds nothing")


def as_spelled(column: Column) -> Column:
    """Return the column by which cells are told apart: the texts, where `idqp` alone takes them for decimal numbers.

    `1.10` and `1.1` may be two versions.
    """
    decimal = column.type in sql.FLOATS or column.type.startswith("DECIMAL")
    return Column(column.text, "VARCHAR") if column.text is not None and decimal and not column.declared else column
