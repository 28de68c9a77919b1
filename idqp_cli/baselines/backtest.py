"""Stored history, judged again: each run by what was usual before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from idqp_cli.anomaly import history, profile
from idqp_cli.anomaly.backtest import Cost, Run, Watched
from idqp_cli.anomaly.options import MIN_HISTORY, Sensitivity
from idqp_cli.anomaly.profile import Limits
from idqp_cli.anomaly.series import Series
from idqp_cli.baselines import metrics as past
from idqp_cli.baselines.accepted import Answers, Today, Verdicts, answers, reached
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import UsageError
from idqp_cli.core.model import MetricKey
from idqp_cli.core.text import clean, nearest
from idqp_cli.rules import anomaly
from idqp_cli.rules.rule import Rule
from idqp_cli.store import Store
from idqp_cli.store.values import Measurement, MetricPoint

FOR_EVER = datetime.max.replace(tzinfo=UTC)
# Each run costs a judgement of its own; further back lies only history.
MOST_RUNS = 1_000


def names(store: Store, dataset: str) -> tuple[str, ...]:
    """Return the metrics that have a history, of all rows or of segments, as they are asked for."""
    rules = {rule for rule, _ in store.metrics(dataset)}
    measured = {str(key) for key, _ in store.measured(dataset)}
    # Metrics stand together among the rules.
    listed = sorted([*((rule, rule) for rule in rules), *((f"metric: {metric}", metric) for metric in measured)])
    return tuple(dict.fromkeys(name for _, name in listed))


def watched(
    store: Store, dataset: str, name: str, rules: Iterable[Rule], where: Dataset | None = None
) -> tuple[Watched, ...]:
    """Return the history of a metric, or of the metric that an `anomaly` rule of this name judges, by segment.

    `where` has the time zone and the holidays of the dataset.

    Raises:
        UsageError: there is none.

    """
    rule = anomaly.named_so(rules, name)
    answered = {} if rule is None else answers(store, dataset, [name])
    judged = {} if rule is None else store.metrics(dataset, name)
    today, all_of_it = Today(FOR_EVER), Verdicts()
    if rule is not None and anomaly.of_profile(rule) is not None:
        reply = answered.get((name, None), Answers())
        measured = store.measured(dataset)
        profiles = rule.own_profile(past.by_run(measured, today, reply, all_of_it, rule.least_history()))
        times = past.times_of_runs(measured, today, reply, all_of_it, rule.least_history())
        expected = _expected(judged.get((name, None), ()), reply)
        limits = {each: replace(rule, sensitivity=each).limits(profiles) for each in Sensitivity}
        least = rule.least_history()
        return (Watched(name, Series(times, ()), rule.sensitivity, least, profiles, expected, limits=limits),)
    for key in _called(store, dataset, name) if rule is None else [rule.watches() or MetricKey(name)]:
        histories = []
        for segment, points in _by_segment(past.by_segment(store, dataset, key), rule):
            reply = answered.get((name, segment), Answers())
            least = MIN_HISTORY if rule is None else rule.min_history
            series = past.series(points, key, today, reply, all_of_it, least)
            if where is not None:
                series = replace(series, zone=where.timezone, holidays=where.holidays)
            if rule is None:
                histories.append(Watched(name, series, segment=segment))
                continue
            expected = _expected(judged.get((name, segment), ()), reply)
            histories.append(
                Watched(name, rule.seen(series), rule.sensitivity, rule.min_history, None, expected, segment)
            )
        if histories:
            return tuple(histories)
    known = names(store, dataset)
    near = nearest(name, known)
    hint = f"did you mean '{clean(near)}'?" if near else f"there is {', '.join(map(clean, known[:20])) or 'none'}"
    raise UsageError(f"{clean(dataset)}: '{clean(name)}' has no history; {hint}")


def _expected(judged: Sequence[MetricPoint], reply: Answers) -> frozenset[float]:
    return frozenset(at.timestamp() for at in reached(judged, reply))


def _called(store: Store, dataset: str, name: str) -> list[MetricKey]:
    """Return what has this name: the verdicts of a rule, and then metrics."""
    return [MetricKey(name), *dict.fromkeys(key for key, _ in store.measured(dataset) if str(key) == name)]


def _by_segment(
    known: Mapping[str | None, Sequence[Measurement | MetricPoint]], rule: Rule | None
) -> list[tuple[str | None, Sequence[Measurement | MetricPoint]]]:
    """Return the histories of all rows, or of the segments where the rule, or all that is kept, is by segment."""
    whole = None in known if rule is None else rule.segment_by is None
    return sorted(
        ((segment, points) for segment, points in known.items() if (segment is None) == whole),
        key=lambda history: history[0] or "",
    )


def replayed(watched: Watched, sensitivity: Sensitivity, most: int = MOST_RUNS) -> tuple[Run, ...]:
    """Judge the last `most` runs, each by those before it."""
    threshold = sensitivity.threshold
    if watched.profiles is not None:
        return _profiles(watched, watched.limits[sensitivity], most)
    series, runs = watched.series, []
    start = max(0, len(series.values) - most)
    usual = list(range(start))
    for place in range(start, len(series.values)):
        at, value = series.times[place], series.values[place]
        moment = datetime.fromtimestamp(at, UTC)
        if len(usual) < watched.min_history:
            runs.append(Run(moment, value, None, None, None, unusual=False))
            usual.append(place)
            continue
        known = replace(
            series,
            expected=frozenset(when for when in watched.expected if when < at),
            times=tuple(series.times[known_place] for known_place in usual),
            values=tuple(series.values[known_place] for known_place in usual),
        )
        judged = history.judge(known, at, value, threshold)
        unusual = judged.score > threshold
        runs.append(Run(moment, value, judged.score, judged.low, judged.high, unusual))
        if not unusual or at in watched.expected:
            usual.append(place)
    return tuple(runs)


def _profiles(watched: Watched, limits: Limits, most: int) -> tuple[Run, ...]:
    profiles = watched.profiles or {}
    runs = []
    start = max(0, len(watched.series.times) - most)
    usual = list(range(start))
    for place in range(start, len(watched.series.times)):
        moment = datetime.fromtimestamp(watched.series.times[place], UTC)
        if len(usual) < watched.min_history:
            runs.append(Run(moment, None, None, None, None, unusual=False))
            usual.append(place)
            continue
        before = {name: [values[known] for known in usual] for name, values in profiles.items()}
        alarmed = sum(run.at.timestamp() not in watched.expected for run in alerts(runs))
        today = {name: values[place] for name, values in profiles.items()}
        judged = profile.judge(before, today, replace(limits, alarms=alarmed))
        runs.append(Run(moment, judged.score, judged.score, 0.0, judged.threshold, judged.unusual))
        if not judged.unusual or watched.series.times[place] in watched.expected:
            usual.append(place)
    return tuple(runs)


def alerts(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the runs that would have opened an incident: those that fail after one that did not."""
    return tuple(run for place, run in enumerate(runs) if run.unusual and not (place and runs[place - 1].unusual))


def costs(watched: Sequence[Watched]) -> tuple[Cost, ...]:
    """Say what each sensitivity would have cost, over all segments."""
    by_sensitivity = []
    for sensitivity in Sensitivity:
        of_all = [replayed(metric, sensitivity) for metric in watched]
        judged = sum(run.score is not None for runs in of_all for run in runs)
        failing = sum(run.unusual for runs in of_all for run in runs)
        by_sensitivity.append(Cost(sensitivity, failing, sum(len(alerts(runs)) for runs in of_all), judged))
    return tuple(by_sensitivity)
