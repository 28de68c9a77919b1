"""The names that rules have which say none; pure, and light enough for a shell that waits for a completion."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from idqp_cli.core.yaml import Node

# The rules that nobody writes have their names first.
PARSE, SCHEMA, ROW_COUNT = "parse", "schema", "row_count"
# Whether the dataset could be checked at all.
CHECK = "check"


def reserved(rules: Iterable[Node], *, allow_empty: bool) -> set[str]:
    """Return the names that no rule of a dataset can have."""
    names = {PARSE, SCHEMA, CHECK}
    return names if allow_empty or any(map(_counts_rows, rules)) else {*names, ROW_COUNT}


def unnamed(kind: str, columns: Sequence[str], taken: set[str]) -> str:
    """Return the name of a rule of the type `kind` without one."""
    name = plain = f"{kind}({', '.join(columns)})" if columns else kind
    number = 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    return name


def free(wanted: str, taken: Collection[str]) -> str:
    """Return a name that a person or another tool gave, with a number where it is taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def _counts_rows(node: Node) -> bool:
    """Tell whether the rule demands a row, so that the implied one is not needed."""
    rule = node.value if isinstance(node.value, dict) else {}
    kind, least = rule.get("type"), rule.get("min")
    where, enabled = rule.get("where"), rule.get("enabled")
    everywhere = (where is None or where.value is None) and (enabled is None or enabled.value is not False)
    return kind is not None and kind.value == ROW_COUNT and everywhere and bool(least and least.value)
