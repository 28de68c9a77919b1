"""Stored history, judged again: each run by what was usual before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from idqp_cli import past
from idqp_cli.accepted import Answers, Today, Verdicts, answers, reached
from idqp_cli.anomaly import batch, history
from idqp_cli.anomaly.choices import Sensitivity
from idqp_cli.anomaly.history import Series
from idqp_cli.anomaly.runs import Cost, Run, Watched
from idqp_cli.errors import UsageError
from idqp_cli.rules import metrics
from idqp_cli.rules.anomaly import Anomaly
from idqp_cli.rules.rule import Rule
from idqp_cli.store import Store
from idqp_cli.text import clean, nearest

FOR_EVER = datetime.max.replace(tzinfo=UTC)
# Each run costs a judgement of its own; further back lies only history.
MOST_RUNS = 1_000


def names(store: Store, dataset: str) -> tuple[str, ...]:
    """Return the metrics that have a history, as they are asked for."""
    keys = [key for (key, segment), points in store.metrics(dataset).items() if segment is None and points]
    return tuple(dict.fromkeys(metrics.bare(key) for key in sorted(keys)))


def watched(store: Store, dataset: str, name: str, rules: Iterable[Rule]) -> Watched:
    """Return the history of a metric, or of the metric that an `anomaly` rule of this name judges.

    Raises:
        UsageError: there is none.

    """
    rule = next((one for one in rules if isinstance(one, Anomaly) and one.name == name), None)
    own = answers(store, dataset, [name]).get((name, None), Answers()) if rule is not None else Answers()
    judged = store.metrics(dataset, name).get((name, None), ()) if rule is not None else ()
    expected = frozenset(at.timestamp() for at in reached(judged, own))
    today, all_of_it = Today(FOR_EVER), Verdicts()
    if rule is not None and rule.watches() == metrics.PROFILE:
        profiles = rule.own_profile(past.by_run(store.metrics(dataset), today, own, all_of_it))
        times = past.times_of_runs(store.metrics(dataset), today, own, all_of_it)
        series = Series(times, ())
        return Watched(name, series, rule.sensitivity, rule.min_history, profiles, expected)
    keys = [rule.watches() or ""] if rule is not None else [name, metrics.stored(name)]
    for key in keys:
        points = store.metrics(dataset, key).get((key, None), ())
        if points:
            series = past.series(points, key, today, own, all_of_it)
            if rule is None:
                return Watched(name, series)
            return Watched(name, rule.seen(series), rule.sensitivity, rule.min_history, None, expected)
    known = names(store, dataset)
    near = nearest(name, known)
    hint = f"did you mean '{clean(near)}'?" if near else f"there is {', '.join(map(clean, known[:20])) or 'none'}"
    raise UsageError(f"{clean(dataset)}: '{clean(name)}' has no history; {hint}")


def replayed(one: Watched, sensitivity: Sensitivity, most: int = MOST_RUNS) -> tuple[Run, ...]:
    """Judge the last `most` runs, each by those before it."""
    threshold = sensitivity.threshold
    if one.profiles is not None:
        return _profiles(one, threshold * batch.SHARE_OF_THRESHOLD, most)
    series, found = one.series, []
    start = max(0, len(series.values) - most)
    usual = list(range(start))
    for place in range(start, len(series.values)):
        at, value = series.times[place], series.values[place]
        moment = datetime.fromtimestamp(at, UTC)
        if len(usual) < one.min_history:
            found.append(Run(moment, value, None, None, None, unusual=False))
            usual.append(place)
            continue
        known = replace(
            series,
            expected=frozenset(when for when in one.expected if when < at),
            times=tuple(series.times[one_] for one_ in usual),
            values=tuple(series.values[one_] for one_ in usual),
        )
        judged = history.judge(known, at, value, threshold)
        unusual = judged.score > threshold
        found.append(Run(moment, value, judged.score, judged.low, judged.high, unusual))
        if not unusual or at in one.expected:
            usual.append(place)
    return tuple(found)


def _profiles(one: Watched, threshold: float, most: int) -> tuple[Run, ...]:
    profiles = one.profiles or {}
    shares = frozenset(name for name in profiles if (own := metrics.read(metrics.bare(name))) and own.share)
    found = []
    start = max(0, len(one.series.times) - most)
    usual = list(range(start))
    for place in range(start, len(one.series.times)):
        moment = datetime.fromtimestamp(one.series.times[place], UTC)
        if len(usual) < one.min_history:
            found.append(Run(moment, None, None, None, None, unusual=False))
            usual.append(place)
            continue
        before = {name: [values[known] for known in usual] for name, values in profiles.items()}
        score, _ = batch.judge(before, {name: values[place] for name, values in profiles.items()}, shares)
        unusual = score > threshold
        found.append(Run(moment, score, score, 0.0, threshold, unusual))
        if not unusual or one.series.times[place] in one.expected:
            usual.append(place)
    return tuple(found)


def alerts(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the runs that would have opened an incident: those that fail after one that did not."""
    return tuple(run for place, run in enumerate(runs) if run.unusual and not (place and runs[place - 1].unusual))


def costs(one: Watched) -> tuple[Cost, ...]:
    """Say what each sensitivity would have cost."""
    found = []
    for sensitivity in Sensitivity:
        runs = replayed(one, sensitivity)
        judged = sum(run.score is not None for run in runs)
        found.append(Cost(sensitivity, sum(run.unusual for run in runs), len(alerts(runs)), judged))
    return tuple(found)
