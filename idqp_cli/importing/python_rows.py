"""Which rows an aggregate in Python code of others is of: those for which a condition holds, or each group of rows."""

from __future__ import annotations

import ast

from idqp_cli.core.frozen import frozen

# What changes nothing that a condition on a group would see.
HARMLESS = frozenset({"observed", "sort", "as_index"})


@frozen
class Chosen:
    """A column of some rows of a table: of those for which `mask` holds, and of each group that `groups` tell apart.

    Without a column it is the rows themselves.
    """

    column: ast.expr | None
    groups: tuple[str, ...] = ()
    mask: ast.expr | None = None


def chosen(node: ast.expr, table: str) -> Chosen | None:
    """Return what code chooses of the table with a name; None where it is neither a part of its rows nor groups."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="loc"), slice=ast.Tuple(elts=[mask, of])):
            return _masked(table, mask, of) if name == table else None
        case ast.Subscript(value=inner, slice=ast.Constant(value=str() as column)):
            of = ast.Constant(column)
        case ast.Attribute(value=inner, attr=column):
            of = ast.Constant(column)
        case _:
            groups = _groups(node, table)
            return Chosen(None, groups) if groups else None
    groups = _groups(inner, table)
    if groups:
        return Chosen(_column(table, of, node), groups)
    match inner:
        case ast.Subscript(value=ast.Name(id=name), slice=mask) if name == table:
            return _masked(table, mask, of)
    return None


def _masked(table: str, mask: ast.expr, of: ast.expr) -> Chosen | None:
    is_condition = isinstance(mask, (ast.Compare, ast.BinOp, ast.UnaryOp, ast.Call))
    if not is_condition or not isinstance(of, ast.Constant) or not isinstance(of.value, str):
        return None
    return Chosen(_column(table, of, mask), (), mask)


def _column(table: str, name: ast.expr, like: ast.expr) -> ast.expr:
    made = ast.Subscript(ast.Name(table, ast.Load()), name, ast.Load())
    return ast.fix_missing_locations(ast.copy_location(made, like))


def _groups(node: ast.expr, table: str) -> tuple[str, ...]:
    """Return the columns of `table.groupby(…)`; none where it is something else, or names no columns."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="groupby"), args=[by], keywords=more) if (
            name == table and all(one.arg in HARMLESS for one in more)
        ):
            listed = by.elts if isinstance(by, (ast.List, ast.Tuple)) else [by]
            names = [one.value for one in listed if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            return tuple(names) if len(names) == len(listed) else ()
    return ()
