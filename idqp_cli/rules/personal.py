"""The keys of rules that may hold personal values, and their values without them; pure."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core.model import Scalar
from idqp_cli.rules.rule import Rule

# The keys of rules whose values are SQL, and those whose values are cells, or may be.
SQL_KEYS, VALUE_KEYS = (
    frozenset({"where", "expression", "sql"}),
    frozenset({"values", "missing_values", "min", "max", "regex", "like"}),
)
HIDDEN = "(hidden)"


def shareable(rule: Rule, key: str, value: Scalar | Sequence[Scalar] | None) -> Scalar | Sequence[Scalar] | None:
    """Return the value of a rule's key as it may be kept and shown: what stands for personal values is hidden."""
    if key in SQL_KEYS and isinstance(value, str):
        return rule.without_values(value)
    if not rule.private or key not in VALUE_KEYS or value is None:
        return value
    return HIDDEN if isinstance(value, (str, int, float)) else [HIDDEN for _ in value]
