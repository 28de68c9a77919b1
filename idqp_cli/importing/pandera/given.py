"""What the variables of a file of Pandera are given, and the models that its classes inherit from."""

from __future__ import annotations

import ast
from collections.abc import Mapping

MODELS = frozenset({"DataFrameModel", "SchemaModel"})


def family_of(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> list[ast.ClassDef] | None:
    """Return a model with the models of the file that it inherits from, the farthest first; None if it is none."""
    family: list[ast.ClassDef] = []
    is_model, waiting = False, [node]
    while waiting:
        one = waiting.pop(0)
        if one in family:
            continue
        family.insert(0, one)
        bases = [last(base) for base in one.bases]
        is_model = is_model or not MODELS.isdisjoint(bases)
        waiting += [classes[base] for base in bases if base in classes]
    return family if is_model else None


def last(node: ast.expr) -> str:
    """Return the last name in a dotted one."""
    if isinstance(node, ast.Subscript):
        return last(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


class Given:
    """What the variables of a file are given, line by line, and its classes."""

    def __init__(self, tree: ast.Module, classes: Mapping[str, ast.ClassDef]) -> None:
        """Find the variables."""
        self.classes = classes
        self.values: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.values.setdefault(name, []).append(value)

    def before(self, node: ast.Name) -> ast.expr | None:
        """Return what a variable was given last before a line."""
        found = [one for one in self.values.get(node.id, ()) if one.lineno < node.lineno]
        return max(found, key=lambda one: one.lineno, default=None)
