"""Operators whose answer depends on what stands on their sides: comparisons, divisions, signs; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from idqp_cli.engine.spark.kinds import DATE, DECIMAL, FLOAT, INTEGER, TIMES, TIMESTAMP, kind_of
from idqp_cli.engine.spark.nodes import Types, UnsaidError, typed

NUMBERS = frozenset({INTEGER, FLOAT, DECIMAL})
WRAPPERS = (exp.Neg, exp.Paren)
# Of a number with more digits Spark has no decimal; DuckDB takes it for a floating-point number, too.
MOST_DIGITS = 38


def compared(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a comparison of values of one kind; of two kinds, each engine turns another side into the other's."""
    _alike([part for part in _sides(node) if isinstance(part, exp.Expr)], types)
    return node


def divided(node: exp.Expr, types: Types) -> exp.Expr:
    """Return `/`, whose result is a DOUBLE on DuckDB; a division by zero is an error on Spark alone."""
    _refuse_zero(node.expression)
    if kind_of(node.this, types) == FLOAT:
        return node
    return exp.Div(this=exp.Cast(this=node.this, to=typed("DOUBLE")), expression=node.expression)


def rest(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `%`."""
    _refuse_zero(node.expression)
    return node


def negated(node: exp.Expr, types: Types) -> exp.Expr:
    """Return `-`; the negative of NaN is below all numbers for some servers of the protocol."""
    number = node.this.this if isinstance(node.this, exp.Cast) else node.this
    if kind_of(node.this, types) == FLOAT and not isinstance(number, exp.Literal):
        raise UnsaidError("the negative of a floating-point number")
    return node


def part_of_text(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `substring`, `left` or `right`; below 1 a place has another meaning on each engine."""
    least = 1 if isinstance(node, exp.Substring) else 0
    places = [node.args.get(name) for name in ("start", "length", "expression")]
    for place in places:
        if place is not None and not (isinstance(place, exp.Literal) and place.this.isdigit()):
            raise UnsaidError(f"{node.key}() with a place that is not a number")
    first = places[0] or places[2]
    if first is None or int(first.name) < least:
        raise UnsaidError(f"{node.key}() from before the beginning")
    return node


def _sides(node: exp.Expr) -> Iterator[object]:
    yield node.this
    yield from (node.args.get(name) for name in ("expression", "low", "high"))
    yield from node.expressions


def _alike(parts: Iterable[exp.Expr], types: Types) -> None:
    parts = list(parts)
    kinds = {kind for part in parts if (kind := kind_of(part, types)) is not None and not _text(part)}
    if {DATE, TIMESTAMP} <= kinds:
        # Not every server of the protocol takes a date for the time at which it begins.
        for day in [part for part in parts if kind_of(part, types) == DATE]:
            day.replace(exp.Cast(this=day.copy(), to=typed("TIMESTAMP_NTZ")))
    if len(kinds) > 1 and not kinds <= NUMBERS and not kinds <= TIMES:
        raise UnsaidError(f"a comparison of {' and '.join(sorted(kinds))}")
    if kinds and any(map(_text, parts)) and kinds <= NUMBERS | {"boolean"}:
        raise UnsaidError("a comparison of a text and another value")
    for literal in [one for one in map(_number, parts) if one is not None and len(one.this) > MOST_DIGITS]:
        if DECIMAL in kinds:
            raise UnsaidError(f"a number of more than {MOST_DIGITS} digits beside a decimal")
        literal.replace(exp.Cast(this=exp.Literal.string(literal.this), to=typed("DOUBLE")))
    if FLOAT in kinds:
        # A decimal beside a floating-point number is one for DuckDB, and an integer too large for 64 bits, too.
        for literal in [one for one in map(_number, parts) if one is not None and not _is_small(one)]:
            literal.replace(exp.Cast(this=literal.copy(), to=typed("DOUBLE")))


def _text(part: exp.Expr) -> bool:
    return isinstance(part, exp.Literal) and bool(part.is_string)


def _number(part: exp.Expr) -> exp.Literal | None:
    """Return the number that an expression is, but for its sign."""
    while isinstance(part, WRAPPERS):
        part = part.this
    return part if isinstance(part, exp.Literal) and not part.is_string else None


def _is_small(literal: exp.Literal) -> bool:
    """Tell whether a number is an integer of 64 bits."""
    return bool(literal.this.isdigit()) and len(literal.this) < len(str(2**63))


def _refuse_zero(divisor: exp.Expr) -> None:
    known = isinstance(divisor, exp.Literal) and not divisor.is_string and float(divisor.this)
    nulled = isinstance(divisor, exp.Nullif) and divisor.expression.name == "0"
    if not known and not nulled:
        raise UnsaidError("a division by what may be 0")
