"""In which order the datasets of a check with limits are judged: what takes too long waits for the others."""

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


class Rounds:
    """What waits in the first round of a check, and is judged in the last; what is `judged` is given by name."""

    def __init__(self) -> None:
        """Begin the first round."""
        self.last = False
        self._aside: frozenset[str] = frozenset()

    def left(self, task: Task, judged: Collection[str]) -> Task:
        """Return what is to be done in this round: not what is set aside, and in the last one not what is judged."""
        if not self.last:
            return without(task, self._aside) if self._aside else task
        return of(task, [one for one in task.request.targets if one.dataset.name not in judged])

    def waited_for(self, dataset: str, task: Task, judged: Collection[str]) -> bool:
        """Tell whether another dataset can be judged in this round without this one."""
        others = without(self.left(task, judged), {dataset}).request.targets
        return any(one.dataset.name not in judged for one in others)

    def set_aside(self, dataset: str, task: Task, judged: Collection[str]) -> bool:
        """Let a dataset wait for the others, if it has not waited and another can be judged before it; tell that."""
        if self.last or not self.waited_for(dataset, task, judged):
            return False
        self._aside |= {dataset}
        return True

    def another(self) -> bool:
        """Tell whether there is another round."""
        return bool(self._aside) and not self.last
