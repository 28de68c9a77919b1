"""The arguments of a step of Pointblank in Python code, as a plan in YAML has them. The code is not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_values
from idqp_cli.importing.pointblank import coded, selectors
from idqp_cli.importing.pointblank.arguments import ARGUMENTS
from idqp_cli.importing.pointblank.coded import OF_ALL, Functions
from idqp_cli.importing.pointblank.parts import FILTER, SEGMENTS
from idqp_cli.importing.pointblank.plans import levels
from idqp_cli.importing.python_constants import Constants
from idqp_cli.importing.values import NoEquivalentError

# What a step may be compared with, and what it says when it fails.
COMPARED, SAID = frozenset({"value", "left", "right"}), frozenset({"actions", "label", "step_id", "dimension"})
COLUMNS = frozenset({"columns", "column", "columns_subset"})
CODED = frozenset({"col_vals_expr", "conjointly", "specially"})


def read(node: ast.Call, kind: str, constants: Constants, functions: Functions) -> dict[str, Node]:
    """Return the arguments of a step; conditions in Python are SQL.

    Raises:
        NoEquivalentError: one is what only running the code would tell.

    """
    made: dict[str, Node] = {}
    conditions: list[Node] = []
    for name, expression in _named(node, kind):
        if name in SAID or (isinstance(expression, ast.Constant) and expression.value is None):
            # What is done and told when a step fails is for people.
            continue
        if name == "condition" or (kind in CODED and name == "expr"):
            said = coded.condition(expression, functions)
            made |= {OF_ALL: coded.node("true", expression)} if said.of_all else {}
            conditions.append(coded.node(said.text, expression))
        elif name == "thresholds":
            made[name] = levels(expression)
        elif name == "pre":
            made[FILTER] = coded.node(coded.where(expression, functions), expression)
        elif name == "segments":
            made[SEGMENTS] = _segments(expression)
        elif name == "schema":
            made[name] = _schema(expression, constants)
        elif name in COLUMNS:
            made[name] = _columns(expression)
        elif name in COMPARED and (other := _column(expression) or _computed(expression)) is not None:
            made[name] = other
        elif name != "brief" or python_values.is_constant(expression):
            made[name] = python_values.value(expression)
    if OF_ALL in made and kind != "specially":
        raise NoEquivalentError("its condition is of all rows; a rule of the statistic says it")
    if kind == "conjointly":
        made["exprs"] = Node(tuple(conditions), Mark(node.lineno, 1), {})
    elif conditions:
        made["expr"] = conditions[0]
    return made


def _named(node: ast.Call, kind: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield the arguments of a step by their names."""
    names = ARGUMENTS.get(kind, ("columns", "value"))
    if kind != "conjointly" and len(node.args) > len(names):
        raise NoEquivalentError("it has more arguments than are known")
    for place, argument in enumerate(node.args):
        yield "condition" if kind == "conjointly" else names[place], argument
    for keyword in node.keywords:
        if keyword.arg is None:
            raise NoEquivalentError("arguments from a variable (**) are not read")
        yield keyword.arg, keyword.value


def of_yaml(kind: str, given: Mapping[str, Node]) -> dict[str, Node]:
    """Return the arguments of a step in YAML, whose pieces of Python are read as in code.

    Raises:
        NoEquivalentError: a piece says more than is understood.

    """
    made: dict[str, Node] = {}
    for key, node in given.items():
        text = coded.text_of(node)
        if key in {"pre", "preconditions"} and text is not None:
            made[FILTER] = _at(coded.where(coded.parsed(text), {}), node)
        elif key == "expressions":
            texts = [coded.text_of(one) for one in look.items(node, key)]
            made["exprs"] = Node(tuple(_at(one or "", node) for one in texts), node.mark, {})
        elif key in {"expr", *COLUMNS} and text is not None:
            made[key] = node if text == node.value else _at(text, node)
        else:
            made[key] = node
    if kind == "specially" and "expr" in made:
        said = coded.condition(coded.parsed(look.text(made["expr"], "expr")), {})
        made |= {"expr": _at(said.text, made["expr"])} | ({OF_ALL: made["expr"]} if said.of_all else {})
    return made


def _at(text: str, node: Node) -> Node:
    return Node(text, node.mark, {}, text)


def _columns(node: ast.expr) -> Node:
    """Return the names of columns, or the code that selects them by their names."""
    named = node.args[0] if isinstance(node, ast.Call) and python_values.called(node) == "col" and node.args else node
    if python_values.is_constant(named):
        return python_values.value(named)
    written = python_values.code(node)
    return coded.node(written, node) if selectors.CODE.search(written) else python_values.value(named)


def _computed(node: ast.expr) -> Node | None:
    """Return a value that is computed, like `date.today() - timedelta(days=1)`, as SQL; None if it is a constant."""
    if python_values.is_constant(node) or isinstance(node, ast.Name):
        return None
    text = coded.condition(node, {}).text
    return coded.node(f"sql({text})", node)


def _segments(node: ast.expr) -> Node:
    """Return the segments of a step, each a column with the values that are looked at, or all of them."""
    found = []
    for one in node.elts if isinstance(node, ast.List) else [node]:
        plain = python_values.value(one)
        column, values = (plain.value[0], plain.value[1]) if isinstance(plain.value, tuple) else (plain, plain)
        name = look.text(column, "segments")
        found.append(Node({name: values}, plain.mark, {name: plain.mark}))
    return Node(tuple(found), Mark(node.lineno, 1), {})


def _schema(node: ast.expr, constants: Constants) -> Node:
    """Return `Schema(columns=[…])`, or the name of one, as a plan in YAML has it."""
    if isinstance(node, ast.Name):
        node = constants.known.get(node.id, node)
    if not isinstance(node, ast.Call) or python_values.called(node) != "Schema":
        return python_values.value(node)
    given = {one.arg: constants.without_names(one.value) for one in node.keywords if one.arg is not None}
    if node.args:
        given["columns"] = constants.without_names(node.args[0])
    if "tbl" in given or len(given) < len(node.args) + len(node.keywords):
        raise NoEquivalentError("its schema is that of a table in code; code is not run")
    mark = Mark(node.lineno, node.col_offset + 1)
    if "columns" in given:
        listed = python_values.value(given["columns"])
        # A pair alone, and a mapping of names to types, are columns, too.
        if isinstance(listed.value, dict):
            listed = Node((listed,), mark, {})
    else:
        named = {name: python_values.value(kind) for name, kind in given.items()}
        listed = Node((Node(named, mark, dict.fromkeys(named, mark)),), mark, {})
    return Node({"columns": listed}, mark, {"columns": mark})


def _column(node: ast.expr) -> Node | None:
    """Return `pb.col("b")` as a plan in YAML has it."""
    first = node.args[0] if isinstance(node, ast.Call) and python_values.called(node) == "col" and node.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return None
    written = f"col({first.value!r})"
    return Node(written, Mark(node.lineno, node.col_offset + 1), {}, written)
