"""Expectations: the kinds of checks that Great Expectations and the dbt package of the same names share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.importing.expectations import cells, numbers, several_columns, table
from idqp_cli.importing.expectations.expectation import Expectation, Function, Made
from idqp_cli.importing.values import NoEquivalentError


def made(expectation: Expectation) -> Iterable[Made]:
    """Return what an expectation becomes.

    Raises:
        NoEquivalentError: it is unknown, or has no equivalent.

    """
    function = EXPECTATIONS.get(expectation.name)
    if function is None:
        why = REFUSED.get(expectation.name, "a custom expectation; its code is not read")
        raise NoEquivalentError(why)
    return function(expectation)


def is_known(name: str) -> bool:
    """Tell whether there is an expectation of this name that has an equivalent."""
    return name in EXPECTATIONS


EXPECTATIONS: Mapping[str, Function] = {
    **cells.EXPECTATIONS,
    **numbers.EXPECTATIONS,
    **table.EXPECTATIONS,
    **several_columns.EXPECTATIONS,
}
DRIFTS = "it compares with a distribution; idqp baseline save and the rule type drift do that"
REFUSED: Mapping[str, str] = {
    "expect_column_kl_divergence_to_be_less_than": DRIFTS,
    "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than": DRIFTS,
    "expect_column_chisquare_test_p_value_to_be_greater_than": DRIFTS,
    "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than": DRIFTS,
    "expect_column_pair_cramers_phi_value_to_be_less_than": "the association of two columns has no equivalent",
    "expect_query_results_to_match_comparison": "it compares with another data source",
}
