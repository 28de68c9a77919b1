"""Validity: is each value one that can be?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Column, Metrics, Scalar, Status, Verdict
from idqp_cli.core.text import cell, clean, count
from idqp_cli.rules.bound_sql import between, bound_of
from idqp_cli.rules.bounds import Exclusive
from idqp_cli.rules.given import Given
from idqp_cli.rules.literals import (
    BYTES,
    ISO_DAY,
    NESTED,
    compared,
    finer,
    literals_of,
    refuse_doubtful,
    refuse_nested,
    refuse_unwritten,
    wordy,
)
from idqp_cli.rules.needs import Need, Values
from idqp_cli.rules.rule import Bound, Kind, Portion, Rule, filtered, refuse_bounds, rule
from idqp_cli.rules.share_rule import RowRule
from idqp_cli.rules.shares import NOTHING, Level, leveled, within


@rule("accepted_values")
class AcceptedValues(RowRule):
    """Every value is one of `values`.

        {type: accepted_values, column: status, values: [placed, shipped]}

    Values are compared in the type of the column: `1` is the text '1' in a text
    column, and the number 1 in a number column. A quoted value is always text, so
    `['1.10', '1.2']` are compared as they are written.
    """

    values: tuple[Scalar, ...]

    def kinds(self) -> Mapping[str, Kind]:
        return {self.columns[0]: Kind.TEXT} if wordy(self.values) else {}

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        column = compared(self.values, column)
        accepted, name = literals_of(self.values, column), sql.identifier(column.name)
        return f"{name} NOT IN ({', '.join(accepted)})" if accepted else f"{name} IS NOT NULL"

    def fault(self) -> str:
        return f"{clean(self.columns[0], 60)} is none of {_told(self)}"


@rule("rejected_values")
class RejectedValues(RowRule):
    """No value is one of `values`, compared as in `accepted_values`.

        {type: rejected_values, column: email, values: [test@example.com]}

    Use it for placeholders and test data.
    """

    values: tuple[Scalar, ...]

    def kinds(self) -> Mapping[str, Kind]:
        return {self.columns[0]: Kind.TEXT} if wordy(self.values) else {}

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        column = compared(self.values, column)
        rejected, name = literals_of(self.values, column), sql.identifier(column.name)
        return f"{name} IN ({', '.join(rejected)})" if rejected else "false"

    def fault(self) -> str:
        return f"{clean(self.columns[0], 60)} is one of {_told(self)}"


@rule("required_values")
class RequiredValues(Rule):
    """Each of `values` occurs in at least one row, compared as in `accepted_values`.

        {type: required_values, column: origin, values: [EWR, JFK, LGA]}

    The metric is the share of `values` that do not occur. `threshold`, `warn` and
    `fail` are shares of `values`.
    """

    repeatable = True

    values: tuple[Scalar, ...]
    threshold: Portion = NOTHING
    warn: Portion | None = None
    fail: Portion | None = None

    def levels(self) -> tuple[Level, ...]:
        return leveled(self.warn, self.fail)

    def kinds(self) -> Mapping[str, Kind]:
        return {self.columns[0]: Kind.TEXT} if wordy(self.values) else {}

    def needs(self, columns: tuple[Column, ...]) -> Need:
        (column,) = columns
        column = compared(self.values, column)
        name = sql.identifier(column.name)
        held = [literals_of([value], column) for value in self.values]
        occurs = [f"{name} = {literals[0]}" if literals else "false" for literals in held]
        return Values(
            {
                str(number): sql.count_where(sql.both(filtered(self), condition))
                for number, condition in enumerate(occurs)
            }
        )

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - a share needs nothing else
        absent = [value for number, value in enumerate(self.values) if not metrics[str(number)]]
        share = len(absent) / len(self.values)
        levels = self.levels() or (Level(self.threshold),)
        broken = next((one for one in levels if not within(len(absent), len(self.values), one.limit)), None)
        return Verdict(
            status=Status.PASSED if broken is None else Status.FAILED,
            message=f"{len(absent)} of {count(len(self.values), 'value')} do not occur"
            + ("" if self.private else f": {_shown(absent)}")
            if absent
            else f"all of {count(len(self.values), 'value')} occur",
            metric_value=share,
            threshold=float((broken or levels[-1]).limit),
            severity=None if broken is None else broken.severity,
        )


@rule("range")
class Range(RowRule):
    """Every value is at least `min` and at most `max`.

        {type: range, column: quantity, min: 1, max: 100}

    Bounds are numbers, dates or timestamps (ISO 8601), or texts. `exclusive` (`min`,
    `max` or `both`) excludes the bound itself. With a date as bound, a text column
    that does not hold dates is an error.
    """

    min: Bound | None = None
    max: Bound | None = None
    exclusive: Exclusive | None = None

    def __post_init__(self) -> None:
        """Refuse a range without a bound, or whose bounds cannot be met."""
        refuse_bounds(self.min, self.max)

    def kinds(self) -> Mapping[str, Kind]:
        bound = self.max if self.min is None else self.min
        if not isinstance(bound, str):
            return {self.columns[0]: Kind.NUMBER}
        return {self.columns[0]: Kind.TIME} if ISO_DAY.match(bound) else {}

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        # A date is no text to be compared with texts in another form.
        refuse_doubtful(column, as_time=self.kinds().get(self.columns[0]) is Kind.TIME)
        name = sql.identifier(column.name)
        refuse_nested(column)
        below = "<=" if self.exclusive in {Exclusive.MIN, Exclusive.BOTH} else "<"
        above = ">=" if self.exclusive in {Exclusive.MAX, Exclusive.BOTH} else ">"
        # Beside a column of microseconds a bound of nanoseconds is cut off, and so lies below itself.
        below = "<=" if self.min is not None and finer(self.min, column) else below
        above = ">" if self.max is not None and finer(self.max, column) else above
        outside = []
        if self.min is not None:
            next_one = between(self.min, column, math.inf)
            bound, sign = (self.min, below) if next_one is None else (next_one, "<")
            outside.append(f"{name} {sign} {bound_of(bound, column)}")
        if self.max is not None:
            next_one = between(self.max, column, -math.inf)
            bound, sign = (self.max, above) if next_one is None else (next_one, ">")
            outside.append(f"{name} {sign} {bound_of(bound, column)}")
        return sql.either(outside)

    def fault(self) -> str:
        if self.private:
            return f"{clean(self.columns[0], 60)} is outside its range"
        opening = "(" if self.min is None or self.exclusive in {Exclusive.MIN, Exclusive.BOTH} else "["
        closing = ")" if self.max is None or self.exclusive in {Exclusive.MAX, Exclusive.BOTH} else "]"
        low = "-∞" if self.min is None else clean(self.min, 40)
        high = "∞" if self.max is None else clean(self.max, 40)
        return f"{clean(self.columns[0], 60)} is outside {opening}{low}, {high}{closing}"


@rule("length")
class Length(RowRule):
    """Every text has at least `min` and at most `max` characters.

        {type: length, column: country, min: 2, max: 2}

    The length of a BLOB is its number of bytes.
    """

    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        """Refuse a length without a bound, or whose bounds cannot be met."""
        refuse_bounds(self.min, self.max)

    def kinds(self) -> Mapping[str, Kind]:
        return dict.fromkeys(self.columns, Kind.TEXT)

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        if NESTED.fullmatch(column.type):
            refuse_unwritten(column)
        length = f"length({sql.as_text(column)})"
        if column.type == BYTES:
            length = f"octet_length({sql.identifier(column.name)})"
        outside = [] if self.min is None else [f"{length} < {self.min}"]
        if self.max is not None:
            outside.append(f"{length} > {self.max}")
        return sql.either(outside)

    def fault(self) -> str:
        least, most = self.min or 0, "∞" if self.max is None else f"{self.max:,}"
        return f"{clean(self.columns[0], 60)} is not {least:,} to {most} characters long"


@rule("pattern")
class Pattern(RowRule):
    r"""Every text matches one of the patterns. With `negate: true`, none.

        {type: pattern, column: zip, regex: '^\d{5}$'}

    `regex` is an RE2 regular expression that may match anywhere in the text. Anchor
    it with ^ and $ to match the whole text. `like` is an SQL LIKE pattern for the
    whole text. Both may be lists. A column of another type is converted to text
    first.
    """

    regex: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    negate: bool = False

    def __post_init__(self) -> None:
        """Refuse a rule without a pattern."""
        if not self.regex and not self.like:
            raise ValueError("needs regex or like")

    def kinds(self) -> Mapping[str, Kind]:
        return dict.fromkeys(self.columns, Kind.TEXT)

    def patterns(self) -> Mapping[str, str]:
        return {f"regex.{number}": pattern for number, pattern in enumerate(self.regex)}

    def failing(self, columns: tuple[Column, ...]) -> str:
        (column,) = columns
        refuse_unwritten(column)
        cell = sql.as_text(column)
        found = sql.either(
            [f"regexp_matches({cell}, {sql.literal(pattern)})" for pattern in self.regex]
            + [f"{cell} LIKE {sql.literal(pattern)}" for pattern in self.like]
        )
        return found if self.negate else f"NOT ({found})"

    def fault(self) -> str:
        patterns = (*self.regex, *self.like)
        shown = " or ".join(clean(pattern, 60) for pattern in patterns)
        if self.private:
            shown = "its pattern" if len(patterns) == 1 else f"its {count(len(patterns), 'pattern')}"
        return f"{clean(self.columns[0], 60)} {'matches' if self.negate else 'does not match'} {shown}"


def _told(rule: AcceptedValues | RejectedValues) -> str:
    return f"its {count(len(rule.values), 'value')}" if rule.private else _shown(rule.values)


def _shown(values: Sequence[Scalar]) -> str:
    shown = ", ".join(cell(value, 40) for value in values[:8])
    return shown + (f" and {len(values) - 8} more" if len(values) > 8 else "")
