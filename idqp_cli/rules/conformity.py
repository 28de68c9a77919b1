"""Conformity: are the columns those that were agreed?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from idqp_cli import sql
from idqp_cli.model import Column, Metrics, Status, Verdict
from idqp_cli.rules.needs import Given, Need, Values
from idqp_cli.rules.rule import Rule, Takes, rule
from idqp_cli.text import clean, count

ANY = "any"


@dataclass(frozen=True)
class Declared:
    """A column as it should be: a DuckDB type or `any`; optional unless `required`; without NULL unless `nullable`."""

    name: str
    type: str = ANY
    required: bool = True
    nullable: bool = True


@rule("schema")
class Schema(Rule):
    """The data has the declared columns, with their types.

    `columns` maps a name to a type, to `any`, or to {type, required, nullable}.
    Other columns are differences unless `allow_extra: true`; with `ordered: true`
    so is another order. In a text file the declared types are those that its
    cells are read as. The metric is the number of differences.
    """

    takes = Takes.ALL
    repeatable = True
    divisible = False
    keys: ClassVar[Mapping[str, str]] = {"columns": "declared"}

    declared: tuple[Declared, ...]
    allow_extra: bool = False
    ordered: bool = False
    threshold: int = 0
    observed: tuple[Column, ...] = ()

    def types(self) -> Mapping[str, str]:
        return {column.name: column.type for column in self.declared if column.type != ANY}

    def on(self, columns: tuple[Column, ...]) -> Rule:
        return replace(self, observed=columns)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        found = {self._declared_name(column.name): column for column in columns}
        strict = [column for column in self.declared if not column.nullable and column.name in found]
        return Values({one.name: f"count(*) FILTER (WHERE {sql.missing(found[one.name])})" for one in strict})

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - columns have no age
        found = {self._declared_name(column.name): column.type for column in self.observed}
        wanted = {column.name: column for column in self.declared}
        differences = [
            f"{clean(name, 60)} is missing" for name, one in wanted.items() if name not in found and one.required
        ]
        differences += [
            f"{clean(name, 60)} is {clean(found[name], 60)}, not {clean(one.type, 60)}"
            for name, one in wanted.items()
            if name in found and one.type not in {ANY, found[name]}
        ]
        differences += [
            f"{clean(name, 60)} has {count(int(nulls), 'NULL')}" for name, nulls in metrics.items() if nulls
        ]
        if not self.allow_extra:
            differences += [f"{clean(name, 60)} is not declared" for name in found if name not in wanted]
        both = [name for name in found if name in wanted]
        if self.ordered and both != [name for name in wanted if name in found]:
            differences.append(f"the order is {', '.join(clean(name, 60) for name in both[:20])}")
        shown = "; ".join(differences[:5]) + (f"; and {len(differences) - 5} more" if len(differences) > 5 else "")
        return Verdict(
            status=Status.PASSED if len(differences) <= self.threshold else Status.FAILED,
            message=f"{count(len(differences), 'difference')}: {shown}" if differences else "as declared",
            metric_value=len(differences),
            threshold=self.threshold,
        )

    def _declared_name(self, name: str) -> str:
        """Return the declared name that a column's is: the same, or the same but for case."""
        names = [column.name for column in self.declared]
        alike = [one for one in names if one.casefold() == name.casefold()]
        return alike[0] if name not in names and len(alike) == 1 else name
