"""The plans in Python code of Pointblank: the data and the levels of each `Validate(…)`, and which steps are of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_values
from idqp_cli.importing.values import NoEquivalentError

FILE = re.compile(r"(?:.*[/\\])?([\w-]+)\.(?:csv|tsv|parquet|json|xlsx)")
# What is in the name of a data frame that says nothing of the data.
PLAIN = re.compile(r"(?:^|_)(?:df|pdf|ldf|data|frame|dataframe|raw|in|input|tbl|table)(?=_|$)")
LONGEST_CHAIN, LONGEST_WAY = 1000, 20


@frozen
class Plan:
    """A `Validate(…)`: the name of its table, what its levels are, and why there are none."""

    table: str | None
    levels: Node | None
    why: str = ""


class Plans:
    """All plans of a file."""

    def __init__(self, tree: ast.AST) -> None:
        """Find them, and the variables that they are given to."""
        self.given: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.given.setdefault(name, []).append(value)
        found = [call for call in python_values.calls(tree) if python_values.called(call) == "Validate"]
        # Functions that are each given `df` judge one table.
        self.several = len({ast.unparse(data).split(python_values.OWN)[0] for data in map(_data, found) if data}) > 1
        self.first = found[0] if found else None
        self.known: dict[ast.Call, Plan] = {}

    def of(self, step: ast.Call) -> Plan:
        """Return the plan that a step is of; without one in sight the first one of the file."""
        call = self._made(step.func, step.lineno) or self.first
        if call is None:
            return Plan(None, None)
        if call not in self.known:
            self.known[call] = self._plan(call)
        return self.known[call]

    def _made(self, node: ast.expr, line: int) -> ast.Call | None:
        """Return the `Validate(…)` at the beginning of a chain of calls, or of the variable there."""
        for _ in range(LONGEST_WAY):
            for _ in range(LONGEST_CHAIN):
                if isinstance(node, ast.Call) and python_values.called(node) == "Validate":
                    return node
                if not isinstance(node, (ast.Call, ast.Attribute)):
                    break
                node = node.func if isinstance(node, ast.Call) else node.value
            before = [one for one in self._values(node) if one.lineno < line]
            if not before:
                return None
            node = max(before, key=lambda one: one.lineno)
            line = node.lineno
        return None

    def _values(self, node: ast.expr) -> list[ast.expr]:
        return self.given.get(node.id, []) if isinstance(node, ast.Name) else []

    def _plan(self, call: ast.Call) -> Plan:
        named = {one.arg: one.value for one in call.keywords}
        told = named.get("tbl_name")
        table = told.value if isinstance(told, ast.Constant) and isinstance(told.value, str) else None
        data = _data(call)
        if table is None and self.several and data is not None:
            table = next(self._names(data), None)
        try:
            return Plan(table, levels(named["thresholds"]) if "thresholds" in named else None)
        except NoEquivalentError as error:
            return Plan(table, None, str(error))

    def _names(self, data: ast.expr) -> Iterator[str]:
        """Yield what data is called: the file that it is read from, else its variable."""
        for node in ast.walk(data):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                file = FILE.fullmatch(node.value)
                loaded = isinstance(data, ast.Call) and python_values.called(data) == "load_dataset"
                if file is not None or loaded:
                    yield file[1] if file is not None else node.value
        for node in ast.walk(data):
            if isinstance(node, ast.Name):
                plain = node.id.split(python_values.OWN)[0]
                yield PLAIN.sub("", plain).strip("_") or plain


def _data(call: ast.Call) -> ast.expr | None:
    """Return the data that a `Validate(…)` is of."""
    return call.args[0] if call.args else next((one.value for one in call.keywords if one.arg == "data"), None)


def levels(node: ast.expr) -> Node:
    """Return thresholds in code, which may be a call of Thresholds."""
    if isinstance(node, ast.Call) and python_values.called(node) == "Thresholds":
        inner = python_values.keywords(node, ("warning", "error", "critical"))
        mark = Mark(node.lineno, node.col_offset + 1)
        return Node(inner, mark, dict.fromkeys(inner, mark))
    return python_values.value(node)
