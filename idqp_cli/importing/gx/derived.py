"""Expectations that code derives from those of Great Expectations, by giving their arguments other defaults."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from idqp_cli.core.frozen import frozen
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_values
from idqp_cli.importing.expectations import catalog
from idqp_cli.importing.gx.keys import ARGUMENTS
from idqp_cli.importing.gx.suites import CAMEL
from idqp_cli.importing.values import NoEquivalentError


@frozen
class Derived:
    """An expectation of the code: the one that it is derived from, what it gives that one, and whether it has code."""

    name: str
    given: Mapping[str, Node]
    coded: bool = False

    def completed(self, given: Mapping[str, Node]) -> tuple[str, dict[str, Node]]:
        """Return the expectation that it is derived from, and what that one is given.

        Raises:
            NoEquivalentError: it has code of its own.

        """
        if self.coded:
            raise NoEquivalentError("a custom expectation; its code is not read")
        return self.name, {**self.given, **given}


def classes(tree: ast.Module) -> Mapping[str, Derived]:
    """Return the expectations that code derives from others, by the names of their classes."""
    found: dict[str, Derived] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or len(node.bases) != 1:
            continue
        base = node.bases[0]
        word = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        before = found.get(word, Derived(word, {}))
        if catalog.is_known(CAMEL.sub("_", before.name).lower()) or word in found or word.endswith("Expectation"):
            found[node.name] = Derived(before.name, {**before.given, **_given(node)}, before.coded or _has_code(node))
    return found


def _has_code(node: ast.ClassDef) -> bool:
    return any(isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)) for inner in node.body)


def _given(node: ast.ClassDef) -> dict[str, Node]:
    members = python_values.constants(ast.Module(node.body, []))
    constant = {name: one for name, one in members.items() if name in ARGUMENTS and python_values.is_constant(one)}
    return {name: python_values.value(one) for name, one in constant.items()}
