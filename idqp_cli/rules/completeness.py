"""Completeness: is the data there?"""

from __future__ import annotations

from idqp_cli import sql
from idqp_cli.model import Column
from idqp_cli.rules.needs import Need, Rows
from idqp_cli.rules.rule import RowRule, Takes, filtered, rule
from idqp_cli.text import clean


@rule("completeness")
class Completeness(RowRule):
    """No cell of the columns is missing: NULL, NaN, or a text that `read.missing_values` names.

    A cell that does not parse as its column's type is there, but wrong; `parse` reports it.
    """

    takes = Takes.SEVERAL
    exact = False

    def needs(self, columns: tuple[Column, ...]) -> Need:
        return Rows((), self.failing(columns), filtered(self))

    def failing(self, columns: tuple[Column, ...]) -> str:
        return sql.either(sql.missing(column) for column in columns)

    def fault(self) -> str:
        return " or ".join(clean(name, 60) for name in self.columns) + " is missing"
