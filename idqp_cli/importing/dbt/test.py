"""One generic test of dbt."""

from __future__ import annotations

import re
from collections.abc import Callable

from idqp_cli.importing import look
from idqp_cli.importing.expectations.expectation import Expectation
from idqp_cli.importing.values import NoEquivalentError

PLAIN = re.compile(r'\s*(?:[A-Za-z_]\w*|"[^"]+"|`[^`]+`)\s*')


class Test(Expectation):
    """One generic test: what it is given, and which datasets its models are."""

    def __init__(self, expectation: Expectation, other: Callable[[str], str]) -> None:
        """Take what is said; `other` gives the dataset of a model that is written as `ref('x')`."""
        super().__init__(
            expectation.name,
            expectation.given,
            expectation.dataset,
            expectation.keys,
            expectation.filled,
            of_dbt=True,
        )
        self.other = other

    def model(self, *names: str) -> str:
        """Return the dataset that a model is."""
        return self.other(look.text(self.node(*names), names[0]))

    def where_and(self, *conditions: str | None) -> str | None:
        """Return the conditions on the rows with more."""
        parts = [f"({condition})" for condition in (self.where, *conditions) if condition]
        return " AND ".join(parts) or None

    def segments(self) -> dict[str, object]:
        """Return the column whose values are judged by themselves."""
        groups = self.texts("group_by_columns", "group_by") if self.node("group_by_columns", "group_by") else []
        if len(groups) > 1:
            raise NoEquivalentError("segment_by takes one column")
        return {"segment_by": groups[0]} if groups else {}


def bare(name: str) -> str:
    """Return a name without its quotes."""
    name = name.strip()
    return name[1:-1] if name[:1] in '"`' else name
