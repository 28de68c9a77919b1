"""Consistency: does the data agree with itself, and with other data?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from idqp_cli import sql
from idqp_cli.model import Column
from idqp_cli.rules.literals import refuse_doubtful, refuse_nested
from idqp_cli.rules.needs import Need, Order, References
from idqp_cli.rules.rule import RowRule, ShareRule, Takes, filtered, rule
from idqp_cli.text import clean, one_line


@rule("expression")
class Expression(RowRule):
    """The SQL expression is true of every row; a row for which it is NULL passes, as in an SQL CHECK."""

    takes = Takes.NO_COLUMN

    expression: str

    def statement(self) -> str:
        return self.expression

    def conditions(self) -> Mapping[str, str]:
        return {**super().conditions(), "expression": self.expression}

    def failing(self, columns: tuple[Column, ...]) -> str:  # noqa: ARG002 - the expression names its columns
        return f"{sql.isolated(self.expression)} IS FALSE"

    def fault(self) -> str:
        return f"{clean(one_line(self.without_values(self.expression)), 120)} is false"


class Direction(StrEnum):
    """Which way a sequence goes."""

    INCREASING = "increasing"
    DECREASING = "decreasing"


@rule("sequence")
class InSequence(ShareRule):
    """Each value is at least as large as the one before it in the file, or at most as large.

    `order` is `increasing` (the default) or `decreasing`; with `strict: true` a
    value may not repeat. Rows without a value are passed over.
    """

    repeatable = True

    order: Direction = Direction.INCREASING
    strict: bool = False

    def needs(self, columns: tuple[Column, ...]) -> Need:
        (column,) = columns
        refuse_nested(column)
        refuse_doubtful(column)
        down = {Direction.INCREASING: "<", Direction.DECREASING: ">"}[self.order]
        return Order(column, down + ("=" if self.strict else ""), filtered(self))

    def fault(self) -> str:
        before = "above" if self.order is Direction.INCREASING else "below"
        equal = "not " + before if self.strict else ("below" if before == "above" else "above")
        return f"{clean(self.columns[0], 60)} is {equal} the one before it"


@rule("references")
class Referenced(ShareRule):
    """Every value of the columns is a key of another dataset: `dataset`, in its columns `to`.

    Without `to` the other dataset's columns have the same names. Rows in which a
    column is NULL are not looked at.
    """

    takes = Takes.SEVERAL
    repeatable = True

    dataset: str
    to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a reference whose sides are not of one length."""
        if self.to and len(self.to) != len(self.columns):
            raise ValueError(f"to: names {len(self.to)} columns for {len(self.columns)}")

    def others(self) -> Sequence[str]:
        return (self.dataset,)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        return References(columns, self.dataset, self.to or self.columns, filtered(self))

    def fault(self) -> str:
        names = ", ".join(clean(name, 60) for name in self.columns)
        return f"{names} is not in {clean(self.dataset, 60)}"
