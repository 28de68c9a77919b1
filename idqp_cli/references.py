"""What runs and snapshots leave in the store for others to be compared with: summaries of columns, models of rows.

A run is compared with runs over other data that the rule accepted: neither a
check that is repeated nor one that failed makes anything usual.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from idqp_cli.accepted import Answers, Verdicts, answers, verdicts
from idqp_cli.anomaly import drift, extremes
from idqp_cli.anomaly.drift import Snapshot
from idqp_cli.anomaly.learnt import Learnt, Reference
from idqp_cli.anomaly.summary import Summary
from idqp_cli.errors import UsageError
from idqp_cli.frozen import frozen
from idqp_cli.rules.needs import Past
from idqp_cli.rules.outliers import Outliers, kept_as
from idqp_cli.rules.rule import Baseline, Rule
from idqp_cli.store import Store
from idqp_cli.store.values import Baseline as StoredBaseline
from idqp_cli.store.values import MetricPoint, Model
from idqp_cli.text import clean

# Baselines of runs have this name and their time, and what tells their data from others; people's names have no colon.
OF_RUN = "run: "
OF_SNAPSHOT = "snapshot: "
RUNS_KEPT = 100
# Of a run only the model of the one before is asked for, and where that was over the same data, the one before it.
MODELS_KEPT = 2
UNKNOWN = "-"
UNUSED = timedelta(days=90)


def recalled(store: Store, dataset: str, rules: Sequence[Rule], now: datetime, state: str | None) -> Past:
    """Return what the rules compare with: runs before `now` over other data than that of `state`, and snapshots.

    Of runs those count that the rule did not refuse, or that a person called `expected`.
    """
    said = judged(store, dataset, rules)
    baselines, faults = _summaries(store, dataset, rules, now, state, said)
    models, missing = _models(store, dataset, rules, now, state, said)
    return Past(baselines=baselines, models=models, faults={**faults, **missing})


def judged(store: Store, dataset: str, rules: Iterable[Rule]) -> dict[str, Verdicts]:
    """Return which runs the rules refused that compare with runs, by rule."""
    asked = {rule.name: rule for rule in rules if _of_earlier(rule.baseline()) or _of_earlier(rule.learns_from())}
    answered = answers(store, dataset, asked)
    return {
        name: verdicts(
            [point for point in store.metrics(dataset, name).get((name, None), ()) if not _left_out(rule, point)],
            answered.get((name, None), Answers()),
            errors=True,
        )
        for name, rule in asked.items()
    }


def _left_out(rule: Rule, point: MetricPoint) -> bool:
    """Tell whether so few rows failed that the model of the run was trained without them."""
    if not isinstance(rule, Outliers) or rule.alpha is not None or not point.rows_failed:
        return False
    return point.rows_failed <= max(extremes.FEW, extremes.RARE * (point.rows_evaluated or 0))


def _of_earlier(own: Baseline | None) -> bool:
    return own is not None and own.snapshot is None and own.file is None


def keep(
    store: Store, dataset: str, reference: Reference, at: datetime, actor: str, rules: Sequence[Rule] = ()
) -> None:
    """Keep what a run leaves, and let go of the oldest; of runs that the rules refused as many stay as of others."""
    said = judged(store, dataset, rules)
    bad = frozenset(time for own in said.values() for time in own.refused)
    if reference.summaries:
        name = f"{OF_RUN}{at.isoformat()}"
        named = name if reference.state is None else f"{name} {reference.state}"
        store.save_baseline(StoredBaseline(dataset, named, drift.as_text(reference.summaries), at, actor))
        kept = _of_runs(store.baselines(dataset))
        same = [one for one in kept if _same(one.name, reference.state)]
        others = [one for one in kept if one not in same]
        fine, refused = ([one for one in others if (one.created_at in bad) is wanted] for wanted in (False, True))
        for one in (*same[:-1], *fine[:-RUNS_KEPT], *refused[:-RUNS_KEPT]):
            # Another run may have been quicker.
            with suppress(UsageError):
                store.drop_baseline(dataset, one.name, actor, at)
    if reference.models:
        _keep_models(store, dataset, reference, at, actor, said)


def _keep_models(
    store: Store, dataset: str, reference: Reference, at: datetime, actor: str, said: Mapping[str, Verdicts]
) -> None:
    names = store.models(dataset)
    # Of rules that are no more, or were changed, no run asks again.
    left_over = {name for name, saved in names.items() if name.startswith(OF_RUN) and saved < at - UNUSED}
    for kept, learnt in reference.models.items():
        known = _kept(names, kept)
        named = f"{OF_RUN}{at.isoformat()} {reference.state or UNKNOWN}: {kept}"
        store.save_model(Model(dataset, named, learnt.settings, learnt.arrays, at), actor)
        new = _OfRun(named, at, reference.state or UNKNOWN)
        all_of_it = sorted({*known, new}, key=lambda one: one.at)
        last = [one for one in all_of_it if one.is_of(reference.state)][-1:]
        others = [one for one in all_of_it if not one.is_of(reference.state)]
        refused = said.get(kept.rpartition(" ")[0], Verdicts()).refused
        ordered = sorted([*others, *last], key=lambda one: one.at)
        left = {
            one.name
            for wanted in (False, True)
            for one in [one for one in ordered if (one.at in refused) is wanted][-MODELS_KEPT:]
        }
        left_over = (left_over | {one.name for one in all_of_it}) - left
    for name in sorted(left_over):
        store.drop_model(dataset, name, actor, at)


def keep_snapshot(store: Store, dataset: str, name: str, reference: Reference, at: datetime, actor: str) -> None:
    """Keep a snapshot in the place of an older one of its name.

    Raises:
        UsageError: the name is one that runs use.

    """
    if not name.strip() or ":" in name or len(name) > 100:
        raise UsageError("--name is 1 to 100 characters, without a colon")
    store.save_baseline(StoredBaseline(dataset, name, drift.as_text(reference.summaries), at, actor))
    for old in store.models(dataset):
        if old.startswith(f"{OF_SNAPSHOT}{name}: "):
            store.drop_model(dataset, old, actor, at)
    for kept, learnt in reference.models.items():
        model = Model(dataset, f"{OF_SNAPSHOT}{name}: {kept}", learnt.settings, learnt.arrays, at)
        store.save_model(model, actor)


def drop_snapshot(store: Store, dataset: str, name: str, at: datetime, actor: str) -> None:
    """Forget a snapshot. Raises UsageError: unknown."""
    store.drop_baseline(dataset, name, actor, at)
    for model in store.models(dataset):
        if model.startswith(f"{OF_SNAPSHOT}{name}: "):
            store.drop_model(dataset, model, actor, at)


def snapshots(stored: Iterable[StoredBaseline], *, of_runs: bool) -> list[Snapshot]:
    """Return baselines without their summaries; those that runs left only if asked for."""
    kept = [one for one in stored if of_runs or not one.name.startswith(OF_RUN)]
    return [
        Snapshot(one.dataset, one.name, len(drift.from_text(one.summary)), one.created_at, one.created_by)
        for one in kept
    ]


def _summaries(
    store: Store,
    dataset: str,
    rules: Iterable[Rule],
    now: datetime,
    state: str | None,
    said: Mapping[str, Verdicts],
) -> tuple[dict[str, Mapping[str, Summary]], dict[str, str]]:
    """Return the summaries that rules compare with, by rule; and of which there is no snapshot."""
    asked = {rule.name: own for rule in rules if (own := rule.baseline()) is not None and own.file is None}
    found: dict[str, Mapping[str, Summary]] = {}
    faults: dict[str, str] = {}
    stored = sorted(store.baselines(dataset), key=lambda one: one.created_at) if asked else []
    for rule, own in asked.items():
        own_said = said.get(rule, Verdicts())
        fitting = [one for one in stored if _chosen(one, own, now, state, own_said)]
        if own.window is not None:
            since = now - timedelta(seconds=own.window)
            changed = max((one.created_at for one in fitting if one.created_at in own_said.expected), default=None)
            # What a person called expected is usual from then on.
            fitting = [one for one in fitting if changed is None or one.created_at >= changed]
            # Without an accepted run in the window the last one before it says what is usual.
            fitting = [one for one in fitting if one.created_at >= since] or fitting[-1:]
        chosen = [drift.from_text(one.summary) for one in fitting]
        if own.snapshot is not None and not chosen:
            faults[rule] = _unsaved(dataset, own.snapshot, "there is no snapshot {name}")
        if own.window is None:
            chosen = chosen[-1:]
        columns = dict.fromkeys(column for one in chosen for column in one)
        merged = {column: drift.merged([one[column] for one in chosen if column in one]) for column in columns}
        if merged:
            found[rule] = {column: summary for column, summary in merged.items() if summary is not None}
    return found, faults


def _chosen(one: StoredBaseline, own: Baseline, now: datetime, state: str | None, said: Verdicts) -> bool:
    if own.snapshot is not None:
        return one.name == own.snapshot
    if not one.name.startswith(OF_RUN) or one.created_at >= now or _same(one.name, state):
        return False
    return said.accepts(one.created_at, one.name.removeprefix(OF_RUN).partition(" ")[2] or None)


def _same(name: str, state: str | None) -> bool:
    """Tell whether a run's baseline is of this data."""
    return state is not None and name.endswith(f" {state}")


def _of_runs(stored: Iterable[StoredBaseline]) -> list[StoredBaseline]:
    """Return the baselines of runs, oldest first."""
    return sorted((one for one in stored if one.name.startswith(OF_RUN)), key=lambda one: one.created_at)


@frozen
class _OfRun:
    """The model that a run left: its name in the store, when it was saved, and what tells its data from others."""

    name: str
    at: datetime
    state: str

    def is_of(self, state: str | None) -> bool:
        """Tell whether it was trained on this data."""
        return state is not None and self.state == state


def _kept(names: Mapping[str, datetime], kept: str) -> list[_OfRun]:
    """Return the models that runs left under a name, oldest first."""
    found = [
        _OfRun(name, at, name.removesuffix(f": {kept}").rpartition(" ")[2])
        for name, at in names.items()
        if name.startswith(OF_RUN) and name.endswith(f": {kept}")
    ]
    return sorted(found, key=lambda one: one.at)


def _models(
    store: Store,
    dataset: str,
    rules: Iterable[Rule],
    now: datetime,
    state: str | None,
    said: Mapping[str, Verdicts],
) -> tuple[dict[str, Learnt], dict[str, str]]:
    """Return the models that rules judge by, by rule; and of which a snapshot has none."""
    asked = [(rule, own) for rule in rules if isinstance(rule, Outliers) and (own := rule.learns_from()) is not None]
    names = store.models(dataset) if asked else {}
    found: dict[str, Learnt] = {}
    faults: dict[str, str] = {}
    for rule, own in asked:
        if own.snapshot is None:
            own_said = said.get(rule.name, Verdicts())
            of_runs = [
                one
                for one in _kept(names, kept_as(rule))
                if one.at < now and not one.is_of(state) and own_said.accepts(one.at, one.state)
            ]
            model = store.model(dataset, of_runs[-1].name) if of_runs else None
        else:
            model = store.model(dataset, f"{OF_SNAPSHOT}{own.snapshot}: {kept_as(rule)}")
        if model is not None:
            found[rule.name] = Learnt(model.settings, model.arrays)
        elif own.snapshot is not None:
            faults[rule.name] = _unsaved(dataset, own.snapshot, "the snapshot {name} has no model for this rule")
    return found, faults


def _unsaved(dataset: str, name: str, told: str) -> str:
    command = f"idqp baseline save {shlex.quote(clean(dataset))} --name {shlex.quote(clean(name))}"
    return f"{told.format(name=clean(name, 60))}; `{command}` makes it"
