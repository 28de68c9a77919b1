"""Sets of rows in Spark's SQL: aggregates, first rows and keys of other tables that it has otherwise; pure."""

from __future__ import annotations

from sqlglot import exp

from idqp_cli.engine.spark.kinds import DECIMAL, FLOAT, INTEGER, kind_of
from idqp_cli.engine.spark.nodes import Types, UnsaidError, call, parsed, text_of, typed
from idqp_cli.engine.statements import RETURNED

RETURNED_NAME = RETURNED.strip('"')
# A number and a text.
PAIR = ("i", "t")


def quantile(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `quantile_cont`."""
    share = node.args.get("quantile") or node.expression
    if not isinstance(share, exp.Literal):
        raise UnsaidError("several quantiles at once")
    return call("percentile", node.this, share)


def median(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `median`."""
    return call("percentile", node.this, exp.Literal.number("0.5"))


def total(node: exp.Expr, types: Types) -> exp.Expr:
    """Return `sum`."""
    # DuckDB adds integers in 128 bits, Spark in 64.
    if kind_of(node.this, types) in {FLOAT, DECIMAL} or isinstance(node.this, exp.Distinct):
        return node
    if kind_of(node.this, types) == INTEGER:
        return exp.Sum(this=exp.Cast(this=node.this, to=typed("DECIMAL(38, 0)")))
    return node


def mean(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `avg`."""
    # Spark's average of decimals has four digits more than they have; DuckDB's is a DOUBLE.
    return exp.Avg(this=exp.Cast(this=node.this, to=exp.DataType.build("DOUBLE")))


def least(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `arg_min`."""
    # With a number of rows it is for the SELECT that it stands in.
    return node if node.args.get("count") is not None else call("min_by", node.this, node.expression)


def select(node: exp.Expr, _: Types) -> exp.Expr:
    """Return a SELECT of the first failing rows of several rules as one subquery each.

    `arg_min(row, place, n)` would keep every failing row in memory; Spark finds the first of an order without.
    """
    if not isinstance(node, exp.Select):
        return node
    _join_keys(node)
    _group_keys(node)
    if (each := _each(node)) is not None:
        return each
    firsts = [item.this if isinstance(item, exp.Filter) else item for item in node.expressions]
    if not any(isinstance(first, exp.ArgMin) and first.args.get("count") is not None for first in firsts):
        return node
    if node.args.get("group") is not None:
        raise UnsaidError("arg_min() by group")
    listed = [_first_rows(node, item) for item in node.expressions]
    return parsed(f"SELECT {', '.join(listed)}")


def _group_keys(select: exp.Select) -> None:
    """Name what `GROUP BY ALL` groups by: with HAVING, not every server of the protocol takes it."""
    group, items = select.args.get("group"), [one.unalias() for one in select.expressions]
    if group is None or not group.args.get("all") or select.is_star:
        return
    # A number would be a place in the list, and an aggregate may stand in a window or a query of its own.
    if any(isinstance(one, exp.Literal) or one.find(exp.Window, exp.Query) is not None for one in items):
        return
    keys = [one.copy() for one in items if one.find(exp.AggFunc) is None]
    select.set("group", exp.Group(expressions=keys) if keys else None)


def _each(select: exp.Select) -> exp.Expr | None:
    """Return a SELECT of each text of a row with its number, from 0; None of any other.

    DuckDB has two lists side by side; Spark has a function of one row for each element.
    """
    lists = [item.this.this if isinstance(item, exp.Alias) else None for item in select.expressions]
    if len(lists) != len(PAIR) or not isinstance(lists[0], exp.GenerateSeries) or not isinstance(lists[1], exp.Array):
        return None
    names = [item.alias for item in select.expressions]
    rows = select.copy()
    rows.set("expressions", [parsed(f"{text_of(lists[1])} AS {names[1]}")])
    each = f"LATERAL VIEW posexplode({names[1]}) e AS {', '.join(names)}"
    return parsed(f"SELECT e.{names[0]}, e.{names[1]} FROM ({text_of(rows)}) {each}")


def listed(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `unnest`, of numbers beside texts alone: see `_each`."""
    if not isinstance(node.this, (exp.GenerateSeries, exp.Array)) or not isinstance(node.parent, exp.Alias):
        raise UnsaidError("unnest()")
    return node


def numbers(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `range`, of numbers beside texts alone: see `_each`."""
    if not isinstance(node.parent, exp.Explode):
        raise UnsaidError("range()")
    return node


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
        distinct.set("expressions", [parsed(f"{text_of(keys.expressions[0])} AS {name}")])
        distinct.set("distinct", exp.Distinct())
        on = parsed(f"{text_of(node.this)} = {table}.{name}")
        select.join(distinct, on=on, join_type="left", join_alias=table, copy=False)
        node.replace(parsed(f"{table}.{name} IS NOT NULL"))


def _false_elsewhere(node: exp.Expr) -> bool:
    """Tell whether a condition that is unknown counts as false."""
    around = node.parent
    return isinstance(around, exp.Coalesce) and [part.sql() for part in around.expressions] == ["FALSE"]


def _first_rows(select: exp.Expr, item: exp.Expr) -> str:
    first = item.this if isinstance(item, exp.Filter) else item
    if not isinstance(first, exp.ArgMin):
        raise UnsaidError("arg_min() beside other aggregates")
    place = text_of(first.expression)
    if isinstance(item, exp.Filter):
        place = f"CASE WHEN {text_of(item.expression.this)} THEN {place} END"
    rows = select.copy()
    rows.set("expressions", [parsed(f"{place} AS at"), parsed(f"{text_of(first.this)} AS cells")])
    some = (
        f"SELECT at, cells FROM ({text_of(rows)}) WHERE at IS NOT NULL ORDER BY at LIMIT {text_of(first.args['count'])}"
    )
    ordered = "array_sort(collect_list(named_struct('at', at, 'cells', cells)))"
    return f"(SELECT transform({ordered}, row -> row.cells) FROM ({some}))"


def rows_listed(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `list` of whole rows."""
    if not isinstance(node.this, exp.Column) or node.this.name != RETURNED_NAME:
        raise UnsaidError("list()")
    return parsed("collect_list(struct(*))")


def hashed(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `hash`."""
    arguments = [
        parsed("struct(*)") if isinstance(part, exp.Column) and part.name == RETURNED_NAME else part
        for part in node.expressions
    ]
    return call("xxhash64", *arguments)


def part(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `max(x, n)[i]`, the i-th greatest."""
    listed, (index,) = node.this, node.expressions
    if not isinstance(listed, exp.Max) or listed.args.get("count") is None or not isinstance(index, exp.Literal):
        raise UnsaidError("an element of a list")
    # sqlglot counts from 0.
    return parsed(f"get(sort_array(collect_list({text_of(listed.this)}), false), {index.this})")


def most(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `max` and `min`, of one value."""
    if node.args.get("count") is not None and not isinstance(node.parent, exp.Bracket):
        raise UnsaidError("a list of the greatest values")
    return node


def filtered(node: exp.Expr, _: Types) -> exp.Expr:
    """Return an aggregate of some rows: of a window Spark has it of values alone, which are NULL for the others."""
    counted = node.this
    if not isinstance(node.parent, exp.Window):
        return node
    if not isinstance(counted, exp.Count) or not isinstance(counted.this, exp.Star):
        raise UnsaidError("FILTER of a window")
    return parsed(f"count(CASE WHEN {text_of(node.expression.this)} THEN 1 END)")
