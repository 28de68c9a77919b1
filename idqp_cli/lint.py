"""What is wrong with the rules themselves, before any data is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from idqp_cli import config, engine
from idqp_cli.database import Database, connect
from idqp_cli.errors import IdqpError, RulesError
from idqp_cli.frozen import frozen
from idqp_cli.model import Mark
from idqp_cli.rules.rule import Rule
from idqp_cli.text import clean


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
        project = config.load(path, variables)
    except IdqpError as error:
        return Linted(path, 0, 0, (error,))
    with connect(()) as database:
        database.lock()
        found = [fault for name, rules in project.rules.items() for fault in faults(database, path, name, rules)]
    return Linted(path, len(project.datasets), sum(map(len, project.rules.values())), tuple(found))


def faults(database: Database, path: str, dataset: str, rules: Iterable[Rule]) -> Iterator[RulesError]:
    """Yield what is wrong with the patterns and the SQL of the rules of a dataset in the file `path`."""
    for rule in rules:
        found = engine.objection(database, rule, dataset)
        if found is not None:
            key, reason = found
            mark = rule.marks.get(key, Mark(rule.line, 1))
            yield RulesError(clean(path), mark.line, mark.column, f"{dataset}: {clean(rule.name)}: {reason}")
