"""What rules say of columns: what their cells must be, and what a `schema` rule declares."""

from __future__ import annotations

from collections.abc import Iterable

from idqp_cli.rules.rule import Kind, Rule
from idqp_cli.rules.schema import Schema
from idqp_cli.schemas.schema import SchemaColumn


def expected(rules: Iterable[Rule]) -> dict[str, str]:
    """Return, for the columns that rules know the meaning of, in lower case, the family of their cells."""
    said = [(column.casefold(), kind) for rule in rules for column, kind in rule.kinds().items()]
    # A rule about how cells are written looks at their text whatever they are read as; one about values comes after it.
    said.sort(key=lambda one: one[1] is not Kind.TEXT)
    return {column: kind.value for column, kind in said}


def declared(rules: Iterable[Rule]) -> dict[str, str]:
    """Return the types that rules declare for columns of text files."""
    return {column: kind for rule in rules for column, kind in rule.types().items()}


def declaration(rules: Iterable[Rule]) -> tuple[SchemaColumn, ...]:
    """Return what `schema` rules declare of columns beside their types."""
    return tuple(column for rule in rules if isinstance(rule, Schema) for column in rule.declaration())
