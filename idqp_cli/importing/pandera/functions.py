"""Checks of Pandera that are functions: lambdas, and methods of a model under `@check`; read and not run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from idqp_cli.core import sql
from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import python_values
from idqp_cli.importing.pandera import uniqueness
from idqp_cli.importing.pandera.checks import ALIASES, CONDITION, GROUPS, OF_ALL, UNIQUE, UNTAKEN
from idqp_cli.importing.pandera.uniqueness import Module
from idqp_cli.importing.python_sql import Function, Spoken
from idqp_cli.importing.values import NoEquivalentError

Code = ast.FunctionDef | ast.Lambda
OPTIONS = frozenset({"ignore_na", "raise_warning", "error", "name", "title", "description"})
SAID = frozenset({"error", "name", "title", "description"})
COMPARED: Mapping[str, ast.cmpop] = {
    "gt": ast.Gt(), "ge": ast.GtE(), "lt": ast.Lt(), "le": ast.LtE(), "eq": ast.Eq(), "ne": ast.NotEq(),
}  # fmt: skip
# What makes a function get something else than the column.
OTHER = frozenset({"groupby", "groups", "regex", "agg", "native"})


def check(node: ast.Call, column: str | None, module: Module, told: str | None = None) -> Node:
    """Return `Check(function, …)` of a column, or of the table, as a mapping from how it is written."""
    options = _options(node, module)
    name = told or python_values.written(node)
    try:
        function = _function(node, module)
        unique = uniqueness.columns(function, module)
        if unique is not None:
            return _mapping(name, {**options, UNIQUE: unique}, node)
        made = _said(function, column, module, node)
        _refuse_other(node)
    except NoEquivalentError as error:
        return _mapping(name, {**options, UNTAKEN: _text(str(error), node)}, node)
    return _mapping(name, {**options, **_given(made, node, column)}, node)


def compared(node: ast.Call, name: str, column: str | None, module: Module) -> Node:
    """Return `Check.le(datetime.now())` as the function that it is; else what is not known, by how it is written."""
    written = python_values.written(node)
    sign = COMPARED.get(ALIASES.get(name, name))
    bounds = [*node.args, *(one.value for one in node.keywords if one.arg not in OPTIONS)]
    if sign is None or column is None or len(bounds) != 1:
        return Node({written: Node(None, _mark(node), {})}, _mark(node), {written: _mark(node)})
    value = ast.Name("a value", ast.Load())
    parameters = ast.arguments(posonlyargs=[], args=[ast.arg(value.id)], kwonlyargs=[], kw_defaults=[], defaults=[])
    function = ast.Lambda(parameters, ast.Compare(value, [sign], bounds))
    said = ast.Call(node.func, [function], [one for one in node.keywords if one.arg in OPTIONS])
    return check(ast.fix_missing_locations(ast.copy_location(said, node)), column, module, written)


def of_model(function: ast.FunctionDef, module: Module, aliases: Mapping[str, str]) -> Iterator[Node]:
    """Yield the checks that a method of a model is: of each of the columns that its decorator names."""
    name = f"@check {function.name}"
    decorator = next(one for one in function.decorator_list if "check" in _name(one) or "parser" in _name(one))
    options = _options(decorator, module)
    try:
        for column in _columns(decorator, module, aliases):
            unique = uniqueness.columns(function, module, skip=1)
            if unique is not None:
                yield _mapping(name if column is None else f"{name} of {column}", {**options, UNIQUE: unique}, function)
                continue
            made = _said(function, column, module, decorator, skip=1)
            told = name if column is None else f"{name} of {column}"
            yield _mapping(told, {**options, **_given(made, function, column)}, function)
    except NoEquivalentError as error:
        yield _mapping(name, {UNTAKEN: _text(str(error), function)}, function)


def _columns(decorator: ast.expr, module: Module, aliases: Mapping[str, str]) -> Iterable[str | None]:
    if _name(decorator) == "dataframe_check":
        return [None]
    if _name(decorator) != "check" or not isinstance(decorator, ast.Call):
        raise NoEquivalentError("code that changes the data is not run")
    _refuse_other(decorator)
    names = []
    for one in decorator.args:
        # A field of the model, by its name in the class.
        plain = ast.Constant(one.id) if isinstance(one, ast.Name) and one.id in aliases else one
        constant = module.constants.without_names(plain)
        if not isinstance(constant, ast.Constant) or not isinstance(constant.value, str):
            raise NoEquivalentError("the name of a column is not a constant; code is not run")
        if "*" in constant.value:
            raise NoEquivalentError("a rule names its columns")
        names.append(aliases.get(constant.value, constant.value))
    if not names:
        raise NoEquivalentError("it names no column")
    return names


def _said(function: Code, column: str | None, module: Module, told: ast.expr, *, skip: int = 0) -> Spoken:
    parameter, body, given = python_values.returned(function, skip=skip)
    wise = _options(told, module, frozenset({"element_wise"})).get("element_wise")
    single = wise is not None and wise.value is True
    follow = module.constants.without_names
    if parameter not in module.constants.known:
        body, given = follow(body), {name: follow(value) for name, value in given.items()}
    return Function(parameter, body, column, {**module.constants.known, **given}, single).spoken()


def _given(made: Spoken, node: ast.AST, column: str | None) -> dict[str, Node]:
    text = made.text
    if not made.of_all and column is not None and made.tests_nulls:
        # Of a column Pandera leaves out what is missing.
        text = f"{sql.identifier(column)} IS NULL OR {text}"
    said = {CONDITION: _text(text, node)}
    if made.groups:
        said[GROUPS] = Node(tuple(_text(one, node) for one in made.groups), _mark(node), {})
    return {**said, OF_ALL: _text(column or "", node)} if made.of_all else said


def _function(node: ast.Call, module: Module) -> Code:
    first = node.args[0] if node.args else next((one.value for one in node.keywords if one.arg == "check_fn"), None)
    if isinstance(first, ast.Name):
        named = module.functions.get(first.id) or module.constants.known.get(first.id)
        first = named if isinstance(named, ast.expr) else first
        if isinstance(named, ast.FunctionDef):
            return named
    if not isinstance(first, ast.Lambda):
        raise NoEquivalentError("its function is not in the file; code is not run")
    return first


def _refuse_other(node: ast.Call) -> None:
    for one in node.keywords:
        if one.arg in OTHER:
            raise NoEquivalentError(f"'{one.arg}' has no equivalent; code is not run")


def _options(node: ast.expr, module: Module, names: frozenset[str] = OPTIONS) -> dict[str, Node]:
    options = {}
    for one in node.keywords if isinstance(node, ast.Call) else ():
        if one.arg is not None and one.arg in names:
            try:
                options[one.arg] = python_values.value(module.constants.without_names(one.value))
            except NoEquivalentError:
                continue
    return options


def _name(node: ast.expr) -> str:
    call = node.func if isinstance(node, ast.Call) else node
    return call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""


def _mark(node: ast.AST) -> Mark:
    return Mark(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)


def _text(text: str, node: ast.AST) -> Node:
    return Node(text, _mark(node), {}, text)


def _mapping(name: str, values: Mapping[str, Node], node: ast.AST) -> Node:
    inner = Node(dict(values), _mark(node), dict.fromkeys(values, _mark(node)))
    return Node({name: inner}, _mark(node), {name: _mark(node)})
