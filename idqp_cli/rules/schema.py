"""Conformity: are the columns those that were agreed?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import ClassVar

from idqp_cli.core import sql
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, MetricName, Metrics, Scalar, Verdict
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean, count
from idqp_cli.core.type_families import DATE, FAMILIES, READ_AS, belongs, family
from idqp_cli.rules.column_facts import Fact, OfColumn, of_columns
from idqp_cli.rules.given import Given
from idqp_cli.rules.literals import compared, literals_of
from idqp_cli.rules.needs import Need, Values
from idqp_cli.rules.rule import INNER, Rule, Takes, refuse_bounds, rule
from idqp_cli.rules.rule import Kind as Family
from idqp_cli.rules.shares import Level, judged_number, leveled
from idqp_cli.schemas.changes import Change, Kind
from idqp_cli.schemas.schema import SchemaColumn

ANY = "any"
SAID: Mapping[Fact, str] = {
    Fact.NULL: "NULL",
    Fact.OUTSIDE: "value outside its enum",
    Fact.LENGTH: "text of another length",
}


@frozen
class Declared:
    """A column as it should be.

    `type` is a DuckDB type, a family of types like `any number`, or `any`. The column is there if `required`, has no
    NULL unless `nullable`, and only values of `enum` and text of such lengths.
    """

    name: str
    type: str = ANY
    required: bool = True
    nullable: bool = True
    enum: tuple[Scalar, ...] | None = None
    min_length: int | None = None
    max_length: int | None = None


@rule("schema")
class Schema(Rule):
    """The data has the declared columns, with their types.

        {type: schema, columns: {id: BIGINT, note: {type: VARCHAR, required: false}}}

    `columns` maps each name to a type, to `any`, or to {type, required, nullable,
    enum, min_length, max_length}. Undeclared columns are differences unless
    `allow_extra` is true. If `ordered` is true, another order is a difference too.
    The cells of a text file are read as the declared types.

    A type can also be a family: `any integer` (of any width), `any number` (integers,
    DECIMAL, FLOAT, DOUBLE), `any text` (VARCHAR, ENUM, UUID) or `any date` (DATE,
    TIMESTAMP, with and without a zone). Text is read as BIGINT, DOUBLE or VARCHAR, and
    dates as they are written.

    `forbidden` lists names that no column may have. `*` matches any text, and case
    does not matter. `min_columns` and `max_columns` bound the number of columns.
    Without `columns`, all other columns are allowed.

    The metric is the number of differences. `threshold`, or `warn` and `fail`, are
    the largest numbers that pass.
    """

    takes = Takes.ALL
    sampled = True
    exact = False
    repeatable = True
    divisible = False
    keys: ClassVar[Mapping[str, str]] = {"columns": "declared"}

    declared: tuple[Declared, ...] = ()
    forbidden: tuple[str, ...] = ()
    min_columns: int | None = None
    max_columns: int | None = None
    allow_extra: bool = False
    ordered: bool = False
    threshold: int = 0
    warn: int | None = None
    fail: int | None = None
    observed: tuple[Column, ...] = field(default=(), metadata=INNER)

    def __post_init__(self) -> None:
        """Refuse a rule that says nothing of the columns, and one that no columns obey."""
        if not self.declared and not self.forbidden and self.min_columns is None and self.max_columns is None:
            raise ValueError("columns: is missing; or say forbidden, min_columns or max_columns")
        if self.min_columns is not None or self.max_columns is not None:
            try:
                refuse_bounds(self.min_columns, self.max_columns)
            except ValueError as error:
                raise ValueError(f"min_columns: {error}") from None
        for one in self.declared:
            if one.required and self._forbids(one.name):
                raise ValueError(f"forbidden: {clean(one.name, 60)} is a required column of the rule")

    def _forbids(self, name: str) -> bool:
        return any(
            re.fullmatch(".*".join(map(re.escape, pattern.casefold().split("*"))), name.casefold(), re.DOTALL)
            for pattern in self.forbidden
        )

    @property
    def needs_rows(self) -> bool:
        """A dataset without a row is judged, too."""
        return False

    def levels(self) -> tuple[Level, ...]:
        return leveled(self.warn, self.fail)

    def types(self) -> Mapping[str, str]:
        return {one.name: READ_AS.get(one.type, one.type) for one in self.declared if one.type not in {ANY, DATE}}

    def kinds(self) -> Mapping[str, Family]:
        return {one.name: Family.TIME for one in self.declared if one.type == DATE}

    def declaration(self) -> tuple[SchemaColumn, ...]:
        """Return the declared columns as a schema; a type that may be any is the text `any`."""
        return tuple(
            SchemaColumn(one.name, one.type, one.nullable, one.required, one.enum, one.min_length, one.max_length)
            for one in self.declared
        )

    def on(self, relation: Relation) -> Rule:
        return replace(self, observed=relation.columns)

    def needs(self, columns: tuple[Column, ...]) -> Need:
        found = {self._declared_name(column.name): column for column in columns}
        aggregates: dict[MetricName, str] = {}
        for one in self.declared:
            if one.name not in found:
                continue
            for fault, condition in _faults(one, found[one.name]).items():
                aggregates[OfColumn(fault, one.name)] = sql.count_where(condition)
        return Values(aggregates)

    def judge(self, metrics: Metrics, given: Given) -> Verdict:  # noqa: ARG002 - columns have no age
        differences = [one for change in self._changes() for one in self._difference(change)]
        differences += [f"{clean(one.name, 60)} is forbidden" for one in self.observed if self._forbids(one.name)]
        number = len(self.observed)
        if self.min_columns is not None and number < self.min_columns:
            differences.append(f"{count(number, 'column')}, at least {self.min_columns:,} expected")
        if self.max_columns is not None and number > self.max_columns:
            differences.append(f"{count(number, 'column')}, at most {self.max_columns:,} expected")
        differences += [
            f"{clean(name, 60)} has {count(int(number), noun)}"
            for fault, noun in SAID.items()
            for name, number in of_columns(metrics, fault).items()
            if number
        ]
        shown = "; ".join(differences[:5]) + (f"; and {len(differences) - 5} more" if len(differences) > 5 else "")
        found = f"{count(len(differences), 'difference')}: {shown}" if differences else "as declared"
        judged = judged_number(len(differences), self.levels() or (Level(self.threshold),), found)
        # The differences are listed, and speak for themselves.
        return judged if self.levels() else replace(judged, message=found)

    def _changes(self) -> tuple[Change, ...]:
        """Compare what was declared with what is there, as far as the columns themselves say it."""
        wanted = {one.name: one for one in self.declaration()}
        there = []
        for column in self.observed:
            name = self._declared_name(column.name)
            one = wanted.get(name)
            if one is None:
                there.append(SchemaColumn(name, column.type))
            else:
                # Of NULL, values and lengths the cells themselves are asked.
                fits = one.type == ANY or (one.type in FAMILIES and belongs(column.type, one.type))
                there.append(replace(one, type=one.type if fits else column.type))
        from idqp_cli.schemas.compare import compare  # noqa: PLC0415 - only a check with such a rule has to pay

        return compare(self.declaration(), tuple(there)).changes

    def _difference(self, change: Change) -> list[str]:
        """Say what a change from the declaration is, if it is one that it forbids."""
        column = clean(change.column, 60)
        before, after = clean(change.before or "", 60), clean(change.after or "", 60)
        before = family(before) or before
        top = {one.name: one.required for one in self.declared}
        match change.kind:
            case Kind.REMOVED:
                return [f"{column} is missing"] if top.get(change.column, True) else []
            case Kind.ADDED:
                extra = change.column in {self._declared_name(one.name) for one in self.observed}
                # A forbidden column is one difference, not two.
                told = extra and (self.allow_extra or not self.declared or self._forbids(change.column))
                return [] if told else [f"{column} is not declared"]
            case Kind.REORDERED:
                return [f"{column} is at {after}, not {before}"] if self.ordered else []
        return [f"{column} is {after}, not {before}"]

    def _declared_name(self, name: str) -> str:
        """Return the declared name that a column's is: the same, or the same but for case."""
        names = [column.name for column in self.declared]
        alike = [one for one in names if one.casefold() == name.casefold()]
        return alike[0] if name not in names and len(alike) == 1 else name


def _faults(declared: Declared, column: Column) -> dict[Fact, str]:
    """Return the conditions on a row's cell that the declaration forbids, by what they are called."""
    faults = {}
    if not declared.nullable:
        faults[Fact.NULL] = sql.missing(column)
    if declared.enum is not None:
        cell = compared(declared.enum, column)
        values = literals_of(declared.enum, cell)
        outside = f"{sql.identifier(cell.name)} NOT IN ({', '.join(values)})" if values else None
        faults[Fact.OUTSIDE] = sql.both(sql.present(column), outside)
    if declared.min_length is not None or declared.max_length is not None:
        length = f"length({sql.as_text(column)})"
        low = None if declared.min_length is None else f"{length} < {declared.min_length}"
        high = None if declared.max_length is None else f"{length} > {declared.max_length}"
        faults[Fact.LENGTH] = sql.both(sql.present(column), sql.either(one for one in (low, high) if one is not None))
    return faults
