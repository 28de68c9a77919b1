"""What each check of Deequ becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, row_checks, row_sql, rule_keys
from idqp_cli.importing.deequ.calls import PYTHON_TYPES, Call, Unread
from idqp_cli.importing.filtered import Filtered
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import Keys, NoEquivalentError

ONE = Allowed(Fraction(1), Fraction(1))
CARD = r"\b(?:4\d{3}|5[1-5]\d{2}|6011)[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b|\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b"
PATTERNS: Mapping[str, str] = {
    "containsEmail": r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "containsURL": r"(?:https?|ftp)://[^\s/$.?#][^\s]*",
    "containsCreditCardNumber": CARD,
    "containsSocialSecurityNumber": r"\b\d{3}[- ]\d{2}[- ]\d{4}\b",
}
TYPES: Mapping[str, str] = {
    "Integral": r"^(?:[-+] ?)?\d+$", "Fractional": r"^(?:[-+] ?)?\d+\.\d+$", "Boolean": "^(?:true|false)$",
    "Numeric": r"^(?:[-+] ?)?\d+(?:\.\d+)?$",
}  # fmt: skip
STATISTICS: Mapping[str, str] = {
    "hasMin": "min", "hasMax": "max", "hasMean": "mean", "hasSum": "sum", "hasApproxCountDistinct": "distinct_count",
    "hasNumberOfDistinctValues": "distinct_count", "hasCountDistinct": "distinct_count",
}  # fmt: skip
VALUES: Mapping[str, str] = {
    "hasStandardDeviation": "stddev_pop({0})",
    "hasMinLength": "min(length({1}))",
    "hasMaxLength": "max(length({1}))",
}
SIGNS: Mapping[str, str] = {
    "isLessThan": "<", "isLessThanOrEqualTo": "<=", "isGreaterThan": ">", "isGreaterThanOrEqualTo": ">=",
}  # fmt: skip


def rules(call: Call, keys: Mapping[str, object], dataset: str) -> Iterable[Keys]:
    """Return the rules that a check becomes.

    Raises:
        NoEquivalentError: it is not known, or says more than constants.

    """
    for argument in call.arguments:
        if isinstance(argument, Unread):
            raise NoEquivalentError(f"'{clean(argument.text, 60)}' is not a constant; code is not run")
    one = _Check(call, keys, dataset)
    if call.name in STATISTICS:
        return [rule_keys.statistic(one.column(), STATISTICS[call.name], one.allowed(), dataset, **one.keys)]
    if call.name in VALUES:
        name, text = sql.identifier(one.column()), row_sql.as_text(one.column())
        return [one.number(VALUES[call.name].format(name, text))]
    if call.name in SIGNS:
        return [one.compared()]
    if call.name in PATTERNS:
        return [one.pattern(PATTERNS[call.name])]
    function = CHECKS.get(call.name)
    if function is None:
        raise NoEquivalentError("it has no equivalent; see the rule types anomaly and drift")
    return function(one)


class _Check(Filtered):
    """One call, with what it is given."""

    def __init__(self, call: Call, keys: Mapping[str, object], dataset: str) -> None:
        self.call = call
        self.keys = dict(keys)
        self.dataset = dataset
        self.texts = [argument for argument in call.arguments if isinstance(argument, str)]
        self.lists = [one for one in call.arguments if isinstance(one, list)]
        self.numbers = [one for one in call.arguments if isinstance(one, Fraction)]
        self.asserted = next((one for one in call.arguments if isinstance(one, Allowed)), None)

    def column(self) -> str:
        if not self.texts:
            raise NoEquivalentError("it names no column")
        return self.texts[0]

    def columns(self) -> list[str]:
        names = [str(one) for one in self.lists[0]] if self.lists else self.texts[:1]
        if not names:
            raise NoEquivalentError("it names no column")
        return names

    def allowed(self) -> Allowed:
        if self.asserted is None:
            raise NoEquivalentError("it has no assertion like _ >= 1")
        return self.asserted

    def number(self, value: str) -> Keys:
        return rule_keys.number(rule_keys.from_table(value, self.dataset, self.where), self.allowed(), **self.plain)

    def share(self, failing: Failing) -> Keys:
        """Return the rule that the share of all rows which hold is allowed."""
        allowed = self.asserted or ONE
        low, high = (None if bound is None else (1 - bound) * 100 for bound in (allowed.high, allowed.low))
        if allowed == ONE or (
            allowed.high is not None and allowed.high >= 1 and not allowed.high_open and not allowed.outside
        ):
            low = None
        turned = Allowed(low, high, allowed.high_open and low is not None, allowed.low_open, allowed.outside)
        return failing.within(turned, self.dataset, percent=True)

    def compared(self) -> Keys:
        if len(self.texts) < 2:
            raise NoEquivalentError("it needs two columns")
        a, b = (sql.identifier(name) for name in self.texts[:2])
        return self.share(row_checks.holds(f"coalesce({a} {SIGNS[self.call.name]} {b}, false)", **self.keys))

    def pattern(self, regex: str) -> Keys:
        """Return the rule that so many rows match; one without a value does not."""
        allowed = self.asserted or ONE
        check = row_checks.pattern(self.column(), [regex], **self.keys)
        if allowed == Allowed(Fraction(0), Fraction(0)):
            return row_checks.pattern(self.column(), [regex], negate=True, **self.keys).keys
        upper = allowed.high is None or allowed.high >= 1
        if allowed.low is not None and not allowed.low_open and upper and not allowed.outside:
            return {**check.keys, "min_share": intervals.percentage(allowed.low * 100), "of": "all"}
        condition = f"NOT coalesce({row_sql.matches(self.column(), [regex])}, false)"
        return self.share(
            Failing(rule_keys.rule("expression", expression=f"NOT ({condition})", **self.keys), condition)
        )


def _complete(check: _Check) -> Iterable[Keys]:
    return [check.share(row_checks.missing(check.columns(), **check.keys))]


def _any_complete(check: _Check) -> Iterable[Keys]:
    some = " OR ".join(f"{sql.identifier(name)} IS NOT NULL" for name in check.columns())
    return [check.share(row_checks.holds(some, **check.keys))]


def _unique(check: _Check) -> Iterable[Keys]:
    names = [*check.columns(), *check.texts[1:]] if check.call.name == "isPrimaryKey" else check.columns()
    if check.asserted is not None and check.asserted != ONE:
        return _groups(check, names)
    if len(names) == 1:
        return [rule_keys.rule("unique", names, **check.keys)]
    absent = " AND ".join(f"{sql.identifier(name)} IS NULL" for name in names)
    where = f"NOT ({absent})" + (f" AND ({check.where})" if check.where else "")
    return [rule_keys.rule("unique", names, nulls="compare", where=where, **check.plain)]


def _groups(check: _Check, names: list[str]) -> Iterable[Keys]:
    listed = ", ".join(map(sql.identifier, names))
    some = " OR ".join(f"{sql.identifier(name)} IS NOT NULL" for name in names)
    where = f"({some})" + (f" AND ({check.where})" if check.where else "")
    groups = f"SELECT count(*) AS n FROM {sql.identifier(check.dataset)} WHERE {where} GROUP BY {listed}"
    value = {
        "hasUniqueness": "count_if(n = 1) / nullif(sum(n), 0)", "hasDistinctness": "count(*) / nullif(sum(n), 0)",
        "hasUniqueValueRatio": "count_if(n = 1) / nullif(count(*), 0)",
    }.get(check.call.name, "count_if(n = 1) / nullif(sum(n), 0)")  # fmt: skip
    return [rule_keys.number(f"{value} FROM ({groups})", check.allowed(), **check.plain)]


def _distinct(check: _Check) -> Iterable[Keys]:
    return _groups(check, check.columns())


def _contained(check: _Check) -> Iterable[Keys]:
    column = check.column()
    if check.lists:
        values = [
            int(one_)
            if isinstance(one_, Fraction) and one_.denominator == 1
            else float(one_)
            if isinstance(one_, Fraction)
            else one_
            for one_ in check.lists[0]
        ]
        accepted = row_checks.accepted(
            column, [value for value in values if isinstance(value, (str, int, float))], **check.keys
        )
        return [check.share(accepted)]
    if len(check.numbers) < 2:
        raise NoEquivalentError("it has neither values nor two bounds")
    flags = [argument for argument in check.call.arguments if isinstance(argument, bool)] or [True, True]
    allowed = Allowed(check.numbers[0], check.numbers[1], not flags[0], not flags[-1])
    return [row_checks.between(column, allowed, **check.keys).keys]


def _positive(check: _Check) -> Iterable[Keys]:
    bound = Allowed(low=Fraction(0), low_open=check.call.name == "isPositive")
    return [check.share(row_checks.between(check.column(), bound, **check.keys))]


def _satisfies(check: _Check) -> Iterable[Keys]:
    keys = dict(check.keys)
    if len(check.texts) > 1:
        keys["name"] = check.texts[1]
    return [check.share(row_checks.holds(f"coalesce({check.column()}, false)", **keys))]


def _has_column(check: _Check) -> Iterable[Keys]:
    return [rule_keys.schema({check.column(): "any"}, allow_extra=True, **check.plain)]


def _has_pattern(check: _Check) -> Iterable[Keys]:
    if len(check.texts) < 2:
        raise NoEquivalentError("it has no pattern")
    return [check.pattern(check.texts[1])]


def _size(check: _Check) -> Iterable[Keys]:
    return [rule_keys.row_count(check.allowed(), check.dataset, check.where, **check.plain)]


def _quantile(check: _Check) -> Iterable[Keys]:
    if not check.numbers:
        raise NoEquivalentError("it has no quantile")
    bounds = check.allowed().bounds()
    return [
        rule_keys.rule(
            "statistic",
            check.column(),
            statistic="quantile",
            q=intervals.as_number(check.numbers[0]),
            **bounds,
            **check.keys,
        )
    ]


def _correlation(check: _Check) -> Iterable[Keys]:
    if len(check.texts) < 2:
        raise NoEquivalentError("it needs two columns")
    a, b = (sql.identifier(name) for name in check.texts[:2])
    return [check.number(f"corr({a}, {b})")]


def _entropy(check: _Check) -> Iterable[Keys]:
    name = sql.identifier(check.column())
    where = f"{name} IS NOT NULL" + (f" AND ({check.where})" if check.where else "")
    table = rule_keys.from_table("SELECT count(*) AS n, sum(count(*)) OVER () AS total", check.dataset, where)
    groups = f"{table} GROUP BY {name}"
    return [rule_keys.number(f"-sum(n / total * ln(n / total)) FROM ({groups})", check.allowed(), **check.plain)]


def _type(check: _Check) -> Iterable[Keys]:
    word = next(
        (kind for kind in (*TYPES, "String", "Null") if f".{kind}" in check.call.text or f" {kind}" in check.call.text),
        None,
    )
    if word is None and (named := re.search(r",\s*(int|float|bool|str)\b", check.call.text)) is not None:
        # Not a type of Deequ, but a plain one of Python.
        word = PYTHON_TYPES[named[1]]
    if word != "String" and word not in TYPES:
        return _refuse("the type is not known")
    # A text is what has none of the other types.
    patterns = [TYPES[kind] for kind in ("Numeric", "Boolean")] if word == "String" else [TYPES[str(word)]]
    failing = row_checks.pattern(check.column(), patterns, negate=word == "String", **check.keys)
    share = check.share(failing)
    return [{key: value for key, value in share.items() if key != "of"}]


def _refuse(why: str) -> Iterable[Keys]:
    raise NoEquivalentError(why)


CHECKS: Mapping[str, Callable[[_Check], Iterable[Keys]]] = {
    "isComplete": _complete, "hasCompleteness": _complete, "areComplete": _complete, "haveCompleteness": _complete,
    "areAnyComplete": _any_complete, "haveAnyCompleteness": _any_complete, "isUnique": _unique, "isPrimaryKey": _unique,
    "hasUniqueness": _unique, "hasDistinctness": _distinct, "hasUniqueValueRatio": _distinct,
    "isContainedIn": _contained, "isNonNegative": _positive, "isPositive": _positive, "satisfies": _satisfies,
    "hasPattern": _has_pattern, "hasSize": _size, "hasApproxQuantile": _quantile, "hasExactQuantile": _quantile,
    "hasCorrelation": _correlation, "hasEntropy": _entropy, "hasDataType": _type,
    "hasColumn": _has_column,
}  # fmt: skip


def is_known(name: str) -> bool:
    """Tell whether Deequ has a check of this name that has an equivalent."""
    return any(name in names for names in (CHECKS, STATISTICS, VALUES, SIGNS, PATTERNS))
