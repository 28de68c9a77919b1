"""Checks on rows, with limits on how many rows may fail: each as the keys of a rule, and as a condition in SQL."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Scalar
from idqp_cli.importing.intervals import Allowed, above_zero, as_sql, percentage, text_bounds, tighter
from idqp_cli.importing.lookarounds import choices_of
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.row_sql import as_text, breaks, is_missing, listed, matches
from idqp_cli.importing.rule_keys import from_table, number, rule
from idqp_cli.importing.values import Keys, NoEquivalentError

# In percent: less than one row of any table. Shares are compared by `at most`, so it takes a bound out of a range.
LESS = Fraction(1, 10**10)


@frozen
class Failing:
    """A check on rows: the keys of the rule that finds those that fail, and the condition on one of them as SQL.

    `columns` are those of which a row without a value is not looked at, where a share is of the rows with values.
    """

    keys: Keys
    condition: str
    columns: tuple[str, ...] = ()

    def within(self, allowed: Allowed, dataset: str, *, percent: bool = False, of_all: bool = True) -> Keys:
        """Return the rule that so many rows may fail: their number, or their percentage of all or of those with values.

        Raises:
            NoEquivalentError: any number is allowed, or none is.

        """
        limit = self.limit(allowed, percent=percent)
        if limit is not None:
            given = {} if limit == "0 rows" else {"threshold": limit}
            share = {"of": "all"} if percent and of_all and given and self.columns else {}
            return {**self.keys, **given, **share}
        where = self.keys.get("where")
        kept = {key: value for key, value in self.keys.items() if key in COMMON}
        rows = str(where) if where is not None else None
        if percent and not of_all:
            present = " AND ".join(f"{sql.identifier(column)} IS NOT NULL" for column in self.columns)
            rows = " AND ".join(f"({text})" for text in (rows, present) if text) or None
        value = f"count_if({self.condition})"
        if percent:
            value = f"coalesce(100.0 * {value} / nullif(count(*), 0), 0)"
        return number(from_table(value, dataset, rows), allowed, **kept)

    def limit(self, allowed: Allowed, *, percent: bool = False) -> str | None:
        """Return the upper limit on failing rows that the allowed numbers are, as rules.yaml has it; None without."""
        if not allowed.limit or allowed.high is None:
            if not allowed.outside and allowed.high is None and not above_zero(allowed):
                raise NoEquivalentError("it always passes")
            return None
        high = allowed.high
        if high < 0 or (high == 0 and allowed.high_open):
            raise NoEquivalentError("it can never pass")
        if not percent:
            rows = math.ceil(high) - 1 if allowed.high_open else math.floor(high)
            return f"{rows} row" if rows == 1 else f"{rows} rows"
        if high == 0:
            return "0 rows"
        if high > 100 or (high == 100 and not allowed.high_open):
            raise NoEquivalentError("it always passes")
        return percentage(high - LESS if allowed.high_open else high)

    def levels(self, warn: Allowed | None, fail: Allowed | None, dataset: str, *, percent: bool = False) -> list[Keys]:
        """Return the rules for what is allowed before a warning, and before a failure."""
        if warn is None or fail is None:
            only = {"severity": "warning"} if fail is None else {}
            allowed = warn if fail is None else fail
            return [] if allowed is None else [{**self.within(allowed, dataset, percent=percent), **only}]
        low, high = self.limit(warn, percent=percent), self.limit(fail, percent=percent)
        if low is not None and high is not None and tighter(warn, fail):
            share = {"of": "all"} if percent and self.columns else {}
            return [{**self.keys, "warn": low, "fail": high, **share}]
        failed = self.within(fail, dataset, percent=percent)
        if warn == fail:
            return [failed]
        return [failed, {**self.within(warn, dataset, percent=percent), "severity": "warning"}]


@frozen
class Counted:
    """A check of which the other tool counts something else than failing rows, like the values that repeat.

    `keys` are the rule that nothing is found; `value` is what is counted, from a
    SELECT without its word. With `share` the rule judges a share of the rows.
    """

    keys: Keys
    value: str
    share: bool = False

    def levels(self, warn: Allowed | None, fail: Allowed | None) -> list[Keys]:
        """Return the rules for what is allowed before a warning, and before a failure."""
        made = [self._within(fail)] if fail is not None else []
        if warn is not None and warn != fail:
            made.append({**self._within(warn), "severity": "warning"})
        return made

    def _within(self, allowed: Allowed) -> Keys:
        if allowed == Allowed(Fraction(0), Fraction(0)):
            return self.keys
        return number(self.value, allowed, **{key: self.keys[key] for key in COMMON if key in self.keys})


COMMON = ("name", "description", "severity", "tags", "enabled")


def missing(columns: str | Sequence[str], **keys: object) -> Failing:
    """Return the check that no cell is missing."""
    names = [columns] if isinstance(columns, str) else list(columns)
    return Failing(rule("completeness", names, **keys), is_missing(names))


def accepted(column: str, values: Sequence[Scalar], **keys: object) -> Failing:
    """Return the check that every value is one of a set."""
    if not values:
        raise NoEquivalentError("the list of values is empty")
    return Failing(
        rule("accepted_values", column, values=list(values), **keys), breaks(listed(column, values)), (column,)
    )


def rejected(column: str, values: Sequence[Scalar], **keys: object) -> Failing:
    """Return the check that no value is one of a set."""
    if not values:
        raise NoEquivalentError("the list of values is empty")
    condition = f"coalesce({listed(column, values)}, false)"
    return Failing(rule("rejected_values", column, values=list(values), **keys), condition, (column,))


def pattern(
    column: str,
    regexes: Sequence[str],
    *,
    negate: object = False,
    flavour: object = Flavour.PLAIN,
    **keys: object,
) -> Failing:
    """Return the check that one of the patterns is found in every text, or with `negate` none."""
    if not regexes:
        raise NoEquivalentError("no pattern is given")
    whose = Flavour(str(flavour))
    matched = matches(column, regexes, whose)
    condition = f"coalesce({matched}, false)" if negate else breaks(matched)
    choices = [choice for regex in regexes for choice in choices_of(regex, whose)]
    if any(len(searches) > 1 for searches in choices):
        return Failing(
            rule("expression", expression=f"NOT ({matched})" if negate else matched, **keys), condition, (column,)
        )
    plain = [searches[0][0] for searches in choices]
    given: object = plain[0] if len(plain) == 1 else plain
    return Failing(rule("pattern", column, regex=given, negate=True if negate else None, **keys), condition, (column,))


def between(column: str, allowed: Allowed, **keys: object) -> Failing:
    """Return the check that every number is allowed."""
    condition = f"coalesce({allowed.broken_by(sql.identifier(column))}, false)"
    if allowed.outside:
        inside = allowed.broken_by(sql.identifier(column))
        return Failing(rule("expression", expression=f"NOT ({inside})", **keys), condition, (column,))
    return Failing(rule("range", column, **allowed.bounds(), **keys), condition, (column,))


def length(column: str, low: int | None, high: int | None, **keys: object) -> Failing:
    """Return the check that every text has a length."""
    allowed = Allowed(None if low is None else Fraction(low), None if high is None else Fraction(high))
    condition = f"coalesce({allowed.broken_by(f'length({as_text(column)})')}, false)"
    return Failing(rule("length", column, min=low, max=high, **keys), condition, (column,))


def holds(expression: str, **keys: object) -> Failing:
    """Return the check that an SQL expression is true of every row, or NULL."""
    return Failing(rule("expression", expression=expression, **keys), breaks(expression))


def like(column: str, patterns: Sequence[str], *, negate: object = False, **keys: object) -> Failing:
    """Return the check that a text is like one of the patterns of SQL, or with `negate` like none."""
    given: object = patterns[0] if len(patterns) == 1 else list(patterns)
    matched = " OR ".join(f"{as_text(column)} LIKE {sql.literal(one)}" for one in patterns)
    condition = f"coalesce({matched}, false)" if negate else breaks(matched)
    return Failing(rule("pattern", column, like=given, negate=True if negate else None, **keys), condition, (column,))


def formatted(column: str, form: Mapping[str, object], **keys: object) -> Failing:
    """Return the check that a text is written in a format; the condition is not known in SQL."""
    return Failing(rule("format", column, **form, **keys), "", (column,))


MOMENTS: Mapping[str, str] = {"now": "current_timestamp", "today": "current_date"}
ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


def between_texts(
    column: str,
    low: Fraction | str | None,
    high: Fraction | str | None,
    openness: tuple[bool, bool],
    *,
    of_sql: bool,
    **keys: object,
) -> Failing:
    """Return the check of a range whose bounds are dates, or with `of_sql` SQL."""
    name = sql.identifier(column)
    plain = all(bound is None or (isinstance(bound, str) and ISO.fullmatch(bound.strip("'"))) for bound in (low, high))
    if not of_sql and not plain and not any(isinstance(one, Fraction) or one in MOMENTS for one in (low, high)):
        plain = True
    signs = (">" if openness[0] else ">=", "<" if openness[1] else "<=")
    parts = []
    for bound, sign in zip((low, high), signs, strict=True):
        if bound is not None:
            parts.append(f"{name} {sign} {_bound(bound)}")
    condition = " AND ".join(parts)
    if plain:
        first, last = (one.strip("'") if isinstance(one, str) else None for one in (low, high))
        bounds = text_bounds(first, last, openness)
        return Failing(rule("range", column, **bounds, **keys), breaks(condition), (column,))
    return Failing(rule("expression", expression=condition, **keys), breaks(condition), (column,))


def _bound(bound: Fraction | str) -> str:
    if isinstance(bound, Fraction):
        return as_sql(bound)
    if ISO.fullmatch(bound):
        return sql.literal(bound)
    return MOMENTS.get(bound.lower(), f"({bound})")


def repeated(columns: Sequence[str], dataset: str, keys: Mapping[str, object], *, compare: bool) -> Counted:
    """Return the check that no key repeats; with `compare` a NULL in it is equal to a NULL."""
    listed_ = ", ".join(map(sql.identifier, columns))
    conditions = [] if compare else [f"{sql.identifier(column)} IS NOT NULL" for column in columns]
    if keys.get("where") is not None:
        conditions.append(f"({keys['where']})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    groups = f"SELECT {listed_} FROM {sql.identifier(dataset)}{where} GROUP BY {listed_} HAVING count(*) > 1"
    nulls = "compare" if compare and len(columns) > 0 else None
    return Counted(rule("unique", columns, nulls=nulls, **keys), f"count(*) FROM ({groups})", share=True)
