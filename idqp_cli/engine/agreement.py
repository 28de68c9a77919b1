"""How far the engines judge alike, by rule type: counted by the tests, which run every case on both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from idqp_cli.core.frozen import frozen
from idqp_cli.core.text import count

FILE = "agreement.json"


@frozen
class Agreement:
    """The cases of a rule type, all of which DuckDB judges.

    On Spark `here` of them have no equal on the cluster, and are evaluated by
    DuckDB on the rows that come here; `refused` of them are not evaluated.
    """

    cases: int
    here: int
    refused: int

    @property
    def on_duckdb(self) -> str:
        """How many cases DuckDB judges."""
        return count(self.cases, "case")

    @property
    def on_spark(self) -> str:
        """How many cases have the same verdict with Spark, and where they are evaluated."""
        there = self.cases - self.here - self.refused
        parts = {"on the cluster": there, "here": self.here, "refused": self.refused}
        return ", ".join(f"{number} {where}" for where, number in parts.items() if number)


@cache
def agreements() -> Mapping[str, Agreement]:
    """Return what the tests have counted, by rule type."""
    found = json.loads(files(__package__).joinpath(FILE).read_text(encoding="utf-8"))
    return {name: Agreement(**numbers) for name, numbers in found.items()}
