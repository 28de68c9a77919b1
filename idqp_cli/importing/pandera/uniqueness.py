"""Checks of Pandera in code that say that rows, or the cells of a column, are unique: `~df.duplicated(["a"])`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_values
from idqp_cli.importing.python_constants import Constants
from idqp_cli.importing.values import NoEquivalentError


@frozen
class Module:
    """What the code of a schema may name: the constants and the functions of its file."""

    constants: Constants
    functions: Mapping[str, ast.FunctionDef]


def columns(function: ast.FunctionDef | ast.Lambda, module: Module, *, skip: int = 0) -> Node | None:
    """Return the columns by which a function says that rows are unique, none for all; None if it says no such thing."""
    try:
        parameter, body, _ = python_values.returned(function, skip=skip)
    except NoEquivalentError:
        return None
    call = _duplicated(body)
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=args, keywords=keywords) if name == parameter:
            given = [*args[:1], *(one.value for one in keywords if one.arg == "subset")]
            told = module.constants.without_names(given[0]) if given else None
            if told is None or python_values.is_constant(told):
                mark = Mark(call.lineno, call.col_offset + 1)
                return Node((), mark, {}) if told is None else python_values.value(told)
    return None


def _duplicated(body: ast.expr) -> ast.Call | None:
    """Return the call of `duplicated` of which no row is to be true."""
    match body:
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=inner):
            found = inner
        case ast.Compare(
            left=ast.Call(func=ast.Attribute(value=inner, attr="sum")),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value=0)],
        ):
            found = inner
        case _:
            return None
    match found:
        case ast.Call(func=ast.Attribute(value=inner, attr="any"), args=[]):
            found = inner
    match found:
        case ast.Call(func=ast.Attribute(attr="duplicated")):
            return found
    return None
