"""The engine: fetches what rules need, all of a dataset's rules in as few scans as it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from idqp_cli import sql
from idqp_cli.database import Database, QueryError, Unread
from idqp_cli.dataset import GROUP_COLUMN, Relation, RowPlace
from idqp_cli.engine import guard, own, plan, prices
from idqp_cli.errors import DeadlineError
from idqp_cli.frozen import frozen
from idqp_cli.model import Column, Metrics
from idqp_cli.rules.needs import EVALUATED, FAILED, Division, Keys, Marked, Need, Order, References, Rows, Select
from idqp_cli.rules.rule import NotEvaluableError, Rule
from idqp_cli.text import clean

# What a rule needs that judges without looking at the data.
NOTHING: Metrics = {}

Listed = TypeVar("Listed")

# A rule, and the segment that it is judged for.
Place = tuple[str, str | None]


@frozen
class Unmeasured:
    """A rule whose need could not be met, and why, in words that hold no data; `skipped` if that is no error.

    `unread` says that no rule's can be met, because the text file was not read to its end in this way.
    """

    reason: str
    skipped: bool = False
    unread: Unread | None = None


@frozen
class FailingRow:
    """A failing row: its place, and the cells of the shown columns as text."""

    place: RowPlace
    cells: tuple[str | None, ...]


def objection(database: Database, rule: Rule, dataset: str) -> tuple[str, str] | None:
    """Say what is wrong with the patterns and the SQL in a rule of `dataset`, before any data is read.

    Returns the key whose value is wrong, and why.
    """
    for key, pattern in rule.patterns().items():
        try:
            database.fetch(f"SELECT regexp_matches('', {sql.literal(pattern)})")
        except QueryError as error:
            return key, f"regex '{clean(pattern, 60)}' does not compile: {clean(error.reason)}"
    for key, form in rule.formats().items():
        try:
            database.fetch(f"SELECT try_strptime('', {sql.literal(form)})")
        except QueryError as error:
            return key, f"strptime '{clean(form, 60)}' is no format: {clean(error.reason)}"
    for key, select in rule.selects().items():
        found = guard.select_objection(database, select, dataset)
        if found is not None:
            return key, found
    for key, condition in rule.conditions().items():
        found = guard.objection(database, condition)
        if found is not None:
            return key, f"'{clean(condition, 60)}': {found}"
    return None


def measure(
    database: Database, relation: Relation, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> dict[str, Metrics | Unmeasured]:
    """Fetch the metrics of all rules, by rule name; `others` are the other datasets that they look at.

    One scan serves all aggregates. If it fails, halves of the rules are tried,
    and halves of these, so that one bad rule is one rule without metrics.
    """
    chosen = prices.choose(database, relation, needs)
    found: dict[str, Metrics | Unmeasured] = dict(_by_value(database, relation, chosen))
    left = {name: need for name, need in needs.items() if name not in found}
    proofs = {name: proof for name, proof in chosen.proofs.items() if name in left}
    found |= _shared(
        database, relation, {name: need for name, need in left.items() if plan.shared(need)} | proofs, others
    )
    unread = next((one for one in found.values() if isinstance(one, Unmeasured) and one.unread is not None), None)
    if unread is not None:
        return dict.fromkeys(needs, unread)
    for name, need in left.items():
        if isinstance(need, Keys):
            proof = found.pop(name, None) if name in proofs else None
            dense = name in chosen.dense
            proven = None if dense else prices.proven(proof)
            found[name] = proven or _by_key(database, relation, need, others, proves=dense)
        elif name not in found:
            found[name] = _own(database, relation, need, others)
    return found


def measure_settled(
    database: Database, relation: Relation, needs: Mapping[str, Rows | Marked]
) -> dict[str, Metrics | Unmeasured]:
    """Fetch the metrics of needs that had to be settled first, by rule name, in a scan of their own."""
    marked = {name: need.metrics for name, need in needs.items() if isinstance(need, Marked)}
    left = {name: need for name, need in needs.items() if name not in marked}
    try:
        return {**marked, **_shared(database, relation, left, {}, apart=True)}
    except DeadlineError as error:
        return {**marked, **dict.fromkeys(left, Unmeasured(str(error)))}


def _by_key(
    database: Database, relation: Relation, need: Keys, others: Mapping[str, Relation], *, proves: bool
) -> Metrics | Unmeasured:
    """Count the rows of a key; where it may prove cheaper, see first that no two rows have the same."""
    try:
        proven = prices.proven_unique(database, relation, need) if proves else None
    except DeadlineError as error:
        return Unmeasured(str(error))
    except QueryError:
        proven = None
    if proven is None and need.spelled:
        # Keys of different values are spelled differently, and numbers cost less to compare.
        found = _own(database, relation, replace(need, spelled=()), others)
        if isinstance(found, Unmeasured) or not found[FAILED]:
            return found
    return proven or _own(database, relation, need, others)


def _shared(
    database: Database,
    relation: Relation,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
    *,
    apart: bool = False,
) -> dict[str, Metrics | Unmeasured]:
    """Fetch all aggregates in one scan or, if that fails, in two, and so on; of very many rules, in some scans.

    A scan that is not of all rules may leave columns out, which the first one must not: it has the first of the rules.
    """
    first, *rest = plan.batches(needs)
    found = _in_one_scan(database, relation, first, others, apart=apart)
    for batch in rest:
        found |= _in_one_scan(database, relation, batch, others, apart=True)
    return found


def _in_one_scan(
    database: Database,
    relation: Relation,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
    *,
    apart: bool,
) -> dict[str, Metrics | Unmeasured]:
    try:
        table = relation.rescan if apart else relation.scan
        scan = plan.scan(table, relation.dataset, needs, others)
        return {**dict.fromkeys(needs, NOTHING), **_scanned(database, scan)}
    except NotEvaluableError as error:
        reason = str(error)
    except QueryError as error:
        if error.unread is not None:
            return dict.fromkeys(needs, Unmeasured(told(error), unread=error.unread))
        reason = told(error)
    if apart and len(needs) == 1:
        return {name: Unmeasured(reason) for name in needs}
    return {
        name: metrics
        for half in _halves(needs)
        for name, metrics in _in_one_scan(database, relation, half, others, apart=True).items()
    }


def _halves(needs: Mapping[str, Need]) -> Iterator[dict[str, Need]]:
    """Divide needs in two, so that one that fails among many is found in few scans."""
    pairs = list(needs.items())
    middle = (len(pairs) + 1) // 2
    return (dict(half) for half in (pairs[:middle], pairs[middle:]) if half)


def _by_value(database: Database, relation: Relation, chosen: prices.Choice) -> dict[str, Metrics]:
    """Fetch the metrics that cost less over a column's distinct values; what fails is left to the scan of rows."""
    found: dict[str, Metrics] = {}
    for column, alike in chosen.by_value.items():
        try:
            ((evaluated, *failed),) = database.fetch(prices.values_scan(relation, column, alike))
        except QueryError:
            continue
        for name, number in zip(alike, failed, strict=True):
            found[name] = {EVALUATED: _number(evaluated), FAILED: _number(number)}
    return found


def measure_by(
    database: Database,
    relation: Relation,
    division: Division,
    needs: Mapping[str, Need],
    others: Mapping[str, Relation],
) -> tuple[dict[Place, Metrics | Unmeasured], dict[str, str]]:
    """Fetch the metrics of rules that are divided alike, by rule and segment, and the SQL condition of each segment."""
    try:
        values = [str(value) for (value,) in database.fetch(plan.frequent(relation, division))]
    except QueryError as error:
        return {(name, None): Unmeasured(told(error)) for name in needs}, {}
    if len(values) > plan.MAX_SEGMENTS:
        reason = f"{clean(division.column.name, 60)} has more than {plan.MAX_SEGMENTS:,} values; say min_rows"
        return {(name, None): Unmeasured(reason) for name in needs}, {}
    segment = plan.segment(division, values)
    segments = [*values, plan.RARE] if _any_rare(database, relation, division, segment) else values
    conditions = {value: f"{segment} = {sql.literal(value)}" for value in segments}
    shared = {name: need for name, need in needs.items() if plan.shared(need)}
    found = _scanned_by(database, relation, segment, shared, others)
    for name, need in needs.items():
        if isinstance(need, (Keys, Order)):
            found |= _own_by(database, relation, segment, segments, (name, need))
        elif name not in shared:
            parts = {value: plan.within(need, condition) for value, condition in conditions.items()}
            found |= {(name, value): _own(database, relation, part, others) for value, part in parts.items()}
    return found, conditions


def measure_groups(
    database: Database, relation: Relation, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> dict[str, list[Metrics]]:
    """Fetch the metrics of rules that one scan can serve by row group of a sample, by rule name."""
    found: dict[str, list[Metrics]] = {}
    for (name, _), metrics in _scanned_by(database, relation, sql.identifier(GROUP_COLUMN), needs, others).items():
        if not isinstance(metrics, Unmeasured):
            found.setdefault(name, []).append(metrics)
    return found


def _any_rare(database: Database, relation: Relation, division: Division, segment: str) -> bool:
    if division.min_rows <= 1:
        return False
    ((rare,),) = database.fetch(plan.rare_rows(relation, segment))
    return bool(rare)


def _own_by(
    database: Database, relation: Relation, segment: str, segments: Sequence[str], asked: tuple[str, Keys | Order]
) -> dict[Place, Metrics | Unmeasured]:
    """Fetch the metrics of one need by segment, in one statement; a segment without a row to look at has zeros."""
    name, need = asked
    try:
        statement, names = own.counts_by(relation, need, segment)
        rows = database.fetch(statement)
    except QueryError as error:
        return {(name, None): Unmeasured(told(error))}
    found: dict[Place, Metrics | Unmeasured] = {(name, value): dict.fromkeys(names, 0) for value in segments}
    for value, *numbers in rows:
        found[name, str(value)] = {metric: _number(number) for metric, number in zip(names, numbers, strict=True)}
    return found


def _scanned_by(
    database: Database, relation: Relation, segment: str, needs: Mapping[str, Need], others: Mapping[str, Relation]
) -> dict[Place, Metrics | Unmeasured]:
    if len(batches := plan.batches(needs)) > 1:
        parts = [_scanned_by(database, relation, segment, batch, others) for batch in batches]
        return {place: metrics for found in parts for place, metrics in found.items()}
    try:
        scan = plan.scan_by(relation, segment, needs, others)
        rows = [] if scan is None else database.fetch(scan.statement)
    except (QueryError, NotEvaluableError) as error:
        if len(needs) == 1:
            reason = told(error) if isinstance(error, QueryError) else str(error)
            return {(name, None): Unmeasured(reason) for name in needs}
        apart = [_scanned_by(database, relation, segment, half, others) for half in _halves(needs)]
        return {place: metrics for found in apart for place, metrics in found.items()}
    return {
        (name, str(row[0])): {metric: _number(row[position]) for metric, position in metrics.items()}
        for row in rows
        for name, metrics in (scan.names.items() if scan is not None else ())
    }


def _own(database: Database, relation: Relation, need: Need, others: Mapping[str, Relation]) -> Metrics | Unmeasured:
    if isinstance(need, Marked):
        return need.metrics
    try:
        statement, names = own.counts(relation, need, others)
        (row,) = database.fetch(statement)
    except QueryError as error:
        return Unmeasured(told(error))
    except (NotEvaluableError, DeadlineError) as error:
        return Unmeasured(str(error))
    return {name: _number(value) for name, value in zip(names, row, strict=True)}


def failing_rows(
    database: Database,
    relation: Relation,
    failed: Mapping[Place, tuple[Need, Sequence[Column]]],
    others: Mapping[str, Relation],
    limit: int,
) -> dict[Place, tuple[FailingRow, ...]]:
    """Fetch the first `limit` failing rows of each failed rule and segment, in the order of the file.

    `failed` gives the need, and the columns to show. A rule that is not about
    rows has none.
    """
    found: dict[Place, tuple[FailingRow, ...]] = {}
    rows = [(place, need, columns) for place, (need, columns) in failed.items() if isinstance(need, (Rows, References))]
    for some in _some(rows if limit else []):
        statement = plan.failing_rows(relation, [(need, columns) for _, need, columns in some], others, limit)
        (lists,) = database.fetch(statement)
        found |= {place: _failing(listed) for (place, _, _), listed in zip(some, lists, strict=True)}
    for place, (need, columns) in failed.items():
        if limit and isinstance(need, (Keys, Order)):
            ((listed,),) = database.fetch(own.rows(relation, need, columns, limit))
            found[place] = _failing(listed)
        if limit and isinstance(need, Marked) and need.places:
            ((listed,),) = database.fetch(own.marked_rows(relation, need, columns, limit))
            found[place] = _failing(listed)
    return found


def returned_rows(database: Database, relation: Relation, need: Select, limit: int) -> list[dict[str, str | None]]:
    """Fetch the first `limit` rows that the user's SELECT returns, as texts by the names of its columns."""
    ((listed,),) = database.fetch(own.returned_rows(relation, need, limit))
    return [] if not isinstance(listed, list) else listed


def malformed_cells(
    database: Database, relation: Relation, columns: Sequence[Column], limit: int
) -> dict[str, tuple[FailingRow, ...]]:
    """Fetch the first `limit` cells of each column that did not parse, of 1,000 columns; the one cell is its text."""
    if not limit or not columns:
        return {}
    some = columns[: plan.MAX_LISTS]
    (lists,) = database.fetch(plan.malformed_cells(relation, some, limit))
    return {column.name: _failing(listed) for column, listed in zip(some, lists, strict=True)}


def _some(many: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    """Divide what is to be listed into what one statement lists."""
    return (many[start : start + plan.MAX_LISTS] for start in range(0, len(many), plan.MAX_LISTS))


def _scanned(database: Database, scan: plan.Scan | None) -> dict[str, Metrics]:
    if scan is None:
        return {}
    (row,) = database.fetch(scan.statement)
    return {
        rule: {metric: _number(row[position]) for metric, position in metrics.items()}
        for rule, metrics in scan.names.items()
    }


def _number(value: object) -> int | float | None:
    return value if value is None or isinstance(value, (int, float)) else float(str(value))


def _failing(listed: object) -> tuple[FailingRow, ...]:
    rows = []
    for place, *cells in listed or () if isinstance(listed, (list, type(None))) else ():
        file, row = divmod(int(place), plan.FILE_STEP)
        rows.append(FailingRow(RowPlace(file, row), tuple(cells)))
    return tuple(rows)


# Of these errors the text is about the SQL; that of others may quote a cell.
ABOUT_THE_SQL = frozenset({"BinderException", "CatalogException", "ParserException"})
MIXED_LINES = "its lines end in more than one way (LF, CRLF, or a lone CR); write it anew with one"
FAILURES = {
    "ConversionException": "a value cannot be converted to the type that the SQL asks for",
    "InvalidInputException": "it meets a value, or a damaged piece of the file, that it cannot work with",
    "OutOfRangeException": "a number is out of the range of its type",
    "OutOfMemoryException": "there is too little memory; see --memory-limit",
}


def told(error: QueryError) -> str:
    """Tell what DuckDB objected to, without what it quotes of data."""
    if error.kind in ABOUT_THE_SQL:
        return clean(error.reason, 500)
    if error.unread is Unread.LINE_ENDS:
        return MIXED_LINES
    return FAILURES.get(error.kind, f"it fails on the data ({clean(error.kind, 60)})")
