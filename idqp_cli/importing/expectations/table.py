"""Expectations about a table: its columns and its number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from idqp_cli.core import sql
from idqp_cli.importing import rule_keys, typenames
from idqp_cli.importing.expectations.expectation import Expectation, Function, Made
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.values import NoEquivalentError


def _column_type(expectation: Expectation) -> Iterable[Made]:
    names = expectation.texts("type_", "type", "column_type", "type_list", "column_type_list", "types_list")
    return [rule_keys.schema({expectation.column(): typenames.any_of(names)}, allow_extra=True, **expectation.plain)]


def _column_exists(expectation: Expectation) -> Iterable[Made]:
    if "column_index" in expectation.given:
        raise NoEquivalentError(
            "the position of one column has no equivalent; schema with ordered: true checks the order"
        )
    return [rule_keys.schema({expectation.column(): "any"}, allow_extra=True, **expectation.plain)]


def _columns(*, ordered: bool = False, extra: bool = False) -> Function:
    def function(expectation: Expectation) -> Iterable[Made]:
        names = expectation.texts("column_set", "column_list")
        allowed = extra or not expectation.flag("exact_match", default=True)
        columns = dict.fromkeys(names, "any")
        return [rule_keys.schema(columns, allow_extra=allowed or None, ordered=ordered or None, **expectation.plain)]

    return function


def _forbidden(expectation: Expectation) -> Iterable[Made]:
    return [rule_keys.schema({}, forbidden=expectation.texts("column_set", "column_list"), **expectation.plain)]


def _column_count(expectation: Expectation) -> Iterable[Made]:
    exact = expectation.whole("value")
    low, high = (expectation.whole("min_value"), expectation.whole("max_value")) if exact is None else (exact, exact)
    return [rule_keys.schema({}, min_columns=low, max_columns=high, **expectation.plain)]


def _row_count(expectation: Expectation) -> Iterable[Made]:
    exact = expectation.whole("value")
    allowed = expectation.allowed() if exact is None else Allowed(Fraction(exact), Fraction(exact))
    groups = expectation.texts("group_by") if "group_by" in expectation.given else []
    if len(groups) > 1:
        raise NoEquivalentError("segment_by takes expectation column")
    return [
        rule_keys.row_count(
            allowed,
            expectation.dataset,
            expectation.where,
            **expectation.plain,
            **({"segment_by": groups[0]} if groups else {}),
        )
    ]


def _row_count_of_other(expectation: Expectation) -> Iterable[Made]:
    if "factor" in expectation.given or "compare_group_by" in expectation.given or "group_by" in expectation.given:
        raise NoEquivalentError("equals compares whole numbers of rows, without a factor and groups")
    return [
        rule_keys.rule("row_count", equals=expectation.text("compare_model", "other_table_name"), **expectation.keys)
    ]


def _query(expectation: Expectation) -> Iterable[Made]:
    statement = expectation.text("unexpected_rows_query")
    table = sql.identifier(expectation.dataset)
    return [rule_keys.rule("query", sql=statement.replace("{batch}", table).strip().rstrip(";"), **expectation.plain)]


EXPECTATIONS: Mapping[str, Function] = {
    "expect_column_values_to_be_of_type": _column_type,
    "expect_column_values_to_be_in_type_list": _column_type,
    "expect_column_to_exist": _column_exists,
    "expect_table_columns_to_match_set": _columns(),
    "expect_table_columns_to_match_ordered_list": _columns(ordered=True),
    "expect_table_columns_to_contain_set": _columns(extra=True),
    "expect_table_columns_to_not_contain_set": _forbidden,
    "expect_table_column_count_to_equal": _column_count,
    "expect_table_column_count_to_be_between": _column_count,
    "expect_table_row_count_to_equal": _row_count,
    "expect_table_row_count_to_be_between": _row_count,
    "expect_table_row_count_to_equal_other_table": _row_count_of_other,
    "unexpected_rows_expectation": _query,
}
