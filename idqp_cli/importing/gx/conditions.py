"""The `row_condition` of Great Expectations as SQL: the language of pandas, `col(…)`, and the mappings of 1.x."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Mapping

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_values, row_sql
from idqp_cli.importing.values import NoEquivalentError

COLUMN = re.compile(r"""col\(\s*["']([^"']+)["']\s*\)""")
SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
DEEPEST = 40
METHODS: Mapping[str, str] = {"is_in": "isin", "is_null": "isna", "is_not_null": "notna"}


def as_sql(node: Node, parser: str) -> str:
    """Return a condition on the rows as SQL.

    Raises:
        NoEquivalentError: it says more than is understood.

    """
    if isinstance(node.value, dict):
        return _mapped(node)
    text = look.text(node, "row_condition").strip()
    if parser == "spark":
        return text
    if parser.startswith("great_expectations") or "col(" in text:
        text = COLUMN.sub(lambda match: f"`{match[1]}`", text)
        text = re.sub(r"\.(notNull|notnull|is_not_null)\(\)", ".notna()", text)
        text = re.sub(r"\.(isNull|is_null)\(\)", ".isna()", text)
    return pandas(text)


def pandas(text: str) -> str:
    """Return a condition in the language of `DataFrame.query` as SQL."""
    names: list[str] = []

    def named(match: re.Match[str]) -> str:
        names.append(match[1])
        return f"__column_{len(names) - 1}"

    plain = re.sub(r"`([^`]+)`", named, text)
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoEquivalentError(f"the row_condition '{clean(text, 60)}' is not understood") from None
    return _Translated(names).condition(tree, 0)


def of_columns(node: ast.expr) -> str:
    """Return a condition that code builds of columns, `(Column("a") > 1) & Column("b").is_null()`, as SQL.

    Raises:
        NoEquivalentError: it says more than is understood.

    """
    naming = _Naming()
    made = naming.visit(copy.deepcopy(node))
    if not naming.names:
        raise NoEquivalentError(f"'{python_values.written(node)}' is not a constant; code is not run")
    return _Translated(naming.names).condition(made, 0)


class _Naming(ast.NodeTransformer):
    """Puts names in the place of columns, and the methods of pandas in that of those that columns have."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Call(args=[ast.Constant(value=str() as name)]) if python_values.called(node) in {"Column", "col"}:
                self.names.append(name)
                return ast.Name(f"__column_{len(self.names) - 1}", ast.Load())
            case ast.Call(func=ast.Attribute(value=of, attr="is_not_in"), args=args):
                inside = ast.Call(ast.Attribute(of, "isin", ast.Load()), args, [])
                return ast.UnaryOp(ast.Not(), inside)
            case ast.Call(func=ast.Attribute(value=of, attr=method)) if method in METHODS:
                return ast.Call(ast.Attribute(of, METHODS[method], ast.Load()), node.args, [])
        return node


class _Translated:
    """An expression of pandas as SQL."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def condition(self, node: ast.expr, depth: int) -> str:
        if depth > DEEPEST:
            raise NoEquivalentError("the row_condition is nested too deep")
        match node:
            case ast.BoolOp(op=sign, values=values):
                word = " AND " if isinstance(sign, ast.And) else " OR "
                return word.join(f"({self.condition(value, depth + 1)})" for value in values)
            case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr() as sign, right=right):
                return self._joined(left, sign, right, depth)
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
                return f"NOT ({self.condition(operand, depth + 1)})"
            case ast.Compare(left=left, ops=signs, comparators=rights):
                return self._compared(left, signs, rights, depth)
            case ast.Call(func=ast.Attribute(value=inner, attr="isna" | "isnull"), args=[]):
                return f"{self.value(inner, depth)} IS NULL"
            case ast.Call(func=ast.Attribute(value=inner, attr="notna" | "notnull"), args=[]):
                return f"{self.value(inner, depth)} IS NOT NULL"
            case ast.Call(func=ast.Attribute(value=inner, attr="isin"), args=[ast.List() | ast.Tuple() as listed]):
                inside = ", ".join(self.value(elt, depth) for elt in listed.elts)
                return f"coalesce({self.value(inner, depth)} IN ({inside}), false)"
            case ast.Name():
                return self.value(node, depth)
        raise NoEquivalentError(f"'{python_values.written(node)}' in the row_condition is not understood")

    def _joined(self, left: ast.expr, sign: ast.operator, right: ast.expr, depth: int) -> str:
        word = "AND" if isinstance(sign, ast.BitAnd) else "OR"
        return f"({self.condition(left, depth + 1)}) {word} ({self.condition(right, depth + 1)})"

    def _compared(self, left: ast.expr, signs: list[ast.cmpop], rights: list[ast.expr], depth: int) -> str:
        parts = []
        for sign, right in zip(signs, rights, strict=True):
            if isinstance(sign, (ast.In, ast.NotIn)) and isinstance(right, (ast.List, ast.Tuple, ast.Set)):
                listed = ", ".join(self.value(elt, depth) for elt in right.elts)
                condition = f"coalesce({self.value(left, depth)} IN ({listed}), false)"
                parts.append(f"NOT {condition}" if isinstance(sign, ast.NotIn) else condition)
            elif type(sign) in SIGNS:
                word = SIGNS[type(sign)]
                # As in pandas a missing cell is unequal to everything.
                word = "IS DISTINCT FROM" if word == "<>" else word
                parts.append(f"{self.value(left, depth)} {word} {self.value(right, depth)}")
            else:
                raise NoEquivalentError("a comparison in the row_condition is not understood")
            left = right
        return " AND ".join(parts)

    def value(self, node: ast.expr, depth: int) -> str:
        match node:
            case ast.Name(id=name):
                place = re.fullmatch(r"__column_(\d+)", name)
                return sql.identifier(self.names[int(place[1])] if place else name)
            case ast.Constant(value=bool() | int() | str() as constant):
                return sql.literal(constant)
            case ast.Constant(value=float() as constant):
                return repr(constant)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as constant)):
                return f"-{constant!r}"
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as sign, right=right) if (
                depth < DEEPEST
            ):
                word = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(sign)]
                return f"({self.value(left, depth + 1)} {word} {self.value(right, depth + 1)})"
        raise NoEquivalentError(f"'{python_values.written(node)}' in the row_condition is not understood")


WORDS: Mapping[str, str] = {
    "==": "=", "eq": "=", "!=": "<>", "ne": "<>", "<": "<", "lt": "<", "<=": "<=", "le": "<=", ">": ">", "gt": ">",
    ">=": ">=", "ge": ">=",
}  # fmt: skip


KEYS = ("type", "condition_type", "column", "operator", "parameter", "is_null", "conditions", "other_column")


def _mapped(node: Node, depth: int = 0) -> str:
    """Return a condition that is a mapping, as 1.x writes it."""
    given = look.mapping(node, "row_condition")
    look.refuse_others(given, KEYS, "the row_condition")
    told = given.get("type", given.get("condition_type"))
    kind = look.text(told, "type") if told is not None else "comparison"
    if depth > DEEPEST:
        raise NoEquivalentError("the row_condition is nested too deep")
    if kind in {"and", "or"}:
        parts = [
            f"({_mapped(condition, depth + 1)})" for condition in look.items(given.get("conditions"), "conditions")
        ]
        return f" {kind.upper()} ".join(parts)
    name = _name(given.get("column"))
    column = sql.identifier(name)
    if kind in {"nullity", "null"}:
        return f"{column} IS {'' if look.flag(given.get('is_null'), 'is_null') else 'NOT '}NULL"
    word = look.text(given.get("operator"), "operator").lower()
    if word in {"in", "not_in", "not in"}:
        listed = row_sql.listed(name, look.values(given.get("parameter"), "parameter"))
        return listed if word == "in" else f"NOT ({listed})"
    if word not in WORDS:
        raise NoEquivalentError(f"the operator '{clean(word, 20)}' is not known")
    if kind == "column_comparison":
        return f"{column} {WORDS[word]} {sql.identifier(_name(given.get('other_column')))}"
    return f"{column} {WORDS[word]} {sql.literal(look.value(given.get('parameter'), 'parameter'))}"


def _name(node: Node | None) -> str:
    """Return the name of a column, which may be a mapping with it."""
    if node is not None and isinstance(node.value, dict):
        look.refuse_others(look.mapping(node, "column"), ("name",), "the column of the row_condition")
        node = node.value.get("name")
    return look.text(node, "column")
