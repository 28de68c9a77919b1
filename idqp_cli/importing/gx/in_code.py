"""Suites of Great Expectations that stand in Python code as mappings: `{"expectations": [{"expectation_type": …}]}`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_values
from idqp_cli.importing.values import NoEquivalentError

KINDS = frozenset({"expectation_type", "type"})


def suites(tree: ast.Module) -> Iterator[Node]:
    """Yield the suites, and the lists of expectations that are in none, as their JSON would have them."""
    seen: set[tuple[int, int]] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Dict() if _listed(node):
                inner = _listed(node)
            case ast.List() if _is_list(node):
                inner = node
            case _:
                continue
        if inner is not None and (inner.lineno, inner.col_offset) not in seen:
            seen.add((inner.lineno, inner.col_offset))
            yield _node(node)


def _listed(node: ast.Dict) -> ast.List | None:
    """Return the list of expectations of a suite; None if a mapping is none."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "expectations" and isinstance(value, ast.List):
            return value if _is_list(value) else None
    return None


def _is_list(node: ast.List) -> bool:
    """Tell whether all items of a list are expectations: a kind that is named like one, and its arguments."""
    return bool(node.elts) and all(isinstance(item, ast.Dict) and _is_expectation(item) for item in node.elts)


def _is_expectation(node: ast.Dict) -> bool:
    keys = {
        key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
    }
    kinds = [value for key, value in keys.items() if key in KINDS]
    return "kwargs" in keys and any(
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
