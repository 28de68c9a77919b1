"""The turns of loops and comprehensions over constants in Python code of others, written out. Nothing of it is run."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Mapping

from idqp_cli.importing import python_values
from idqp_cli.importing.python_constants import Constants

MOST_TURNS = 2_000


def plain(tree: ast.Module) -> ast.Module:
    """Return code whose names are the constants that they stand for, and whose loops over constants are their turns."""
    turns, constants = written_out(tree, apart=False)
    made = constants.followed(turns)
    return made if isinstance(made, ast.Module) else tree


def written_out(tree: ast.Module, *, apart: bool = True) -> tuple[ast.Module, Constants]:
    """Return code whose loops over constants are their turns, and what its names stand for, those in functions too.

    With `apart` a name that several functions give a value is another one in each.
    """
    tree = own_names(tree) if apart else tree
    constants = Constants(tree)
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                given.setdefault(name, []).append(value)
            case ast.arg(arg=name) | ast.For(target=ast.Name(id=name)) | ast.comprehension(target=ast.Name(id=name)):
                # What a function or a loop gives it is no constant.
                given.setdefault(name, []).extend([ast.Constant(None)] * 2)
    for name, values in given.items():
        if len(values) == 1:
            constants.known.setdefault(name, values[0])
        else:
            constants.known.pop(name, None)
    made = _Turning(constants).visit(copy.deepcopy(tree))
    turning = _Turning(constants)
    constants.known |= {name: turning.visit(copy.deepcopy(value)) for name, value in constants.known.items()}
    return (made if isinstance(made, ast.Module) else tree), constants


def own_names(tree: ast.Module) -> ast.Module:
    """Return code in which a name that several functions give a value is another one in each of them."""
    functions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    functions += [
        inner for node in tree.body if isinstance(node, ast.ClassDef) for inner in node.body
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]  # fmt: skip
    inside = {id(node) for function in functions for node in ast.walk(function)}
    outside = {name for node in ast.walk(tree) if id(node) not in inside for name in _bound(node)}
    own = [{name for node in ast.walk(one) for name in _bound(node)} - _outer(one) for one in functions]
    times = Counter(name for names in own for name in names)
    made = copy.deepcopy(tree)
    places = {(one.lineno, one.col_offset): names for one, names in zip(functions, own, strict=True)}
    for number, node in enumerate(list(ast.walk(made))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (node.lineno, node.col_offset) in places:
            names = {name for name in places[node.lineno, node.col_offset] if times[name] > 1 or name in outside}
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and inner.id in names:
                    inner.id += f"{python_values.OWN}{number}"
                elif isinstance(inner, ast.arg) and inner.arg in names:
                    inner.arg += f"{python_values.OWN}{number}"
    return made


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a piece of code gives a value."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name


def _outer(function: ast.AST) -> set[str]:
    """Return the names of a function that are those of the module."""
    return {name for node in ast.walk(function) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}


def turned(tree: ast.Module) -> ast.Module:
    """Return code in which lists and mappings that are made of constants in one line are written out."""
    made = _Turning(Constants(tree), loops=False).visit(copy.deepcopy(tree))
    return made if isinstance(made, ast.Module) else tree


class _Turning(ast.NodeTransformer):
    """Puts the turns of a loop over constants in its place."""

    def __init__(self, constants: Constants, *, loops: bool = True) -> None:
        self.constants = constants
        self.loops = loops
        self.turns = 0

    def visit_For(self, node: ast.For) -> ast.For | list[ast.stmt]:
        turns = self._turns(node.target, node.iter) if self.loops and not node.orelse else None
        if turns is None:
            self.generic_visit(node)
            return node
        found: list[ast.stmt] = []
        for given in turns:
            for line in node.body:
                made = _Naming(given).visit(copy.deepcopy(line))
                found += self._visited(made)
        return found

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self.visit_ListComp(node)

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> ast.expr:
        self.generic_visit(node)
        turns = self._of_one(node.generators)
        if turns is None:
            return node
        items = [self._named(node.elt, given) for given in turns]
        return ast.copy_location(ast.List(items, ast.Load()), node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        self.generic_visit(node)
        turns = self._of_one(node.generators)
        if turns is None:
            return node
        keys: list[ast.expr | None] = [self._named(node.key, given) for given in turns]
        return ast.copy_location(ast.Dict(keys, [self._named(node.value, given) for given in turns]), node)

    def _of_one(self, generators: list[ast.comprehension]) -> list[dict[str, ast.expr]] | None:
        """Return what the names of a comprehension are in each turn; None where it has conditions or more loops."""
        match generators:
            case [ast.comprehension(target=target, iter=items, ifs=[])]:
                return self._turns(target, items)
        return None

    def _turns(self, target: ast.expr, listed: ast.expr) -> list[dict[str, ast.expr]] | None:
        items = self.constants.without_names(listed)
        if isinstance(items, ast.Dict) and None not in items.keys:
            items = ast.List([key for key in items.keys if key is not None], ast.Load())
        if not isinstance(items, (ast.List, ast.Tuple, ast.Set)):
            return None
        self.turns += len(items.elts)
        found = [_given(target, item) for item in items.elts]
        turns = [given for given in found if given is not None]
        return turns if len(turns) == len(found) and self.turns <= MOST_TURNS else None

    def _named(self, node: ast.expr, given: Mapping[str, ast.expr]) -> ast.expr:
        made = _Naming(given).visit(copy.deepcopy(node))
        return made if isinstance(made, ast.expr) else node

    def _visited(self, line: ast.stmt) -> list[ast.stmt]:
        made = self.visit(line)
        return made if isinstance(made, list) else [made]


class _Naming(ast.NodeTransformer):
    """Puts the values of a turn where its names are."""

    def __init__(self, given: Mapping[str, ast.expr]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.given.get(node.id)
        return node if found is None else ast.copy_location(copy.deepcopy(found), node)


def _given(target: ast.expr, item: ast.expr) -> dict[str, ast.expr] | None:
    """Return what the names of a loop are in one turn; None where that is not plain."""
    match target, item:
        case ast.Name(id=name), _:
            return {name: item}
        case ast.Tuple(elts=names), ast.Tuple(elts=values) if len(names) == len(values):
            pairs = [_given(name, value) for name, value in zip(names, values, strict=True)]
            if all(pair is not None for pair in pairs):
                return {name: value for pair in pairs if pair is not None for name, value in pair.items()}
    return None
