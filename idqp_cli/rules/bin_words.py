"""What the bins of a distribution are called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from idqp_cli.anomaly.summary import OTHER, Shape, Summary
from idqp_cli.core.text import cell, quantity

NO_VALUE = "(no value)"


def bin_of(summary: Summary, place: int) -> str:
    """Return what a bin of a summary is called; a place below 0 is that of missing cells."""
    if place < 0:
        return NO_VALUE
    if summary.shape is Shape.TEXT:
        return cell(summary.texts[place], 40) if place < len(summary.texts) else OTHER
    edges = summary.edges
    if not edges:
        return "all"
    shown = _moment if summary.shape is Shape.TIME else quantity
    if place == 0:
        below = summary.low > edges[0] and not summary.counts[0]
        return f"< {shown(summary.low)}" if below else f"≤ {shown(edges[0])}"
    if place == 1 and edges[0] < summary.low and not summary.counts[0]:
        return f"≤ {shown(edges[1])}"
    if place == len(edges):
        return f"> {shown(edges[-1])}"
    return f"{shown(edges[place - 1])} – {shown(edges[place])}"


def rounded(value: float, more: int) -> str:
    """Show a distance with three digits, and as many more as it is told."""
    return quantity(float(f"{value:.{3 + more}g}"), more)


def _moment(seconds: float) -> str:
    try:
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M}"
    except OverflowError:
        return quantity(seconds)
