"""Which rules of a dataset cannot all pass, and which say what another says already; pure.

Only what the rules alone decide is told, and of two limits the honest use of
both is none: a mild rule that is strict beside a severe one that is lenient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from idqp_cli.core.model import Severity
from idqp_cli.core.text import cell, clean
from idqp_cli.rules.bound_pairs import apart, inside, outside
from idqp_cli.rules.completeness import Completeness
from idqp_cli.rules.consistency import Expression
from idqp_cli.rules.outliers import Outliers
from idqp_cli.rules.query import Query
from idqp_cli.rules.rule import Rule, key_fields
from idqp_cli.rules.schema import Schema
from idqp_cli.rules.share_rule import Of, RowRule, ShareRule
from idqp_cli.rules.shares import Count, Limit
from idqp_cli.rules.statistics import Statistic
from idqp_cli.rules.uniqueness import Duplicates, Unique
from idqp_cli.rules.validity import AcceptedValues, Length, Pattern, Range, RejectedValues, RequiredValues
from idqp_cli.rules.volume import RowCount

# Keys that say nothing about what a rule asks of the data.
ABOUT_IT = frozenset({"name", "description", "tags", "enabled"})
IN_ANY_ORDER = (Unique, Completeness, Outliers, Duplicates)
LIMITS = frozenset({"threshold", "warn", "fail", "min_share", "confidence", "severity"})
IS_NULL = re.compile(r'\s*(?:"((?:[^"]|"")+)"|(\w+))\s+IS\s+NULL\s*', re.IGNORECASE)


def conflicts(rules: Sequence[Rule]) -> Iterator[tuple[Rule, str]]:
    """Yield each rule that cannot pass beside an earlier one, or says nothing beside one, and why."""
    told: set[str] = set()
    for first, second in _pairs([rule for rule in rules if rule.enabled]):
        found = _contradiction(first, second) or _contradiction(second, first)
        needless, why = second, f"cannot pass where {_named(first)} does: {found}"
        if found is None and _same(first, second):
            # The more severe one says what the other says, and more.
            milder = _worst(first).rank < _worst(second).rank
            needless, other = (first, second) if milder else (second, first)
            why = f"says what {_named(other)} says"
        elif found is None and _implied(second, first):
            why = f"says nothing beside {_named(first)}, which is stricter"
        elif found is None and _implied(first, second):
            needless, why = first, f"says nothing beside {_named(second)}, which is stricter"
        elif found is None:
            continue
        # Of three that are alike each is told of once.
        if needless.name not in told:
            told.add(needless.name)
            yield needless, why


def _pairs(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Yield the pairs of rules that are about one column, or about none and of one type, each once."""
    alike: dict[str, list[int]] = {}
    for at, rule in enumerate(rules):
        for about in {name.casefold() for name in (*rule.columns, *_nulled(rule))} or {f" {rule.type}"}:
            alike.setdefault(about, []).append(at)
    pairs = {pair for places in alike.values() for pair in combinations(places, 2)}
    return ((rules[first], rules[second]) for first, second in sorted(pairs))


def _nulled(rule: Rule) -> tuple[str, ...]:
    """Return the column that an expression says is NULL."""
    found = IS_NULL.fullmatch(rule.expression) if isinstance(rule, Expression) else None
    return ((found[1] or found[2]).replace('""', '"'),) if found else ()


def _named(rule: Rule) -> str:
    return f"'{clean(rule.name, 60)}' (line {rule.line})"


def _same(first: Rule, second: Rule) -> bool:
    """Tell whether two rules ask the same of the data, at the same limits; how severe they are goes beside it."""
    return type(first) is type(second) and _asked(first, {"severity"}) == _asked(second, {"severity"})


def _asked(rule: Rule, besides: set[str] | frozenset[str] = frozenset()) -> dict[str, object]:
    """Return what a rule asks, without what is about the rule itself."""
    asked = [key.name for key in key_fields(type(rule)) if key.name not in ABOUT_IT and key.name not in besides]
    found = {name: getattr(rule, name) for name in asked}
    names = [name.casefold() for name in rule.columns]
    # In which order the columns of a key stand does not matter; that of a dependency says what determines what.
    return {**found, "columns": sorted(names) if isinstance(rule, IN_ANY_ORDER) else names}


def _limits(rule: Rule) -> list[Limit]:
    return [one.limit for one in rule.levels()] or [getattr(rule, "threshold", None) or 0]


def _tolerance(rule: Rule) -> Fraction:
    """Return the largest share of rows that may fail; of a number of rows it is not known, and taken for none."""
    shares = [Fraction(getattr(one, "exact", one)) for one in _limits(rule) if not isinstance(one, Count)]
    return max(shares, default=Fraction(0))


def _strict(rule: Rule) -> bool:
    """Tell whether no row at all may fail."""
    return not any(_limits(rule))


def _together(first: Rule, second: Rule) -> bool:
    """Tell whether two rules of one column look at the same rows, or at some of them without leave for any to fail."""
    if [name.casefold() for name in first.columns] != [name.casefold() for name in second.columns]:
        return False
    if first.where == second.where and first.segment_by == second.segment_by:
        alike = getattr(first, "of", None) == getattr(second, "of", None) and not _counted(first, second)
        return (_strict(first) and _strict(second)) or (alike and _tolerance(first) + _tolerance(second) < 1)
    return _strict(first) and _strict(second) and (first.where is None or second.where is None)


def _counted(*rules: Rule) -> bool:
    return any(isinstance(limit, Count) and limit for rule in rules for limit in _limits(rule))


def _contradiction(first: Rule, second: Rule) -> str | None:
    """Say why no data with a value passes two rules; None where some may."""
    if isinstance(first, Expression) or isinstance(second, Expression):
        return _null(first, second)
    if not _together(first, second):
        return None
    match first, second:
        case Range(), Range():
            return apart(first, second, "no value is in both ranges")
        case Length(), Length():
            return apart(first, second, "no text has both lengths")
        case RowCount(equals=None), RowCount(equals=None) if first.where == second.where:
            return apart(first, second, "no number of rows is in both ranges")
        case Statistic(), Statistic():
            alike = (first.statistic, first.q, first.where) == (second.statistic, second.q, second.where)
            return apart(first, second, f"no {first.statistic} is in both ranges") if alike else None
        case Pattern(), Pattern() if first.negate != second.negate:
            same = (set(first.regex), set(first.like)) == (set(second.regex), set(second.like))
            return "what has to match one must not match the other" if same else None
        case ((AcceptedValues() | RequiredValues() | RejectedValues() | Range()), _):
            return _of_values(first, second)
    return None


def _null(first: Rule, second: Rule) -> str | None:
    """Say that a column has to be both NULL and not."""
    if not isinstance(first, Completeness) or not isinstance(second, Expression) or len(first.columns) != 1:
        return None
    fits = [name.casefold() for name in _nulled(second)] == [first.columns[0].casefold()]
    if not fits or not _together(first, replace(second, columns=first.columns)):
        return None
    return f"{clean(first.columns[0], 60)} has to be there in one, and NULL in the other"


def _of_values(first: Rule, second: Rule) -> str | None:
    """Say why no value, or one that a rule names, passes both; without the values, where they are personal."""
    match first, second:
        case AcceptedValues(), AcceptedValues() if {*map(str, first.values)}.isdisjoint(map(str, second.values)):
            return "no value is accepted by both"
        case AcceptedValues(), RejectedValues():
            both = _shared(first.values, second.values)
            whole = len(both) == len({*map(_key, first.values)})
            strict = _strict(first) and _strict(second)
            return f"{_told(both, first)} is accepted and rejected" if both and (whole or strict) else None
        case RequiredValues(), RejectedValues() if _strict(first) and _strict(second) and _within(first, second):
            both = _shared(first.values, second.values)
            return f"{_told(both, first)} is required and rejected" if both else None
        case RequiredValues(), AcceptedValues() if _strict(first) and _strict(second) and _within(first, second):
            accepted = {*map(_key, second.values)}
            beyond = [value for value in first.values if _key(value) not in accepted]
            return f"{_told(beyond, first)} is required and not accepted" if beyond else None
        case Range(), AcceptedValues():
            beyond = [value for value in second.values if outside(value, first)]
            return "no accepted value is in the range" if len(beyond) == len(second.values) else None
        case Range(), RequiredValues() if _strict(first) and _strict(second) and _within(second, first):
            beyond = [value for value in second.values if outside(value, first)]
            return f"{_told(beyond, first)} is required and outside of the range" if beyond else None
    return None


def _within(required: Rule, other: Rule) -> bool:
    """Tell whether the rows in which values are required are among those that the other rule looks at."""
    return other.where is None or other.where == required.where


def _key(value: object) -> tuple[bool, object]:
    """Tell values apart as rules compare them: `1` in quotes is a text, true is no number."""
    return isinstance(value, (str, bool)), str(value) if isinstance(value, (str, bool)) else value


def _shared(first: Sequence[object], second: Sequence[object]) -> list[object]:
    there = {*map(_key, second)}
    return [value for value in dict.fromkeys(first) if _key(value) in there]


def _told(values: Sequence[object], rule: Rule) -> str:
    return "a value" if rule.private or not values else cell(str(values[0]), 40)


def _implied(mild: Rule, strict: Rule) -> bool:
    """Tell whether one rule fails only where another fails, which is at least as severe."""
    if type(mild) is not type(strict) or mild.segment_by != strict.segment_by:
        return False
    if not _strict(strict) or strict.where not in {None, mild.where} or _least(strict).rank < _worst(mild).rank:
        return False
    if _holding(mild) and not _holding(strict):
        return False
    match mild, strict:
        case Range(), Range():
            return _alike(mild, strict, "exclusive", "min", "max") and inside(strict, mild)
        case Length(), Length():
            return _alike(mild, strict, "min", "max") and inside(strict, mild)
        case Unique(), Unique():
            wider = {name.casefold() for name in mild.columns} > {name.casefold() for name in strict.columns}
            return _alike(mild, strict, "columns") and (wider or _columns(mild) == _columns(strict))
        case Completeness(), Completeness():
            fewer = {name.casefold() for name in mild.columns} < {name.casefold() for name in strict.columns}
            return _alike(mild, strict, "columns") and (fewer or _columns(mild) == _columns(strict))
        case AcceptedValues(), AcceptedValues():
            return _alike(mild, strict, "values") and {*map(_key, strict.values)} <= {*map(_key, mild.values)}
        case RejectedValues(), RejectedValues():
            return _alike(mild, strict, "values") and {*map(_key, strict.values)} >= {*map(_key, mild.values)}
    same_rows = mild.where == strict.where and isinstance(strict, (ShareRule, Schema, Query, RequiredValues))
    return (isinstance(strict, RowRule) or same_rows) and _alike(mild, strict)


def _holding(rule: Rule) -> bool:
    """Tell whether a row without a value speaks against the rule."""
    return isinstance(rule, RowRule) and rule.of is Of.ALL and rule.min_share is not None


def _columns(rule: Rule) -> list[str]:
    return sorted(name.casefold() for name in rule.columns)


def _alike(mild: Rule, strict: Rule, *besides: str) -> bool:
    """Tell whether two rules ask the same but for their limits, the rows that they look at, and these keys."""
    left_out = LIMITS | {"where", "min_rows", "of", *besides}
    columns = {"columns": None} if "columns" in besides else {}
    return _asked(mild, left_out) | columns == _asked(strict, left_out) | columns


def _worst(rule: Rule) -> Severity:
    found = [level.severity for level in rule.levels() if level.severity is not None]
    return max(found, key=lambda one: one.rank) if found else rule.severity


def _least(rule: Rule) -> Severity:
    found = [level.severity for level in rule.levels() if level.severity is not None]
    return min(found, key=lambda one: one.rank) if found else rule.severity
