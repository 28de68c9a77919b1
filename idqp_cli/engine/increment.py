"""Rules of a dataset of which only new files were read: keys are compared with those of the other files, too; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idqp_cli.core import sql
from idqp_cli.core.dataset import Part
from idqp_cli.core.model import Column, Result, Status
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean, count
from idqp_cli.engine import plan
from idqp_cli.rules.columns import NotEvaluableError, resolve
from idqp_cli.rules.literals import INTEGERS
from idqp_cli.rules.needs import Counts, Keys, Need, References, Rows
from idqp_cli.rules.rule import Rule
from idqp_cli.rules.share_rule import as_spelled
from idqp_cli.rules.uniqueness import Unique

READ_ALL = "check with --all"
NEW, COUNT, BEFORE = sql.identifier("idqp:new"), sql.identifier("idqp:count"), sql.identifier("idqp:before")
JUDGED = frozenset({Status.PASSED, Status.FAILED, Status.INCONCLUSIVE})
# Of these the message says already what they are of: rows, cells, columns.
OF_FILES = frozenset({"parse", "schema"})


def judged(rule: Rule, need: Need, part: Part, others: Mapping[str, Relation]) -> tuple[Need, str | None]:
    """Return what a rule needs where only new files are read, and why it cannot be judged; None where it can."""
    if isinstance(need, Counts):
        return need, f"compares the number of all rows, and only new files were read; {READ_ALL}"
    if not isinstance(rule, Unique) or not isinstance(need, Keys):
        return need, None
    if part.earlier is None:
        return need, part.why
    if need.nulls or rule.segment_by is not None:
        key = "nulls: compare" if need.nulls else "segment_by"
        return need, f"with {key} the keys of new files are not compared with those before; {READ_ALL}"
    if part.earlier not in others:
        return need, f"the files that were checked before cannot be read, to compare their keys; {READ_ALL}"
    return replace(need, earlier=part.earlier), _unlike(need, others[part.earlier])


def _unlike(need: Keys, earlier: Relation) -> str | None:
    """Say which column of a key has another type in the earlier files; None where none has."""
    try:
        there = resolve(tuple(column.name for column in need.columns), earlier.columns)
    except NotEvaluableError as error:
        return f"in the files that were checked before, {error}; {READ_ALL}"
    for own, other in zip(need.columns, there, strict=True):
        whole = INTEGERS.fullmatch(own.type) and INTEGERS.fullmatch(other.type)
        if own.type != other.type and not whole:
            return f"{clean(own.name, 60)} is {own.type}, and {other.type} in the files before; {READ_ALL}"
    return None


def counts(relation: Relation, need: Keys, others: Mapping[str, Relation]) -> str:
    """Return the SELECT of the rows looked at, of those whose key occurs again or did before, the keys and the most."""
    repeated = f"{COUNT} > 1 OR {BEFORE} > 0"
    return (
        f"SELECT coalesce(sum({COUNT}), 0), coalesce(sum({COUNT}) FILTER (WHERE {repeated}), 0), count(*),"
        f" max({COUNT} + {BEFORE}) FROM ({_grouped(relation, need, others)}) WHERE {COUNT} > 0"
    )


def rows(relation: Relation, need: Keys, others: Mapping[str, Relation], shown: Sequence[Column], limit: int) -> str:
    """Return the SELECT of the first `limit` rows whose key occurs again or did before, as one list of rows."""
    names = ", ".join(f"{_name(number)} AS {part}" for number, part in enumerate(plan.key_parts(need)))
    repeated = f"SELECT {names} FROM ({_grouped(relation, need, others)}) WHERE {COUNT} > 1 OR {COUNT} * {BEFORE} > 0"
    return (
        f"SELECT {plan.first(shown, 'true', limit)} FROM {plan.source(relation, relation.numbered)}"
        f" SEMI JOIN ({repeated}) USING ({plan.key(need)}) WHERE {plan.looked(need)}"
    )


def fails(need: Keys, others: Mapping[str, Relation]) -> str:
    """Condition: the row is looked at, and an earlier file has its key."""
    there = _there(need, others)
    keys, own = plan.key_parts(there), plan.key_parts(need)
    mine, theirs = (f"row({', '.join(side)})" if len(side) > 1 else side[0] for side in (own, keys))
    source = plan.source(others[need.earlier or ""], others[need.earlier or ""].rescan)
    return (
        f"{plan.looked(need)} AND coalesce({mine} IN (SELECT {theirs} FROM {source} WHERE {plan.looked(there)}), false)"
    )


def told(results: Sequence[Result], needs: Mapping[str, Need], part: Part | None) -> tuple[Result, ...]:
    """Return the results; those of rules about more than single rows say which files they judged."""
    if part is None or not part.seen:
        return tuple(results)
    before = f"also compared with {count(part.seen, 'file')} checked before"
    return tuple(_told(one, needs.get(one.rule), part, before) for one in results)


def _told(result: Result, need: Need | None, part: Part, before: str) -> Result:
    alone = need is None or isinstance(need, (Rows, References)) or result.type in OF_FILES
    if alone or result.status not in JUDGED:
        return result
    compared = isinstance(need, Keys) and need.earlier is not None
    words = before if compared else f"of {count(part.new, 'new file')} alone"
    verdict = replace(result.verdict, message=f"{result.verdict.message} ({words})")
    return replace(result, verdict=verdict)


def _grouped(relation: Relation, need: Keys, others: Mapping[str, Relation]) -> str:
    """Return the SELECT of each key, with the numbers of its rows in new files and in those before."""
    both = (
        f"{_keys(relation, need, 'true')} UNION ALL {_keys(others[need.earlier or ''], _there(need, others), 'false')}"
    )
    names = ", ".join(_name(number) for number in range(len(need.columns)))
    mine, theirs = sql.count_where(NEW), sql.count_where(f"NOT {NEW}")
    return f"SELECT {names}, {mine} AS {COUNT}, {theirs} AS {BEFORE} FROM ({both}) GROUP BY {names}"


def _keys(relation: Relation, need: Keys, new: str) -> str:
    names = ", ".join(f"{part} AS {_name(number)}" for number, part in enumerate(plan.key_parts(need)))
    return f"SELECT {names}, {new} AS {NEW} FROM {plan.source(relation, relation.rescan)} WHERE {plan.looked(need)}"


def _there(need: Keys, others: Mapping[str, Relation]) -> Keys:
    """Return the need with the columns as the earlier files have them."""
    columns = resolve(tuple(column.name for column in need.columns), others[need.earlier or ""].columns)
    return replace(need, columns=columns, spelled=tuple(map(as_spelled, columns)) if need.spelled else ())


def _name(number: int) -> str:
    return sql.identifier(f"idqp:key {number}")
