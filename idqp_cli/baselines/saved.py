"""Save what runs and snapshots leave in the store for comparison, and drop what no rule asks for again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from idqp_cli.anomaly import summaries
from idqp_cli.anomaly.saved_model import Reference
from idqp_cli.anomaly.summaries import Snapshot
from idqp_cli.baselines.accepted import Verdicts
from idqp_cli.baselines.recall import judged, runs_that_taught, same_data, summaries_of
from idqp_cli.core.errors import UsageError
from idqp_cli.rules.rule import Rule
from idqp_cli.store import Store
from idqp_cli.store.values import Baseline as StoredBaseline
from idqp_cli.store.values import Model, ModelKey, OfRun, OfSnapshot

RUNS_KEPT = 100
# A run asks for the model of the run before; where that was over the same data, for that of the one before it.
MODELS_KEPT = 2
UNUSED = timedelta(days=90)


def keep(
    store: Store, dataset: str, reference: Reference, at: datetime, actor: str, rules: Sequence[Rule] = ()
) -> None:
    """Keep what a run leaves, and drop the oldest: as many runs stay that the rules refused as that they accepted."""
    said = judged(store, dataset, rules)
    run = OfRun(at, reference.state)
    if reference.summaries:
        store.save_baseline(StoredBaseline(dataset, run, summaries.as_text(reference.summaries), at, actor))
        refused = frozenset(time for of_rule in said.values() for time in of_rule.refused)
        left = [baseline.origin for baseline in store.baselines(dataset) if isinstance(baseline.origin, OfRun)]
        for old in _superfluous(left, run, refused, RUNS_KEPT):
            # Another run may have been quicker.
            with suppress(UsageError):
                store.drop_baseline(dataset, old, actor, at)
    if reference.models:
        _keep_models(store, dataset, reference, run, actor, said)


def _superfluous(left: Iterable[OfRun], run: OfRun, refused: frozenset[datetime], most: int) -> list[OfRun]:
    """Return the runs to let go, besides the last over the data of `run` all but the `most` newest.

    Those that were refused, and those that were not, are counted apart.
    """
    ordered = sorted(left, key=lambda other: other.at)
    same = [other for other in ordered if same_data(other, run.content)]
    others = [other for other in ordered if other not in same]
    accepted, bad = ([other for other in others if (other.at in refused) is wanted] for wanted in (False, True))
    return [*same[:-1], *accepted[:-most], *bad[:-most]]


def _keep_models(
    store: Store, dataset: str, reference: Reference, run: OfRun, actor: str, said: Mapping[str, Verdicts]
) -> None:
    saved = store.models(dataset)
    # No run asks again for a model of a rule that was removed or changed.
    unused = {key for key, at in saved.items() if isinstance(key.origin, OfRun) and at < run.at - UNUSED}
    for taught, learnt in reference.models.items():
        store.save_model(Model(dataset, ModelKey(run, taught), learnt.settings, learnt.arrays, run.at), actor)
        left = {*runs_that_taught(saved, taught), run}
        last = max((other for other in left if same_data(other, run.content)), key=lambda other: other.at, default=None)
        ordered = sorted(
            (other for other in left if other == last or not same_data(other, run.content)), key=lambda other: other.at
        )
        refused = said.get(taught.rule, Verdicts()).refused
        stay = {
            other
            for wanted in (False, True)
            for other in [other for other in ordered if (other.at in refused) is wanted][-MODELS_KEPT:]
        }
        unused = (unused | {ModelKey(other, taught) for other in left}) - {ModelKey(other, taught) for other in stay}
    for key in sorted(unused, key=str):
        store.drop_model(dataset, key, actor, run.at)


def keep_snapshot(store: Store, dataset: str, name: str, reference: Reference, at: datetime, actor: str) -> None:
    """Save a snapshot in place of an older one with this name.

    Raises:
        UsageError: the name is empty, too long or has a colon.

    """
    if not name.strip() or ":" in name or len(name) > 100:
        raise UsageError("--name is 1 to 100 characters, without a colon")
    snapshot = OfSnapshot(name)
    store.save_baseline(StoredBaseline(dataset, snapshot, summaries.as_text(reference.summaries), at, actor))
    _drop_models(store, dataset, snapshot, at, actor)
    for taught, learnt in reference.models.items():
        store.save_model(Model(dataset, ModelKey(snapshot, taught), learnt.settings, learnt.arrays, at), actor)


def drop_snapshot(store: Store, dataset: str, name: str, at: datetime, actor: str) -> None:
    """Delete a snapshot and its models. Raises UsageError: unknown."""
    store.drop_baseline(dataset, OfSnapshot(name), actor, at)
    _drop_models(store, dataset, OfSnapshot(name), at, actor)


def _drop_models(store: Store, dataset: str, snapshot: OfSnapshot, at: datetime, actor: str) -> None:
    for key in store.models(dataset):
        if key.origin == snapshot:
            store.drop_model(dataset, key, actor, at)


def snapshots(stored: Iterable[StoredBaseline], *, of_runs: bool) -> list[Snapshot]:
    """Return baselines without their summaries; those that runs left only if asked for."""
    return [
        Snapshot(
            baseline.dataset,
            str(baseline.origin),
            len(summaries_of(baseline.summary)),
            baseline.created_at,
            baseline.created_by,
        )
        for baseline in stored
        if of_runs or not isinstance(baseline.origin, OfRun)
    ]
