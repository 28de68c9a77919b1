"""Suites and expectations of Great Expectations that are mappings in Python code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_values
from idqp_cli.importing.values import NoEquivalentError

KINDS = frozenset({"expectation_type", "type"})


def suites(tree: ast.Module) -> Iterator[Node]:
    """Yield the suites, the lists of expectations in none, and expectations that are arguments, as JSON has them."""
    seen: set[tuple[int, int]] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Dict() if _listed(node):
                inner = _listed(node)
            case ast.List() if _is_list(node):
                inner = node
            case _:
                continue
        if inner is not None and _place(inner) not in seen:
            seen |= {_place(inner), *map(_place, inner.elts)}
            yield _node(node)
    for node in ast.walk(tree):
        for argument in _arguments(node):
            if isinstance(argument, ast.Dict) and _is_expectation(argument) and _place(argument) not in seen:
                seen.add(_place(argument))
                yield _node(argument)


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _arguments(node: ast.AST) -> list[ast.expr]:
    """Return the arguments of a call, but for those that `**` spreads."""
    return [*node.args, *(one.value for one in node.keywords if one.arg)] if isinstance(node, ast.Call) else []


def _listed(node: ast.Dict) -> ast.List | None:
    """Return the list of expectations of a suite; None if a mapping is none."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "expectations" and isinstance(value, ast.List):
            return value if _is_list(value) else None
    return None


def _is_list(node: ast.List) -> bool:
    """Tell whether items of a list are expectations; what is none beside them is told with its place."""
    return any(isinstance(item, ast.Dict) and _is_expectation(item) for item in node.elts)


def _is_expectation(node: ast.Dict) -> bool:
    """Tell whether a mapping is an expectation: a kind that is named like one, and its arguments."""
    keys = {
        key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
    }
    kinds = [value for key, value in keys.items() if key in KINDS]
    return bool({"kwargs", "expectation_type"} & keys.keys()) and any(
        isinstance(kind, ast.Constant) and str(kind.value).lower().startswith("expect") for kind in kinds
    )


def _node(node: ast.expr) -> Node:
    """Return a mapping or a list; what is not a constant in it stands as it is written, which no check takes."""
    mark = Mark(node.lineno, node.col_offset + 1)
    match node:
        case ast.Dict(keys=keys, values=values):
            pairs = {
                str(key.value): _node(value)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant)
            }
            return Node(pairs, mark, dict.fromkeys(pairs, mark))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return Node(tuple(map(_node, items)), mark, {})
    try:
        return python_values.value(node)
    except NoEquivalentError:
        return Node({}, mark, {}, python_values.written(node))
