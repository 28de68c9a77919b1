"""Plain values of a foreign document, each seen to be what it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from idqp_cli.core.model import Scalar

Plain = object


def document(text: str) -> Mapping[str, Plain]:
    """Read a JSON text that is an object.

    Raises:
        ValueError: it is none.

    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno} is not JSON: {error.msg}") from None
    return mapping(value, "the document")


def written(value: object) -> str:
    """Write plain values as JSON that people read."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def mapping(value: Plain, what: str) -> Mapping[str, Plain]:
    """Return a mapping."""
    if not isinstance(value, dict):
        raise TypeError(f"{what} is not a mapping")
    return value


def items(value: Plain, what: str) -> Sequence[Plain]:
    """Return a list."""
    if not isinstance(value, list):
        raise TypeError(f"{what} is not a list")
    return value


def text(value: Plain, what: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise TypeError(f"{what} is not a text")
    return value


def flag(value: Plain, what: str) -> bool:
    """Return true or false; what is not said is false."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise TypeError(f"{what} is neither true nor false")
    return value


def whole(value: Plain, what: str) -> int | None:
    """Return a whole number, 0 or more; None if it is not said."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{what} is not a whole number, 0 or more")
    return value


def scalars(value: Plain, what: str) -> tuple[Scalar, ...] | None:
    """Return a list of texts, numbers and booleans; None if it is not said."""
    if value is None:
        return None
    values = []
    for item in items(value, what):
        if not isinstance(item, (bool, int, float, str)):
            raise TypeError(f"{what} contains something other than texts, numbers and booleans")
        values.append(item)
    return tuple(values)
