"""What rules need of a dataset's past: the history of a metric.

A run that a rule refused is not part of the rule's history until a person
resolves the incident as `expected`. Each `false_positive` widens the band.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from idqp_cli.anomaly.options import MIN_HISTORY
from idqp_cli.anomaly.series import Series
from idqp_cli.baselines.accepted import (
    Answers,
    Ran,
    Today,
    Verdicts,
    answered,
    answers,
    command,
    counted,
    in_a_row,
    reached,
    verdicts,
)
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.model import DatasetReport, MetricKey, MetricPlace, RuleKey, Status
from idqp_cli.core.trend import History, Point
from idqp_cli.rules import anomaly, metrics
from idqp_cli.rules.given import Past, Refused
from idqp_cli.rules.rule import Rule
from idqp_cli.store import Store
from idqp_cli.store.values import Measurement, MetricPoint

# A report draws at most this many runs, of at most this many failed rules.
POINTS_DRAWN = 72
SCORES_DRAWN = timedelta(days=90)
RULES_DRAWN = 100
# At most this many runs that a rule refused tell whether a change stays.
LOOKED_BACK = 30

__all__ = ["alarmed", "answered", "by_run", "by_segment", "past", "series", "times_of_runs", "trends"]


def past(store: Store, dataset: Dataset, rules: Sequence[Rule], today: Today) -> Past:
    """Return what the rules need of the dataset's past before today's run."""
    history: dict[RuleKey, Series] = {}
    profiles: dict[MetricKey, Sequence[float | None]] = {}
    strange: dict[str, Refused] = {}
    watching = [(rule, key) for rule in rules if (key := rule.watches()) is not None]
    answered_ = answers(store, dataset.name, [rule.name for rule, _ in watching])
    for rule, key in watching:
        results = store.metrics(dataset.name, rule.name)
        if (profiled := anomaly.of_profile(rule)) is not None:
            reply, judged = answered_.get((rule.name, None), Answers()), results.get((rule.name, None), ())
            said = verdicts(judged, reply)
            measured = store.measured(dataset.name)
            runs = by_run(measured, today, reply, said, profiled.least_history())
            profiles |= {metric: values for metric, values in runs.items() if profiled.owns(metric)}
            history[rule.name, None] = alarmed(judged, today, reply, said)
            row = in_a_row(judged, said, today.now)
            if row:
                accept = command(dataset.name, (rule.name, None), reply)
                of_runs = _profiles_of(profiled, measured, row[-LOOKED_BACK:])
                strange[rule.name] = Refused(accept=accept, metrics=of_runs)
            continue
        for segment, points in by_segment(store, dataset.name, key).items():
            if (segment is None) == (rule.segment_by is None):
                reply = answered_.get((rule.name, segment), Answers())
                judged = results.get((rule.name, segment), ())
                known = series(points, key, today, reply, verdicts(judged, reply), _least(rule))
                history[rule.name, segment] = replace(
                    known,
                    zone=dataset.timezone,
                    holidays=dataset.holidays,
                    refused=_refused(points, judged, today, reply),
                    expected=frozenset(at.timestamp() for at in reached(judged, reply)),
                    accept=command(dataset.name, (rule.name, segment), reply),
                )
    return Past(history, profiles, refused=strange)


def by_segment(store: Store, dataset: str, key: MetricKey) -> Mapping[str | None, Sequence[Measurement | MetricPoint]]:
    """Return the history that a rule watches, oldest first: that of a metric, or that of another rule's verdicts."""
    if key.metric is None:
        return {segment: points for (_, segment), points in store.metrics(dataset, key.rule).items()}
    return {segment: points for (_, segment), points in store.measured(dataset, key).items()}


def alarmed(judged: Iterable[MetricPoint], today: Today, reply: Answers, said: Verdicts) -> Series:
    """Return a profile's false positives, and the scores of alarms that may be such, the first of each row of them."""
    scores: list[float] = []
    inside = False
    for point in judged:
        if point.at < today.now and point.value is not None:
            if point.at in said.refused - reply.fixed and not inside:
                scores.append(point.value)
            inside = point.at in said.refused
    return Series((), (), false_positives=reply.false_positives, refused=tuple(scores))


def _profiles_of(
    profiled: anomaly.Anomaly, measured: Mapping[MetricPlace, Sequence[Measurement]], row: Sequence[MetricPoint]
) -> tuple[Mapping[str, float | None], ...]:
    """Return the values of the rule's profile in these runs, by the names of the metrics."""
    values = {
        key.metric or "": {point.at: point.value for point in points}
        for key, points in _of_all_rows(measured).items()
        if profiled.owns(key)
    }
    return tuple({name: known.get(run.at) for name, known in values.items()} for run in row)


def _least(rule: Rule) -> int:
    return rule.min_history if isinstance(rule, anomaly.Anomaly) else MIN_HISTORY


def series(
    points: Iterable[Measurement | MetricPoint],
    key: MetricKey,
    today: Today,
    reply: Answers,
    said: Verdicts,
    least: int = MIN_HISTORY,
) -> Series:
    """Return the points before today's run as a series, without those that were wrong; `least` is what it takes."""
    known = [Ran(point.at, point.value, point.content, point.source) for point in points if point.value is not None]
    kept = counted(known, today, reply, said, least)
    metric = metrics.read(key.metric or key.rule or "")
    return Series(
        times=tuple(run.at.timestamp() for run in kept),
        values=tuple(run.value for run in kept),
        share=metric is not None and metric.share,
        false_positives=reply.false_positives,
    )


def _refused(
    points: Iterable[Measurement | MetricPoint], judged: Iterable[MetricPoint], today: Today, reply: Answers
) -> tuple[float, ...]:
    """Return the values of the last runs in a row that the rule refused, oldest first."""
    said = verdicts(judged, reply)
    row: list[float] = []
    for point in points:
        if point.at < today.now and point.value is not None:
            row = [] if point.at not in said.refused else [*row, point.value]
    return tuple(row)


def by_run(
    measured: Mapping[MetricPlace, Sequence[Measurement]],
    today: Today,
    reply: Answers,
    said: Verdicts,
    least: int = MIN_HISTORY,
) -> dict[MetricKey, list[float | None]]:
    """Return the metrics of all rows, each with a value for every run that says what is usual, oldest first."""
    of_all_rows = _of_all_rows(measured)
    kept = _runs(of_all_rows, today, reply, said, least)
    return {key: [run.value[place] for run in kept] for place, key in enumerate(of_all_rows)}


def times_of_runs(
    measured: Mapping[MetricPlace, Sequence[Measurement]],
    today: Today,
    reply: Answers,
    said: Verdicts,
    least: int = MIN_HISTORY,
) -> tuple[float, ...]:
    """Return the times (seconds of UTC) of the runs that `by_run` has values of."""
    return tuple(run.at.timestamp() for run in _runs(_of_all_rows(measured), today, reply, said, least))


def _of_all_rows(measured: Mapping[MetricPlace, Sequence[Measurement]]) -> dict[MetricKey, Sequence[Measurement]]:
    return {key: points for (key, segment), points in measured.items() if segment is None}


def _runs(
    measured: Mapping[MetricKey, Sequence[Measurement]], today: Today, reply: Answers, said: Verdicts, least: int
) -> list[Ran[list[float | None]]]:
    values = {key: {point.at: point.value for point in points} for key, points in measured.items()}
    told = {point.at: point for points in measured.values() for point in points}
    runs = [
        Ran(at, [known.get(at) for known in values.values()], told[at].content, told[at].source) for at in sorted(told)
    ]
    return counted(runs, today, reply, said, least)


def trends(store: Store, report: DatasetReport, at: datetime) -> History:
    """Return how the score and the metrics of the failed rules of a report went, up to its run, which was at a time."""
    failed = {result.rule: None for result in report.results if result.verdict.status is Status.FAILED}
    places = {(result.rule, result.segment) for result in report.results if result.verdict.status is Status.FAILED}
    metrics_of_failed = {}
    for rule in list(failed)[:RULES_DRAWN]:
        for place, points in store.metrics(report.dataset, rule).items():
            if place in places:
                metrics_of_failed[place] = tuple(Point(point.at, point.value) for point in points[-POINTS_DRAWN:])
    runs = [run for run in store.runs(at - SCORES_DRAWN) if run.dataset == report.dataset]
    return History(tuple(Point(run.at, run.score) for run in runs[-POINTS_DRAWN:]), metrics_of_failed)
