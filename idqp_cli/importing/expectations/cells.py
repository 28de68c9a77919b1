"""Expectations about the cells of a column, each by itself or compared with the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, look, row_checks, row_sql, rule_keys
from idqp_cli.importing.expectations.expectation import Expectation, Function, Made
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.jsonschema.holds import Holds
from idqp_cli.importing.jsonschema.references import References
from idqp_cli.importing.jsonschema.value import Inside
from idqp_cli.importing.regexes import Flavour
from idqp_cli.importing.row_checks import Counted, Failing
from idqp_cli.importing.values import NoEquivalentError


def _not_null(expectation: Expectation) -> Iterable[Made]:
    return [row_checks.missing(expectation.column(), **expectation.keys)]


def _null(expectation: Expectation) -> Iterable[Made]:
    name = sql.identifier(expectation.column())
    return [
        Failing(rule_keys.rule("expression", expression=f"{name} IS NULL", **expectation.keys), f"{name} IS NOT NULL")
    ]


def _unique(expectation: Expectation) -> Iterable[Made]:
    name = sql.identifier(expectation.column())
    where = " AND ".join([f"{name} IS NOT NULL", *([f"({expectation.where})"] if expectation.where else [])])
    repeated = (
        f"SELECT {name} FROM {sql.identifier(expectation.dataset)} WHERE {where} GROUP BY {name} HAVING count(*) > 1"
    )
    rule = rule_keys.rule("unique", expectation.column(), **expectation.keys)
    return [Counted(rule, f"count(*) FROM ({repeated})", share=True)]


def _in_set(expectation: Expectation) -> Iterable[Made]:
    return [row_checks.accepted(expectation.column(), expectation.values(), **expectation.keys)]


def _not_in_set(expectation: Expectation) -> Iterable[Made]:
    return [row_checks.rejected(expectation.column(), expectation.values(), **expectation.keys)]


def _contain_set(expectation: Expectation) -> Iterable[Made]:
    return [rule_keys.rule("required_values", expectation.column(), values=expectation.values(), **expectation.keys)]


def _equal_set(expectation: Expectation) -> Iterable[Made]:
    return [*_in_set(expectation), *_contain_set(expectation)]


def _between(expectation: Expectation) -> Iterable[Made]:
    low, high = expectation.bound("min_value"), expectation.bound("max_value")
    column, (low_open, high_open) = expectation.column(), expectation.openness()
    if low is None and high is None:
        raise NoEquivalentError("it has neither min_value nor max_value")
    if not isinstance(low, str) and not isinstance(high, str):
        return [row_checks.between(column, Allowed(low, high, low_open, high_open), **expectation.keys)]
    moment = any(isinstance(one, str) and one.startswith("current_timestamp") for one in (low, high))
    return [
        row_checks.between_texts(
            column, low, high, (low_open, high_open), of_sql=expectation.of_dbt or moment, **expectation.keys
        )
    ]


def _greater(sign: str) -> Function:
    def function(expectation: Expectation) -> Iterable[Made]:
        node = expectation.node("value", "min_value", "max_value", "threshold")
        return [
            row_checks.between(
                expectation.column(), intervals.compared(sign, look.number(node, "value")), **expectation.keys
            )
        ]

    return function


def _lengths(expectation: Expectation) -> Iterable[Made]:
    low, high = expectation.whole("min_value"), expectation.whole("max_value")
    low_open, high_open = expectation.openness()
    if low is None and high is None:
        raise NoEquivalentError("it has neither min_value nor max_value")
    low = low + 1 if low is not None and low_open else low
    high = high - 1 if high is not None and high_open else high
    return [row_checks.length(expectation.column(), low, high, **expectation.keys)]


def _length_equals(expectation: Expectation) -> Iterable[Made]:
    exact = expectation.whole("value")
    if exact is None:
        raise NoEquivalentError("it has no value")
    return [row_checks.length(expectation.column(), exact, exact, **expectation.keys)]


def _regexes(expectation: Expectation, *names: str) -> list[str]:
    regexes = expectation.texts(*names)
    flags = expectation.text("flags") if "flags" in expectation.given else ""
    if set(flags) - set("ims"):
        raise NoEquivalentError(f"the flags '{clean(flags, 20)}' of the pattern are not known")
    return [f"(?{flags}){regex}" for regex in regexes] if flags else regexes


def _regex(*, negate: bool) -> Function:
    def function(expectation: Expectation) -> Iterable[Made]:
        regexes = _regexes(expectation, "regex", "regex_list")
        # The package of dbt runs in the warehouse, Great Expectations on pandas.
        flavour = Flavour.PLAIN if expectation.of_dbt else Flavour.PYTHON
        every = "match_on" in expectation.given and expectation.text("match_on") == "all"
        if every and not negate:
            return [
                row_checks.pattern(expectation.column(), [regex], flavour=flavour, **expectation.keys)
                for regex in regexes
            ]
        if every and len(regexes) > 1:
            raise NoEquivalentError("that not all of several patterns match has no rule")
        return [row_checks.pattern(expectation.column(), regexes, negate=negate, flavour=flavour, **expectation.keys)]

    return function


def _like(*, negate: bool) -> Function:
    def function(expectation: Expectation) -> Iterable[Made]:
        patterns = expectation.texts("like_pattern", "like_pattern_list")
        every = "match_on" in expectation.given and expectation.text("match_on") == "all"
        groups = [[pattern] for pattern in patterns] if every and not negate else [patterns]
        return [row_checks.like(expectation.column(), group, negate=negate, **expectation.keys) for group in groups]

    return function


def _written_as(name: str) -> Function:
    return lambda expectation: [row_checks.formatted(expectation.column(), {"format": name}, **expectation.keys)]


def _strftime(expectation: Expectation) -> Iterable[Made]:
    return [
        row_checks.formatted(
            expectation.column(), {"strptime": expectation.text("strftime_format")}, **expectation.keys
        )
    ]


def _ordered(order: str) -> Function:
    def function(expectation: Expectation) -> Iterable[Made]:
        if any(name in expectation.given for name in ("sort_column", "group_by", "step")):
            return [_sorted(expectation, order)]
        strict = expectation.flag("strictly", default=expectation.of_dbt)
        return [
            rule_keys.rule(
                "sequence",
                expectation.column(),
                order=None if order == "increasing" else order,
                strict=strict or None,
                **expectation.keys,
            )
        ]

    return function


def _sorted(expectation: Expectation, order: str) -> Made:
    """Return the query for rows that are out of order, by another column or within groups."""
    if "step" in expectation.given:
        raise NoEquivalentError("a step has no rule")
    name = sql.identifier(expectation.column())
    by = sql.identifier(expectation.text("sort_column")) if "sort_column" in expectation.given else name
    groups = (
        [sql.identifier(group) for group in expectation.texts("group_by")] if "group_by" in expectation.given else []
    )
    part = f"PARTITION BY {', '.join(groups)} " if groups else ""
    strict = expectation.flag("strictly", default=True)
    sign = {
        ("increasing", True): "<=",
        ("increasing", False): "<",
        ("decreasing", True): ">=",
        ("decreasing", False): ">",
    }
    inner = f"SELECT *, lag({name}) OVER ({part}ORDER BY {by}) AS before_it"
    table = rule_keys.from_table(inner, expectation.dataset, expectation.where)
    return rule_keys.rule(
        "query", sql=f"SELECT * FROM ({table}) WHERE {name} {sign[order, strict]} before_it", **expectation.plain
    )


def _z_scores(expectation: Expectation) -> Iterable[Made]:
    name, most = (
        sql.identifier(expectation.column()),
        intervals.as_sql(look.number(expectation.node("threshold"), "threshold")),
    )
    score = f"({name} - avg({name}) OVER ()) / nullif(stddev_samp({name}) OVER (), 0)"
    score = f"abs({score})" if expectation.flag("double_sided", default=True) else score
    table = rule_keys.from_table(f"SELECT *, {score} AS {SCORE}", expectation.dataset, expectation.where)
    return [rule_keys.rule("query", sql=f"SELECT * FROM ({table}) WHERE {SCORE} >= {most}", **expectation.plain)]


def _proportion(expectation: Expectation) -> Iterable[Made]:
    """Return the rule that a share of all rows has a value."""
    allowed = expectation.allowed()
    low, high = (None if bound is None else (1 - bound) * 100 for bound in (allowed.high, allowed.low))
    low = None if low is not None and low <= 0 and not allowed.high_open else low
    missing = Allowed(low, high, allowed.high_open and low is not None, allowed.low_open)
    check = row_checks.missing(expectation.column(), **expectation.keys)
    return [check.within(missing, expectation.dataset, percent=True)]


def _json_schema(expectation: Expectation) -> Iterable[Made]:
    """Return the rule that a text is JSON which a schema holds of."""
    node = expectation.node("json_schema")
    if node is None or not isinstance(node.value, dict):
        raise NoEquivalentError("json_schema must be a mapping")
    column = expectation.column()
    parsed = f"TRY_CAST({sql.identifier(column)} AS JSON)"
    holds = Holds(References(node)).all(Inside(parsed), node)
    condition = f"{sql.identifier(column)} IS NULL OR ({parsed} IS NOT NULL AND ({holds}))"
    rule = rule_keys.rule("expression", expression=condition, **expectation.keys)
    return [Failing(rule, row_sql.breaks(condition), (column,))]


# A name that columns do not have.
SCORE = '"the z score"'
# Of the packages of the community.
FORMATS = ("email", "uuid", "ipv4", "ipv6", "iban", "mac", "url", "json")
EXPECTATIONS: Mapping[str, Function] = {
    **{f"expect_column_values_to_be_valid_{name}": _written_as(name) for name in FORMATS},
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_column_values_to_be_unique": _unique,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_distinct_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_distinct_values_to_contain_set": _contain_set,
    "expect_column_distinct_values_to_equal_set": _equal_set,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_greater_than": _greater(">"),
    "expect_column_values_to_be_greater_than_or_equal_to": _greater(">="),
    "expect_column_values_to_be_less_than": _greater("<"),
    "expect_column_values_to_be_less_than_or_equal_to": _greater("<="),
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _length_equals,
    "expect_column_values_to_match_regex": _regex(negate=False),
    "expect_column_values_to_match_regex_list": _regex(negate=False),
    "expect_column_values_to_not_match_regex": _regex(negate=True),
    "expect_column_values_to_not_match_regex_list": _regex(negate=True),
    "expect_column_values_to_match_like_pattern": _like(negate=False),
    "expect_column_values_to_match_like_pattern_list": _like(negate=False),
    "expect_column_values_to_not_match_like_pattern": _like(negate=True),
    "expect_column_values_to_not_match_like_pattern_list": _like(negate=True),
    "expect_column_values_to_match_strftime_format": _strftime,
    "expect_column_values_to_be_dateutil_parseable": _written_as("datetime"),
    "expect_column_values_to_be_json_parseable": _written_as("json"),
    "expect_column_values_to_be_increasing": _ordered("increasing"),
    "expect_column_values_to_be_decreasing": _ordered("decreasing"),
    "expect_column_value_z_scores_to_be_less_than": _z_scores,
    "expect_column_proportion_of_non_null_values_to_be_between": _proportion,
    "expect_column_values_to_match_json_schema": _json_schema,
}
