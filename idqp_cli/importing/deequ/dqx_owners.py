"""Which data each check of DQX in Python code is for, where the code applies checks to more than one data frame."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from idqp_cli.importing import python_values, tables

APPLYING = re.compile(r"apply_checks\w*")
SAVING = frozenset({"save_checks", "save_checks_in_workspace_file", "save_checks_in_table"})
ADDING = frozenset({"append", "extend", "insert"})
# What is in the name of a data frame that says nothing of the data.
PLAIN = re.compile(
    r"(?:^|_)(?:df|sdf|input|raw|in|data|frame|dataframe|spark|source|src|table|tbl|bronze|silver|gold)(?=_|$)"
)
DEEPEST, MOST = 20, 5_000


class Owners:
    """The data that the code applies each list of checks to."""

    def __init__(self, tree: ast.Module) -> None:
        """Find the calls that apply checks, and what the names of the code are given."""
        self.outer = {inner: node for node in ast.walk(tree) for inner in ast.iter_child_nodes(node)}
        self.given: dict[str, list[ast.expr]] = {}
        self.functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for node in ast.walk(tree):
            for name, value in _given(node):
                self.given.setdefault(name, []).append(value)
        self.reached: dict[str, set[ast.AST]] = {}
        for call in python_values.calls(tree):
            for name, checks in self._applied(call):
                self.reached.setdefault(name, set()).update(self._made_of(checks, call.lineno))
        self.several = len(self.reached) > 1

    def datasets(self, node: ast.expr) -> list[str]:
        """Return the data that a list of checks, or one of them, is for; none where the code does not say."""
        if not self.several:
            return []
        around = set(self._around(node))
        return [name for name, nodes in self.reached.items() if around & nodes]

    def _applied(self, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        """Yield the data of a call that applies or saves checks, and the checks."""
        name = python_values.called(call)
        named = {one.arg: one.value for one in call.keywords}
        if APPLYING.fullmatch(name):
            frame = call.args[0] if call.args else named.get("df")
            checks = call.args[1] if len(call.args) > 1 else named.get("checks")
            told = self._frame(frame, 0) if frame is not None else None
        elif name in SAVING:
            checks = call.args[0] if call.args else named.get("checks")
            told = next(_run_configs(call), None)
        else:
            return
        if told and checks is not None:
            yield told, checks

    def _frame(self, node: ast.expr, depth: int) -> str | None:
        """Return what a data frame is called: its table, else its variable without the words that every one has."""
        for call in python_values.calls(node):
            first = call.args[0] if call.args else None
            is_table = python_values.called(call) in {"table", "read_table"}
            if is_table and isinstance(first, ast.Constant) and isinstance(first.value, str):
                return tables.last(first.value)
        if not isinstance(node, ast.Name):
            return None
        values = self.given.get(node.id, [])
        table = self._frame(values[0], depth + 1) if len(values) == 1 and depth < DEEPEST else None
        return table or plain(node.id.split(python_values.OWN)[0])

    def _made_of(self, node: ast.expr, line: int) -> set[ast.AST]:
        """Return what checks are made of, also what names and functions in them stand for."""
        found: set[ast.AST] = {node}
        waiting: list[ast.AST] = [node]
        while waiting and len(found) < MOST:
            for inner in ast.walk(waiting.pop()):
                if isinstance(inner, ast.Name):
                    function = self.functions.get(inner.id)
                    more = [*self._values(inner.id, line), *([function] if function is not None else [])]
                    waiting += [one for one in more if one not in found]
                    found |= set(more)
        return found

    def _values(self, name: str, line: int) -> list[ast.expr]:
        """Return what a name has at a line: the last that it was given before it, and what was added to that."""
        values = self.given.get(name, [])
        begins = [one.lineno for one in values if self._is_assigned(one) and one.lineno <= line]
        return [one for one in values if not begins or max(begins) <= one.lineno <= line]

    def _is_assigned(self, value: ast.expr) -> bool:
        return isinstance(self.outer.get(value), (ast.Assign, ast.AnnAssign))

    def _around(self, node: ast.expr) -> Iterator[ast.AST]:
        """Yield a piece of code and all that it is in."""
        at: ast.AST | None = node
        while at is not None:
            yield at
            at = self.outer.get(at)


def plain(name: str) -> str:
    """Return the name of a data frame without the words that every one has; as it is, if no word is left."""
    found = PLAIN.sub("", name).strip("_")
    return found if found.isidentifier() else name


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a piece of code gives something, and what."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=[*_, value]) if method in ADDING:
            yield name, value


def _run_configs(call: ast.Call) -> Iterator[str]:
    """Yield the run configuration that a call names."""
    for inner in python_values.calls(call):
        for one in inner.keywords:
            if one.arg == "run_config_name" and isinstance(one.value, ast.Constant) and one.value.value != "default":
                yield str(one.value.value)
