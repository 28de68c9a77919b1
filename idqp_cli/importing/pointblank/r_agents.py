"""The plans in code of R: where each begins, its table and its levels; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from idqp_cli.core.frozen import frozen

LONGEST_CALL = 1 << 14
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
AGENT = re.compile(r"\bcreate_agent\s*\(")
TABLE_NAME = re.compile(r"tbl_name\s*=\s*[\"']([\w.-]+)[\"']")
TABLE = re.compile(r"\btbl\s*=\s*~?\s*(?:[\w.]+::)?([\w.]+)\s*(?:[,)]|$)")
ACTIONS = re.compile(r"\bactions\s*=\s*(?:\w+::)?(?:action_levels\(([^()]*)\)|(\w+))")


@frozen
class Agent:
    """A plan in code: from where on its steps stand, the name of its table where the code has one, and its levels."""

    start: int
    table: str | None
    levels: str | None


def agents(plain: str, levels: Mapping[str, str]) -> list[Agent]:
    """Return the plans of code, in its order; one without a table for code that has none."""
    made = []
    for found in AGENT.finditer(plain):
        inner = plain[found.end() : closing(plain, found.end() - 1) or len(plain)]
        name, acts = TABLE_NAME.search(inner), ACTIONS.search(inner)
        made.append((found.start(), name, TABLE.search(inner), acts and (acts[1] or levels.get(acts[2]))))
    if not made:
        name = TABLE_NAME.search(plain)
        return [Agent(0, name[1] if name else None, None)]
    # The variable of a table is a name where there are several; one table is called by its file.
    return [
        Agent(start, name[1] if name else table[1] if table and len(made) > 1 else None, acts or None)
        for start, name, table, acts in made
    ]


def closing(text: str, at: int) -> int | None:
    """Return where the bracket closes that is at a place; None where it does not."""
    open_ = 0
    last = min(len(text), at + LONGEST_CALL)
    while at < last:
        quoted = STRING.match(text, at)
        if quoted is not None:
            at = quoted.end()
            continue
        open_ += (text[at] in "([{") - (text[at] in ")]}")
        if open_ == 0:
            return at
        at += 1
    return None
