"""Fetch the rows that show why rules fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Cause, Column, RuleKey
from idqp_cli.core.relation import Relation, RowPlace
from idqp_cli.engine import ability, plan, statements
from idqp_cli.ingest.database import Database
from idqp_cli.rules.needs import Agreement, Marked, Need, References, Rows, Select

Listed = TypeVar("Listed")


@frozen
class FailingRow:
    """A failing row: its place, the cells of the shown columns as text, and what is usual in its place."""

    place: RowPlace
    cells: tuple[str | None, ...]
    causes: tuple[Cause, ...] = ()


def failing_rows(
    database: Database,
    relation: Relation,
    failed: Mapping[RuleKey, tuple[Need, Sequence[Column]]],
    others: Mapping[str, Relation],
    limit: int,
) -> dict[RuleKey, tuple[FailingRow, ...]]:
    """Fetch the first `limit` failing rows of each failed rule and segment, in the order of the file.

    `failed` gives the need, and the columns to show. A rule that is not about
    rows has none.
    """
    found: dict[RuleKey, tuple[FailingRow, ...]] = {}
    rows = [(place, need, columns) for place, (need, columns) in failed.items() if isinstance(need, (Rows, References))]

    def alone(row: tuple[RuleKey, Rows | References, Sequence[Column]]) -> str:
        return plan.failing_rows(relation, [row[1:]], others, limit)

    rows = rows if limit else []
    for some in (part for side in ability.apart(database, rows, alone) for part in _some(side)):
        statement = plan.failing_rows(relation, [(need, columns) for _, need, columns in some], others, limit)
        (lists,) = database.fetch(statement)
        found |= {place: _failing(listed) for (place, _, _), listed in zip(some, lists, strict=True)}
    for place, (need, columns) in failed.items():
        if limit and isinstance(need, statements.Apart):
            ((listed,),) = database.fetch(statements.rows(relation, need, columns, limit, others))
            found[place] = _beside(_failing(listed), need) if isinstance(need, Agreement) else _failing(listed)
        if limit and isinstance(need, Marked) and need.places:
            ((listed,),) = database.fetch(statements.marked_rows(relation, need, columns, limit))
            found[place] = _failing(listed)
    return found


def returned_rows(
    database: Database, relation: Relation, need: Select, others: Mapping[str, Relation], limit: int
) -> list[dict[str, str | None]]:
    """Fetch the first `limit` rows that the user's SELECT returns, as texts by the names of its columns."""
    ((listed,),) = database.fetch(statements.returned_rows(relation, need, others, limit))
    return [] if not isinstance(listed, list) else listed


def malformed_cells(
    database: Database, relation: Relation, columns: Sequence[Column], limit: int, besides: Sequence[str] = ()
) -> dict[str, tuple[FailingRow, ...]]:
    """Fetch the first `limit` cells of each column that did not parse, of 1,000 columns; the one cell is its text.

    Cells with one of the texts `besides` are left out.
    """
    if not limit or not columns:
        return {}
    some = columns[: plan.MAX_LISTS]
    (lists,) = database.fetch(plan.malformed_cells(relation, some, limit, besides))
    return {column.name: _failing(listed) for column, listed in zip(some, lists, strict=True)}


def _some(many: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    """Divide what is to be listed into what one statement lists."""
    return (many[start : start + plan.MAX_LISTS] for start in range(0, len(many), plan.MAX_LISTS))


def _failing(listed: object) -> tuple[FailingRow, ...]:
    rows = []
    for place, *cells in listed or () if isinstance(listed, (list, type(None))) else ():
        file, row = divmod(int(place), plan.FILE_STEP)
        rows.append(FailingRow(RowPlace(file, row), tuple(cells)))
    return tuple(rows)


def _beside(rows: Sequence[FailingRow], need: Agreement) -> tuple[FailingRow, ...]:
    """Return the rows with what is usual instead of a value, which comes after their cells; of a tie nothing is."""
    found = []
    for row in rows:
        *cells, usual = row.cells
        found.append(FailingRow(row.place, tuple(cells), () if usual is None else (Cause(need.value.name, usual),)))
    return tuple(found)
