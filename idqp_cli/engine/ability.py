"""Which rules the engine cannot evaluate, found before anything is read; pure but for what the engine says of SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.dataset import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import plan, statements
from idqp_cli.engine.bind import Demand
from idqp_cli.ingest.database import Database
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.needs import Marked, Need, Unsettled
from idqp_cli.rules.rule import Rule


def within(
    database: Database, rules: Iterable[Rule], planned: Demand, relation: Relation, others: Mapping[str, Relation]
) -> Demand:
    """Return what rules need without what the engine cannot evaluate, which it refuses by name."""
    refused = {}
    for rule in rules:
        if rule.name in planned.columns and rule.name not in planned.unsampled:
            part = _unable(database, rule, planned.need(rule.name), relation, others)
            if part is not None:
                refused[rule.name] = f"the engine has no equal for {clean(part, 80)}"
    if not refused:
        return planned
    return replace(
        planned,
        needs={name: need for name, need in planned.needs.items() if name not in refused},
        divided={
            division: {name: need for name, need in needs.items() if name not in refused}
            for division, needs in planned.divided.items()
        },
        refused={**planned.refused, **refused},
    )


def _unable(
    database: Database, rule: Rule, need: Need, relation: Relation, others: Mapping[str, Relation]
) -> str | None:
    """Say which part of a rule the engine cannot evaluate."""
    for condition in rule.conditions().values():
        part = database.unable(f"SELECT {sql.isolated(condition)} FROM {relation.rescan}", written=True)
        if part is not None:
            return part
    for select in rule.selects().values():
        part = database.unable(select, written=True)
        if part is not None:
            return part
    if isinstance(need, (Marked, Unsettled)):
        return "rows that are compared with each other"
    try:
        if plan.shared(need):
            scan = plan.scan(relation.rescan, relation.dataset, {rule.name: need}, others)
            return None if scan is None else database.unable(scan.statement)
        return database.unable(statements.counts(relation, need, others)[0])
    except NotEvaluableError:
        # Whoever fetches it says so.
        return None
