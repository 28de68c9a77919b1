"""Joins of SQL without a condition, which other engines read as all pairs of rows and DuckDB refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|\w+|[()]|;", re.DOTALL)
# Words before JOIN that make it another one than an inner join: with a condition, and without.
OUTER = frozenset({"left", "right", "full", "outer", "semi", "anti", "asof"})
FREE = frozenset({"cross", "natural", "positional"})
END = frozenset({
    "where", "group", "order", "having", "limit", "qualify", "union", "except", "intersect", "window", "from", "select",
    ")", ";",
})  # fmt: skip


@dataclass
class _Join:
    """A join that may have a condition: its place, whether it is an inner one, and whether it has a condition."""

    begin: int
    end: int
    inner: bool
    has: bool = False


def crossed(statement: str) -> str:
    """Return SQL in which an inner join without ON or USING is a CROSS JOIN."""
    # The joins of each FROM that is open, the innermost last.
    clauses: list[list[_Join]] = [[]]
    found: list[_Join] = []
    before, place = "", 0
    for token in TOKEN.finditer(statement):
        word = token[0].lower()
        if word == "(":
            clauses.append([])
        elif word in END:
            clauses[-1:] = [] if word == ")" and len(clauses) > 1 else [[]]
        elif word == "join" and before not in FREE:
            join = _Join(place if before == "inner" else token.start(), token.end(), before not in OUTER)
            clauses[-1].append(join)
            found.append(join)
        elif word in {"on", "using"}:
            last = next((one for one in reversed(clauses[-1]) if not one.has), None)
            if last is not None:
                last.has = True
        before, place = word, token.start()
    text = statement
    for join in reversed(found):
        if join.inner and not join.has:
            text = f"{text[: join.begin]}CROSS JOIN{text[join.end :]}"
    return text
