"""The constants of a Python module of others, where its code names them: variables, members of an Enum, sums."""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable, Mapping
from typing import TypeGuard

from idqp_cli.core.text import clean
from idqp_cli.importing import python_folding, python_values

DEEPEST, LARGEST = 20, 10**18
# Names that stand for lists of names that stand for lists have no end otherwise.
MOST_FOLLOWED = 50_000
OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
MOMENTS: Mapping[str, int] = {"datetime": 6, "date": 3, "Timestamp": 6}


class Constants:
    """What the names of a module stand for, as code without names."""

    def __init__(self, tree: ast.Module) -> None:
        """Collect the names of the module, of its classes of constants and of its Enums."""
        self.known = dict(python_values.constants(tree))
        self.enums: dict[str, dict[str, ast.expr]] = {}
        # The parameters among them, which have their defaults, and those of them that are asked for.
        self.defaults: frozenset[str] = frozenset()
        self.asked: set[str] = set()
        self.followed_names = 0
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                self.enums[node.name] = dict(python_values.constants(ast.Module(node.body, [])))
        self.own = _own(tree, self.enums)

    def notes(self, path: str) -> list[str]:
        """Return a line for each parameter that is taken as its default, which others may give another value."""
        names = sorted(name.split(python_values.OWN)[0] for name in self.asked)
        return [
            f"{clean(path)}: the parameter {clean(name, 40)} is taken as its default; a call from elsewhere may give "
            "it another value"
            for name in names
        ]

    def without_names(self, node: ast.expr) -> ast.expr:
        """Return code in which names are what they stand for, as far as that is known."""
        made = self.followed(copy.deepcopy(node))
        return made if isinstance(made, ast.expr) else node

    def followed(self, tree: ast.AST) -> ast.AST:
        """Put constants in the place of names in code, which is changed."""
        made = _Following(self).visit(tree)
        return ast.fix_missing_locations(made) if isinstance(made, ast.AST) else tree


class _Following(ast.NodeTransformer):
    """Puts constants where their names are."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.depth = 0

    def visit_Name(self, node: ast.Name) -> ast.expr:
        # What is given a value keeps its name.
        found = self.constants.known.get(node.id) if isinstance(node.ctx, ast.Load) else None
        if found is not None and node.id in self.constants.defaults:
            self.constants.asked.add(node.id)
        return node if found is None else self._again(found, node)

    def visit(self, node: ast.AST) -> ast.AST:
        made = super().visit(node)
        return python_folding.folded(made) if isinstance(made, ast.expr) else made

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=member), attr="value"):
                found = self.constants.enums.get(name, {}).get(member)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=member):
                found = self.constants.own.get(member)
            case ast.Attribute(value=ast.Name(id=name), attr=member):
                found = self.constants.enums.get(name, {}).get(member)
                found = self._of_object(name, member) if found is None else found
            case _:
                found = None
        if found is None and isinstance(node.value, ast.Name):
            named = self.constants.known.get(node.value.id)
            return ast.Attribute(self._again(named, node.value), node.attr, node.ctx) if _is_mapping(named) else node
        if found is None:
            # The method of a call, as in chains: its arguments have names, too.
            self.generic_visit(node)
        return node if found is None else self._again(found, node)

    def _of_object(self, name: str, member: str) -> ast.expr | None:
        """Return what a name has that stands for an object of a class of constants, as `Config()`."""
        made = self.constants.known.get(name)
        if not isinstance(made, ast.Call) or made.args or python_values.called(made) not in self.constants.enums:
            return None
        given = {one.arg: one.value for one in made.keywords}
        return given.get(member, self.constants.enums[python_values.called(made)].get(member))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys, values=values), attr=part), args=[]) if (
                part in {"keys", "values"} and None not in keys
            ):
                items = [key for key in keys if key is not None] if part == "keys" else values
                return ast.copy_location(ast.List(items, ast.Load()), node)
            case ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys, values=values), attr="items"), args=[]) if (
                None not in keys
            ):
                return _rows(node, [key for key in keys if key is not None], values)
            case ast.Call(
                func=ast.Name(id="zip"), args=[ast.List(elts=one) | ast.Tuple(elts=one), *others], keywords=[]
            ) if all(isinstance(other, (ast.List, ast.Tuple)) for other in others):
                return _rows(node, one, *(other.elts for other in others if isinstance(other, (ast.List, ast.Tuple))))
            case ast.Call(
                func=ast.Name(id="list" | "set" | "tuple" | "sorted" | "frozenset"), args=[ast.Dict() as inner]
            ):
                return ast.copy_location(ast.List([key for key in inner.keys if key is not None], ast.Load()), node)
            case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str() as word)]) if "inf" in word.lower():
                return node
            case ast.Call(func=ast.Name(id="float" | "int" | "str" | "Decimal"), args=[ast.Constant() as inner]):
                return inner
        return _moment(node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """Follow `[one.value for one in AnEnum]`."""
        match node:
            case ast.ListComp(
                elt=ast.Attribute(value=ast.Name(id=one), attr="value"),
                generators=[ast.comprehension(target=ast.Name(id=same), iter=ast.Name(id=name), ifs=[])],
            ) if one == same and name in self.constants.enums:
                return ast.copy_location(ast.List(list(self.constants.enums[name].values()), ast.Load()), node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """Follow a text whose parts are constants."""
        self.generic_visit(node)
        parts = []
        for part in node.values:
            match part:
                case ast.Constant(value=value):
                    parts.append(str(value))
                case ast.FormattedValue(value=ast.Constant(value=value), conversion=-1, format_spec=None):
                    parts.append(str(value))
                case _:
                    return node
        return ast.copy_location(ast.Constant("".join(parts)), node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.BinOp(left=ast.List(elts=first), right=ast.List(elts=second), op=ast.Add()):
                return ast.copy_location(ast.List([*first, *second], ast.Load()), node)
            case ast.BinOp(left=ast.Constant(value=left), right=ast.Constant(value=right), op=sign):
                if isinstance(left, (int, float)) and isinstance(right, (int, float)):
                    return _number(node, left, right, sign)
        return node

    def _again(self, found: ast.expr, node: ast.expr) -> ast.expr:
        self.constants.followed_names += 1
        if self.depth >= DEEPEST or self.constants.followed_names > MOST_FOLLOWED:
            return node
        self.depth += 1
        made = self.visit(copy.deepcopy(found))
        self.depth -= 1
        # Of a call the name says more than the code, unless it is one of constants.
        if not isinstance(made, ast.expr) or (isinstance(made, ast.Call) and not python_values.is_constant(made)):
            return node
        return ast.copy_location(made, node)


def _rows(node: ast.Call, *lists: list[ast.expr]) -> ast.expr:
    """Return lists side by side, as pairs."""
    pairs: list[ast.expr] = [ast.Tuple(list(items), ast.Load()) for items in zip(*lists, strict=False)]
    return ast.fix_missing_locations(ast.copy_location(ast.List(pairs, ast.Load()), node))


def _is_mapping(node: ast.expr | None) -> TypeGuard[ast.Dict]:
    return isinstance(node, ast.Dict)


def _number(node: ast.BinOp, left: float, right: float, sign: ast.operator) -> ast.expr:
    if isinstance(sign, ast.Pow) and 0 <= right <= 18 and abs(left) <= 10:
        return ast.copy_location(ast.Constant(left**right), node)
    function = OPERATORS.get(type(sign))
    if function is None or abs(left) > LARGEST or abs(right) > LARGEST or (right == 0 and isinstance(sign, ast.Div)):
        return node
    return ast.copy_location(ast.Constant(function(left, right)), node)


def _moment(node: ast.Call) -> ast.expr:
    """Return a date or time as a text, where a call is one of constants."""
    name = python_values.called(node)
    values = [one.value for one in node.args if isinstance(one, ast.Constant)]
    if name not in MOMENTS or node.keywords or len(values) != len(node.args):
        return node
    if len(values) == 1 and isinstance(values[0], str) and values[0][:1].isdigit():
        return ast.copy_location(ast.Constant(values[0]), node)
    numbers = [one for one in values if isinstance(one, int)]
    if not 3 <= len(numbers) <= MOMENTS[name] or len(numbers) != len(values):
        return node
    year, month, day, *clock = numbers
    text = f"{year:04d}-{month:02d}-{day:02d}"
    if clock:
        text += " " + ":".join(f"{one:02d}" for one in [*clock, 0, 0][:3])
    return ast.copy_location(ast.Constant(text), node)


def _own(tree: ast.Module, classes: Mapping[str, Mapping[str, ast.expr]]) -> dict[str, ast.expr]:
    """Return what `self.name` stands for where one class alone says it, once."""
    found: dict[str, list[ast.expr]] = {}
    for members in classes.values():
        for name, value in members.items():
            found.setdefault(name, []).append(value)
    for node in ast.walk(tree):
        match node:
            case (
                ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)], value=value)
                | ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=ast.expr() as value)
            ):
                found.setdefault(name, []).append(value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}
