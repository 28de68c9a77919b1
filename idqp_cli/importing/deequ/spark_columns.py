"""Columns of Spark as SQL: `F.trim("a")` in Python code, and expressions in the place of the name of a column."""

from __future__ import annotations

import ast
import re

from idqp_cli.core import sql
from idqp_cli.importing import python_values
from idqp_cli.importing.row_checks import COMMON, Failing
from idqp_cli.importing.values import Keys, NoEquivalentError

# A name that columns do not have, in the place of an expression.
PLACE = "the value of an expression"
NAME = re.compile(r"[^().'\"\[\]`+*/=<>]+|`[^`]+`")
DEEPEST = 20
# Functions whose texts are all columns; of the others only the first is one.
OF_COLUMNS = frozenset({"coalesce", "concat", "greatest", "least", "struct", "array", "nvl", "ifnull"})
CASTS = {"int": "INT", "integer": "INT", "long": "BIGINT", "bigint": "BIGINT", "double": "DOUBLE", "float": "FLOAT",
         "string": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}  # fmt: skip
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.BitAnd: "AND", ast.BitOr: "OR",
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
TESTS = {"isNull": "IS NULL", "isNotNull": "IS NOT NULL"}


def is_name(written: str) -> bool:
    """Tell whether a text is the name of a column, and not an expression."""
    return NAME.fullmatch(written.strip()) is not None


def name_of(written: str) -> str:
    """Return the name of a column without the quotes of Spark."""
    return written.strip().strip("`")


def of_expression(check: Keys | Failing, expression: str) -> Keys:
    """Return the rule of a check of a value that is an expression, and no column.

    Raises:
        NoEquivalentError: the check is no condition on a row.

    """
    if not isinstance(check, Failing) or not check.condition:
        raise NoEquivalentError(f"of '{expression}', which is no column, it has no equivalent")
    condition = check.condition.replace(sql.identifier(PLACE), f"({expression})")
    kept = {key: value for key, value in check.keys.items() if key in {*COMMON, "where"}}
    return {"type": "expression", "expression": f"NOT ({condition})", **kept}


def spoken(node: ast.expr) -> str | None:
    """Return a column in Python code of Spark as SQL; None where it is something else."""
    try:
        return _said(node, 0) if _is_column(node) else None
    except NoEquivalentError:
        return None


def _is_column(node: ast.expr) -> bool:
    """Tell whether code makes a column: a call of `F.…`, or of `col(…)` and the like."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="F" | "f" | "sf" | "fn" | "functions"))):
                return True
            case ast.Call(func=ast.Name(id="col" | "column" | "expr")):
                return True
    return False


def _said(node: ast.expr, depth: int, *, literal: bool = False) -> str:
    if depth > DEEPEST:
        raise NoEquivalentError("it is nested too deep")
    match node:
        case ast.Constant(value=str() as text):
            return sql.literal(text) if literal else text
        case ast.Constant(value=bool() | int() | float() as value):
            return sql.literal(value)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
            return f"({_said(left, depth + 1)} {SIGNS[type(sign)]} {_said(right, depth + 1, literal=True)})"
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in SIGNS:
            return f"({_said(left, depth + 1)} {SIGNS[type(sign)]} {_said(right, depth + 1, literal=True)})"
        case ast.UnaryOp(op=ast.Invert(), operand=inner):
            return f"(NOT {_said(inner, depth + 1)})"
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"-{_said(inner, depth + 1)}"
        case ast.Call(func=ast.Attribute(value=ast.Call() | ast.BinOp() as of, attr=method), args=args, keywords=[]):
            return _method(of, method, args, depth)
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr=name) | ast.Name(id="col" | "expr" | "lit" as name)):
            return _function(name, node.args, depth)
    raise NoEquivalentError(f"'{python_values.written(node)}' is not understood")


def _function(name: str, args: list[ast.expr], depth: int) -> str:
    match name, args:
        case "col" | "column" | "expr", [ast.Constant(value=str() as text)]:
            return text
        case "lit", [inner]:
            return _said(inner, depth + 1, literal=True)
    said = [_said(one, depth + 1, literal=at > 0 and name not in OF_COLUMNS) for at, one in enumerate(args)]
    return f"{name}({', '.join(said)})"


def _method(of: ast.expr, method: str, args: list[ast.expr], depth: int) -> str:
    column = _said(of, depth + 1)
    match method, args:
        case "getField" | "getItem", [ast.Constant(value=str() as field)]:
            return f"{column}.{field}"
        case "cast" | "astype", [ast.Constant(value=str() as kind)] if kind.lower() in CASTS:
            return f"CAST({column} AS {CASTS[kind.lower()]})"
        case "isNull" | "isNotNull", []:
            return f"({column} {TESTS[method]})"
        case "isin", [ast.List(elts=items)]:
            return f"({column} IN ({', '.join(_said(one, depth + 1, literal=True) for one in items)}))"
        case "between", [low, high]:
            return (
                f"({column} BETWEEN {_said(low, depth + 1, literal=True)} AND {_said(high, depth + 1, literal=True)})"
            )
        case "alias", [_]:
            return column
    raise NoEquivalentError(f"the method '{method}' of a column is not known")
