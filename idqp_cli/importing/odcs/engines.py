"""Quality checks of a data contract that another engine runs: Soda, Great Expectations, DQX."""

from __future__ import annotations

import re
from collections.abc import Mapping

from idqp_cli.core.text import clean
from idqp_cli.core.yaml import Node
from idqp_cli.importing import look
from idqp_cli.importing.deequ import dqx
from idqp_cli.importing.foreign import documents
from idqp_cli.importing.gx import suites as gx
from idqp_cli.importing.odcs.bounds import Given
from idqp_cli.importing.soda import reader as soda
from idqp_cli.importing.values import Draft, Drafts, NoEquivalentError, Where

ENGINES = frozenset({"soda", "sodacl", "greatexpectations", "gx", "dqx", "databricksdqx"})


def take(
    draft: Draft, given: Given, where: Where, column: str | None, variables: Mapping[str, str], drafts: Drafts
) -> None:
    """Take the checks of an engine, which are written as it reads them.

    Raises:
        NoEquivalentError: the engine is not read, or there are none.

    """
    engine = re.sub(r"[\W_]", "", look.text(given["engine"], "engine").lower())
    implementation = given.get("implementation")
    if implementation is None or engine not in ENGINES:
        raise NoEquivalentError(f"the engine '{clean(engine, 40)}' is not read")
    root = implementation
    if isinstance(implementation.value, str):
        roots = documents("\n" * implementation.mark.line + implementation.value, where.path).roots
        if not roots:
            raise NoEquivalentError("its implementation is empty")
        root = roots[0]
    if isinstance(root.value, dict) and set(root.value) == {"checks"}:
        root = root.value["checks"]
    if engine.startswith("g"):
        gx.one(draft, root, where, column, variables)
    elif "dqx" in engine:
        _dqx(draft, root, where, column, variables, drafts)
    else:
        soda.checks(draft, root, column, where.path, variables, drafts)


def _dqx(
    draft: Draft, root: Node, where: Where, column: str | None, variables: Mapping[str, str], drafts: Drafts
) -> None:
    """Take checks of DQX, also one without the key around its function; without a column they are of this one."""
    for item in root.value if isinstance(root.value, tuple) else (root,):
        outer = item.value if isinstance(item.value, dict) else {}
        inner = outer.get("check", item)
        check = look.mapping(inner, "a check")
        draft.unread.meet(where.path, "a check", outer, dqx.OUTER | dqx.INNER)
        if "function" not in check:
            raise NoEquivalentError("it has no function")
        arguments = look.mapping(check.get("arguments"), "arguments")
        if column is not None and arguments.keys().isdisjoint({"column", "columns", "col_name"}):
            arguments = {"column": Node(column, item.mark, {}, column), **arguments}
        told = Node(arguments, item.mark, dict.fromkeys(arguments, item.mark))
        made = Node({**check, "arguments": told}, item.mark, dict.fromkeys((*check, "arguments"), item.mark))
        kept = {key: node for key, node in outer.items() if key in dqx.OUTER}
        dqx.one(draft, {**kept, "check": made}, where, variables, drafts)
