"""Conditions in Python code of others as SQL: comparisons, arithmetic, and methods of pandas, polars and texts.

Nothing of the code is run. What is not known is refused, with the code in the message.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NoReturn

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_methods, python_rows, python_values
from idqp_cli.importing.python_methods import AGGREGATES, ARITHMETIC, Call
from idqp_cli.importing.values import NoEquivalentError

SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "=", ast.NotEq: "<>",
}  # fmt: skip
NOTHING = frozenset(
    {"astype", "to_numpy", "copy", "select", "alias", "all", "to_series", "lazyframe", "values", "fillna"}
)
KEPT = NOTHING - {"astype", "fillna"}


@frozen
class Spoken:
    """What a piece of code says in SQL, and the columns that it names.

    With `of_all` it is one value for all rows, or of each of the groups that `groups` are the columns of; with
    `tests_nulls` it speaks of missing cells.
    """

    text: str
    columns: frozenset[str] = frozenset()
    of_all: bool = False
    tests_nulls: bool = False
    groups: tuple[str, ...] = ()


@frozen
class Function:
    """A function with one parameter: a column or, where `column` is None, the table; `single`: a value or row of it.

    With `bare` the columns are names, as in R.
    """

    parameter: str
    body: ast.expr
    column: str | None
    known: Mapping[str, ast.expr]
    single: bool = False
    bare: bool = False

    def spoken(self) -> Spoken:
        """Return what it says of a row, or of all rows.

        Raises:
            NoEquivalentError: a part of it is not known.

        """
        if isinstance(self.body, ast.Constant):
            raise NoEquivalentError(f"it always returns {self.body.value!r}")
        teller = _Teller(self)
        text = teller.said(self.body)
        if teller.of_all and teller.of_rows:
            raise NoEquivalentError("it compares a row with all rows; code is not run")
        if len(teller.groups) > 1:
            raise NoEquivalentError("it compares groups with other rows; code is not run")
        groups = next(iter(teller.groups), ())
        return Spoken(text, frozenset(teller.columns), teller.of_all, teller.tests_nulls, groups)


class _Teller:
    """Says one function in SQL."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.columns: set[str] = set()
        self.groups: set[tuple[str, ...]] = set()
        self.of_all = self.of_rows = self.tests_nulls = False
        self.aggregating = False
        self.following: list[str] = []
        # As in pandas; where there is no parameter, it is an expression of polars or R, whose NULL is as in SQL.
        self.two_valued = function.column is None and bool(function.parameter)

    def said(self, node: ast.expr) -> str:
        """Return an expression in SQL, in parentheses where it needs them."""
        name = self._column(node)
        if name is not None:
            self.columns.add(name)
            self.of_rows = self.of_rows or not self.aggregating
            return sql.identifier(name)
        match node:
            case ast.Name(id=known) if known in self.function.known and known not in self.following:
                self.following.append(known)
                text = self.said(self.function.known[known])
                self.following.pop()
                return text
            case ast.Constant(value=bool() | int() | float() | str() as value):
                return sql.literal(value)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return f"(-{self.said(inner)})"
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=inner):
                return f"(NOT {self.said(inner)})"
            case ast.BoolOp(op=kind, values=values):
                word = " AND " if isinstance(kind, ast.And) else " OR "
                return f"({word.join(self.said(one) for one in values)})"
            case ast.BinOp(left=ast.Constant(value=str())) | ast.BinOp(right=ast.Constant(value=str())):
                _refuse(node)
            case ast.BinOp(op=operator, left=left, right=right) if type(operator) in ARITHMETIC:
                return f"({ARITHMETIC[type(operator)].format(self.said(left), self.said(right))})"
            case ast.Compare():
                return self._compared(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return f"(CASE WHEN {self.said(test)} THEN {self.said(body)} ELSE {self.said(orelse)} END)"
            case ast.Call():
                return python_methods.interval(node) or self._called(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript(value=ast.Attribute(value=inner, attr="shape"), slice=ast.Constant(value=0)):
                return self._size(inner)
            case ast.Subscript(value=ast.Attribute(value=inner, attr="str"), slice=part):
                return self._part(node, inner, part)
            case ast.Subscript(value=inner, slice=ast.Slice() as part) if self.function.single:
                return self._part(node, inner, part)
        return _refuse(node)

    def _column(self, node: ast.expr) -> str | None:
        """Return the column that an expression is; None if it is none."""
        own, parameter = self.function.column, self.function.parameter
        match node:
            case ast.Name(id=name) if name == parameter and own is not None:
                return own
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as column)) if name == parameter:
                return column if own is None else None
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=named)) if name == parameter and own is None:
                constant = self.function.known.get(named)
                return (
                    constant.value if isinstance(constant, ast.Constant) and isinstance(constant.value, str) else None
                )
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Attribute(value=ast.Name(), attr=column)) if (
                name == parameter and own is None
            ):
                return column
            case ast.Attribute(value=ast.Name(id=name), attr=column) if name == parameter and own is None:
                return None if column in {"shape", "index", "columns", "empty", "lazyframe"} else column
            case ast.Name(id=name) if self.function.bare:
                return name
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="pl" | "polars" | "pb" | "nw"), attr=word), args=[named]
            ):
                return self._of_polars(named) if word in {"col", "expr_col"} else None
        return None

    def _of_polars(self, named: ast.expr) -> str | None:
        match named:
            case ast.Constant(value=str() as column) if column != "*":
                return column
            case ast.Constant(value="*") | ast.Attribute(attr="key"):
                return self.function.column
        return None

    def _compared(self, node: ast.Compare) -> str:
        parts = []
        for left, sign, right in zip((node.left, *node.comparators), node.ops, node.comparators, strict=False):
            match sign:
                case ast.In() | ast.NotIn():
                    word = "IN" if isinstance(sign, ast.In) else "NOT IN"
                    parts.append(f"{self.said(left)} {word} ({self._listed(right)})")
                case ast.Is() | ast.IsNot() if isinstance(right, ast.Constant) and right.value is None:
                    self.tests_nulls = True
                    parts.append(f"{self.said(left)} IS {'NOT ' if isinstance(sign, ast.IsNot) else ''}NULL")
                case _ if type(sign) in SIGNS:
                    parts.append(f"{self.said(left)} {SIGNS[type(sign)]} {self.said(right)}")
                case _:
                    _refuse(node)
        if not self.two_valued:
            return f"({' AND '.join(parts)})"
        # A comparison with a missing value is false, and that it is unequal is true.
        return sql.both(*(f"coalesce({part}, {'true' if ' <> ' in part else 'false'})" for part in parts))

    def _listed(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name) and node.id in self.function.known:
            node = self.function.known[node.id]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "listed":
            node = ast.copy_location(ast.List(node.args, ast.Load()), node)
        listed = python_values.value(node)
        items = listed.value if isinstance(listed.value, tuple) else ()
        if not items or any(not _plain(one) for one in items):
            _refuse(node)
        return sql.listing(one.value for one in items if isinstance(one.value, (bool, int, float, str)))

    def _called(self, node: ast.Call) -> str:
        named = {one.arg: one.value for one in node.keywords if one.arg is not None}
        if isinstance(node.func, ast.Name):
            return self._function(node, node.func.id)
        if not isinstance(node.func, ast.Attribute):
            _refuse(node)
        method, of = node.func.attr, node.func.value
        if isinstance(of, ast.Name) and of.id in python_methods.MODULES and of.id != self.function.parameter:
            return self._of_module(node, f"{python_methods.MODULES[of.id]}.{method}")
        match of:
            case ast.Attribute(value=ast.Name(id=name), attr=clock) if (
                clock in python_methods.CLOCKS and name in python_methods.MODULES and name != self.function.parameter
            ):
                return self._of_module(node, f"{clock}.{method}")
        if method == "size" and not node.args:
            return self._size(of)
        if method in AGGREGATES and not node.args:
            return AGGREGATES[method].format(self._of_all(of))
        if method in KEPT:
            return self.said(node.args[0] if method == "select" and node.args else of)
        group = of.attr if isinstance(of, ast.Attribute) and of.attr in python_methods.GROUPS else ""
        inner = of.value if group and isinstance(of, ast.Attribute) else of
        if method in python_methods.LISTS and len(node.args) == 1:
            listed = f"({self.said(inner)} IN ({self._listed(node.args[0])}))"
            return f"coalesce({listed}, false)" if self.two_valued else listed
        self.tests_nulls = self.tests_nulls or method in python_methods.OF_NULLS
        constants = {key: one.value for key, one in named.items() if isinstance(one, ast.Constant)}
        told = {key: self.said(one) for key, one in named.items() if key not in constants or key in {"left", "right"}}
        call = Call(self.said(inner), tuple(self.said(one) for one in node.args), constants, told)
        made = python_methods.written(f"{group}.{method}".lstrip("."), call)
        if made is not None and self.two_valued and method in python_methods.CONDITIONS:
            return f"coalesce({made}, {'true' if method == 'ne' else 'false'})"
        return made if made is not None else _refuse(node)

    def _part(self, node: ast.expr, of: ast.expr, place: ast.expr) -> str:
        made = python_methods.part(f"CAST({self.said(of)} AS VARCHAR)", place)
        return made if made is not None else _refuse(node)

    def _of_all(self, node: ast.expr) -> str:
        """Return what an aggregate is of."""
        if self.aggregating:
            _refuse(node)
        chosen = self._chosen(node)
        self.of_all = self.aggregating = True
        text = self.said(node if chosen is None or chosen.column is None else chosen.column)
        if chosen is not None and chosen.mask is not None:
            text = f"CASE WHEN {self.said(chosen.mask)} THEN {text} END"
        self.groups.add(() if chosen is None else chosen.groups)
        self.aggregating = False
        return text

    def _chosen(self, node: ast.expr) -> python_rows.Chosen | None:
        own = self.function
        return python_rows.chosen(node, own.parameter) if own.column is None and own.parameter else None

    def _function(self, node: ast.Call, name: str) -> str:
        if name == python_values.TRIED:
            # A text that is no number fails; what is missing is not looked at.
            self.tests_nulls = True
            return f"coalesce({self.said(node.args[0]).replace('CAST(', 'TRY_CAST(')}, false)"
        if name == "len" and len(node.args) == 1 and not self.function.single and self._is_all(node.args[0]):
            return self._size(node.args[0])
        made = python_methods.written(f"{name}()", Call("", tuple(self.said(one) for one in node.args), {}, {}))
        return made if made is not None else _refuse(node)

    def _of_module(self, node: ast.Call, name: str) -> str:
        made = python_methods.written(name, Call("", tuple(self.said(one) for one in node.args), {}, {}))
        return made if made is not None else _refuse(node)

    def _is_all(self, node: ast.expr) -> bool:
        return self._is_table(node) or self._column(node) is not None

    def _is_table(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self.function.parameter and self.function.column is None

    def _size(self, node: ast.expr) -> str:
        chosen = self._chosen(node)
        if not self._is_all(node) and (chosen is None or chosen.mask is not None):
            _refuse(node)
        self.of_all = True
        self.groups.add(() if chosen is None else chosen.groups)
        return "count(*)"

    def _attribute(self, node: ast.Attribute) -> str:
        if node.attr in {"empty", "size"} and self._is_all(node.value):
            return f"({self._size(node.value)} = 0)" if node.attr == "empty" else self._size(node.value)
        if node.attr == "is_unique":
            return "(count({0}) = count(DISTINCT {0}))".format(self._of_all(node.value))
        if node.attr in KEPT:
            return self.said(node.value)
        group = isinstance(node.value, ast.Attribute) and node.value.attr == "dt"
        inner = node.value.value if group and isinstance(node.value, ast.Attribute) else node.value
        if node.attr in python_methods.PARTS:
            return f"{python_methods.PARTS[node.attr]}({self.said(inner)})"
        return _refuse(node)


def _plain(node: Node) -> bool:
    return isinstance(node.value, (bool, int, float, str))


def _refuse(node: ast.AST) -> NoReturn:
    raise NoEquivalentError(f"'{python_values.written(node)}' is code; code is not run")
