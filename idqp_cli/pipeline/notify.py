"""Put into the outbox what the channels are to hear, in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from idqp_cli.alerts import routing
from idqp_cli.alerts.outbox import queued
from idqp_cli.alerts.routing import AlertSettings, Occasion
from idqp_cli.alerts.values import Notice
from idqp_cli.core.incident import Act, ChangeKind, Incident, IncidentChange
from idqp_cli.incidents.lifecycle import standing
from idqp_cli.project.project import Project
from idqp_cli.store import Ledger

Tags = Mapping[tuple[str, str], Sequence[str]]


def tags(project: Project) -> Tags:
    """Return the tags of the rules, by dataset and rule."""
    return {(dataset, rule.name): rule.tags for dataset, rules in project.rules.items() for rule in rules if rule.tags}


def tell_of_run(
    ledger: Ledger, project: Project, settings: AlertSettings, changes: Sequence[IncidentChange], act: Act
) -> tuple[str, ...]:
    """Tell what a run did, and what a silence or a snooze held back of this rules file's other incidents.

    Each change has its number. Returns the channels that a message is for.
    """
    changed = {change.after.number for change in changes}
    datasets = {dataset.name for dataset in project.datasets}
    left = [
        standing(incident, act.at)
        for incident in ledger.unresolved()
        if incident.number not in changed and incident.dataset in datasets
    ]
    numbers = [*changed, *(incident.number for incident in left)]
    occasion = Occasion(act.key, act.at, tags(project), ledger.heard(numbers), ledger.stories(numbers))
    return _enqueue(ledger, routing.of_run(settings, changes, occasion, left), act)


def tell_of_person(
    ledger: Ledger, settings: AlertSettings, done: Sequence[tuple[ChangeKind, Incident]], act: Act, known: Tags
) -> tuple[str, ...]:
    """Tell what a person did; return the channels that a message is for."""
    numbers = [incident.number for _, incident in done]
    occasion = Occasion(act.key, act.at, known, ledger.heard(numbers), ledger.stories(numbers))
    return _enqueue(ledger, routing.of_person(settings, done, act.actor, occasion), act)


def _enqueue(ledger: Ledger, notices: Sequence[Notice], act: Act) -> tuple[str, ...]:
    ledger.enqueue([queued(notice) for notice in notices], act.actor)
    return tuple(dict.fromkeys(notice.channel for notice in notices))
