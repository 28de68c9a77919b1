"""A review for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from idqp_cli.output.listing import Cell, stamp
from idqp_cli.output.screen import BOLD, DIM, Line, Span, line
from idqp_cli.review import DatasetReview, Review, Times
from idqp_cli.text import apart, clean, count, duration, percent, quantity

COLUMNS = ("dataset", "runs", "score", "sla_score", "sla_since", "share_within_sla")


def lines(found: Review) -> Iterator[Line]:
    """Return the lines of the review."""
    yield line(Span(f"{stamp(found.since)} to {stamp(found.until)}", BOLD))
    facts = (("opened", found.opened), ("acknowledged", found.acknowledged), ("resolved", found.resolved))
    yield line(", ".join(f"{number:,} {word}" for word, number in (*facts, ("reopened", found.reopened))), indent=2)
    yield line(f"time to acknowledge: {_times(found.to_acknowledge)}", indent=2)
    yield line(f"time to resolve: {_times(found.to_resolve)}", indent=2)
    if found.false_positives is not None:
        yield line(f"false positives: {percent(found.false_positives)} of what was resolved", indent=2)
    for dataset in found.datasets:
        yield line()
        yield from _dataset(dataset)


def _dataset(dataset: DatasetReview) -> Iterator[Line]:
    yield line(Span(clean(dataset.dataset), BOLD), "  ", Span(count(dataset.runs, "run"), DIM))
    if dataset.scores:
        ends = (dataset.scores[0], dataset.scores[-1], min(dataset.scores, key=lambda one: one[1]))
        target = 100.0 if dataset.target is None else dataset.target
        _, *shown = apart(target, *(score for _, score in ends), show=_score)
        first, last, lowest = (f"{score} ({day})" for score, (day, _) in zip(shown, ends, strict=True))
        yield line(f"score {first} to {last}, lowest {lowest}", indent=2)
    if dataset.target is not None:
        share = "no run" if dataset.within is None else f"{percent(dataset.within)} of the runs"
        level = f"at {quantity(dataset.target)} or more since {stamp(dataset.since)}"
        yield line(f"service level: {share} {level}", indent=2)


def _score(score: float, more: int) -> str:
    return quantity(round(score, 2 + more), more)


def as_values(found: Review) -> Mapping[str, object]:
    """Return the review as plain values; times are in seconds."""
    return {
        "since": stamp(found.since),
        "until": stamp(found.until),
        "opened": found.opened,
        "acknowledged": found.acknowledged,
        "resolved": found.resolved,
        "reopened": found.reopened,
        "time_to_acknowledge": _plain(found.to_acknowledge),
        "time_to_resolve": _plain(found.to_resolve),
        "false_positive_share": found.false_positives,
        "datasets": [
            {**row, "scores": [{"day": str(day), "score": score} for day, score in dataset.scores]}
            for row, dataset in zip(rows(found), found.datasets, strict=True)
        ],
    }


def rows(found: Review) -> list[Mapping[str, Cell]]:
    """Return the datasets as rows of named cells; `score` is that of the last day."""
    return [
        {
            "dataset": dataset.dataset,
            "runs": dataset.runs,
            "score": dataset.scores[-1][1] if dataset.scores else None,
            "sla_score": dataset.target,
            "sla_since": None if dataset.target is None else stamp(dataset.since),
            "share_within_sla": dataset.within,
        }
        for dataset in found.datasets
    ]


def _times(times: Times) -> str:
    if times.mean is None or times.p95 is None:
        return "none"
    return f"mean {duration(times.mean)}, 95 % within {duration(times.p95)} ({times.count:,})"


def _plain(times: Times) -> Mapping[str, float | int | None]:
    return {"count": times.count, "mean": times.mean, "p95": times.p95}
