"""The calls of PyDeequ in Python code, with the constants that their arguments name. The code is not run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from idqp_cli.core.errors import RulesError
from idqp_cli.core.frozen import frozen
from idqp_cli.importing import python_binding, python_folding, python_turns, python_values
from idqp_cli.importing.deequ import calls as deequ_calls
from idqp_cli.importing.deequ.calls import NAMES, VARIABLE, Call, Unread
from idqp_cli.importing.python_constants import Constants

NAME = re.compile(NAMES)


@frozen
class Read:
    """The calls of a file, in the order in which they are made, and what there is to say of it."""

    calls: tuple[Call, ...]
    notes: tuple[str, ...]


def read(text: str, path: str) -> Read | None:
    """Return the calls of checks in Python code; None if it is not Python.

    The calls of one check follow its `Check(level, description)`, wherever other checks begin.
    """
    try:
        turns, constants = python_turns.written_out(python_values.parsed(text, path))
        tree = constants.followed(turns)
        found = _Calls(tree, constants, text).found()
    except (RulesError, RecursionError):
        return None
    return Read(tuple(found), tuple(constants.notes(path)))


class _Calls:
    """The calls of checks of a file."""

    def __init__(self, tree: ast.AST, constants: Constants, text: str) -> None:
        self.tree = tree
        self.conditions = python_values.conditions(tree)
        self.constants = constants
        self.lines = [0, *(one.end() for one in re.finditer("\n", text))]
        # The check that a variable has, by the number of its `Check(…)`.
        self.checks: dict[str, int] = {}
        self.groups: list[list[Call]] = [[]]

    def found(self) -> Iterator[Call]:
        self._walk(self.tree)
        for group in self.groups:
            yield from group

    def _walk(self, node: ast.AST) -> int | None:
        """Take the calls in a piece of code, and return the check that it is."""
        match node:
            case ast.Call(func=ast.Attribute(value=of) as function):
                number = self._walk(of)
                for inner in (*node.args, *(one.value for one in node.keywords)):
                    self._walk(inner)
                return self._method(node, function, of, number)
            case ast.Call() if python_values.called(node) == "Check":
                self.groups.append([self._call(node, "Check", chained=False)])
                return len(self.groups) - 1
            case ast.Call(func=ast.Call(func=ast.Name(id="getattr"), args=[of, _])) if self._walk(of) is not None:
                number = self._walk(of)
                written = python_values.written(node)
                at = Call("getattr", (Unread(written),), node.lineno, written, of_check=True)
                self.groups[number or 0].append(at)
                return number
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(), attr=name):
                return self.checks.get(name)
            case ast.Assign(targets=[*targets], value=value):
                self._give(targets, self._walk(value))
            case ast.AnnAssign(target=ast.expr() as target, value=ast.expr() as given):
                self._give([target], self._walk(given))
            case _:
                for part in ast.iter_child_nodes(node):
                    self._walk(part)
        return None

    def _give(self, targets: Sequence[ast.expr], number: int | None) -> None:
        for target in targets:
            name = getattr(target, "id", getattr(target, "attr", ""))
            if number is not None:
                self.checks[name] = number

    def _method(self, node: ast.Call, function: ast.Attribute, of: ast.expr, number: int | None) -> int | None:
        is_check = python_values.called(node) == "Check"
        if is_check:
            self.groups.append([self._call(node, "Check", chained=False)])
            return len(self.groups) - 1
        if NAME.fullmatch(function.attr):
            at = len(self.groups) - 1 if number is None else number
            of_check = isinstance(of, ast.Call) and NAME.fullmatch(python_values.called(of)) is not None
            chained = of_check or (isinstance(of, ast.Call) and number is not None)
            self.groups[at].append(self._call(node, function.attr, chained=chained))
        return number

    def _call(self, node: ast.Call, name: str, *, chained: bool) -> Call:
        function = node.func
        of = function.value if isinstance(function, ast.Attribute) else None
        line, column = function.end_lineno or node.lineno, (function.end_col_offset or 0) - len(name)
        arguments = python_folding.folded(ast.Call(node.func, *self._followed(node)))
        listed = [*arguments.args, *arguments.keywords] if isinstance(arguments, ast.Call) else []
        written = [python_values.code(one) for one in listed]
        return Call(
            name,
            arguments=deequ_calls.arguments(written),
            line=line,
            text=f"{name}({', '.join(written)})",
            chained=chained,
            of_check=isinstance(of, ast.Name) and VARIABLE.search(of.id.split(python_values.OWN)[0]) is not None,
            at=self.lines[min(line, len(self.lines)) - 1] + column,
            remarks=(self.conditions[node],) if node in self.conditions else (),
        )

    def _followed(self, node: ast.Call) -> tuple[list[ast.expr], list[ast.keyword]]:
        follow = self.constants.without_names
        args = [_plain(follow(one)) for one in node.args]
        return args, [ast.keyword(one.arg, _plain(follow(one.value))) for one in node.keywords]


def _plain(node: ast.expr) -> ast.expr:
    """Return a function with the constants that its other parameters have as defaults: `lambda x, low=1: x >= low`."""
    match node:
        case ast.Lambda(args=ast.arguments(args=[first, *others], defaults=[*values])) if len(others) == len(values):
            given = {one.arg: value for one, value in zip(others, values, strict=True)}
            only = ast.arguments(posonlyargs=[], args=[first], kwonlyargs=[], kw_defaults=[], defaults=[])
            made = ast.Lambda(only, python_binding.put(node.body, given))
            return ast.fix_missing_locations(ast.copy_location(made, node))
    return node
