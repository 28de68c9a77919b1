"""What a template of dbt sets for itself: the arguments of its `config(…)`, as Python has them; pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from idqp_cli.importing.values import NoEquivalentError

CONFIG = re.compile(r"\{\{-?\s*(config\s*\(.*?\))\s*-?\}\}", re.DOTALL)


def without(text: str) -> str:
    """Return a template without what it sets for itself."""
    return CONFIG.sub("", text)


def settings(text: str) -> Mapping[str, ast.expr]:
    """Return the settings of a template, by name; those that it takes from a variable as a whole are named `**`.

    Raises:
        NoEquivalentError: they are not written as a call.

    """
    found: dict[str, ast.expr] = {}
    for written in CONFIG.findall(text):
        try:
            call = ast.parse(written, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise NoEquivalentError("its config is not plain") from None
        found |= {one.arg or "**": one.value for one in call.keywords} if isinstance(call, ast.Call) else {}
    return found
