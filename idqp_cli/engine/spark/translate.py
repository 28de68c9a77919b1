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

from idqp_cli.engine.spark import operators, row_sets, texts, values
from idqp_cli.engine.spark.kinds import DATE, DECIMAL, FLOAT, INTEGER, TEXT, TIMESTAMP, kind_of, of_type
from idqp_cli.engine.spark.nodes import Types, UnsaidError, call

# Nodes that mean the same, with what they may hold checked below.
SAME = (
    exp.From, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Subquery, exp.Table,
    exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Star, exp.Paren,
    exp.And, exp.Or, exp.Not, exp.Is,
    exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Add, exp.Sub, exp.Mul, exp.Abs,
    exp.Count, exp.CountIf, exp.Distinct, exp.CTE, exp.Join,
    exp.Window, exp.Lag, exp.Length, exp.Lower, exp.Upper, exp.Replace,
    exp.Contains, exp.StartsWith, exp.DPipe, exp.Ascii, exp.StddevSamp, exp.StddevPop,
    exp.Variance, exp.VariancePop, exp.Floor, exp.Ceil, exp.Union, exp.Tuple, exp.Trim, exp.BitwiseAnd,
    exp.BitwiseRightShift, exp.Var, exp.Exists, exp.ConcatWs, exp.IgnoreNulls, exp.Translate,
)  # fmt: skip


COMPARISONS = (
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.Between, exp.In, exp.Greatest, exp.Least,
)  # fmt: skip
# Kinds of values whose casts are the same on both engines.
EXACT_CASTS = frozenset({(INTEGER, FLOAT), (INTEGER, DECIMAL), (INTEGER, TEXT), (DATE, TEXT), (DATE, TIMESTAMP)})


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
    if written and (folded := tree.find(exp.Lower, exp.Upper)) is not None:
        # The engines have different tables of letters.
        raise UnsaidError(f"{folded.key}()")
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


def _ctes(node: exp.Expr, _: Types) -> exp.Expr:
    if node.args.get("recursive"):
        raise UnsaidError("a recursive query")
    return node


def _materialized(node: exp.Expr, _: Types) -> exp.Expr:
    node.set("materialized", None)
    return node


Rewrite = Callable[[exp.Expr, Types], exp.Expr]
REWRITES: Mapping[type[exp.Expr], Rewrite] = {
    **dict.fromkeys(COMPARISONS, operators.compared),
    exp.Div: operators.divided,
    exp.Mod: operators.rest,
    exp.Neg: operators.negated,
    exp.Substring: operators.part_of_text,
    exp.Left: operators.part_of_text,
    exp.Right: operators.part_of_text,
    exp.IsNan: values.not_a_number,
    exp.IsInf: lambda node, types: values.infinite(node.this, types),
    exp.RegexpFullMatch: values.full_match,
    exp.RegexpLike: values.match,
    exp.PercentileCont: row_sets.quantile,
    exp.Quantile: row_sets.quantile,
    exp.Median: row_sets.median,
    exp.Avg: row_sets.mean,
    exp.Sum: row_sets.total,
    exp.ArgMin: row_sets.least,
    exp.Select: row_sets.select,
    exp.Filter: row_sets.filtered,
    exp.ArgMax: lambda node, _: call("max_by", node.this, node.expression),
    exp.Array: lambda node, _: node,
    exp.Cast: values.cast,
    exp.TryCast: lambda node, types: texts.read(node, types) or values.cast(node, types),
    exp.SplitPart: texts.part,
    exp.RegexpExtract: texts.extracted,
    exp.Explode: row_sets.listed,
    exp.GenerateSeries: row_sets.numbers,
    exp.DataType: values.kind,
    exp.DataTypeParam: lambda node, _: node,
    exp.Columns: lambda node, _: node,
    exp.Like: values.like,
    exp.ArrayAgg: row_sets.rows_listed,
    exp.IntDiv: values.whole,
    exp.Bracket: row_sets.part,
    exp.Max: row_sets.most,
    exp.Min: row_sets.most,
    exp.Concat: values.concatenated,
    exp.CTE: _materialized,
    exp.With: _ctes,
}
FUNCTIONS: Mapping[str, Rewrite] = {
    "isfinite": values.finite,
    "epoch_us": values.microseconds,
    "hash": row_sets.hashed,
    "row": values.row,
    "strlen": texts.length,
    "prefix": texts.begins,
    "try_strptime": texts.moment,
}
