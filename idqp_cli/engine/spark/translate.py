"""The SQL of rules, in DuckDB's words, as Spark's; pure.

What is said here is what means the same on both engines, node by node: any other
construct or function is refused, so that a rule is not evaluated rather than
judged by another meaning. sqlglot reads and writes; what it lacks is rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from idqp_cli.engine.spark.kinds import DATE, DECIMAL, FLOAT, INTEGER, TEXT, TIMES, TIMESTAMP, kind_of, of_type
from idqp_cli.engine.spark.patterns import ForeignPatternError, java
from idqp_cli.engine.statements import RETURNED

RETURNED_NAME = RETURNED.strip('"')
Types = Mapping[str, str]

# Nodes that mean the same, with what they may hold checked below.
SAME = (
    exp.From, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Subquery, exp.Table,
    exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Star, exp.Paren,
    exp.And, exp.Or, exp.Not, exp.Is, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.Between,
    exp.In, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs,
    exp.Count, exp.CountIf, exp.Filter, exp.Distinct, exp.CTE, exp.Join,
    exp.Window, exp.Lag, exp.Greatest, exp.Least, exp.Length, exp.Lower, exp.Upper, exp.Substring, exp.Replace,
    exp.Left, exp.Right, exp.Contains, exp.StartsWith, exp.DPipe, exp.Ascii, exp.StddevSamp, exp.StddevPop,
    exp.Variance, exp.VariancePop, exp.Floor, exp.Ceil, exp.Union, exp.Tuple, exp.Trim, exp.BitwiseAnd,
    exp.BitwiseRightShift, exp.Var, exp.Exists,
)  # fmt: skip
# Types by their names in DuckDB, as sqlglot reads them.
SPARK_TYPES = {
    "BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INT", "BIGINT": "BIGINT",
    "INT128": "DECIMAL(38, 0)", "UTINYINT": "SMALLINT", "USMALLINT": "INT", "UINT": "BIGINT",
    "UBIGINT": "DECIMAL(20, 0)",
    "FLOAT": "FLOAT", "DOUBLE": "DOUBLE", "VARCHAR": "STRING", "TEXT": "STRING", "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMPNTZ": "TIMESTAMP_NTZ", "TIMESTAMPTZ": "TIMESTAMP",
}  # fmt: skip


# Kinds of values whose casts are the same on both engines.
EXACT_CASTS = frozenset({(INTEGER, FLOAT), (INTEGER, DECIMAL), (INTEGER, TEXT), (DATE, TEXT), (DATE, TIMESTAMP)})


class UnsaidError(Exception):
    """A statement that has no equal on Spark; the text says which part, in words that hold no data."""


def spark(statement: str, types: Types, *, written: bool = False) -> str:
    """Return a SELECT of DuckDB's as one of Spark's; `types` are those of the columns that are known, by name.

    Of SQL that a person has `written` casts are refused, where the engines read values in different ways.

    Raises:
        UnsaidError: a part of it is not known to mean the same.

    """
    try:
        tree = sqlglot.parse_one(statement, read="duckdb")
    except SqlglotError:
        raise UnsaidError("the statement") from None
    if written and (cast := next(filter(_uncertain(types), tree.find_all(exp.Cast, exp.TryCast)), None)) is not None:
        raise UnsaidError(f"a cast to {cast.args['to'].sql()}")
    # From the leaves upwards, so that what is rewritten holds what was rewritten before.
    for node in reversed(list(tree.walk())):
        said = _said(node, types)
        if said is not node:
            if node is tree:
                tree = said
            else:
                node.replace(said)
    return tree.sql(dialect="spark")


def _uncertain(types: Types) -> Callable[[exp.Expr], bool]:
    """Return what tells whether a cast may give another value on Spark."""

    def tells(cast: exp.Expr) -> bool:
        if isinstance(cast.this, exp.Literal):
            return False
        source, target = kind_of(cast.this, types), of_type(cast.args["to"].sql())
        return source is None or (source != target and (source, target) not in EXACT_CASTS)

    return tells


def _said(node: exp.Expr, types: Types) -> exp.Expr:
    rewritten = REWRITES.get(type(node))
    if rewritten is not None:
        return rewritten(node, types)
    if isinstance(node, exp.Anonymous):
        by_name = FUNCTIONS.get(node.name.lower())
        if by_name is None:
            raise UnsaidError(f"{node.name.lower()}()")
        return by_name(node, types)
    if not isinstance(node, SAME):
        raise UnsaidError(node.key)
    return node


def _build(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="spark")


def _parsed(text: str) -> exp.Expr:
    return sqlglot.parse_one(text, read="spark")


def _text(node: exp.Expr) -> str:
    return node.sql(dialect="spark")


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _where_present(node: exp.Expr, condition: str) -> exp.Expr:
    """Return a condition on a value that is NULL where the value is: Spark's own say false there."""
    return _parsed(f"CASE WHEN {_text(node)} IS NOT NULL THEN {condition} END")


def _not_a_number(node: exp.Expr, types: Types) -> exp.Expr:
    if kind_of(node.this, types) in {INTEGER, TEXT, *TIMES}:
        return _where_present(node.this, "false")
    return _where_present(node.this, f"isnan({_text(node.this)})")


def _infinite(value: exp.Expr, types: Types) -> exp.Expr:
    kind = kind_of(value, types)
    if kind in TIMES or kind == INTEGER:
        return _where_present(value, "false")
    if kind == FLOAT:
        return _where_present(value, f"abs({_text(value)}) = CAST('Infinity' AS DOUBLE)")
    raise UnsaidError("isinf() of this type")


def _finite(node: exp.Expr, types: Types) -> exp.Expr:
    value = node.expressions[0]
    kind = kind_of(value, types)
    if kind in TIMES or kind == INTEGER:
        # Spark has no infinite dates.
        return _where_present(value, "true")
    if kind == FLOAT:
        number = _text(value)
        return _where_present(value, f"NOT isnan({number}) AND abs({number}) <> CAST('Infinity' AS DOUBLE)")
    raise UnsaidError("isfinite() of this type")


def _pattern(node: exp.Expr) -> str:
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise UnsaidError("a pattern that is not a text")
    try:
        return java(node.this)
    except ForeignPatternError as error:
        raise UnsaidError(f"the part {error} of a pattern") from None


def _full_match(node: exp.Expr, _: Types) -> exp.Expr:
    if node.args.get("options") is not None:
        raise UnsaidError("options of a pattern")
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(f"^(?:{_pattern(node.expression)})\\z"))


def _match(node: exp.Expr, _: Types) -> exp.Expr:
    if node.args.get("flag") is not None:
        raise UnsaidError("options of a pattern")
    return exp.RegexpLike(this=node.this, expression=exp.Literal.string(_pattern(node.expression)))


def _quantile(node: exp.Expr, _: Types) -> exp.Expr:
    share = node.args.get("quantile") or node.expression
    if not isinstance(share, exp.Literal):
        raise UnsaidError("several quantiles at once")
    return _call("percentile", node.this, share)


def _median(node: exp.Expr, _: Types) -> exp.Expr:
    return _call("percentile", node.this, exp.Literal.number("0.5"))


def _sum(node: exp.Expr, types: Types) -> exp.Expr:
    # DuckDB adds integers in 128 bits, Spark in 64.
    if kind_of(node.this, types) in {FLOAT, DECIMAL} or isinstance(node.this, exp.Distinct):
        return node
    if kind_of(node.this, types) == INTEGER:
        return exp.Sum(this=exp.Cast(this=node.this, to=_build("DECIMAL(38, 0)")))
    return node


def _mean(node: exp.Expr, _: Types) -> exp.Expr:
    # Spark's average of decimals has four digits more than they have; DuckDB's is a DOUBLE.
    return exp.Avg(this=exp.Cast(this=node.this, to=exp.DataType.build("DOUBLE")))


def _least(node: exp.Expr, _: Types) -> exp.Expr:
    # With a number of rows it is for the SELECT that it stands in.
    return node if node.args.get("count") is not None else _call("min_by", node.this, node.expression)


def _select(node: exp.Expr, _: Types) -> exp.Expr:
    """Return a SELECT of the first failing rows of several rules as one subquery each.

    `arg_min(row, place, n)` would keep every failing row in memory; Spark finds the first of an order without.
    """
    if not isinstance(node, exp.Select):
        return node
    _join_keys(node)
    firsts = [item.this if isinstance(item, exp.Filter) else item for item in node.expressions]
    if not any(isinstance(first, exp.ArgMin) and first.args.get("count") is not None for first in firsts):
        return node
    if node.args.get("group") is not None:
        raise UnsaidError("arg_min() by group")
    listed = [_first_rows(node, item) for item in node.expressions]
    return _parsed(f"SELECT {', '.join(listed)}")


def _join_keys(select: exp.Select) -> None:
    """Look up keys of another table by a join: Spark has `IN (SELECT …)` where rows are filtered, and nowhere else."""
    looked_up = [
        node
        for item in select.expressions
        for node in item.find_all(exp.In)
        if node.args.get("query") is not None and _false_elsewhere(node) and node.find_ancestor(exp.Select) is select
    ]
    for number, node in enumerate(looked_up):
        keys = node.args["query"].unnest()
        name, table = f"idqp_key_{number}", f"idqp_keys_{number}"
        distinct = keys.copy()
        distinct.set("expressions", [_parsed(f"{_text(keys.expressions[0])} AS {name}")])
        distinct.set("distinct", exp.Distinct())
        on = _parsed(f"{_text(node.this)} = {table}.{name}")
        select.join(distinct, on=on, join_type="left", join_alias=table, copy=False)
        node.replace(_parsed(f"{table}.{name} IS NOT NULL"))


def _false_elsewhere(node: exp.Expr) -> bool:
    """Tell whether a condition that is unknown counts as false."""
    around = node.parent
    return isinstance(around, exp.Coalesce) and [part.sql() for part in around.expressions] == ["FALSE"]


def _first_rows(select: exp.Expr, item: exp.Expr) -> str:
    first = item.this if isinstance(item, exp.Filter) else item
    if not isinstance(first, exp.ArgMin):
        raise UnsaidError("arg_min() beside other aggregates")
    place = _text(first.expression)
    if isinstance(item, exp.Filter):
        place = f"CASE WHEN {_text(item.expression.this)} THEN {place} END"
    rows = select.copy()
    rows.set("expressions", [_parsed(f"{place} AS at"), _parsed(f"{_text(first.this)} AS cells")])
    some = f"SELECT at, cells FROM ({_text(rows)}) WHERE at IS NOT NULL ORDER BY at LIMIT {_text(first.args['count'])}"
    ordered = "array_sort(collect_list(named_struct('at', at, 'cells', cells)))"
    return f"(SELECT transform({ordered}, row -> row.cells) FROM ({some}))"


def _array(node: exp.Expr, _: Types) -> exp.Expr:
    return node


def _cast(node: exp.Expr, types: Types) -> exp.Expr:
    target, kind = node.args["to"], kind_of(node.this, types)
    if isinstance(node.this, exp.Columns):
        # Cells are made texts where they arrive.
        return exp.Star()
    if _text(target) in {"TINYINT", "SMALLINT", "INT", "BIGINT"} and kind not in {INTEGER, TEXT, None}:
        # DuckDB rounds, Spark cuts off.
        raise UnsaidError("a cast of a fraction to an integer")
    return node


def _type(node: exp.Expr, _: Types) -> exp.Expr:
    if node.this == exp.DataType.Type.DECIMAL:
        return node
    name = SPARK_TYPES.get(node.this.value if isinstance(node.this, exp.DataType.Type) else str(node.this))
    if name is None:
        raise UnsaidError(f"the type {node.sql()}")
    return _build(name)


def _like(node: exp.Expr, _: Types) -> exp.Expr:
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or "\\" in pattern.this:
        raise UnsaidError("LIKE with a backslash")
    return node


def _rows_listed(node: exp.Expr, _: Types) -> exp.Expr:
    if not isinstance(node.this, exp.Column) or node.this.name != RETURNED_NAME:
        raise UnsaidError("list()")
    return _parsed("collect_list(struct(*))")


def _hash(node: exp.Expr, _: Types) -> exp.Expr:
    arguments = [
        _parsed("struct(*)") if isinstance(part, exp.Column) and part.name == RETURNED_NAME else part
        for part in node.expressions
    ]
    return _call("xxhash64", *arguments)


def _whole(node: exp.Expr, _: Types) -> exp.Expr:
    return _parsed(f"({_text(node.this)} div {_text(node.expression)})")


def _part(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `max(x, n)[i]`, the i-th greatest."""
    listed, (index,) = node.this, node.expressions
    if not isinstance(listed, exp.Max) or listed.args.get("count") is None or not isinstance(index, exp.Literal):
        raise UnsaidError("an element of a list")
    # sqlglot counts from 0.
    return _parsed(f"get(sort_array(collect_list({_text(listed.this)}), false), {index.this})")


def _most(node: exp.Expr, _: Types) -> exp.Expr:
    if node.args.get("count") is not None and not isinstance(node.parent, exp.Bracket):
        raise UnsaidError("a list of the greatest values")
    return node


def _concatenated(node: exp.Expr, _: Types) -> exp.Expr:
    if node.args.get("coalesce"):
        raise UnsaidError("concat()")
    return node


def _microseconds(node: exp.Expr, _: Types) -> exp.Expr:
    (value,) = node.expressions
    return _call("unix_micros", exp.Cast(this=value, to=exp.DataType.build("TIMESTAMPTZ")))


def _row(node: exp.Expr, _: Types) -> exp.Expr:
    # Rows are compared by place, structs by the names of their fields, too.
    fields = (part for place, cell in enumerate(node.expressions) for part in (exp.Literal.string(f"c{place}"), cell))
    return _call("named_struct", *fields)


def _ctes(node: exp.Expr, _: Types) -> exp.Expr:
    if node.args.get("recursive"):
        raise UnsaidError("a recursive query")
    return node


def _materialized(node: exp.Expr, _: Types) -> exp.Expr:
    node.set("materialized", None)
    return node


Rewrite = Callable[[exp.Expr, Types], exp.Expr]
REWRITES: Mapping[type[exp.Expr], Rewrite] = {
    exp.IsNan: _not_a_number,
    exp.IsInf: lambda node, types: _infinite(node.this, types),
    exp.RegexpFullMatch: _full_match,
    exp.RegexpLike: _match,
    exp.PercentileCont: _quantile,
    exp.Quantile: _quantile,
    exp.Median: _median,
    exp.Avg: _mean,
    exp.Sum: _sum,
    exp.ArgMin: _least,
    exp.Select: _select,
    exp.ArgMax: lambda node, _: _call("max_by", node.this, node.expression),
    exp.Array: _array,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.DataType: _type,
    exp.DataTypeParam: lambda node, _: node,
    exp.Columns: lambda node, _: node,
    exp.Like: _like,
    exp.ArrayAgg: _rows_listed,
    exp.IntDiv: _whole,
    exp.Bracket: _part,
    exp.Max: _most,
    exp.Min: _most,
    exp.Concat: _concatenated,
    exp.CTE: _materialized,
    exp.With: _ctes,
}
FUNCTIONS: Mapping[str, Rewrite] = {
    "isfinite": _finite,
    "epoch_us": _microseconds,
    "hash": _hash,
    "row": _row,
}
