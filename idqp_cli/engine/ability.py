"""Which rules the engine evaluates where the data is, and which cannot be evaluated, before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from idqp_cli.core import sql
from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import plan, spelling, statements
from idqp_cli.engine.bind import Demand
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.needs import Fences, Marked, Need, Twins, Unsettled
from idqp_cli.rules.rule import Rule

One = TypeVar("One")


def within(
    database: Database, rules: Iterable[Rule], planned: Demand, relation: Relation, others: Mapping[str, Relation]
) -> Demand:
    """Return what rules need without what can be evaluated neither by the engine nor here, which is refused by name.

    A rule that has no equal there is evaluated here, where so many rows may come here.
    """
    refused = {}
    for rule in rules:
        if rule.name in planned.columns and rule.name not in planned.unsampled:
            part = _unable(database, rule, planned.need(rule.name), relation, others)
            why = None if part is None else _beyond(database, rule, relation, others)
            if part is not None and why is not None:
                refused[rule.name] = f"the engine has no equal for {clean(part, 80)}, and {why}"
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


def apart(database: Database, among: Sequence[One], statement: Callable[[One], str | None]) -> list[Sequence[One]]:
    """Divide what one statement could fetch into what the engine evaluates where the data is, and what it does here.

    `statement` gives the SQL of each by itself; None where it has none.
    """
    if not database.partial:
        return [among]
    here = [number for number, one in enumerate(among) if (own := statement(one)) and database.unable(own) is not None]
    there = [one for number, one in enumerate(among) if number not in here]
    return [some for some in (there, [among[number] for number in here]) if some]


def scans(
    database: Database,
    relation: Relation,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
) -> list[dict[str, Need]]:
    """Divide shared needs into those of one scan each, the first of which has the first of them."""

    def scan(item: tuple[str, Need]) -> str | None:
        try:
            found = plan.scan(relation.rescan, relation.dataset, dict([item]), others)
        except NotEvaluableError:
            # Whoever fetches it says so.
            return None
        return None if found is None else found.statement

    divided = apart(database, list(needs.items()), scan)
    return [batch for some in divided for batch in plan.batches(dict(some))] or [{}]


def _beyond(database: Database, rule: Rule, relation: Relation, others: Mapping[str, Relation]) -> str | None:
    """Say why what a rule looks at may not come here."""
    try:
        return database.beyond([relation, *(others[name] for name in rule.others() if name in others)])
    except (QueryError, DeadlineError):
        # Whoever fetches it says so.
        return None


def _unable(
    database: Database, rule: Rule, need: Need, relation: Relation, others: Mapping[str, Relation]
) -> str | None:
    """Say which part of a rule the engine cannot evaluate."""
    for condition in rule.conditions().values():
        part = database.unable(f"SELECT {sql.isolated(condition)} FROM {relation.rescan}", written=condition)
        if part is not None:
            return part
    for select in rule.selects().values():
        part = database.unable(select, written=select)
        if part is not None:
            return part
    if rule.baseline() is not None or rule.learns_from() is not None:
        return "what later runs are compared with"
    try:
        return _without_equal(database, need, relation, others)
    except NotEvaluableError:
        # Whoever fetches it says so.
        return None


def _without_equal(database: Database, need: Need, relation: Relation, others: Mapping[str, Relation]) -> str | None:
    match need:
        case Fences():
            return database.unable(statements.fences(relation, need))
        case Twins():
            return database.unable(spelling.counted(relation, need))
        case _ if isinstance(need, (Marked, Unsettled)):
            return "rows that are compared with each other"
        case _ if plan.shared(need):
            scan = plan.scan(relation.rescan, relation.dataset, {"": need}, others)
            return None if scan is None else database.unable(scan.statement)
    return database.unable(statements.counts(relation, need, others)[0])
