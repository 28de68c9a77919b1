"""The constants of a Python module of others, where its code names them: variables, members of an Enum, sums."""

from __future__ import annotations

import ast
import copy
import operator
from collections.abc import Callable, Mapping

from idqp_cli.importing import python_values

DEEPEST, LARGEST, MOST_TURNS = 20, 10**18, 2_000
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
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                self.enums[node.name] = dict(python_values.constants(ast.Module(node.body, [])))

    def without_names(self, node: ast.expr) -> ast.expr:
        """Return code in which names are what they stand for, as far as that is known."""
        made = _Following(self).visit(copy.deepcopy(node))
        return made if isinstance(made, ast.expr) else node


class _Following(ast.NodeTransformer):
    """Puts constants where their names are."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.depth = 0

    def visit_Name(self, node: ast.Name) -> ast.expr:
        # What is given a value keeps its name.
        found = self.constants.known.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return node if found is None else self._again(found, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=member), attr="value"):
                found = self.constants.enums.get(name, {}).get(member)
            case ast.Attribute(value=ast.Name(id=name), attr=member):
                found = self.constants.enums.get(name, {}).get(member)
            case _:
                found = None
        return node if found is None else self._again(found, node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Dict(keys=keys, values=values), attr=part), args=[]) if (
                part in {"keys", "values"} and None not in keys
            ):
                items = [key for key in keys if key is not None] if part == "keys" else values
                return ast.copy_location(ast.List(items, ast.Load()), node)
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
        if self.depth >= DEEPEST or isinstance(found, ast.Call):
            return node
        self.depth += 1
        made = self.visit(copy.deepcopy(found))
        self.depth -= 1
        return ast.copy_location(made, node) if isinstance(made, ast.expr) else node


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


def plain(tree: ast.Module) -> ast.Module:
    """Return code whose names are the constants that they stand for, and whose loops over constants are their turns."""
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
    turned = _Turning(constants).visit(copy.deepcopy(tree))
    made = _Following(constants).visit(turned)
    return made if isinstance(made, ast.Module) else tree


class _Turning(ast.NodeTransformer):
    """Puts the turns of a loop over constants in its place."""

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self.turns = 0

    def visit_For(self, node: ast.For) -> ast.For | list[ast.stmt]:
        items = self.constants.without_names(node.iter)
        if not isinstance(items, (ast.List, ast.Tuple, ast.Set)) or node.orelse:
            self.generic_visit(node)
            return node
        found: list[ast.stmt] = []
        for item in items.elts:
            given = _given(node.target, item)
            self.turns += 1
            if given is None or self.turns > MOST_TURNS:
                return node
            for line in node.body:
                made = _Naming(given).visit(copy.deepcopy(line))
                found += self._visited(made)
        return found

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
