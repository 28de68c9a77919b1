"""Schemas of Pandera in Python code: `DataFrameSchema(…)` and classes of `DataFrameModel`, read and not run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_turns, python_values
from idqp_cli.importing.pandera import built, derived, naming
from idqp_cli.importing.pandera.given import Given, family_of
from idqp_cli.importing.pandera.reading import CODE, SCHEMAS, Reader
from idqp_cli.importing.pandera.uniqueness import Module
from idqp_cli.importing.values import Where

__all__ = ["CODE", "schemas"]


def schemas(tree: ast.Module, path: str) -> Iterator[tuple[str, Where, Callable[[], Mapping[str, Node]]]]:
    """Yield the schemas with their names and places, and what makes them as their YAML would have them."""
    tree, constants = python_turns.written_out(tree, apart=False)
    defined = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    module = Module(constants, defined)
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    names = naming.names(tree)
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.Call, ast.ClassDef))]
    inside = built.functions(tree)
    last = derived.outermost(tree)
    parts = {part for one in last for part in derived.bases(one)}
    readers = Given(tree, classes)
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        where = Where(path, Mark(node.lineno, node.col_offset + 1))
        if isinstance(node, ast.ClassDef):
            family = family_of(node, classes)
            if family is not None:
                yield naming.plain(node.name), where, partial(Reader(module).model, family)
        elif (python_values.called(node) in SCHEMAS and node not in parts) or node in last:
            reader = Reader(module, inside.get(node, tree), readers)
            if node in last and not reader.is_derived(node):
                continue
            yield naming.named(node, names.get(node, "schema")), where, partial(reader.table, node)
