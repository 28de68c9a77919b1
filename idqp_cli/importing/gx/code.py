"""Expectations in Python code: calls with constants as arguments, and suites as JSON. The code is not run."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_turns, python_values
from idqp_cli.importing.foreign_json import json_document
from idqp_cli.importing.gx import conditions, derived, in_code, suites
from idqp_cli.importing.gx.derived import Derived
from idqp_cli.importing.gx.owners import Owners
from idqp_cli.importing.values import Drafts, NoEquivalentError, Source, Where

IN_CODE = re.compile(r'"expectation_type"|"expectations"|"type"\s*:\s*"expect_')
CALLED = re.compile(r"expect_\w+|Expect[A-Z]\w+|UnexpectedRowsExpectation")


def _suite(tree: ast.Module) -> str:
    """Return the name of the suite that code makes."""
    for node in python_values.calls(tree):
        if "suite" in python_values.called(node).lower():
            for keyword in node.keywords:
                if keyword.arg in {"name", "expectation_suite_name"} and isinstance(keyword.value, ast.Constant):
                    return str(keyword.value.value)
    return python_values.constant_of(tree, ("suite_name", "expectation_suite_name")) or ""


def read(source: Source, variables: Mapping[str, str], drafts: Drafts) -> None:
    """Read the expectations in Python code: calls with constants as arguments. The code is not run."""
    tree = python_turns.plain(python_values.parsed(source.text, source.path))
    own, conditions_of = derived.classes(tree), python_values.conditions(tree)
    named = [node for node in python_values.calls(tree) if _is_expectation(python_values.called(node), own)]
    # A list that a name stands for is there twice.
    found = list({(node.lineno, node.col_offset, ast.dump(node)): node for node in reversed(named)}.values())[::-1]
    listed = _listed(tree, source, variables, drafts)
    if not found and not listed:
        drafts.leave(Where(source.path, Mark(1, 1)), "the file", "it contains no expectation")
    if not found:
        return
    owners, suite = Owners(tree), _suite(tree)
    for node in found:
        name = python_values.called(node)
        draft = drafts.of(suites.dataset_name(owners.suite(node) or suite, source.path))
        where = Where(source.path, Mark(node.lineno, node.col_offset + 1))
        try:
            given = _given(node, suites.CAMEL.sub("_", name).lower())
            if name in own:
                name, given = own[name].completed(given)
            if name == "ExpectationConfiguration":
                name = look.text(given.get("expectation_type") or given.get("type"), "expectation_type")
                given = look.mapping(given.get("kwargs"), "kwargs")
            suites.expectation(
                draft,
                where,
                suites.told(name, given),
                name,
                given,
                variables,
                [conditions_of[node]] if node in conditions_of else [],
            )
        except NoEquivalentError as error:
            draft.leave(where, name, str(error))


def _listed(tree: ast.Module, source: Source, variables: Mapping[str, str], drafts: Drafts) -> int:
    """Read the suites that stand in the code as texts of JSON, and return how many they are."""
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_CODE.search(node.value):
            try:
                # Empty lines before it give its lines the numbers that they have in the file.
                root = json_document("\n" * (node.lineno - 1) + node.value, source.path)
            except RulesError:
                drafts.leave(
                    Where(source.path, Mark(node.lineno, node.col_offset + 1)), "a text of JSON", "it does not parse"
                )
                found += 1
                continue
            with drafts.guarded(Where(source.path, root.mark), "the suite"):
                suites.read(root, source, variables, drafts)
            found += 1
    for root in in_code.suites(tree):
        with drafts.guarded(Where(source.path, root.mark), "the suite"):
            suites.read(root, source, variables, drafts)
        found += 1
    return found


def _is_expectation(name: str, own: Mapping[str, Derived]) -> bool:
    return name == "ExpectationConfiguration" or name in own or CALLED.fullmatch(name) is not None


def _given(node: ast.Call, name: str) -> dict[str, Node]:
    """Return the arguments of an expectation; a condition on the rows that is built of columns is SQL."""
    built = [one for one in node.keywords if one.arg == "row_condition" and not python_values.is_constant(one.value)]
    others = [one for one in node.keywords if one not in built and not (built and one.arg == "condition_parser")]
    plain = ast.copy_location(ast.Call(node.func, node.args, others), node)
    given = python_values.keywords(plain, POSITIONAL.get(name, ("column",)))
    for one in built:
        text = conditions.of_columns(one.value)
        mark = Mark(one.value.lineno, one.value.col_offset + 1)
        given |= {"row_condition": Node(text, mark, {}, text), "condition_parser": Node("spark", mark, {}, "spark")}
    return given


# The arguments that may stand without their names.
POSITIONAL: Mapping[str, Sequence[str]] = {
    "expect_column_values_to_be_in_set": ("column", "value_set"),
    "expect_column_values_to_not_be_in_set": ("column", "value_set"),
    "expect_column_values_to_be_between": ("column", "min_value", "max_value"),
    "expect_column_value_lengths_to_be_between": ("column", "min_value", "max_value"),
    "expect_column_value_lengths_to_equal": ("column", "value"),
    "expect_column_values_to_match_regex": ("column", "regex"),
    "expect_column_values_to_be_of_type": ("column", "type_"),
    "expect_column_values_to_be_in_type_list": ("column", "type_list"),
    "expect_table_row_count_to_be_between": ("min_value", "max_value"),
    "expect_table_row_count_to_equal": ("value",),
    "expect_table_columns_to_match_set": ("column_set",),
    "expect_table_columns_to_match_ordered_list": ("column_list",),
    "expect_table_column_count_to_equal": ("value",),
    "expect_column_mean_to_be_between": ("column", "min_value", "max_value"),
    "expect_column_min_to_be_between": ("column", "min_value", "max_value"),
    "expect_column_max_to_be_between": ("column", "min_value", "max_value"),
    "expect_column_pair_values_a_to_be_greater_than_b": ("column_A", "column_B"),
    "expect_column_pair_values_to_be_equal": ("column_A", "column_B"),
    "expect_compound_columns_to_be_unique": ("column_list",),
}
