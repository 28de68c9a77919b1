"""Schemas that code of Pandera makes of other ones: with more columns, fewer, or changed ones."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_values
from idqp_cli.importing.values import NoEquivalentError

METHODS = frozenset({
    "add_columns", "remove_columns", "update_column", "update_columns", "rename_columns", "select_columns",
})  # fmt: skip
Schema = Mapping[str, Node]


def outermost(tree: ast.AST) -> set[ast.Call]:
    """Return the calls that make a schema of another, of a chain the last one; not those that others are of."""
    made = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_one(node)]
    inner = {node.func.value for node in made if isinstance(node.func, ast.Attribute)}
    return {node for node in made if node not in inner}


def is_one(node: ast.expr) -> bool:
    """Tell whether code makes a schema of another."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS


def bases(node: ast.Call) -> set[ast.expr]:
    """Return the schemas in a chain of calls, from which the last one is made."""
    found: set[ast.expr] = set()
    of: ast.expr = node
    while isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute):
        of = of.func.value
        found.add(of)
    return found


def made(
    node: ast.Call,
    base: Schema,
    columns: Callable[[ast.expr], Node],
    column: Callable[[ast.Call], Node],
    value: Callable[[ast.expr], Node],
) -> Schema:
    """Return the schema that a call makes of a base; `columns`, `column` and `value` read parts of code.

    Raises:
        NoEquivalentError: what is changed is no constant.

    """
    known = dict(look.mapping(base.get("columns"), "columns"))
    method = python_values.called(node)
    given = node.args[0] if node.args else node.keywords[0].value if node.keywords else None
    if given is None:
        raise NoEquivalentError(f"{method} is given nothing")
    match method:
        case "add_columns":
            known |= look.mapping(columns(given), "columns")
        case "remove_columns" | "select_columns":
            names = look.texts(_told(value(given), method), "columns")
            known = {name: one for name, one in known.items() if (name in names) == (method == "select_columns")}
        case "rename_columns":
            names_ = look.mapping(_told(value(given), method), "columns")
            known = {look.text(names_[key], "a name") if key in names_ else key: one for key, one in known.items()}
        case "update_column":
            name = look.text(_told(value(given), method), "column_name")
            rest = ast.copy_location(ast.Call(node.func, node.args[1:], node.keywords[0 if node.args else 1 :]), node)
            known[name] = _with(known.get(name), column(rest))
        case "update_columns" if isinstance(given, ast.Dict):
            for key, inner in zip(given.keys, given.values, strict=True):
                if not isinstance(key, ast.Constant) or not isinstance(inner, ast.Dict):
                    raise NoEquivalentError("what is changed is not a constant; code is not run")
                words = [
                    ast.keyword(str(getattr(one, "value", "")), item)
                    for one, item in zip(inner.keys, inner.values, strict=True)
                ]
                call = ast.copy_location(ast.Call(node.func, [], words), node)
                known[str(key.value)] = _with(known.get(str(key.value)), column(call))
        case _:
            raise NoEquivalentError("what is changed is not a constant; code is not run")
    mark = base["columns"].mark
    return {**base, "columns": Node(known, mark, dict.fromkeys(known, mark))}


def _told(node: Node, method: str) -> Node:
    if node.value is None:
        raise NoEquivalentError(f"what {method} is given is not a constant; code is not run")
    return node


def _with(node: Node | None, more: Node) -> Node:
    """Return a column with what is changed of it."""
    if node is None:
        raise NoEquivalentError("a column that is changed is not there")
    both = {**look.mapping(node, "a column"), **look.mapping(more, "a column")}
    return Node(both, node.mark, dict.fromkeys(both, node.mark))
