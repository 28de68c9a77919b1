"""Look after the datasets that a run does not check: those that nobody checks any more, or not in time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from idqp_cli.core.dataset import Dataset
from idqp_cli.core.incident import Act, IncidentChange
from idqp_cli.core.model import Result, RuleKey, Severity
from idqp_cli.core.naming import CHECK
from idqp_cli.incidents import lapsed, lifecycle
from idqp_cli.project.project import Project
from idqp_cli.store import Ledger, Store

PLACE: RuleKey = (CHECK, None)


def origin(project: Project, store: str) -> str | None:
    """Return what tells a rules file from all others whose runs a store keeps; None where there is none.

    A store that several machines share has the name of the machine before it.
    """
    if not project.path:
        return None
    path = os.path.realpath(project.path)
    return f"{os.uname().nodename}:{path}" if "://" in store else path


def overdue(
    project: Project, last: Mapping[str, datetime], at: datetime
) -> tuple[tuple[Dataset, datetime | None], ...]:
    """Return the datasets that were not checked in the time in which they are expected, and when they last were.

    One that was never checked counts from when the rules file was last written.
    """
    return tuple(
        (dataset, last.get(dataset.name))
        for dataset in project.datasets
        if dataset.expect_every is not None
        and at - (last.get(dataset.name) or _written(project, at)) > dataset.expect_every
    )


def expected(project: Project) -> list[str]:
    """Return the names of the datasets that are expected to be checked every so often."""
    return [dataset.name for dataset in project.datasets if dataset.expect_every is not None]


def sweep(ledger: Ledger, project: Project, rules_file: str | None, act: Act) -> tuple[IncidentChange, ...]:
    """End the incidents of datasets that left the rules file, and open those of datasets that are overdue.

    Returns what it did, with the numbers of the incidents.
    """
    changes: list[IncidentChange] = []
    if rules_file is not None:
        gone = ledger.datasets_of(rules_file) - {dataset.name for dataset in project.datasets}
        for name in sorted(gone):
            changes += record(ledger, act, [lapsed.ended(one, act.at) for one in ledger.unresolved(name)])
    watched = expected(project)
    if watched:
        severity, removed = project.defaults.severity or Severity.CRITICAL, ledger.removed()
        for dataset, last in overdue(project, ledger.last_runs(watched), act.at):
            if dataset.expect_every is not None and dataset.name not in removed:
                result = lapsed.missed(last, dataset.expect_every, act.at, severity)
                changes += record(ledger, act, _failing(ledger, dataset.name, result, act.at))
    return tuple(changes)


def looked_after(store: Store, project: Project, address: str, actor: str) -> tuple[str, ...]:
    """Sweep without a run, and tell of what that finds; return the channels that a message is for."""
    if not project.path:
        return ()
    at = datetime.now(UTC)
    act = Act(f"{at.isoformat()}:{os.urandom(4).hex()}", at, actor)
    with store.writing() as ledger:
        changes = sweep(ledger, project, origin(project, address), act)
        return _told(ledger, project, changes, act)


def removed(store: Store, project: Project, dataset: str, at: datetime, actor: str) -> tuple[str, ...]:
    """End the incidents of a dataset that is to be removed; return the channels that a message is for."""
    act = Act(f"{at.isoformat()}:{os.urandom(4).hex()}", at, actor)
    with store.writing() as ledger:
        changes = record(ledger, act, [lapsed.ended(one, at) for one in ledger.unresolved(dataset)])
        return _told(ledger, project, changes, act)


def _told(ledger: Ledger, project: Project, changes: Sequence[IncidentChange], act: Act) -> tuple[str, ...]:
    if project.alerts is None:
        return ()
    from idqp_cli.pipeline.notify import tell_of_run  # noqa: PLC0415 - only who is alerted has to pay

    return tell_of_run(ledger, project, project.alerts, changes, act)


def record(ledger: Ledger, act: Act, changes: Iterable[IncidentChange]) -> tuple[IncidentChange, ...]:
    """Write down what happens to the incidents of one dataset; return it with their numbers."""
    listed = tuple(changes)
    if not listed:
        return ()
    numbers = ledger.record_changes(act.key, act.at, act.actor, listed)
    return tuple(numbered(change, numbers[change.result.rule, change.result.segment]) for change in listed)


def numbered(change: IncidentChange, number: int) -> IncidentChange:
    """Return a change with the number of its incident."""
    return replace(change, number=number, after=replace(change.after, number=number))


def _failing(ledger: Ledger, dataset: str, result: Result, at: datetime) -> tuple[IncidentChange, ...]:
    known = ledger.latest_incidents(dataset, [PLACE])
    return lifecycle.changes(dataset, [result], known, at)


def _written(project: Project, at: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(os.stat(project.path).st_mtime, UTC)
    except OSError:
        return at
