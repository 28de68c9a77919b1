"""Needs that depend on the data itself, come down to rows that fail: bounds, models of rows, spellings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.model import Metrics, RuleKey
from idqp_cli.core.relation import Relation
from idqp_cli.engine import fetch, query_errors
from idqp_cli.engine.measure import Measured
from idqp_cli.engine.query_errors import Unmeasured
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import StoppedError
from idqp_cli.rules.needs import Marked, Rows, Twins, Unsettled
from idqp_cli.rules.rule import Rule

Bounds = Mapping[str, tuple[float, float]]


def settle(
    database: Database, dataset: Dataset, rules: Iterable[Rule], measured: Measured, others: Mapping[str, Relation]
) -> Measured:
    """Settle what the rules need, and return what was measured with what their needs came down to."""
    relation, planned = measured.ingested.relation, measured.planned
    found: dict[RuleKey, Metrics | Unmeasured] = {}
    needs: dict[str, Rows | Marked] = {}
    bounds: dict[str, Bounds] = {}
    for rule in rules:
        need = planned.needs.get(rule.name)
        if isinstance(need, Unsettled):
            try:
                database.turn_to(relation.dataset, rule.name)
                settled, own = _settled(database, relation, need, others, dataset.samples)
            except StoppedError as error:
                settled, own = Unmeasured(query_errors.told(error)), {}
            if isinstance(settled, Unmeasured):
                found[rule.name, None] = settled
            else:
                needs[rule.name], bounds[rule.name] = settled, own
    if not found and not needs:
        return measured
    database.turn_to(relation.dataset)
    found |= {(name, None): one for name, one in fetch.measure_settled(database, relation, needs).items()}
    return replace(
        measured,
        planned=replace(planned, needs={**planned.needs, **needs}),
        metrics={**measured.metrics, **found},
        bounds={**measured.bounds, **bounds},
    )


def _settled(
    database: Database, relation: Relation, need: Unsettled, others: Mapping[str, Relation], shown: int
) -> tuple[Rows | Marked | Unmeasured, Bounds]:
    """Return what a need comes down to, and the bounds that were found on the way, by column."""
    if isinstance(need, Twins):
        from idqp_cli.engine import spelling  # noqa: PLC0415 - only a check with rules that need it has to pay

        return spelling.settle(database, relation, need), {}
    from idqp_cli.engine import outliers  # noqa: PLC0415 - only a check with rules that need it has to pay

    settled = outliers.settle(database, relation, need, others, shown)
    return (settled, {}) if isinstance(settled, Unmeasured) else (settled.need, settled.bounds)
