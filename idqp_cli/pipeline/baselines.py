"""Make what others are compared with: summaries of columns and models of rows, of runs, snapshots and files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from idqp_cli.anomaly.saved_model import Learnt, Lesson, Reference
from idqp_cli.anomaly.summary import Summary
from idqp_cli.core.dataset import Dataset
from idqp_cli.core.errors import DeadlineError, UnreadableError
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.core.urls import all_shown
from idqp_cli.engine import summaries
from idqp_cli.engine.bind import demand
from idqp_cli.engine.engines import Expected
from idqp_cli.engine.measure import confirmed
from idqp_cli.engine.query_errors import Unmeasured
from idqp_cli.engine.summaries import Part
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.files import unchanged
from idqp_cli.ingest.read_options import fitting
from idqp_cli.ingest.tables import NEWEST, moment
from idqp_cli.pipeline import veil
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.pipeline.sources import examine
from idqp_cli.rules import drift
from idqp_cli.rules.needs import Marked, Need
from idqp_cli.rules.outliers import learners, lesson
from idqp_cli.rules.rule import Rule, filtered


def reference(
    database: Database,
    dataset: Dataset,
    relation: Relation,
    needs: Mapping[str, Need],
    rules: Sequence[Rule],
    state: str | None,
) -> Reference:
    """Return what later runs are compared with; without time for it the verdicts stand."""
    kept = to_keep(rules, dataset.pii)
    taught = [rule for rule in rules if (own := rule.learns_from()) is not None and own.snapshot is None]
    models, _ = trained(database, dataset, relation, taught, needs)
    try:
        return Reference(summaries.columns(database, relation, parts_of(kept)), models, state)
    except DeadlineError:
        return Reference({}, models, state)


def snapshot(request: Request, target: Target, name: str) -> Reference:
    """Summarise all columns of a target but personal ones, and train the models of the rules that name the snapshot.

    Raises:
        UnreadableError: the target's files cannot be read, or a model cannot be trained on them.
        RulesError: a rule's pattern or SQL cannot be used.

    """
    with opened(request, target) as (database, relation):
        target = veil.personal(database, target, relation)
        taught = [rule for rule in target.rules if (own := rule.learns_from()) is not None and own.snapshot == name]
        hidden = {column.casefold() for column in target.dataset.pii}
        parts = {one.name: Part(one.name) for one in relation.columns if one.name.casefold() not in hidden}
        examine(database, request)
        models, faults = trained(database, target.dataset, relation, taught, {})
        if faults:
            told = "; ".join(f"{clean(rule)}: {why}" for rule, why in faults.items())
            raise UnreadableError(f"{all_shown(target.paths)}: nothing is saved: {told}")
        return Reference(summaries.columns(database, relation, parts), models)


def trained(
    database: Database, dataset: Dataset, relation: Relation, rules: Sequence[Rule], judged: Mapping[str, Need]
) -> tuple[dict[Lesson, Learnt], dict[str, str]]:
    """Train the models of rules, by what they were taught; and say of those that cannot be trained why, by rule.

    `judged` is what the rules' needs came down to, where they were evaluated.
    """
    found: dict[Lesson, Learnt] = {}
    taught = learners(rules)
    if not taught:
        return {}, {}
    from idqp_cli.engine import models as training  # noqa: PLC0415 - only rules with models have to pay

    asked = demand(rules, relation, {}, dataset.pii, None)
    faults = dict(asked.refused)
    for rule in taught:
        if rule.name in asked.columns:
            need = judged.get(rule.name)
            marked = need if isinstance(need, Marked) else None
            model = training.learnt(database, relation, rule.trains_on(asked.columns[rule.name]), marked)
            if isinstance(model, Unmeasured):
                faults[rule.name] = model.reason
            else:
                found[lesson(rule)] = model
    return found, faults


def of_files(target: Target, request: Request) -> tuple[dict[str, Mapping[str, Summary]], dict[str, str]]:
    """Summarise the files that are baselines of rules, by rule; and say which cannot be read, and why."""
    found: dict[str, Mapping[str, Summary]] = {}
    faults: dict[str, str] = {}
    by_file: dict[str, list[Rule]] = {}
    for rule in target.rules:
        baseline = rule.baseline()
        if baseline is not None and baseline.file is not None:
            by_file.setdefault(baseline.file, []).append(rule)
    for file, rules in by_file.items():
        try:
            kept = summary(request, Target(target.dataset, (file,), ()), parts_of(rules))
            found |= dict.fromkeys([rule.name for rule in rules], kept)
        except UnreadableError as error:
            faults |= dict.fromkeys([rule.name for rule in rules], f"the baseline cannot be read: {error}")
    return found, faults


def parts_of(rules: Iterable[Rule]) -> dict[str, Part]:
    """Return the parts of columns that rules compare, by what their summaries are kept under."""
    return {drift.kept_as(rule): Part(rule.columns[0], filtered(rule)) for rule in rules}


def summary(request: Request, target: Target, parts: Mapping[str, Part]) -> Mapping[str, Summary]:
    """Summarise parts of a target's files.

    Raises:
        UnreadableError: they cannot be read.

    """
    with opened(request, target, baseline=True) as (database, relation):
        return summaries.columns(database, relation, parts)


@contextmanager
def opened(request: Request, target: Target, *, baseline: bool = False) -> Iterator[tuple[Database, Relation]]:
    """Open a target's files; once done they must still be what they were.

    A `baseline` may be of another format than the dataset.

    Raises:
        UnreadableError: they cannot be read, or were changed.

    """
    engine = request.engine
    which = NEWEST if baseline else moment(target.dataset.read)
    with (
        engine.located(target.paths, request.project.folder, request.resources.deadline, which) as source,
        engine.connected([source], request.resources) as database,
    ):
        database.hurry()
        dataset = target.dataset
        if baseline:
            dataset = replace(dataset, read=fitting(dataset.read, source))
        ingested = engine.ingest(database, dataset, source, Expected({}, {}, {}))
        database.lock()
        yield database, (confirmed(database, ingested) if ingested.text is not None else ingested).relation
        unchanged(source)


def to_keep(rules: Iterable[Rule], hidden: Collection[str]) -> tuple[Rule, ...]:
    """Return the rules for which this run is a baseline of later ones; personal columns are not kept."""
    left_out = {name.casefold() for name in hidden}
    return tuple(
        rule
        for rule in rules
        if (own := rule.baseline()) is not None
        and own.snapshot is None
        and own.file is None
        and not any(column.casefold() in left_out for column in rule.columns)
    )
