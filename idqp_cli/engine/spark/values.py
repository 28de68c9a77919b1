"""Single values in Spark's SQL: numbers, texts, times, patterns and types that it has otherwise; pure."""

from __future__ import annotations

from sqlglot import exp

from idqp_cli.engine.spark.kinds import FLOAT, INTEGER, TEXT, TIMES, kind_of
from idqp_cli.engine.spark.nodes import Types, UnsaidError, call, parsed, text_of, typed
from idqp_cli.engine.spark.patterns import ForeignPatternError, java

# Types by their names in DuckDB, as sqlglot reads them.
SPARK_TYPES = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INT", "BIGINT": "BIGINT",
    "INT128": "DECIMAL(38, 0)", "UTINYINT": "SMALLINT", "USMALLINT": "INT", "UINT": "BIGINT",
    "UBIGINT": "DECIMAL(20, 0)",
    "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "VARCHAR": "STRING", "TEXT": "STRING", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMPNTZ": "TIMESTAMP_NTZ", "TIMESTAMPTZ": "TIMESTAMP",
}  # fmt: skip

UNSIGNED = frozenset({"UTINYINT", "USMALLINT", "UINT", "UBIGINT"})


def _where_present(node: exp.Expr, condition: str) -> exp.Expr:
    """Return a condition on a value that is NULL where the value is: Spark's own say false there."""
    return parsed(f"CASE WHEN {text_of(node)} IS NOT NULL THEN {condition} END")


def not_a_number(node: exp.Expr, types: Types) -> exp.Expr:
    """Return `isnan`, which Spark has for floating-point numbers."""
    if kind_of(node.this, types) in {INTEGER, TEXT, *TIMES}:
        return _where_present(node.this, "false")
    return _where_present(node.this, f"isnan({text_of(node.this)})")


def infinite(value: exp.Expr, types: Types) -> exp.Expr:
    """Return `isinf`."""
    kind = kind_of(value, types)
    if kind in TIMES or kind == INTEGER:
        return _where_present(value, "false")
    if kind == FLOAT:
        return _where_present(value, f"abs({text_of(value)}) = CAST('Infinity' AS DOUBLE)")
    raise UnsaidError("isinf() of this type")


def finite(node: exp.Expr, types: Types) -> exp.Expr:
    """Return `isfinite`."""
    value = node.expressions[0]
    kind = kind_of(value, types)
    if kind in TIMES or kind == INTEGER:
        # Spark has no infinite dates.
        return _where_present(value, "true")
    if kind == FLOAT:
        number = text_of(value)
        return _where_present(value, f"NOT isnan({number}) AND abs({number}) <> CAST('Infinity' AS DOUBLE)")
    raise UnsaidError("isfinite() of this type")


def java_pattern(node: exp.Expr) -> str:
    """Return a pattern as Java reads it.

    Raises:
        UnsaidError: it is not a text, or Java reads a part of it in another way.

    """
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise UnsaidError("a pattern that is not a text")
    try:
        return java(node.this)
    except ForeignPatternError as error:
        raise UnsaidError(f"the part {error} of a pattern") from None


def full_match(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `regexp_full_match`."""
    if node.args.get("options") is not None:
        raise UnsaidError("options of a pattern")
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(f"^(?:{java_pattern(node.expression)})\\z"))


def match(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `regexp_matches`."""
    if node.args.get("flag") is not None:
        raise UnsaidError("options of a pattern")
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(java_pattern(node.expression)))


def cast(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a cast that gives the same value."""
    target, kind = node.args["to"], kind_of(node.this, types)
    if isinstance(node.this, exp.Columns):
        # Cells are made texts where they arrive.
        return exp.Star()
    if text_of(target) in {"TINYINT", "SMALLINT", "INT", "BIGINT"} and kind not in {INTEGER, TEXT, None}:
        # DuckDB rounds, Spark cuts off.
        raise UnsaidError("a cast of a fraction to an integer")
    return node


def kind(node: exp.Expr, _: Types) -> exp.Expr:
    """Return a type by its name in Spark."""
    if node.this == exp.DataType.Type.DECIMAL:
        return node
    given = node.this.value if isinstance(node.this, exp.DataType.Type) else str(node.this)
    name = SPARK_TYPES.get(given)
    if name is None or (isinstance(node.parent, exp.TryCast) and given in UNSIGNED):
        # A signed type in place of an unsigned one also reads what is below 0 or too large.
        raise UnsaidError(f"the type {node.sql()}")
    return typed(name)


def like(node: exp.Expr, _: Types) -> exp.Expr:
    """Return LIKE, whose escapes differ."""
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or "\\" in pattern.this:
        raise UnsaidError("LIKE with a backslash")
    return node


def whole(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `//`, the division of integers."""
    return parsed(f"({text_of(node.this)} div {text_of(node.expression)})")


def concatenated(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `||`, which is NULL where a part is."""
    if node.args.get("coalesce"):
        raise UnsaidError("concat()")
    return node


def microseconds(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `epoch_us`."""
    (value,) = node.expressions
    return call("unix_micros", exp.Cast(this=value, to=exp.DataType.build("TIMESTAMPTZ")))


def row(node: exp.Expr, _: Types) -> exp.Expr:
    """Return a row of values as a struct."""
    # Rows are compared by place, structs by the names of their fields, too.
    fields = (part for place, cell in enumerate(node.expressions) for part in (exp.Literal.string(f"c{place}"), cell))
    return call("named_struct", *fields)
