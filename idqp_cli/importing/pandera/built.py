"""Mappings of columns that a function builds line by line, before it makes a schema of Pandera of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.importing import python_values
from idqp_cli.importing.values import NoEquivalentError

Function = ast.FunctionDef | ast.AsyncFunctionDef
# What a column is told that the function adds only under a condition.
SOMETIMES = "sometimes"
CODE = "its columns are put together by code, which is not run"


def functions(tree: ast.Module) -> Mapping[ast.AST, Function]:
    """Return the function in which each call stands, the innermost."""
    found: dict[ast.AST, Function] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found |= {inner: node for inner in ast.walk(node) if isinstance(inner, ast.Call)}
    return found


def mapping(function: Function | ast.Module, name: str) -> ast.Dict | None:
    """Return the mapping that a name of a function, or of the file, stands for where it is made; None if it is none.

    A column that is added under a condition need not be there, and says the condition.

    Raises:
        NoEquivalentError: code makes it.

    """
    start: ast.Dict | None = None
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for line, condition in _lines(function.body, None):
        match line:
            case (
                ast.Assign(targets=[ast.Name(id=named)], value=value)
                | ast.AnnAssign(target=ast.Name(id=named), value=ast.expr() as value)
            ) if named == name:
                if start is not None or condition is not None or not isinstance(value, ast.Dict):
                    raise NoEquivalentError(CODE)
                start, keys, values = value, list(value.keys), list(value.values)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=named), slice=key)], value=value) if named == name:
                keys.append(key)
                values.append(_sometimes(value, condition))
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=named), attr="update"), args=[ast.Dict() as more], keywords=[]
                )
            ) if named == name:
                keys += more.keys
                values += [_sometimes(value, condition) for value in more.values]
            case _ if any(_changes(inner, name) for inner in ast.walk(line)):
                raise NoEquivalentError(CODE)
    return None if start is None else ast.copy_location(ast.Dict(keys, values), start)


def _lines(body: Sequence[ast.stmt], condition: ast.expr | None) -> Iterator[tuple[ast.stmt, ast.expr | None]]:
    """Yield the lines of a function with the condition under which they run."""
    for line in body:
        if isinstance(line, ast.If):
            for lines, test in ((line.body, line.test), (line.orelse, _not(line.test))):
                yield from _lines(lines, test if condition is None else _both(condition, test))
        else:
            yield line, condition


def _not(test: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _both(first: ast.expr, second: ast.expr) -> ast.expr:
    return ast.copy_location(ast.BoolOp(ast.And(), [first, second]), second)


def _sometimes(value: ast.expr, condition: ast.expr | None) -> ast.expr:
    if condition is None or not isinstance(value, ast.Call) or python_values.called(value) != "Column":
        if condition is not None:
            raise NoEquivalentError(CODE)
        return value
    kept = [keyword for keyword in value.keywords if keyword.arg != "required"]
    added = [
        ast.keyword("required", ast.copy_location(ast.Constant(value=False), value)),
        ast.keyword(SOMETIMES, condition),
    ]
    return ast.copy_location(ast.Call(value.func, value.args, [*kept, *added]), value)


def _changes(node: ast.AST, name: str) -> bool:
    """Tell whether a piece of code may change what a name stands for."""
    match node:
        case ast.Name(id=named, ctx=ast.Store() | ast.Del()):
            return named == name
        case ast.Subscript(value=ast.Name(id=named), ctx=ast.Store() | ast.Del()):
            return named == name
        case ast.Attribute(value=ast.Name(id=named), attr="update" | "pop" | "setdefault" | "clear"):
            return named == name
    return False
