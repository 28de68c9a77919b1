"""Python code of others as values: constants, lists and mappings in calls. Nothing of it is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence

from idqp_cli.core.errors import RulesError
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import notebooks
from idqp_cli.importing.values import NoEquivalentError

LONGEST = 1 << 20
# The call that stands for a condition that is false where its value cannot be read.
TRIED = "tried"
CHANGING = frozenset({"append", "extend", "insert", "add", "update", "pop", "remove", "clear", "setdefault", "discard"})
# What tells apart the names of several functions, with a number; no name of Python has it.
OWN = "§"


def parsed(text: str, path: str) -> ast.Module:
    """Parse code; lines of a notebook that are not Python are passed over.

    Raises:
        RulesError: it is not Python, with the place.

    """
    if len(text) > LONGEST:
        raise RulesError(clean(path), 1, 1, f"larger than {LONGEST:,} characters; split the file")
    try:
        try:
            return _tree(text)
        except SyntaxError:
            return _tree(notebooks.python(text))
    except SyntaxError as error:
        raise RulesError(clean(path), error.lineno or 1, error.offset or 1, "not Python") from None
    except (ValueError, RecursionError, MemoryError):
        raise RulesError(clean(path), 1, 1, "not Python") from None


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls in the order in which they are made: what a call is given, or is of, before it."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, done = waiting.pop()
        if done and isinstance(node, ast.Call):
            yield node
        elif not done:
            waiting.append((node, True))
            waiting += [(inner, False) for inner in reversed(list(ast.iter_child_nodes(node)))]


def conditions(tree: ast.AST) -> Mapping[ast.AST, str]:
    """Return for each call that the code makes only under a condition a line which says that."""
    found: dict[ast.AST, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.If) or "__name__" in ast.unparse(node.test):
            continue
        for lines, word in ((node.body, "if"), (node.orelse, "if not")):
            told = f"the code has it only {word} {written(node.test)}"
            found |= {inner: told for line in lines for inner in ast.walk(line) if isinstance(inner, ast.Call)}
    return found


def called(node: ast.Call) -> str:
    """Return the last name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def written(node: ast.AST) -> str:
    """Return code as it is written, on one line."""
    try:
        return clean(code(node), 80)
    except RecursionError:
        return "…"


def code(node: ast.AST) -> str:
    """Return code as it is written, with the names that it has there."""
    return re.sub(f"{OWN}\\d+", "", ast.unparse(node))


def keywords(node: ast.Call, positional: Sequence[str] = ()) -> dict[str, Node]:
    """Return the arguments of a call by their names; `positional` are the names of the first ones.

    Raises:
        NoEquivalentError: one is not a constant, or has no name.

    """
    if len(node.args) > len(positional):
        raise NoEquivalentError("it has more arguments than are known")
    arguments = {name: value(argument) for name, argument in zip(positional, node.args, strict=False)}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise NoEquivalentError("arguments from a variable (**) are not read")
        arguments[keyword.arg] = value(keyword.value)
    return arguments


def value(node: ast.expr) -> Node:
    """Return a constant, or a list or mapping of constants.

    Raises:
        NoEquivalentError: it is what only running the code would tell.

    """
    # What is made of constants may have no place of its own.
    mark = Mark(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)
    match node:
        case ast.Constant(value=None | bool() | int() | float() | str() as constant):
            return Node(constant, mark, {}, str(constant).lower() if isinstance(constant, bool) else str(constant))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return Node(-number, mark, {}, str(-number))
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return Node(tuple(value(item) for item in items), mark, {})
        case ast.Dict(keys=names, values=items):
            texts = [name.value if isinstance(name, ast.Constant) else None for name in names]
            if any(text is None for text in texts):
                raise NoEquivalentError("a mapping must have constants as keys")
            made = {str(text): value(item) for text, item in zip(texts, items, strict=True)}
            return Node(made, mark, dict.fromkeys(made, mark))
        case ast.Call() if called(node) in {"list", "set", "tuple", "frozenset", "sorted"} and len(node.args) == 1:
            return value(node.args[0])
        case ast.Call() if called(node) == "dict" and not node.args:
            inner = keywords(node)
            return Node(inner, mark, dict.fromkeys(inner, mark))
        case ast.Call() if called(node) == "range" and all(isinstance(arg, ast.Constant) for arg in node.args):
            return _range(node, mark)
    raise NoEquivalentError(f"line {mark.line}: '{written(node)}' is not a constant; code is not run")


def _range(node: ast.Call, mark: Mark) -> Node:
    ends = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, int)]
    if not 1 <= len(ends) <= 2 or len(ends) != len(node.args):
        raise NoEquivalentError("a range of this kind is not read")
    low, high = (0, ends[0]) if len(ends) == 1 else (ends[0], ends[1])
    if high - low > 1000:
        raise NoEquivalentError("a range of more than 1,000 values is not read")
    return Node(tuple(Node(number, mark, {}, str(number)) for number in range(low, high)), mark, {})


def constant_of(tree: ast.AST, names: Sequence[str]) -> str | None:
    """Return the text that one of the names is given in the code, as a variable or an argument."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() as text)) if name in names:
                return text
            case ast.keyword(arg=str() as name, value=ast.Constant(value=str() as text)) if name in names:
                return text
    return None


def constants(tree: ast.Module) -> Mapping[str, ast.expr]:
    """Return what the names of the module are given, where that is said once."""
    values: dict[str, ast.expr] = {}
    twice = set()
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                twice |= {name} if name in values else set()
                values[name] = value
    return {name: node for name, node in values.items() if name not in {*twice, *changed(tree)}}


def changed(tree: ast.AST) -> Iterator[str]:
    """Yield the names of lists and mappings that code changes after it made them."""
    for node in ast.walk(tree):
        match node:
            case ast.AugAssign(target=ast.Name(id=name)) | ast.Delete(targets=[ast.Subscript(value=ast.Name(id=name))]):
                yield name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in CHANGING:
                yield name


def is_constant(node: ast.expr) -> bool:
    """Tell whether code is a constant, or a list or mapping of constants."""
    try:
        value(node)
    except NoEquivalentError:
        return False
    return True


def _all_false(handlers: Sequence[ast.ExceptHandler]) -> bool:
    """Tell whether all that goes wrong is answered with False."""
    return all(
        isinstance(one.body[0], ast.Return)
        and isinstance(one.body[0].value, ast.Constant)
        and one.body[0].value.value is False
        for one in handlers
    )


def returned(function: ast.FunctionDef | ast.Lambda, *, skip: int = 0) -> tuple[str, ast.expr, Mapping[str, ast.expr]]:
    """Return the parameter of a function, what it returns, and the names that it gives values before; `skip` as `cls`.

    Raises:
        NoEquivalentError: it does more than return a value.

    """
    parameters = [one.arg for one in function.args.args][skip:]
    if len(parameters) != 1:
        raise NoEquivalentError(f"its code has {len(parameters)} parameters, and a check gives it one value")
    if isinstance(function, ast.Lambda):
        return parameters[0], function.body, {}
    given: dict[str, ast.expr] = {}
    for line in function.body:
        match line:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name not in given and name not in parameters:
                given[name] = value
            case ast.Return(value=ast.expr() as value):
                return parameters[0], value, given
            case ast.Try(body=[ast.Return(value=ast.expr() as value)], handlers=handlers, orelse=[], finalbody=[]) if (
                _all_false(handlers)
            ):
                return parameters[0], ast.copy_location(ast.Call(ast.Name(TRIED, ast.Load()), [value], []), line), given
            case _:
                break
    raise NoEquivalentError("its code does more than return a condition; code is not run")
