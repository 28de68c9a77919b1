"""What the rules of a dataset need of it, and which of them cannot have it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from idqp_cli.core.dataset import Dataset, Part
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Column, Drawn
from idqp_cli.core.relation import Relation
from idqp_cli.core.text import clean
from idqp_cli.engine import increment
from idqp_cli.rules.columns import NotEvaluableError, resolve
from idqp_cli.rules.needs import Division, Need, References, Rows, Values
from idqp_cli.rules.rule import Rule, Takes
from idqp_cli.rules.shares import Count

# The number of rows is fetched with every scan, under a name that no rule has.
ALL_ROWS = ""
WITHOUT_SAMPLE = "check without --sample"


@frozen
class Demand:
    """What the rules need and their columns; why others cannot be evaluated, or not from a sample."""

    needs: Mapping[str, Need]
    divided: Mapping[Division, Mapping[str, Need]]
    columns: Mapping[str, tuple[Column, ...]]
    refused: Mapping[str, str]
    unsampled: Mapping[str, str]

    def need(self, rule: str) -> Need:
        """Return what a rule needs, divided or not."""
        return next(needs[rule] for needs in (self.needs, *self.divided.values()) if rule in needs)


def demand(
    rules: Iterable[Rule],
    relation: Relation,
    others: Mapping[str, Relation],
    hidden: Sequence[str],
    drawn: Drawn | None,
    part: Part | None = None,
) -> Demand:
    """Ask each rule what it needs of a relation; `hidden` names the columns with personal values.

    `part` says which files it is of, where those that runs before have read are left out.
    """
    needs: dict[str, Need] = {ALL_ROWS: Values({"rows": "count(*)"})}
    columns: dict[str, tuple[Column, ...]] = {}
    divided: dict[Division, dict[str, Need]] = {}
    refused, unsampled = {}, {}
    for rule in rules:
        try:
            _refuse_unread(rule, others)
            _refuse_hidden(rule, hidden)
            own = _columns(rule, relation, hidden)
            _refuse_rounded(rule, own, (relation, *_named(rule, others)))
            division, need = _division(rule, relation), rule.needs(own)
            columns[rule.name] = own
            why = None if drawn is None else _beyond(rule, need, drawn)
            if why is None and part is not None and part.seen:
                need, why = increment.judged(rule, need, part, others)
            if why is not None:
                unsampled[rule.name] = why
            else:
                (needs if division is None else divided.setdefault(division, {}))[rule.name] = need
        except NotEvaluableError as error:
            refused[rule.name] = error.without_values if rule.private else str(error)
    return Demand(needs, divided, columns, refused, unsampled)


def _beyond(rule: Rule, need: Need, drawn: Drawn) -> str | None:
    """Say why a sample cannot judge the rule; None where it can."""
    if rule.sampled:
        return None
    if rule.sizes:
        plainly = isinstance(need, Values) and rule.where is None and rule.segment_by is None
        known = drawn.of is not None and plainly
        return None if known else f"the rows were not counted; {WITHOUT_SAMPLE}"
    if not rule.of_rows or not isinstance(need, (Rows, References)):
        return f"takes every row; {WITHOUT_SAMPLE}"
    if rule.segment_by is not None and drawn.groups < drawn.of_groups:
        return f"a sample of some row groups may miss segments; {WITHOUT_SAMPLE}"
    return None


def finest(rules: Iterable[Rule]) -> float | None:
    """Return the smallest share above 0 that a rule allows; what a sample must tell apart from none."""
    limits = (level.limit for rule in rules if rule.of_rows for level in rule.levels())
    return min((float(limit) for limit in limits if limit and not isinstance(limit, Count)), default=None)


def wanted(rules: Iterable[Rule], dataset: Dataset, columns: Iterable[Column]) -> frozenset[str]:
    """Return the names of the columns that the rules look at or show; rather one too many than one too few."""
    every, words = False, " ".join([*dataset.key]).casefold()
    for rule in rules:
        every = every or _every(rule)
        written = (*rule.conditions().values(), *rule.selects().values())
        words += " ".join(["", *rule.columns, rule.segment_by or "", *written]).casefold()
    return frozenset(
        column.name for column in columns if every or '"' in column.name or column.name.casefold() in words
    )


def _every(rule: Rule) -> bool:
    """Tell whether the rule is about all columns."""
    return rule.takes is Takes.ALL or (rule.takes is Takes.ANY and not rule.columns)


def _columns(rule: Rule, relation: Relation, hidden: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns that the rule is about; of all of them those that it may keep, if it keeps what it learns."""
    if not _every(rule):
        return resolve(rule.columns, relation.columns)
    if rule.leaves_out():
        out = {column.name for column in resolve(tuple(rule.leaves_out()), relation.columns)}
        return tuple(column for column in relation.columns if column.name not in out)
    if rule.learns_from() is None:
        return relation.columns
    names = {name.casefold() for name in hidden}
    found = tuple(column for column in relation.columns if column.name.casefold() not in names)
    if relation.columns and not found:
        raise NotEvaluableError("every column is pii, and a baseline would keep their values")
    return found


def _division(rule: Rule, relation: Relation) -> Division | None:
    """Return how the rule is divided, if it is."""
    if rule.segment_by is None:
        return None
    (column,) = resolve((rule.segment_by,), relation.columns)
    return Division(column, rule.min_rows)


def _refuse_hidden(rule: Rule, hidden: Sequence[str]) -> None:
    """Refuse to divide by personal values, a segment is named after its value; and to keep them as a baseline."""
    names = {name.casefold() for name in hidden}
    kept = rule.baseline() is not None or rule.learns_from() is not None
    named = next((column for column in rule.columns if column.casefold() in names), None)
    if kept and named is not None:
        raise NotEvaluableError(f"{clean(named, 60)} is pii, and a baseline would keep its values")
    if rule.segment_by is not None and rule.segment_by.casefold() in names:
        raise NotEvaluableError(f"segment_by: {clean(rule.segment_by, 60)} is pii, and a segment would show it")


def _refuse_rounded(rule: Rule, own: Iterable[Column], relations: Iterable[Relation]) -> None:
    """Refuse to judge exact values by rounded ones: of the rule's columns, and of those that its SQL names."""
    rounded = [column for relation in relations for column in relation.columns if column.rounded is not None]
    if not rounded:
        return
    written = [*rule.conditions().values(), *rule.selects().values()]
    words = {word.casefold() for one in written for word in re.findall(r"\w+", one)}
    for column in rounded:
        by = rule.segment_by is not None and rule.segment_by.casefold() == column.name.casefold()
        if (rule.exact and column in own) or by or column.name.casefold() in words:
            raise NotEvaluableError(f"{clean(column.name, 60)} is {column.rounded}")


def _named(rule: Rule, others: Mapping[str, Relation]) -> Iterable[Relation]:
    """Return the other datasets whose columns the rule's SQL may name."""
    return [others[name] for name in rule.others()] if rule.selects() else []


def _refuse_unread(rule: Rule, others: Mapping[str, Relation]) -> None:
    for name in rule.others():
        if name not in others:
            raise NotEvaluableError(f"the dataset {clean(name)} cannot be read")
