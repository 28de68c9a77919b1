"""The turns of loops and comprehensions over constants in Python code of others, written out. Nothing of it is run."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.importing import python_binding, python_folding, python_functions, python_values
from idqp_cli.importing.python_constants import Constants

MOST_TURNS = 2_000
# What methods call their own object.
OBJECTS = frozenset({"self", "cls"})
Turns = list[dict[str, ast.expr]]


def plain(tree: ast.Module) -> ast.Module:
    """Return code whose names are the constants that they stand for, and whose loops over constants are their turns."""
    turns, constants = written_out(tree, apart=False)
    made = constants.followed(turns)
    return made if isinstance(made, ast.Module) else tree


def written_out(tree: ast.Module, *, apart: bool = True) -> tuple[ast.Module, Constants]:
    """Return code whose loops over constants are their turns, and what its names stand for, those in functions too.

    Calls of its own functions with constants are what the functions do. With `apart` a name
    that several functions give a value is another one in each.
    """
    tree = python_functions.inlined(own_names(tree) if apart else tree, _loops, _known)
    constants = _known(tree)
    turning = _Turning(constants)
    constants.known |= {name: turning.visit(copy.deepcopy(value)) for name, value in constants.known.items()}
    return tree, constants


def _loops(tree: ast.Module) -> ast.Module:
    made = _Turning(_known(tree)).visit(copy.deepcopy(tree))
    return made if isinstance(made, ast.Module) else tree


def _known(tree: ast.Module) -> Constants:
    """Return what the names of code stand for that have one value, those in functions too."""
    constants = Constants(tree)
    given: dict[str, list[ast.expr]] = {}
    parameters, by_default = _parameters(tree)
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                given.setdefault(name, []).append(value)
            case ast.arg(arg=name) if name in parameters:
                given.setdefault(name, []).append(parameters[name])
            case ast.arg(arg=name) | ast.For(target=ast.Name(id=name)) | ast.comprehension(target=ast.Name(id=name)):
                # What a function or a loop gives it is no constant.
                given.setdefault(name, []).extend([ast.Constant(None)] * 2)
    changed = set(python_values.changed(tree))
    for name, values in given.items():
        if len(values) == 1 and name not in changed:
            constants.known.setdefault(name, values[0])
        else:
            constants.known.pop(name, None)
    constants.defaults = frozenset(by_default) & constants.known.keys()
    return constants


def _parameters(tree: ast.Module) -> tuple[dict[str, ast.expr], set[str]]:
    """Return the parameters that are one constant: of the only call, or their default; and which have their default."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    made_by = {id(one): node.name for node in classes for one in node.body}
    methods = made_by.keys()
    calls: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls.setdefault(python_values.called(node), []).append(node)
    found: dict[str, ast.expr] = {}
    by_default: set[str] = set()
    for function in functions:
        is_made = function.name == "__init__" and id(function) in methods
        called = calls.get(made_by[id(function)] if is_made else function.name, [])
        defaults = python_binding.defaults(function)
        given = [python_binding.bound(function, call, skip=id(function) in methods) for call in called]
        for name in {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}:
            values = [None if one is None else one.get(name) for one in given] or [defaults.get(name)]
            first = values[0]
            if len(values) > 1 or first is None or not _says(first):
                continue
            found[name] = first
            by_default |= set() if given and first is not defaults.get(name) else {name}
    return found, by_default


def _says(node: ast.expr) -> bool:
    is_none = isinstance(node, ast.Constant) and node.value is None
    return python_values.is_constant(node) and not is_none


def own_names(tree: ast.Module) -> ast.Module:
    """Return code in which a name that several functions give a value is another one in each of them."""
    functions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    functions += [
        inner for node in tree.body if isinstance(node, ast.ClassDef) for inner in node.body
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]  # fmt: skip
    inside = {id(node) for function in functions for node in ast.walk(function)}
    outside = {name for node in ast.walk(tree) if id(node) not in inside for name in _bound(node)}
    own = [{name for node in ast.walk(one) for name in _bound(node)} - _outer(one) - OBJECTS for one in functions]
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


class _Turning(ast.NodeTransformer):
    """Puts the turns of a loop over constants in its place."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.turns = 0

    def visit_For(self, node: ast.For) -> ast.For | list[ast.stmt]:
        turns = self._turns(node.target, node.iter) if not node.orelse else None
        if not turns:
            self.generic_visit(node)
            return node
        found: list[ast.stmt] = []
        for given in turns:
            lines, last = self._turn(node.body, given)
            found += lines
            if last:
                break
        return found or [ast.copy_location(ast.Pass(), node)]

    def _turn(self, body: Sequence[ast.stmt], given: Mapping[str, ast.expr]) -> tuple[list[ast.stmt], bool]:
        """Return the lines of one turn, and whether it ends the loop."""
        found: list[ast.stmt] = []
        known, waiting = dict(given), list(body)
        while waiting:
            line = python_binding.Putting(known).visit(copy.deepcopy(waiting.pop(0)))
            if isinstance(line, ast.If):
                holds = python_folding.truth(self.constants.without_names(line.test))
                if holds is not None:
                    waiting[:0] = line.body if holds else line.orelse
                    continue
            if isinstance(line, (ast.Continue, ast.Break)):
                return found, isinstance(line, ast.Break)
            match line:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    constant = self.constants.without_names(value)
                    known.pop(name, None)
                    if python_binding.is_small(constant) and python_values.is_constant(constant):
                        known[name] = constant
            made = self.visit(line)
            found += made if isinstance(made, list) else [made]
        return found, False

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self.visit_ListComp(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        return self.visit_ListComp(node)

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> ast.expr:
        self.generic_visit(node)
        turns = self._of_all(node.generators, {})
        if turns is None:
            return node
        items = [python_binding.put(node.elt, given) for given in turns]
        return ast.copy_location(ast.List(items, ast.Load()), node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        self.generic_visit(node)
        turns = self._of_all(node.generators, {})
        if turns is None:
            return node
        keys: list[ast.expr | None] = [python_binding.put(node.key, given) for given in turns]
        return ast.copy_location(ast.Dict(keys, [python_binding.put(node.value, given) for given in turns]), node)

    def _of_all(self, generators: Sequence[ast.comprehension], given: Mapping[str, ast.expr]) -> Turns | None:
        """Return what the names of a comprehension are in each turn; None where only running it would tell."""
        if not generators:
            return [dict(given)]
        first, *rest = generators
        turns = self._turns(first.target, python_binding.put(first.iter, given))
        if turns is None:
            return None
        found: Turns = []
        for turn in turns:
            known = {**given, **turn}
            tests = [python_folding.truth(self._constant(one, known)) for one in first.ifs]
            if None in tests:
                return None
            inner = self._of_all(rest, known) if all(tests) else []
            if inner is None:
                return None
            found += inner
        return found

    def _constant(self, node: ast.expr, given: Mapping[str, ast.expr]) -> ast.expr:
        return self.constants.without_names(python_binding.put(node, given))

    def _turns(self, target: ast.expr, listed: ast.expr) -> Turns | None:
        items = self.constants.without_names(listed)
        if isinstance(items, ast.Call):
            items = _range(items) or items
        if isinstance(items, ast.Dict) and None not in items.keys:
            items = ast.List([key for key in items.keys if key is not None], ast.Load())
        if not isinstance(items, (ast.List, ast.Tuple, ast.Set)) or not items.elts:
            return None
        self.turns += len(items.elts)
        found = [_given(target, item) for item in items.elts]
        turns = [given for given in found if given is not None]
        return turns if len(turns) == len(found) and self.turns <= MOST_TURNS else None


def _range(node: ast.Call) -> ast.expr | None:
    """Return the numbers of `range(…)`, and the items of `list(…)` and the like."""
    if python_values.called(node) in {"list", "tuple", "sorted", "set"} and len(node.args) == 1:
        return node.args[0]
    if python_values.called(node) != "range" or not python_values.is_constant(node):
        return None
    numbers = python_values.value(node).value
    listed = numbers if isinstance(numbers, tuple) else ()
    items: list[ast.expr] = [ast.Constant(one.value) for one in listed if isinstance(one.value, int)]
    return ast.fix_missing_locations(ast.copy_location(ast.List(items, ast.Load()), node))


def _given(target: ast.expr, item: ast.expr) -> dict[str, ast.expr] | None:
    """Return what the names of a loop are in one turn; None where that is not plain."""
    match target, item:
        case _, ast.Starred():
            return None
        case ast.Name(id=name), _:
            return {name: item}
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=values) | ast.List(elts=values))) if len(
            names
        ) == len(values):
            pairs = [_given(name, value) for name, value in zip(names, values, strict=True)]
            if all(pair is not None for pair in pairs):
                return {name: value for pair in pairs if pair is not None for name, value in pair.items()}
    return None
