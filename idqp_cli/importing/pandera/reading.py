"""A schema of Pandera in Python code as its YAML would have it, read and not run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, python_folding, python_values
from idqp_cli.importing.pandera import built, derived, functions
from idqp_cli.importing.pandera.checks import CHECKS, FIRST
from idqp_cli.importing.pandera.given import Given, family_of, last
from idqp_cli.importing.pandera.uniqueness import Module
from idqp_cli.importing.values import NoEquivalentError

SCHEMAS = frozenset({"DataFrameSchema", "SeriesSchema"})
COLUMN = ("dtype", "checks", "parsers", "nullable", "unique")
TABLE = ("columns", "checks")
WRAPPERS = frozenset({"Series", "Index", "Optional", "Annotated"})
COLUMNS = frozenset({"Column", "Index"})
# What a column is told; where that is no constant, its rules are not known.
TOLD = frozenset({"nullable", "unique", "required", "regex"})
# What stands for arguments that are in no mapping of the code.
SPREAD = "**"
# The key of what only running the code would tell of a column.
CODE = "code"


def _mark(node: ast.expr | ast.stmt) -> Mark:
    return Mark(node.lineno, node.col_offset + 1)


def _mapping(values: Mapping[str, Node], mark: Mark) -> Node:
    return Node(dict(values), mark, dict.fromkeys(values, mark))


def _text(text: str, mark: Mark) -> Node:
    return Node(text, mark, {}, text)


class Reader:
    """Reads calls; names that the module gives a constant are followed."""

    def __init__(
        self, module: Module, function: built.Function | ast.Module | None = None, given: Given | None = None
    ) -> None:
        """Read by what the code may name; `function` is where the schema is made."""
        self.module = module
        self.known = module.constants.known
        self.function = function
        self.given = given

    def is_derived(self, call: ast.Call) -> bool:
        """Tell whether a call makes a schema of one that is in the file."""
        try:
            return self._base(call) is not None
        except NoEquivalentError:
            return False

    def _base(self, call: ast.Call) -> Callable[[], Mapping[str, Node]] | None:
        """Return what reads the schema of which a call makes another."""
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(of, ast.Name) and self.given is not None:
            of = self.given.before(of)
        if isinstance(of, ast.Call) and (python_values.called(of) in SCHEMAS or derived.is_one(of)):
            return partial(self.table, of)
        match of:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="to_schema")) if self.given is not None:
                found = self.given.classes.get(name)
                family = family_of(found, self.given.classes) if found is not None else None
                return None if family is None else partial(self.model, family)
        return None

    def table(self, call: ast.Call) -> Mapping[str, Node]:
        """Return a `DataFrameSchema(…)`, or one that is made of it, as a mapping."""
        base = self._base(call) if derived.is_one(call) else None
        if base is not None:
            return derived.made(call, base(), self._columns, self._column, self._value)
        nodes: dict[str, Node] = {}
        for name, node in self._arguments(call, TABLE).items():
            if name == "columns":
                nodes[name] = self._columns(node)
            elif name == "checks":
                nodes[name] = self._checks(node)
            elif name == "index":
                nodes[name] = self._index(node)
            elif name == "dtype":
                nodes[name] = self._dtype(node)
            else:
                nodes[name] = self._value(node)
        return nodes

    def _index(self, node: ast.expr) -> Node:
        """Return the levels of an index, each like a column."""
        levels = node.args[:1] if isinstance(node, ast.Call) and python_values.called(node) == "MultiIndex" else [node]
        listed = levels[0].elts if levels and isinstance(levels[0], (ast.List, ast.Tuple)) else levels
        followed = [self._followed(one) for one in listed]
        made = [self._column(one) for one in followed if isinstance(one, ast.Call)]
        return Node(tuple(made), _mark(node), {})

    def _arguments(self, call: ast.Call, positional: tuple[str, ...]) -> dict[str, ast.expr]:
        arguments = dict(zip(positional, call.args, strict=False))
        for keyword in call.keywords:
            spread = self._followed(keyword.value) if keyword.arg is None else None
            if isinstance(spread, ast.Call):
                spread = python_folding.folded(spread)
            if keyword.arg is not None:
                arguments[keyword.arg] = keyword.value
            elif isinstance(spread, ast.Dict) and all(isinstance(key, ast.Constant) for key in spread.keys):
                names = [str(key.value) for key in spread.keys if isinstance(key, ast.Constant)]
                arguments |= dict(zip(names, spread.values, strict=True))
            else:
                arguments[SPREAD] = keyword.value
        return {name: self._followed(node) for name, node in arguments.items()}

    def _followed(self, node: ast.expr) -> ast.expr:
        return self.known.get(node.id, node) if isinstance(node, ast.Name) else node

    def _value(self, node: ast.expr) -> Node:
        """Return a constant, or nothing that is understood, which the schema then does not say."""
        try:
            return python_values.value(self.module.constants.without_names(node))
        except NoEquivalentError:
            return Node(None, _mark(node), {})

    def _columns(self, node: ast.expr) -> Node:
        if isinstance(node, ast.Name) and self.function is not None:
            node = built.mapping(self.function, node.id) or node
        node = self._followed(node)
        if not isinstance(node, ast.Dict):
            raise NoEquivalentError("its columns are not a mapping in the code")
        columns: dict[str, Node] = {}
        for name, inner in zip(node.keys, node.values, strict=True):
            if name is None and isinstance(spread := self._followed(inner), ast.Dict) and spread is not node:
                columns |= look.mapping(self._columns(spread), "columns")
                continue
            key = self.module.constants.without_names(name) if name is not None else None
            if not isinstance(key, ast.Constant):
                raise NoEquivalentError("the name of a column is not a constant; code is not run")
            columns[str(key.value)] = self._column(self._followed(inner), str(key.value))
        return _mapping(columns, _mark(node))

    def _column(self, node: ast.expr, name: str | None = None) -> Node:
        if not isinstance(node, ast.Call) or python_values.called(node) not in COLUMNS | derived.METHODS:
            return _mapping({CODE: _text(python_values.written(node), _mark(node))}, _mark(node))
        keys: dict[str, Node] = {}
        arguments = self._arguments(node, COLUMN)
        own = self._value(arguments["name"]).value if "name" in arguments else name
        for key, inner in arguments.items():
            if key == "checks":
                keys[key] = self._checks(inner, str(own))
            elif key == "dtype":
                keys[key] = self._dtype(inner)
            elif key == built.SOMETIMES:
                keys[key] = _text(python_values.written(inner), _mark(inner))
            elif key == SPREAD:
                keys[CODE] = _text(f"**{python_values.written(inner)}", _mark(inner))
            elif key in TOLD and not isinstance(inner, ast.Constant):
                keys[CODE] = _text(f"{key}={python_values.written(inner)}", _mark(inner))
            else:
                keys[key] = self._value(inner)
        return _mapping({key: one for key, one in keys.items() if one.value is not None}, _mark(node))

    def _dtype(self, node: ast.expr) -> Node:
        mark = _mark(node)
        if isinstance(node, ast.Constant):
            return _text(str(node.value), mark) if node.value is not None else Node(None, mark, {})
        if isinstance(node, ast.Call):
            return _text(_type_of(node), mark)
        return _text(last(node) or python_values.written(node), mark)

    def _checks(self, node: ast.expr, column: str | None = None) -> Node:
        """Return the checks of a column, or of the table, as a list of mappings from a name to what it is given."""
        given = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
        starred = [ast.Starred(self._followed(one.value)) if isinstance(one, ast.Starred) else one for one in given]
        listed = python_folding.spread(starred)
        items = [
            self._check(self._followed(one), column)
            for one in listed
            if not (isinstance(one, ast.Constant) and one.value is None)
        ]
        return Node(tuple(items), _mark(node), {})

    def _check(self, node: ast.expr, column: str | None) -> Node:
        mark = _mark(node)
        if not isinstance(node, ast.Call):
            return _mapping({python_values.written(node): Node(None, mark, {})}, mark)
        name = python_values.called(node)
        if name == "Check":
            return functions.check(node, column, self.module)
        try:
            given = python_values.keywords(self._constant(node), FIRST.get(name, ("value",)))
        except NoEquivalentError:
            return functions.compared(node, name, column, self.module)
        return _mapping({name: _mapping(given, mark)}, mark)

    def _constant(self, node: ast.Call) -> ast.Call:
        """Return a call with the constants that its arguments name."""
        follow = self.module.constants.without_names
        keywords = [
            ast.keyword(arg=keyword.arg, value=value)
            for keyword in node.keywords
            if isinstance(value := follow(keyword.value), ast.Constant) or keyword.arg not in functions.SAID
        ]
        return ast.copy_location(ast.Call(func=node.func, args=list(map(follow, node.args)), keywords=keywords), node)

    def model(self, family: Sequence[ast.ClassDef]) -> Mapping[str, Node]:
        """Return a class of a model, the last of a family, as a mapping."""
        node = family[-1]
        columns: dict[str, Node] = {}
        checks: list[Node] = []
        aliases: dict[str, str] = {}
        nodes: dict[str, Node] = {}
        for inner in (one for member in family for one in member.body):
            match inner:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                    alias, column = self._field(annotation, value)
                    columns[alias or name] = column
                    aliases[name] = alias or name
                case ast.ClassDef(name="Config"):
                    nodes |= self._config(inner)
                case ast.FunctionDef(name=name, decorator_list=[_, *_] as decorators) if any(
                    "check" in _decorator(decorator) or "parser" in _decorator(decorator) for decorator in decorators
                ):
                    checks += functions.of_model(inner, self.module, aliases)
        docstring, place = ast.get_docstring(node), _mark(node)
        told = {"description": _text(docstring.split("\n\n")[0], place)} if docstring else {}
        return {**told, **nodes, "columns": _mapping(columns, place), "checks": Node(tuple(checks), place, {})}

    def _field(self, annotation: ast.expr, value: ast.expr | None) -> tuple[str | None, Node]:
        kind, optional = annotation, False
        while isinstance(kind, ast.Subscript) and last(kind.value) in WRAPPERS:
            optional = optional or last(kind.value) == "Optional"
            kind = kind.slice.elts[0] if isinstance(kind.slice, ast.Tuple) else kind.slice
        # A bare Series, and Any, are of any type.
        given: dict[str, Node] = {} if last(kind) in {*WRAPPERS, "Any"} else {"dtype": self._dtype(kind)}
        checks: list[Node] = []
        alias = None
        if isinstance(value, ast.Call) and python_values.called(value) == "Field":
            for name, node in self._arguments(value, ()).items():
                if name in CHECKS:
                    checks.append(self._of_field(name, node))
                elif name == "alias":
                    alias = str(self._value(node).value)
                elif name == "regex" and not (isinstance(node, ast.Constant) and isinstance(node.value, bool)):
                    checks.append(
                        _mapping({f"regex={python_values.written(node)}": Node(None, _mark(node), {})}, _mark(node))
                    )
                elif name in {"nullable", "unique", "coerce", "regex", "title", "description", "raise_warning"}:
                    given[name] = self._value(node)
                elif name not in {"metadata", "ignore_na", "check_name", "n_failure_cases", "dtype_kwargs", "default"}:
                    checks.append(_mapping({name: Node(None, _mark(node), {})}, _mark(node)))
        given["checks"] = Node(tuple(checks), _mark(annotation), {})
        if optional:
            given["required"] = Node(False, _mark(annotation), {}, "false")
        return alias, _mapping({key: one for key, one in given.items() if one.value is not None}, _mark(annotation))

    def _of_field(self, name: str, node: ast.expr) -> Node:
        mark = _mark(node)
        try:
            return _mapping({name: python_values.value(self.module.constants.without_names(node))}, mark)
        except NoEquivalentError:
            return _mapping({f"{name}={python_values.written(node)}": Node(None, mark, {})}, mark)

    def _config(self, node: ast.ClassDef) -> dict[str, Node]:
        settings = {}
        for inner in node.body:
            target = inner.targets[0] if isinstance(inner, ast.Assign) else getattr(inner, "target", None)
            if isinstance(inner, (ast.Assign, ast.AnnAssign)) and inner.value and isinstance(target, ast.Name):
                name = target.id
                if name in {"strict", "ordered", "unique", "title", "description"}:
                    settings[name] = self._value(inner.value)
        return settings


def _type_of(node: ast.Call) -> str:
    """Return the type that a call makes, with what tells it from others of its name."""
    name = python_values.called(node)
    zone = [one.value for one in node.keywords if one.arg in {"tz", "time_zone"}]
    zone += node.args[1:2] if name in {"Datetime", "DatetimeTZDtype"} else []
    if name == "DatetimeTZDtype" or any(not isinstance(one, ast.Constant) or one.value for one in zone):
        return "timestamptz"
    if name.lower().startswith("decimal") and all(isinstance(one, ast.Constant) for one in node.args):
        return f"decimal({', '.join(python_values.code(one) for one in node.args)})" if node.args else "decimal"
    return python_values.code(node) if name in {"ArrayType", "List", "Array"} else name


def _decorator(node: ast.expr) -> str:
    return python_values.called(node) if isinstance(node, ast.Call) else last(node)
