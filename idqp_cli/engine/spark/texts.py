"""Texts in Spark's SQL: their length, their parts, and what number, date or time a text is; pure."""

from __future__ import annotations

import re

from sqlglot import exp

from idqp_cli.engine.spark.kinds import TEXT, kind_of
from idqp_cli.engine.spark.nodes import Types, UnsaidError, call, parsed, text_of, typed
from idqp_cli.engine.spark.values import java_pattern

# What DuckDB's cast reads as a floating-point number; Spark also reads `1.5d`.
FLOAT_TEXT = (
    r"^[ \t\n\f\r]*[+-]?(?:(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN])[ \t\n\f\r]*\z"
)
# A time without seconds, and its zone; what DuckDB does not read: a day and a blank, a zone by name without one.
MINUTES = r"^([0-9-]{10}[T ][0-9]{2}:[0-9]{2})( ?(?:Z|UTC|GMT|[+-][0-9:]+))?\z"
NO_MOMENT = r"^[ \t]*[0-9-]{10}[ \t]+\z|[0-9](?:UTC|GMT)[ \t]*\z"
DIRECTIVE = re.compile(r"%-?([A-Za-z%])")
# The parts of a moment, in their order, and what each is where a format does not have it.
PARTS = {"Y": "", "m": "01", "d": "01", "H": "00", "M": "00", "S": "00"}


def length(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `strlen`, the length in bytes."""
    return call("octet_length", *node.expressions)


def begins(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `prefix`."""
    return call("startswith", *node.expressions)


def part(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `split_part`, counted from 1."""
    index = node.args["part_index"]
    if not isinstance(index, exp.Literal) or not index.this.isdigit() or not int(index.this):
        raise UnsaidError("split_part() with a place that is not a number")
    return node


def extracted(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `regexp_extract` of a group that is named."""
    group = node.args.get("group")
    if node.args.get("parameters") is not None or not isinstance(group, exp.Literal) or not group.this.isdigit():
        raise UnsaidError("regexp_extract()")
    return call("regexp_extract", node.this, exp.Literal.string(java_pattern(node.expression)), group)


def read(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Return the cast of a text that gives DuckDB's value or NULL; None of what is no text."""
    if not isinstance(node, exp.TryCast) or kind_of(node.this, types) != TEXT:
        return None
    name = text_of(node.args["to"])
    # Not every server of the protocol leaves out the blanks around a date.
    cell = parsed(f"trim(BOTH ' \t' FROM {text_of(node.this)})")
    if name in {"DOUBLE", "FLOAT"}:
        pattern = text_of(exp.Literal.string(FLOAT_TEXT))
        # Spark reads no sign of what is not a number.
        unsigned = f"regexp_replace({text_of(cell)}, '^[+-]([nN])', '$1')"
        return parsed(f"CASE WHEN {text_of(node.this)} RLIKE {pattern} THEN TRY_CAST({unsigned} AS {name}) END")
    if name.startswith("TIMESTAMP"):
        return _read_moment(node.this, text_of(cell), name)
    # Without `safe` sqlglot writes a cast that fails.
    return exp.TryCast(this=cell, to=node.args["to"], safe=True)


def _read_moment(text: exp.Expr, cell: str, kind: str) -> exp.Expr:
    pattern, others = (text_of(exp.Literal.string(one)) for one in (MINUTES, NO_MOMENT))
    # Not every server of the protocol reads a time without seconds and with a zone.
    whole = f"regexp_replace({cell}, {pattern}, '$1:00$2')"
    return parsed(f"CASE WHEN NOT {text_of(text)} RLIKE {others} THEN TRY_CAST({whole} AS {kind}) END")


def moment(node: exp.Expr, _: Types) -> exp.Expr:
    """Return `try_strptime` with formats of numbers alone, like `%d.%m.%Y %H:%M`.

    Raises:
        UnsaidError: a format has names, zones or other parts, or is not a text.

    """
    cell, formats = node.expressions
    listed = formats.expressions if isinstance(formats, exp.Array) else [formats]
    tried = [_moment(text_of(cell), one) for one in listed]
    return parsed(tried[0] if len(tried) == 1 else f"coalesce({', '.join(tried)})")


def _moment(cell: str, given: exp.Expr) -> str:
    if not isinstance(given, exp.Literal) or not given.is_string:
        raise UnsaidError("try_strptime()")
    letters = DIRECTIVE.findall(given.this)
    if not set(letters) <= set(PARTS) or len(set(letters)) < len(letters) or "Y" not in letters:
        raise UnsaidError(f"the format {given.this}")
    between = DIRECTIVE.split(given.this)[::2]
    groups = "".join(
        f"{re.escape(text)}({'[0-9]{4}' if letter == 'Y' else '[0-9]{1,2}'})"
        for text, letter in zip(between, letters, strict=False)
    )
    pattern = text_of(exp.Literal.string(f"^{groups}{re.escape(between[-1])}\\z"))
    year, month, day, *clock = (
        f"lpad(regexp_extract({cell}, {pattern}, {letters.index(letter) + 1}), {4 if letter == 'Y' else 2}, '0')"
        if letter in letters
        else f"'{otherwise}'"
        for letter, otherwise in PARTS.items()
    )
    time = " || ':' || ".join(clock)
    return f"TRY_CAST({year} || '-' || {month} || '-' || {day} || ' ' || {time} AS {text_of(typed('TIMESTAMP_NTZ'))})"
