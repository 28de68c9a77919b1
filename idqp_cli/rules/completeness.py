"""Completeness: is the data there?"""

from __future__ import annotations

import re

from idqp_cli.core import sql
from idqp_cli.core.model import Column, Scalar
from idqp_cli.core.text import clean
from idqp_cli.rules.literals import ISO_DAY, NUMBERS, TEXT, TIMES, literals_as, literals_of
from idqp_cli.rules.needs import Need, Rows
from idqp_cli.rules.rule import Takes, filtered, rule
from idqp_cli.rules.share_rule import RowRule

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
# What people write for a value that they do not have.
WORDS = (
    "", "-", "--", "---", ".", "?", "??", "???", "#n/a", "#null!", "#value!", "(blank)", "(empty)", "(null)", "(none)",
    "<na>", "<null>", "blank", "empty", "missing", "n.a.", "n/a", "na", "nan", "nil", "none", "not applicable",
    "not available", "not known", "not provided", "not specified", "null", "tba", "tbc", "tbd", "undefined", "unknown",
    "unspecified",
)  # fmt: skip


@rule("completeness")
class Completeness(RowRule):
    """No cell of the columns is missing: NULL, NaN, or one of `read.missing_values`.

        {type: completeness, column: email, threshold: 1%}

    A cell that does not parse as the type of its column is wrong, but not missing.
    The `parse` result reports it.

    `missing_values` adds values that count as missing, like `-1` or `1900-01-01`.
    Texts are compared without case and without surrounding spaces.
    `disguised: true` adds the texts that people write for "nothing": the empty
    text, `-`, `?`, `N/A`, `none`, `null`, `unknown`, `TBD` and similar ones. Numbers
    such as 999 must be listed in `missing_values`. Both keys look at the cells of a
    text file as they are written, including cells that do not parse.
    """

    takes = Takes.SEVERAL
    exact = False

    missing_values: tuple[Scalar, ...] = ()
    disguised: bool = False

    def needs(self, columns: tuple[Column, ...]) -> Need:
        return Rows((), self.failing(columns), filtered(self))

    def failing(self, columns: tuple[Column, ...]) -> str:
        return sql.either(
            condition
            for column in columns
            for condition in (sql.missing(column), *self._words(column), *self._values(column))
        )

    def _words(self, column: Column) -> list[str]:
        """Return the condition that the cell is a text that stands for nothing; none of a column without texts."""
        words = [str(value).lower() if isinstance(value, bool) else str(value) for value in self.missing_values]
        words += WORDS if self.disguised else ()
        if not words or (column.text is None and not TEXT.fullmatch(column.type)):
            return []
        folded = "lower(trim({}, ' \t\r\n'))"
        listed = ", ".join(folded.format(sql.literal(word)) for word in dict.fromkeys(words))
        return [f"coalesce({folded.format(sql.as_text(column))} IN ({listed}), false)"]

    def _values(self, column: Column) -> list[str]:
        """Return the condition that the cell is a number or a time that stands for nothing; none of other columns."""
        if NUMBERS.fullmatch(column.type):
            plain = (one for one in self.missing_values if not isinstance(one, bool))
            listed = literals_as([one for one in plain if NUMBER.fullmatch(str(one))], column)
        elif TIMES.fullmatch(column.type):
            days = [one for one in self.missing_values if isinstance(one, str) and ISO_DAY.match(one)]
            listed = literals_of(days, column)
        else:
            return []
        return [f"coalesce({sql.identifier(column.name)} IN ({', '.join(listed)}), false)"] if listed else []

    def fault(self) -> str:
        return " or ".join(clean(name, 60) for name in self.columns) + " is missing"
