"""Which rules each row fails, as SQL; pure."""

from __future__ import annotations

from collections.abc import Mapping

from idqp_cli import sql
from idqp_cli.dataset import Relation
from idqp_cli.engine import plan
from idqp_cli.model import Column
from idqp_cli.rules.needs import Keys, Marked, Need, Order, References, Rows

FAILED_RULES = "idqp_failed_rules"


def rows(relation: Relation, needs: Mapping[str, Need], others: Mapping[str, Relation], *, failing: bool) -> str:
    """Return the SELECT of the rows that fail a rule, with the names of those rules, or of the rows that fail none.

    A rule that is not about rows (a count, a statistic, a query) is failed by
    none. Cells are as the file has them, also those that did not parse.
    """
    bad = sql.either(sql.malformed(column) for column in relation.columns)
    found = [f"CASE WHEN {bad} THEN 'parse' END"]
    found += [
        f"CASE WHEN {condition} THEN {sql.literal(name)} END"
        for name, need in needs.items()
        if (condition := _fails(need, others)) is not None
    ]
    names = sql.identifier(FAILED_RULES)
    table = f"{relation.numbered} AS {sql.identifier(relation.dataset)}"
    flagged = f"SELECT *, concat_ws('; ', {', '.join(found)}) AS {names} FROM {table}"
    cells = ", ".join(_cell(column) for column in relation.columns)
    if failing:
        return f"SELECT {cells}, {names} FROM ({flagged}) WHERE {names} <> '' ORDER BY {plan.PLACE}"
    return f"SELECT {cells} FROM ({flagged}) WHERE {names} = '' ORDER BY {plan.PLACE}"


def _cell(column: Column) -> str:
    name = sql.identifier(column.name)
    return name if column.text is None else f"{sql.identifier(column.text)} AS {name}"


def _fails(need: Need, others: Mapping[str, Relation]) -> str | None:
    match need:
        case Rows():
            return plan.failing(need)
        case Keys():
            looked, keys = plan.looked(need), plan.key(need)
            return f"{looked} AND count(*) FILTER (WHERE {looked}) OVER (PARTITION BY {keys}) > 1"
        case Order(column, breaks, where):
            name, looked = sql.identifier(column.name), sql.both(where, sql.present(column))
            value = f"CASE WHEN {looked} THEN {name} END"
            return f"{looked} AND {name} {breaks} lag({value} IGNORE NULLS) OVER (ORDER BY {plan.PLACE})"
        case References():
            return plan.absent(need, others)
        case Marked(_, places):
            return f"{plan.PLACE} IN (SELECT unnest([{sql.listing(places)}]))" if places else "false"
        case _:
            return None
