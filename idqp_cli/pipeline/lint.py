"""What is wrong with the rules themselves, before any data is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from idqp_cli.core import sql
from idqp_cli.core.errors import IdqpError, RulesError
from idqp_cli.core.frozen import frozen
from idqp_cli.core.model import Mark
from idqp_cli.core.text import clean
from idqp_cli.engine import fetch
from idqp_cli.ingest.connecting import connect
from idqp_cli.ingest.database import Database
from idqp_cli.ingest.query_errors import QueryError
from idqp_cli.project import contract
from idqp_cli.rules.conflicts import conflicts
from idqp_cli.rules.idle import never_fails
from idqp_cli.rules.rule import Rule

# What is true of no row today may be true tomorrow.
NOW = re.compile(r"current_|local|now|today|age", re.IGNORECASE)


@frozen
class Linted:
    """A rules file that was examined: its numbers of datasets and rules, and what is wrong with it."""

    path: str
    datasets: int
    rules: int
    faults: tuple[IdqpError, ...]


def lint(path: str, variables: Mapping[str, str]) -> Linted:
    """Examine a rules file, also the rules in it that are not enabled; no file of data is opened."""
    try:
        project = contract.load(path, variables)
    except IdqpError as error:
        return Linted(path, 0, 0, (error,))
    with connect(()) as database:
        database.lock()
        found: list[IdqpError] = []
        for name, rules in project.rules.items():
            bad = {rule.name: tuple(faults(database, path, name, (rule,))) for rule in rules}
            usable = [rule for rule in rules if not bad[rule.name]]
            found += [fault for own in bad.values() for fault in own]
            found += _doubts(database, path, name, usable)
    return Linted(path, len(project.datasets), sum(map(len, project.rules.values())), tuple(found))


def faults(database: Database, path: str, dataset: str, rules: Iterable[Rule]) -> Iterator[RulesError]:
    """Yield what is wrong with the patterns and the SQL of the rules of a dataset in the file `path`."""
    for rule in rules:
        found = fetch.objection(database, rule, dataset)
        if found is not None:
            yield _fault(path, dataset, rule, *found)


def _fault(path: str, dataset: str, rule: Rule, key: str, reason: str) -> RulesError:
    mark = rule.marks.get(key, rule.marks.get("", Mark(rule.line, 1)))
    return RulesError(clean(path), mark.line, mark.column, f"{dataset}: {clean(rule.name)}: {reason}")


def _doubts(database: Database, path: str, dataset: str, rules: Sequence[Rule]) -> Iterator[RulesError]:
    """Yield what can be used and cannot be meant: rules that never fail, contradict each other, or repeat another."""
    for rule, key, reason in doubts(database, rules):
        yield _fault(path, dataset, rule, key, reason)


def doubts(database: Database, rules: Sequence[Rule]) -> Iterator[tuple[Rule, str, str]]:
    """Yield each rule that cannot be meant, with the key of its fault and why."""
    for rule in rules:
        found = never_fails(rule) or _constant(database, rule)
        if found is not None:
            yield rule, *found
    for rule, reason in conflicts(rules):
        yield rule, "", reason


def _constant(database: Database, rule: Rule) -> tuple[str, str] | None:
    """Return the key of a condition that names no column, where that makes the rule idle, and why."""
    for key, condition in rule.conditions().items():
        if not condition.strip() or "*" in condition:
            continue
        try:
            ((value,),) = database.fetch(f"SELECT {sql.isolated(condition)}")
        except QueryError:
            # It names a column, and so means something.
            continue
        if key == "where" and not value and not NOW.search(condition):
            return key, "it is true of no row, so the rule never fails"
        if key != "where":
            return key, "it names no column, so it is the same for every row"
    return None
