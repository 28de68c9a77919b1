"""What rules need of a dataset's past: the history of a metric.

People's answers are part of it: what a run found under an incident that was
resolved as `fixed` is no history, and each `false_positive` widens the band.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from idqp_cli.anomaly.history import Series
from idqp_cli.frozen import frozen
from idqp_cli.incidents import Place
from idqp_cli.model import DatasetReport, Result, Severity, Status, Verdict
from idqp_cli.output.past import History, Point
from idqp_cli.rules import metrics
from idqp_cli.rules.needs import Past
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.volume import RowCount
from idqp_cli.store import Store
from idqp_cli.store.values import MetricPoint
from idqp_cli.tracking import ChangeKind, Event, Reason

# What a report draws: the last runs, of as many failed rules.
POINTS_DRAWN = 72
SCORES_DRAWN = timedelta(days=90)
RULES_DRAWN = 100
# Runs so close together that found the same have seen the same data.
SAME_DATA = timedelta(hours=1)
MEASURED = "metric"
SEEN = {ChangeKind.OPENED, ChangeKind.SEEN, ChangeKind.REOPENED, ChangeKind.ESCALATED}
ANSWERED = {ChangeKind.RESOLVED, ChangeKind.JUDGED}


@frozen
class Answers:
    """What people said of a rule's incidents: the times of runs under `fixed`, and how often it was a false alarm."""

    fixed: frozenset[datetime] = frozenset()
    false_positives: int = 0


def past(store: Store, dataset: str, rules: Sequence[Rule], now: datetime) -> Past:
    """Return what the rules need of the dataset's past before `now`."""
    history: dict[str, Series] = {}
    profiles: Mapping[str, Sequence[float | None]] = {}
    watching = [rule for rule in rules if rule.watches() is not None]
    answered = answers(store, dataset, [rule.name for rule in watching])
    for rule in watching:
        key, own = rule.watches() or "", answered.get(rule.name, Answers())
        if key == metrics.PROFILE:
            profiles = by_run(store.metrics(dataset), now, own.fixed)
        else:
            points = store.metrics(dataset, key).get((key, None), ())
            if isinstance(rule, RowCount):
                # A number of rows that failed is none to compare with; one that had no run before it is.
                points = tuple(point for point in points if point.status in {Status.PASSED, Status.SKIPPED})
            history[rule.name] = series(points, key, now, own)
    return Past(history, profiles)


def series(points: Iterable[MetricPoint], key: str, now: datetime, own: Answers) -> Series:
    """Return the points before `now` as a series, without those that were wrong."""
    kept: list[MetricPoint] = []
    for point in points:
        if point.value is None or point.at >= now or point.at in own.fixed:
            continue
        if kept and point.value == kept[-1].value and point.at - kept[-1].at < SAME_DATA:
            continue
        kept.append(point)
    metric = metrics.read(metrics.bare(key).rpartition(": ")[2])
    return Series(
        times=tuple(point.at.timestamp() for point in kept),
        values=tuple(point.value for point in kept if point.value is not None),
        share=metric is not None and metric.share,
        false_positives=own.false_positives,
    )


def by_run(
    found: Mapping[Place, Sequence[MetricPoint]], now: datetime, fixed: Collection[datetime]
) -> dict[str, list[float | None]]:
    """Return the kept metrics, each with a value for every run before `now`, oldest first."""
    own = _measured(found)
    kept = _runs(own, now, fixed)
    return {rule: [run[place] for _, run in kept] for place, rule in enumerate(own)}


def times_of_runs(
    found: Mapping[Place, Sequence[MetricPoint]], now: datetime, fixed: Collection[datetime]
) -> tuple[float, ...]:
    """Return the times (seconds of UTC) of the runs that `by_run` has values of."""
    return tuple(at.timestamp() for at, _ in _runs(_measured(found), now, fixed))


def _measured(found: Mapping[Place, Sequence[MetricPoint]]) -> dict[str, Sequence[MetricPoint]]:
    return {
        rule: points for (rule, segment), points in found.items() if rule.startswith(metrics.KEPT_AS) and not segment
    }


def _runs(
    own: Mapping[str, Sequence[MetricPoint]], now: datetime, fixed: Collection[datetime]
) -> list[tuple[datetime, list[float | None]]]:
    values = {rule: {point.at: point.value for point in points} for rule, points in own.items()}
    kept: list[tuple[datetime, list[float | None]]] = []
    for at in sorted({at for known in values.values() for at in known if at < now} - set(fixed)):
        run = [known.get(at) for known in values.values()]
        if not kept or run != kept[-1][1] or at - kept[-1][0] >= SAME_DATA:
            kept.append((at, run))
    return kept


def answers(store: Store, dataset: str, rules: Collection[str]) -> dict[str, Answers]:
    """Return what people said of the incidents of these rules."""
    if not rules:
        return {}
    found = {}
    for incident in store.incidents(resolved=True):
        if incident.dataset == dataset and incident.rule in rules and incident.segment is None:
            found[incident.rule] = answered(store.timeline(incident.number))
    return found


def answered(timeline: Iterable[Event]) -> Answers:
    """Read an incident's timeline: each failure belongs to the next answer, and a later answer replaces an earlier."""
    spells: list[tuple[list[datetime], str]] = []
    failures: list[datetime] = []
    for event in timeline:
        if event.kind in SEEN:
            failures.append(event.at)
        elif event.kind in ANSWERED:
            reason = event.detail.partition(":")[0]
            if failures:
                spells.append((failures, reason))
                failures = []
            elif spells:
                spells[-1] = (spells[-1][0], reason)
    fixed = frozenset(at for times, reason in spells if reason == Reason.FIXED for at in times)
    return Answers(fixed, sum(reason == Reason.FALSE_POSITIVE for _, reason in spells))


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


def as_results(measured: Mapping[str, float | None]) -> tuple[Result, ...]:
    """Return metrics as the store keeps them: beside the results of rules, under names that no rule has."""
    return tuple(
        Result(key, MEASURED, (), Severity.INFO, Verdict(Status.PASSED, "", value)) for key, value in measured.items()
    )
