"""Uniqueness: does each thing stand there once?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import ClassVar

from idqp_cli.core.model import Column
from idqp_cli.core.text import clean
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.needs import Copies, Keys, Need
from idqp_cli.rules.rule import Takes, filtered, rule
from idqp_cli.rules.share_rule import KeyRule, ShareRule


class Nulls(StrEnum):
    """What becomes of rows in which a column of the key is NULL."""

    IGNORE = "ignore"
    COMPARE = "compare"


@rule("unique")
class Unique(KeyRule):
    """No two rows have the same values in the columns. Rows with a NULL are ignored.

        {type: unique, columns: [carrier, flight, day]}

    Every row of a repeated key fails, including the first. With `nulls: compare`,
    rows with a NULL are compared too, and NULL equals NULL. In a text file, decimal
    numbers are compared as they are written, because `1.10` and `1.1` may be two
    versions. With a type in `read.types` they are compared as numbers.
    """

    takes = Takes.SEVERAL

    nulls: Nulls = Nulls.IGNORE

    def needs(self, columns: tuple[Column, ...]) -> Keys:
        return replace(super().needs(columns), nulls=self.nulls is Nulls.COMPARE)

    def fault(self) -> str:
        names = ", ".join(clean(name, 60) for name in self.columns)
        return f"the value of {names} occurs more than once"


@rule("duplicates")
class Duplicates(ShareRule):
    """No row is a copy of an earlier row: equal in `columns`, or in all columns except those in `except`.

        {type: duplicates, except: [id]}

    Without either key, whole rows are compared. The first of several equal rows
    passes, so the metric is the share of redundant rows. NULL equals NULL, and NaN
    equals NaN. Cells of a text file are compared as they are written, or by value if
    `read.types` names the type.
    """

    takes = Takes.ANY
    repeatable = True
    keys: ClassVar[Mapping[str, str]] = {"except": "besides"}

    besides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse to name the columns in two ways."""
        if self.besides and self.columns:
            raise ValueError("except: is of all columns, and goes without column and columns")

    def leaves_out(self) -> Sequence[str]:
        return self.besides

    def needs(self, columns: tuple[Column, ...]) -> Need:
        if not columns:
            raise NotEvaluableError("except leaves no column to compare rows by")
        return Copies(columns, filtered(self))

    def fault(self) -> str:
        if self.columns:
            return f"a copy of a row before it in {', '.join(clean(name, 60) for name in self.columns)}"
        but = f" in all columns but {', '.join(clean(name, 60) for name in self.besides)}" if self.besides else ""
        return f"a copy of a row before it{but}"
