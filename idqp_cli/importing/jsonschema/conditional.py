"""`if`, `then` and `else` of a JSON Schema: columns that must be there where others have some values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from idqp_cli.core import sql
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look, row_sql, rule_keys
from idqp_cli.importing.values import Keys, NoEquivalentError

SAID = frozenset({"properties", "required", "title", "description", "$comment"})
OF_VALUE = frozenset({"const", "enum", "type", "title", "description", "$comment"})


def rules(given: Mapping[str, Node]) -> Iterable[Keys]:
    """Return the rules of the condition of a schema.

    Raises:
        NoEquivalentError: it is about more than values of columns, or demands more than that columns are there.

    """
    condition = " AND ".join(f"({one})" for one in _conditions(_part(given["if"], "if")))
    if not condition:
        raise NoEquivalentError("its condition says nothing")
    for key, lead in (("then", "NOT "), ("else", "")):
        if key not in given:
            continue
        part = _part(given[key], key)
        required = look.texts(part.get("required"), "required")
        if not required or "properties" in part:
            raise NoEquivalentError(f"only columns that are required in `{key}` have an equivalent")
        there = " AND ".join(f"{sql.identifier(name)} IS NOT NULL" for name in required)
        yield rule_keys.rule("expression", expression=f"{lead}({condition}) OR ({there})")


def _part(node: Node, key: str) -> Mapping[str, Node]:
    part = look.mapping(node, key)
    if not SAID.issuperset(part):
        raise NoEquivalentError(f"`{key}` has an equivalent only for properties and required")
    return part


def _conditions(part: Mapping[str, Node]) -> Iterable[str]:
    """Yield the conditions on the row; none is NULL."""
    required = look.texts(part.get("required"), "required")
    for name in required:
        yield f"{sql.identifier(name)} IS NOT NULL"
    for name, node in look.mapping(part.get("properties"), "properties").items():
        said = look.mapping(node, name)
        if not OF_VALUE.issuperset(said) or not {"const", "enum"} & said.keys():
            raise NoEquivalentError("`if` has an equivalent only for values, by const or enum")
        values = look.values(said.get("enum") or said["const"], name)
        # Of a property that is not there a schema says nothing, so it holds.
        yield f"coalesce({row_sql.listed(name, values)}, true)"
