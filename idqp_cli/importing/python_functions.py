"""Calls of the functions that code of others defines, written out with what they are given. Nothing of it is run."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator

from idqp_cli.importing import python_binding, python_folding, python_values
from idqp_cli.importing.python_constants import Constants
from idqp_cli.importing.values import NoEquivalentError

MOST_CALLS, MOST_LINES, ROUNDS = 1_000, 60, 4
# Decorators that leave a function what it is.
PLAIN = frozenset({"staticmethod", "classmethod"})
OWNERS = frozenset({"self", "cls"})
# What is called for data, or for what holds it, says nothing of a check.
DATA = re.compile(r"read|load|table|create|get|spark|open|connect|parse|frame|collect|context|to_", re.IGNORECASE)


def inlined(
    tree: ast.Module, turned: Callable[[ast.Module], ast.Module], known: Callable[[ast.Module], Constants]
) -> ast.Module:
    """Return code whose calls of its own functions with constants are what the functions do.

    `turned` writes out loops: what is in one may call a function, and a function may have one; `known` returns what
    the names of code stand for.
    """
    for _ in range(ROUNDS):
        tree = turned(tree)
        inlining = _Inlining(tree, known(tree))
        if not inlining.functions and not inlining.partials:
            return tree
        made = inlining.visit(copy.deepcopy(tree))
        if not inlining.done or not isinstance(made, ast.Module):
            return tree
        tree = made
        _take_away(tree, inlining.done)
        ast.fix_missing_locations(tree)
    return turned(tree)


def _take_away(tree: ast.Module, names: set[str]) -> None:
    """Take away the functions that nothing in the code names any more."""
    listed = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names]
    inside = {function.name: {id(node) for node in ast.walk(function)} for function in listed}
    named = [(_named(node), id(node)) for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute))]
    gone = {name for name in inside if all(word != name or place in inside[name] for word, place in named)}
    for holder in ast.walk(tree):
        body = getattr(holder, "body", None)
        if isinstance(body, list):
            kept = [one for one in body if not (isinstance(one, ast.FunctionDef) and one.name in gone)]
            body[:] = kept or [ast.Pass()]


def _named(node: ast.AST) -> str | None:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


class _Inlining(ast.NodeTransformer):
    """Puts what a function does in the place of a call of it."""

    def __init__(self, tree: ast.Module, constants: Constants) -> None:
        self.constants = constants
        listed = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        times = Counter(one.name for one in listed)
        methods = {id(one) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for one in node.body}
        self.functions = {one.name: one for one in listed if times[one.name] == 1 and _is_plain(one)}
        self.methods = {one.name for one in listed if id(one) in methods}
        self.partials = dict(_partials(tree))
        self.done: set[str] = set()
        self.calls = 0

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return self._statement(node, node.value, ast.Expr)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return self._statement(node, node.value, lambda value: ast.Assign(node.targets, value))

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return self._statement(node, node.value, ast.Return)

    def _statement(
        self, node: ast.stmt, value: ast.expr | None, ended: Callable[[ast.expr], ast.stmt]
    ) -> ast.AST | list[ast.stmt]:
        """Put the lines of a function in the place of a line that is a call of it."""
        called = self._called(value) if isinstance(value, ast.Call) else None
        if called is None or value is None:
            return node
        self.calls += 1
        self.done.add(called[0].name)
        lines = python_binding.lines(*called, self.calls)
        last = lines[-1] if lines else None
        if isinstance(last, ast.Return):
            lines = [*lines[:-1], *([ended(last.value)] if last.value is not None else [])]
        return [python_binding.at(line, node) for line in lines] or ast.copy_location(ast.Pass(), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self.partials:
            return self._completed(node, self.partials[node.func.id])
        called = self._called(node)
        value = None if called is None else python_binding.value(*called)
        if called is None or value is None:
            return node
        self.calls += 1
        self.done.add(called[0].name)
        return python_binding.at(value, node)

    def _completed(self, node: ast.Call, of: ast.Call) -> ast.Call:
        """Return a call of a function that a name stands for with some of its arguments."""
        own = {one.arg for one in node.keywords}
        kept = [one for one in of.keywords if one.arg not in own]
        made = ast.Call(of.args[0], [*of.args[1:], *node.args], [*kept, *node.keywords])
        self.done.add("partial")
        return python_binding.at(copy.deepcopy(made), node)

    def _called(self, call: ast.Call) -> tuple[ast.FunctionDef, dict[str, ast.expr]] | None:
        """Return the function that a call is of, with what its parameters are given; None if it is to stay a call."""
        function = self.functions.get(python_values.called(call))
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        if function is None or self.calls >= MOST_CALLS:
            return None
        is_method = function.name in self.methods
        if is_method != (of is not None) or (of is not None and not self._owns(of)):
            return None
        call = self._spread(call)
        skip = is_method and all(_named(one) != "staticmethod" for one in function.decorator_list)
        bound = python_binding.bound(function, call, skip=skip)
        if bound is None or not any(map(self._tells, bound.values())):
            return None
        return function, bound

    def _spread(self, call: ast.Call) -> ast.Call:
        """Return a call with the arguments that are in lists and mappings of constants."""
        follow = self.constants.without_names
        args = [ast.Starred(follow(one.value)) if isinstance(one, ast.Starred) else one for one in call.args]
        named = [one if one.arg is not None else ast.keyword(None, follow(one.value)) for one in call.keywords]
        made = python_folding.folded(ast.copy_location(ast.Call(call.func, args, named), call))
        return made if isinstance(made, ast.Call) else call

    def _owns(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and (node.id in OWNERS or node.id in self.constants.enums)

    def _tells(self, node: ast.expr) -> bool:
        """Tell whether a value says something of a check: a constant, or a part that is put together."""
        if isinstance(node, ast.Call) and DATA.search(python_values.called(node)):
            return False
        if isinstance(node, (ast.Lambda, ast.Call)):
            return True
        try:
            return python_values.value(self.constants.without_names(node)).value not in (None, (), {})
        except NoEquivalentError:
            return isinstance(node, (ast.List, ast.Dict))


def _is_plain(function: ast.FunctionDef) -> bool:
    """Tell whether a function only does one thing after another, and then returns."""
    if any(_named(one) not in PLAIN for one in function.decorator_list) or len(function.body) > MOST_LINES:
        return False
    last = function.body[-1]
    for node in ast.walk(function):
        match node:
            case ast.Yield() | ast.YieldFrom() | ast.Global() | ast.Nonlocal() | ast.Try() | ast.While() | ast.With():
                return False
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef() if node is not function:
                return False
            case ast.Return() if node is not last:
                return False
            case ast.Call() if python_values.called(node) == function.name:
                # One that calls itself has no end.
                return False
    return True


def _partials(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield the names that stand for a function with some of its arguments."""
    times = Counter(_named(node) for node in ast.walk(tree) if isinstance(getattr(node, "ctx", None), ast.Store))
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[_, *_]) as value) if (
                python_values.called(value) == "partial" and times[name] == 1
            ):
                yield name, value
