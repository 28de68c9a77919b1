"""Families of types, for a column that may be of any of them: `any number` and the like; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

INTEGER, NUMBER, TEXT, DATE = "any integer", "any number", "any text", "any date"
FAMILIES = (INTEGER, NUMBER, TEXT, DATE)
# What cells of a text file are read as; dates are read as they are written.
READ_AS: Mapping[str, str] = {INTEGER: "BIGINT", NUMBER: "DOUBLE", TEXT: "VARCHAR"}
DECIMAL = re.compile(r"DECIMAL\(\d+,\s*(\d+)\)")
_INTEGERS = frozenset(
    f"{sign}{name}" for sign in ("", "U") for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
_NAMES: Mapping[str, frozenset[str]] = {
    INTEGER: _INTEGERS,
    NUMBER: frozenset({*_INTEGERS, "FLOAT", "DOUBLE"}),
    TEXT: frozenset({"VARCHAR", "UUID"}),
    DATE: frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}),
}


def family(written: str) -> str | None:
    """Return the family that a text names, None if it names none."""
    name = " ".join(written.lower().split())
    return name if name in FAMILIES else None


def belongs(kind: str, to: str) -> bool:
    """Tell whether a type, in DuckDB's spelling, is of a family; a DECIMAL without places is an integer."""
    decimal = DECIMAL.fullmatch(kind)
    if decimal is not None:
        return to == NUMBER or (to == INTEGER and int(decimal[1]) == 0)
    return kind in _NAMES[to] or (to == TEXT and kind.startswith("ENUM("))
