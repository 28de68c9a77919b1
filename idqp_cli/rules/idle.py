"""Why a rule can never fail, whatever the data is, as far as the rule alone says it; pure."""

from __future__ import annotations

import math

from idqp_cli.core.text import clean
from idqp_cli.rules.bounds import Exclusive
from idqp_cli.rules.outliers import Outliers
from idqp_cli.rules.query import Query
from idqp_cli.rules.rule import Bound, Rule
from idqp_cli.rules.schema import ANY, Declared, Schema
from idqp_cli.rules.share_rule import ShareRule
from idqp_cli.rules.shares import Count, Limit
from idqp_cli.rules.statistics import Name, Statistic
from idqp_cli.rules.validity import Length, Pattern, Range, RequiredValues
from idqp_cli.rules.volume import RowCount

# Each is found in every text, and no less in one with line breaks.
IN_EVERY_TEXT = frozenset(
    {"", "^", "$", ".*", ".*?", "^.*", ".*$", r"\s*", r"\w*", r"\d*", r"\S*", ".{0,}", r"[\s\S]*"}
)
# These are never below 0.
NOT_NEGATIVE = frozenset(
    {Name.STDDEV, Name.VARIANCE, Name.DISTINCT_COUNT, Name.DISTINCT_SHARE, Name.MODE_SHARE}
)  # fmt: skip
# These are never above 1.
SHARES = frozenset({Name.DISTINCT_SHARE, Name.MODE_SHARE})
LOWER, UPPER = frozenset({Exclusive.MIN, Exclusive.BOTH}), frozenset({Exclusive.MAX, Exclusive.BOTH})


def never_fails(rule: Rule) -> tuple[str, str] | None:
    """Return the key by which a rule can never fail, and why; None of a rule that may."""
    for key in ("threshold", "warn", "fail"):
        if _all(rule, key):
            level = "" if key == "threshold" else f" at the level {key}"
            return key, f"every row may fail, so the rule never does{level}"
    if isinstance(rule, ShareRule) and rule.min_share is not None and not rule.min_share:
        return "min_share", "no row has to hold, so the rule never fails"
    found = _key(rule)
    return None if found is None else (found[0], f"{found[1]}, so the rule never fails")


def _all(rule: Rule, key: str) -> bool:
    """Tell whether a limit is a share of 1."""
    limit: Limit | None = getattr(rule, key, None)
    shared = isinstance(rule, (ShareRule, RequiredValues, Outliers))
    return shared and limit is not None and not isinstance(limit, Count) and limit >= 1


def _key(rule: Rule) -> tuple[str, str] | None:
    match rule:
        case Range() if _open(rule.min, -math.inf, rule.exclusive, LOWER) and _open(
            rule.max, math.inf, rule.exclusive, UPPER
        ):
            return ("max" if rule.min is None else "min"), "no number is outside of infinity"
        case Length(min=low, max=None) if low == 0:
            return "min", "no text is shorter than 0 characters"
        case Pattern(negate=False):
            return _found_everywhere(rule)
        case RowCount(min=low, max=None, change=None, equals=None) if low == 0 and rule.exclusive not in LOWER:
            return "min", "there are never fewer than 0 rows"
        case Statistic():
            return _statistic(rule)
        case Query() if rule.max is None and rule.min is not None and rule.min <= 0 and rule.counts_rows():
            return None if rule.exclusive in LOWER and rule.min == 0 else ("min", "a count is never below 0")
        case Schema():
            return _schema(rule)
    return None


def _open(bound: Bound | None, end: float, exclusive: Exclusive | None, own: frozenset[Exclusive]) -> bool:
    """Tell whether a bound leaves nothing out."""
    return bound is None or (bound == end and exclusive not in own)


def _found_everywhere(rule: Pattern) -> tuple[str, str] | None:
    regex = next((one for one in rule.regex if one in IN_EVERY_TEXT), None)
    if regex is not None:
        return "regex", f"'{clean(regex, 60)}' is found in every text"
    like = next((one for one in rule.like if one and not one.strip("%")), None)
    return None if like is None else ("like", f"every text is like '{clean(like, 60)}'")


def _statistic(rule: Statistic) -> tuple[str, str] | None:
    what = f"{rule.statistic.replace('_', ' ')} is never"
    below = rule.min is None or (
        rule.statistic in NOT_NEGATIVE
        and not isinstance(rule.min, str)
        and (rule.min < 0 or (rule.min == 0 and rule.exclusive not in LOWER))
    )
    above = rule.max is None or (
        rule.statistic in SHARES
        and not isinstance(rule.max, str)
        and (rule.max > 1 or (rule.max == 1 and rule.exclusive not in UPPER))
    )
    if not below or not above:
        return None
    return ("min", f"a {what} below 0") if rule.min is not None else ("max", f"a {what} above 1")


def _schema(rule: Schema) -> tuple[str, str] | None:
    counted = rule.max_columns is not None or (rule.min_columns or 0) > 0
    if counted or rule.forbidden or (rule.declared and not rule.allow_extra) or rule.ordered:
        return None
    if any(_asks(one) for one in rule.declared):
        return None
    if rule.declared:
        return "columns", "no column has to be there, and each may be anything"
    return "min_columns", "there are never fewer than 0 columns"


def _asks(one: Declared) -> bool:
    return one.required or not one.nullable or one.type != ANY or one.enum is not None or _bounded(one)


def _bounded(one: Declared) -> bool:
    return one.max_length is not None or (one.min_length or 0) > 0
