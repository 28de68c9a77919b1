"""Generic tests that a project of dbt defines itself: `{% test name(model, column_name) %} SELECT … {% endtest %}`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.importing import look, rule_keys, tables
from idqp_cli.importing.dbt import branches, config, generic_tests
from idqp_cli.importing.dbt.keys import SAY_NOTHING
from idqp_cli.importing.dbt.test import PLAIN, Test
from idqp_cli.importing.expectations.expectation import Made
from idqp_cli.importing.jinja import COMMENT, Template
from idqp_cli.importing.values import Keys, NoEquivalentError

LONGEST = 1 << 20
DEFINITION = re.compile(
    r"\{%-?\s*(?:test\s+|macro\s+test_)(\w+)\s*\(([^%]*)\)\s*-?%\}(.*?)\{%-?\s*end(?:test|macro)\s*-?%\}", re.DOTALL
)
# What a test sets for itself without a change of its meaning.
PLAIN_SETTINGS = frozenset({"tags", "store_failures", "store_failures_as", "description", "meta", "severity"})


@frozen
class Macro:
    """A generic test: the parameters with their defaults as code, and the SELECT of the failing rows as a template."""

    name: str
    parameters: tuple[tuple[str, str | None], ...]
    body: str


def defined(text: str) -> Iterator[Macro]:
    """Yield the generic tests that a file defines."""
    if len(text) > LONGEST:
        return
    for name, written, body in DEFINITION.findall(COMMENT.sub("", text)):
        try:
            arguments = ast.parse(f"def f({written}): pass").body[0]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if isinstance(arguments, ast.FunctionDef):
            yield Macro(name.lower(), tuple(_parameters(arguments.args)), body)


def _parameters(given: ast.arguments) -> Iterator[tuple[str, str | None]]:
    last = len(given.args) - len(given.defaults)
    for at, one in enumerate(given.args):
        yield one.arg, ast.unparse(given.defaults[at - last]) if at >= last else None
    for named, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield named.arg, None if default is None else ast.unparse(default)


def rules(test: Test, own: Macro | None, template: Template, *, levels: bool) -> Iterable[Made]:
    """Return what a test becomes, known or a project's own; `levels`: its severity is said where it is used.

    Raises:
        NoEquivalentError: it is unknown, its template does more than name its arguments, or one of them has no value.

    """
    if own is not None:
        return _query(test, own, template, levels=levels)
    made = list(generic_tests.made(test))
    unread = sorted(set(test.given.unread()) - SAY_NOTHING)
    if unread:
        raise NoEquivalentError(f"its argument '{clean(unread[0], 40)}' is not known")
    return made


def _query(test: Test, macro: Macro, template: Template, *, levels: bool) -> Sequence[Keys]:
    settings = _settings(macro.body)
    if settings.keys() - PLAIN_SETTINGS:
        raise NoEquivalentError(f"its macro sets {', '.join(sorted(settings.keys() - PLAIN_SETTINGS))}")
    names = {name for name, _ in macro.parameters}
    unknown = set(test.given) - names - {"model", "column_name"}
    if unknown:
        raise NoEquivalentError(f"its macro has no argument '{clean(min(unknown), 40)}'")
    values = {name: _value(test, name, default, template) for name, default in macro.parameters}
    statement = branches.filled(config.without(macro.body), template, values).strip().rstrip(";")
    more = {"severity": "warning"} if settings.get("severity") == "warn" and not levels else {}
    return [rule_keys.rule("query", sql=tables.own(statement, test.dataset), **test.plain, **more)]


def _settings(body: str) -> Mapping[str, object]:
    """Return what a macro sets for each test that uses it."""
    found = {
        name: value.value if isinstance(value, ast.Constant) else None for name, value in config.settings(body).items()
    }
    if "severity" in found and found["severity"] not in {"warn", "error"}:
        raise NoEquivalentError("its macro has a severity that is not plain")
    return found


def _value(test: Test, name: str, default: str | None, template: Template) -> object:
    """Return what stands for an argument in the template."""
    if name == "model":
        table = sql.identifier(test.dataset)
        # dbt puts the rows for which `where` holds in the place of the model.
        return f"(SELECT * FROM {table} WHERE {test.where}) AS dbt_subquery" if test.where else table
    if name == "column_name":
        column = test.column()
        return column if PLAIN.fullmatch(column) else sql.identifier(column)
    if name in test.given:
        value = look.plain(test.given[name])
        return template.filled(value) if isinstance(value, str) else value
    if default is None:
        raise NoEquivalentError(f"its macro needs the argument '{clean(name, 40)}'")
    return template.value(default)
