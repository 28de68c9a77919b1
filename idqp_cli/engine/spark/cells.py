"""Cells of a cluster's answers, as DuckDB's client would give them; pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def plain(cell: Any) -> object:  # noqa: ANN401 - whatever Spark returns
    """Return a cell as DuckDB's client would: whole decimals as integers, rows in lists as texts by name."""
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() and cell.as_tuple().exponent == 0 else float(cell)
    if isinstance(cell, tuple) and hasattr(cell, "asDict"):
        return {name: _shown(value) for name, value in cell.asDict().items()}
    if isinstance(cell, list):
        return [plain(one) for one in cell]
    return cell


def _shown(value: object) -> str | None:
    """Return a cell as the text that a person is shown."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
