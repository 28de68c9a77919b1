"""A check of DQX as it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from idqp_cli.core.frozen import frozen
from idqp_cli.core.yaml import Node
from idqp_cli.importing.filtered import Filtered
from idqp_cli.importing.row_checks import Failing
from idqp_cli.importing.values import Drafts, Keys, NoEquivalentError

Given = Mapping[str, Node]
Made = Failing | Keys


@frozen
class Asked(Filtered):
    """A check as it is asked for: the columns, the arguments, the keys of every rule, and the datasets."""

    names: list[str]
    given: Given
    keys: Mapping[str, object]
    dataset: str
    drafts: Drafts


Function = Callable[[Asked], Iterable[Made]]


def some(names: list[str]) -> list[str]:
    """Return the columns, at least one."""
    if not names:
        raise NoEquivalentError("it names no column")
    return names
