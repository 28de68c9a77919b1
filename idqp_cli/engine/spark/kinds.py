"""What kind of value an expression has, as far as that is plain; pure."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

INTEGER, FLOAT, DECIMAL, TEXT, BOOLEAN, DATE, TIMESTAMP = (
    "integer", "float", "decimal", "text", "boolean", "date", "timestamp",
)  # fmt: skip
TIMES = frozenset({DATE, TIMESTAMP})
OF_TYPES = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT", "INT128"), INTEGER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UINT", "UBIGINT"), INTEGER),
    **dict.fromkeys(("DOUBLE", "FLOAT"), FLOAT),
    **dict.fromkeys(("VARCHAR", "TEXT", "STRING"), TEXT),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPNTZ"), TIMESTAMP),
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
}
COUNTED = (exp.Count, exp.CountIf, exp.Length, exp.Ascii, exp.IntDiv)
# Expressions that have the kind of their first part.
AS_THEIR_FIRST = (
    exp.Paren,
    exp.BitwiseAnd,
    exp.BitwiseRightShift,
    exp.Abs,
    exp.Neg,
    exp.Min,
    exp.Max,
    exp.Coalesce,
    exp.Nullif,
    exp.Lag,
    exp.Sum,
)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Mod)
TEXTS = (exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Replace, exp.Left, exp.Right, exp.DPipe, exp.Translate)


def kind_of(node: exp.Expr | None, types: Mapping[str, str]) -> str | None:
    """Return the kind of an expression; None where it is not plain. `types` are those of columns, by name."""
    match node:
        case exp.Column():
            return of_type(types.get(node.name.casefold(), ""))
        case exp.Literal():
            return TEXT if node.is_string else INTEGER if node.this.isdigit() else None
        case exp.Cast() | exp.TryCast():
            return of_type(node.args["to"].sql())
        case exp.Div():
            return FLOAT
        case exp.Case():
            found = {kind_of(branch.args["true"], types) for branch in node.args["ifs"]}
            return found.pop() if len(found) == 1 else None
        case _ if isinstance(node, COUNTED):
            return INTEGER
        case _ if isinstance(node, TEXTS):
            return TEXT
        case _ if isinstance(node, AS_THEIR_FIRST):
            return kind_of(node.this, types)
        case _ if isinstance(node, (*ARITHMETIC, exp.Greatest, exp.Least)):
            parts = node.expressions or [node.expression]
            found = {kind_of(part, types) for part in (node.this, *parts)}
            return FLOAT if FLOAT in found else found.pop() if len(found) == 1 else None
    return None


def of_type(name: str) -> str | None:
    """Return the kind of a type by its name in DuckDB or in Spark."""
    return DECIMAL if name.startswith("DECIMAL") else OF_TYPES.get(name)
