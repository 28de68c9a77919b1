"""What rules need of a dataset's past: the history of a metric.

What a rule refused is no history of it until a person resolves its incident as
`expected`, and each `false_positive` widens the band.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from idqp_cli.accepted import Answers, Ran, Today, Verdicts, answered, answers, command, counted, reached, verdicts
from idqp_cli.anomaly.history import Series
from idqp_cli.dataset import Dataset
from idqp_cli.incidents import Place
from idqp_cli.model import DatasetReport, Result, Severity, Status, Verdict
from idqp_cli.output.past import History, Point
from idqp_cli.rules import metrics
from idqp_cli.rules.anomaly import Anomaly
from idqp_cli.rules.needs import Past
from idqp_cli.rules.rule import Rule
from idqp_cli.store import Store
from idqp_cli.store.values import MetricPoint

# What a report draws: the last runs, of as many failed rules.
POINTS_DRAWN = 72
SCORES_DRAWN = timedelta(days=90)
RULES_DRAWN = 100
MEASURED = "metric"

__all__ = ["answered", "as_results", "by_run", "past", "series", "times_of_runs", "trends"]


def past(store: Store, dataset: Dataset, rules: Sequence[Rule], today: Today) -> Past:
    """Return what the rules need of the dataset's past before today's run."""
    history: dict[Place, Series] = {}
    profiles: dict[str, Sequence[float | None]] = {}
    watching = [rule for rule in rules if rule.watches() is not None]
    answered_ = answers(store, dataset.name, [rule.name for rule in watching])
    for rule in watching:
        key = rule.watches() or ""
        results = store.metrics(dataset.name, rule.name)
        if isinstance(rule, Anomaly) and key == metrics.PROFILE:
            own = answered_.get((rule.name, None), Answers())
            said = verdicts(results.get((rule.name, None), ()), own)
            profiles |= rule.own_profile(by_run(store.metrics(dataset.name), today, own, said))
            continue
        for place, points in store.metrics(dataset.name, key).items():
            if (place[1] is None) == (rule.segment_by is None):
                own = answered_.get((rule.name, place[1]), Answers())
                judged = results.get((rule.name, place[1]), ())
                found = series(points, key, today, own, verdicts(judged, own))
                history[rule.name, place[1]] = replace(
                    found,
                    zone=dataset.timezone,
                    holidays=dataset.holidays,
                    refused=_refused(points, judged, today, own),
                    expected=frozenset(at.timestamp() for at in reached(judged, own)),
                    accept=command(dataset.name, (rule.name, place[1]), own),
                )
    return Past(history, profiles)


def series(points: Iterable[MetricPoint], key: str, today: Today, own: Answers, said: Verdicts) -> Series:
    """Return the points before today's run as a series, without those that were wrong."""
    known = [Ran(point.at, point.value, point.content, point.source) for point in points if point.value is not None]
    kept = counted(known, today, own, said)
    metric = metrics.read(metrics.bare(key).rpartition(": ")[2])
    return Series(
        times=tuple(run.at.timestamp() for run in kept),
        values=tuple(run.value for run in kept),
        share=metric is not None and metric.share,
        false_positives=own.false_positives,
    )


def _refused(
    points: Iterable[MetricPoint], judged: Iterable[MetricPoint], today: Today, own: Answers
) -> tuple[float, ...]:
    """Return the values of the last runs in a row that the rule refused, oldest first."""
    said = verdicts(judged, own)
    row: list[float] = []
    for point in points:
        if point.at < today.now and point.value is not None:
            row = [] if point.at not in said.refused else [*row, point.value]
    return tuple(row)


def by_run(
    found: Mapping[Place, Sequence[MetricPoint]], today: Today, own: Answers, said: Verdicts
) -> dict[str, list[float | None]]:
    """Return the kept metrics, each with a value for every run that says what is usual, oldest first."""
    measured = _measured(found)
    kept = _runs(measured, today, own, said)
    return {rule: [run.value[place] for run in kept] for place, rule in enumerate(measured)}


def times_of_runs(
    found: Mapping[Place, Sequence[MetricPoint]], today: Today, own: Answers, said: Verdicts
) -> tuple[float, ...]:
    """Return the times (seconds of UTC) of the runs that `by_run` has values of."""
    return tuple(run.at.timestamp() for run in _runs(_measured(found), today, own, said))


def _measured(found: Mapping[Place, Sequence[MetricPoint]]) -> dict[str, Sequence[MetricPoint]]:
    return {
        rule: points
        for (rule, segment), points in found.items()
        if rule.startswith(metrics.KEPT_AS) and segment is None
    }


def _runs(
    measured: Mapping[str, Sequence[MetricPoint]], today: Today, own: Answers, said: Verdicts
) -> list[Ran[list[float | None]]]:
    values = {rule: {point.at: point.value for point in points} for rule, points in measured.items()}
    told = {point.at: point for points in measured.values() for point in points}
    runs = [
        Ran(at, [known.get(at) for known in values.values()], told[at].content, told[at].source) for at in sorted(told)
    ]
    return counted(runs, today, own, said)


def trends(store: Store, report: DatasetReport, at: datetime) -> History:
    """Return how the score and the metrics of the failed rules of a report went, up to its run, which was at a time."""
    failed = {result.rule: None for result in report.results if result.verdict.status is Status.FAILED}
    places = {(result.rule, result.segment) for result in report.results if result.verdict.status is Status.FAILED}
    found = {}
    for rule in list(failed)[:RULES_DRAWN]:
        for place, points in store.metrics(report.dataset, rule).items():
            if place in places:
                found[place] = tuple(Point(point.at, point.value) for point in points[-POINTS_DRAWN:])
    runs = [run for run in store.runs(at - SCORES_DRAWN) if run.dataset == report.dataset]
    return History(tuple(Point(run.at, run.score) for run in runs[-POINTS_DRAWN:]), found)


def as_results(measured: Mapping[Place, float | None]) -> tuple[Result, ...]:
    """Return metrics as the store keeps them: beside the results of rules, under names that no rule has."""
    return tuple(
        Result(key, MEASURED, (), Severity.INFO, Verdict(Status.PASSED, "", value), segment=segment)
        for (key, segment), value in measured.items()
    )
