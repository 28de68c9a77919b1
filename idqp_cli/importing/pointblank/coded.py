"""Pieces of Python code in the steps of Pointblank: conditions, and filters of the rows. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_binding, python_sql, python_values
from idqp_cli.importing.gx import conditions
from idqp_cli.importing.python_sql import Spoken
from idqp_cli.importing.values import NoEquivalentError

# The rows for which a condition holds, and what says nothing of which rows they are.
FILTERS, KEPT = (
    frozenset({"filter", "where"}),
    frozenset({"copy", "collect", "lazy", "sort", "sort_values", "reset_index"}),
)
# The key of a step whose condition is one of all rows.
OF_ALL = "of all rows"
Functions = Mapping[str, ast.FunctionDef]


def parsed(text: str) -> ast.expr:
    """Return the code that a text is.

    Raises:
        NoEquivalentError: it is not Python.

    """
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoEquivalentError(f"'{clean(text, 60)}' is not an expression of Python; code is not run") from None


def text_of(node: Node) -> str | None:
    """Return the code of a part of a plan in YAML: a text, also under the word `python`; None if it is none."""
    if isinstance(node.value, dict) and "python" in node.value:
        look.refuse_others(node.value, ("python",), "code")
    inner = node.value.get("python") if isinstance(node.value, dict) else node
    return inner.value if inner is not None and isinstance(inner.value, str) else None


def function_of(node: ast.expr, functions: Functions) -> tuple[str, ast.expr]:
    """Return the parameter of a function, and what it returns; of an expression no parameter.

    Raises:
        NoEquivalentError: it does more, or is not in the file.

    """
    named = functions.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Name) and named is None:
        raise NoEquivalentError(f"the function '{clean(node.id, 40)}' is not in the file; code is not run")
    if named is None and not isinstance(node, ast.Lambda):
        return "", node
    parameter, body, given = python_values.returned(named or node)  # type: ignore[arg-type] # a lambda, if not a name
    return parameter, python_binding.put(body, given)


def condition(node: ast.expr, functions: Functions) -> Spoken:
    """Return what a condition says in SQL.

    Raises:
        NoEquivalentError: it says more than is understood.

    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Spoken(node.value)
    parameter, body = function_of(node, functions)
    return python_sql.Function(parameter, body, None, {}).spoken()


def where(node: ast.expr, functions: Functions) -> str:
    """Return the condition on the rows that a function leaves of a table, in SQL.

    Raises:
        NoEquivalentError: it does more than leave out rows.

    """
    parameter, body = function_of(node, functions)
    parts: list[str] = []
    while not (isinstance(body, ast.Name) and body.id == parameter):
        match body:
            case ast.Call(func=ast.Attribute(value=of, attr=method), args=[_, *_] as masks, keywords=[]) if (
                method in FILTERS
            ):
                parts = [*(_said(parameter, mask) for mask in masks), *parts]
            case ast.Call(func=ast.Attribute(value=of, attr="query"), args=[ast.Constant(value=str() as text)]):
                parts.insert(0, conditions.pandas(text))
            case ast.Call(func=ast.Attribute(value=of, attr="dropna" | "drop_nulls"), args=args, keywords=more):
                parts.insert(0, _present(args, more))
            case (
                ast.Subscript(value=ast.Attribute(value=of, attr="loc"), slice=mask)
                | ast.Subscript(value=of, slice=mask)
            ) if isinstance(mask, (ast.Compare, ast.BinOp, ast.UnaryOp, ast.Call)):
                parts.insert(0, _said(parameter, mask))
            case ast.Call(func=ast.Attribute(value=of, attr=method)) if method in KEPT:
                pass
            case _:
                raise NoEquivalentError(f"'{python_values.written(body)}' is code that does more than leave out rows")
        body = of
    if not parts:
        raise NoEquivalentError("it leaves out no rows")
    return parts[0] if len(parts) == 1 else sql.both(*parts)


def _said(parameter: str, mask: ast.expr) -> str:
    if isinstance(mask, ast.Constant) and isinstance(mask.value, str):
        return mask.value
    spoken = python_sql.Function(parameter, mask, None, {}).spoken()
    if spoken.of_all:
        raise NoEquivalentError("its filter is of all rows; code is not run")
    return spoken.text


def _present(args: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> str:
    given = [*args, *(one.value for one in keywords if one.arg == "subset")]
    if len(given) != 1 or len(keywords) > 1:
        raise NoEquivalentError("which columns must not be missing is not said")
    names = look.texts(python_values.value(given[0]), "subset")
    return sql.both(*(f"{sql.identifier(name)} IS NOT NULL" for name in names))


def node(text: str, like: ast.expr) -> Node:
    """Return a text at the place of code."""
    return Node(text, Mark(getattr(like, "lineno", 1), getattr(like, "col_offset", 0) + 1), {}, text)
