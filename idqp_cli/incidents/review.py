"""How well incidents were dealt with over a time, and how good the data was; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import fmean

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.frozen import frozen
from idqp_cli.core.incident import PastEvent, PastRun, Reason

OPENS = frozenset({"opened", "reopened"})


@frozen
class Times:
    """How long something took, in seconds: how often it was done, the mean, and the 95th percentile."""

    count: int
    mean: float | None
    p95: float | None


@frozen
class DatasetReview:
    """How a dataset did.

    `scores` is the mean score of each day that it was checked on. `within` is
    the share of the runs whose score reached `target`, None without a service level.
    """

    dataset: str
    runs: int
    scores: tuple[tuple[date, float], ...]
    target: float | None
    since: datetime
    within: float | None


@frozen
class Review:
    """What happened since a time.

    The times are from an incident's opening, or its last reopening, to the
    first acknowledgement and to the resolution that fall into the time;
    `false_positives` is the share of the resolved incidents with that reason.
    """

    since: datetime
    until: datetime
    opened: int
    acknowledged: int
    resolved: int
    reopened: int
    to_acknowledge: Times
    to_resolve: Times
    false_positives: float | None
    datasets: tuple[DatasetReview, ...]


def review(
    events: Iterable[PastEvent], runs: Sequence[PastRun], datasets: Sequence[Dataset], since: datetime, until: datetime
) -> Review:
    """Sum up what happened; `events` are whole timelines, `runs` reach as far back as any service level does."""
    counts: dict[str, int] = defaultdict(int)
    acknowledged, resolved = list[float](), list[float]()
    begun: dict[int, datetime] = {}
    waiting: set[int] = set()
    judged: dict[int, str | None] = {}
    for event in events:
        if event.at >= since:
            counts[event.kind] += 1
        if event.kind in OPENS:
            begun[event.incident] = event.at
            waiting.add(event.incident)
        elif event.kind == "acknowledged" and event.incident in waiting:
            waiting.discard(event.incident)
            if event.at >= since:
                acknowledged.append(_seconds(begun[event.incident], event.at))
        elif event.kind == "resolved" and event.incident in begun:
            if event.at >= since:
                resolved.append(_seconds(begun.pop(event.incident), event.at))
                judged[event.incident] = event.resolution
            waiting.discard(event.incident)
    wrong = sum(reason == Reason.FALSE_POSITIVE for reason in judged.values())
    return Review(
        since=since,
        until=until,
        opened=counts["opened"],
        acknowledged=counts["acknowledged"],
        resolved=counts["resolved"],
        reopened=counts["reopened"],
        to_acknowledge=times(acknowledged),
        to_resolve=times(resolved),
        false_positives=wrong / len(judged) if judged else None,
        datasets=_datasets(runs, datasets, since, until),
    )


def times(seconds: Sequence[float]) -> Times:
    """Return the mean and the 95th percentile: the smallest value that 95 % do not exceed."""
    if not seconds:
        return Times(0, None, None)
    rank = -(-len(seconds) * 95 // 100)
    return Times(len(seconds), fmean(seconds), sorted(seconds)[rank - 1])


def reach(datasets: Iterable[Dataset], since: datetime, until: datetime) -> datetime:
    """Return the time from which on runs are needed: for the review, and for the service levels."""
    return min([since, *(until - dataset.sla.within for dataset in datasets if dataset.sla is not None)])


def _datasets(
    runs: Sequence[PastRun], datasets: Sequence[Dataset], since: datetime, until: datetime
) -> tuple[DatasetReview, ...]:
    levels = {dataset.name: dataset.sla for dataset in datasets if dataset.sla is not None}
    by_name: dict[str, list[PastRun]] = defaultdict(list)
    for run in runs:
        by_name[run.dataset].append(run)
    reviews = []
    for name in sorted({*by_name, *levels}):
        level, of_dataset = levels.get(name), by_name[name]
        begins = since if level is None else until - level.within
        looked = [run for run in of_dataset if run.at >= begins]
        reached = sum(level is not None and run.score is not None and run.score >= level.score for run in looked)
        recent = [run for run in of_dataset if run.at >= since]
        reviews.append(
            DatasetReview(
                dataset=name,
                runs=len(recent),
                scores=tuple(_daily(recent).items()),
                target=None if level is None else level.score,
                since=begins,
                within=None if level is None or not looked else reached / len(looked),
            )
        )
    return tuple(reviews)


def _daily(runs: Iterable[PastRun]) -> Mapping[date, float]:
    days: dict[date, list[float]] = defaultdict(list)
    for run in runs:
        if run.score is not None:
            days[run.at.date()].append(run.score)
    return {day: fmean(scores) for day, scores in sorted(days.items())}


def _seconds(begun: datetime, ended: datetime) -> float:
    return max(timedelta(), ended - begun).total_seconds()
