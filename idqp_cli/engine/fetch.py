"""The engine: fetches what rules need, all of a dataset's rules in as few scans as it can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.errors import DeadlineError
from idqp_cli.core.model import Metrics
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import ability, cost, plan, statements, user_sql
from idqp_cli.engine.query_errors import Unmeasured, told
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError, StoppedError
from idqp_cli.rules.columns import NotEvaluableError
from idqp_cli.rules.needs import EVALUATED, FAILED, Copies, Keys, Marked, Need, Order, Rows
from idqp_cli.rules.rule import Rule

# What a rule needs that judges without looking at the data.
NOTHING: Metrics = {}


def objection(database: Database, rule: Rule, dataset: str) -> tuple[str, str] | None:
    """Say what is wrong with the patterns and the SQL in a rule of `dataset`, before any data is read.

    Returns the key whose value is wrong, and why.
    """
    for key, pattern in rule.patterns().items():
        try:
            database.syntax(f"SELECT regexp_matches('', {sql.literal(pattern)})")
        except QueryError as error:
            return key, f"regex '{clean(pattern, 60)}' does not compile: {clean(error.reason)}"
    for key, form in rule.formats().items():
        try:
            database.syntax(f"SELECT try_strptime('', {sql.literal(form)})")
        except QueryError as error:
            return key, f"strptime '{clean(form, 60)}' is no format: {clean(error.reason)}"
    for key, select in rule.selects().items():
        found = user_sql.select_objection(database, select, dataset, rule.others(), rule.known_tables())
        if found is not None:
            return key, found
    for key, condition in rule.conditions().items():
        found = user_sql.objection(database, condition)
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
    chosen = cost.choose(database, relation, needs)
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
            proven = None if dense else cost.proven(proof)
            grouped = proven or _by_key(database, relation, need, others, proves=dense)
            found[name] = _of_every(database, relation, need, grouped)
        elif isinstance(need, Copies):
            proof = found.pop(name, None) if name in proofs else None
            found[name] = cost.proven(proof) or own(database, relation, need, others)
        elif name not in found:
            found[name] = _of_every(database, relation, need, own(database, relation, need, others))
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
        proven = cost.proven_unique(database, relation, need) if proves else None
    except DeadlineError as error:
        return Unmeasured(str(error))
    except QueryError:
        proven = None
    if proven is None and need.spelled:
        # Keys of different values are spelled differently, and numbers cost less to compare.
        found = own(database, relation, replace(need, spelled=()), others)
        if isinstance(found, Unmeasured) or not found[FAILED]:
            return found
    return proven or own(database, relation, need, others)


def _of_every(database: Database, relation: Relation, need: Need, found: Metrics | Unmeasured) -> Metrics | Unmeasured:
    """Return the metrics of a need with all rows as those looked at, where it asks for that."""
    if not isinstance(need, (Keys, Order)) or not need.every or isinstance(found, Unmeasured):
        return found
    try:
        ((rows,),) = database.fetch(statements.every_row(relation, need))
    except QueryError as error:
        return Unmeasured(told(error))
    except DeadlineError as error:
        return Unmeasured(str(error))
    return {**found, EVALUATED: as_number(rows)}


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
    first, *rest = ability.scans(database, relation, needs, others)
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
        # Read in another way it would be stopped again.
        apart = apart or isinstance(error, StoppedError)
    if apart and len(needs) == 1:
        return {name: Unmeasured(reason) for name in needs}
    return {
        name: metrics
        for half in halves(needs)
        for name, metrics in _in_one_scan(database, relation, half, others, apart=True).items()
    }


def halves(needs: Mapping[str, Need]) -> Iterator[dict[str, Need]]:
    """Divide needs in two, so that one that fails among many is found in few scans."""
    pairs = list(needs.items())
    middle = (len(pairs) + 1) // 2
    return (dict(half) for half in (pairs[:middle], pairs[middle:]) if half)


def _by_value(database: Database, relation: Relation, chosen: cost.Choice) -> dict[str, Metrics]:
    """Fetch the metrics that cost less over a column's distinct values; what fails is left to the scan of rows."""
    found: dict[str, Metrics] = {}
    for column, alike in chosen.by_value.items():
        try:
            ((evaluated, *failed),) = database.fetch(cost.values_scan(relation, column, alike))
        except QueryError:
            continue
        for name, number in zip(alike, failed, strict=True):
            found[name] = {EVALUATED: as_number(evaluated), FAILED: as_number(number)}
    return found


def own(database: Database, relation: Relation, need: Need, others: Mapping[str, Relation]) -> Metrics | Unmeasured:
    """Fetch what one need asks for, in a statement of its own."""
    if isinstance(need, Marked):
        return need.metrics
    try:
        statement, names = statements.counts(relation, need, others)
        (row,) = database.fetch(statement)
    except QueryError as error:
        return Unmeasured(told(error))
    except (NotEvaluableError, DeadlineError) as error:
        return Unmeasured(str(error))
    return {name: as_number(value) for name, value in zip(names, row, strict=True)}


def _scanned(database: Database, scan: plan.Scan | None) -> dict[str, Metrics]:
    if scan is None:
        return {}
    (row,) = database.fetch(scan.statement)
    return {
        rule: {metric: as_number(row[position]) for metric, position in metrics.items()}
        for rule, metrics in scan.names.items()
    }


def as_number(value: object) -> int | float | None:
    """Return a fetched number as Python's own; a decimal is the nearest float."""
    return value if value is None or isinstance(value, (int, float)) else float(str(value))
