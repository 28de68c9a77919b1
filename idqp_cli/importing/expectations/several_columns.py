"""Expectations about several columns of a row, or about keys of several columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.importing import intervals, look, row_checks, row_sql, rule_keys
from idqp_cli.importing.expectations.expectation import Expectation, Function, Made
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import NoEquivalentError

NAME = re.compile(r"[^\W\d]\w*")
BOTH, EITHER, ALL, ANY_, NEVER = (
    "both_values_are_missing", "either_value_is_missing", "all_values_are_missing", "any_value_is_missing", "never",
)  # fmt: skip


def _names(expectation: Expectation, *names: str) -> list[str]:
    found = expectation.texts(*names)
    if len(found) < 2:
        raise NoEquivalentError(f"{names[0]} needs at least two columns")
    return found


def _among(expectation: Expectation, names: Sequence[str], condition: str, default: str) -> Failing:
    """Return the check of a condition on rows of which those with missing cells are left out as is said."""
    ignored = expectation.text("ignore_row_if") if "ignore_row_if" in expectation.given else default
    absent = [f"{sql.identifier(name)} IS NULL" for name in names]
    if expectation.of_dbt:
        return row_checks.holds(condition, **expectation.keys)
    if ignored == NEVER:
        return row_checks.holds(f"coalesce({condition}, false)", **expectation.keys)
    joins = {EITHER: " OR ", ANY_: " OR ", BOTH: " AND ", ALL: " AND "}
    if ignored not in joins:
        raise NoEquivalentError(f"ignore_row_if '{clean(ignored, 40)}' is not known")
    # A share, as of `mostly`, is of the rows that are looked at.
    looked = f"NOT ({joins[ignored].join(absent)})"
    where = expectation.keys.get("where")
    keys = {**expectation.keys, "where": f"({where}) AND {looked}" if where else looked}
    return row_checks.holds(f"coalesce({condition}, false)", **keys)


def _pair(expectation: Expectation) -> tuple[str, str]:
    return expectation.text("column_A", "column_a"), expectation.text("column_B", "column_b")


def _side(expectation: Expectation, name: str) -> str:
    """Return a side of a comparison; the package of dbt takes any SQL there, like `0` or `a - b`."""
    return sql.identifier(name) if NAME.fullmatch(name) or not expectation.of_dbt else f"({name})"


def _compared(expectation: Expectation, sign: str) -> Iterable[Made]:
    a, b = _pair(expectation)
    return [_among(expectation, (a, b), f"{_side(expectation, a)} {sign} {_side(expectation, b)}", BOTH)]


def _pair_greater(expectation: Expectation) -> Iterable[Made]:
    return _compared(expectation, ">=" if expectation.flag("or_equal") else ">")


def _pair_equal(expectation: Expectation) -> Iterable[Made]:
    return _compared(expectation, "=")


def _pair_in_set(expectation: Expectation) -> Iterable[Made]:
    a, b = _pair(expectation)
    pairs = []
    for pair in look.items(expectation.node("value_pairs_set"), "value_pairs_set"):
        values = [None if value.value is None else look.value(value, "a value") for value in look.items(pair, "a pair")]
        if len(values) != 2:
            raise NoEquivalentError("value_pairs_set needs pairs of values")
        sides = [
            f"{sql.identifier(name)} IS NULL" if value is None else row_sql.listed(name, [value])
            for name, value in zip((a, b), values, strict=True)
        ]
        pairs.append(f"({sides[0]} AND {sides[1]})")
    if not pairs:
        raise NoEquivalentError("value_pairs_set is empty")
    return [_among(expectation, (a, b), " OR ".join(pairs), BOTH)]


def _total(expectation: Expectation) -> Iterable[Made]:
    names = _names(expectation, "column_list")
    total = intervals.as_sql(look.number(expectation.node("sum_total"), "sum_total"))
    if expectation.of_dbt:
        value = " + ".join(f"sum({sql.identifier(name)})" for name in names)
        exact = Fraction(total)
        return [
            rule_keys.number(
                rule_keys.from_table(value, expectation.dataset, expectation.where),
                Allowed(exact, exact),
                **expectation.plain,
            )
        ]
    added = " + ".join(f"coalesce({sql.identifier(name)}, 0)" for name in names)
    return [_among(expectation, names, f"{added} = {total}", ALL)]


def _different(expectation: Expectation) -> Iterable[Made]:
    names = _names(expectation, "column_list")
    pairs = [(a, b) for at, a in enumerate(names) for b in names[at + 1 :]]
    apart = " AND ".join(f"{sql.identifier(a)} IS DISTINCT FROM {sql.identifier(b)}" for a, b in pairs)
    return [_among(expectation, names, apart, ALL)]


def _compound(expectation: Expectation) -> Iterable[Made]:
    names = expectation.texts("column_list")
    ignored = expectation.text("ignore_row_if") if "ignore_row_if" in expectation.given else ALL
    if ignored == ANY_:
        return [row_checks.repeated(names, expectation.dataset, expectation.keys, compare=False)]
    keys = dict(expectation.keys)
    if ignored == ALL:
        absent = " AND ".join(f"{sql.identifier(name)} IS NULL" for name in names)
        conditions = [f"NOT ({absent})", *([f"({expectation.where})"] if expectation.where else [])]
        keys["where"] = " AND ".join(conditions)
    elif ignored != NEVER:
        raise NoEquivalentError(f"ignore_row_if '{clean(ignored, 40)}' is not known")
    return [row_checks.repeated(names, expectation.dataset, keys, compare=True)]


EXPECTATIONS: Mapping[str, Function] = {
    "expect_column_pair_values_a_to_be_greater_than_b": _pair_greater,
    "expect_column_pair_values_to_be_equal": _pair_equal,
    "expect_column_pair_values_to_be_in_set": _pair_in_set,
    "expect_multicolumn_sum_to_equal": _total,
    "expect_select_column_values_to_be_unique_within_record": _different,
    "expect_compound_columns_to_be_unique": _compound,
}
