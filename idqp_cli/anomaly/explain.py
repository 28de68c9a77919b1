"""Why a row is anomalous: the columns without which it would be less so, and what is usual there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from idqp_cli.anomaly.encoding import first_features
from idqp_cli.anomaly.features import Kind
from idqp_cli.anomaly.rows import LSTM, Model
from idqp_cli.core.text import cell, percent, quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_CAUSES = 3
# Of wide tables, the columns that are farthest out by themselves are tried.
TRIED = 24
# A column that explains less than this part of what the first one does is not named.
NOTABLE = 0.3


def causes(model: Model, coordinates: Floats, errors: Floats | None) -> list[tuple[int, ...]]:
    """Return, for each row, the numbers of the fields that make it anomalous, the most important first.

    A field's part is how much less far out the row is with the field's
    coordinates at their middle, and how much of the forecast's error is its own.
    """
    still = [member for member in model.members if member.method != LSTM]
    owners = model.encoding.owners()
    found = []
    for at, row in enumerate(coordinates):
        size = np.zeros(len(model.encoding.fields))
        np.maximum.at(size, owners, np.abs(row))
        tried = np.argsort(-size, kind="stable")[:TRIED]
        parts = np.zeros(len(tried))
        if still:
            changed = np.repeat(row[None, :], len(tried) + 1, axis=0)
            for number, field in enumerate(tried):
                changed[number + 1, owners == field] = 0.0
            scores = replace(model, members=tuple(still)).scores(changed)
            parts = np.maximum(scores[0] - scores[1:], 0.0)
            parts /= parts.sum() or 1.0
        if errors is not None:
            squares = np.bincount(owners[: errors.shape[1]], errors[at] ** 2, len(size))[tried]
            parts = parts + squares / (squares.sum() or 1.0)
        ranked = np.argsort(-parts, kind="stable")[:MOST_CAUSES]
        found.append(tuple(int(tried[rank]) for rank in ranked if parts[rank] > NOTABLE * parts[ranked[0]]))
    return found


def usual(model: Model, number: int) -> str:
    """Say what is usual in a field."""
    encoding, field = model.encoding, model.encoding.fields[number]
    at = first_features(encoding.fields)[number]
    low, high = float(encoding.usual_low[at]), float(encoding.usual_high[at])
    match field.kind:
        case Kind.NUMBER:
            return quantity(low) if low == high else f"{quantity(low)} to {quantity(high)}"
        case Kind.TIME:
            return f"{_moment(low)} to {_moment(high)}"
        case Kind.FLAG:
            return "true" if low == 1 else "false" if high == 0 else "true or false"
        case Kind.WORD:
            return _listed(field.common)
        case Kind.TEXT:
            return f"{quantity(low)} to {quantity(high)} characters, like {_listed(field.common)}"


def _listed(common: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{cell(text)} ({percent(share)})" for text, share in common[:MOST_CAUSES])


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    except (OverflowError, ValueError, OSError):
        return quantity(seconds)
