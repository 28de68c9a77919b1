"""A step of Pointblank as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import clean
from idqp_cli.importing import look
from idqp_cli.importing.filtered import Filtered
from idqp_cli.importing.pointblank.levels import Given
from idqp_cli.importing.values import NoEquivalentError

SIGNS = {
    "col_vals_gt": ">", "col_vals_ge": ">=", "col_vals_lt": "<", "col_vals_le": "<=", "col_vals_eq": "=",
    "col_vals_ne": "!=",
}  # fmt: skip


@frozen
class Asked(Filtered):
    """A step as it is asked for: the method, its arguments, the keys of every rule, and the dataset."""

    kind: str
    given: Given
    keys: Mapping[str, object]
    dataset: str


def columns_of(given: Given, key: str = "columns") -> list[str]:
    """Return the columns of a step, at least one."""
    names = look.texts(given.get(key) or given.get("column"), key)
    if not names:
        raise NoEquivalentError("it names no column")
    for name in names:
        if "(" in name:
            raise NoEquivalentError(f"'{clean(name, 40)}' selects columns by code; name them")
    return names
