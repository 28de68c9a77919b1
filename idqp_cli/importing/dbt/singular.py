"""Singular tests of dbt: a file with a SELECT of the failing rows, and what it sets for itself in `config(…)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from idqp_cli.core.model import Mark
from idqp_cli.core.yaml import Node
from idqp_cli.importing import rule_keys, tables
from idqp_cli.importing.dbt import levels
from idqp_cli.importing.dbt.config import settings
from idqp_cli.importing.dbt.meta import enabled, tags
from idqp_cli.importing.jinja import Template
from idqp_cli.importing.values import Keys, NoEquivalentError

# Where dbt keeps the failing rows, and how many of them; no verdict depends on it.
KEPT = frozenset({
    "store_failures", "store_failures_as", "schema", "database", "alias", "limit", "description", "meta", "group",
    "docs", "materialized", "sql_header",
})  # fmt: skip
KNOWN = frozenset({"severity", "warn_if", "error_if", "fail_calc", "enabled", "tags"})


def noted(named: list[str], name: str) -> str:
    """Add the name of a model to those that a test names, and return it."""
    named.append(name)
    return name


def rules(text: str, name: str, query: str, dataset: str, template: Template) -> list[Keys]:
    """Return what a test becomes, whose SELECT is the query, with its severity, its bounds and its tags.

    Raises:
        NoEquivalentError: it sets what cannot be said.

    """
    config = _config(text, Mark(1, 1))
    own = tags(config)
    keys = rule_keys.rule("query", name=name, sql=tables.own(query, dataset), **({"tags": own} if own else {}))
    found = levels.judged([keys], config, template, dataset)
    return found if enabled(config, template) else [{**one, "enabled": False} for one in found]


def _config(text: str, mark: Mark) -> Mapping[str, Node]:
    """Return what a test sets for itself, but for where dbt keeps its rows, as nodes of YAML.

    Raises:
        NoEquivalentError: a setting is unknown, or no plain value.

    """
    said = settings(text)
    found = {name: _node(name, value, mark) for name, value in said.items() if name not in KEPT}
    unknown = found.keys() - KNOWN
    if unknown:
        raise NoEquivalentError(f"its config sets {', '.join(sorted(unknown))}")
    return found


def _node(name: str, value: ast.expr, mark: Mark) -> Node:
    try:
        plain = ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        # As a template it has the value that a variable of the project has.
        return Node("{{ " + ast.unparse(value) + " }}", mark, {})
    if isinstance(plain, (list, tuple)) and all(isinstance(one, str) for one in plain):
        return Node(tuple(Node(one, mark, {}, one) for one in plain), mark, {})
    if plain is not None and not isinstance(plain, (str, int, float)):
        raise NoEquivalentError(f"its config sets {name} to no plain value")
    return Node(plain, mark, {}, str(plain))
