"""What rules know beside the data of this run: the time, what earlier runs left, and files to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.relation import Relation
from idqp_cli.engine.bind import finest, wanted
from idqp_cli.engine.measure import Measured
from idqp_cli.ingest import files, fingerprint
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.relation import Ingested
from idqp_cli.pipeline.memory import Remembered
from idqp_cli.pipeline.request import Request, Target
from idqp_cli.project.project import implied
from idqp_cli.rules.given import Given
from idqp_cli.rules.needs import Need
from idqp_cli.rules.rule import Rule

if TYPE_CHECKING:
    from idqp_cli.anomaly.saved_model import Reference
    from idqp_cli.anomaly.summary import Summary
    from idqp_cli.engine.failing_messages import Failing


def asked(target: Target, ingested: Ingested, request: Request) -> tuple[Rule, ...]:
    """Return the rules of a target, with those that every dataset has."""
    own = target.rules
    return implied(target.dataset, own, request.project.defaults, text=ingested.doubtful) + own


def state(ingested: Ingested, rules: Sequence[Rule]) -> str | None:
    """Return what tells the data from that of other runs, where a rule compares with them."""
    return fingerprint.state(ingested.source) if any(rule.compares for rule in rules) else None


def known(
    target: Target,
    rules: Sequence[Rule],
    request: Request,
    memory: Remembered,
    ingested: Ingested,
    state: str | None,
    at: datetime,
) -> Given:
    """Return what the rules know beside the data."""
    dataset, source, now = target.dataset, ingested.source, request.as_of or at
    past = memory.past(dataset, rules, now, state, files.described(source))
    of_files, faults = _of_files(target, request)
    return Given(
        now,
        source.modified_at,
        past.history,
        past.profiles,
        {**past.baselines, **of_files},
        past.models,
        {**past.faults, **faults},
        zone=dataset.timezone,
        refused=past.refused,
    )


def _of_files(target: Target, request: Request) -> tuple[dict[str, Mapping[str, Summary]], dict[str, str]]:
    """Summarise the files that are baselines of rules, where there are such."""
    if all(rule.baseline() is None for rule in target.rules):
        return {}, {}
    from idqp_cli.pipeline import baselines  # noqa: PLC0415 - only who compares with a baseline has to pay

    return baselines.of_files(target, request)


def drawn(
    database: Database, dataset: Dataset, rules: Sequence[Rule], ingested: Ingested, request: Request
) -> Ingested:
    """Return the rows that are looked at: all, or the sample that the request asks for."""
    if request.sample is None:
        return ingested
    from idqp_cli.ingest.sample_rows import Draw  # noqa: PLC0415 - only a sample has to pay

    columns = wanted(rules, dataset, ingested.relation.columns)
    return request.engine.sampled(database, ingested, Draw(*request.sample, finest(rules), columns))


def failing(
    database: Database, target: Target, measured: Measured, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> Failing:
    """Return which messages fail which rules, where that is asked for."""
    if target.batch is None or not target.batch.told_apart:
        return {}
    from idqp_cli.engine.failing_messages import failing as found  # noqa: PLC0415 - only such a batch has to pay

    return found(database, measured, needs, others)


def reference(
    database: Database,
    dataset: Dataset,
    measured: Measured,
    needs: Mapping[str, Need],
    rules: Sequence[Rule],
    state: str | None,
) -> Reference | None:
    """Return what later runs compare with, where they do. A part of the rows is no baseline of all."""
    none = all(rule.baseline() is None and rule.learns_from() is None for rule in rules)
    if none or measured.ingested.drawn is not None:
        return None
    from idqp_cli.pipeline import baselines  # noqa: PLC0415 - only who is compared with has to pay

    return baselines.reference(database, dataset, measured.ingested.relation, needs, rules, state)
