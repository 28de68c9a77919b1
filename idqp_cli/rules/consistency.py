"""Consistency: does the data agree with itself, and with other data?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.text import clean, one_line
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.literals import NOTHING, TEXT, refuse_doubtful, refuse_nested
from idqp_cli.rules.needs import Agreement, Need, Order, References, Twins
from idqp_cli.rules.rule import Kind, Takes, filtered, rule
from idqp_cli.rules.share_rule import Of, RowRule, ShareRule, as_spelled, refuse_holding


@rule("expression")
class Expression(RowRule):
    """An SQL expression is true for every row. A row for which it is NULL passes, as in an SQL CHECK.

        {type: expression, expression: arr_time >= dep_time, where: hour < 20}

    The expression can use all columns of the row. It reads a field of a struct as
    `address.city IS NOT NULL`, and a key of a text that is JSON as
    `address->>'$.city' IS NOT NULL`.
    """

    takes = Takes.NO_COLUMN

    expression: str

    def statement(self) -> str:
        return self.expression

    def concerns(self, own: tuple[Column, ...], columns: tuple[Column, ...]) -> tuple[Column, ...]:  # noqa: ARG002
        words = {word.casefold() for word in re.findall(r"\w+", self.expression)}
        return tuple(column for column in columns if column.name.casefold() in words)

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
    """Each value is at least as large as the value before it in the file, or at most as large.

        {type: sequence, column: id, strict: true}

    `order` is `increasing` (the default) or `decreasing`. With `strict: true` values
    may not repeat. Rows without a value are ignored.
    """

    repeatable = True

    order: Direction = Direction.INCREASING
    strict: bool = False
    of: Of = Of.VALUES

    def __post_init__(self) -> None:
        """Refuse a share that must hold of rows without a value."""
        refuse_holding(self)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        (column,) = columns
        refuse_nested(column)
        refuse_doubtful(column)
        down = {Direction.INCREASING: "<", Direction.DECREASING: ">"}[self.order]
        return Order(column, down + ("=" if self.strict else ""), filtered(self), every=self.of is Of.ALL)

    def fault(self) -> str:
        before = "above" if self.order is Direction.INCREASING else "below"
        equal = "not " + before if self.strict else ("below" if before == "above" else "above")
        return f"{clean(self.columns[0], 60)} is {equal} the one before it"


@rule("references")
class Referenced(ShareRule):
    """Every value of the columns exists in the columns `to` of another `dataset`.

        {type: references, column: customer_id, dataset: customers, to: id}

    Without `to`, the columns of the other dataset have the same names. Rows with a
    NULL in one of the columns are ignored. With `of: all` they count as passed.
    """

    takes = Takes.SEVERAL
    repeatable = True

    dataset: str
    to: tuple[str, ...] = ()
    of: Of = Of.VALUES

    def __post_init__(self) -> None:
        """Refuse a reference whose sides are not of one length."""
        if self.to and len(self.to) != len(self.columns):
            raise ValueError(f"to: names {len(self.to)} columns for {len(self.columns)}")

    def others(self) -> Sequence[str]:
        return (self.dataset,)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        without = None if self.of is Of.VALUES else self.min_share is not None
        return References(columns, self.dataset, self.to or self.columns, filtered(self), without)

    def fault(self) -> str:
        names = ", ".join(clean(name, 60) for name in self.columns)
        return f"{names} is not in {clean(self.dataset, 60)}"


@rule("dependency")
class Dependency(ShareRule):
    """Rows with the same values in `columns` have the same value in `column`.

        {type: dependency, columns: [zip], column: city}

    Within each group of equal `columns`, the most frequent value of `column` is
    right, and rows with another value fail. The samples show the right value. If no
    value is more frequent than each of the others, all rows of the group fail.
    Groups of one row are ignored. So are rows in which one of the columns is NULL or
    NaN. In a text file, decimal numbers in `columns` are compared as they are
    written, as in `unique`. The values of `column` are compared as numbers.
    """

    takes = Takes.SEVERAL_AND_ONE
    repeatable = True

    def needs(self, columns: tuple[Column, ...]) -> Need:
        *keys, value = columns
        return Agreement(tuple(keys), value, tuple(map(as_spelled, keys)), filtered(self))

    def fault(self) -> str:
        *keys, value = (clean(name, 60) for name in self.columns)
        return f"{value} is not that of most rows with the same {', '.join(keys)}"


@rule("variants")
class Variants(ShareRule):
    """No text of the column is another spelling of a more frequent text.

        {type: variants, column: city}

    Two texts are spellings of each other if they differ only in case, accents, white
    space, quotes, hyphens or full stops: `paid` and `PAID`, `Cancelled ` and
    `Cancelled`. A mark next to a digit counts as a difference. The most frequent
    spelling is right. If two are equally frequent, the one without needless white
    space is right. If both have none, neither fails.

    A text is also a variant of a text that is at least 5 times as frequent if they
    differ by one edit in one word: a letter that is added, missing, replaced or
    swapped with the next (`Birmingxam` and `Birmingham`). The right word must have at
    least 8 letters, and both words must share the first letter and the last two.
    This excludes plurals and endings.

    Texts of any length count if the column itself shows that they are typing errors:
    many rare texts are one edit from a frequent one (`Femle`, `emale` and `Maleu`
    beside `Female` and `Male`), though few of the frequent texts are one edit from
    each other. At most 5 % of such texts are then expected to be values of their own.
    A different digit is never a variant.

    `values` are spellings that are known to be right:

        {type: variants, column: city, values: [Birmingham, Leeds]}

    They never fail, and each counts as more frequent than all other texts, even if it
    does not occur. Texts that are like none of them pass.

    Texts are compared as they are written, whatever the type of the column in a text
    file. Rows with a NULL are ignored. Texts of more than 200 characters are not
    compared. A column with more than 100,000 distinct texts is an error. The samples
    show the right spelling.
    """

    repeatable = True
    divisible = False

    values: tuple[str, ...] = ()

    def kinds(self) -> Mapping[str, Kind]:
        return dict.fromkeys(self.columns, Kind.TEXT)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        (column,) = columns
        if column.text is None and column.type != NOTHING and not TEXT.fullmatch(column.type):
            raise NotEvaluableError(f"{clean(column.name, 60)} is {clean(column.type, 60)}, which is no text")
        return Twins(column, filtered(self), self.values)

    def fault(self) -> str:
        other = "one of values or of a more frequent text" if self.values else "a more frequent text"
        return f"{clean(self.columns[0], 60)} is another spelling of {other}"
