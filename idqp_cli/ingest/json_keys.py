"""The keys of the objects that lines of JSON are, and how many values each has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.ingest.database import Database

# What DuckDB takes for JSON beyond RFC 8259: NaN, Infinity and a comma before a closing bracket.
LENIENT, TEXTS = r"[:,\[]\s*-?(?i:nan|inf)|,\s*[\]}]", r'"(?:[^"\\]|\\.)*"'
# CASE, unlike OR, looks a second time only at lines that may be lenient.
STRICT = (
    f"CASE WHEN regexp_matches(l, {sql.literal(LENIENT)})"
    f" THEN NOT regexp_matches(regexp_replace(l, {sql.literal(TEXTS)}, '0', 'g'), {sql.literal(LENIENT)})"
    " ELSE true END"
)
# CASE, unlike AND, does not call the functions of JSON on text that is not JSON.
OBJECT = (
    f"CASE WHEN json_valid(l) AND {STRICT}"
    " THEN json_type(l) = 'OBJECT' AND len(list_distinct(json_keys(l))) = len(json_keys(l)) ELSE false END"
)
KEYS = f"CASE WHEN json_valid(l) AND {STRICT} THEN CASE WHEN json_type(l) = 'OBJECT' THEN json_keys(l) END END"
# Keys that are paths of JSON as they are.
PLAIN_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]{0,63}")
MOST_AT_ONCE, MOST_LISTS = 200, 1000


@frozen
class Key:
    """A key of the objects: how often it has a value, and how often that is a string."""

    name: str
    values: int
    strings: int


def names(database: Database, lines: str) -> list[str] | None:
    """Return the keys of all objects, in the order in which they are first seen.

    Objects of the same keys are looked at together. None where a closer look is due: a line is no object, the lists
    of keys are many, or a key is no path of JSON as it is.
    """
    listed = f"SELECT {KEYS} AS ks, min((f, n)) AS seen FROM ({lines}) GROUP BY ks"
    rows = database.fetch(f"SELECT ks FROM ({listed}) ORDER BY seen LIMIT {MOST_LISTS + 1}")
    found: dict[str, None] = {}
    for (listed_keys,) in rows:
        if not isinstance(listed_keys, list) or len(set(listed_keys)) < len(listed_keys):
            return None
        found |= dict.fromkeys(map(str, listed_keys))
    plain = len(rows) <= MOST_LISTS and len(found) <= MOST_AT_ONCE and all(map(PLAIN_NAME.fullmatch, found))
    return list(found) if plain else None


def plain_keys(database: Database, lines: str, found: Sequence[str]) -> list[Key]:
    """Return keys whose names need no quotes, with their values counted; each object is parsed once."""
    if not found:
        return []
    paths = sql.listing(f"$.{name}" for name in found)
    counts = ", ".join(f"count_if(t[{at}] <> 'NULL'), count_if(t[{at}] = 'VARCHAR')" for at in range(1, len(found) + 1))
    ((*counted_values,),) = database.fetch(f"SELECT {counts} FROM (SELECT json_type(l, [{paths}]) AS t FROM ({lines}))")
    numbers = [int(str(one)) for one in counted_values]
    return [Key(name, numbers[2 * at], numbers[2 * at + 1]) for at, name in enumerate(found)]


def counted(database: Database, lines: str) -> list[Key]:
    """Return the keys of all objects, in the order in which they are first seen."""
    pairs = f"SELECT f, n, unnest(json_keys(l)) AS k, unnest(json_extract(l, '$.*')) AS v FROM ({lines})"
    statement = (
        "SELECT k, count(*) FILTER (json_type(v) <> 'NULL'), count(*) FILTER (json_type(v) = 'VARCHAR')"
        f" FROM (SELECT *, row_number() OVER () AS o FROM ({pairs})) GROUP BY k ORDER BY min(o)"
    )
    rows = database.fetch(statement)
    return [Key(str(name), int(str(values)), int(str(strings))) for name, values, strings in rows]
