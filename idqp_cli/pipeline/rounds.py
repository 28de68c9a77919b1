"""In which order the datasets of a check with limits are judged: what takes too long waits for the others; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from idqp_cli.pipeline.messages import Task
from idqp_cli.pipeline.request import Target, baselines, earlier_name, whole_name
from idqp_cli.rules.rule import baseline_name


def needed(target: Target) -> frozenset[str]:
    """Return the names of what a check of the target opens, if it is there."""
    own = target.dataset.name
    names = {own, *(other for rule in target.rules for other in rule.others())}
    compared = {baseline_name(own, path) for path in baselines(target)}
    return frozenset({form(name) for name in names for form in (str, earlier_name, whole_name)} | compared)


def without(task: Task, aside: Collection[str]) -> Task:
    """Return the task without the targets that need what is set `aside`."""
    return of(task, [target for target in task.request.targets if not needed(target) & set(aside)])


def of(task: Task, targets: Collection[Target]) -> Task:
    """Return the task with these of its targets, and what they need."""
    names = frozenset[str]().union(*map(needed, targets))
    found = {name: one for name, one in task.found.items() if name in names}
    return replace(task, request=replace(task.request, targets=tuple(targets)), found=found)
