"""Summaries of columns as text, several of them as one, and one in the bins of another; pure, and without numpy."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import pairwise

from idqp_cli.anomaly.summary import TEXTS, Shape, Summary
from idqp_cli.core.frozen import frozen


@frozen
class Snapshot:
    """A saved baseline, without its summaries."""

    dataset: str
    name: str
    columns: int
    created_at: datetime
    created_by: str


def as_text(summaries: Mapping[str, Summary]) -> str:
    """Write a dataset's summaries, by column, as JSON text."""
    return json.dumps({column: asdict(summary) for column, summary in summaries.items()}, allow_nan=False)


def from_text(text: str) -> dict[str, Summary]:
    """Read what `as_text` wrote."""
    return {
        column: Summary(
            shape=Shape(plain["shape"]),
            counts=tuple(plain["counts"]),
            edges=tuple(plain["edges"]),
            texts=tuple(plain["texts"]),
            low=plain["low"],
            high=plain["high"],
            deviation=plain["deviation"],
            means=tuple(plain.get("means", ())),
            missing=plain.get("missing"),
        )
        for column, plain in json.loads(text).items()
    }


def bounded(summary: Summary) -> Summary:
    """Return a summary of numbers with bins for what lies below and above all of its values."""
    if summary.shape is Shape.TEXT or not summary.rows:
        return summary
    below = math.nextafter(summary.low, -math.inf)
    edges, counts, means = list(summary.edges), list(summary.counts), list(summary.means)
    if not edges or edges[0] > below:
        edges, counts = [below, *edges], [0, *counts]
        means = [None, *means] if means else means
    if edges[-1] < summary.high:
        edges, counts = [*edges, summary.high], [*counts, 0]
        means = [*means, None] if means else means
    return replace(summary, edges=tuple(edges), counts=tuple(counts), means=tuple(means))


def merged(summaries: Sequence[Summary]) -> Summary | None:
    """Return several summaries of one column, oldest first, as one in the bins of the last; None of none."""
    if not summaries:
        return None
    last = summaries[-1]
    alike = [summary for summary in summaries if summary.shape is last.shape and summary.rows]
    if len(alike) < 2:
        return last
    missing = (
        None if any(summary.missing is None for summary in alike) else sum(summary.missing or 0 for summary in alike)
    )
    if last.shape is Shape.TEXT:
        return replace(_merged_texts(alike), missing=missing)
    low, high = min(summary.low for summary in alike), max(summary.high for summary in alike)
    if low < last.low or high > last.high:
        outer = {math.nextafter(low, -math.inf), high} if last.edges and last.edges[0] < last.low else set[float]()
        edges = tuple(sorted({*last.edges, *outer}))
        last = replace(last, edges=edges, counts=(0,) * (len(edges) + 1))
    total = sum(summary.rows for summary in alike)
    counts = [0.0] * len(last.counts)
    for summary in alike:
        counts = [sum(pair) for pair in zip(counts, _in_bins_of(last, summary), strict=True)]
    return Summary(
        shape=last.shape,
        counts=tuple(map(round, counts)),
        edges=last.edges,
        texts=last.texts,
        low=min(summary.low for summary in alike),
        high=max(summary.high for summary in alike),
        deviation=sum(summary.deviation * (summary.rows / total) for summary in alike),
        missing=missing,
    )


def _merged_texts(alike: Sequence[Summary]) -> Summary:
    named: Counter[str] = Counter()
    for summary in alike:
        named.update(dict(zip(summary.texts, summary.counts, strict=False)))
    top = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))[:TEXTS]
    counts = tuple(count for _, count in top)
    others = sum(summary.rows for summary in alike) - sum(counts)
    return Summary(Shape.TEXT, (*counts, others), texts=tuple(text for text, _ in top))


def in_bins(target: Summary, summary: Summary) -> Summary:
    """Return a summary of the same column in the bins of another, as far as its own bins tell."""
    if target.shape is not summary.shape:
        return summary
    if target.shape is Shape.TEXT:
        named = dict(zip(summary.texts, summary.counts, strict=False))
        known = [named.get(text, 0) for text in target.texts]
        return replace(target, counts=(*known, summary.rows - sum(known)), missing=summary.missing, means=())
    counts = tuple(map(round, _in_bins_of(target, summary)))
    return replace(target, counts=counts, missing=summary.missing, means=())


def _in_bins_of(target: Summary, summary: Summary) -> list[float]:
    """Spread a summary's counts over another's bins, evenly inside each bin."""
    below = [_at_most(summary, edge) for edge in target.edges]
    return [after - before for before, after in pairwise([0.0, *below, float(summary.rows)])]


def _at_most(summary: Summary, value: float) -> float:
    """Estimate how many values are at most `value`."""
    below, start = 0.0, -math.inf
    for end, count in zip((*summary.edges, math.inf), summary.counts, strict=True):
        if value >= end:
            below += count
        else:
            begin, stop = max(start, summary.low), min(end, summary.high)
            inside = (value / 2 - begin / 2) / (stop / 2 - begin / 2) if stop > begin else 0.0
            return below + count * max(0.0, min(1.0, inside))
        start = end
    return below
