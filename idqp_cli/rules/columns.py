"""The columns that a rule names, as they stand in the data; pure."""

from __future__ import annotations

from idqp_cli.core.model import Column
from idqp_cli.core.text import clean, nearest
from idqp_cli.rules.fields import hint


class NotEvaluableError(Exception):
    """The rule cannot be evaluated on this dataset; the text says why.

    `without_values` says it without the values in the rule, for a rule about personal ones.
    """

    def __init__(self, message: str, without_values: str | None = None) -> None:
        """Say why, and where that tells a value, the same without it."""
        super().__init__(message)
        self.without_values = message if without_values is None else without_values


def resolve(names: tuple[str, ...], columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Find columns by name: exactly, or without case where that leaves one.

    Raises:
        NotEvaluableError: a name is not there; the text names what is.

    """
    return tuple(_resolved(name, columns) for name in names)


def _resolved(name: str, columns: tuple[Column, ...]) -> Column:
    for matches in (
        [column for column in columns if column.name == name],
        [column for column in columns if column.name.casefold() == name.casefold()],
    ):
        if len(matches) == 1:
            return matches[0]
    missing = f"column '{clean(name)}' is not in the data"
    near = nearest(name, (column.name for column in columns))
    # A column with a name like it, or the struct that the name begins with.
    other = near is not None and "." in near and not name.casefold().startswith(f"{near.casefold()}.")
    field = None if other else hint(name, columns)
    if field is not None:
        raise NotEvaluableError(f"{missing}; {field}")
    if near:
        raise NotEvaluableError(f"{missing}; did you mean '{clean(near)}'?")
    known = ", ".join(clean(column.name, 60) for column in columns[:20])
    more = f" and {len(columns) - 20:,} more" if len(columns) > 20 else ""
    raise NotEvaluableError(f"{missing}; its columns are {known}{more}")
