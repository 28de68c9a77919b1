"""Names of tables in others' SQL: without their schemas, and the dataset's own where its table is meant."""

from __future__ import annotations

import re

from idqp_cli.core import sql
from idqp_cli.importing.values import NoEquivalentError

NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[A-Za-z_][\w$-]*)'
TABLE = re.compile(rf"(\b(?:FROM|JOIN)\s+)({NAME}(?:\s*\.\s*{NAME})*)(?!\s*\()", re.IGNORECASE)

# ClickHouse merges the rows of a table before it reads them; where `final.` follows, it is the name of a table.
FINAL = re.compile(rf"\b(?:FROM|JOIN)\s+{NAME}(?:\s*\.\s*{NAME})*(?:\s+(?:AS\s+)?\w+)?\s+FINAL\b", re.IGNORECASE)
OF_FINAL = re.compile(r"\bfinal\s*\.", re.IGNORECASE)


def last(name: str) -> str:
    """Return the last part of a table's name, without its quotes."""
    parts = re.findall(NAME, name)
    table = parts[-1] if parts else name
    return table[1:-1] if table[:1] in '"`[' and len(table) > 1 else table


def own(statement: str, dataset: str, names: tuple[str, ...] = ()) -> str:
    """Return a SELECT that names the dataset as idqp does; `names` are others that its table has.

    A table that is only named with a schema keeps its last name.

    Raises:
        NoEquivalentError: it reads a table in a way that a file has not.

    """
    if FINAL.search(statement) and not OF_FINAL.search(statement):
        raise NoEquivalentError(
            "FINAL of ClickHouse merges the rows of a table before they are read; a file has them all"
        )
    known = {dataset.casefold(), *(name.casefold() for name in names)}

    def renamed(match: re.Match[str]) -> str:
        name = last(match[2])
        if name.casefold() in known:
            return f"{match[1]}{sql.identifier(dataset)}"
        qualified = name != match[2] and "." in match[2]
        return f"{match[1]}{sql.identifier(name)}" if qualified else match[0]

    return TABLE.sub(renamed, statement.strip().rstrip(";"))
