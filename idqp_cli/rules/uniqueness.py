"""Uniqueness: does each thing stand there once?"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from idqp_cli.model import Column
from idqp_cli.rules.needs import Keys
from idqp_cli.rules.rule import KeyRule, Takes, rule
from idqp_cli.text import clean


class Nulls(StrEnum):
    """What becomes of rows in which a column of the key is NULL."""

    IGNORE = "ignore"
    COMPARE = "compare"


@rule("unique")
class Unique(KeyRule):
    """No two rows have the same values in the columns; rows in which one is NULL are not compared.

    With `nulls: compare` they are compared as well, and a NULL is equal to a
    NULL. Every row of a repeated key fails, also the first. Decimal numbers of a
    text file are compared as they are written, because `1.10` and `1.1` may be two
    versions; with a type under `read.types` they are compared as numbers.
    """

    takes = Takes.SEVERAL

    nulls: Nulls = Nulls.IGNORE

    def needs(self, columns: tuple[Column, ...]) -> Keys:
        return replace(super().needs(columns), nulls=self.nulls is Nulls.COMPARE)

    def fault(self) -> str:
        names = ", ".join(clean(name, 60) for name in self.columns)
        return f"the value of {names} occurs more than once"
