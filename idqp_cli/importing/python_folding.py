"""What expressions of constants in Python code of others are: parts of lists and mappings, texts, conditions; pure."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LONGEST = 1_000
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
# Methods of texts that make another one.
OF_TEXTS = frozenset({"upper", "lower", "strip", "lstrip", "rstrip", "title", "capitalize", "replace", "removesuffix",
                      "removeprefix"})  # fmt: skip
TESTS = frozenset({"startswith", "endswith", "isupper", "islower", "isdigit"})
Listed = ast.List | ast.Tuple | ast.Set


def folded(node: ast.expr) -> ast.expr:
    """Return what an expression is whose parts are constants; itself where it is more."""
    match node:
        case ast.Subscript(value=of, slice=ast.Constant(value=key), ctx=ast.Load()):
            return _part(of, key) or node
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            found = _compared(left, sign, right)
            return node if found is None else ast.copy_location(ast.Constant(found), node)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            chosen = truth(test)
            return node if chosen is None else body if chosen else orelse
        case ast.BoolOp(op=sign, values=values):
            return _joined(sign, values) or node
        case ast.UnaryOp(op=ast.Not(), operand=inner) if (found := truth(inner)) is not None:
            return ast.copy_location(ast.Constant(not found), node)
        case ast.List(elts=items) if any(isinstance(one, ast.Starred) for one in items):
            return ast.copy_location(ast.List(spread(items), node.ctx), node)
        case ast.Dict(keys=keys) if None in keys:
            return _merged(node)
        case ast.BinOp(left=ast.Dict() as first, op=ast.BitOr(), right=ast.Dict() as second):
            return _merged(ast.copy_location(ast.Dict([None, None], [first, second]), node))
        case ast.BinOp(
            left=ast.Constant(value=str() as first), op=ast.Add(), right=ast.Constant(value=str() as second)
        ):
            return ast.copy_location(ast.Constant(first + second), node)
        case ast.Call():
            return _call(node)
    return node


class _Folding(ast.NodeTransformer):
    """Folds all that is in an expression."""

    def visit(self, node: ast.AST) -> ast.AST:
        made = super().visit(node)
        return folded(made) if isinstance(made, ast.expr) else made


def through(node: ast.expr) -> ast.expr:
    """Return an expression, which is changed, with all in it that is of constants as these."""
    made = _Folding().visit(node)
    return made if isinstance(made, ast.expr) else node


def truth(node: ast.expr) -> bool | None:
    """Return whether a condition of constants holds; None where only running the code would tell."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return bool(items)
        case ast.Dict(keys=keys):
            return bool(keys)
    return None


def spread(items: Sequence[ast.expr]) -> list[ast.expr]:
    """Return the items of a list with those of the lists in it that have a star."""
    found: list[ast.expr] = []
    for one in items:
        inner = one.value if isinstance(one, ast.Starred) else None
        found += inner.elts if isinstance(inner, Listed) else [one]
    return found


def keywords_of(nodes: Sequence[ast.keyword]) -> list[ast.keyword]:
    """Return the arguments of a call, those of a mapping of constants too, as in `**{"a": 1}`."""
    found: list[ast.keyword] = []
    for one in nodes:
        inner = one.value if one.arg is None else None
        names = (
            [key.value if isinstance(key, ast.Constant) else None for key in inner.keys]
            if isinstance(inner, ast.Dict)
            else [None]
        )
        if isinstance(inner, ast.Dict) and all(isinstance(name, str) for name in names):
            pairs = zip(names, inner.values, strict=True)
            found += [ast.copy_location(ast.keyword(str(name), value), one) for name, value in pairs]
        else:
            found.append(one)
    return found


def _part(of: ast.expr, key: object) -> ast.expr | None:
    match of:
        case ast.Dict(keys=keys, values=values):
            return _under(keys, values, key)
        case ast.List(elts=items) | ast.Tuple(elts=items) if isinstance(key, int) and not isinstance(key, bool):
            return items[key] if -len(items) <= key < len(items) and not _starred(items) else None
    return None


def _under(keys: Sequence[ast.expr | None], values: Sequence[ast.expr], key: object) -> ast.expr | None:
    """Return what a mapping of constants has under a key; None where it has not, or other keys than constants."""
    names = [one.value if isinstance(one, ast.Constant) else ... for one in keys]
    found = [value for name, value in zip(names, values, strict=True) if name == key]
    return found[-1] if found and ... not in names else None


def _starred(items: Sequence[ast.expr]) -> bool:
    return any(isinstance(one, ast.Starred) for one in items)


def _compared(left: ast.expr, sign: ast.cmpop, right: ast.expr) -> bool | None:
    if not isinstance(left, ast.Constant):
        # A list or a mapping is there.
        none = isinstance(right, ast.Constant) and right.value is None
        known = truth(left) is not None and none and isinstance(sign, (ast.Is, ast.IsNot))
        return isinstance(sign, ast.IsNot) if known else None
    if isinstance(sign, (ast.In, ast.NotIn)):
        items = right.keys if isinstance(right, ast.Dict) else right.elts if isinstance(right, Listed) else None
        values = [one.value for one in items or () if isinstance(one, ast.Constant)]
        if isinstance(right, ast.Constant) and isinstance(right.value, str) and isinstance(left.value, str):
            return (left.value in right.value) == isinstance(sign, ast.In)
        if items is None or len(values) != len(items):
            return None
        return (left.value in values) == isinstance(sign, ast.In)
    if not isinstance(right, ast.Constant) or type(sign) not in COMPARED:
        return None
    try:
        return COMPARED[type(sign)](left.value, right.value)
    except TypeError:
        return None


def _joined(sign: ast.boolop, values: Sequence[ast.expr]) -> ast.expr | None:
    ends = isinstance(sign, ast.Or)
    for one in values:
        found = truth(one)
        if found is None:
            return None
        if found is ends:
            return one
    return values[-1]


def _merged(node: ast.Dict) -> ast.Dict:
    """Return a mapping with those that are spread in it; a later key takes the place of an earlier one."""
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for key, value in zip(node.keys, node.values, strict=True):
        inner = folded(value) if key is None else value
        if key is None and isinstance(inner, ast.Dict):
            keys += inner.keys
            values += inner.values
        else:
            keys.append(key)
            values.append(inner)
    last = {key.value: at for at, key in enumerate(keys) if isinstance(key, ast.Constant)}
    kept = [at for at, key in enumerate(keys) if not isinstance(key, ast.Constant) or last[key.value] == at]
    return ast.copy_location(ast.Dict([keys[at] for at in kept], [values[at] for at in kept]), node)


def _call(node: ast.Call) -> ast.expr:
    if any(isinstance(one, ast.Starred) for one in node.args) or any(one.arg is None for one in node.keywords):
        node = ast.copy_location(ast.Call(node.func, spread(node.args), keywords_of(node.keywords)), node)
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Dict(keys=keys, values=values), attr="get"),
            args=[ast.Constant(value=key), *other],
            keywords=[],
        ):
            found = _under(keys, values, key)
            if found is None and all(isinstance(one, ast.Constant) for one in keys):
                found = other[0] if other else ast.Constant(None)
            return node if found is None else found
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr=method), keywords=[]):
            return _of_text(node, text, method)
        case ast.Call(func=ast.Call(func=ast.Name(id="getattr"), args=[of, ast.Constant(value=str() as name)])):
            return ast.copy_location(ast.Call(ast.Attribute(of, name, ast.Load()), node.args, node.keywords), node)
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=[_, *_] as given) if all(one.arg for one in given):
            made = ast.Dict([ast.Constant(one.arg) for one in given], [one.value for one in given])
            return ast.fix_missing_locations(ast.copy_location(made, node))
        case ast.Call(func=ast.Name(id=name), args=[*arguments], keywords=[]):
            return _function(node, name, arguments)
    return node


def _of_text(node: ast.Call, text: str, method: str) -> ast.expr:
    values = [one.value for one in node.args if isinstance(one, ast.Constant)]
    texts = [one for one in values if isinstance(one, str)]
    if method == "join" and len(node.args) == 1 and isinstance(node.args[0], Listed):
        parts = [one.value for one in node.args[0].elts if isinstance(one, ast.Constant)]
        if len(parts) == len(node.args[0].elts):
            return ast.copy_location(ast.Constant(text.join(map(str, parts))), node)
    if len(texts) != len(node.args):
        return node
    if method in OF_TEXTS or method in TESTS:
        return ast.copy_location(ast.Constant(getattr(text, method)(*texts)), node)
    if method == "split":
        listed: list[ast.expr] = [ast.Constant(one) for one in text.split(texts[0] if texts else None)]
        return ast.fix_missing_locations(ast.copy_location(ast.List(listed, ast.Load()), node))
    if method == "format" and text.count("{}") == len(texts) and text.count("{") == len(texts):
        return ast.copy_location(ast.Constant(text.format(*texts)), node)
    return node


def _function(node: ast.Call, name: str, arguments: Sequence[ast.expr]) -> ast.expr:
    first = arguments[0] if arguments else None
    made: ast.expr | None = None
    if name == "enumerate" and isinstance(first, (ast.List, ast.Tuple)) and not _starred(first.elts):
        begin = arguments[1].value if len(arguments) == 2 and isinstance(arguments[1], ast.Constant) else 0
        if isinstance(begin, int):
            pairs: list[ast.expr] = [
                ast.Tuple([ast.Constant(begin + at), one], ast.Load()) for at, one in enumerate(first.elts)
            ]
            made = ast.List(pairs, ast.Load())
    elif name == "len" and isinstance(first, Listed) and not _starred(first.elts):
        made = ast.Constant(len(first.elts))
    elif name == "len" and isinstance(first, ast.Dict) and None not in first.keys:
        made = ast.Constant(len(first.keys))
    elif name == "reversed" and isinstance(first, (ast.List, ast.Tuple)):
        made = ast.List(first.elts[::-1], ast.Load())
    return node if made is None else ast.fix_missing_locations(ast.copy_location(made, node))
