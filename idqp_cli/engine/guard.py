"""The user's SQL, examined before it runs: one expression on the row, and nothing else.

DuckDB's own parser judges, because no other parser knows all of its syntax; a
statement that only looks like a SELECT does not pass for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from idqp_cli import sql
from idqp_cli.database import Database, QueryError
from idqp_cli.text import clean

MAX_LENGTH = 10_000
ALLOWED = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "LAMBDA", "OPERATOR"}
)
# Not functions of the row: they wait, differ from run to run, or tell of the process.
REFUSED = frozenset(
    {
        "current_setting", "getvariable", "sleep_ms", "write_log", "nextval", "currval", "setval", "random", "setseed",
        "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "json_execute_serialized_sql", "query", "query_table", "error",
        "getenv", "in_search_path", "current_query", "txid_current", "version", "pg_typeof",
    }
)  # fmt: skip


def objection(database: Database, expression: str) -> str | None:
    """Say what is wrong with `expression` as a condition on a row; None if nothing is."""
    if len(expression) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH:,} characters"
    if any(ord(character) < 32 and character not in "\n\t\r" for character in expression):
        return "holds a control character"
    # Not in parentheses: what closes them itself, like `a) OR (b`, is no expression.
    statement = f"SELECT {expression}\n"
    try:
        ((tree,),) = database.fetch(f"SELECT json_serialize_sql({sql.literal(statement)})")
        parsed = json.loads(str(tree))
    except (QueryError, ValueError, RecursionError):
        return "not an SQL expression"
    if parsed.get("error"):
        return f"not an SQL expression: {clean(parsed.get('error_message', '').splitlines()[0])}"
    statements = parsed["statements"]
    node = statements[0]["node"]
    alone = (
        len(statements) == 1
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
    for part in _nodes(node["select_list"][0]):
        if part["class"] not in ALLOWED:
            return f"must be an expression on the row; {clean(str(part['class']).lower())} is not"
        if part["class"] == "FUNCTION" and part["function_name"].lower() in REFUSED:
            return f"the function {clean(part['function_name'])} is not for rules"
    return None


def _nodes(value: object) -> Iterator[dict[str, str]]:
    """Yield every expression node of the tree."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if "class" in item:
                yield item
            stack += item.values()
        elif isinstance(item, list):
            stack += item
