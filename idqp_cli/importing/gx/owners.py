"""Which dataset each expectation in Python code is of, where the code makes more than one suite."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from idqp_cli.importing import python_values

SUITES = frozenset({"expectation_suite_name", "suite_name"})
ADDING = frozenset({"add_expectation", "add_expectation_configuration"})
LONGEST_WAY = 20


class Owners:
    """The names of suites that variables have, in the order of the code.

    Code names a suite where it makes one, `ExpectationSuite(name="orders_suite")`,
    and where it asks for a validator of one, `get_validator(…, expectation_suite_name="orders_suite")`.
    """

    def __init__(self, tree: ast.Module) -> None:
        """Find the suites that the code names, and what each of its nodes is in."""
        self.outer = {inner: node for node in ast.walk(tree) for inner in ast.iter_child_nodes(node)}
        self.given: dict[str, list[tuple[int, str]]] = {}
        for variable, line, suite in _given(tree):
            self.given.setdefault(variable, []).append((line, suite))
        self.several = len({suite for found in self.given.values() for _, suite in found}) > 1

    def suite(self, node: ast.Call) -> str | None:
        """Return the name of the suite of an expectation; None where the code has one suite, or does not say."""
        if not self.several:
            return None
        at: ast.AST | None = node
        for _ in range(LONGEST_WAY):
            if isinstance(at, ast.Call):
                if (own := _suite(at)) is not None:
                    return own
                if (named := self._before(_receiver(at, node), node.lineno)) is not None:
                    return named
            if isinstance(at, ast.Assign) and isinstance(at.targets[0], ast.Attribute):
                return self._before(_name(at.targets[0].value), node.lineno)
            at = self.outer.get(at) if at is not None else None
        return None

    def _before(self, variable: str | None, line: int) -> str | None:
        """Return the suite that a variable has at a line: the last that it was given before it."""
        found = [suite for place, suite in self.given.get(variable or "", ()) if place <= line]
        return found[-1] if found else None


def _given(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    """Yield each variable that is given a suite or a validator of one, with the line and the name of the suite."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[target], value=ast.Call() as value) if (suite := _suite(value)) is not None:
                found.append((_name(target) or "", node.lineno, suite))
    yield from sorted(found, key=lambda one: one[1])


def _suite(call: ast.Call) -> str | None:
    """Return the name of the suite that a call makes or asks for."""
    words: Mapping[str | None, str] = {
        one.arg: one.value.value
        for one in call.keywords
        if isinstance(one.value, ast.Constant) and isinstance(one.value.value, str)
    }
    named = next((words[key] for key in words if key in SUITES), None)
    if named is not None or not ("suite" in python_values.called(call).lower() or _of_suites(call)):
        return named
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Call):
        return _suite(first)
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return words.get("name")


def _of_suites(call: ast.Call) -> bool:
    """Tell whether a call is of all suites, as `context.suites.get(name=…)`."""
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(of, ast.Attribute) and of.attr == "suites"


def _receiver(call: ast.Call, node: ast.Call) -> str | None:
    """Return the variable whose method a call is: of the expectation itself, or one that adds it."""
    if not isinstance(call.func, ast.Attribute):
        return None
    if call is node or python_values.called(call) in ADDING or call.func.attr in {"extend", "append"}:
        of = call.func.value
        # Of `suite.expectations.append(…)` too.
        return _name(of.value if isinstance(of, ast.Attribute) and of.attr == "expectations" else of)
    return None


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
