"""Needs that compare rows with others: copies of rows, and values that disagree with most of their group; pure.

What is computed is named `idqp:…`, so that it is no column that a user's SQL may say.
"""

from __future__ import annotations

from collections.abc import Sequence

from idqp_cli.core import sql
from idqp_cli.core.model import Column
from idqp_cli.core.relation import Relation
from idqp_cli.engine import plan
from idqp_cli.rules.needs import EVALUATED, FAILED, Agreement, Copies

METRICS = (EVALUATED, FAILED)
COUNT, FIRST, SEGMENT, HASH = (sql.identifier(f"idqp:{name}") for name in ("count", "first", "segment", "hash"))
TOTAL, MOST, TIED, USUAL = (sql.identifier(f"idqp:{name}") for name in ("total", "most", "tied", "usual"))
VALUE, SAID = sql.identifier("idqp:value"), sql.identifier("idqp:said")
HASHES, REPEATED, PAIRS, GROUPS = (sql.identifier(f"idqp:{name}") for name in ("hashes", "repeated", "pairs", "groups"))


def counts(relation: Relation, need: Copies | Agreement, segment: str | None = None) -> str:
    """Return the SELECT of the rows looked at and of those that fail; by `segment`, which comes first, if there is one.

    A segment without a row to look at is left out.
    """
    if isinstance(need, Copies):
        return _copies(relation, need, segment)
    first, by = ("", "") if segment is None else (f"{SEGMENT}, ", f" GROUP BY {SEGMENT}")
    fails = f"CASE WHEN {TIED} THEN {TOTAL} ELSE {TOTAL} - {MOST} END"
    counted = f"coalesce(sum({TOTAL}), 0), coalesce(sum({fails}), 0)"
    return f"WITH {_groups(relation, need, segment)} SELECT {first}{counted} FROM {GROUPS} WHERE {TOTAL} > 1{by}"


def rows(relation: Relation, need: Copies | Agreement, shown: Sequence[Column], limit: int) -> str:
    """Return the SELECT of the first `limit` failing rows, as one list of rows.

    After the shown cells of a value that disagrees comes the one that most rows have, as text; NULL of a tie.
    """
    source, looked = _source(relation, relation.numbered), _looked(need)
    if isinstance(need, Copies):
        joined = sql.both(*(f"{part} IS NOT DISTINCT FROM {_key(at)}" for at, part in enumerate(copied(need))))
        tables = f"{source} JOIN ({_repeated(relation, need)}) AS {REPEATED} ON {joined}"
        return f"SELECT {plan.first(shown, f'{plan.PLACE} > {FIRST}', limit)} FROM {tables} WHERE {looked}"
    cells = ", ".join([f"({plan.PLACE})::VARCHAR", *map(plan.shown, shown), USUAL])
    joined = sql.both(*(f"{part} = {name}" for part, name in _named(need)))
    tables = f"{source} JOIN ({_disagreeing(relation, need)}) AS {PAIRS} ON {joined}"
    return f"SELECT arg_min([{cells}], {plan.PLACE}, {limit}) FROM {tables} WHERE {looked}"


def fails(relation: Relation, need: Copies | Agreement) -> str:
    """Condition: the row, one of the numbered ones, is looked at and fails."""
    looked, by = _looked(need), [] if need.by is None else [need.by]
    if isinstance(need, Copies):
        first = f"min({sql.where(looked, plan.PLACE)}) OVER (PARTITION BY {', '.join([*by, *copied(need)])})"
        return sql.both(looked, f"{plan.PLACE} > {first}")
    mine, theirs = (", ".join(side) for side in zip(*[(one, SEGMENT) for one in by], *_named(need), strict=True))
    pairs = f"SELECT row({theirs}) FROM ({_disagreeing(relation, need)})"
    return sql.both(looked, f"coalesce(row({mine}) IN ({pairs}), false)")


def copied(need: Copies) -> list[str]:
    """Return SQL for what is equal in rows that are copies.

    Texts whose type is `idqp`'s own guess are compared as they are written. A cell
    that does not parse is told from others by its text.
    """
    found = []
    for column in need.columns:
        if column.text is not None and not column.declared:
            found.append(sql.identifier(column.text))
            continue
        found.append(sql.identifier(column.name))
        if column.text is not None:
            found.append(f"CASE WHEN {sql.malformed(column)} THEN {sql.identifier(column.text)} END")
    return found


def _copies(relation: Relation, need: Copies, segment: str | None) -> str:
    """Count copies in two steps, so that the memory of the first one does not depend on how wide the rows are.

    Only rows of which another one has the hash are compared with others.
    """
    source, looked = _source(relation, relation.rescan), _looked(need)
    first, by = ("", "") if segment is None else (f"{SEGMENT}, ", f" GROUP BY {SEGMENT}")
    own = "" if segment is None else f"{segment} AS {SEGMENT}, "
    again = f"{_hash(need, segment)} IN (SELECT {HASH} FROM {HASHES} WHERE {COUNT} > 1)"
    keys = ", ".join(f"{part} AS {_key(at)}" for at, part in enumerate(copied(need)))
    names = ", ".join(_key(at) for at in range(len(copied(need))))
    alike = (
        f"SELECT {first}count(*) AS {COUNT} FROM (SELECT {own}{keys} FROM {source} WHERE {sql.both(looked, again)})"
        f" GROUP BY {first}{names}"
    )
    hashes = f"WITH {_hashes(relation, need, segment)}"
    if segment is None:
        extra = f"SELECT coalesce(sum({COUNT} - 1), 0) FROM ({alike})"
        return f"{hashes} SELECT (SELECT coalesce(sum({COUNT}), 0) FROM {HASHES}), ({extra})"
    every = f"SELECT {SEGMENT}, sum({COUNT}) AS {TOTAL} FROM {HASHES}{by}"
    extra = f"SELECT {SEGMENT}, sum({COUNT} - 1) AS {COUNT} FROM ({alike}){by}"
    return (
        f"{hashes} SELECT {SEGMENT}, {TOTAL}, coalesce({COUNT}, 0) FROM ({every}) LEFT JOIN ({extra}) USING ({SEGMENT})"
    )


def _hashes(relation: Relation, need: Copies, segment: str | None) -> str:
    """Return the table of the hashes of rows, with their numbers of rows."""
    own, by = ("", "") if segment is None else (f"{segment} AS {SEGMENT}, ", f"{SEGMENT}, ")
    source = f"{_source(relation, relation.rescan)} WHERE {_looked(need)}"
    hashed = f"SELECT {own}{_hash(need, segment)} AS {HASH} FROM {source}"
    return f"{HASHES} AS (SELECT {by}{HASH}, count(*) AS {COUNT} FROM ({hashed}) GROUP BY {by}{HASH})"


def _hash(need: Copies, segment: str | None) -> str:
    return f"hash({', '.join([*([] if segment is None else [segment]), *copied(need)])})"


def _repeated(relation: Relation, need: Copies) -> str:
    """Return the SELECT of what is in rows that have copies, and the place of the first of them."""
    again = f"{_hash(need, None)} IN (SELECT {HASH} FROM {HASHES} WHERE {COUNT} > 1)"
    keys = ", ".join(f"{part} AS {_key(at)}" for at, part in enumerate(copied(need)))
    names = ", ".join(_key(at) for at in range(len(copied(need))))
    source = _source(relation, relation.numbered)
    numbered = f"SELECT {keys}, {plan.PLACE} AS {FIRST} FROM {source} WHERE {sql.both(_looked(need), again)}"
    return (
        f"WITH {_hashes(relation, need, None)} SELECT {names}, min({FIRST}) AS {FIRST} FROM ({numbered})"
        f" GROUP BY {names} HAVING count(*) > 1"
    )


def _groups(relation: Relation, need: Agreement, segment: str | None, said: str = "NULL") -> str:
    """Return the tables of the values of each group, with their rows, and of the groups; `said` shows a value."""
    own, by = ("", "") if segment is None else (f"{segment} AS {SEGMENT}, ", f"{SEGMENT}, ")
    source = f"{_source(relation, relation.rescan)} WHERE {_looked(need)}"
    parts = ", ".join(f"{part} AS {name}" for part, name in _named(need))
    keys, names = ", ".join(_keys(need)), ", ".join(name for _, name in _named(need))
    # The two largest numbers of rows; one alone where all rows agree.
    largest = f"max({COUNT}, 2)"
    pairs = (
        f"SELECT {by}{names}, count(*) AS {COUNT}, min({SAID}) AS {SAID}"
        f" FROM (SELECT {own}{parts}, {said} AS {SAID} FROM {source}) GROUP BY {by}{names}"
    )
    groups = (
        f"SELECT {by}{keys}, sum({COUNT}) AS {TOTAL}, {largest}[1] AS {MOST},"
        f" coalesce({largest}[1] = {largest}[2], false) AS {TIED}, arg_max({SAID}, {COUNT}) AS {SAID}"
        f" FROM {PAIRS} GROUP BY {by}{keys}"
    )
    return f"{PAIRS} AS ({pairs}), {GROUPS} AS ({groups})"


def _disagreeing(relation: Relation, need: Agreement) -> str:
    """Return the SELECT of the keys and values whose rows fail, and of what is usual, as text; NULL of a tie."""
    groups = _groups(relation, need, need.by, plan.shown(need.value))
    own = [] if need.by is None else [SEGMENT]
    usual = f"CASE WHEN NOT {GROUPS}.{TIED} THEN {GROUPS}.{SAID} END AS {USUAL}"
    names = ", ".join(f"{PAIRS}.{name}" for name in (*own, *(name for _, name in _named(need))))
    joined = sql.both(*(f"{PAIRS}.{name} = {GROUPS}.{name}" for name in (*own, *_keys(need))))
    fails = f"{GROUPS}.{TIED} OR {PAIRS}.{COUNT} < {GROUPS}.{MOST}"
    return f"WITH {groups} SELECT {names}, {usual} FROM {PAIRS} JOIN {GROUPS} ON {joined} WHERE {fails}"


def _keys(need: Agreement) -> list[str]:
    return [_key(at) for at in range(len(need.keys))]


def _named(need: Agreement) -> list[tuple[str, str]]:
    """Return the keys and the value as SQL, each with the name that it has in the tables of groups."""
    keys = [sql.identifier(column.name) for column in need.spelled]
    return list(zip([*keys, sql.identifier(need.value.name)], [*_keys(need), VALUE], strict=True))


def _key(at: int) -> str:
    return sql.identifier(f"idqp:key:{at}")


def _looked(need: Copies | Agreement) -> str:
    """Condition: the row is looked at; of a disagreement, if others have its keys."""
    columns = () if isinstance(need, Copies) else (*need.keys, need.value)
    return sql.both(need.where, *map(sql.present, columns))


def _source(relation: Relation, table: str) -> str:
    return plan.source(relation, table)
