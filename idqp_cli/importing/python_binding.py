"""What the parameters of a function in Python code of others are given by a call, and its code with that; pure."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TypeVar

from idqp_cli.importing import python_folding, python_values

LARGEST = 5_000
AnyNode = TypeVar("AnyNode", bound=ast.AST)


def bound(function: ast.FunctionDef, call: ast.Call, *, skip: bool) -> dict[str, ast.expr] | None:
    """Return what the parameters of a function are given by a call, their defaults too; None if that is not plain.

    With `skip` the first one is the object whose method it is.
    """
    arguments = function.args
    listed = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    names, more = listed[1:] if skip else listed, [one.arg for one in arguments.kwonlyargs]
    spread = any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords)
    if spread or (len(call.args) > len(names) and arguments.vararg is None):
        return None
    found: dict[str, ast.expr] = dict(zip(names, call.args, strict=False))
    if arguments.vararg is not None:
        found[arguments.vararg.arg] = ast.List(list(call.args[len(names) :]), ast.Load())
    own = {plain(name): name for name in (*names, *more)}
    rest = {str(one.arg): one.value for one in call.keywords if one.arg not in own}
    found |= {own[str(one.arg)]: one.value for one in call.keywords if one.arg in own}
    if arguments.kwarg is not None:
        keys: list[ast.expr | None] = [ast.Constant(name) for name in rest]
        found[arguments.kwarg.arg] = ast.Dict(keys, list(rest.values()))
    elif rest:
        return None
    for node in found.values():
        if not hasattr(node, "lineno"):
            ast.fix_missing_locations(ast.copy_location(node, call))
    for name, default in defaults(function).items():
        found.setdefault(name, default)
    return found if {*names, *more} <= found.keys() else None


def defaults(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """Return what the parameters of a function are where nobody gives them anything."""
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    pairs = list(zip(reversed(names), reversed(arguments.defaults), strict=False))
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return dict(pairs) | {one.arg: default for one, default in by_name if default is not None}


def plain(name: str) -> str:
    """Return a name as it is in the code."""
    return name.split(python_values.OWN, maxsplit=1)[0]


def value(function: ast.FunctionDef, given: Mapping[str, ast.expr]) -> ast.expr | None:
    """Return what a function returns that only gives names values before, or adds to lists; None if it does more.

    What it does under a condition of constants is done, or not.
    """
    known, waiting = dict(given), list(function.body)
    while waiting:
        line = waiting.pop(0)
        match line:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                continue
            case ast.If(test=test, body=body, orelse=orelse):
                holds = python_folding.truth(put(test, known))
                if holds is None:
                    return None
                waiting[:0] = body if holds else orelse
            case ast.Return(value=ast.expr() as inner):
                return put(inner, known)
            case _:
                name, made = _given(line, known)
                if made is None or not is_small(made):
                    return None
                known[name] = made
    return None


def _given(line: ast.stmt, known: Mapping[str, ast.expr]) -> tuple[str, ast.expr | None]:
    """Return the name that a line gives a value, or changes the list or mapping of, and what it is then."""
    match line:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=inner)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as inner)
        ):
            return name, put(inner, known)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[inner])):
            return name, _longer(known.get(name), [put(inner, known)])
        case (
            ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="extend"), args=[inner]))
            | ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=inner)
        ):
            more = put(inner, known)
            return name, _longer(known.get(name), more.elts) if isinstance(more, ast.List | ast.Tuple) else None
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=inner):
            before = known.get(name)
            if isinstance(before, ast.Dict):
                keys = [*before.keys, put(key, known)]
                return name, ast.copy_location(ast.Dict(keys, [*before.values, put(inner, known)]), before)
    return "", None


def _longer(before: ast.expr | None, more: Sequence[ast.expr]) -> ast.expr | None:
    if not isinstance(before, ast.List):
        return None
    return ast.copy_location(ast.List([*before.elts, *more], ast.Load()), before)


def lines(function: ast.FunctionDef, given: Mapping[str, ast.expr], number: int) -> list[ast.stmt]:
    """Return the lines of a function with what it is given; the names that it gives values are its own, by a number."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    own = {one.id: f"{plain(one.id)}{python_values.OWN}9{number}" for one in names}
    found: list[ast.stmt] = [
        ast.Assign([ast.Name(own[name], ast.Store())], copy.deepcopy(given[name])) for name in given if name in own
    ]
    putting = Putting({name: one for name, one in given.items() if name not in own}, own)
    kept = [line for line in function.body if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
    return [*found, *(putting.visit(copy.deepcopy(line)) for line in kept)]


def is_small(node: ast.AST) -> bool:
    """Tell whether code is no larger than people write it: what doubles in each line has no end."""
    return next(islice(ast.walk(node), LARGEST, None), None) is None


def put(node: ast.expr, given: Mapping[str, ast.expr]) -> ast.expr:
    """Return an expression with what is given in the place of names."""
    made = Putting(given).visit(copy.deepcopy(node))
    return python_folding.through(made) if isinstance(made, ast.expr) else node


class Putting(ast.NodeTransformer):
    """Puts what is given where its names are; the names in `own` are called something else."""

    def __init__(self, given: Mapping[str, ast.expr], own: Mapping[str, str] | None = None) -> None:
        """Begin with what is given to names."""
        self.given = given
        self.own = own or {}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Put what is given where a name is read."""
        if node.id in self.own:
            return ast.copy_location(ast.Name(self.own[node.id], node.ctx), node)
        found = self.given.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return node if found is None else copy.deepcopy(found)

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """Leave the parameters of a lambda as they are."""
        hidden = {one.arg for one in node.args.args}
        inner = Putting({name: one for name, one in self.given.items() if name not in hidden}, self.own)
        node.body = inner.visit(node.body)
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        return node


def at(node: AnyNode, place: ast.AST) -> AnyNode:
    """Return code as if all of it stood at a place: that of the call which says what it is given."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.expr, ast.stmt, ast.keyword, ast.arg)):
            ast.copy_location(inner, place)
    return node
