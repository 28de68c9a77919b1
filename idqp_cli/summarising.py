"""Summarise columns: those that later runs compare with, and those of files that are baselines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from idqp_cli import ingest
from idqp_cli.anomaly.summary import Summary
from idqp_cli.database import Database, connect
from idqp_cli.dataset import Relation
from idqp_cli.engine import summarise
from idqp_cli.engine.summarise import Part
from idqp_cli.errors import DeadlineError, UnreadableError
from idqp_cli.ingest.files import find, unchanged
from idqp_cli.measuring import confirmed
from idqp_cli.opening import readable
from idqp_cli.request import Request, Target
from idqp_cli.rules import drift
from idqp_cli.rules.rule import Rule, filtered


def summarised(database: Database, relation: Relation, parts: Mapping[str, Part]) -> Mapping[str, Summary]:
    """Summarise what later runs may be compared with; without time for it the verdicts stand."""
    try:
        return summarise.columns(database, relation, parts)
    except DeadlineError:
        return {}


def of_files(target: Target, request: Request) -> tuple[dict[str, Mapping[str, Summary]], dict[str, str]]:
    """Summarise the files that are baselines of rules, by rule; and say which cannot be read, and why."""
    found, faults = {}, {}
    for rule in target.rules:
        baseline = rule.baseline()
        if baseline is not None and baseline.file is not None:
            try:
                found[rule.name] = summary(request, Target(target.dataset, (baseline.file,), ()), parts_of([rule]))
            except UnreadableError as error:
                faults[rule.name] = f"the baseline cannot be read: {error}"
    return found, faults


def parts_of(rules: Iterable[Rule]) -> dict[str, Part]:
    """Return the parts of columns that rules compare, by what their summaries are kept under."""
    return {drift.kept_as(rule): Part(rule.columns[0], filtered(rule)) for rule in rules}


def summary(request: Request, target: Target, parts: Mapping[str, Part] | None = None) -> Mapping[str, Summary]:
    """Summarise parts of a target's files, or all of their columns.

    Raises:
        UnreadableError: they cannot be read.

    """
    source = find(target.paths, request.project.folder)
    with connect(readable([source]), request.resources) as database:
        database.hurry()
        opened = ingest.ingest(database, target.dataset, source, {}, {})
        database.lock()
        relation = (confirmed(database, opened) if opened.text is not None else opened).relation
        chosen = parts or {one.name: Part(one.name) for one in relation.columns}
        found = summarise.columns(database, relation, chosen)
        unchanged(source)
        return found


def to_keep(rules: Iterable[Rule], hidden: Collection[str]) -> tuple[Rule, ...]:
    """Return the rules for which this run is a baseline of later ones; personal columns are not kept."""
    left_out = {name.casefold() for name in hidden}
    return tuple(
        rule
        for rule in rules
        if (own := rule.baseline()) is not None
        and own.snapshot is None
        and own.file is None
        and not any(column.casefold() in left_out for column in rule.columns)
    )
