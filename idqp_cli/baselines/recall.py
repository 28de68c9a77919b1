"""What the store has for rules to compare a run with: summaries of columns, and models of rows.

A run is compared with runs over other data that the rule accepted. A check that
is repeated, or that failed, makes nothing usual.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from idqp_cli.anomaly import summaries
from idqp_cli.anomaly.saved_model import Learnt, Lesson
from idqp_cli.anomaly.summary import Summary
from idqp_cli.baselines.accepted import Answers, Verdicts, answers, command, in_a_row, verdicts
from idqp_cli.core.model import RuleKey
from idqp_cli.core.text import clean
from idqp_cli.rules.given import Past, Refused
from idqp_cli.rules.outliers import learners, lesson
from idqp_cli.rules.rule import Baseline, Rule
from idqp_cli.store import Store
from idqp_cli.store.rows import damage_told
from idqp_cli.store.values import Baseline as StoredBaseline
from idqp_cli.store.values import MetricPoint, ModelKey, OfRun, OfSnapshot

# At most this many runs that a rule refused tell whether a change stays.
LOOKED_BACK = 30


def recalled(store: Store, dataset: str, rules: Sequence[Rule], now: datetime, state: str | None) -> Past:
    """Return what the rules compare with: runs before `now` over other data than that of `state`, and snapshots.

    A run counts if the rule did not refuse it, or if a person called it `expected`.
    """
    answered, points = _judgements(store, dataset, rules)
    said = {name: verdicts(row, answered.get((name, None), Answers()), errors=True) for name, row in points.items()}
    asked = any((baseline := rule.baseline()) is not None and baseline.file is None for rule in rules)
    stored = sorted(store.baselines(dataset), key=lambda baseline: baseline.created_at) if asked else []
    baselines, faults = _summaries(stored, dataset, rules, now, state, said)
    models, missing = _models(store, dataset, rules, now, state, said)
    rows = {name: in_a_row(row, said[name], now) for name, row in points.items()}
    refused = {
        name: Refused(
            accept=command(dataset, (name, None), answered.get((name, None), Answers())),
            shares=tuple(point.value for point in row if point.value is not None),
            summaries=_left(stored, row),
        )
        for name, row in rows.items()
        if row
    }
    return Past(baselines=baselines, models=models, faults={**faults, **missing}, refused=refused)


def judged(store: Store, dataset: str, rules: Iterable[Rule]) -> dict[str, Verdicts]:
    """Return which runs were refused, by the name of each rule that compares with runs."""
    answered, points = _judgements(store, dataset, rules)
    return {name: verdicts(row, answered.get((name, None), Answers()), errors=True) for name, row in points.items()}


def _judgements(
    store: Store, dataset: str, rules: Iterable[Rule]
) -> tuple[Mapping[RuleKey, Answers], Mapping[str, Sequence[MetricPoint]]]:
    """Return what people said of the rules that compare with runs, and what these rules said of the runs."""
    asked = {rule.name: rule for rule in rules if _of_earlier(rule.baseline()) or _of_earlier(rule.learns_from())}
    points = {
        name: [point for point in store.metrics(dataset, name).get((name, None), ()) if not _left_out(rule, point)]
        for name, rule in asked.items()
    }
    return answers(store, dataset, asked), points


def _left(stored: Sequence[StoredBaseline], row: Sequence[MetricPoint]) -> tuple[Mapping[str, Summary], ...]:
    """Return the summaries that these runs left; of several runs over one content only the last has one."""
    texts: dict[datetime, str] = {}
    of_content: dict[str | None, str] = {}
    for baseline in stored:
        if isinstance(baseline.origin, OfRun):
            texts[baseline.origin.at] = of_content[baseline.origin.content] = baseline.summary
    kept = (texts.get(point.at, of_content.get(point.content or "")) for point in row[-LOOKED_BACK:])
    return tuple({} if text is None else summaries_of(text) for text in kept)


def _left_out(rule: Rule, point: MetricPoint) -> bool:
    """Tell whether so few rows failed that the model of the run was trained without them."""
    return any(learner.trained_without(point.rows_failed, point.rows_evaluated) for learner in learners([rule]))


def _of_earlier(baseline: Baseline | None) -> bool:
    return baseline is not None and baseline.snapshot is None and baseline.file is None


def _summaries(
    stored: Sequence[StoredBaseline],
    dataset: str,
    rules: Iterable[Rule],
    now: datetime,
    state: str | None,
    said: Mapping[str, Verdicts],
) -> tuple[dict[str, Mapping[str, Summary]], dict[str, str]]:
    """Return the summaries that rules compare with, and which snapshots are missing; both by rule."""
    asked = {
        rule.name: baseline for rule in rules if (baseline := rule.baseline()) is not None and baseline.file is None
    }
    compared: dict[str, Mapping[str, Summary]] = {}
    faults: dict[str, str] = {}
    for rule, wanted in asked.items():
        verdict = said.get(rule, Verdicts())
        fitting = [baseline for baseline in stored if _fits(baseline, wanted, now, state, verdict)]
        if wanted.window is not None:
            since = now - timedelta(seconds=wanted.window)
            times = [baseline.created_at for baseline in fitting if baseline.created_at in verdict.expected]
            # What a person called expected is usual from then on.
            changed = max(times, default=None)
            fitting = [baseline for baseline in fitting if changed is None or baseline.created_at >= changed]
            # Without an accepted run in the window the last one before it says what is usual.
            fitting = [baseline for baseline in fitting if baseline.created_at >= since] or fitting[-1:]
        chosen = [summaries_of(baseline.summary) for baseline in fitting]
        if wanted.snapshot is not None and not chosen:
            faults[rule] = _unsaved(dataset, wanted.snapshot, "there is no snapshot {name}")
        if wanted.window is None:
            chosen = chosen[-1:]
        columns = dict.fromkeys(column for of_run in chosen for column in of_run)
        merged = {
            column: summaries.merged([of_run[column] for of_run in chosen if column in of_run]) for column in columns
        }
        if merged:
            compared[rule] = {column: summary for column, summary in merged.items() if summary is not None}
    return compared, faults


def summaries_of(text: str) -> dict[str, Summary]:
    """Read the summary of a baseline. Raises StoreError: it is damaged."""
    with damage_told():
        return summaries.from_text(text)


def _fits(baseline: StoredBaseline, wanted: Baseline, now: datetime, state: str | None, said: Verdicts) -> bool:
    """Tell whether a rule that wants this baseline compares with a stored one."""
    if wanted.snapshot is not None:
        return baseline.origin == OfSnapshot(wanted.snapshot)
    run = baseline.origin
    if not isinstance(run, OfRun) or run.at >= now or same_data(run, state):
        return False
    return said.accepts(run.at, run.content)


def same_data(run: OfRun, state: str | None) -> bool:
    """Tell whether a run was over the data of this state."""
    return state is not None and run.content == state


def runs_that_taught(saved: Iterable[ModelKey], taught: Lesson) -> list[OfRun]:
    """Return the runs that left a model of a lesson, oldest first."""
    runs = [key.origin for key in saved if key.lesson == taught and isinstance(key.origin, OfRun)]
    return sorted(runs, key=lambda run: run.at)


def _models(
    store: Store,
    dataset: str,
    rules: Iterable[Rule],
    now: datetime,
    state: str | None,
    said: Mapping[str, Verdicts],
) -> tuple[dict[str, Learnt], dict[str, str]]:
    """Return the models that rules judge by, and which snapshots have none; both by rule."""
    asked = [(rule, wanted) for rule in learners(rules) if (wanted := rule.learns_from()) is not None]
    saved = store.models(dataset) if asked else {}
    models: dict[str, Learnt] = {}
    faults: dict[str, str] = {}
    for rule, wanted in asked:
        origin: OfRun | OfSnapshot | None
        if wanted.snapshot is None:
            verdict = said.get(rule.name, Verdicts())
            origin = next(
                (
                    run
                    for run in reversed(runs_that_taught(saved, lesson(rule)))
                    if run.at < now and not same_data(run, state) and verdict.accepts(run.at, run.content)
                ),
                None,
            )
        else:
            origin = OfSnapshot(wanted.snapshot)
        model = None if origin is None else store.model(dataset, ModelKey(origin, lesson(rule)))
        if model is not None:
            models[rule.name] = Learnt(model.settings, model.arrays)
        elif wanted.snapshot is not None:
            faults[rule.name] = _unsaved(dataset, wanted.snapshot, "the snapshot {name} has no model for this rule")
    return models, faults


def _unsaved(dataset: str, name: str, told: str) -> str:
    command = f"idqp baseline save {shlex.quote(clean(dataset))} --name {shlex.quote(clean(name))}"
    return f"{told.format(name=clean(name, 60))}; `{command}` makes it"
