"""Columns that a step of Pointblank selects by their names, and the rules about all of them: `pb.starts_with("a")`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from idqp_cli.core import sql
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_values, row_checks, rule_keys
from idqp_cli.importing.intervals import Allowed
from idqp_cli.importing.pointblank.levels import Made
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import Keys, NoEquivalentError

# A name that columns do not have, in the place of those that are selected.
PLACE = "the selected columns"
SELECTORS = frozenset({"starts_with", "ends_with", "contains", "matches", "everything"})
CODE = re.compile(r"\.columns\b|\b(?:" + "|".join(SELECTORS) + r"|first_n|last_n)\(")


def of(node: Node | None) -> str | None:
    """Return the SQL of the columns that are selected by their names; None where the columns are named.

    Raises:
        NoEquivalentError: no condition on their names says which columns are selected.

    """
    written = node.value if node is not None else None
    if not isinstance(written, str) or not CODE.search(written):
        return None
    try:
        tree = ast.parse(written.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if any(isinstance(one, (ast.BitAnd, ast.Invert)) for one in ast.walk(tree)):
        return f"COLUMNS(lambda c: {_condition(tree)})"
    regex = _regex(tree)
    return f"COLUMNS({sql.literal(regex)})" if regex else "COLUMNS(*)"


def _condition(node: ast.expr) -> str:
    """Return a condition on the name `c` of a column; `~` binds as in Python."""
    match node:
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr() as joined, right=right):
            word = "AND" if isinstance(joined, ast.BitAnd) else "OR"
            return f"({_condition(left)} {word} {_condition(right)})"
        case ast.UnaryOp(op=ast.Invert(), operand=inner):
            return f"(NOT {_condition(inner)})"
        case ast.Call(args=[inner], keywords=[]) if python_values.called(node) in {"col", "list"}:
            return _condition(inner)
    return f"regexp_matches(CAST(c AS VARCHAR), {sql.literal(_regex(node))})"


def _regex(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as name):
            return f"^{re.escape(name)}$"
        case ast.Call(args=[inner], keywords=[]) if python_values.called(node) in {"col", "list"}:
            return _regex(inner)
        case ast.Call() if python_values.called(node) in SELECTORS:
            return _selector(node)
        case ast.Attribute(attr="columns"):
            return ""
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _any([left, right])
        case ast.List(elts=[_, *_] as items) | ast.Tuple(elts=[_, *_] as items):
            return _any(items)
        case ast.ListComp(
            elt=ast.Name(id=one),
            generators=[ast.comprehension(target=ast.Name(id=same), iter=ast.Attribute(attr="columns"), ifs=[test])],
        ) if one == same:
            return _tested(test, one)
    raise NoEquivalentError(f"'{python_values.written(node)}' selects columns by code; name them")


def _any(items: list[ast.expr]) -> str:
    return "|".join(f"(?:{_regex(one)})" for one in items)


def _selector(node: ast.Call) -> str:
    name = python_values.called(node)
    given = python_values.keywords(node, ("pattern" if name == "matches" else "text", "case_sensitive"))
    if name == "everything":
        return ""
    told = look.text(given.get("text") or given.get("pattern"), "the text of a selector")
    case = "" if look.flag(given.get("case_sensitive"), "case_sensitive") else "(?i)"
    plain = told if name == "matches" else re.escape(told)
    return case + {"starts_with": f"^{plain}", "ends_with": f"{plain}$"}.get(name, plain)


def _tested(test: ast.expr, name: str) -> str:
    """Return the regex of a condition on a name: `c.startswith("a")`, or `"a" in c`."""
    match test:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=one), attr="startswith" | "endswith" as method),
            args=[ast.Constant(value=str() as text)],
        ) if one == name:
            return f"^{re.escape(text)}" if method == "startswith" else f"{re.escape(text)}$"
        case ast.Compare(left=ast.Constant(value=str() as text), ops=[ast.In()], comparators=[ast.Name(id=one)]) if (
            one == name
        ):
            return re.escape(text)
    raise NoEquivalentError(f"'{python_values.written(test)}' selects columns by code; name them")


def rules(
    check: Made,
    chosen: str,
    levels: tuple[Allowed | None, Allowed | None, bool],
    dataset: str,
    *,
    passes: bool,
    of_rows: bool,
) -> list[Keys]:
    """Return the rules of a check of each of the columns that are `chosen`; `passes`: whether a missing cell passes.

    Without levels the failing rows are found. With levels the worst of the columns is
    judged, or with `of_rows` the rows in which any of them fails.

    Raises:
        NoEquivalentError: the check is not one of each cell.

    """
    if not isinstance(check, Failing) or not check.condition:
        raise NoEquivalentError("columns that are selected by their names have no equivalent for it; name them")
    absent = f"{sql.identifier(PLACE)} IS NULL OR " if not passes and check.columns else ""
    failing = f"coalesce({absent}{check.condition}, false)".replace(sql.identifier(PLACE), chosen)
    kept: Mapping[str, object] = {key: one for key, one in check.keys.items() if key in row_checks.COMMON}
    where = kept.get("where")
    more = {key: one for key, one in kept.items() if key != "where"}
    table = sql.identifier(dataset)
    if "segment_by" in more:
        raise NoEquivalentError("segments of columns that are selected by their names have no equivalent; name them")
    rows = f"SELECT * FROM {table}" + (f" WHERE ({where})" if where is not None else "")
    warn, fail, percent = levels
    if warn is None and fail is None:
        return [rule_keys.rule("query", sql=f"{rows} EXCEPT ALL SELECT * FROM ({rows}) WHERE NOT {failing}", **more)]
    counted = f"{'100.0 * avg' if percent else 'sum'}(CAST({failing} AS INTEGER))"
    statement = f"SELECT greatest(*COLUMNS(*)) FROM (SELECT {counted} FROM ({rows}))"
    if of_rows:
        right = f"(SELECT count(*) FROM ({rows}) WHERE NOT {failing})"
        value = f"100.0 * (1 - {right} / nullif(count(*), 0))" if percent else f"count(*) - {right}"
        statement = f"SELECT {value} FROM ({rows})"
    made: list[Keys] = []
    for allowed, severity in ((fail, {}), (warn, {"severity": "warning"})):
        if allowed is not None:
            made.append(rule_keys.number_of(statement, allowed, **more, **severity))
    return made
