"""Which metrics of an unusual batch are named: as few as tell what happened, of as many columns as it happened to."""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.anomaly.options import STRANGEST
from idqp_cli.anomaly.series import Strange
from idqp_cli.rules import metrics

# A metric is named that is beyond the edge of the usual, and at least a tenth as strange as the strangest.
EDGE, BESIDE = 1.0, 0.1
# If several columns are strange, the number of rows may be why; it needs to be no more than this.
ROWS_TELL = 0.5


def named_first(strange: Sequence[tuple[str, Strange]]) -> tuple[tuple[str, Strange], ...]:
    """Return at most three metrics, by their names without what they are kept under; `strange` has the strangest first.

    Each column is named once before one is named twice: many metrics of a column
    say the same.
    """
    beyond = [one for one in strange if one[1].score >= EDGE]
    named = [one for one in beyond if one[1].score >= BESIDE * strange[0][1].score] or list(strange[:1])
    first: dict[str | None, tuple[str, Strange]] = {}
    for one in named:
        first.setdefault(_column(one[0]), one)
    chosen = [*first.values(), *(one for one in named if one not in first.values())][:STRANGEST]
    rows = next((one for one in strange if one[0] == metrics.ROW_COUNT and one[1].score >= ROWS_TELL), None)
    if rows is not None and rows not in chosen and len({_column(name) for name, _ in beyond}) > 1:
        chosen = [*chosen[: STRANGEST - 1], rows]
    return tuple(chosen)


def _column(name: str) -> str | None:
    metric = metrics.read(name)
    return metric.column if metric is not None else None
