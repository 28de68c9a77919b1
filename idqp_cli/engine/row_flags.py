"""Which rules each row fails, as SQL; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.core import sql, text
from idqp_cli.core.model import Column
from idqp_cli.core.relation import FILE_COLUMN, ROW_COLUMN, Relation
from idqp_cli.core.text import APOSTROPHE, FORMULA
from idqp_cli.engine import groups, increment, plan
from idqp_cli.rules.literals import NUMBERS
from idqp_cli.rules.needs import Agreement, Copies, Keys, Marked, Need, Order, References, Rows

FAILED_RULES = "idqp_failed_rules"
FAILED = sql.identifier("idqp:failed")


def rows(
    relation: Relation,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
    *,
    failing: bool,
    inert: bool = False,
) -> str:
    """Return the SELECT of the rows that fail a rule, with the names of those rules, or of the rows that fail none.

    A rule that is not about rows (a count, a statistic, a query) is failed by
    none. Cells are as the file has them, also those that did not parse; `inert`
    texts, which a spreadsheet would take for a formula, have an apostrophe before them.
    """
    flagged = _flagged(relation, needs, others)
    cells = ", ".join((_inert if inert else _cell)(column) for column in relation.columns)
    if failing:
        names = sql.identifier(_free(relation.columns))
        return f"SELECT {cells}, {FAILED} AS {names} FROM ({flagged}) WHERE {FAILED} <> '' ORDER BY {plan.PLACE}"
    return f"SELECT {cells} FROM ({flagged}) WHERE {FAILED} = '' ORDER BY {plan.PLACE}"


def places(relation: Relation, needs: Mapping[str, Need], others: Mapping[str, Relation]) -> str:
    """Return the SELECT of the rows that fail a rule: the numbers of the file and the row, the names of the rules."""
    place = f"{sql.identifier(FILE_COLUMN)}, {sql.identifier(ROW_COLUMN)}"
    return f"SELECT {place}, {FAILED} FROM ({_flagged(relation, needs, others)}) WHERE {FAILED} <> ''"


def _flagged(relation: Relation, needs: Mapping[str, Need], others: Mapping[str, Relation]) -> str:
    """Return the SELECT of all rows, each with the names of the rules that it fails."""
    bad = sql.either(sql.malformed(column) for column in relation.columns)
    found = [f"CASE WHEN {bad} THEN 'parse' END"]
    found += [
        f"CASE WHEN {condition} THEN {sql.literal(name)} END"
        for name, need in needs.items()
        if (condition := _fails(relation, need, others)) is not None
    ]
    table = f"{relation.numbered} AS {sql.identifier(relation.dataset)}"
    return f"SELECT *, concat_ws('; ', {', '.join(found)}) AS {FAILED} FROM {table}"


def _free(columns: Sequence[Column]) -> str:
    """Return the name of the column with the names of rules; numbered, where the rows have one of that name."""
    taken, name, number = {column.name.casefold() for column in columns}, FAILED_RULES, 1
    while name in taken:
        number += 1
        name = f"{FAILED_RULES}_{number}"
    return name


def _cell(column: Column) -> str:
    name = sql.identifier(column.name)
    return name if column.text is None else f"{sql.identifier(column.text)} AS {name}"


def _inert(column: Column) -> str:
    """Return a cell, and the name of its column, as they are safe in spreadsheets; a number stays as it is."""
    cell, number = sql.as_text(column), NUMBERS.fullmatch(column.type)
    formula = f"regexp_matches({cell}, {sql.literal(FORMULA.pattern)})"
    if number:
        formula = f"{formula} AND {sql.malformed(column)}" if column.text is not None else "false"
    made = f"concat({sql.literal(APOSTROPHE)}, {cell})"
    return f"CASE WHEN {formula} THEN {made} ELSE {cell} END AS {sql.identifier(text.inert(column.name))}"


def _fails(relation: Relation, need: Need, others: Mapping[str, Relation]) -> str | None:
    match need:
        case Rows():
            return plan.failing(need)
        case Keys():
            looked, keys = plan.looked(need), ", ".join([*_by(need.by), plan.key(need)])
            again = f"{looked} AND count(*) FILTER (WHERE {looked}) OVER (PARTITION BY {keys}) > 1"
            return again if need.earlier is None else sql.either([again, increment.fails(need, others)])
        case Copies() | Agreement():
            return groups.fails(relation, need)
        case Order(column=column, breaks=breaks, where=where, by=by):
            name, looked = plan.ordered(column), sql.both(where, sql.present(column))
            value = f"CASE WHEN {looked} THEN {name} END"
            divided = "" if by is None else f"PARTITION BY {by} "
            return f"{looked} AND {name} {breaks} lag({value} IGNORE NULLS) OVER ({divided}ORDER BY {plan.PLACE})"
        case References():
            return plan.absent(need, others)
        case Marked(_, places):
            return f"{plan.PLACE} IN (SELECT unnest([{sql.listing(places)}]))" if places else "false"
        case _:
            return None


def _by(segment: str | None) -> list[str]:
    return [] if segment is None else [segment]
