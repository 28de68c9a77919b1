"""The user's SQL, examined before it runs: an expression on the row, or a SELECT from the dataset.

DuckDB's own parser judges, because no other parser knows all of its syntax: a
statement that only looks like a SELECT (a data-modifying CTE) does not pass for
one. Every node of its tree must be one of those named here, and every function
one of `functions.ALLOWED`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from idqp_cli.core import sql
from idqp_cli.core.text import clean, nearest
from idqp_cli.engine.allowed_functions import ALLOWED
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError

MAX_LENGTH = 10_000
MAX_NODES = 5_000
ON_THE_ROW = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION",
        "LAMBDA", "OPERATOR", "TYPE",
    }
)  # fmt: skip
IN_A_SELECT = ON_THE_ROW | {"STAR", "SUBQUERY", "WINDOW"}
RECURSIVE = "RECURSIVE_CTE_NODE"
QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", RECURSIVE})
TABLES = frozenset({"BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SUBQUERY", "TABLE_FUNCTION"})
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
# No name of a table of DuckDB's or of ours, and no path.
CTE_NAME = re.compile(r"(?!(?i:duckdb|pg|sqlite|idqp|information)_)[A-Za-z_][A-Za-z0-9_]*")
# Functions whose result may be far larger than what they are given.
GROWING = re.compile(
    r"\b(?:repeat|[lr]pad|range|generate_series|\w+_resize|bitstring|format|printf|unbin|from_binary|factorial|chr"
    r"|list_zip|array_zip|\w+_string_agg|equi_width_bins|levenshtein|damerau_levenshtein|editdist3|\w+_aggr\w*)\s*\("
    r"|\bSELECT\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
PIVOTED = re.compile(r"\s*PIVOT\b", re.IGNORECASE)
HEXADECIMAL = re.compile(r"(?<![\w.])0[xX][0-9A-Fa-f]{1,16}\b")
NO_EXPRESSION, NO_SELECT = "not an SQL expression", "not an SQL SELECT"

Tree = Mapping[str, Any]


def may_grow(text: str) -> bool:
    """Tell whether SQL may take far more time or memory than the rows that it is about."""
    return GROWING.search(text) is not None


def objection(database: Database, expression: str) -> str | None:
    """Say what is wrong with `expression` as a condition on a row; None if nothing is."""
    # Not in parentheses: what closes them itself, like `a) OR (b`, is no expression.
    parsed = _parsed(database, f"SELECT {expression}\n", expression, NO_EXPRESSION)
    if isinstance(parsed, str):
        return parsed
    if _refused(database, f"SELECT {sql.isolated(expression)}"):
        return NO_EXPRESSION
    node = parsed[0]["node"]
    alone = (
        len(parsed) == 1
        and node["type"] == "SELECT_NODE"
        and node["from_table"]["type"] == "EMPTY"
        and len(node["select_list"]) == 1
        and not node["select_list"][0]["alias"]
        and not node["modifiers"]
        and not node["cte_map"]["map"]
        and all(node.get(clause) is None for clause in ("where_clause", "having", "qualify", "sample"))
        and not node["group_expressions"]
    )
    if not alone:
        return "must be one expression on the row, not a statement"
    return _expression_objection(node["select_list"][0], ON_THE_ROW, "an expression on the row")


def select_objection(
    database: Database, statement: str, dataset: str, others: Sequence[str] = (), known: Sequence[str] = ()
) -> str | None:
    """Say what is wrong with `statement` as a SELECT that reads the tables `dataset` and `others`; None if nothing is.

    `known` are all datasets that there are.
    """
    parsed = _parsed(database, f"{statement}\n", statement, NO_SELECT)
    if isinstance(parsed, str):
        return parsed
    if len(parsed) != 1:
        return "must be one SELECT"
    if _refused(database, f"SELECT * FROM {sql.isolated(statement)}"):
        return NO_SELECT
    found = _scope_objection(parsed[0]["node"], (dataset, *others), known or (dataset,))
    if found is not None:
        return found
    return _expression_objection(parsed[0]["node"], IN_A_SELECT, "a SELECT of a rule")


def _parsed(database: Database, text: str, written: str, refusal: str) -> list[Tree] | str:
    """Return the statements as DuckDB's parser sees them, or what is wrong with the text."""
    if len(written) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH:,} characters"
    if any(ord(character) < 32 and character not in "\n\t\r" for character in written):
        return "holds a control character"
    if (found := HEXADECIMAL.search(QUOTED.sub("''", written))) is not None:
        # DuckDB takes 0xFF for the number 0 under the name xFF.
        return f"DuckDB has no hexadecimal numbers; write {int(found[0], 16)} in the place of {found[0]}"
    try:
        ((tree,),) = database.syntax(f"SELECT json_serialize_sql({sql.literal(text)})")
        parsed = json.loads(str(tree))
    except (QueryError, ValueError, RecursionError):
        return refusal
    if parsed.get("error") and PIVOTED.match(written):
        return (
            "a PIVOT has to name the values that become columns, as in SELECT * FROM (PIVOT t ON a IN (1, 2) USING …)"
        )
    if parsed.get("error"):
        return f"{refusal}: {clean(parsed.get('error_message', '').splitlines()[0])}"
    statements: list[Tree] = parsed["statements"]
    if not statements or sum(1 for _ in _nodes(statements)) > MAX_NODES:
        return refusal if not statements else "too long to be examined"
    return statements


def _refused(database: Database, text: str) -> bool:
    """Tell whether the text, as it will run, is no statement."""
    return isinstance(_parsed(database, text, "", NO_SELECT), str)


def _scope_objection(tree: Tree, tables: Sequence[str], known: Sequence[str]) -> str | None:
    """Say which table is read that is not to be seen where it is named; None if there is none.

    A CTE is seen by those after it and by the query that it belongs to, and by
    itself only if it is recursive: else its name would be another table's there.
    """
    own = frozenset(name.lower() for name in tables)
    stack: list[tuple[object, frozenset[str]]] = [(tree, own)]
    while stack:
        item, seen = stack.pop()
        if isinstance(item, list):
            stack += [(one, seen) for one in item]
        if not isinstance(item, dict):
            continue
        for entry in _ctes(item):
            name = str(entry["key"])
            if name.lower() in own or not CTE_NAME.fullmatch(name):
                taken = " or ".join(map(clean, tables))
                return f"'{clean(name, 60)}' is no name for a CTE; letters, digits and _, and not {taken}"
            stack.append((entry["value"], seen | {name.lower()} if _recursive(entry["value"]) else seen))
            seen |= {name.lower()}
        found = _table_objection(item, seen, known)
        if found is not None:
            return found
        stack += [(value, seen) for key, value in item.items() if key != "cte_map"]
    return None


def _table_objection(node: Tree, readable: frozenset[str], known: Sequence[str]) -> str | None:
    kind = str(node.get("type", ""))
    if "class" in node or not kind:
        return None
    if kind.endswith("_NODE") and kind not in QUERIES:
        return f"{clean(kind.removesuffix('_NODE').lower())} is not a SELECT"
    if "sample" in node and node["sample"] is not None:
        return "a sample differs from run to run"
    if kind == "BASE_TABLE":
        plain = not node.get("schema_name") and not node.get("catalog_name")
        if not plain or str(node["table_name"]).lower() not in readable:
            return _no_table(str(node["table_name"]), readable, known)
    elif kind == "TABLE_FUNCTION" and str(node["function"].get("function_name", "")).lower() not in TABLE_FUNCTIONS:
        return f"the table function {clean(node['function'].get('function_name'), 60)} is not for rules"
    elif "alias" in node and "query_location" in node and kind not in TABLES:
        return f"{clean(kind.lower())} is not for rules"
    return None


def _no_table(name: str, readable: Collection[str], known: Sequence[str]) -> str:
    """Say that there is no table of a name, and which ones there are."""
    if name.lower() in {one.lower() for one in known}:
        return f"a CTE or another dataset has the name {clean(name, 60)}, too; give the CTE another name"
    ctes = sorted(set(readable) - {one.lower() for one in known})
    there = [*known, *ctes]
    near = nearest(name, there)
    meant = f"; did you mean {clean(near, 60)}?" if near and near.lower() != name.lower() else ";"
    listed = ", ".join(clean(one, 60) for one in there[:20]) + (f" and {len(there) - 20} more" if there[20:] else "")
    return f"there is no table {clean(name, 60)}{meant} there {'is' if len(there) == 1 else 'are'} {listed}"


def _expression_objection(tree: object, allowed: frozenset[str], what: str) -> str | None:
    for part in _nodes(tree):
        if "class" not in part:
            continue
        if part["class"] not in allowed:
            return f"must be {what}; {clean(str(part['class']).lower())} is not"
        name = str(part.get("function_name", "")).lower()
        if name and name not in ALLOWED | TABLE_FUNCTIONS:
            return f"the function {clean(name, 60)} is not for rules"
    return None


def _recursive(cte: Tree) -> bool:
    """Tell whether the query of a CTE refers to itself."""
    query = cte.get("query_node") or cte.get("query", {}).get("node", {})
    return bool(query.get("type") == RECURSIVE)


def _ctes(node: Tree) -> list[Tree]:
    found = node.get("cte_map")
    return list(found["map"]) if isinstance(found, dict) else []


def _nodes(value: object) -> Iterator[Tree]:
    """Yield every mapping of the tree."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack += item.values()
        elif isinstance(item, list):
            stack += item
