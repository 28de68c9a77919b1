"""The plain part of Jinja in dbt's files: variables, names of models, and choices between constants.

An expression is read by Python's own parser, of which only constants, `var`,
`env_var`, `ref` and the like, comparisons and `… if … else …` are followed.
Nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.text import clean
from idqp_cli.importing.dialect import UNITS
from idqp_cli.importing.values import NoEquivalentError

EXPRESSION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
STATEMENT = re.compile(r"\{%")
CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "none": None}
MOMENTS = frozenset({"current_timestamp", "now", "current_timestamp_in_utc", "current_timestamp_backcompat"})
# The macros of dbt for dates, with the names of their arguments.
DATES: Mapping[str, tuple[str, ...]] = {
    "dateadd": ("datepart", "interval", "from_date_or_timestamp"),
    "datediff": ("first_date", "second_date", "datepart"),
    "date_trunc": ("datepart", "date"),
}
# Filters that say of which type a value is.
FILTERS = frozenset({"as_bool", "as_number", "as_native", "as_text", "int", "float", "string", "trim", "safe"})
DEEPEST, LONGEST = 40, 20_000

Names = Callable[[str, str | None], str]


class Unknown:
    """A variable without a value, which a condition of rules.yaml can have."""

    def __init__(self, name: str) -> None:
        """Keep its name."""
        self.name = name


class Template:
    """What templates are filled with: variables, and the names that models and sources have here."""

    def __init__(
        self,
        variables: Mapping[str, object],
        names: Names,
        this: str | None = None,
        arguments: Mapping[str, object] | None = None,
    ) -> None:
        """Take the values; `names` gives the dataset of a model, or of a source and its table."""
        self.variables = variables
        self.names = names
        self.this = this
        self.arguments = arguments or {}

    def within(self, arguments: Mapping[str, object]) -> Template:
        """Return what fills the template of a macro with its arguments."""
        return Template(self.variables, self.names, self.this, arguments)

    def filled(self, text: str, *, kept: bool = False) -> str:
        """Fill the templates in a text; with `kept` a variable without a value becomes one of rules.yaml.

        Raises:
            NoEquivalentError: a template is not plain, or has no value.

        """
        if "{" not in text:
            return text
        if len(text) > LONGEST:
            raise NoEquivalentError("it is too long for a template")
        text = COMMENT.sub("", text)
        if STATEMENT.search(text):
            raise NoEquivalentError("a template with statements ({% … %}) is not run")

        def value(match: re.Match[str]) -> str:
            made = self.value(match[1])
            if isinstance(made, Unknown):
                if kept:
                    return f"${{{{ {made.name} }}}}"
                raise NoEquivalentError(
                    f"the variable {clean(made.name, 60)} has no value; set it with --set {clean(made.name, 60)}=…"
                )
            return str(made).lower() if isinstance(made, bool) else "" if made is None else str(made)

        return EXPRESSION.sub(value, text)

    def value(self, expression: str) -> object:
        """Return the value of an expression.

        Raises:
            NoEquivalentError: it is not plain.

        """
        try:
            parsed = ast.parse(expression.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise NoEquivalentError(f"the template {{{{ {clean(expression, 60)} }}}} is not plain") from None
        try:
            return self._value(parsed, 0)
        except _NotPlainError:
            raise NoEquivalentError(f"the template {{{{ {clean(expression, 60)} }}}} is not plain") from None

    def one(self, text: str) -> object:
        """Return the value of a text that is one template, else the text filled."""
        match = EXPRESSION.fullmatch(text.strip())
        return self.value(match[1]) if match is not None else self.filled(text)

    def holds(self, condition: str) -> bool:
        """Return whether a condition holds.

        Raises:
            NoEquivalentError: it is not plain, or a variable has no value.

        """
        value = self.value(condition)
        if isinstance(value, Unknown):
            raise UnsetError(f"the variable {clean(value.name, 60)} has no value")
        return bool(value)

    def _value(self, node: ast.expr, depth: int) -> object:
        if depth > DEEPEST:
            raise _NotPlainError
        match node:
            case ast.Constant():
                return node.value
            case ast.Name(id=name) if name in CONSTANTS:
                return CONSTANTS[name]
            case ast.Name(id=name) if name in self.arguments:
                return self._argument(name)
            case ast.Name(id=name) if name in {"this", "model"} and self.this is not None:
                return sql.identifier(self.this)
            case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Name(id=name)) if name in FILTERS:
                return self._value(left, depth + 1)
            case ast.BinOp(
                left=ast.Name(id=name),
                op=ast.BitOr(),
                right=ast.Call(func=ast.Name(id="join"), args=[ast.Constant(value=str() as between)], keywords=[]),
            ):
                return between.join(self._items(name))
            case ast.IfExp(test=test, body=body, orelse=other):
                return self._value(body if self._known(test, depth) else other, depth + 1)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._known(operand, depth)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.BoolOp(op=word, values=values):
                # The first that decides, as in Python.
                for one in values[:-1]:
                    if bool(known := self._known(one, depth)) is isinstance(word, ast.Or):
                        return known
                return self._value(values[-1], depth + 1)
            case ast.Compare(
                left=left,
                ops=[ast.In() | ast.NotIn() as sign],
                comparators=[ast.List(elts=items) | ast.Tuple(elts=items)],
            ):
                found = self._known(left, depth) in [self._known(one, depth) for one in items]
                return found is isinstance(sign, ast.In)
            case ast.Attribute(value=ast.Name(id="target"), attr=name):
                # Of the run of dbt: its target has a name and a schema.
                return self.variables.get(f"target.{name}", Unknown(f"target.{name}"))
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as sign], comparators=[right]):
                if self._known(right, depth) is not None:
                    raise _NotPlainError
                return (self._known(left, depth) is None) is isinstance(sign, ast.Is)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as sign], comparators=[right]):
                same = self._known(left, depth) == self._known(right, depth)
                return same if isinstance(sign, ast.Eq) else not same
            case ast.Call():
                return self._called(node, depth)
        raise _NotPlainError

    def _items(self, name: str) -> Sequence[str]:
        items = self.arguments.get(name)
        if not isinstance(items, (list, tuple)) or not all(isinstance(one, str) for one in items):
            raise _NotPlainError
        return items

    def _argument(self, name: str) -> object:
        value = self.arguments[name]
        if value is not None and not isinstance(value, (bool, int, float, str)):
            raise _NotPlainError
        return value

    def _known(self, node: ast.expr, depth: int) -> object:
        value = self._value(node, depth + 1)
        if isinstance(value, Unknown):
            raise UnsetError(
                f"the variable {clean(value.name, 60)} has no value; set it with --set {clean(value.name, 60)}=…"
            )
        return value

    def _called(self, node: ast.Call, depth: int) -> object:
        name = (
            node.func.attr
            if isinstance(node.func, ast.Attribute)
            else node.func.id
            if isinstance(node.func, ast.Name)
            else ""
        )
        arguments = node.args
        if name in {"var", "env_var"} and arguments:
            return self._variable(arguments, depth)
        if name == "ref" and arguments:
            return sql.identifier(self.names(str(self._value(arguments[-1], depth + 1)), None))
        if name == "source" and len(arguments) == 2:
            source, table = (str(self._value(argument, depth + 1)) for argument in arguments)
            return sql.identifier(self.names(table, source))
        if name == "get_where_subquery" and len(arguments) == 1:
            return self._value(arguments[0], depth + 1)
        if name == "config":
            return ""
        if name in MOMENTS and not arguments:
            return "current_timestamp"
        if name in DATES:
            return self._date(name, node, depth)
        raise _NotPlainError

    def _date(self, name: str, node: ast.Call, depth: int) -> str:
        """Return the SQL that a macro of dbt for dates makes."""
        given = dict(zip(DATES[name], node.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
        if set(given) != set(DATES[name]):
            raise _NotPlainError
        words = {key: str(self._known(one, depth)) for key, one in given.items()}
        unit = words["datepart"].strip().lower()
        if unit not in UNITS:
            raise _NotPlainError
        if name == "dateadd":
            return f"({words['from_date_or_timestamp']} + INTERVAL ({words['interval']}) {unit})"
        if name == "datediff":
            return f"date_diff('{unit}', {words['first_date']}, {words['second_date']})"
        return f"date_trunc('{unit}', {words['date']})"

    def _variable(self, arguments: list[ast.expr], depth: int) -> object:
        name = str(self._value(arguments[0], depth + 1))
        if name in self.variables:
            return self.variables[name]
        if len(arguments) > 1:
            return self._value(arguments[1], depth + 1)
        return Unknown(name)


class UnsetError(NoEquivalentError):
    """A choice depends on a variable without a value."""


class _NotPlainError(Exception):
    """An expression that is not followed."""
