"""The checks of DQX in Python code: YAML in the code, lists of mappings, and rules as objects. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_turns, python_values
from idqp_cli.importing.deequ import dqx, spark_columns
from idqp_cli.importing.deequ.dqx_owners import Owners
from idqp_cli.importing.foreign import documents
from idqp_cli.importing.values import NoEquivalentError, Source

LOADERS = frozenset({"safe_load", "load", "full_load", "loads"})
RULES = frozenset({"DQRowRule", "DQDatasetRule", "DQForEachColRule", "DQRule", "DQColRule", "DQColSetRule"})
# The keys of a rule object that are not those of a check in YAML.
OWN = frozenset({"check_func", "check_func_args", "check_func_kwargs", "column", "columns"})
# What the functions take without its name after the column.
POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "is_in_list": ("allowed",), "is_not_in_list": ("forbidden",), "is_not_null_and_is_in_list": ("allowed",),
    "is_in_range": ("min_limit", "max_limit"), "is_not_in_range": ("min_limit", "max_limit"),
    "is_not_less_than": ("limit",), "is_not_greater_than": ("limit",), "is_equal_to": ("value",),
    "is_not_equal_to": ("value",), "regex_match": ("regex", "negate"), "is_valid_date": ("date_format",),
    "is_valid_timestamp": ("timestamp_format",), "sql_expression": ("expression", "msg"),
}  # fmt: skip


def checks(source: Source) -> list[tuple[Node, str | None]]:
    """Return the checks in code, as YAML has them, each with the data that it is for, where the code names several.

    What is not a constant stands as it is written, which no check takes for a value.

    Raises:
        RulesError: it is not Python, with the place.

    """
    tree, constants = python_turns.written_out(python_values.parsed(source.text, source.path))
    owners = Owners(tree)
    found: list[tuple[Node, str | None]] = []
    for place in sorted(_places(tree), key=lambda node: (node.lineno, node.col_offset)):
        made = [one for one in _made(constants.without_names(place), source.path) if dqx.is_checks(one)]
        found += [(one, owner) for owner in owners.datasets(place) or (None,) for one in made]
    return found


def _made(node: ast.expr, path: str) -> Iterable[Node]:
    """Return the checks that a piece of code is."""
    if isinstance(node, (ast.List, ast.ListComp)):
        return _listed(node)
    if not isinstance(node, ast.Call):
        return ()
    return [_rule(node)] if python_values.called(node) in RULES else _loaded(node, path)


def _places(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call) and python_values.called(node) in LOADERS | RULES
        if isinstance(node, ast.expr) and (isinstance(node, (ast.List, ast.ListComp)) or is_call):
            yield node


def _listed(node: ast.List | ast.ListComp) -> Iterator[Node]:
    """Yield the mappings of a list, each a check."""
    for item in node.elts if isinstance(node, ast.List) else [node.elt]:
        if isinstance(item, ast.Dict):
            try:
                yield python_values.value(item)
            except NoEquivalentError:
                yield _constants(item)


def _constants(node: ast.expr) -> Node:
    """Return a mapping with what is not a constant as it is written."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return Node(tuple(map(_constants, node.elts)), _mark(node), {})
    if not isinstance(node, ast.Dict):
        return _value(node)
    pairs = [
        (str(key.value), _constants(inner))
        for key, inner in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
    ]
    mark = _mark(node)
    return Node(dict(pairs), mark, {key: mark for key, _ in pairs})


def _value(node: ast.expr) -> Node:
    """Return a constant, or a column of Spark as SQL; else nothing, by how it is written."""
    try:
        return python_values.value(node)
    except NoEquivalentError:
        column = spark_columns.spoken(node)
        if column is not None:
            return Node(column, _mark(node), {}, column)
        return Node({}, _mark(node), {}, python_values.written(node))


def _rule(node: ast.Call) -> Node:
    """Return a rule object as YAML has it."""
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    arguments: dict[str, Node] = {}
    function = _function(given.get("check_func"))
    arguments |= _positional(str(function.value), given.get("check_func_args"))
    kwargs = given.get("check_func_kwargs")
    if kwargs is not None:
        inner = _constants(kwargs).value
        arguments |= inner if isinstance(inner, dict) else {}
    if python_values.called(node) != "DQForEachColRule":
        arguments |= {key: _constants(given[key]) for key in ("column", "columns") if key in given}
    check: dict[str, Node] = {"function": function, "arguments": _mapping(arguments, node)}
    if python_values.called(node) == "DQForEachColRule" and "columns" in given:
        check["for_each_column"] = _constants(given["columns"])
    made = {key: _value(node_) for key, node_ in given.items() if key not in OWN}
    return _mapping({**made, "check": _mapping(check, node)}, node)


def _positional(function: str, node: ast.expr | None) -> dict[str, Node]:
    """Return the arguments of a function that stand without their names; one that is not known is refused later."""
    items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [] if node is None else [node]
    names = (*POSITIONAL.get(function, ()), *(f"argument {number + 1}" for number in range(len(items))))
    return {name: _constants(item) for name, item in zip(names, items, strict=False)}


def _function(node: ast.expr | None) -> Node:
    if node is None:
        return Node(None, Mark(1, 1), {})
    name = node.attr if isinstance(node, ast.Attribute) else python_values.written(node)
    return Node(name, _mark(node), {}, name)


def _mapping(values: Mapping[str, Node], node: ast.expr) -> Node:
    return Node(dict(values), _mark(node), dict.fromkeys(values, _mark(node)))


def _loaded(node: ast.Call, path: str) -> tuple[Node, ...]:
    """Return the documents of a text that the code reads as YAML or JSON."""
    first = node.args[0] if node.args else None
    text = _text(first)
    if text is None or first is None:
        return ()
    try:
        return documents("\n" * (first.lineno - 1) + text, path.removesuffix(".py")).roots
    except RulesError:
        return ()


def _text(node: ast.expr | None) -> str | None:
    """Return a text; in one with values of the code each stands in braces."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else f"{{{python_values.written(part.value)}}}"
                for part in parts
                if isinstance(part, (ast.Constant, ast.FormattedValue))
            )
    return None


def _mark(node: ast.expr) -> Mark:
    return Mark(node.lineno, node.col_offset + 1)
