"""A review for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from idqp_cli.core.text import apart, clean, count, duration, percent, quantity, stamp
from idqp_cli.incidents.review import DatasetReview, Review, Times
from idqp_cli.report.listing import Cell
from idqp_cli.report.stdout import BOLD, DIM, Line, Span, line

COLUMNS = ("dataset", "runs", "score", "sla_score", "sla_since", "share_within_sla")


def lines(review: Review) -> Iterator[Line]:
    """Return the lines of the review."""
    yield line(Span(f"{stamp(review.since)} to {stamp(review.until)}", BOLD))
    facts = (("opened", review.opened), ("acknowledged", review.acknowledged), ("resolved", review.resolved))
    yield line(", ".join(f"{number:,} {word}" for word, number in (*facts, ("reopened", review.reopened))), indent=2)
    yield line(f"time to acknowledge: {_times(review.to_acknowledge)}", indent=2)
    yield line(f"time to resolve: {_times(review.to_resolve)}", indent=2)
    if review.false_positives is not None:
        yield line(f"false positives: {percent(review.false_positives)} of what was resolved", indent=2)
    for dataset in review.datasets:
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


def as_values(review: Review) -> Mapping[str, object]:
    """Return the review as plain values; times are in seconds."""
    return {
        "since": stamp(review.since),
        "until": stamp(review.until),
        "opened": review.opened,
        "acknowledged": review.acknowledged,
        "resolved": review.resolved,
        "reopened": review.reopened,
        "time_to_acknowledge": _plain(review.to_acknowledge),
        "time_to_resolve": _plain(review.to_resolve),
        "false_positive_share": review.false_positives,
        "datasets": [
            {**row, "scores": [{"day": str(day), "score": score} for day, score in dataset.scores]}
            for row, dataset in zip(rows(review), review.datasets, strict=True)
        ],
    }


def rows(review: Review) -> list[Mapping[str, Cell]]:
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
        for dataset in review.datasets
    ]


def _times(times: Times) -> str:
    if times.mean is None or times.p95 is None:
        return "none"
    return f"mean {duration(times.mean)}, 95 % within {duration(times.p95)} ({times.count:,})"


def _plain(times: Times) -> Mapping[str, float | int | None]:
    return {"count": times.count, "mean": times.mean, "p95": times.p95}
